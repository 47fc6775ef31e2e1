/*
 * duckalog diff CONFIG: what a run would do to the catalog, and what its session would get. Nothing is done.
 */

#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/print.h"
#include "cli/show.h"
#include "cli/unified.h"

#include "base/arena.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/difference.h"
#include "plan/query_mask.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word; /* for programs, and before the name */
    const char *summary;
} kinds[] = {
    [CHANGE_CREATE] = { "create", "to create" },
    [CHANGE_REPLACE] = { "changed", "changed" },
    [CHANGE_STALE] = { "stale", "not in the config" },
    [CHANGE_CONFLICT] = { "conflict", "with the name of a table" },
};

static const char *const sections[PHASE_COUNT] = {
    [PHASE_PRAGMAS] = "pragma", [PHASE_SETTINGS] = "setting", [PHASE_INSTALL] = "install",
    [PHASE_LOAD] = "extension", [PHASE_SECRETS] = "secret",   [PHASE_ATTACH] = "attachment",
};

static size_t count_kind(const struct catalog_difference *catalog, enum change_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < catalog->changes.count; i++)
        count += catalog->changes.items[i].kind == kind;
    return count;
}

static bool has_changes(const struct difference *difference)
{
    for (size_t i = 0; i < difference->catalog_count; i++)
        if (difference->catalogs[i].changes.count > 0)
            return true;
    return false;
}

/* ---- masking ---- */

static const char *masked(struct arena *arena, const struct catalog_difference *catalog, const char *query)
{
    return query == NULL ? NULL : query_mask(arena, query, catalog->redactor);
}

/* Where there was a secret, or is one now, the catalog may have a value of it that no config knows any more. */
static const char *masked_old(struct arena *arena, const struct catalog_difference *catalog,
                              const struct change *change)
{
    const char *new_query = masked(arena, catalog, change->new_query);
    bool has_secret = new_query != NULL && strcmp(new_query, change->new_query) != 0;

    if (change->old_query == NULL || (!has_secret && !change->old_is_doubtful))
        return masked(arena, catalog, change->old_query);
    return query_mask_doubtful(arena, change->old_query, change->new_query, catalog->redactor);
}

/* ---- for people ---- */

static void add_place(struct text *text, const struct change *change)
{
    struct position place;

    if (change->view == NULL)
        return;
    place = plan_place(change->view->node, "name");
    text_format(text, " (%s:%u:%u)", place.file, place.line, place.column);
}

static bool add_change(struct arena *arena, struct text *text, const struct catalog_difference *catalog,
                       const struct change *change)
{
    bool in_main = equal_ignoring_case(change->schema, "main");
    const char *old_query = masked_old(arena, catalog, change);
    const char *new_query = masked(arena, catalog, change->new_query);

    text_format(text, "\n%s ", kinds[change->kind].word);
    if (catalog->names != NULL)
        text_format(text, "%s > ", catalog->names);
    text_format(text, "%s%s%s", in_main ? "" : change->schema, in_main ? "" : ".", change->name);
    add_place(text, change);
    text_add(text, "\n");
    if (change->kind == CHANGE_CONFLICT) {
        text_add(text, "    a table of this name is in the catalog; rename one of the two\n");
        return true;
    }
    if (change->kind == CHANGE_REPLACE && old_query != NULL && new_query != NULL && strcmp(old_query, new_query) == 0) {
        text_add(text, "    what differs is masked, or a matter of form\n");
        return true;
    }
    return unified_add(arena, text, "    ", old_query, new_query);
}

/* "catalog /x/c.duckdb: 4 views in the config: 1 to create, 3 the same" */
static void add_head(struct text *text, const struct catalog_difference *catalog)
{
    if (catalog->names != NULL)
        text_format(text, "nested catalog %s, %s", catalog->names, catalog->database);
    else
        text_format(text, "catalog %s", catalog->database);
    text_format(text, "%s: %zu view%s in the config: %zu the same", catalog->exists ? "" : ", which is not there yet",
                catalog->views, catalog->views == 1 ? "" : "s", catalog->changes.same);
    for (int kind = CHANGE_CREATE; kind <= CHANGE_CONFLICT; kind++) {
        size_t count = count_kind(catalog, (enum change_kind)kind);

        if (count > 0 && kind != CHANGE_STALE)
            text_format(text, ", %zu %s", count, kinds[kind].summary);
    }
    if (count_kind(catalog, CHANGE_STALE) > 0)
        text_format(text, "; %zu in the catalog %s", count_kind(catalog, CHANGE_STALE), kinds[CHANGE_STALE].summary);
    text_add(text, "\n");
}

static void add_session(struct text *text, const struct difference *difference)
{
    bool begun = false;

    for (size_t i = 0; i < difference->session_count; i++) {
        const struct session_change *change = &difference->session[i];

        if (change->is_there || sections[change->phase] == NULL)
            continue;
        if (!begun)
            text_add(text, "\neach session gets\n");
        begun = true;
        text_format(text, "    %s %s", sections[change->phase], change->shown != NULL ? change->shown : change->name);
        if (change->kind != NULL)
            text_format(text, " (%s%s)", change->kind, change->is_persistent ? ", to be stored" : "");
        text_add(text, "\n");
    }
}

static void add_advice(struct text *text, const struct difference *difference)
{
    size_t counts[] = { 0, 0, 0, 0 };

    for (size_t i = 0; i < difference->catalog_count; i++)
        for (int kind = CHANGE_CREATE; kind <= CHANGE_CONFLICT; kind++)
            counts[kind] += count_kind(&difference->catalogs[i], (enum change_kind)kind);
    if (counts[CHANGE_CONFLICT] > 0)
        text_add(text, "\n'run' fails as long as a table has the name of a view.\n");
    else if (counts[CHANGE_CREATE] + counts[CHANGE_REPLACE] + counts[CHANGE_STALE] > 0)
        text_add(text, "\n");
    if (counts[CHANGE_CREATE] > 0)
        text_add(text, "'run' creates what is to create.\n");
    if (counts[CHANGE_REPLACE] > 0)
        text_add(text, "'run --force-rebuild' replaces what changed; 'run' leaves it as it is.\n");
    if (counts[CHANGE_STALE] > 0)
        text_add(text, "'run --prune' drops what is stale; 'run' leaves it.\n");
}

static int print_text(struct arena *arena, const struct difference *difference)
{
    struct text text = text_in(arena);
    bool good = true;

    for (size_t i = 0; i < difference->catalog_count; i++)
        add_head(&text, &difference->catalogs[i]);
    for (size_t i = 0; i < difference->catalog_count && good; i++)
        for (size_t c = 0; c < difference->catalogs[i].changes.count && good; c++)
            good = add_change(arena, &text, &difference->catalogs[i], &difference->catalogs[i].changes.items[c]);
    add_session(&text, difference);
    add_advice(&text, difference);
    if (!good || text_string(&text) == NULL) {
        print_error(NULL, NULL, "not enough memory to print the difference");
        return exit_code_of(DUCKALOG_NOMEM);
    }
    fputs(text_string(&text), stdout);
    return finish_output();
}

/* ---- for programs ---- */

static json_t *change_in_json(struct arena *arena, const struct catalog_difference *catalog,
                              const struct change *change)
{
    struct position place = { 0 };
    json_t *object = json_with_key(json_object(), "change", json_text(kinds[change->kind].word));

    if (change->view != NULL)
        place = plan_place(change->view->node, "name");
    object = json_with_key(object, "schema", json_text(change->schema));
    object = json_with_key(object, "name", json_text(change->name));
    object = json_with_key(object, "file", json_text(place.file));
    object = json_with_key(object, "line", place.file == NULL ? json_null() : json_integer(place.line));
    object = json_with_key(object, "column", place.file == NULL ? json_null() : json_integer(place.column));
    object = json_with_key(object, "old", json_text(masked_old(arena, catalog, change)));
    return json_with_key(object, "new", json_text(masked(arena, catalog, change->new_query)));
}

static json_t *catalog_in_json(struct arena *arena, const struct catalog_difference *catalog)
{
    json_t *object = json_with_key(json_object(), "nested", json_text(catalog->names));
    json_t *changes = json_array();

    for (size_t i = 0; i < catalog->changes.count; i++)
        changes = json_with_item(changes, change_in_json(arena, catalog, &catalog->changes.items[i]));
    object = json_with_key(object, "database", json_text(catalog->database));
    object = json_with_key(object, "exists", json_boolean(catalog->exists));
    object = json_with_key(object, "views", json_integer((json_int_t)catalog->views));
    object = json_with_key(object, "same", json_integer((json_int_t)catalog->changes.same));
    return json_with_key(object, "changes", changes);
}

static json_t *session_in_json(const struct session_change *change)
{
    json_t *object = json_with_key(json_object(), "kind", json_text(sections[change->phase]));

    object = json_with_key(object, "name", change->shown == NULL ? json_text(change->name) : json_null());
    object = json_with_key(object, "type", json_text(change->kind));
    object = json_with_key(object, "statement", json_text(change->shown));
    if (change->phase == PHASE_SECRETS)
        object = json_with_key(object, "persistent", json_boolean(change->is_persistent));
    return json_with_key(object, "is_there", json_boolean(change->is_there));
}

static int print_json(struct arena *arena, const struct difference *difference)
{
    json_t *catalogs = json_array();
    json_t *session = json_array();
    json_t *whole = json_with_key(json_object(), "different", json_boolean(has_changes(difference)));

    for (size_t i = 0; i < difference->catalog_count; i++)
        catalogs = json_with_item(catalogs, catalog_in_json(arena, &difference->catalogs[i]));
    for (size_t i = 0; i < difference->session_count; i++)
        if (sections[difference->session[i].phase] != NULL)
            session = json_with_item(session, session_in_json(&difference->session[i]));
    whole = json_with_key(whole, "catalogs", catalogs);
    return json_print(json_with_key(whole, "session", session));
}

/* ---- the command ---- */

static duckalog_status find(struct arena *arena, const struct invocation *invocation,
                            const struct duckalog_config *config, duckalog_report *report,
                            struct difference *ret_difference)
{
    static atomic_bool interrupted;
    duckalog_options known;
    struct difference_options options = { .interrupted = &interrupted };
    duckalog_status status;
    const char *missing = NULL;

    options_from(invocation, &known);
    known.read_only = 1;
    options.reading = &known;
    options.extension_directory = known.extension_directory;
    options.lock_timeout_ms = known.lock_timeout_ms;
    if (known.database_path != NULL) {
        options.database = path_from_user(arena, known.database_path);
        if (options.database == NULL)
            return DUCKALOG_NOMEM;
    }
    if (!duckdb_load(&missing)) {
        report_event(report, DUCKALOG_ERROR, "no-duckdb", NULL, "%s", missing);
        return DUCKALOG_NO_DUCKDB;
    }
    interrupt_flag(&interrupted);
    status = difference_find(arena, config, &options, report, ret_difference);
    interrupt_nothing();
    return status;
}

static int show(struct arena *arena, const struct invocation *invocation, const struct duckalog_config *config)
{
    duckalog_report *report = report_create();
    struct difference difference = { 0 };
    duckalog_status status = DUCKALOG_NOMEM;
    int code;

    if (report != NULL) {
        report_redact_with(report, config->redactor);
        status = find(arena, invocation, config, report, &difference);
        report_redact_with(report, NULL);
        print_report(report, DUCKALOG_NOTICE);
    }
    if (status == DUCKALOG_NOMEM)
        print_error(NULL, NULL, "not enough memory to compare the config with its catalog");
    code = exit_code_of(status);
    if (status == DUCKALOG_OK)
        code = has_option(invocation, OPTION_JSON) ? print_json(arena, &difference) : print_text(arena, &difference);
    if (code == 0 && has_option(invocation, OPTION_EXIT_CODE) && has_changes(&difference))
        code = 1;
    duckalog_report_free(report);
    return code;
}

int command_diff(const struct invocation *invocation)
{
    struct duckalog_config *config;
    struct arena *arena;
    int code;

    config = show_load_good(invocation, &code);
    if (config == NULL)
        return code;
    arena = arena_create(ARENA_WIPED);
    code = arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : show(arena, invocation, config);
    arena_destroy(arena);
    duckalog_config_free(config);
    return code;
}
