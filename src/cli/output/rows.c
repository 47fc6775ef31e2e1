#include "cli/output/rows.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/rows_parts.h"
#include "cli/print.h"
#include "engine/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

/* By DuckDB's name of the type, as in DECIMAL(18,3). */
static bool is_number(const char *type)
{
    static const char *const names[] = { "TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT",
                                         "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
                                         "FLOAT",    "DOUBLE",    "DECIMAL" };
    size_t length = strcspn(type, "(");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && strchr(type, '[') == NULL; i++)
        if (strlen(names[i]) == length && strncmp(type, names[i], length) == 0)
            return true;
    return false;
}

static char *field(struct arena *arena, duckdb_data_chunk chunk, idx_t column, idx_t row)
{
    size_t length;
    const char *chars = session_text(duckdb_data_chunk_get_vector(chunk, column), row, &length);

    return chars == NULL ? NULL : arena_copy(arena, chars, length);
}

static bool take_columns(struct arena *arena, duckdb_result *result, struct row_column **ret_columns, size_t *ret_count)
{
    duckdb_data_chunk chunk;

    while ((chunk = duckdb_fetch_chunk(*result)) != NULL) {
        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++) {
            struct row_column *column;

            *ret_columns = arena_extend(arena, *ret_columns, *ret_count, sizeof(**ret_columns));
            if (*ret_columns == NULL)
                break;
            column = &(*ret_columns)[(*ret_count)++];
            column->name = field(arena, chunk, 0, row);
            column->type = field(arena, chunk, 1, row);
            column->is_number = column->type != NULL && is_number(column->type);
        }
        duckdb_destroy_data_chunk(&chunk);
    }
    return !arena_failed(arena);
}

/* Names and types come from DESCRIBE, as the CAST around the query hides its types. */
int rows_columns(const struct result_writer *writer, struct arena *arena, const char *query,
                 struct row_column **ret_columns, size_t *ret_count, bool *ret_is_query)
{
    struct text sql = text_on_heap();
    struct text *problem = writer->problem;
    duckdb_prepared_statement statement = NULL;
    duckdb_result result = { 0 };
    duckalog_status status = DUCKALOG_NOMEM;
    int code = 0;

    *ret_columns = NULL;
    *ret_count = 0;
    text_free(problem);
    text_format(&sql, "SELECT column_name, column_type FROM (DESCRIBE FROM (%s\n))", query);
    if (text_string(&sql) != NULL)
        status = result_prepare_inside(writer, text_string(&sql), &statement);
    if (status == DUCKALOG_OK && duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
        text_add(problem, duckdb_result_error(&result));
        status = status_of_error(duckdb_result_error_type(&result), text_string(problem));
    } else if (status == DUCKALOG_OK && !take_columns(arena, &result, ret_columns, ret_count))
        status = DUCKALOG_NOMEM;
    *ret_is_query = status != DUCKALOG_ENGINE;
    if (status != DUCKALOG_OK && status != DUCKALOG_ENGINE)
        code = result_error_inside(writer, DUCKDB_ERROR_INVALID, text_string(problem));
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    text_free(&sql);
    return code;
}

static int find_columns(struct rows *rows, const char *query, bool *ret_is_query)
{
    int code = rows_columns(rows->writer, rows->arena, query, &rows->columns, &rows->column_count, ret_is_query);

    rows->cells = arena_array(rows->arena, rows->column_count, sizeof(*rows->cells));
    return code == 0 && arena_failed(rows->arena) ? exit_code_of(DUCKALOG_NOMEM) : code;
}

/* ---- rows ---- */

const struct row_range rows_all = { .head = UINT64_MAX };

static bool take_row(struct rows *rows, duckdb_data_chunk chunk, idx_t row)
{
    for (size_t i = 0; i < rows->column_count; i++)
        rows->cells[i].chars = session_text(duckdb_data_chunk_get_vector(chunk, i), row, &rows->cells[i].length);
    return rows->sink->take(rows->user, rows->cells);
}

static bool take_chunk(struct rows *rows, duckdb_data_chunk chunk, const struct row_range *range, uint64_t *at)
{
    bool good = true;

    for (idx_t row = 0; good && row < duckdb_data_chunk_get_size(chunk); row++, ++*at) {
        if (*at == range->head && range->gap > 0)
            good = rows->sink->gap(rows->user, range->gap);
        if (good && (*at < range->head || *at >= range->tail_from))
            good = take_row(rows, chunk, row);
    }
    return good;
}

/* A stream that fails half-way ends like one that is complete; only its error tells. */
int rows_stream_error(const struct result_writer *writer, duckdb_result *result)
{
    const char *message = duckdb_result_error(result);

    if (message == NULL || *message == '\0')
        return 0;
    return result_error_inside(writer, duckdb_result_error_type(result), message);
}

int rows_take(struct rows *rows, duckdb_result *result, duckdb_data_chunk chunk, const struct row_range *range)
{
    uint64_t at = 0;
    int code;
    bool good = rows->sink->begin(rows->user, rows->columns, rows->column_count);

    for (; chunk != NULL; chunk = good ? duckdb_fetch_chunk(*result) : NULL) {
        good = good && take_chunk(rows, chunk, range, &at);
        duckdb_destroy_data_chunk(&chunk);
        /* Nobody reads any more. */
        if (ferror(rows->writer->out))
            return 0;
    }
    code = good ? rows_stream_error(rows->writer, result) : 0;
    if (code != 0)
        return code;
    if (good && at == range->head && range->gap > 0)
        good = rows->sink->gap(rows->user, range->gap);
    return good && rows->sink->end(rows->user) ? 0 : exit_code_of(DUCKALOG_NOMEM);
}

bool rows_run(const struct result_writer *writer, const char *sql, enum run_mode mode, duckdb_result *ret_result,
              int *ret_code)
{
    duckdb_prepared_statement statement = NULL;
    duckdb_pending_result pending = NULL;
    duckdb_state state;

    *ret_code = exit_code_of(DUCKALOG_NOMEM);
    if (sql == NULL || !result_prepare(writer, sql, &statement, ret_code))
        return false;
    *ret_code = 0;
    state = mode == RUN_AS_STREAM ? duckdb_pending_prepared_streaming(statement, &pending)
                                  : duckdb_pending_prepared(statement, &pending);
    if (state != DuckDBSuccess)
        *ret_code = result_error_inside(writer, DUCKDB_ERROR_INVALID, duckdb_pending_error(pending));
    else if (duckdb_execute_pending(pending, ret_result) != DuckDBSuccess) {
        *ret_code = result_error_inside(writer, duckdb_result_error_type(ret_result), duckdb_result_error(ret_result));
        duckdb_destroy_result(ret_result);
    }
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    return *ret_code == 0;
}

bool rows_stream(const struct result_writer *writer, const char *sql, duckdb_result *ret_result, int *ret_code)
{
    return rows_run(writer, sql, RUN_AS_STREAM, ret_result, ret_code);
}

int rows_run_as_text(struct rows *rows, const char *query, const struct row_range *range)
{
    uint64_t most = rows->sink->gap == NULL ? rows->writer->form->most_rows : 0;
    struct text sql = text_on_heap();
    duckdb_result result = { 0 };
    int code;

    text_format(&sql, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (%s\n)", query);
    if (most > 0)
        text_format(&sql, " LIMIT %llu", (unsigned long long)most);
    if (rows_stream(rows->writer, text_string(&sql), &result, &code)) {
        code = rows_take(rows, &result, duckdb_fetch_chunk(result), range);
        duckdb_destroy_result(&result);
    }
    text_free(&sql);
    return code;
}

int rows_write(const struct result_writer *writer, const char *query, const struct row_sink *sink, void *user,
               bool *ret_is_query)
{
    struct rows rows = { .writer = writer, .arena = arena_create(ARENA_PLAIN), .sink = sink, .user = user };
    int code = rows.arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : find_columns(&rows, query, ret_is_query);

    if (code == 0 && *ret_is_query)
        code = sink->gap != NULL && writer->form->most_rows > 0 ? rows_run_cut(&rows, query)
                                                                : rows_run_as_text(&rows, query, &rows_all);
    arena_destroy(rows.arena);
    return code;
}
