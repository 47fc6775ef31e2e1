/*
 * duckalog show-paths CONFIG: the files and addresses that a config names, as it writes them and as they are understood;
 * with --check, whether they are there, and with --check-remote also those that are elsewhere.
 */

#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/paths.h"
#include "cli/print.h"
#include "cli/show.h"

#include "base/arena.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/exported.h"
#include "engine/reach.h"

#include <stdio.h>
#include <string.h>

#define RULE "--------------------------------------------------------------------------------"

struct showing {
    struct arena *arena;
    const struct duckalog_config *config;
    struct shown_paths paths;
    bool checked;
    bool reached; /* what is elsewhere was tried, too */
    atomic_bool interrupted;
};

static const struct {
    const char *title;
    const char *word; /* for programs */
} sections[SECTION_COUNT] = {
    [SECTION_DATABASE] = { "Database", "database" },
    [SECTION_VIEWS] = { "View Paths", "views" },
    [SECTION_ATTACHMENTS] = { "Attachments", "attachments" },
    [SECTION_NESTED] = { "Nested Catalogs", "nested_catalogs" },
    [SECTION_SQL_FILES] = { "SQL Files", "sql_files" },
    [SECTION_IMPORTS] = { "Imports", "imports" },
    [SECTION_ENV_FILES] = { ".env Files", "env_files" },
};

static size_t count_failed(const struct shown_paths *paths)
{
    size_t failed = 0;

    for (size_t i = 0; i < paths->count; i++)
        failed += path_failed(&paths->items[i]);
    return failed;
}

/* ---- for people ---- */

/* "sales (parquet)"; a name of the config can't hold a line break, that of a file can. */
static const char *title_of(const struct showing *showing, const struct shown_path *path)
{
    const struct redactor *redactor =
        path->name != NULL && path_kind(path->name) == PATH_URI ? showing->config->redactor : NULL;
    const char *name = show_line(showing->arena, redactor, path->name);

    return name == NULL || path->kind == NULL ? name : arena_format(showing->arena, "%s (%s)", name, path->kind);
}

static void print_field(const struct showing *showing, const char *field, const char *value)
{
    const char *line = show_line(showing->arena, showing->config->redactor, value);

    if (line != NULL)
        printf("  %s: %s\n", field, line);
}

/* "not reachable: IO Error: …" */
static const char *whole_status(const struct showing *showing, const struct shown_path *path)
{
    const char *status = path_status(showing->arena, path);
    const char *message = NULL;

    if (path->finding == FOUND_UNREACHABLE || path->finding == FOUND_REMOTE)
        message = show_line(showing->arena, showing->config->redactor, path->message);
    return message == NULL ? status : arena_format(showing->arena, "%s: %s", status, message);
}

static void print_paths(const struct showing *showing)
{
    for (size_t i = 0; i < showing->paths.count; i++) {
        const struct shown_path *path = &showing->paths.items[i];
        const char *title = title_of(showing, path);

        if (i == 0 || path[-1].section != path->section)
            printf("\n%s:\n" RULE "\n", sections[path->section].title);
        printf("%s:\n", title != NULL ? title : "");
        print_field(showing, "Original", path->original);
        print_field(showing, "Resolved", path->resolved);
        if (showing->checked)
            printf("  Status: %s\n", whole_status(showing, path));
    }
}

static void print_summary(const struct showing *showing)
{
    size_t failed = count_failed(&showing->paths);
    size_t remote = 0;

    for (size_t i = 0; i < showing->paths.count; i++)
        remote += showing->paths.items[i].finding == FOUND_REMOTE;
    printf("\nSummary: %zu path%s, %zu remote (not checked), %zu failed\n", showing->paths.count,
           showing->paths.count == 1 ? "" : "s", remote, failed);
    if (failed > 0)
        puts("\nFailed:");
    for (size_t i = 0; i < showing->paths.count; i++) {
        const struct shown_path *path = &showing->paths.items[i];

        if (path_failed(path))
            printf("  %s: %s: %s\n", title_of(showing, path),
                   show_line(showing->arena, showing->config->redactor, path->resolved), whole_status(showing, path));
    }
}

static void print_text(const struct showing *showing)
{
    printf("Configuration: %s\n", show_line(showing->arena, NULL, showing->config->source.shown));
    printf("Config directory: %s\n", show_line(showing->arena, NULL, showing->config->source.directory));
    print_paths(showing);
    if (showing->checked)
        print_summary(showing);
}

/* ---- for programs ---- */

static json_t *masked(const struct showing *showing, const char *text)
{
    return json_text(show_masked(showing->arena, showing->config->redactor, text));
}

/* Where the config is: a local path is what it is, an address what may be shown of it. */
static json_t *place(const struct showing *showing, const char *path)
{
    return path == NULL || path_kind(path) != PATH_URI ? json_text(path) : masked(showing, path);
}

static json_t *path_in_json(const struct showing *showing, const struct shown_path *path)
{
    json_t *object = json_with_key(json_object(), "section", json_string(sections[path->section].word));

    object = json_with_key(object, "name", place(showing, path->name));
    object = json_with_key(object, "kind", json_text(path->kind));
    object = json_with_key(object, "original", masked(showing, path->original));
    object = json_with_key(object, "resolved", masked(showing, path->resolved));
    object = json_with_key(object, "file", place(showing, path->position.file));
    object = json_with_key(object, "line", path->position.line > 0 ? json_integer(path->position.line) : json_null());
    object =
        json_with_key(object, "column", path->position.column > 0 ? json_integer(path->position.column) : json_null());
    object = json_with_key(object, "status", json_text(path_status(showing->arena, path)));
    object = json_with_key(object, "failed", showing->checked ? json_boolean(path_failed(path)) : json_null());
    object = json_with_key(object, "message", masked(showing, path->message));
    return json_with_key(object, "matches",
                         path->finding == FOUND_MATCHES ? json_integer((json_int_t)path->matches) : json_null());
}

static int print_json(const struct showing *showing)
{
    json_t *paths = json_array();
    json_t *whole;

    for (size_t i = 0; i < showing->paths.count; i++)
        paths = json_with_item(paths, path_in_json(showing, &showing->paths.items[i]));
    whole = json_with_key(json_object(), "config", place(showing, showing->config->source.shown));
    whole = json_with_key(whole, "directory", place(showing, showing->config->source.directory));
    whole = json_with_key(whole, "checked", json_boolean(showing->checked));
    return json_print(json_with_key(whole, "paths", paths));
}

/* ---- the command ---- */

/* As a run reaches it, and with the variables that a run has. */
static bool reach_others(struct showing *showing, const struct invocation *invocation)
{
    struct exported exported = { NULL };
    struct reach *reach;
    duckalog_options options;
    bool good;

    options_from(invocation, &options);
    options.read_only = 1;
    if (options.extension_directory != NULL)
        options.extension_directory = path_from_user(showing->arena, options.extension_directory);
    exported_set(&exported, showing->config->environment);
    interrupt_flag(&showing->interrupted);
    reach = reach_begin(showing->arena, showing->config, &options, &showing->interrupted);
    good = reach != NULL && paths_reach(showing->arena, &showing->paths, reach);
    reach_end(reach);
    interrupt_nothing();
    exported_free(&exported);
    return good && !arena_failed(showing->arena);
}

/* False when there is no memory. */
static bool look(struct showing *showing, const struct invocation *invocation)
{
    if (!paths_collect(showing->arena, showing->config, &showing->paths))
        return false;
    if (showing->checked && !paths_check(&showing->paths))
        return false;
    return !showing->reached || reach_others(showing, invocation);
}

static int show(struct showing *showing, const struct invocation *invocation)
{
    bool in_json = has_option(invocation, OPTION_JSON);
    size_t failed;
    int code = 0;

    if (!look(showing, invocation)) {
        print_error(NULL, NULL, "not enough memory to list the paths");
        return exit_code_of(DUCKALOG_NOMEM);
    }
    if (atomic_load(&showing->interrupted)) {
        print_error(NULL, NULL, "interrupted");
        return exit_code_of(DUCKALOG_INTERRUPTED);
    }
    if (in_json)
        code = print_json(showing);
    else {
        print_text(showing);
        code = finish_output();
    }
    failed = count_failed(&showing->paths);
    if (code != 0 || failed == 0)
        return code;
    print_error(NULL, NULL, "%zu of %zu paths can't be used", failed, showing->paths.count);
    return exit_code_of(DUCKALOG_ENGINE);
}

int command_show_paths(const struct invocation *invocation)
{
    int code;
    struct duckalog_config *config = show_load_good(invocation, &code);
    struct showing showing = { .config = config, .reached = has_option(invocation, OPTION_CHECK_REMOTE) };

    if (config == NULL)
        return code;
    showing.checked = showing.reached || has_option(invocation, OPTION_CHECK);
    showing.arena = arena_create(ARENA_WIPED);
    code = showing.arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : show(&showing, invocation);
    arena_destroy(showing.arena);
    duckalog_config_free(config);
    return code;
}
