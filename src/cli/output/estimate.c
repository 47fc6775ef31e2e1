#include "cli/output/estimate.h"

#include "base/text.h"
#include "engine/session.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What a scan says of itself when it returns all rows: a filter, a sample or an index would be more. */
static bool is_whole_table(const json_t *operator)
{
    static const char *const known[] = { "Table", "Type", "Projections", "Estimated Cardinality" };
    const char *name = json_string_value(json_object_get(operator, "name"));
    json_t *about = json_object_get(operator, "extra_info");
    const char *type = json_string_value(json_object_get(about, "Type"));
    size_t found = 0;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        found += json_object_get(about, known[i]) != NULL;
    return name != NULL && strncmp(name, "SEQ_SCAN", strlen("SEQ_SCAN")) == 0 && type != NULL &&
           strcmp(type, "Sequential Scan") == 0 && found == json_object_size(about);
}

/* The plan as JSON is a list of one operator, the uppermost, which returns the result. */
static struct estimate read_plan(const char *chars, size_t length)
{
    json_t *plan = chars == NULL ? NULL : json_loadb(chars, length, 0, NULL);
    json_t *uppermost = json_array_get(plan, 0);
    const char *rows =
        json_string_value(json_object_get(json_object_get(uppermost, "extra_info"), "Estimated Cardinality"));
    struct estimate estimate = { .rows = rows == NULL ? UINT64_MAX : strtoull(rows, NULL, 10),
                                 .is_table = rows != NULL && is_whole_table(uppermost) };

    json_decref(plan);
    return estimate;
}

struct estimate estimate_query(const struct result_writer *writer, const char *query)
{
    struct text sql = text_on_heap();
    duckdb_prepared_statement statement = NULL;
    duckdb_result result = { 0 };
    duckdb_data_chunk chunk = NULL;
    struct estimate estimate = { .rows = UINT64_MAX };

    text_format(&sql, "EXPLAIN (FORMAT json) SELECT * FROM (%s\n)", query);
    if (text_string(&sql) != NULL && result_prepare_inside(writer, text_string(&sql), &statement) == DUCKALOG_OK &&
        duckdb_execute_prepared(statement, &result) == DuckDBSuccess)
        chunk = duckdb_fetch_chunk(result);
    if (chunk != NULL && duckdb_data_chunk_get_size(chunk) == 1 && duckdb_data_chunk_get_column_count(chunk) == 2) {
        size_t length;
        const char *chars = session_text(duckdb_data_chunk_get_vector(chunk, 1), 0, &length);

        estimate = read_plan(chars, length);
    }
    if (chunk != NULL)
        duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    text_free(&sql);
    return estimate;
}
