/*
 * Comparing a config with its catalogs, each opened read-only for as long as that takes.
 */

#include "engine/difference.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/text.h"
#include "config/document.h"
#include "config/paths.h"
#include "engine/difference_parts.h"
#include "engine/inventory.h"
#include "engine/published.h"
#include "engine/published_look.h"

#include <string.h>
#include <unistd.h>

/* ---- one catalog ---- */

static const char *copy_or_null(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_string(arena, text);
}

/* What was found lives as long as the inventory, which ends with the session. */
static void keep_changes(struct arena *arena, const struct changes *found, struct changes *ret_kept)
{
    *ret_kept =
        (struct changes){ .items = arena_array(arena, found->count, sizeof(*found->items)), .same = found->same };
    for (size_t i = 0; ret_kept->items != NULL && i < found->count; i++) {
        const struct change *change = &found->items[i];

        ret_kept->items[ret_kept->count++] = (struct change){ .kind = change->kind,
                                                              .schema = copy_or_null(arena, change->schema),
                                                              .name = copy_or_null(arena, change->name),
                                                              .view = change->view,
                                                              .old_query = copy_or_null(arena, change->old_query),
                                                              .old_is_doubtful = change->old_is_doubtful,
                                                              .new_query = copy_or_null(arena, change->new_query) };
    }
}

/* In an open session: an empty one in memory for a catalog that is not there yet. */
static duckalog_status compare(struct comparing *comparing, const struct duckalog_config *config,
                               struct session *session, struct catalog_difference *difference)
{
    struct restoration look = { .session = session,
                                .config = config,
                                .report = comparing->report,
                                .is_nested = difference->names != NULL,
                                .interrupted = comparing->options->interrupted };
    struct changes changes;
    duckalog_status status = inventory_take(&look, &look.inventory);

    if (status == DUCKALOG_OK)
        status = inventory_match(&look);
    if (status == DUCKALOG_OK && inventory_count(look.inventory) > 0)
        status = remembered_read(session, look.inventory->arena, &look.inventory->remembered);
    if (status == DUCKALOG_OK)
        status = changes_find(&look, CHANGES_WITH_QUERIES, &changes);
    if (status == DUCKALOG_OK)
        keep_changes(comparing->arena, &changes, &difference->changes);
    inventory_free(look.inventory);
    return status;
}

static duckalog_status open_session(struct comparing *comparing, struct catalog_difference *difference,
                                    struct session **ret_session)
{
    struct session_options options = { .read_only = difference->exists,
                                       .extension_directory = comparing->options->extension_directory,
                                       .lock_timeout_ms = comparing->options->lock_timeout_ms,
                                       .interrupted = comparing->options->interrupted };
    const char *path = difference->exists ? difference->database : ":memory:";
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = session_open(path, &options, ret_session, &problem, &hint);

    if (status == DUCKALOG_LOCKED)
        hint = "it writes to the catalog, or may do so; wait for it to end, or let it use --read-only";
    if (status != DUCKALOG_OK)
        session_report(comparing->report, path, status, text_string(&problem), hint);
    text_free(&problem);
    return status;
}

static duckalog_status compare_all(struct comparing *comparing, const struct duckalog_config *config,
                                   struct session *session, struct catalog_difference *difference)
{
    duckalog_status status = compare(comparing, config, session, difference);

    if (status == DUCKALOG_OK && difference->names == NULL)
        status = session_changes_find(comparing, config, session);
    return status;
}

/* One that is not there yet is as good as an empty one. */
static duckalog_status look_here(struct comparing *comparing, const struct duckalog_config *config,
                                 struct catalog_difference *difference)
{
    struct session *session = NULL;
    duckalog_status status = open_session(comparing, difference, &session);

    if (status == DUCKALOG_OK)
        status = compare_all(comparing, config, session, difference);
    session_close(session);
    return status;
}

static duckalog_status look_behind_uri(struct comparing *comparing, const struct duckalog_config *config,
                                       struct catalog_difference *difference)
{
    struct published_look look;
    duckalog_status status =
        published_look_begin(comparing->arena, difference->database, config, comparing->options->reading,
                             comparing->options->interrupted, comparing->report, &look);

    difference->exists = look.session != NULL;
    if (status == DUCKALOG_OK)
        status = difference->exists ? compare_all(comparing, config, look.session, difference)
                                    : look_here(comparing, config, difference);
    if (status == DUCKALOG_OK)
        difference->database = copy_or_null(comparing->arena, published_uri(look.published));
    published_look_end(&look);
    return status;
}

static duckalog_status look_at_place(struct comparing *comparing, const struct duckalog_config *config,
                                     struct catalog_difference *difference)
{
    const char *database = difference->database;
    enum path_kind kind = path_kind(database);

    if (kind == PATH_URI)
        return look_behind_uri(comparing, config, difference);
    if (utf8_valid_length(database, strlen(database)) != strlen(database)) {
        report_event(comparing->report, DUCKALOG_ERROR, "engine",
                     "rename the file or folder, or name another file with --db-path",
                     "open: %s: its path is not UTF-8 text, and DuckDB opens no such file", database);
        return DUCKALOG_ENGINE;
    }
    difference->exists = kind != PATH_MEMORY && (kind != PATH_LOCAL || access(database, F_OK) == 0);
    return look_here(comparing, config, difference);
}

static duckalog_status look_at_catalog(struct comparing *comparing, const struct duckalog_config *config,
                                       const char *database, const char *names)
{
    struct difference *found = comparing->found;
    struct catalog_difference difference = {
        .names = names, .database = database, .views = config->root.views.count, .redactor = config->redactor
    };
    duckalog_status status = look_at_place(comparing, config, &difference);

    if (status != DUCKALOG_OK)
        return status;
    found->catalogs = arena_extend(comparing->arena, found->catalogs, found->catalog_count, sizeof(*found->catalogs));
    if (found->catalogs == NULL || arena_failed(comparing->arena))
        return DUCKALOG_NOMEM;
    found->catalogs[found->catalog_count++] = difference;
    return DUCKALOG_OK;
}

/* ---- nested ones ---- */

/* Each config with each of its databases once, as they are prepared once. */
static duckalog_status look_below(struct comparing *comparing, const struct duckalog_config *config, const char *above)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < config->nested_count && status == DUCKALOG_OK; i++) {
        const struct nested_catalog *nested = &config->nested[i];
        const char *alias = nested->attachment->alias;
        const char *names = above == NULL ? alias : arena_format(comparing->arena, "%s > %s", above, alias);
        const char *key = arena_format(comparing->arena, "%s\n%p", nested->database, (const void *)nested->config);

        if (names == NULL || key == NULL)
            return DUCKALOG_NOMEM;
        if (map_find(comparing->done, key) != NULL)
            continue;
        if (!map_add(comparing->done, key, comparing))
            return DUCKALOG_NOMEM;
        status = look_below(comparing, nested->config, names);
        if (status == DUCKALOG_OK)
            status = look_at_catalog(comparing, nested->config, nested->database, names);
    }
    return status;
}

duckalog_status difference_find(struct arena *arena, const struct duckalog_config *config,
                                const struct difference_options *options, struct duckalog_report *report,
                                struct difference *ret_difference)
{
    struct comparing comparing = { .arena = arena,
                                   .options = options,
                                   .report = report,
                                   .found = ret_difference,
                                   .done = map_create(arena, MAP_EXACT) };
    const char *database = options->database != NULL ? options->database : config->root.duckdb->database;
    duckalog_status status = DUCKALOG_NOMEM;

    *ret_difference = (struct difference){ 0 };
    if (comparing.done != NULL)
        status = look_below(&comparing, config, NULL);
    if (status == DUCKALOG_OK)
        status = look_at_catalog(&comparing, config, database, NULL);
    return status;
}
