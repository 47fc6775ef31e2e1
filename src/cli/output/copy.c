/*
 * A query as CSV, JSON or Parquet, by DuckDB's own writers: COPY … TO a file, or to a pipe and a thread that passes on what
 * comes out of it. In a sandbox DuckDB writes no file at all, so there the thread does.
 *
 * Not COPY … TO '/dev/stdout': that opens the file behind standard output anew, so `>> file` would lose what is in it,
 * and a socket could not be written at all.
 */

#include "cli/output/results.h"

#include "base/sql.h"
#include "base/text.h"
#include "cli/file.h"
#include "cli/output/pager.h"
#include "cli/print.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct pump {
    const struct result_writer *writer;
    pthread_t thread;
    int from;
    int to; /* DuckDB's end */
    int target;
    atomic_int failure; /* errno of a failed write; EPIPE: the reader has seen enough */
};

static bool write_on(const struct pump *pump, const char *chars, size_t count)
{
    return pump->writer->pager != NULL ? pager_write(pump->writer->pager, chars, count)
                                       : file_write_all(pump->target, chars, count);
}

static void *run_pump(void *argument)
{
    struct pump *pump = argument;
    static char buffer[64 * 1024];
    ssize_t count;

    while ((count = read(pump->from, buffer, sizeof(buffer))) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        result_begins(pump->writer);
        if (count < 0 || !write_on(pump, buffer, (size_t)count)) {
            atomic_store(&pump->failure, errno);
            break;
        }
    }
    /* DuckDB's next write fails, and its query ends. */
    close(pump->from);
    return NULL;
}

static void add_options(struct text *sql, const struct result_form *form)
{
    static const char *const formats[] = { [FORMAT_CSV] = "csv",
                                           [FORMAT_TSV] = "csv, DELIMITER '\\t'",
                                           [FORMAT_JSON] = "json, ARRAY true",
                                           [FORMAT_JSONL] = "json, ARRAY false",
                                           [FORMAT_PARQUET] = "parquet" };

    text_format(sql, "(FORMAT %s, USE_TMP_FILE false", formats[form->format]);
    if (form->format == FORMAT_CSV || form->format == FORMAT_TSV) {
        text_add(sql, form->no_header ? ", HEADER false" : ", HEADER true");
        if (form->null_text != NULL)
            sql_format(sql, ", NULLSTR %L", form->null_text);
    }
    text_add_char(sql, ')');
}

/* Selected from, as that gives columns of one name different ones: JSON objects can't have a key twice. */
static bool add_copy(struct text *sql, const char *query, const struct result_form *form, const char *file)
{
    text_format(sql, "COPY (SELECT * FROM (%s\n)", query);
    if (form->most_rows > 0)
        text_format(sql, " LIMIT %llu", (unsigned long long)form->most_rows);
    sql_format(sql, ") TO %L ", file);
    add_options(sql, form);
    return text_string(sql) != NULL;
}

/* ---- the pipe ---- */

/* A pipe that nobody reads, so that the descriptor is taken, and has the name of a pipe's end. */
static bool park(int outlet)
{
    int ends[2];
    bool good;

    if (pipe(ends) != 0)
        return false;
    good = dup2(ends[1], outlet) == outlet;
    close(ends[0]);
    close(ends[1]);
    return good;
}

bool outlet_open(int *ret_outlet, char *path)
{
    int ends[2];

    if (pipe(ends) != 0)
        return false;
    close(ends[0]);
    *ret_outlet = ends[1];
    snprintf(path, OUTLET_PATH_SIZE, "/dev/fd/%d", ends[1]);
    return true;
}

void outlet_close(int outlet)
{
    close(outlet);
}

static int open_target(const struct result_writer *writer)
{
    return writer->path == NULL ? STDOUT_FILENO : open(writer->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
}

/* False with errno set. */
static bool open_pump(const struct result_writer *writer, struct pump *pump)
{
    int ends[2];

    pump->target = open_target(writer);
    if (pump->target < 0)
        return false;
    if (pipe(ends) == 0) {
        pump->from = ends[0];
        pump->to = ends[1];
        if (writer->session.sandbox == NULL)
            return true;
        pump->to = writer->session.outlet;
        if (dup2(ends[1], pump->to) == pump->to) {
            close(ends[1]);
            return true;
        }
        close(ends[0]);
        close(ends[1]);
    }
    if (writer->path != NULL)
        close(pump->target);
    return false;
}

/* The reader sees the end of what there is. */
static void end_input(const struct result_writer *writer, const struct pump *pump)
{
    if (writer->session.sandbox == NULL || !park(pump->to))
        close(pump->to);
}

static int close_target(const struct result_writer *writer, struct pump *pump)
{
    const char *name = writer->path != NULL ? writer->form->file : "standard output";
    int failure = atomic_load(&pump->failure);

    if (writer->path != NULL && close(pump->target) != 0 && failure == 0)
        failure = errno;
    if (failure == 0 || (failure == EPIPE && writer->path == NULL))
        return 0;
    result_makes_way(writer);
    print_error(NULL, NULL, "%s can't be written: %s", name, strerror(failure));
    return exit_code_of(DUCKALOG_INTERNAL);
}

/* Ends the statement too: as long as it is there, DuckDB may keep its end of the pipe open. */
static int run_copy(const struct result_writer *writer, duckdb_prepared_statement *statement, struct pump *pump)
{
    duckdb_result result;
    int code = 0;
    int closed;

    /* When what is behind the pipe can't be written, DuckDB's own failure is only what follows from that. */
    if (duckdb_execute_prepared(*statement, &result) != DuckDBSuccess && atomic_load(&pump->failure) == 0)
        code = result_error_inside(writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(statement);
    end_input(writer, pump);
    pthread_join(pump->thread, NULL);
    closed = close_target(writer, pump);
    return closed != 0 ? closed : code;
}

/* NULL when the query is none. */
static duckdb_prepared_statement prepare_copy(const struct result_writer *writer, const char *query, const char *file)
{
    struct text sql = text_on_heap();
    duckdb_prepared_statement statement = NULL;

    if (add_copy(&sql, query, writer->form, file))
        result_prepare_inside(writer, text_string(&sql), &statement);
    text_free(&sql);
    return statement;
}

static int write_file(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    duckdb_prepared_statement statement = prepare_copy(writer, query, writer->path);
    duckdb_result result = { 0 };
    int code = 0;

    *ret_is_query = statement != NULL;
    if (statement != NULL && duckdb_execute_prepared(statement, &result) != DuckDBSuccess)
        code = result_error_inside(writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return code;
}

static int write_through_pipe(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    struct pump pump = { .writer = writer, .from = -1 };
    duckdb_prepared_statement statement;
    char file[OUTLET_PATH_SIZE];
    int code = exit_code_of(DUCKALOG_INTERNAL);

    fflush(writer->out);
    if (!open_pump(writer, &pump)) {
        print_error(NULL, NULL, "a pipe can't be made: %s", strerror(errno));
        return code;
    }
    snprintf(file, sizeof(file), "/dev/fd/%d", pump.to);
    statement = prepare_copy(writer, query, file);
    *ret_is_query = statement != NULL;
    if (statement != NULL && pthread_create(&pump.thread, NULL, run_pump, &pump) == 0)
        code = run_copy(writer, &statement, &pump);
    else {
        if (statement != NULL)
            print_error(NULL, NULL, "the result can't be passed on: %s", strerror(errno));
        else
            code = 0; /* what is wrong with it is told by whoever asked */
        close(pump.from);
        end_input(writer, &pump);
        if (writer->path != NULL)
            close(pump.target);
    }
    duckdb_destroy_prepare(&statement);
    return code;
}

int copy_write(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    return writer->path != NULL && writer->session.sandbox == NULL ? write_file(writer, query, ret_is_query)
                                                                   : write_through_pipe(writer, query, ret_is_query);
}
