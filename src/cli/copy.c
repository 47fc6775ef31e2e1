/*
 * A query as CSV or JSON, by DuckDB's own writers: COPY … TO a pipe, and a thread that passes on what comes out of it.
 *
 * Not COPY … TO '/dev/stdout': that opens the file behind standard output anew, so `>> file` would lose what is in it,
 * and a socket could not be written at all.
 */

#include "cli/results.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/print.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct pump {
    int from;
    atomic_bool reader_left; /* standard output is closed: not a failure, but the end */
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
            atomic_store(&pump->reader_left, true);
            break;
        }
    }
    /* DuckDB's next write fails, and its query ends. */
    close(pump->from);
    return NULL;
}

/* JSON objects can't have two keys of one name: later ones get a number, as DuckDB does elsewhere. */
static bool add_distinct_names(struct text *sql, struct arena *arena, duckdb_prepared_statement statement)
{
    struct map *names = map_create(arena, MAP_IGNORING_CASE);
    idx_t count = duckdb_prepared_statement_column_count(statement);

    for (idx_t i = 0; names != NULL && i < count; i++) {
        const char *name = duckdb_prepared_statement_column_name(statement, i);
        const char *distinct = name == NULL ? NULL : arena_string(arena, name);

        for (int n = 1; distinct != NULL && map_find(names, distinct) != NULL; n++)
            distinct = arena_format(arena, "%s_%d", name, n);
        duckdb_free((void *)name);
        if (distinct == NULL || !map_add(names, distinct, (void *)distinct))
            return false;
        sql_format(sql, i > 0 ? ", %I" : "%I", distinct);
    }
    return names != NULL;
}

static const char *copy_statement(struct arena *arena, duckdb_prepared_statement statement, const char *query,
                                  enum result_format format, int file)
{
    static const char *const forms[] = {
        [FORMAT_CSV] = "csv, HEADER true", [FORMAT_JSON] = "json, ARRAY true", [FORMAT_JSONL] = "json, ARRAY false"
    };
    struct text sql = text_in(arena);

    if (format == FORMAT_CSV)
        text_format(&sql, "COPY (%s\n)", query);
    else {
        text_format(&sql, "COPY (SELECT * FROM (%s\n) AS duckalog_result(", query);
        if (!add_distinct_names(&sql, arena, statement))
            return NULL;
        text_add(&sql, "))");
    }
    text_format(&sql, " TO '/dev/fd/%d' (FORMAT %s, USE_TMP_FILE false)", file, forms[format]);
    return text_string(&sql);
}

static int run_copy(const struct result_writer *writer, const char *sql, struct pump *pump)
{
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    int code = 0;

    if (!result_prepare(writer, sql, &statement, &code))
        return code;
    if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess && !atomic_load(&pump->reader_left))
        code = result_error(writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return code;
}

/* With the query prepared, so that one that can't run prints nothing. */
static int copy_prepared(const struct result_writer *writer, duckdb_prepared_statement statement, const char *query,
                         enum result_format format)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct pump pump = { .from = -1 };
    int ends[2];
    pthread_t thread;
    const char *sql;
    int code = exit_code_of(DUCKALOG_INTERNAL);

    fflush(stdout);
    if (arena == NULL || pipe(ends) != 0) {
        arena_destroy(arena);
        print_error(NULL, NULL, "a pipe can't be made: %s", strerror(errno));
        return code;
    }
    pump.from = ends[0];
    sql = copy_statement(arena, statement, query, format, ends[1]);
    if (sql == NULL || pthread_create(&thread, NULL, run_pump, &pump) != 0)
        close(ends[0]);
    else {
        code = run_copy(writer, sql, &pump);
        close(ends[1]);
        ends[1] = -1;
        pthread_join(thread, NULL);
    }
    if (ends[1] >= 0)
        close(ends[1]);
    arena_destroy(arena);
    return code;
}

int copy_write(const struct result_writer *writer, const char *query, enum result_format format)
{
    duckdb_prepared_statement statement = NULL;
    int code;

    if (!result_prepare(writer, query, &statement, &code))
        return code;
    code = copy_prepared(writer, statement, query, format);
    duckdb_destroy_prepare(&statement);
    return code;
}
