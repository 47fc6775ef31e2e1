/*
 * Is a statement a query of what may be read? By the parser's tree of it, before anything is bound: binding alone already
 * opens files and asks servers.
 */

#include "engine/sandbox_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "engine/session.h"

#include <jansson.h>
#include <string.h>

#define VIEW_HINT "a view of the catalog can do that, and be read here"

struct check {
    struct sandbox *sandbox;
    struct arena *arena;
    struct text *problem;
    const char *hint;
    bool is_good;
};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (equal_ignoring_case(name, *names))
            return true;
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static void refuse(struct check *check, const char *hint, const char *what, const char *name)
{
    if (!check->is_good)
        return;
    check->is_good = false;
    check->hint = hint;
    text_format(check->problem, "the sandbox does not %s %s", what, name);
}

/*
 * Tables are made only by functions that are known to be harmless: most others read files, and some tell of secrets and
 * settings, or run SQL that is in a string. Those of catalogs are the catalog's word.
 */
static void check_table_function(struct check *check, const char *name)
{
    static const char *const harmless[] = { "range",
                                            "generate_series",
                                            "unnest",
                                            "repeat",
                                            "repeat_row",
                                            "json_each",
                                            "json_tree",
                                            "duckdb_columns",
                                            "duckdb_tables",
                                            "duckdb_schemas",
                                            "duckdb_types",
                                            "duckdb_keywords",
                                            "duckdb_indexes",
                                            "duckdb_sequences",
                                            "duckdb_constraints",
                                            "pragma_version",
                                            "pragma_collations",
                                            "pragma_platform",
                                            "test_all_types",
                                            "pg_timezone_names",
                                            "icu_calendar_names",
                                            NULL };

    if (is_one_of(name, harmless))
        return;
    if (map_find(check->sandbox->macros, name) != NULL && map_find(check->sandbox->built_in, name) == NULL)
        return;
    refuse(check, starts_with_ignoring_case(name, "duckdb_") ? NULL : VIEW_HINT, "call the function", name);
}

static void check_function(struct check *check, const char *name)
{
    /*
     * In this order: they tell of settings, variables and the environment; show the text of views; bind and
     * optimize SQL that is in a string; tell of all that a view reads, also where it shows less; write, to an attached
     * database or to a log.
     */
    static const char *const harmful[] = { "current_setting", "getvariable",         "getenv",
                                           "pg_get_viewdef",  "json_serialize_plan", "stats",
                                           "nextval",         "write_log",           NULL };

    if (is_one_of(name, harmful))
        refuse(check, NULL, "call the function", name);
    else if (map_find(check->sandbox->added, name) != NULL)
        refuse(check, VIEW_HINT, "call functions of extensions, as", name);
}

/* What tells of paths of this machine, of settings, or shows the text of views, in which there may be anything. */
static void check_table(struct check *check, const json_t *table)
{
    static const char *const telling[] = { "duckdb_databases",
                                           "duckdb_logs",
                                           "duckdb_views",
                                           "pg_settings",
                                           "pg_views",
                                           "sqlite_master",
                                           "sqlite_schema",
                                           "sqlite_temp_master",
                                           "sqlite_temp_schema",
                                           "pragma_database_list",
                                           NULL };
    const char *name = text_of(table, "table_name");
    const char *file = sandbox_file_name(check->arena, table);

    if (file != NULL)
        refuse(check, VIEW_HINT, "read the file", file);
    else if (is_one_of(name, telling) || (equal_ignoring_case(name, "views") &&
                                          equal_ignoring_case(text_of(table, "schema_name"), "information_schema")))
        refuse(check, "SHOW TABLES and DESCRIBE tell what there is", "read", name);
}

/* SHOW of something that is no table: DuckDB has a name of its own for each. What DESCRIBE and SUMMARIZE read is checked. */
static void check_show(struct check *check, const char *name)
{
    static const char *const harmless[] = { "",  "\"tables\"", "\"databases\"", "\"schemas\"", "__show_tables_expanded",
                                            NULL };

    if (!is_one_of(name, harmless))
        refuse(check, NULL, "show", name);
}

static void visit(struct check *check, const json_t *value)
{
    const json_t *name = json_object_get(value, "function_name");
    const char *key;
    json_t *member;
    size_t index;

    if (json_is_object(value) && strcmp(text_of(value, "type"), "TABLE_FUNCTION") == 0)
        check_table_function(check, text_of(json_object_get(value, "function"), "function_name"));
    else if (json_is_object(value) && strcmp(text_of(value, "type"), "BASE_TABLE") == 0)
        check_table(check, value);
    else if (json_is_object(value) && strcmp(text_of(value, "type"), "SHOW_REF") == 0)
        check_show(check, text_of(value, "table_name"));
    if (name != NULL)
        check_function(check, json_is_string(name) ? json_string_value(name) : "");
    if (json_is_object(value))
        json_object_foreach((json_t *)value, key, member) visit(check, member);
    json_array_foreach((json_t *)value, index, member) visit(check, member);
}

/* What has no tree is another statement, or no SQL at all: then DuckDB's parser says where it stops. */
static void refuse_other(struct check *check, const char *sql)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(check->sandbox->plain->connection, sql, &statements);
    const char *message = count > 0 ? NULL : duckdb_extract_statements_error(statements);

    if (message == NULL)
        refuse(check, "SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE and SHOW TABLES are queries", "run",
               "anything but a query");
    else {
        check->is_good = false;
        text_add(check->problem, message);
    }
    duckdb_destroy_extracted(&statements);
}

bool sandbox_allows(struct sandbox *sandbox, const char *sql, struct text *problem, const char **ret_hint)
{
    struct check check = {
        .sandbox = sandbox, .arena = arena_create(ARENA_PLAIN), .problem = problem, .is_good = true
    };
    json_t *tree = check.arena == NULL ? NULL : parser_tree(&sandbox->parser, sql);

    if (tree == NULL || json_array_size(json_object_get(tree, "statements")) != 1)
        refuse_other(&check, sql);
    else
        visit(&check, tree);
    if (check.is_good && (check.arena == NULL || arena_failed(check.arena)))
        refuse(&check, NULL, "run", "this: there is not enough memory");
    json_decref(tree);
    arena_destroy(check.arena);
    *ret_hint = check.hint;
    return check.is_good;
}
