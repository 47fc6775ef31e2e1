#ifndef DUCKALOG_CLI_OUTPUT_KEPT_H
#define DUCKALOG_CLI_OUTPUT_KEPT_H

/*
 * Rows that are there already, as a table function: what returns rows without being a query (CALL, INSERT … RETURNING),
 * and the first and last rows of a long result, are turned to text by DuckDB as all others.
 */

#include "cli/output/results.h"

#define KEPT_ROWS "duckalog_kept_rows"

/* Where the rows are; it may be read once. */
struct kept_rows {
    duckdb_result *result;     /* for names and types; and for the rows, when there are no chunks */
    duckdb_data_chunk *chunks; /* NULL: those of the result */
    size_t chunk_count;
};

/* From now on KEPT_ROWS of this session are these. False: DuckDB does not take the function. */
bool kept_rows_set(const struct result_writer *writer, const struct kept_rows *rows);
void kept_rows_clear(void);

#endif
