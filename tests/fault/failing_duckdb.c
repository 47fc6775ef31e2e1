/*
 * Calls of DuckDB that fail in turn: with no result and no object, and nothing to ask for the reason.
 */
#include "failing.h"

#include "base/duckdb.h"

/* The name of a function is also a macro for its place in the table (base/duckdb.h). */
#define FAILS(name) failing_now(DUCKDB_CALLS, #name)
#define KEEP(name) static __typeof__(name) real_##name
#define PUT(name)                                                                                                      \
    real_##name = name;                                                                                                \
    (name) = failing_##name

KEEP(duckdb_create_config);
KEEP(duckdb_set_config);
KEEP(duckdb_open_ext);
KEEP(duckdb_connect);
KEEP(duckdb_extract_statements);
KEEP(duckdb_prepare_extracted_statement);
KEEP(duckdb_bind_varchar);
KEEP(duckdb_execute_prepared);
KEEP(duckdb_fetch_chunk);

static duckdb_state failing_duckdb_create_config(duckdb_config *ret_config)
{
    return FAILS(create_config) ? DuckDBError : real_duckdb_create_config(ret_config);
}

static duckdb_state failing_duckdb_set_config(duckdb_config config, const char *name, const char *value)
{
    return FAILS(set_config) ? DuckDBError : real_duckdb_set_config(config, name, value);
}

static duckdb_state failing_duckdb_open_ext(const char *path, duckdb_database *ret_database, duckdb_config config,
                                            char **ret_problem)
{
    return FAILS(open_ext) ? DuckDBError : real_duckdb_open_ext(path, ret_database, config, ret_problem);
}

static duckdb_state failing_duckdb_connect(duckdb_database database, duckdb_connection *ret_connection)
{
    return FAILS(connect) ? DuckDBError : real_duckdb_connect(database, ret_connection);
}

static idx_t failing_duckdb_extract_statements(duckdb_connection connection, const char *sql,
                                               duckdb_extracted_statements *ret_statements)
{
    return FAILS(extract_statements) ? 0 : real_duckdb_extract_statements(connection, sql, ret_statements);
}

static duckdb_state failing_duckdb_prepare_extracted_statement(duckdb_connection connection,
                                                               duckdb_extracted_statements statements, idx_t index,
                                                               duckdb_prepared_statement *ret_statement)
{
    return FAILS(prepare_extracted_statement)
               ? DuckDBError
               : real_duckdb_prepare_extracted_statement(connection, statements, index, ret_statement);
}

static duckdb_state failing_duckdb_bind_varchar(duckdb_prepared_statement statement, idx_t index, const char *value)
{
    return FAILS(bind_varchar) ? DuckDBError : real_duckdb_bind_varchar(statement, index, value);
}

static duckdb_state failing_duckdb_execute_prepared(duckdb_prepared_statement statement, duckdb_result *ret_result)
{
    return FAILS(execute_prepared) ? DuckDBError : real_duckdb_execute_prepared(statement, ret_result);
}

static duckdb_data_chunk failing_duckdb_fetch_chunk(duckdb_result result)
{
    return FAILS(fetch_chunk) ? NULL : real_duckdb_fetch_chunk(result);
}

void failing_wrap_duckdb(void)
{
    PUT(duckdb_create_config);
    PUT(duckdb_set_config);
    PUT(duckdb_open_ext);
    PUT(duckdb_connect);
    PUT(duckdb_extract_statements);
    PUT(duckdb_prepare_extracted_statement);
    PUT(duckdb_bind_varchar);
    PUT(duckdb_execute_prepared);
    PUT(duckdb_fetch_chunk);
}
