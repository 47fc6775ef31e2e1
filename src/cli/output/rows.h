#ifndef DUCKALOG_CLI_OUTPUT_ROWS_H
#define DUCKALOG_CLI_OUTPUT_ROWS_H

/*
 * The rows of a query as text, one after the other as they come.
 *
 * DuckDB itself turns each value into text (a CAST around the query), so every type looks as it does in SQL.
 */

#include "cli/output/results.h"

struct row_column {
    const char *name;
    const char *type; /* as DuckDB names it */
    bool is_number;
};

/* As long as the row is looked at. */
struct row_cell {
    const char *chars; /* without a NUL at the end; NULL for NULL */
    size_t length;
};

/* Whoever takes rows. Each may return false: no memory. */
struct row_sink {
    bool (*begin)(void *user, const struct row_column *columns, size_t count);
    bool (*take)(void *user, const struct row_cell *cells);
    bool (*end)(void *user);
    /* In place of so many rows in the middle, when there are more than are wanted; NULL: then the first ones are taken. */
    bool (*gap)(void *user, uint64_t count);
};

/* Returns the exit code. When `query` is none, or does not bind, nothing is taken and `ret_is_query` is set to false. */
int rows_write(const struct result_writer *writer, const char *query, const struct row_sink *sink, void *user,
               bool *ret_is_query);

#endif
