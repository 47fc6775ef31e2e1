/*
 * Comparing a config with its catalog.
 *
 * Whether a view is still what the config says is told by its fingerprint, which is remembered from when it was made
 * (remembered.h). Only when that says nothing, both definitions are looked at. They are no help with a file that another
 * version of DuckDB wrote: it parsed the same query to another tree, so the texts differ for no reason of the user's.
 */

#include "engine/changes.h"

#include "base/arena.h"
#include "base/sql.h"
#include "engine/definition.h"
#include "engine/inventory.h"
#include "plan/fingerprint.h"

#include <string.h>

struct comparison {
    const struct restoration *restoration;
    struct inventory *inventory;
    struct arena *arena;
    struct definitions definitions;
    enum changes_depth depth;
    bool is_small;
    struct changes *changes;
};

static bool add(struct comparison *comparison, const struct change *change)
{
    struct changes *changes = comparison->changes;

    changes->items = arena_extend(comparison->arena, changes->items, changes->count, sizeof(*changes->items));
    if (changes->items == NULL)
        return false;
    changes->items[changes->count++] = *change;
    return true;
}

/* ---- one view ---- */

/* NULL when the parser can't tell. */
static const char *definition_of_view(struct comparison *comparison, const struct view *view)
{
    const char *query = plan_view_query(comparison->arena, view);

    return query == NULL ? NULL : definition_of(&comparison->definitions, comparison->arena, query);
}

static bool has_same_definition(struct comparison *comparison, const struct view *view, const char *stored,
                                const struct remembered_view *known)
{
    bool by_other_version = known != NULL && known->version != remembered_version();
    const char *wanted;

    if (stored != NULL && known != NULL && known->definition == remembered_definition(stored))
        return true;
    wanted = definition_of_view(comparison, view);
    if (stored != NULL && wanted != NULL &&
        definition_equals(&comparison->definitions, comparison->arena, stored, wanted))
        return true;
    /* The config is as it was; what another version made of it tells nothing. */
    if (by_other_version)
        return true;
    /* Without the parser's help, what is remembered decides; where nothing is, no one is alarmed. */
    return wanted == NULL && (known != NULL || comparison->inventory->remembered.count == 0);
}

static duckalog_status compare_view(struct comparison *comparison, const struct view *view,
                                    const struct catalog_object *object, bool *ret_same)
{
    const struct remembered_view *known = remembered_find(&comparison->inventory->remembered, view_fingerprint(view));
    duckalog_status status;

    *ret_same = (known != NULL || comparison->depth == CHANGES_BY_NAME) && !comparison->restoration->force_rebuild;
    if (comparison->restoration->force_rebuild || comparison->depth == CHANGES_BY_NAME)
        return DUCKALOG_OK;
    if (known != NULL && comparison->depth == CHANGES_BY_FINGERPRINT && !comparison->is_small)
        return DUCKALOG_OK;
    status = inventory_take_definitions(comparison->restoration);
    if (status == DUCKALOG_OK)
        *ret_same = has_same_definition(
            comparison, view, object->created == NULL ? NULL : definition_in(comparison->arena, object->created),
            known);
    return status;
}

/* What to show of both sides; a definition that is no query is shown as a whole. */
static void add_queries(struct comparison *comparison, const struct catalog_object *object, struct change *change)
{
    if (comparison->depth != CHANGES_WITH_QUERIES)
        return;
    if (object != NULL && object->is_view && object->created != NULL) {
        change->old_query = definition_in(comparison->arena, object->created);
        if (change->old_query == NULL)
            change->old_query = object->created;
        change->old_is_doubtful =
            remembered_may_hold_secret(&comparison->inventory->remembered, object->schema, object->name);
    }
    if (change->view == NULL)
        return;
    change->new_query = definition_of_view(comparison, change->view);
    if (change->new_query == NULL)
        change->new_query = plan_view_query(comparison->arena, change->view);
}

static duckalog_status look_at_view(struct comparison *comparison, size_t index)
{
    const struct view *view = &comparison->restoration->config->root.views.items[index];
    const struct catalog_object *object = comparison->inventory->found[index];
    struct change change = { .schema = view_schema(view), .name = view->name, .view = view };
    duckalog_status status = DUCKALOG_OK;
    bool is_same = false;

    change.kind = object == NULL ? CHANGE_CREATE : !object->is_view ? CHANGE_CONFLICT : CHANGE_REPLACE;
    if (change.kind == CHANGE_REPLACE)
        status = compare_view(comparison, view, object, &is_same);
    comparison->changes->is_same[index] = is_same;
    comparison->changes->same += is_same;
    if (status != DUCKALOG_OK || is_same)
        return status;
    add_queries(comparison, object, &change);
    return add(comparison, &change) ? DUCKALOG_OK : DUCKALOG_NOMEM;
}

/* ---- what is not in the config ---- */

static bool mention(const struct texts *statements, const char *name)
{
    for (size_t i = 0; i < statements->count; i++)
        if (sql_mentions(statements->items[i], name))
            return true;
    return false;
}

/* A view that a pragma makes is the config's own: it comes back each time. */
bool changes_is_made_by_config(const struct duckalog_config *config, const char *name)
{
    return mention(&config->root.duckdb->pragmas, name) || mention(&config->root.duckdb->settings, name);
}

static bool add_stale(struct comparison *comparison)
{
    const struct inventory *inventory = comparison->inventory;

    for (size_t i = 0; i < inventory->count; i++) {
        const struct catalog_object *object = inventory->items[i];
        struct change change = { .kind = CHANGE_STALE, .schema = object->schema, .name = object->name };

        if (!object->is_view || object->is_wanted ||
            changes_is_made_by_config(comparison->restoration->config, object->name))
            continue;
        add_queries(comparison, object, &change);
        if (!add(comparison, &change))
            return false;
    }
    return true;
}

duckalog_status changes_find(const struct restoration *restoration, enum changes_depth depth,
                             struct changes *ret_changes)
{
    struct inventory *inventory = restoration->inventory;
    size_t count = restoration->config->root.views.count;
    struct comparison comparison = { .restoration = restoration,
                                     .inventory = inventory,
                                     .arena = inventory->arena,
                                     .depth = depth,
                                     .is_small = count <= CHANGES_FEW,
                                     .changes = ret_changes };
    duckalog_status status = DUCKALOG_OK;

    *ret_changes = (struct changes){ .is_same = arena_array(inventory->arena, count, sizeof(bool)) };
    if (ret_changes->is_same == NULL)
        return DUCKALOG_NOMEM;
    definitions_begin(&comparison.definitions, restoration->session->connection);
    if (depth == CHANGES_WITH_QUERIES)
        status = inventory_take_definitions(restoration);
    for (size_t i = 0; i < count && status == DUCKALOG_OK; i++)
        status = atomic_load(restoration->interrupted) ? DUCKALOG_INTERRUPTED : look_at_view(&comparison, i);
    definitions_end(&comparison.definitions);
    if (status == DUCKALOG_OK && !add_stale(&comparison))
        status = DUCKALOG_NOMEM;
    return arena_failed(inventory->arena) ? DUCKALOG_NOMEM : status;
}
