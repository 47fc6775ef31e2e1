#ifndef DUCKALOG_CLI_OUTPUT_ROWS_PARTS_H
#define DUCKALOG_CLI_OUTPUT_ROWS_PARTS_H

/* What rows.c, which runs a query for its rows, and rows_cut.c, which leaves out those in the middle, share. */

#include "cli/output/rows.h"

struct arena;

struct rows {
    const struct result_writer *writer;
    struct arena *arena;
    struct row_column *columns;
    size_t column_count;
    struct row_cell *cells;
    const struct row_sink *sink;
    void *user;
};

/* Which rows are passed on: the first ones, and from some row on the rest. */
struct row_range {
    uint64_t head;
    uint64_t tail_from;
    uint64_t gap; /* how many there were between the two; 0: all are passed on */
};

extern const struct row_range rows_all;

/* All of it at once, which DuckDB does with all threads, or bit by bit, which takes no memory and mostly one. */
enum run_mode { RUN_AT_ONCE, RUN_AS_STREAM };

/* False after printing why not; `ret_code` is the exit code then. */
bool rows_run(const struct result_writer *writer, const char *sql, enum run_mode mode, duckdb_result *ret_result,
              int *ret_code);

/*
 * Passes on rows that are text: those of `chunk`, which it destroys (NULL: there are none), and of the chunks of the result
 * after that one. Columns past those of the query are left alone. Returns the exit code.
 */
int rows_take(struct rows *rows, duckdb_result *result, duckdb_data_chunk chunk, const struct row_range *range);

/* Runs a query, and passes on its rows as text. Returns the exit code. */
int rows_run_as_text(struct rows *rows, const char *query, const struct row_range *range);

/* The first and the last rows of a query, as many as are wanted. Returns the exit code. */
int rows_run_cut(struct rows *rows, const char *query);

#endif
