#ifndef DUCKALOG_CLI_OUTPUT_ESTIMATE_H
#define DUCKALOG_CLI_OUTPUT_ESTIMATE_H

#include "cli/output/results.h"

/* What DuckDB's planner says of a query before it runs. */
struct estimate {
    uint64_t rows; /* UINT64_MAX: it does not say */
    bool
        is_table; /* nothing is done but reading a table of a DuckDB file: each time the same rows, in the same order */
};

/* Tells of no error. */
struct estimate estimate_query(const struct result_writer *writer, const char *query);

#endif
