/*
 * Statements of a session, one at a time: with their values, and with what DuckDB says when one fails.
 */

#include "engine/session.h"

#include "base/arena.h"
#include "base/text.h"
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

static duckalog_status prepare_extracted(duckdb_connection connection, duckdb_extracted_statements statements,
                                         idx_t index, duckdb_prepared_statement *ret_statement, struct text *problem)
{
    const char *message;

    if (duckdb_prepare_extracted_statement(connection, statements, index, ret_statement) == DuckDBSuccess)
        return DUCKALOG_OK;
    message = duckdb_prepare_error(*ret_statement);
    message = message != NULL ? message : "DuckDB can't prepare this statement";
    text_add(problem, message);
    duckdb_destroy_prepare(ret_statement);
    return status_of_error(DUCKDB_ERROR_INVALID, text_string(problem) != NULL ? text_string(problem) : "");
}

duckalog_status session_prepare(duckdb_connection connection, const char *sql, duckdb_prepared_statement *ret_statement,
                                struct text *problem)
{
    duckdb_extracted_statements statements = NULL;
    duckalog_status status = DUCKALOG_OK;
    idx_t count = duckdb_extract_statements(connection, sql, &statements);

    if (count == 0) {
        const char *message = duckdb_extract_statements_error(statements);

        text_add(problem, message != NULL ? message : "there is no SQL statement here");
        status = DUCKALOG_ENGINE;
    } else if (count > 1) {
        text_add(problem, "there is more than one SQL statement here");
        status = DUCKALOG_ENGINE;
    } else
        status = prepare_extracted(connection, statements, 0, ret_statement, problem);
    duckdb_destroy_extracted(&statements);
    return status;
}

/* The statement is gone afterwards, and so is the result of a failure. */
static duckalog_status execute_prepared(duckdb_prepared_statement statement, duckdb_result *ret_result,
                                        struct text *problem)
{
    duckalog_status status = DUCKALOG_OK;

    *ret_result = (duckdb_result){ 0 }; /* a failure may leave it alone, and is asked what went wrong all the same */
    if (duckdb_execute_prepared(statement, ret_result) != DuckDBSuccess) {
        const char *message = duckdb_result_error(ret_result);

        text_add(problem, message != NULL ? message : "DuckDB can't run this statement");
        status = status_of_error(duckdb_result_error_type(ret_result), message != NULL ? message : "");
        duckdb_destroy_result(ret_result);
    }
    duckdb_destroy_prepare(&statement);
    return status;
}

duckalog_status session_run_extracted(duckdb_connection connection, duckdb_extracted_statements statements,
                                      size_t index, struct text *problem)
{
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    duckalog_status status = prepare_extracted(connection, statements, index, &statement, problem);

    if (status == DUCKALOG_OK)
        status = execute_prepared(statement, &result, problem);
    if (status == DUCKALOG_OK)
        duckdb_destroy_result(&result);
    return status;
}

bool session_is_aftermath(const char *problem)
{
    return problem != NULL && strstr(problem, "Current transaction is aborted") != NULL;
}

static duckalog_status execute(duckdb_connection connection, const char *sql, const struct binding *bindings,
                               size_t binding_count, duckdb_result *ret_result, struct text *problem)
{
    duckdb_prepared_statement statement = NULL;
    duckalog_status status = session_prepare(connection, sql, &statement, problem);

    if (status != DUCKALOG_OK)
        return status;
    for (size_t i = 0; i < binding_count && status == DUCKALOG_OK; i++)
        if (duckdb_bind_varchar(statement, i + 1, bindings[i].value) != DuckDBSuccess) {
            text_add(problem, "a value could not be handed to DuckDB");
            status = DUCKALOG_ENGINE;
        }
    if (status == DUCKALOG_OK)
        return execute_prepared(statement, ret_result, problem);
    duckdb_destroy_prepare(&statement);
    return status;
}

duckalog_status session_run(duckdb_connection connection, const char *sql, const struct binding *bindings,
                            size_t binding_count, struct text *problem)
{
    duckdb_result result;
    duckalog_status status = execute(connection, sql, bindings, binding_count, &result, problem);

    if (status == DUCKALOG_OK)
        duckdb_destroy_result(&result);
    return status;
}

bool session_is_null(duckdb_vector vector, idx_t row)
{
    const uint64_t *validity = duckdb_vector_get_validity(vector);

    return validity != NULL && (validity[row / 64] >> (row % 64) & 1) == 0;
}

const char *session_text(duckdb_vector vector, idx_t row, size_t *ret_length)
{
    const duckdb_string_t *string = (const duckdb_string_t *)duckdb_vector_get_data(vector) + row;

    *ret_length = 0;
    if (session_is_null(vector, row))
        return NULL;
    *ret_length = string->value.inlined.length;
    return *ret_length <= sizeof(string->value.inlined.inlined) ? string->value.inlined.inlined
                                                                : string->value.pointer.ptr;
}

enum { MOST_COLUMNS = 8 };

static duckalog_status hand_out_rows(duckdb_data_chunk chunk, session_row row, void *user)
{
    const char *columns[MOST_COLUMNS];
    size_t count = duckdb_data_chunk_get_column_count(chunk);
    duckalog_status status = DUCKALOG_OK;
    struct arena *scratch = arena_create(ARENA_PLAIN);

    if (scratch == NULL)
        return DUCKALOG_NOMEM;
    for (idx_t r = 0; r < duckdb_data_chunk_get_size(chunk) && status == DUCKALOG_OK; r++) {
        for (size_t c = 0; c < count && c < MOST_COLUMNS; c++) {
            size_t length;
            const char *text = session_text(duckdb_data_chunk_get_vector(chunk, c), r, &length);

            columns[c] = text == NULL ? NULL : arena_copy(scratch, text, length);
            if (text != NULL && columns[c] == NULL)
                status = DUCKALOG_NOMEM;
        }
        if (status == DUCKALOG_OK && !row(columns, count, user))
            break;
    }
    arena_destroy(scratch);
    return status;
}

duckalog_status session_query(duckdb_connection connection, const char *sql, session_row row, void *user,
                              struct text *problem)
{
    duckdb_result result;
    duckalog_status status = execute(connection, sql, NULL, 0, &result, problem);
    duckdb_data_chunk chunk;

    if (status != DUCKALOG_OK)
        return status;
    while (status == DUCKALOG_OK && (chunk = duckdb_fetch_chunk(result)) != NULL) {
        status = hand_out_rows(chunk, row, user);
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
    return status;
}
