/*
 * A query as a table: columns as wide as the first rows need, then rows as they come.
 *
 * DuckDB itself turns each value into text (a CAST around the query), so every type looks as it does in SQL.
 */

#include "cli/output/results.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/frame.h"
#include "cli/print.h"
#include "engine/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MEASURED = 1000 };

struct table {
    const struct result_writer *writer;
    struct arena *arena; /* names, and the rows that are measured */
    struct frame_column *columns;
    size_t column_count;
    const char **cells; /* of the measured rows, one row after another */
    size_t row_count;
    bool begun; /* the frame is open: widths are fixed */
};

/* ---- text of a cell ---- */

static const char *cell_text(struct arena *arena, duckdb_vector vector, idx_t row)
{
    size_t length;
    const char *chars = session_text(vector, row, &length);

    return chars == NULL ? "NULL" : frame_escaped(arena, chars, length);
}

/* ---- the frame ---- */

static void begin_frame(struct table *table)
{
    table->begun = true;
    frame_widen(table->columns, table->column_count, NULL);
    for (size_t row = 0; row < table->row_count; row++)
        frame_widen(table->columns, table->column_count, table->cells + row * table->column_count);
    frame_write_head(table->columns, table->column_count);
    for (size_t row = 0; row < table->row_count; row++)
        frame_write_row(table->columns, table->column_count, table->cells + row * table->column_count);
}

/* ---- rows ---- */

static bool take_row(struct table *table, struct arena *scratch, duckdb_data_chunk chunk, idx_t row)
{
    struct arena *arena = table->begun ? scratch : table->arena;
    const char **cells = table->begun ? arena_array(scratch, table->column_count, sizeof(*cells))
                                      : table->cells + table->row_count * table->column_count;

    for (size_t i = 0; cells != NULL && i < table->column_count; i++) {
        cells[i] = cell_text(arena, duckdb_data_chunk_get_vector(chunk, i), row);
        if (cells[i] == NULL)
            return false;
    }
    if (cells == NULL)
        return false;
    if (table->begun)
        frame_write_row(table->columns, table->column_count, cells);
    else if (++table->row_count == ROWS_MEASURED)
        begin_frame(table);
    return true;
}

static bool take_chunk(struct table *table, duckdb_data_chunk chunk)
{
    struct arena *scratch = arena_create(ARENA_PLAIN);
    bool good = scratch != NULL;

    for (idx_t row = 0; good && row < duckdb_data_chunk_get_size(chunk); row++)
        good = take_row(table, scratch, chunk, row);
    arena_destroy(scratch);
    return good;
}

static int take_rows(struct table *table, duckdb_result *result)
{
    duckdb_data_chunk chunk;
    bool good = true;

    while (good && (chunk = duckdb_fetch_chunk(*result)) != NULL) {
        good = take_chunk(table, chunk);
        duckdb_destroy_data_chunk(&chunk);
        /* Nobody reads any more. */
        if (ferror(stdout))
            return 0;
    }
    if (!good)
        return exit_code_of(DUCKALOG_NOMEM);
    /* A stream that fails half-way ends like one that is complete; only its error tells. */
    if (duckdb_result_error(result) != NULL && *duckdb_result_error(result) != '\0')
        return result_error_inside(table->writer, duckdb_result_error_type(result), duckdb_result_error(result));
    if (!table->begun)
        begin_frame(table);
    frame_write_border(table->columns, table->column_count);
    return 0;
}

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

static bool take_column(const char *const *fields, size_t count, void *user)
{
    struct table *table = user;
    struct frame_column *column;

    table->columns = arena_extend(table->arena, table->columns, table->column_count, sizeof(*table->columns));
    if (table->columns == NULL || count != 2 || fields[0] == NULL || fields[1] == NULL)
        return false;
    column = &table->columns[table->column_count++];
    column->name = frame_escaped(table->arena, fields[0], strlen(fields[0]));
    column->is_number = is_number(fields[1]);
    return true;
}

/* Names and types come from DESCRIBE, as the CAST around the query hides its types. */
static int find_columns(struct table *table, const char *query, bool *ret_is_query)
{
    struct text sql = text_on_heap();
    struct text *problem = table->writer->problem;
    duckalog_status status = DUCKALOG_NOMEM;
    int code = 0;

    text_free(problem);

    text_format(&sql, "SELECT column_name, column_type FROM (DESCRIBE FROM (%s\n))", query);
    if (text_string(&sql) != NULL)
        status = session_query(table->writer->session.connection, text_string(&sql), take_column, table, problem);
    if (status == DUCKALOG_OK)
        table->cells = arena_array(table->arena, table->column_count * ROWS_MEASURED, sizeof(*table->cells));
    *ret_is_query = status != DUCKALOG_ENGINE;
    if (arena_failed(table->arena))
        status = DUCKALOG_NOMEM;
    if (status != DUCKALOG_OK && status != DUCKALOG_ENGINE)
        code = result_error_inside(table->writer, DUCKDB_ERROR_INVALID, text_string(problem));
    text_free(&sql);
    return code;
}

static int run_as_text(struct table *table, const char *query)
{
    struct text sql = text_on_heap();
    duckdb_prepared_statement statement = NULL;
    duckdb_pending_result pending = NULL;
    duckdb_result result;
    int code = exit_code_of(DUCKALOG_NOMEM);

    text_format(&sql, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (%s\n)", query);
    if (text_string(&sql) != NULL && result_prepare(table->writer, text_string(&sql), &statement, &code)) {
        if (duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess)
            code = result_error_inside(table->writer, DUCKDB_ERROR_INVALID, duckdb_pending_error(pending));
        else if (duckdb_execute_pending(pending, &result) != DuckDBSuccess) {
            code = result_error_inside(table->writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
            duckdb_destroy_result(&result);
        } else {
            code = take_rows(table, &result);
            duckdb_destroy_result(&result);
        }
        duckdb_destroy_pending(&pending);
        duckdb_destroy_prepare(&statement);
    }
    text_free(&sql);
    return code;
}

int table_write(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    struct table table = { .writer = writer, .arena = arena_create(ARENA_PLAIN) };
    int code = table.arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : find_columns(&table, query, ret_is_query);

    if (code == 0 && *ret_is_query)
        code = run_as_text(&table, query);
    arena_destroy(table.arena);
    return code;
}
