#ifndef DUCKALOG_CLI_RESULTS_H
#define DUCKALOG_CLI_RESULTS_H

/*
 * Running SQL that a user gave, and printing its results as they come.
 */

#include "engine/duckdb.h"

#include <stdbool.h>

struct redactor;
struct text;

enum result_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_JSONL };

/* Reads the word of --format; says what is wrong with it. */
bool result_format_of(const char *word, enum result_format *ret_format);

/* Where SQL is run, and how what goes wrong is told. */
struct result_session {
    duckdb_connection connection;
    const struct redactor *redactor; /* masks secrets in errors; may be NULL */
    bool read_only;                  /* refuse statements that write, also where DuckDB would let them: in memory */
    const char *hint;                /* when something is not found; may be NULL */
};

/*
 * Runs each statement in turn and prints each result; stops at the first error, which is printed. Returns the exit code.
 */
int results_print(const struct result_session *session, const char *sql, enum result_format format);

/* ---- between the files of this room ---- */

struct result_writer {
    struct result_session session;
    struct text *problem; /* what DuckDB said of the last query that was none */
};

/*
 * table.c: a query as a frame of text, written while rows come; copy.c: through DuckDB's own writer of CSV or JSON.
 *
 * Both return the exit code. When `query` is none, or does not bind, they print nothing and set `ret_is_query` to false.
 */
int table_write(const struct result_writer *writer, const char *query, bool *ret_is_query);
int copy_write(const struct result_writer *writer, const char *query, enum result_format format, bool *ret_is_query);

/* Prints what DuckDB said; returns the exit code. */
int result_error(const struct result_writer *writer, duckdb_error_type type, const char *message);

/* The same for a query inside a statement of ours: without the excerpt, which the user did not write. */
int result_error_inside(const struct result_writer *writer, duckdb_error_type type, const char *message);

/* Prepares exactly one statement. False after printing why not; `ret_code` is the exit code then. */
bool result_prepare(const struct result_writer *writer, const char *sql, duckdb_prepared_statement *ret_statement,
                    int *ret_code);

#endif
