#include "cli/output/rows.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/estimate.h"
#include "cli/output/kept.h"
#include "cli/print.h"
#include "engine/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of values: some hundred megabytes, text included. */
enum { MOST_CELLS_AT_ONCE = 50 * 1000 * 1000 };

struct rows {
    const struct result_writer *writer;
    struct arena *arena;
    struct row_column *columns;
    size_t column_count;
    struct row_cell *cells;
    const struct row_sink *sink;
    void *user;
};

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

/* Which rows are passed on: the first ones, and from some row on the rest. */
struct range {
    uint64_t head;
    uint64_t tail_from;
    uint64_t gap; /* how many there were between the two; 0: all are passed on */
};

static const struct range all_rows = { .head = UINT64_MAX };

static bool take_row(struct rows *rows, duckdb_data_chunk chunk, idx_t row)
{
    for (size_t i = 0; i < rows->column_count; i++)
        rows->cells[i].chars = session_text(duckdb_data_chunk_get_vector(chunk, i), row, &rows->cells[i].length);
    return rows->sink->take(rows->user, rows->cells);
}

static bool take_chunk(struct rows *rows, duckdb_data_chunk chunk, const struct range *range, uint64_t *at)
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

static int take_rows(struct rows *rows, duckdb_result *result, const struct range *range)
{
    duckdb_data_chunk chunk;
    uint64_t at = 0;
    int code;
    bool good = rows->sink->begin(rows->user, rows->columns, rows->column_count);

    while (good && (chunk = duckdb_fetch_chunk(*result)) != NULL) {
        good = take_chunk(rows, chunk, range, &at);
        duckdb_destroy_data_chunk(&chunk);
        /* Nobody reads any more. */
        if (ferror(rows->writer->out))
            return 0;
    }
    code = good ? rows_stream_error(rows->writer, result) : 0;
    if (code != 0)
        return code;
    return good && rows->sink->end(rows->user) ? 0 : exit_code_of(DUCKALOG_NOMEM);
}

/* All of it at once, which DuckDB does with all threads, or bit by bit, which takes no memory and mostly one. */
enum run_mode { RUN_AT_ONCE, RUN_AS_STREAM };

static bool run(const struct result_writer *writer, const char *sql, enum run_mode mode, duckdb_result *ret_result,
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
    return run(writer, sql, RUN_AS_STREAM, ret_result, ret_code);
}

static int run_as_text(struct rows *rows, const char *query, const struct range *range)
{
    uint64_t most = rows->sink->gap == NULL ? rows->writer->form->most_rows : 0;
    struct text sql = text_on_heap();
    duckdb_result result = { 0 };
    int code;

    text_format(&sql, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (%s\n)", query);
    if (most > 0)
        text_format(&sql, " LIMIT %llu", (unsigned long long)most);
    if (rows_stream(rows->writer, text_string(&sql), &result, &code)) {
        code = take_rows(rows, &result, range);
        duckdb_destroy_result(&result);
    }
    text_free(&sql);
    return code;
}

/* ---- the first and the last rows ---- */

/*
 * Of a long result only what is shown is turned to text: a million rows would take longer for that than for anything
 * else. The chunks at its beginning and its end are kept.
 */
struct ends {
    duckdb_data_chunk *chunks;
    size_t count;
    size_t head;        /* how many of the chunks are the beginning */
    uint64_t head_rows; /* in them */
    uint64_t tail_rows; /* in the others */
    uint64_t dropped;
};

static bool keep(struct ends *ends, duckdb_data_chunk chunk, uint64_t most)
{
    duckdb_data_chunk *larger = realloc(ends->chunks, (ends->count + 1) * sizeof(duckdb_data_chunk));

    if (larger == NULL) {
        duckdb_destroy_data_chunk(&chunk);
        return false;
    }
    ends->chunks = larger;
    ends->chunks[ends->count++] = chunk;
    if (ends->head_rows < (most + 1) / 2) {
        ends->head = ends->count;
        ends->head_rows += duckdb_data_chunk_get_size(chunk);
        return true;
    }
    ends->tail_rows += duckdb_data_chunk_get_size(chunk);
    while (ends->head + 1 < ends->count &&
           ends->tail_rows - duckdb_data_chunk_get_size(ends->chunks[ends->head]) >= most / 2) {
        ends->tail_rows -= duckdb_data_chunk_get_size(ends->chunks[ends->head]);
        ends->dropped += duckdb_data_chunk_get_size(ends->chunks[ends->head]);
        duckdb_destroy_data_chunk(&ends->chunks[ends->head]);
        ends->count--;
        memmove(ends->chunks + ends->head, ends->chunks + ends->head + 1,
                (ends->count - ends->head) * sizeof(duckdb_data_chunk));
    }
    return true;
}

static bool keep_all(struct ends *ends, duckdb_result result, uint64_t most)
{
    duckdb_data_chunk chunk;
    bool good = true;

    while (good && (chunk = duckdb_fetch_chunk(result)) != NULL)
        good = keep(ends, chunk, most);
    return good;
}

/* The same for a result that is there as a whole: its middle need not be looked at. */
static bool keep_both_ends(struct ends *ends, duckdb_result result, uint64_t most)
{
    idx_t count = duckdb_result_chunk_count(result);
    idx_t tail = count;
    uint64_t in_tail = 0;
    duckdb_data_chunk chunk;
    bool good = true;

    while (tail > 0 && in_tail < most / 2) {
        chunk = duckdb_result_get_chunk(result, --tail);
        in_tail += duckdb_data_chunk_get_size(chunk);
        duckdb_destroy_data_chunk(&chunk);
    }
    for (idx_t i = 0; good && i < count; i++) {
        if (i < tail && ends->head_rows >= (most + 1) / 2)
            i = tail;
        if (i < count)
            good = keep(ends, duckdb_result_get_chunk(result, i), most);
    }
    ends->dropped = duckdb_row_count(&result) - ends->head_rows - ends->tail_rows;
    return good;
}

static struct range range_of(const struct ends *ends, uint64_t most)
{
    uint64_t kept = ends->head_rows + ends->tail_rows;

    if (kept + ends->dropped <= most)
        return all_rows;
    return (struct range){ .head = (most + 1) / 2, .tail_from = kept - most / 2, .gap = kept + ends->dropped - most };
}

static int show_ends(struct rows *rows, duckdb_result *result, const struct ends *ends)
{
    struct kept_rows kept = { result, ends->chunks, ends->count };
    struct range range = range_of(ends, rows->writer->form->most_rows);
    int code;

    if (!kept_rows_set(rows->writer, &kept))
        return result_error(rows->writer, DUCKDB_ERROR_INTERNAL, "the result can't be read back");
    code = run_as_text(rows, "FROM " KEPT_ROWS "()", &range);
    kept_rows_clear();
    return code;
}

/* What is sure to find room in memory comes sooner at once. Of the rest DuckDB would have to write some to the disk. */
static enum run_mode mode_of(const struct rows *rows, const char *query)
{
    uint64_t count = estimate_rows(rows->writer, query);

    if (duckdb_row_count == NULL || duckdb_result_chunk_count == NULL || duckdb_result_get_chunk == NULL)
        return RUN_AS_STREAM;
    return rows->column_count > 0 && count <= MOST_CELLS_AT_ONCE / rows->column_count ? RUN_AT_ONCE : RUN_AS_STREAM;
}

static int run_cut(struct rows *rows, const char *query)
{
    enum run_mode mode = mode_of(rows, query);
    struct ends ends = { 0 };
    struct text sql = text_on_heap();
    duckdb_result result = { 0 };
    int code;

    text_format(&sql, "SELECT * FROM (%s\n)", query);
    if (run(rows->writer, text_string(&sql), mode, &result, &code)) {
        uint64_t most = rows->writer->form->most_rows;

        if (!(mode == RUN_AT_ONCE ? keep_both_ends(&ends, result, most) : keep_all(&ends, result, most)))
            code = exit_code_of(DUCKALOG_NOMEM);
        else
            code = rows_stream_error(rows->writer, &result);
        if (code == 0)
            code = show_ends(rows, &result, &ends);
        duckdb_destroy_result(&result);
    }
    for (size_t i = 0; i < ends.count; i++)
        duckdb_destroy_data_chunk(&ends.chunks[i]);
    free(ends.chunks);
    text_free(&sql);
    return code;
}

int rows_write(const struct result_writer *writer, const char *query, const struct row_sink *sink, void *user,
               bool *ret_is_query)
{
    struct rows rows = { .writer = writer, .arena = arena_create(ARENA_PLAIN), .sink = sink, .user = user };
    int code = rows.arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : find_columns(&rows, query, ret_is_query);

    if (code == 0 && *ret_is_query)
        code = sink->gap != NULL && writer->form->most_rows > 0 ? run_cut(&rows, query)
                                                                : run_as_text(&rows, query, &all_rows);
    arena_destroy(rows.arena);
    return code;
}
