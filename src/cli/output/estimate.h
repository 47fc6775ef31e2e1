#ifndef DUCKALOG_CLI_OUTPUT_ESTIMATE_H
#define DUCKALOG_CLI_OUTPUT_ESTIMATE_H

#include "cli/output/results.h"

/* How many rows a query returns, as DuckDB's planner estimates. UINT64_MAX: it does not say. Tells of no error. */
uint64_t estimate_rows(const struct result_writer *writer, const char *query);

#endif
