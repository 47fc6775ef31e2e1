/*
 * Asking DuckDB's parser: json_serialize_sql() gives the tree of a query, in which tables are looked for. Names that a
 * WITH defines are tables only outside of where it counts.
 */

#include "engine/parser.h"

#include "base/arena.h"
#include "base/text.h"
#include "engine/session.h"

#include <jansson.h>
#include <string.h>

/*
 * Where DuckDB knows no place it gives 2^64-1, which jansson takes for an error when it is read as an integer.
 */
static const double MOST_OFFSET = 1e15;

/* ---- the tree ---- */

/* A common table expression that counts where the walk is. */
struct scope {
    const struct scope *outer;
    const char *name;
};

struct search {
    struct arena *arena;
    struct table_names *tables;
    bool failed;
};

static bool is_common(const struct scope *scope, const char *name)
{
    for (; scope != NULL; scope = scope->outer)
        if (equal_ignoring_case(scope->name, name))
            return true;
    return false;
}

static const char *text_of(struct search *search, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : arena_string(search->arena, text);
}

static void add_table(struct search *search, const json_t *table)
{
    struct table_names *tables = search->tables;
    double offset = json_number_value(json_object_get(table, "query_location"));
    struct table_name name = { .catalog = text_of(search, table, "catalog_name"),
                               .schema = text_of(search, table, "schema_name"),
                               .name = text_of(search, table, "table_name"),
                               .offset = offset < MOST_OFFSET ? (size_t)offset : 0 };

    tables->items = arena_extend(search->arena, tables->items, tables->count, sizeof(*tables->items));
    if (tables->items == NULL || name.catalog == NULL || name.schema == NULL || name.name == NULL)
        search->failed = true;
    else
        tables->items[tables->count++] = name;
}

static void visit(struct search *search, const json_t *value, const struct scope *scope);

static bool is_type(const json_t *object, const char *type)
{
    const char *found = json_string_value(json_object_get(object, "type"));

    return found != NULL && strcmp(found, type) == 0;
}

static void visit_members(struct search *search, const json_t *object, const struct scope *scope, const char *left_out)
{
    const char *key;
    json_t *member;

    json_object_foreach((json_t *)object, key, member)
    {
        if (left_out == NULL || strcmp(key, left_out) != 0)
            visit(search, member, scope);
    }
}

/* Each expression counts for those after it, and for the query: one stack frame for each. */
static void visit_common(struct search *search, const json_t *query, const json_t *entries, size_t index,
                         const struct scope *scope)
{
    const json_t *entry = json_array_get(entries, index);
    struct scope inner = { scope, json_string_value(json_object_get(entry, "key")) };

    if (entry == NULL) {
        visit_members(search, query, scope, "cte_map");
        return;
    }
    visit(search, json_object_get(entry, "value"), scope);
    visit_common(search, query, entries, index + 1, inner.name != NULL ? &inner : scope);
}

static void visit_object(struct search *search, const json_t *object, const struct scope *scope)
{
    const json_t *entries = json_object_get(json_object_get(object, "cte_map"), "map");
    struct scope inner = { scope, json_string_value(json_object_get(object, "cte_name")) };
    const char *schema = json_string_value(json_object_get(object, "schema_name"));
    const char *table = json_string_value(json_object_get(object, "table_name"));

    if (is_type(object, "BASE_TABLE")) {
        if (table != NULL && !(schema != NULL && *schema == '\0' && is_common(scope, table)))
            add_table(search, object);
    } else if (is_type(object, "CTE_NODE") && inner.name != NULL) {
        visit(search, json_object_get(object, "query"), scope);
        visit_members(search, object, &inner, "query");
        return;
    } else if (is_type(object, "RECURSIVE_CTE_NODE") && inner.name != NULL)
        scope = &inner;
    if (json_array_size(entries) > 0)
        visit_common(search, object, entries, 0, scope);
    else
        visit_members(search, object, scope, NULL);
}

static void visit(struct search *search, const json_t *value, const struct scope *scope)
{
    size_t index;
    json_t *item;

    if (json_is_object(value))
        visit_object(search, value, scope);
    json_array_foreach((json_t *)value, index, item)
    {
        visit(search, item, scope);
    }
}

/* ---- DuckDB ---- */

void parser_begin(struct parser *parser, duckdb_connection connection)
{
    *parser = (struct parser){ .connection = connection };
}

void parser_end(struct parser *parser)
{
    if (parser->serialize != NULL)
        duckdb_destroy_prepare(&parser->serialize);
    session_close(parser->session);
}

/* Opened if need be; NULL when there is no DuckDB. */
static duckdb_connection parser_connection(struct parser *parser)
{
    struct session_options options = { 0 };
    struct text ignored = text_on_heap();
    const char *unused = NULL;

    if (parser->connection == NULL && !parser->failed) {
        if (duckdb_load(&unused) &&
            session_open(":memory:", &options, &parser->session, &ignored, &unused) == DUCKALOG_OK)
            parser->connection = parser->session->connection;
        else
            parser->failed = true;
        text_free(&ignored);
    }
    return parser->connection;
}

static bool prepare(struct parser *parser)
{
    struct text ignored = text_on_heap();
    bool good = parser->serialize != NULL;

    if (!good && parser_connection(parser) != NULL)
        good = session_prepare(parser->connection, "SELECT json_serialize_sql($1::VARCHAR)::VARCHAR",
                               &parser->serialize, &ignored) == DUCKALOG_OK;
    if (!good)
        parser->failed = true;
    text_free(&ignored);
    return good;
}

/* The tree as a jansson value; NULL when the parser has none. */
static json_t *parse(struct parser *parser, const char *sql)
{
    duckdb_result result = { 0 };
    duckdb_data_chunk chunk = NULL;
    json_t *tree = NULL;

    if (duckdb_bind_varchar(parser->serialize, 1, sql) == DuckDBSuccess &&
        duckdb_execute_prepared(parser->serialize, &result) == DuckDBSuccess)
        chunk = duckdb_fetch_chunk(result);
    if (chunk != NULL && duckdb_data_chunk_get_size(chunk) == 1) {
        size_t length;
        const char *text = session_text(duckdb_data_chunk_get_vector(chunk, 0), 0, &length);

        if (text != NULL)
            tree = json_loadb(text, length, JSON_DECODE_INT_AS_REAL, NULL);
    }
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    return tree;
}

json_t *parser_tree(struct parser *parser, const char *sql)
{
    json_t *tree = parser->failed || !prepare(parser) ? NULL : parse(parser, sql);

    if (tree != NULL && json_is_false(json_object_get(tree, "error")))
        return tree;
    json_decref(tree);
    return NULL;
}

static bool read_tables(void *user, struct arena *arena, const char *sql, struct table_names *ret_tables)
{
    struct parser *parser = user;
    struct search search = { .arena = arena, .tables = ret_tables };
    json_t *tree = parser_tree(parser, sql);
    bool good = tree != NULL;

    if (good)
        visit(&search, tree, NULL);
    json_decref(tree);
    return good && !search.failed;
}

struct query_reader parser_reader(struct parser *parser)
{
    return (struct query_reader){ read_tables, parser };
}
