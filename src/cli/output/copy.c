/*
 * A query as CSV or JSON, by DuckDB's own writers: COPY … TO a pipe, and a thread that passes on what comes out of it.
 *
 * Not COPY … TO '/dev/stdout': that opens the file behind standard output anew, so `>> file` would lose what is in it,
 * and a socket could not be written at all.
 */

#include "cli/output/results.h"

#include "base/text.h"
#include "cli/file.h"
#include "cli/print.h"
#include "engine/session.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct pump {
    pthread_t thread;
    int from;
    int to;
    atomic_int failure; /* errno of a failed write; EPIPE: the reader has seen enough */
};

static void *run_pump(void *argument)
{
    struct pump *pump = argument;
    static char buffer[64 * 1024];
    ssize_t count;

    while ((count = read(pump->from, buffer, sizeof(buffer))) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 || !file_write_all(STDOUT_FILENO, buffer, (size_t)count)) {
            atomic_store(&pump->failure, errno);
            break;
        }
    }
    /* DuckDB's next write fails, and its query ends. */
    close(pump->from);
    return NULL;
}

/* Selected from, as that gives columns of one name different ones: JSON objects can't have a key twice. */
static bool add_copy(struct text *sql, const char *query, enum result_format format, int file)
{
    static const char *const forms[] = {
        [FORMAT_CSV] = "csv, HEADER true", [FORMAT_JSON] = "json, ARRAY true", [FORMAT_JSONL] = "json, ARRAY false"
    };

    text_format(sql, "COPY (SELECT * FROM (%s\n)) TO '/dev/fd/%d' (FORMAT %s, USE_TMP_FILE false)", query, file,
                forms[format]);
    return text_string(sql) != NULL;
}

/* Ends the statement too: as long as it is there, DuckDB may keep its end of the pipe open. */
static int run_copy(const struct result_writer *writer, duckdb_prepared_statement *statement, struct pump *pump)
{
    duckdb_result result;
    int failure;
    int code = 0;

    /* When standard output can't be written, DuckDB's own failure is only what follows from that. */
    if (duckdb_execute_prepared(*statement, &result) != DuckDBSuccess && atomic_load(&pump->failure) == 0)
        code = result_error_inside(writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(statement);
    close(pump->to);
    pthread_join(pump->thread, NULL);
    failure = atomic_load(&pump->failure);
    if (failure != 0 && failure != EPIPE) {
        print_error(NULL, NULL, "standard output can't be written: %s", strerror(failure));
        code = exit_code_of(DUCKALOG_INTERNAL);
    }
    return code;
}

/* NULL when the query is none. */
static duckdb_prepared_statement prepare_copy(const struct result_writer *writer, const char *query,
                                              enum result_format format, int file)
{
    struct text sql = text_on_heap();
    duckdb_prepared_statement statement = NULL;

    text_free(writer->problem);
    if (add_copy(&sql, query, format, file))
        session_prepare(writer->session.connection, text_string(&sql), &statement, writer->problem);
    text_free(&sql);
    return statement;
}

int copy_write(const struct result_writer *writer, const char *query, enum result_format format, bool *ret_is_query)
{
    struct pump pump = { .from = -1 };
    duckdb_prepared_statement statement;
    int ends[2];
    int code = exit_code_of(DUCKALOG_INTERNAL);

    fflush(stdout);
    if (pipe(ends) != 0) {
        print_error(NULL, NULL, "a pipe can't be made: %s", strerror(errno));
        return code;
    }
    pump.from = ends[0];
    pump.to = ends[1];
    statement = prepare_copy(writer, query, format, pump.to);
    *ret_is_query = statement != NULL;
    if (statement != NULL && pthread_create(&pump.thread, NULL, run_pump, &pump) == 0)
        code = run_copy(writer, &statement, &pump);
    else {
        if (statement != NULL)
            print_error(NULL, NULL, "the result can't be passed on: %s", strerror(errno));
        close(pump.from);
        close(pump.to);
    }
    duckdb_destroy_prepare(&statement);
    return code;
}
