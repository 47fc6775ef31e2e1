/*
 * Running SQL: one statement after another, each by what DuckDB says it is.
 *
 * Queries are printed by asking DuckDB for their text (table.c) or by its own writers (copy.c), so no type has to be
 * formatted here. What returns rows without being a query (CALL, EXPLAIN, INSERT … RETURNING) is kept, and read again
 * through a table function.
 */

#include "cli/output/results.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/print.h"
#include "engine/session.h"

#include <stdio.h>
#include <string.h>

bool result_format_of(const char *word, enum result_format *ret_format)
{
    static const char *const words[] = {
        [FORMAT_TABLE] = "table", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json", [FORMAT_JSONL] = "jsonl"
    };

    *ret_format = FORMAT_TABLE;
    if (word == NULL)
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0) {
            *ret_format = (enum result_format)i;
            return true;
        }
    print_error(NULL, NULL, "--format takes table, csv, json or jsonl, not \"%s\"", word);
    return false;
}

static const char *hint_for(const struct result_writer *writer, const char *message)
{
    /* CSV and JSON go through a file, as DuckDB sees it: a pipe of ours. */
    if (message != NULL && strstr(message, "/dev/fd/") != NULL)
        return "CSV and JSON need the setting enable_external_access; --format table does not";
    return message != NULL && (starts_with(message, "Catalog Error") || starts_with(message, "IO Error"))
               ? writer->session.hint
               : NULL;
}

int result_error(const struct result_writer *writer, duckdb_error_type type, const char *message)
{
    duckalog_status status = status_of_error(type, message != NULL ? message : "");

    if (status == DUCKALOG_INTERRUPTED)
        print_error(NULL, NULL, "interrupted");
    else
        print_error(writer->session.redactor, hint_for(writer, message), "%s",
                    message != NULL ? message : "DuckDB can't run this");
    return exit_code_of(status);
}

int result_error_inside(const struct result_writer *writer, duckdb_error_type type, const char *message)
{
    struct text without_excerpt = text_on_heap();
    const char *excerpt = message == NULL ? NULL : strstr(message, "\n\nLINE ");
    int code;

    if (excerpt != NULL)
        text_add_length(&without_excerpt, message, (size_t)(excerpt - message));
    code = result_error(writer, type, excerpt != NULL ? text_string(&without_excerpt) : message);
    text_free(&without_excerpt);
    return code;
}

/* Of the statements that DuckDB makes of one (PIVOT becomes a type and a query), all but the last are run at once. */
static duckalog_status run_before_last(const struct result_writer *writer, duckdb_extracted_statements statements,
                                       idx_t count, struct text *problem)
{
    duckalog_status status = DUCKALOG_OK;

    for (idx_t i = 0; i + 1 < count && status == DUCKALOG_OK; i++) {
        duckdb_prepared_statement statement = NULL;
        duckdb_result result = { 0 };

        if (duckdb_prepare_extracted_statement(writer->session.connection, statements, i, &statement) !=
            DuckDBSuccess) {
            text_add(problem, duckdb_prepare_error(statement));
            status = DUCKALOG_ENGINE;
        } else if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
            text_add(problem, duckdb_result_error(&result));
            status = status_of_error(duckdb_result_error_type(&result), text_string(problem));
        }
        duckdb_destroy_result(&result);
        duckdb_destroy_prepare(&statement);
    }
    return status;
}

bool result_prepare(const struct result_writer *writer, const char *sql, duckdb_prepared_statement *ret_statement,
                    int *ret_code)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(writer->session.connection, sql, &statements);
    struct text problem = text_on_heap();
    duckalog_status status;

    if (count == 0) {
        /* DuckDB takes more characters for blanks than our own scanner: then there is nothing, and no error. */
        const char *message = duckdb_extract_statements_error(statements);

        text_add(&problem, message != NULL ? message : "there is no SQL statement here");
        status = DUCKALOG_ENGINE;
    } else
        status = run_before_last(writer, statements, count, &problem);
    if (status == DUCKALOG_OK && duckdb_prepare_extracted_statement(writer->session.connection, statements, count - 1,
                                                                    ret_statement) != DuckDBSuccess) {
        text_add(&problem, duckdb_prepare_error(*ret_statement));
        duckdb_destroy_prepare(ret_statement);
        status = DUCKALOG_ENGINE;
    }
    if (status != DUCKALOG_OK)
        *ret_code = result_error(writer, DUCKDB_ERROR_INVALID, text_string(&problem));
    text_free(&problem);
    duckdb_destroy_extracted(&statements);
    return status == DUCKALOG_OK;
}

/* ---- rows that are there already, as a table function ---- */

#define KEPT_ROWS "duckalog_kept_rows"

struct kept_rows {
    duckdb_result result;
    duckdb_selection_vector all; /* 0, 1, 2, … */
};

/* A table function can't have two columns of one name; later ones get a number, as DuckDB does elsewhere. */
static void bind_kept_rows(duckdb_bind_info info)
{
    struct kept_rows *rows = duckdb_bind_get_extra_info(info);
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct map *names = arena == NULL ? NULL : map_create(arena, MAP_IGNORING_CASE);

    for (idx_t i = 0; names != NULL && i < duckdb_column_count(&rows->result); i++) {
        duckdb_logical_type type = duckdb_column_logical_type(&rows->result, i);
        const char *name = arena_string(arena, duckdb_column_name(&rows->result, i));

        for (int n = 1; name != NULL && map_find(names, name) != NULL; n++)
            name = arena_format(arena, "%s_%d", duckdb_column_name(&rows->result, i), n);
        if (name != NULL && map_add(names, name, (void *)name))
            duckdb_bind_add_result_column(info, name, type);
        duckdb_destroy_logical_type(&type);
    }
    arena_destroy(arena);
}

static void start_kept_rows(duckdb_init_info info)
{
    duckdb_init_set_max_threads(info, 1);
}

static void read_kept_rows(duckdb_function_info info, duckdb_data_chunk output)
{
    struct kept_rows *rows = duckdb_function_get_extra_info(info);
    duckdb_data_chunk chunk = duckdb_fetch_chunk(rows->result);
    idx_t count = chunk == NULL ? 0 : duckdb_data_chunk_get_size(chunk);

    for (idx_t i = 0; chunk != NULL && i < duckdb_data_chunk_get_column_count(chunk); i++)
        duckdb_vector_copy_sel(duckdb_data_chunk_get_vector(chunk, i), duckdb_data_chunk_get_vector(output, i),
                               rows->all, count, 0, 0);
    duckdb_data_chunk_set_size(output, count);
    duckdb_destroy_data_chunk(&chunk);
}

static void select_all(duckdb_selection_vector all)
{
    sel_t *rows = duckdb_selection_vector_get_data_ptr(all);

    for (idx_t i = 0; i < duckdb_vector_size(); i++)
        rows[i] = (sel_t)i;
}

/* One function for the whole session: it reads whatever result is in its rows. */
static struct kept_rows *kept_rows_function(const struct result_writer *writer)
{
    static struct kept_rows rows;
    static bool registered;
    duckdb_table_function function;

    if (registered)
        return &rows;
    function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, KEPT_ROWS);
    duckdb_table_function_set_extra_info(function, &rows, NULL);
    duckdb_table_function_set_bind(function, bind_kept_rows);
    duckdb_table_function_set_init(function, start_kept_rows);
    duckdb_table_function_set_function(function, read_kept_rows);
    registered = duckdb_register_table_function(writer->session.connection, function) == DuckDBSuccess;
    duckdb_destroy_table_function(&function);
    return registered ? &rows : NULL;
}

/* ---- statements ---- */

static int write_query(const struct result_writer *writer, const char *query, enum result_format format,
                       bool *ret_is_query)
{
    *ret_is_query = true;
    return format == FORMAT_TABLE ? table_write(writer, query, ret_is_query)
                                  : copy_write(writer, query, format, ret_is_query);
}

static int write_kept(const struct result_writer *writer, duckdb_result *result, enum result_format format)
{
    struct kept_rows *rows = kept_rows_function(writer);
    bool is_query;
    int code;

    if (rows == NULL)
        return result_error(writer, DUCKDB_ERROR_INTERNAL, "the result can't be read back");
    rows->result = *result;
    rows->all = duckdb_create_selection_vector(duckdb_vector_size());
    select_all(rows->all);
    code = write_query(writer, "FROM " KEPT_ROWS "()", format, &is_query);
    if (!is_query)
        code = result_error_inside(writer, DUCKDB_ERROR_INVALID, text_string(writer->problem));
    duckdb_destroy_selection_vector(rows->all);
    return code;
}

/* A plan is drawn over many lines: as it is, not in a frame of its own. */
static void print_plan(duckdb_result *result)
{
    duckdb_data_chunk chunk;

    while ((chunk = duckdb_fetch_chunk(*result)) != NULL) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, duckdb_data_chunk_get_column_count(chunk) - 1);

        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++) {
            size_t length;
            const char *chars = session_text(vector, row, &length);

            fwrite(chars, 1, length, stdout);
            putchar('\n');
        }
        duckdb_destroy_data_chunk(&chunk);
    }
}

static int run_other(const struct result_writer *writer, duckdb_prepared_statement statement, enum result_format format)
{
    duckdb_result result = { 0 };
    int code = 0;

    if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess)
        code = result_error(writer, duckdb_result_error_type(&result), duckdb_result_error(&result));
    else if (duckdb_prepared_statement_type(statement) == DUCKDB_STATEMENT_TYPE_EXPLAIN && format == FORMAT_TABLE)
        print_plan(&result);
    else if (duckdb_result_return_type(result) == DUCKDB_RESULT_TYPE_QUERY_RESULT)
        code = write_kept(writer, &result, format);
    else if (format == FORMAT_TABLE && duckdb_result_return_type(result) == DUCKDB_RESULT_TYPE_CHANGED_ROWS)
        printf("OK, %llu row%s\n", (unsigned long long)duckdb_rows_changed(&result),
               duckdb_rows_changed(&result) == 1 ? "" : "s");
    else if (format == FORMAT_TABLE)
        puts("OK");
    duckdb_destroy_result(&result);
    return code;
}

static bool writes(duckdb_prepared_statement statement)
{
    switch (duckdb_prepared_statement_type(statement)) {
    case DUCKDB_STATEMENT_TYPE_INSERT:
    case DUCKDB_STATEMENT_TYPE_UPDATE:
    case DUCKDB_STATEMENT_TYPE_DELETE:
    case DUCKDB_STATEMENT_TYPE_CREATE:
    case DUCKDB_STATEMENT_TYPE_CREATE_FUNC:
    case DUCKDB_STATEMENT_TYPE_ALTER:
    case DUCKDB_STATEMENT_TYPE_DROP:
        return true;
    default:
        return false;
    }
}

/* Parsed by itself first, as a text that only looks like a query could close the parentheses around it. */
static bool is_one_statement(const struct result_writer *writer, const char *sql)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(writer->session.connection, sql, &statements);

    duckdb_destroy_extracted(&statements);
    return count == 1;
}

/* First as a query, as most are, for binding one takes longer than anything else here; then as what it is. */
static int run_statement(const struct result_writer *writer, const char *sql, enum result_format format)
{
    duckdb_prepared_statement statement = NULL;
    bool is_query = false;
    int code = 0;

    if (is_one_statement(writer, sql))
        code = write_query(writer, sql, format, &is_query);
    if (is_query || !result_prepare(writer, sql, &statement, &code))
        return code;
    if (writer->session.read_only && writes(statement)) {
        print_error(NULL, NULL, "this session is read-only: the statement writes");
        code = exit_code_of(DUCKALOG_ENGINE);
    } else
        code = run_other(writer, statement, format);
    duckdb_destroy_prepare(&statement);
    return code;
}

/* The statement at `sql` without its semicolon, which `ret_next` is past. NULL when there is none left. */
static const char *next_statement(struct arena *arena, const char *sql, const char **ret_next)
{
    struct sql_token token = sql_next(sql);

    while (token.kind == SQL_SEMICOLON)
        token = sql_next(token.start + 1);
    sql = token.start;
    if (token.kind == SQL_END)
        return NULL;
    while (token.kind != SQL_SEMICOLON && token.kind != SQL_END)
        token = sql_next(token.start + token.length);
    *ret_next = token.start;
    return arena_copy(arena, sql, (size_t)(token.start - sql));
}

int results_print(const struct result_session *session, const char *sql, enum result_format format)
{
    struct text problem = text_on_heap();
    struct result_writer writer = { *session, &problem };
    struct arena *arena = arena_create(ARENA_PLAIN);
    const char *statement;
    int code = arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : 0;

    while (code == 0 && (statement = next_statement(arena, sql, &sql)) != NULL)
        code = run_statement(&writer, statement, format);
    if (code == 0 && arena_failed(arena))
        code = exit_code_of(DUCKALOG_NOMEM);
    text_free(&problem);
    arena_destroy(arena);
    return code;
}
