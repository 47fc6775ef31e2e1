/*
 * Statements to the database of the stores, one at a time. They are our own, so that nothing needs to be looked for in them.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static bool is_null(duckdb_vector vector, idx_t row)
{
    const uint64_t *validity = duckdb_vector_get_validity(vector);

    return validity != NULL && (validity[row / 64] >> (row % 64) & 1) == 0;
}

const char *store_chars(duckdb_data_chunk chunk, idx_t column, idx_t row, size_t *ret_length)
{
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    const duckdb_string_t *string = (const duckdb_string_t *)duckdb_vector_get_data(vector) + row;

    *ret_length = 0;
    if (is_null(vector, row))
        return NULL;
    *ret_length = string->value.inlined.length;
    return *ret_length <= sizeof(string->value.inlined.inlined) ? string->value.inlined.inlined
                                                                : string->value.pointer.ptr;
}

/* Statements that take values have to be prepared, as a secret must not be a part of their text. */
static bool prepare(duckdb_connection connection, const char *sql, duckdb_prepared_statement *ret_statement,
                    struct text *problem)
{
    duckdb_extracted_statements statements = NULL;
    const char *message = NULL;

    *ret_statement = NULL;
    if (duckdb_extract_statements(connection, sql, &statements) != 1)
        message = duckdb_extract_statements_error(statements);
    else if (duckdb_prepare_extracted_statement(connection, statements, 0, ret_statement) == DuckDBSuccess) {
        duckdb_destroy_extracted(&statements);
        return true;
    } else
        message = duckdb_prepare_error(*ret_statement);
    text_add(problem, message != NULL ? message : "DuckDB can't prepare a statement");
    duckdb_destroy_prepare(ret_statement);
    duckdb_destroy_extracted(&statements);
    return false;
}

bool store_query(duckdb_connection connection, const char *sql, const char *const *values, size_t value_count,
                 duckdb_result *ret_result, struct text *problem)
{
    duckdb_prepared_statement statement;
    duckdb_result result = { 0 }; /* a failure may leave it alone, and is asked what went wrong all the same */
    bool good;

    if (!prepare(connection, sql, &statement, problem))
        return false;
    good = true;
    for (size_t i = 0; i < value_count && good; i++)
        good = duckdb_bind_varchar(statement, i + 1, values[i]) == DuckDBSuccess;
    if (!good)
        text_add(problem, "a value could not be handed to DuckDB");
    else if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
        const char *message = duckdb_result_error(&result);

        text_add(problem, message != NULL ? message : "DuckDB can't run a statement");
        good = false;
    }
    duckdb_destroy_prepare(&statement);
    if (good && ret_result != NULL)
        *ret_result = result;
    else
        duckdb_destroy_result(&result);
    return good;
}

const char *store_query_text(struct arena *arena, duckdb_connection connection, const char *sql, const char *value)
{
    struct text ignored = text_on_heap();
    duckdb_result result;
    duckdb_data_chunk chunk;
    const char *text = NULL;

    if (store_query(connection, sql, &value, value == NULL ? 0 : 1, &result, &ignored)) {
        chunk = duckdb_fetch_chunk(result);
        if (chunk != NULL && duckdb_data_chunk_get_size(chunk) > 0) {
            size_t length;
            const char *chars = store_chars(chunk, 0, 0, &length);

            text = chars == NULL ? NULL : arena_copy(arena, chars, length);
        }
        duckdb_destroy_data_chunk(&chunk);
        duckdb_destroy_result(&result);
    }
    text_free(&ignored);
    return text;
}
