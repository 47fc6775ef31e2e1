/*
 * The names of views, cheaply: from the text of a config, which needs no database, or from a catalog file, to which
 * nothing is attached.
 */

#include "cli/view_names.h"

#include "base/arena.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/print.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/session.h"

#include <stdio.h>
#include <string.h>

#define USUAL_SCHEMA "main"

static bool needs_no_quotes(const char *name)
{
    struct sql_token token = sql_next(name);

    return sql_is_plain_name(name) && !sql_is_keyword(&token);
}

static void print_name(const char *schema, const char *name)
{
    bool is_usual = equal_ignoring_case(schema, USUAL_SCHEMA);

    if (!needs_no_quotes(name) || (!is_usual && !needs_no_quotes(schema)))
        return;
    if (is_usual)
        puts(name);
    else
        printf("%s.%s\n", schema, name);
}

/* A key that a user presses must not wait for a server. */
static duckalog_read_result refuse_addresses(const char *path, duckalog_content *content, void *unused)
{
    (void)unused;
    content->bytes = "not read for a completion";
    content->length = strlen(content->bytes);
    return path_kind(path) == PATH_URI ? DUCKALOG_READ_FAILED : DUCKALOG_READ_NOT_MINE;
}

static int print_names_of_config(const char *file)
{
    const struct config_options options = { .keep_incomplete = true, .read = refuse_addresses };
    duckalog_report *report = report_create();
    struct duckalog_config *config = report == NULL ? NULL : config_load(file, file, &options, report);
    duckalog_status status = report == NULL              ? DUCKALOG_NOMEM
                             : report_has_errors(report) ? DUCKALOG_CONFIG
                                                         : DUCKALOG_OK;

    for (size_t i = 0; config != NULL && i < config->root.views.count; i++)
        print_name(view_schema(&config->root.views.items[i]), config->root.views.items[i].name);
    config_free(config);
    duckalog_report_free(report);
    return exit_code_of(status);
}

static bool print_row(const char *const *columns, size_t count, void *unused)
{
    (void)unused;
    if (count == 2 && columns[0] != NULL && columns[1] != NULL)
        print_name(columns[0], columns[1]);
    return true;
}

static int print_names_of_catalog(const char *file)
{
    static const char query[] = "SELECT schema_name, view_name FROM duckdb_views()"
                                " WHERE NOT internal AND database_name = current_database() ORDER BY ALL";
    const struct session_options options = { .read_only = true };
    struct text problem = text_on_heap();
    struct arena *arena = arena_create(ARENA_PLAIN);
    const char *path = arena == NULL ? NULL : path_from_user(arena, file);
    struct session *session = NULL;
    duckalog_status status = DUCKALOG_NOMEM;
    const char *unused;

    if (path != NULL && path_kind(file) == PATH_URI)
        status = DUCKALOG_USAGE;
    else if (path != NULL)
        status =
            duckdb_load(&unused) ? session_try_open(path, &options, &session, &problem, &unused) : DUCKALOG_NO_DUCKDB;
    if (status == DUCKALOG_OK)
        status = session_query(session->connection, query, print_row, NULL, &problem);
    session_close(session);
    arena_destroy(arena);
    text_free(&problem);
    return exit_code_of(status);
}

static bool is_config(const char *file)
{
    static const char *const endings[] = { ".yaml", ".yml", ".json" };
    const char *ending = strrchr(file, '.');

    for (size_t i = 0; ending != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (equal_ignoring_case(ending, endings[i]))
            return true;
    return false;
}

int view_names_print(const char *file)
{
    int code = is_config(file) ? print_names_of_config(file) : print_names_of_catalog(file);

    return finish_output() != 0 && code == 0 ? exit_code_of(DUCKALOG_INTERNAL) : code;
}
