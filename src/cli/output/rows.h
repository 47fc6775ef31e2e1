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

/* The columns of a query, which live as long as the arena. Returns and tells as rows_write() does. */
int rows_columns(const struct result_writer *writer, struct arena *arena, const char *query,
                 struct row_column **ret_columns, size_t *ret_count, bool *ret_is_query);

/* A result of one statement that comes bit by bit. False after printing why not; `ret_code` is the exit code then. */
bool rows_stream(const struct result_writer *writer, const char *sql, duckdb_result *ret_result, int *ret_code);

/* After its last row: 0, or the exit code after printing why the stream ended half-way. */
int rows_stream_error(const struct result_writer *writer, duckdb_result *result);

#endif
