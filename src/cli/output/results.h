#ifndef DUCKALOG_CLI_RESULTS_H
#define DUCKALOG_CLI_RESULTS_H

/*
 * Running SQL that a user gave, and printing its results as they come.
 */

#include "base/duckdb.h"
#include "cli/command.h"
#include "cli/output/terminal.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct deadline;
struct pager;
struct progress;
struct redactor;
struct sandbox;
struct text;

enum result_format {
    FORMAT_TABLE,
    FORMAT_CSV,
    FORMAT_TSV,
    FORMAT_JSON,
    FORMAT_JSONL,
    FORMAT_MARKDOWN,
    FORMAT_HTML,
    FORMAT_PARQUET,
    FORMAT_ARROW
};

enum plot_kind { PLOT_NOTHING, PLOT_BAR, PLOT_LINE };

/* A drawing in place of a table: y over x. */
struct plot {
    enum plot_kind kind;
    const char *x; /* names of columns */
    const char *y;
    uint64_t most_bars; /* 0: as many as fit the terminal */
};

/* How results look, and where they go. */
struct result_form {
    enum result_format format;
    const char *null_text; /* NULL: what is usual for the format */
    bool no_header;
    uint64_t most_rows; /* of each result; 0: all */
    const char *file;   /* NULL: standard output */
    const char *pager;  /* the command of one for what does not fit on the screen; NULL: none */
    struct plot plot;
};

/* By the options of a command line; false after saying what is wrong with them. */
bool result_form_from(const struct invocation *invocation, struct result_form *ret_form);

/* The name of a format, as --format has it, and the other way round; false for none that a shell can show. */
const char *result_format_name(enum result_format format);
bool result_format_find(const char *name, enum result_format *ret_format);

/* How many rows of a result are shown to a person who did not say; 0: all. */
uint64_t result_usual_rows(enum result_format format);

/* A value of the user's for $name in the SQL. */
struct result_parameter {
    const char *name;
    const char *value;
    bool is_used; /* a statement had it */
};

/* Where SQL is run, and how what goes wrong is told. */
struct result_session {
    duckdb_connection connection;
    const struct redactor *redactor; /* masks secrets in errors; may be NULL */
    bool read_only;                  /* refuse statements that write, also where DuckDB would let them: in memory */
    const char *hint;                /* when something is not found; may be NULL */
    struct result_parameter *parameters;
    size_t parameter_count;
    bool keeps_going;         /* after a statement that fails; the exit code is that of the first one */
    int limit_s;              /* of each statement; 0: none */
    bool shows_progress;      /* of a statement that takes long, on standard error: see progress_is_wanted() */
    bool (*is_stopped)(void); /* between two statements: is no more wanted? NULL: what DuckDB says is enough */
    struct sandbox *sandbox;  /* only what it allows is run; NULL: all is */
    int outlet;               /* the descriptor that DuckDB writes results to in a sandbox: see outlet_open() */
};

/*
 * The one way out of a sandbox: a pipe of ours in the place of a descriptor whose name DuckDB knows before it is closed.
 * False with errno set.
 */
enum { OUTLET_PATH_SIZE = 32 };
bool outlet_open(int *ret_outlet, char *path);
void outlet_close(int outlet);

/*
 * Runs each statement of the texts (ended by NULL) in turn and prints each result; stops at the first error, which is
 * printed, unless the session keeps going. Returns the exit code.
 */
int results_print(const struct result_session *session, const char *const *texts, const struct result_form *form);

/* ---- between the files of this room ---- */

struct result_writer {
    struct result_session session;
    const struct result_form *form;
    FILE *out;
    struct pager *pager;      /* that `out` leads to; or NULL */
    struct terminal terminal; /* that the result is for */
    const char *path; /* of the file that is to be written; NULL: standard output, which DuckDB writes through a pipe */
    size_t results;   /* written so far */
    struct deadline *deadline; /* of the statement that runs */
    struct progress *progress; /* of that as well */
    struct text *problem;      /* what DuckDB said of the last query that was none */
};

/*
 * table.c: a query as a frame of text; markup.c: as Markdown or HTML; copy.c: through DuckDB's own writers; arrow.c: as
 * Arrow.
 *
 * They return the exit code. When `query` is none, or does not bind, they print nothing and set `ret_is_query` to false.
 */
int table_write(const struct result_writer *writer, const char *query, bool *ret_is_query);
int markup_write(const struct result_writer *writer, const char *query, bool *ret_is_query);
int copy_write(const struct result_writer *writer, const char *query, bool *ret_is_query);
int arrow_write(const struct result_writer *writer, const char *query, bool *ret_is_query);

/* A part of the result is about to be written, for the first time or again: on any thread. */
void result_begins(const struct result_writer *writer);

/* Something else is about to be written to the terminal: nothing of ours is on its way, or in front of it. */
void result_makes_way(const struct result_writer *writer);

/* query_progress.c: has DuckDB keep an account of how far this statement is, if that is to be shown; NULL: no more. */
void query_progress_prepare(const struct result_writer *writer, const char *sql);

/* Is a file of this form one result? */
bool form_holds_one_result(enum result_format format);

/* 1234567 is 1,234,567. */
void result_write_count(FILE *out, uint64_t count);

/* The name of a type as DuckDB's shell shows it: int64 for BIGINT. NULL: no memory. */
const char *result_type_name(struct arena *arena, const char *type);

/* failure.c: prints what DuckDB said; returns the exit code. */
int result_error(const struct result_writer *writer, duckdb_error_type type, const char *message);

/* The same for a query inside a statement of ours: without the excerpt, which the user did not write. */
int result_error_inside(const struct result_writer *writer, duckdb_error_type type, const char *message);

/* Prepares exactly one statement. False after printing why not; `ret_code` is the exit code then. */
bool result_prepare(const struct result_writer *writer, const char *sql, duckdb_prepared_statement *ret_statement,
                    int *ret_code);

/* Prepares a statement of ours around a query of the user's; what is wrong with it goes to the writer's `problem`. */
duckalog_status result_prepare_inside(const struct result_writer *writer, const char *sql,
                                      duckdb_prepared_statement *ret_statement);

#endif
