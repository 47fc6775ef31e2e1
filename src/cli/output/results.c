/*
 * Running SQL: one statement after another, each by what DuckDB says it is.
 *
 * Queries are printed by asking DuckDB for their text (table.c) or by its own writers (copy.c), so no type has to be
 * formatted here. What returns rows without being a query (CALL, EXPLAIN, INSERT … RETURNING) is kept, and read again
 * through a table function.
 */

#include "cli/output/results.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/deadline.h"
#include "cli/file.h"
#include "cli/output/kept.h"
#include "cli/output/pager.h"
#include "cli/plot/plot.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "engine/sandbox.h"
#include "engine/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What goes to a file, ours or one that the shell has opened, leaves the terminal to the progress. A reader at the other end
 * of a pipe may write to the terminal, as a pager does.
 */
static bool leaves_terminal(const struct result_writer *writer)
{
    struct stat status;

    return writer->form->file != NULL || (fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode));
}

void result_begins(const struct result_writer *writer)
{
    if (writer->session.shows_progress && writer->progress != NULL && !leaves_terminal(writer))
        progress_hide(writer->progress);
}

void result_makes_way(const struct result_writer *writer)
{
    if (writer->progress != NULL)
        progress_hide(writer->progress);
    if (writer->pager != NULL)
        pager_make_way(writer->pager);
}

/* Bound, never pasted: whatever is in a value, it is no SQL. One that a statement does not have is for another one. */
static void bind_parameters(const struct result_writer *writer, duckdb_prepared_statement statement)
{
    for (size_t i = 0; i < writer->session.parameter_count; i++) {
        struct result_parameter *parameter = &writer->session.parameters[i];
        idx_t index;

        if (duckdb_bind_parameter_index(statement, &index, parameter->name) == DuckDBSuccess &&
            duckdb_bind_varchar(statement, index, parameter->value) == DuckDBSuccess)
            parameter->is_used = true;
    }
}

/* Of the statements that DuckDB makes of one (PIVOT becomes a type and a query), all but the last are run at once. */
static duckalog_status run_before_last(const struct result_writer *writer, duckdb_extracted_statements statements,
                                       idx_t count, struct text *problem)
{
    duckalog_status status = DUCKALOG_OK;

    for (idx_t i = 0; i + 1 < count && status == DUCKALOG_OK; i++) {
        duckdb_prepared_statement statement = NULL;
        duckdb_result result = { 0 };

        if (duckdb_prepare_extracted_statement(writer->session.connection, statements, i, &statement) !=
            DuckDBSuccess) {
            text_add(problem, duckdb_prepare_error(statement));
            status = DUCKALOG_ENGINE;
        } else if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
            text_add(problem, duckdb_result_error(&result));
            status = status_of_error(duckdb_result_error_type(&result), text_string(problem));
        }
        duckdb_destroy_result(&result);
        duckdb_destroy_prepare(&statement);
    }
    return status;
}

duckalog_status result_prepare_inside(const struct result_writer *writer, const char *sql,
                                      duckdb_prepared_statement *ret_statement)
{
    duckalog_status status;

    text_free(writer->problem);
    status = session_prepare(writer->session.connection, sql, ret_statement, writer->problem);
    if (status == DUCKALOG_OK)
        bind_parameters(writer, *ret_statement);
    return status;
}

bool result_prepare(const struct result_writer *writer, const char *sql, duckdb_prepared_statement *ret_statement,
                    int *ret_code)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(writer->session.connection, sql, &statements);
    struct text problem = text_on_heap();
    duckalog_status status;

    if (count == 0) {
        /* DuckDB takes more characters for blanks than our own scanner: then there is nothing, and no error. */
        const char *message = duckdb_extract_statements_error(statements);

        text_add(&problem, message != NULL ? message : "there is no SQL statement here");
        status = DUCKALOG_ENGINE;
    } else
        status = run_before_last(writer, statements, count, &problem);
    if (status == DUCKALOG_OK && duckdb_prepare_extracted_statement(writer->session.connection, statements, count - 1,
                                                                    ret_statement) != DuckDBSuccess) {
        text_add(&problem, duckdb_prepare_error(*ret_statement));
        duckdb_destroy_prepare(ret_statement);
        status = DUCKALOG_ENGINE;
    }
    if (status != DUCKALOG_OK)
        *ret_code = result_error(writer, DUCKDB_ERROR_INVALID, text_string(&problem));
    else
        bind_parameters(writer, *ret_statement);
    text_free(&problem);
    duckdb_destroy_extracted(&statements);
    return status == DUCKALOG_OK;
}

/* ---- statements ---- */

static int write_query(struct result_writer *writer, const char *query, bool *ret_is_query)
{
    *ret_is_query = true;
    if (writer->path != NULL && writer->results > 0 && form_holds_one_result(writer->form->format)) {
        print_error(NULL, "write each to a file of its own",
                    "a file of this form takes one result, and there are more");
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (writer->form->plot.kind != PLOT_NOTHING)
        return plot_write(writer, query, ret_is_query);
    switch (writer->form->format) {
    case FORMAT_TABLE:
        return table_write(writer, query, ret_is_query);
    case FORMAT_MARKDOWN:
    case FORMAT_HTML:
        return markup_write(writer, query, ret_is_query);
    case FORMAT_ARROW:
        return arrow_write(writer, query, ret_is_query);
    default:
        return copy_write(writer, query, ret_is_query);
    }
}

static int write_kept(struct result_writer *writer, duckdb_result *result)
{
    bool is_query;
    int code;

    if (!kept_rows_set(writer, &(struct kept_rows){ .result = result }))
        return result_error(writer, DUCKDB_ERROR_INTERNAL, "the result can't be read back");
    code = write_query(writer, "FROM " KEPT_ROWS "()", &is_query);
    if (!is_query)
        code = result_error_inside(writer, DUCKDB_ERROR_INVALID, text_string(writer->problem));
    kept_rows_clear();
    writer->results++;
    return code;
}

/* A plan is drawn over many lines: as it is, not in a frame of its own. */
static void print_plan(struct result_writer *writer, duckdb_result *result)
{
    duckdb_data_chunk chunk;

    writer->results++;
    result_begins(writer);
    while ((chunk = duckdb_fetch_chunk(*result)) != NULL) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, duckdb_data_chunk_get_column_count(chunk) - 1);

        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++) {
            size_t length;
            const char *chars = session_text(vector, row, &length);

            fwrite(chars, 1, length, writer->out);
            fputc('\n', writer->out);
        }
        duckdb_destroy_data_chunk(&chunk);
    }
}

static void print_done(struct result_writer *writer, duckdb_result *result)
{
    unsigned long long rows = duckdb_rows_changed(result);

    result_begins(writer);
    if (duckdb_result_return_type(*result) == DUCKDB_RESULT_TYPE_CHANGED_ROWS)
        fprintf(writer->out, "OK, %llu row%s\n", rows, rows == 1 ? "" : "s");
    else
        fputs("OK\n", writer->out);
}

static int run_other(struct result_writer *writer, duckdb_prepared_statement statement)
{
    duckdb_result result = { 0 };
    bool is_table = writer->form->format == FORMAT_TABLE;
    int code = 0;

    if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess)
        code = result_error(writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
    else if (duckdb_prepared_statement_type(statement) == DUCKDB_STATEMENT_TYPE_EXPLAIN && is_table &&
             writer->form->plot.kind == PLOT_NOTHING)
        print_plan(writer, &result);
    else if (duckdb_result_return_type(result) == DUCKDB_RESULT_TYPE_QUERY_RESULT)
        code = write_kept(writer, &result);
    else if (is_table)
        print_done(writer, &result);
    duckdb_destroy_result(&result);
    return code;
}

static bool writes(duckdb_prepared_statement statement)
{
    switch (duckdb_prepared_statement_type(statement)) {
    case DUCKDB_STATEMENT_TYPE_INSERT:
    case DUCKDB_STATEMENT_TYPE_UPDATE:
    case DUCKDB_STATEMENT_TYPE_DELETE:
    case DUCKDB_STATEMENT_TYPE_CREATE:
    case DUCKDB_STATEMENT_TYPE_CREATE_FUNC:
    case DUCKDB_STATEMENT_TYPE_ALTER:
    case DUCKDB_STATEMENT_TYPE_DROP:
        return true;
    default:
        return false;
    }
}

/* Parsed by itself first, as a text that only looks like a query could close the parentheses around it. */
static bool is_one_statement(const struct result_writer *writer, const char *sql)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(writer->session.connection, sql, &statements);

    duckdb_destroy_extracted(&statements);
    return count == 1;
}

/* Only a query, and only of what the sandbox allows. */
static int run_in_sandbox(struct result_writer *writer, const char *sql)
{
    duckdb_prepared_statement statement = NULL;
    struct text problem = text_on_heap();
    const char *hint = NULL;
    bool is_query = false;
    int code = exit_code_of(DUCKALOG_ENGINE);

    if (!sandbox_allows(writer->session.sandbox, sql, &problem, &hint))
        print_error(NULL, hint, "%s", text_string(&problem) != NULL ? text_string(&problem) : "not enough memory");
    else
        code = write_query(writer, sql, &is_query);
    writer->results += is_query;
    /* What is wrong with it is told best by itself. */
    if (text_string(&problem) != NULL && problem.length == 0 && !is_query && code == 0 &&
        result_prepare(writer, sql, &statement, &code)) {
        print_error(NULL, NULL, "the sandbox does not run anything but a query");
        code = exit_code_of(DUCKALOG_ENGINE);
    }
    duckdb_destroy_prepare(&statement);
    text_free(&problem);
    return code;
}

/* First as a query, as most are, for binding one takes longer than anything else here; then as what it is. */
static int run_statement(struct result_writer *writer, const char *sql)
{
    duckdb_prepared_statement statement = NULL;
    bool is_query = false;
    int code = 0;

    if (writer->session.sandbox != NULL)
        return run_in_sandbox(writer, sql);
    if (is_one_statement(writer, sql))
        code = write_query(writer, sql, &is_query);
    writer->results += is_query;
    if (is_query || !result_prepare(writer, sql, &statement, &code))
        return code;
    if (writer->session.read_only && writes(statement)) {
        result_makes_way(writer);
        print_error(NULL, NULL, "this session is read-only: the statement writes");
        code = exit_code_of(DUCKALOG_ENGINE);
    } else
        code = run_other(writer, statement);
    duckdb_destroy_prepare(&statement);
    return code;
}

/* The statement at `sql` without its semicolon, which `ret_next` is past. NULL when there is none left. */
static const char *next_statement(struct arena *arena, const char *sql, const char **ret_next)
{
    struct sql_token token = sql_next(sql);

    while (token.kind == SQL_SEMICOLON)
        token = sql_next(token.start + 1);
    sql = token.start;
    if (token.kind == SQL_END)
        return NULL;
    while (token.kind != SQL_SEMICOLON && token.kind != SQL_END)
        token = sql_next(token.start + token.length);
    *ret_next = token.start;
    return arena_copy(arena, sql, (size_t)(token.start - sql));
}

/* For a person to see how far it is. */
static int run_with_progress(struct result_writer *writer, const char *sql)
{
    struct progress progress;
    int code;

    query_progress_prepare(writer, sql);
    progress_begin(&progress, writer->session.connection,
                   writer->session.shows_progress && (writer->pager == NULL || !pager_is_running(writer->pager)));
    writer->progress = &progress;
    code = run_statement(writer, sql);
    progress_end(&progress);
    if (writer->pager != NULL)
        pager_settle(writer->pager);
    writer->progress = NULL;
    return code;
}

static int run_within_limit(struct result_writer *writer, const char *sql)
{
    struct deadline deadline;
    int code;

    if (!deadline_begin(&deadline, writer->session.connection, writer->session.limit_s)) {
        print_error(NULL, NULL, "the time of a statement can't be limited: %s", strerror(errno));
        return exit_code_of(DUCKALOG_INTERNAL);
    }
    writer->deadline = &deadline;
    code = run_with_progress(writer, sql);
    deadline_end(&deadline);
    writer->deadline = NULL;
    return code;
}

static int run_all(struct result_writer *writer, const char *const *texts)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    int code = arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : 0;
    int last = code;

    for (; *texts != NULL && (last == 0 || writer->session.keeps_going); texts++) {
        const char *sql = *texts;
        const char *statement;

        while ((last == 0 || writer->session.keeps_going) && (statement = next_statement(arena, sql, &sql)) != NULL) {
            last = run_within_limit(writer, statement);
            if (code == 0)
                code = last;
            /* The user has had enough. DuckDB forgets an interruption that comes between two of its calls. */
            if (last == exit_code_of(DUCKALOG_INTERRUPTED) ||
                (writer->session.is_stopped != NULL && writer->session.is_stopped())) {
                arena_destroy(arena);
                return exit_code_of(DUCKALOG_INTERRUPTED);
            }
        }
    }
    if (code == 0 && arena_failed(arena))
        code = exit_code_of(DUCKALOG_NOMEM);
    arena_destroy(arena);
    return code;
}

/* To a file that takes the place of what is there when all of it is written. */
static int run_into_file(struct result_writer *writer, const char *const *texts)
{
    struct file_part part;
    int code = file_begin(&part, writer->form->file);
    int closed = 0;

    if (code != 0)
        return code;
    writer->path = part.part;
    writer->out = fopen(part.part, "a");
    if (writer->out == NULL) {
        print_error(NULL, NULL, "%s can't be written: %s", writer->form->file, strerror(errno));
        code = exit_code_of(DUCKALOG_USAGE);
    } else {
        code = run_all(writer, texts);
        closed = ferror(writer->out) != 0;
        closed = fclose(writer->out) != 0 || closed;
    }
    if (closed != 0 && code == 0) {
        print_error(NULL, NULL, "%s can't be written: %s", writer->form->file, strerror(errno));
        code = exit_code_of(DUCKALOG_INTERNAL);
    }
    if (code == 0 && writer->results == 0) {
        print_error(NULL, NULL, "%s was not written: there is no result", writer->form->file);
        code = exit_code_of(DUCKALOG_USAGE);
    }
    return file_end(&part, code == 0) != 0 && code == 0 ? exit_code_of(DUCKALOG_INTERNAL) : code;
}

static int run_through_pager(struct result_writer *writer, const char *const *texts)
{
    struct pager pager;
    int code;

    if (!pager_begin(&pager, writer->form->pager))
        return exit_code_of(DUCKALOG_NOMEM);
    writer->pager = &pager;
    writer->out = pager.out;
    code = run_all(writer, texts);
    writer->pager = NULL;
    writer->out = stdout;
    return pager_end(&pager) || code != 0 ? code : exit_code_of(DUCKALOG_USAGE);
}

int results_print(const struct result_session *session, const char *const *texts, const struct result_form *form)
{
    struct text problem = text_on_heap();
    struct result_writer writer = { .session = *session, .form = form, .out = stdout, .problem = &problem };
    int code;

    if (form->file != NULL)
        code = run_into_file(&writer, texts);
    else {
        writer.terminal = terminal_of_output();
        code = form->pager != NULL ? run_through_pager(&writer, texts) : run_all(&writer, texts);
    }

    query_progress_prepare(&writer, NULL);
    text_free(&problem);
    return code;
}
