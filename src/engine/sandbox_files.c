/*
 * Which files the views of a session read: by the parser's tree of their queries. What is not written out, as the argument
 * of a macro, is not found, and stays closed.
 */

#include "engine/sandbox_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/session.h"

#include <jansson.h>
#include <string.h>

struct finder {
    struct sandbox *sandbox;
    duckdb_connection connection;
    struct view_files *files;
    bool failed; /* no memory */
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* ---- names ---- */

static bool is_packed(const char *rest)
{
    return *rest == '\0' || *rest == '?' || strcmp(rest, ".gz") == 0 || strcmp(rest, ".zst") == 0 ||
           strcmp(rest, ".bz2") == 0;
}

static bool has_ending_of_file(struct arena *arena, const char *name)
{
    static const char *const endings[] = { ".parquet", ".csv",    ".tsv",    ".json",  ".jsonl", ".ndjson",
                                           ".txt",     ".db",     ".duckdb", ".ddb",   ".xlsx",  ".avro",
                                           ".arrow",   ".arrows", ".vortex", ".lance", ".shp",   ".geojson" };
    char *lower = arena_string(arena, name);

    for (char *c = lower; c != NULL && *c != '\0'; c++)
        *c = ascii_lower(*c);
    for (size_t i = 0; lower != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
        for (const char *at = strstr(lower, endings[i]); at != NULL; at = strstr(at + 1, endings[i]))
            if (is_packed(at + strlen(endings[i])))
                return true;
    return false;
}

/* A qualified name is put together again: "folder/a".parquet is a file too. */
const char *sandbox_file_name(struct arena *arena, const struct json_t *table)
{
    static const char *const parts[] = { "catalog_name", "schema_name", "table_name" };
    struct text name = text_in(arena);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *part = text_of(table, parts[i]);

        if (*part != '\0' && name.length > 0)
            text_add_char(&name, '.');
        text_add(&name, part);
    }
    if (text_string(&name) == NULL)
        return NULL;
    return strpbrk(text_string(&name), "/*") != NULL || has_ending_of_file(arena, text_string(&name))
               ? text_string(&name)
               : NULL;
}

static bool is_any_of(const char *name, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (starts_with_ignoring_case(name, *prefixes))
            return true;
    return false;
}

/* ---- lists ---- */

static void add(struct finder *finder, struct file_list *list, const char *name)
{
    struct arena *arena = finder->sandbox->arena;

    list->items = arena_extend(arena, list->items, list->count, sizeof(*list->items));
    name = arena_string(arena, name);
    if (list->items == NULL || name == NULL)
        finder->failed = true;
    else
        list->items[list->count++] = name;
}

static bool take_match(const char *const *columns, size_t count, void *user)
{
    struct finder *finder = user;

    if (count == 1 && columns[0] != NULL)
        add(finder, &finder->files->files, columns[0]);
    return !finder->failed;
}

/* The name as it is below each folder in which DuckDB looks for files. */
static bool take_search_path(const char *const *columns, size_t count, void *user)
{
    struct finder *finder = user;

    if (count == 2 && columns[0] != NULL && columns[1] != NULL && *columns[0] != '\0') {
        const char *name = arena_format(finder->sandbox->arena, "%s/%s", columns[0], columns[1]);

        if (name == NULL)
            finder->failed = true;
        else
            add(finder, &finder->files->files, name);
    }
    return !finder->failed;
}

static void ask(struct finder *finder, const char *format, const char *name, session_row take)
{
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();

    sql_format(&sql, format, name);
    if (text_string(&sql) != NULL)
        session_query(finder->connection, text_string(&sql), take, finder, &ignored);
    text_free(&sql);
    text_free(&ignored);
}

/*
 * DuckDB wants both to be open: the name or pattern, and each file that it finds. A pattern that can't be looked up now fails
 * again when its view is read, and says why.
 */
static void add_file(struct finder *finder, const char *name)
{
    static const char *const web[] = { "http://", "https://", NULL };
    static const char *const stores[] = { "s3://", "s3a://", "s3n://", "gcs://", "gs://", "r2://", "hf://", NULL };
    static const char *const azure[] = { "az://", "azure://", "abfss://", "abfs://", NULL };
    bool is_web = is_any_of(name, web);
    bool is_remote = strstr(name, "://") != NULL && !starts_with(name, "file://");

    add(finder, &finder->files->files, name);
    if (is_web || is_any_of(name, stores))
        finder->files->needs_httpfs = true;
    if (is_any_of(name, azure))
        finder->files->needs_azure = true;
    if (!is_remote && *name != '/')
        ask(finder, "SELECT unnest(string_split(current_setting('file_search_path'), ',')), %L", name,
            take_search_path);
    if (!is_web && (strpbrk(name, "*?[") != NULL || (!is_remote && *name != '/')))
        ask(finder, "SELECT file FROM glob(%L)", name, take_match);
}

/* One on another machine stays closed: DuckDB can't keep `..` in an address from leading out of it. */
static void add_folder(struct finder *finder, const char *name)
{
    if (strstr(name, "://") == NULL)
        add(finder, &finder->files->folders, name);
}

/* ---- trees ---- */

static const char *string_of(const json_t *object)
{
    const json_t *value = json_object_get(object, "value");

    if (strcmp(text_of(object, "type"), "VALUE_CONSTANT") != 0 ||
        strcmp(text_of(json_object_get(value, "type"), "id"), "VARCHAR") != 0)
        return NULL;
    return json_string_value(json_object_get(value, "value"));
}

/* A name, or a list of names; what is computed is not known here. */
static void take_names(struct finder *finder, const json_t *argument,
                       void (*take)(struct finder *finder, const char *name))
{
    bool is_list = equal_ignoring_case(text_of(argument, "function_name"), "list_value");
    const json_t *item;
    size_t index;

    if (string_of(argument) != NULL)
        take(finder, string_of(argument));
    else if (is_list)
        json_array_foreach(json_object_get(argument, "children"), index, item) take_names(finder, item, take);
}

/* What a table function reads is its first argument. */
static void take_reader(struct finder *finder, const json_t *object)
{
    const json_t *function = json_object_get(object, "function");
    const json_t *first = json_array_get(json_object_get(function, "children"), 0);
    const char *name = text_of(function, "function_name");
    bool is_delta = starts_with_ignoring_case(name, "delta_");
    bool is_iceberg = starts_with_ignoring_case(name, "iceberg_");

    finder->files->needs_delta = finder->files->needs_delta || is_delta;
    finder->files->needs_iceberg = finder->files->needs_iceberg || is_iceberg;
    take_names(finder, first, is_delta || is_iceberg ? add_folder : add_file);
}

static void take_tables(struct finder *finder, const json_t *object)
{
    const char *type = text_of(object, "type");

    if (strcmp(type, "TABLE_FUNCTION") == 0)
        take_reader(finder, object);
    else if (strcmp(type, "BASE_TABLE") == 0) {
        const char *file = sandbox_file_name(finder->sandbox->arena, object);

        if (file != NULL)
            add_file(finder, file);
    }
}

static void visit(struct finder *finder, const json_t *value)
{
    const char *key;
    json_t *member;
    size_t index;

    if (json_is_object(value)) {
        take_tables(finder, value);
        json_object_foreach((json_t *)value, key, member) visit(finder, member);
    }
    json_array_foreach((json_t *)value, index, member) visit(finder, member);
}

/* ---- views ---- */

/* CREATE VIEW name (columns) AS query: what follows the first AS. NULL: there is none. */
static const char *query_of(const char *created)
{
    struct sql_token token = sql_next(created);

    while (token.kind != SQL_END && token.kind != SQL_UNCLOSED && !sql_token_is(&token, "as"))
        token = sql_next(token.start + token.length);
    return token.kind == SQL_WORD ? token.start + token.length : NULL;
}

/* One without a tree (a view over PIVOT) opens no file: it fails when it is read. */
static bool take_view(const char *const *columns, size_t count, void *user)
{
    struct finder *finder = user;
    const char *query = count == 1 && columns[0] != NULL ? query_of(columns[0]) : NULL;
    json_t *tree = query == NULL ? NULL : parser_tree(&finder->sandbox->parser, query);

    visit(finder, tree);
    json_decref(tree);
    return !finder->failed;
}

duckalog_status sandbox_find_files(struct sandbox *sandbox, duckdb_connection connection, struct view_files *ret_files,
                                   struct text *problem)
{
    struct finder finder = { .sandbox = sandbox, .connection = connection, .files = ret_files };
    duckalog_status status =
        session_query(connection,
                      "SELECT v.sql FROM duckdb_views() v JOIN duckdb_databases() d USING (database_name) "
                      "WHERE NOT v.internal AND d.type = 'duckdb'",
                      take_view, &finder, problem);

    return finder.failed ? DUCKALOG_NOMEM : status;
}
