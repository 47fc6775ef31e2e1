/*
 * A query as CSV or JSON, by DuckDB's own writers: COPY … TO a pipe, and a thread that passes on what comes out of it.
 *
 * Not COPY … TO '/dev/stdout': that opens the file behind standard output anew, so `>> file` would lose what is in it,
 * and a socket could not be written at all.
 */

#include "cli/results.h"

#include "base/text.h"
#include "cli/print.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct pump {
    int from;
    atomic_int failure; /* errno of a failed write; EPIPE: the reader has seen enough */
};

static bool pass_on(const char *chars, size_t left)
{
    while (left > 0) {
        ssize_t count = write(STDOUT_FILENO, chars, left);

        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            chars += count;
            left -= (size_t)count;
        }
    }
    return true;
}

static void *run_pump(void *argument)
{
    struct pump *pump = argument;
    static char buffer[64 * 1024];
    ssize_t count;

    while ((count = read(pump->from, buffer, sizeof(buffer))) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 || !pass_on(buffer, (size_t)count)) {
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

static int run_copy(const struct result_writer *writer, const char *sql, struct pump *pump)
{
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    int code = 0;

    if (!result_prepare(writer, sql, &statement, &code))
        return code;
    /* When standard output can't be written, DuckDB's own failure is only what follows from that. */
    if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess && atomic_load(&pump->failure) == 0)
        code = result_error(writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return code;
}

int copy_write(const struct result_writer *writer, const char *query, enum result_format format)
{
    struct text sql = text_on_heap();
    struct pump pump = { .from = -1 };
    pthread_t thread;
    int ends[2];
    int code = exit_code_of(DUCKALOG_INTERNAL);

    fflush(stdout);
    if (pipe(ends) != 0) {
        print_error(NULL, NULL, "a pipe can't be made: %s", strerror(errno));
        return code;
    }
    pump.from = ends[0];
    if (!add_copy(&sql, query, format, ends[1]) || pthread_create(&thread, NULL, run_pump, &pump) != 0) {
        print_error(NULL, NULL, "the result can't be passed on");
        close(ends[0]);
        close(ends[1]);
    } else {
        code = run_copy(writer, text_string(&sql), &pump);
        close(ends[1]);
        pthread_join(thread, NULL);
        if (atomic_load(&pump.failure) != 0 && atomic_load(&pump.failure) != EPIPE) {
            print_error(NULL, NULL, "standard output can't be written: %s", strerror(atomic_load(&pump.failure)));
            code = exit_code_of(DUCKALOG_INTERNAL);
        }
    }
    text_free(&sql);
    return code;
}
