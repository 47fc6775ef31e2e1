/*
 * Building a sandbox: what views need is looked up and loaded while that is still possible; then DuckDB is closed.
 */

#include "engine/sandbox_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/session.h"

#include <stdlib.h>

/* ---- functions ---- */

struct name_sink {
    struct arena *arena;
    struct map *names;
    const struct map *known; /* left out; NULL: nothing is */
    bool failed;
};

static bool take_name(const char *const *columns, size_t count, void *user)
{
    struct name_sink *sink = user;
    char *name = count == 1 && columns[0] != NULL ? arena_string(sink->arena, columns[0]) : NULL;

    if (name == NULL ||
        ((sink->known == NULL || map_find(sink->known, name) == NULL) && !map_add(sink->names, name, name)))
        sink->failed = true;
    return !sink->failed;
}

static duckalog_status read_names(struct sandbox *sandbox, duckdb_connection connection, const char *sql,
                                  const struct map *known, struct map **ret_names, struct text *problem)
{
    struct name_sink sink = { .arena = sandbox->arena,
                              .names = map_create(sandbox->arena, MAP_IGNORING_CASE),
                              .known = known };
    duckalog_status status = DUCKALOG_NOMEM;

    if (sink.names != NULL)
        status = session_query(connection, sql, take_name, &sink, problem);
    *ret_names = sink.names;
    return sink.failed ? DUCKALOG_NOMEM : status;
}

/* Functions of extensions are those that a DuckDB with nothing in it does not have. */
static duckalog_status read_functions(struct sandbox *sandbox, duckdb_connection connection, struct text *problem)
{
    duckalog_status status =
        read_names(sandbox, sandbox->plain->connection, "SELECT DISTINCT function_name FROM duckdb_functions()", NULL,
                   &sandbox->built_in, problem);

    if (status == DUCKALOG_OK)
        status = read_names(sandbox, connection, "SELECT DISTINCT function_name FROM duckdb_functions() WHERE internal",
                            sandbox->built_in, &sandbox->added, problem);
    if (status == DUCKALOG_OK)
        status = read_names(sandbox, connection,
                            "SELECT DISTINCT function_name FROM duckdb_functions() "
                            "WHERE NOT internal AND function_type = 'table_macro'",
                            NULL, &sandbox->macros, problem);
    return status;
}

/* ---- what views need ---- */

/* Only from this machine's disk. Where that fails, the views that need it say so when they are read. */
static void load(duckdb_connection connection, const char *statement)
{
    struct text ignored = text_on_heap();

    session_run(connection, statement, NULL, 0, &ignored);
    text_free(&ignored);
}

static void load_extensions(duckdb_connection connection, const struct view_files *files)
{
    if (files->needs_httpfs)
        load(connection, "LOAD httpfs");
    if (files->needs_azure)
        load(connection, "LOAD azure");
    if (files->needs_delta)
        load(connection, "LOAD delta");
    if (files->needs_iceberg)
        load(connection, "LOAD iceberg");
}

/* ---- the wall ---- */

static duckalog_status set(duckdb_connection connection, const char *setting, struct text *problem)
{
    return session_run(connection, setting, NULL, 0, problem);
}

static duckalog_status set_list(duckdb_connection connection, const char *name, const char *first,
                                const struct file_list *list, struct text *problem)
{
    struct text sql = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    text_format(&sql, "SET %s = [", name);
    if (first != NULL)
        sql_format(&sql, "%L", first);
    for (size_t i = 0; i < list->count; i++)
        sql_format(&sql, first != NULL || i > 0 ? ", %L" : "%L", list->items[i]);
    text_add_char(&sql, ']');
    if (text_string(&sql) != NULL)
        status = set(connection, text_string(&sql), problem);
    text_free(&sql);
    return status;
}

/* The last one closes the door behind all others. */
static duckalog_status close_door(duckdb_connection connection, struct text *problem)
{
    static const char *const settings[] = {
        "SET temp_directory = ''", /* nothing is written, not even what does not fit into memory */
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    };
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]) && status == DUCKALOG_OK; i++)
        status = set(connection, settings[i], problem);
    return status;
}

static duckalog_status close_session(duckdb_connection connection, const char *output, const struct view_files *files,
                                     struct text *problem)
{
    duckalog_status status = set_list(connection, "allowed_paths", output, &files->files, problem);

    if (status == DUCKALOG_OK)
        status = set_list(connection, "allowed_directories", NULL, &files->folders, problem);
    return status == DUCKALOG_OK ? close_door(connection, problem) : status;
}

/* Closed as well: DuckDB reads the files of IMPORT DATABASE, from other machines too, while it still takes SQL apart. */
static duckalog_status open_plain(struct sandbox *sandbox, struct text *problem)
{
    struct session_options options = { 0 };
    const char *unused = NULL;
    duckalog_status status = session_open(":memory:", &options, &sandbox->plain, problem, &unused);

    if (status == DUCKALOG_OK)
        parser_begin(&sandbox->parser, sandbox->plain->connection);
    return status == DUCKALOG_OK ? close_door(sandbox->plain->connection, problem) : status;
}

duckalog_status sandbox_build(duckdb_connection connection, const char *output, struct sandbox **ret_sandbox,
                              struct text *problem)
{
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    struct view_files files = { 0 };
    duckalog_status status = DUCKALOG_NOMEM;

    if (sandbox == NULL)
        return status;
    /* Secrets that the user has stored are for the user. Too late, and refused, where the config made some of its own. */
    load(connection, "SET allow_persistent_secrets = false");
    sandbox->arena = arena_create(ARENA_PLAIN);
    if (sandbox->arena != NULL)
        status = open_plain(sandbox, problem);
    if (status == DUCKALOG_OK)
        status = sandbox_find_files(sandbox, connection, &files, problem);
    if (status == DUCKALOG_OK) {
        load_extensions(connection, &files);
        status = read_functions(sandbox, connection, problem);
    }
    if (status == DUCKALOG_OK)
        status = close_session(connection, output, &files, problem);
    if (status == DUCKALOG_OK)
        *ret_sandbox = sandbox;
    else
        sandbox_free(sandbox);
    return status;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    if (sandbox->plain != NULL) {
        sandbox->parser.session = NULL;
        parser_end(&sandbox->parser);
        session_close(sandbox->plain);
    }
    arena_destroy(sandbox->arena);
    free(sandbox);
}
