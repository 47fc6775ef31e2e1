/*
 * The first and the last rows of a long result.
 *
 * Only what is shown is turned to text: a million rows would take longer for that than for anything else.
 */

#include "cli/output/rows_parts.h"

#include "base/text.h"
#include "cli/output/estimate.h"
#include "cli/output/kept.h"
#include "cli/print.h"

#include <stdlib.h>
#include <string.h>

/* Of values: some hundred megabytes, text included. */
enum { MOST_CELLS_AT_ONCE = 50 * 1000 * 1000 };

/* ---- all rows, of which the chunks at the beginning and the end are kept ---- */

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

static struct row_range range_of(const struct ends *ends, uint64_t most)
{
    uint64_t kept = ends->head_rows + ends->tail_rows;

    if (kept + ends->dropped <= most)
        return rows_all;
    return (
        struct row_range){ .head = (most + 1) / 2, .tail_from = kept - most / 2, .gap = kept + ends->dropped - most };
}

static int show_ends(struct rows *rows, duckdb_result *result, const struct ends *ends)
{
    struct kept_rows kept = { result, ends->chunks, ends->count };
    struct row_range range = range_of(ends, rows->writer->form->most_rows);
    int code;

    if (!kept_rows_set(rows->writer, &kept))
        return result_error(rows->writer, DUCKDB_ERROR_INTERNAL, "the result can't be read back");
    code = rows_run_as_text(rows, "FROM " KEPT_ROWS "()", &range);
    kept_rows_clear();
    return code;
}

static int run_all_rows(struct rows *rows, const char *query, enum run_mode mode)
{
    struct ends ends = { 0 };
    struct text sql = text_on_heap();
    duckdb_result result = { 0 };
    int code;

    text_format(&sql, "SELECT * FROM (%s\n)", query);
    if (rows_run(rows->writer, text_string(&sql), mode, &result, &code)) {
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

/* ---- a stored table, whose middle is not read ---- */

/*
 * One statement, as another connection may write between two: both ends, and in a last column of the first row how many
 * rows there are, or 0 where DuckDB may return them in any order. Where the last ones begin has to be a constant, or DuckDB
 * reads all columns up to there.
 */
static bool run_both_ends(const struct rows *rows, const char *query, uint64_t count, duckdb_result *ret_result,
                          int *ret_code)
{
    unsigned long long head = (rows->writer->form->most_rows + 1) / 2;
    unsigned long long tail = rows->writer->form->most_rows / 2;
    struct text sql = text_on_heap();
    bool good;

    text_format(&sql,
                "SELECT CAST(COLUMNS(*) AS VARCHAR), if(current_setting('preserve_insertion_order'), "
                "(SELECT count(*) FROM (%s\n)), 0) FROM (SELECT * FROM (%s\n) LIMIT %llu)",
                query, query, head);
    text_format(&sql,
                " UNION ALL SELECT CAST(COLUMNS(*) AS VARCHAR), 0 FROM (SELECT * FROM (%s\n) LIMIT %llu OFFSET %llu)",
                query, tail, (unsigned long long)count - tail);
    good = rows_run(rows->writer, text_string(&sql), RUN_AT_ONCE, ret_result, ret_code);
    text_free(&sql);
    return good;
}

/* `ret_done`: whether the rows were passed on. If not, and with the exit code 0, it takes all rows to tell which ones. */
static int run_table(struct rows *rows, const char *query, uint64_t count, bool *ret_done)
{
    uint64_t most = rows->writer->form->most_rows;
    int code = 0;

    /* The planner counts deleted rows as well, and others may be writing. */
    for (int attempt = 0; attempt < 3 && count > most && code == 0 && !*ret_done; attempt++) {
        struct row_range range = { .head = (most + 1) / 2, .tail_from = (most + 1) / 2, .gap = count - most };
        duckdb_result result = { 0 };
        duckdb_data_chunk chunk;
        uint64_t counted = 0;

        if (!run_both_ends(rows, query, count, &result, &code))
            break;
        chunk = duckdb_fetch_chunk(result);
        if (chunk != NULL && duckdb_data_chunk_get_size(chunk) > 0)
            counted = (uint64_t)((int64_t *)duckdb_vector_get_data(
                duckdb_data_chunk_get_vector(chunk, rows->column_count)))[0];
        *ret_done = counted == count;
        if (*ret_done)
            code = rows_take(rows, &result, chunk, &range);
        else
            duckdb_destroy_data_chunk(&chunk);
        duckdb_destroy_result(&result);
        count = counted;
    }
    return code;
}

int rows_run_cut(struct rows *rows, const char *query)
{
    struct estimate estimate = estimate_query(rows->writer, query);
    bool is_done = false;
    int code = estimate.is_table ? run_table(rows, query, estimate.rows, &is_done) : 0;

    if (code != 0 || is_done)
        return code;
    /* What is sure to find room in memory comes sooner at once. Of the rest DuckDB would have to write some to the disk. */
    if (rows->column_count > 0 && estimate.rows <= MOST_CELLS_AT_ONCE / rows->column_count &&
        duckdb_row_count != NULL && duckdb_result_chunk_count != NULL && duckdb_result_get_chunk != NULL)
        return run_all_rows(rows, query, RUN_AT_ONCE);
    return run_all_rows(rows, query, RUN_AS_STREAM);
}
