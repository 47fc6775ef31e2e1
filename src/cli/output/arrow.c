/*
 * A query as Arrow: DuckDB hands its chunks over as arrays of Arrow's C interface, and nanoarrow writes them, each as a
 * record batch: as a file with an index at its end, or as a stream where what follows is not waited for (standard output,
 * *.arrows).
 *
 * What has no equal in Arrow, or none that nanoarrow writes, is turned into text by DuckDB first.
 */

#include "cli/output/rows.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/print.h"

#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>

#include <stdlib.h>
#include <string.h>

struct arrow {
    const struct result_writer *writer;
    bool is_file; /* with an index */
    duckdb_arrow_options options;
    struct ArrowSchema schema;
    struct ArrowArrayView view;
    struct ArrowIpcWriter ipc;
    struct ArrowError problem;
};

/* ---- types ---- */

/*
 * What a type becomes; NULL: it stays. Enums: nanoarrow writes no dictionaries. UHUGEINT and BIGNUM: no number of Arrow is as
 * wide. BIT, VARIANT: bytes that only DuckDB reads. HUGEINT would be a decimal anyway, but unchecked.
 */
static const char *replacement_of(const char *word, size_t length)
{
    static const char *const types[][2] = {
        { "ENUM", "VARCHAR" }, { "UHUGEINT", "VARCHAR" }, { "BIGNUM", "VARCHAR" },         { "VARINT", "VARCHAR" },
        { "BIT", "VARCHAR" },  { "VARIANT", "VARCHAR" },  { "HUGEINT", "DECIMAL(38, 0)" },
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strlen(types[i][0]) == length && strncmp(types[i][0], word, length) == 0)
            return types[i][1];
    return NULL;
}

/* Past the bracket that closes the one at `type`. */
static const char *past_brackets(const char *type)
{
    size_t depth = 0;

    do {
        struct sql_token token = sql_next(type);

        if (token.kind == SQL_END || token.kind == SQL_UNCLOSED)
            return token.start;
        if (*token.start == '(')
            depth++;
        if (*token.start == ')')
            depth--;
        type = token.start + token.length;
    } while (depth > 0);
    return type;
}

/* TIME WITH TIME ZONE, as no time of Arrow has a zone: past it; NULL when this is another type. */
static const char *past_zoned_time(const struct sql_token *token)
{
    static const char *const words[] = { "WITH", "TIME", "ZONE" };
    struct sql_token next = *token;

    if (!sql_token_is(token, "TIME"))
        return NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        next = sql_next(next.start + next.length);
        if (!sql_token_is(&next, words[i]))
            return NULL;
    }
    return next.start + next.length;
}

/* The type at a word of a type, as Arrow has to get it. Returns what it is past; NULL: it stays. */
static const char *replace_type(struct text *text, const struct sql_token *token)
{
    const char *replacement = token->kind == SQL_WORD ? replacement_of(token->start, token->length) : NULL;
    const char *end = token->start + token->length;
    struct sql_token next = sql_next(end);

    if (replacement == NULL && past_zoned_time(token) != NULL) {
        text_add(text, "VARCHAR");
        return past_zoned_time(token);
    }
    if (replacement == NULL)
        return NULL;
    text_add(text, replacement);
    return *next.start == '(' ? past_brackets(next.start) : end;
}

enum { DEEPEST_TYPE = 256 };

/* A type, as DuckDB writes it, with all in it that becomes another one. False: it is the same. */
static bool replace_types(struct arena *arena, const char *type, const char **ret_replaced)
{
    bool has_names[DEEPEST_TYPE] = { false }; /* STRUCT(name type, …): which brackets we are in */
    size_t depth = 0;
    bool is_name = false; /* what comes next */
    bool names_follow = false;
    bool changed = false;
    struct text text = text_in(arena);

    for (struct sql_token token = sql_next(type); token.kind != SQL_END && token.kind != SQL_UNCLOSED;
         token = sql_next(type)) {
        bool was_name = is_name;
        char first = *token.start;
        const char *past;

        text_add_length(&text, type, (size_t)(token.start - type));
        type = token.start + token.length;
        is_name = false;
        past = was_name ? NULL : replace_type(&text, &token);
        if (past != NULL) {
            type = past;
            changed = true;
            continue;
        }
        text_add_length(&text, token.start, token.length);
        if (first == '(' && depth + 1 < DEEPEST_TYPE)
            has_names[++depth] = names_follow;
        if (first == ')' && depth > 0)
            depth--;
        is_name = has_names[depth] && (first == '(' || first == ',');
        names_follow = !was_name && (sql_token_is(&token, "STRUCT") || sql_token_is(&token, "UNION"));
    }
    *ret_replaced = text_string(&text);
    return changed;
}

static const char *arrow_query(struct arena *arena, const struct result_writer *writer, const char *query,
                               const struct row_column *columns, size_t count)
{
    struct text sql = text_in(arena);
    const char *separator = " REPLACE (";

    text_add(&sql, "SELECT *");
    for (size_t i = 0; i < count; i++) {
        const char *type = NULL;

        if (columns[i].type == NULL || !replace_types(arena, columns[i].type, &type))
            continue;
        text_add(&sql, separator);
        sql_format(&sql, "CAST(%I AS %s) AS %I", columns[i].name, type != NULL ? type : "", columns[i].name);
        separator = ", ";
    }
    if (*separator == ',')
        text_add_char(&sql, ')');
    text_format(&sql, " FROM (%s\n)", query);
    if (writer->form->most_rows > 0)
        text_format(&sql, " LIMIT %llu", (unsigned long long)writer->form->most_rows);
    return text_string(&sql);
}

/* ---- DuckDB ---- */

/* Takes the error; returns the exit code. */
static int check_duckdb(const struct arrow *arrow, duckdb_error_data error)
{
    int code = 0;

    if (duckdb_error_data_has_error(error))
        code = result_error_inside(arrow->writer, DUCKDB_ERROR_INVALID, duckdb_error_data_message(error));
    duckdb_destroy_error_data(&error);
    return code;
}

static int read_schema(struct arrow *arrow, duckdb_result *result)
{
    idx_t count = duckdb_column_count(result);
    duckdb_logical_type *types = calloc(count + 1, sizeof(duckdb_logical_type));
    const char **names = calloc(count + 1, sizeof(*names));
    int code = exit_code_of(DUCKALOG_NOMEM);

    if (types != NULL && names != NULL) {
        for (idx_t i = 0; i < count; i++) {
            types[i] = duckdb_column_logical_type(result, i);
            names[i] = duckdb_column_name(result, i);
        }
        code = check_duckdb(arrow, duckdb_to_arrow_schema(arrow->options, types, names, count, &arrow->schema));
        for (idx_t i = 0; i < count; i++)
            duckdb_destroy_logical_type(&types[i]);
    }
    free(types);
    free(names);
    return code;
}

/* ---- writing ---- */

/* When the file or the reader of a pipe takes no more, that is told by whoever has it. */
static int check_nanoarrow(struct arrow *arrow, ArrowErrorCode error)
{
    if (error == NANOARROW_OK || ferror(arrow->writer->out))
        return 0;
    print_error(NULL, "another form, as parquet, can hold it", "the result can't be written as Arrow: %s",
                *arrow->problem.message != '\0' ? arrow->problem.message : strerror(error));
    return exit_code_of(error == ENOMEM ? DUCKALOG_NOMEM : DUCKALOG_ENGINE);
}

static ArrowErrorCode begin(struct arrow *arrow)
{
    struct ArrowIpcOutputStream stream;
    ArrowErrorCode error = ArrowArrayViewInitFromSchema(&arrow->view, &arrow->schema, &arrow->problem);

    result_begins(arrow->writer);
    if (error == NANOARROW_OK)
        error = ArrowIpcOutputStreamInitFile(&stream, arrow->writer->out, 0);
    if (error == NANOARROW_OK)
        error = ArrowIpcWriterInit(&arrow->ipc, &stream);
    if (error == NANOARROW_OK && arrow->is_file)
        error = ArrowIpcWriterStartFile(&arrow->ipc, &arrow->problem);
    if (error == NANOARROW_OK)
        error = ArrowIpcWriterWriteSchema(&arrow->ipc, &arrow->schema, &arrow->problem);
    return error;
}

static int write_chunk(struct arrow *arrow, duckdb_data_chunk chunk)
{
    struct ArrowArray array = { 0 };
    int code = check_duckdb(arrow, duckdb_data_chunk_to_arrow(arrow->options, chunk, &array));
    ArrowErrorCode error;

    if (code == 0) {
        error = ArrowArrayViewSetArray(&arrow->view, &array, &arrow->problem);
        if (error == NANOARROW_OK)
            error = ArrowIpcWriterWriteArrayView(&arrow->ipc, &arrow->view, &arrow->problem);
        code = check_nanoarrow(arrow, error);
    }
    if (array.release != NULL)
        array.release(&array);
    return code;
}

static ArrowErrorCode end(struct arrow *arrow)
{
    return arrow->is_file ? ArrowIpcWriterFinalizeFile(&arrow->ipc, &arrow->problem)
                          : ArrowIpcWriterWriteArrayView(&arrow->ipc, NULL, &arrow->problem);
}

static int write_result(struct arrow *arrow, duckdb_result *result)
{
    duckdb_data_chunk chunk;
    int code = read_schema(arrow, result);

    if (code == 0)
        code = check_nanoarrow(arrow, begin(arrow));
    while (code == 0 && !ferror(arrow->writer->out) && (chunk = duckdb_fetch_chunk(*result)) != NULL) {
        code = write_chunk(arrow, chunk);
        duckdb_destroy_data_chunk(&chunk);
    }
    if (code != 0 || ferror(arrow->writer->out))
        return code;
    code = rows_stream_error(arrow->writer, result);
    return code == 0 ? check_nanoarrow(arrow, end(arrow)) : code;
}

static bool is_index_wanted(const struct result_writer *writer)
{
    const char *ending = writer->path == NULL ? NULL : strrchr(writer->form->file, '.');

    return writer->path != NULL && (ending == NULL || !equal_ignoring_case(ending, ".arrows"));
}

static int run(const struct result_writer *writer, const char *sql)
{
    struct arrow arrow = { .writer = writer, .is_file = is_index_wanted(writer) };
    duckdb_result result = { 0 };
    int code = 0;

    ArrowErrorInit(&arrow.problem);
    if (!rows_stream(writer, sql, &result, &code))
        return code;
    arrow.options = duckdb_result_get_arrow_options(&result);
    code = write_result(&arrow, &result);
    if (arrow.ipc.private_data != NULL)
        ArrowIpcWriterReset(&arrow.ipc);
    ArrowArrayViewReset(&arrow.view);
    if (arrow.schema.release != NULL)
        arrow.schema.release(&arrow.schema);
    duckdb_destroy_arrow_options(&arrow.options);
    duckdb_destroy_result(&result);
    return code;
}

static bool can_write(void)
{
    return duckdb_result_get_arrow_options != NULL && duckdb_destroy_arrow_options != NULL &&
           duckdb_to_arrow_schema != NULL && duckdb_data_chunk_to_arrow != NULL &&
           duckdb_error_data_has_error != NULL && duckdb_error_data_message != NULL &&
           duckdb_destroy_error_data != NULL;
}

int arrow_write(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct row_column *columns = NULL;
    size_t count = 0;
    const char *sql;
    int code = arena == NULL ? exit_code_of(DUCKALOG_NOMEM)
                             : rows_columns(writer, arena, query, &columns, &count, ret_is_query);

    if (code == 0 && *ret_is_query && !can_write()) {
        print_error(NULL, "DuckDB 1.4 and 1.5 do; parquet is another form",
                    "this libduckdb does not hand results over as Arrow");
        code = exit_code_of(DUCKALOG_NO_DUCKDB);
    } else if (code == 0 && *ret_is_query) {
        sql = arrow_query(arena, writer, query, columns, count);
        code = sql == NULL ? exit_code_of(DUCKALOG_NOMEM) : run(writer, sql);
    }
    arena_destroy(arena);
    return code;
}
