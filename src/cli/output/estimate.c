#include "cli/output/estimate.h"

#include "base/text.h"
#include "engine/session.h"

#include <jansson.h>
#include <stdlib.h>

/* The plan as JSON is a list of one operator, the uppermost, which returns the result. */
static uint64_t rows_of_plan(const char *chars, size_t length)
{
    json_t *plan = chars == NULL ? NULL : json_loadb(chars, length, 0, NULL);
    json_t *about = json_object_get(json_array_get(plan, 0), "extra_info");
    const char *estimate = json_string_value(json_object_get(about, "Estimated Cardinality"));
    uint64_t rows = estimate == NULL ? UINT64_MAX : strtoull(estimate, NULL, 10);

    json_decref(plan);
    return rows;
}

uint64_t estimate_rows(const struct result_writer *writer, const char *query)
{
    struct text sql = text_on_heap();
    duckdb_prepared_statement statement = NULL;
    duckdb_result result = { 0 };
    duckdb_data_chunk chunk = NULL;
    uint64_t rows = UINT64_MAX;

    text_format(&sql, "EXPLAIN (FORMAT json) SELECT * FROM (%s\n)", query);
    if (text_string(&sql) != NULL && result_prepare_inside(writer, text_string(&sql), &statement) == DUCKALOG_OK &&
        duckdb_execute_prepared(statement, &result) == DuckDBSuccess)
        chunk = duckdb_fetch_chunk(result);
    if (chunk != NULL && duckdb_data_chunk_get_size(chunk) == 1 && duckdb_data_chunk_get_column_count(chunk) == 2) {
        size_t length;
        const char *chars = session_text(duckdb_data_chunk_get_vector(chunk, 1), 0, &length);

        rows = rows_of_plan(chars, length);
    }
    if (chunk != NULL)
        duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    text_free(&sql);
    return rows;
}
