/*
 * Upkeep: what becomes of views that a catalog has already. Those that differ from the config are told of, those that it
 * has no more are dropped when that is asked for, and fingerprints of all are put down for the next time.
 */

#include "engine/changes.h"
#include "engine/inventory.h"

#include "base/arena.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/definition.h"
#include "plan/fingerprint.h"
#include "plan/query_mask.h"

#include <string.h>

/* ---- telling ---- */

static void tell_changed(struct restoration *restoration, const struct change *change)
{
    restoration->summary->views_changed++;
    inventory_report(restoration, change->view, DUCKALOG_WARNING, "view-changed",
                     restoration->session->read_only ? "run with --force-rebuild, not --read-only, to replace it"
                                                     : "run with --force-rebuild to replace it",
                     "its definition in the catalog is not the config's; it was left as it is");
}

/* Of a view that the config knows nothing of. */
static void tell_of_stale(struct restoration *restoration, const struct change *change, duckalog_severity severity,
                          const char *code, const char *hint, const char *problem)
{
    bool in_main = equal_ignoring_case(change->schema, "main");
    struct step step = { .phase = PHASE_VIEWS, .kind = STEP_STATEMENT };

    step.name =
        in_main ? change->name : arena_format(restoration->inventory->arena, "%s.%s", change->schema, change->name);
    if (step.name != NULL)
        restore_report(restoration, &step, severity, code, hint, problem);
}

static void tell(struct restoration *restoration)
{
    const struct changes *changes = restoration->changes;

    for (size_t i = 0; restoration->check_changes && i < changes->count; i++) {
        const struct change *change = &changes->items[i];

        if (change->kind == CHANGE_REPLACE && !restoration->force_rebuild)
            tell_changed(restoration, change);
        else if (change->kind == CHANGE_STALE && !restoration->prune && !restoration->is_nested) {
            restoration->summary->views_stale++;
            tell_of_stale(restoration, change, DUCKALOG_WARNING, "view-stale", "run with --prune to drop it",
                          "in the catalog, but not in the config");
        }
    }
}

/* ---- dropping ---- */

static bool is_to_drop(const struct restoration *restoration, const struct change *change)
{
    return restoration->prune && change->kind == CHANGE_STALE;
}

bool upkeep_has_to_drop(const struct restoration *restoration)
{
    const struct changes *changes = restoration->changes;

    for (size_t i = 0; changes != NULL && i < changes->count; i++)
        if (is_to_drop(restoration, &changes->items[i]))
            return true;
    return false;
}

static duckalog_status drop_one(struct restoration *restoration, const struct change *change)
{
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    sql_format(&sql, "DROP VIEW IF EXISTS %I.%I.%I", restoration->session->catalog, change->schema, change->name);
    if (text_string(&sql) != NULL)
        status = session_run(restoration->session->connection, text_string(&sql), NULL, 0, &problem);
    if (status == DUCKALOG_ENGINE)
        tell_of_stale(restoration, change, DUCKALOG_ERROR, "engine", NULL,
                      text_string(&problem) != NULL ? text_string(&problem) : "it can't be dropped");
    text_free(&sql);
    text_free(&problem);
    return status;
}

duckalog_status upkeep_drop(struct restoration *restoration)
{
    const struct changes *changes = restoration->changes;
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; changes != NULL && i < changes->count && status == DUCKALOG_OK; i++)
        if (is_to_drop(restoration, &changes->items[i]))
            status = drop_one(restoration, &changes->items[i]);
    return status;
}

void upkeep_tell_dropped(struct restoration *restoration)
{
    const struct changes *changes = restoration->changes;

    for (size_t i = 0; changes != NULL && i < changes->count; i++)
        if (is_to_drop(restoration, &changes->items[i])) {
            restoration->summary->views_dropped++;
            tell_of_stale(restoration, &changes->items[i], DUCKALOG_NOTICE, "view-dropped", NULL,
                          "dropped, as it is not in the config");
        }
}

/* ---- remembering ---- */

static uint64_t definition_hash(struct definitions *definitions, struct arena *arena, const struct view *view)
{
    const char *query = plan_view_query(arena, view);
    const char *definition = query == NULL ? NULL : definition_of(definitions, arena, query);

    return definition == NULL ? 0 : remembered_definition(definition);
}

/*
 * What is known of a view once this restoration is through; false: nothing. With many views their definitions are not
 * made: they would not be looked at again, and take a third of the time that the views take themselves.
 */
static bool note_view(const struct restoration *restoration, struct definitions *definitions, size_t index,
                      bool is_wanted, struct remembered_view *ret_view)
{
    const struct inventory *inventory = restoration->inventory;
    const struct view *view = &restoration->config->root.views.items[index];
    const struct remembered_view *known;

    *ret_view = (struct remembered_view){ .fingerprint = view_fingerprint(view), .version = remembered_version() };
    if (!is_wanted &&
        (inventory->found[index] == NULL || (restoration->changes != NULL && !restoration->changes->is_same[index])))
        return false;
    known = is_wanted ? NULL : remembered_find(&inventory->remembered, ret_view->fingerprint);
    if (known != NULL)
        *ret_view = *known;
    else if (!is_wanted && (restoration->changes == NULL || restoration->previous != NULL))
        return false; /* it was not compared */
    else if (restoration->config->root.views.count <= CHANGES_FEW)
        ret_view->definition = definition_hash(definitions, inventory->arena, view);
    return true;
}

/*
 * Who is made now has what secrets its config knows. Who is kept may have others, unless it is known that it was made of
 * the same entries.
 */
static bool may_hold_secret(const struct restoration *restoration, const struct view *view, bool is_wanted)
{
    const struct remembered *known = &restoration->inventory->remembered;

    if (view_holds_secret(view, restoration->config->redactor))
        return true;
    if (is_wanted || (!known->knows_secrets && remembered_find(known, view_fingerprint(view)) != NULL))
        return false;
    return remembered_may_hold_secret(known, view_schema(view), view->name);
}

/* A reload knows only some of the views that are there: what was known of the others stays. */
static void note_secrets(const struct restoration *restoration, const bool *wanted)
{
    struct inventory *inventory = restoration->inventory;
    const struct remembered *known = &inventory->remembered;
    struct remembered *next = &inventory->next;

    next->knows_secrets = restoration->previous == NULL || known->knows_secrets;
    for (size_t i = 0; i < restoration->config->root.views.count; i++) {
        const struct view *view = &restoration->config->root.views.items[i];

        if ((wanted[i] || inventory->found[i] != NULL) && may_hold_secret(restoration, view, wanted[i]))
            remembered_add_secret(next, inventory->arena, view_schema(view), view->name);
    }
    if (restoration->previous != NULL)
        remembered_add_secrets_of(next, inventory->arena, known);
    for (size_t i = 0; restoration->previous == NULL && i < inventory->count; i++) {
        const struct catalog_object *object = inventory->items[i];

        if (object->is_view && !object->is_wanted && remembered_may_hold_secret(known, object->schema, object->name))
            remembered_add_secret(next, inventory->arena, object->schema, object->name);
    }
}

bool upkeep_note(const struct restoration *restoration, const bool *wanted)
{
    struct inventory *inventory = restoration->inventory;
    struct remembered *next = &inventory->next;
    size_t count = restoration->config->root.views.count;
    struct definitions definitions;

    next->items = arena_array(inventory->arena, count, sizeof(*next->items));
    if (next->items == NULL)
        return false;
    definitions_begin(&definitions, restoration->session->connection);
    for (size_t i = 0; i < count; i++)
        next->count += note_view(restoration, &definitions, i, wanted[i], &next->items[next->count]);
    definitions_end(&definitions);
    note_secrets(restoration, wanted);
    return !arena_failed(inventory->arena);
}

/* Without its attachment a view is left as it is, so what is not known to be in the catalog is not there either. */
static void forget_lost(const struct restoration *restoration, const struct view *view)
{
    struct inventory *inventory = restoration->inventory;
    uint64_t fingerprint = view_fingerprint(view);
    size_t left = 0;

    if (remembered_may_hold_secret(&inventory->remembered, view_schema(view), view->name))
        remembered_add_secret(&inventory->next, inventory->arena, view_schema(view), view->name);
    if (remembered_find(&inventory->remembered, fingerprint) != NULL)
        return;
    for (size_t i = 0; i < inventory->next.count; i++)
        if (inventory->next.items[i].fingerprint != fingerprint)
            inventory->next.items[left++] = inventory->next.items[i];
    inventory->next.count = left;
}

duckalog_status upkeep_remember(struct restoration *restoration)
{
    struct text problem = text_on_heap();
    duckalog_status status;

    for (size_t i = 0; restoration->lost_views != NULL && i < restoration->config->root.views.count; i++)
        if (degraded_reason(restoration, &restoration->config->root.views.items[i]) != NULL)
            forget_lost(restoration, &restoration->config->root.views.items[i]);
    status = remembered_write(restoration->session, &restoration->inventory->next, &problem);

    if (status == DUCKALOG_ENGINE)
        report_event(restoration->report, DUCKALOG_ERROR, "engine", NULL,
                     "views: the fingerprints of the views can't be written: %s",
                     text_string(&problem) != NULL ? text_string(&problem) : "failed");
    text_free(&problem);
    return status;
}

/* ---- all of it ---- */

static bool any(const bool *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (wanted[i])
            return true;
    return false;
}

/*
 * Of a catalog that something else made nothing is remembered, and when nothing is written now, nothing will be. With many
 * views the definitions would be looked at on each start for all times: that is for diff and --strict.
 */
static enum changes_depth depth_of(const struct restoration *restoration, bool writes)
{
    if (restoration->check_changes > 1)
        return CHANGES_BY_DEFINITION;
    if (!writes && restoration->inventory->remembered.count == 0 && restoration->config->root.views.count > CHANGES_FEW)
        return CHANGES_BY_NAME;
    return CHANGES_BY_FINGERPRINT;
}

static duckalog_status find_changes(struct restoration *restoration, bool writes)
{
    struct changes *changes = arena_alloc(restoration->inventory->arena, sizeof(*changes));
    duckalog_status status;

    if (changes == NULL)
        return DUCKALOG_NOMEM;
    status = changes_find(restoration, depth_of(restoration, writes), changes);
    if (status == DUCKALOG_OK)
        restoration->changes = changes;
    return status;
}

duckalog_status upkeep_look(struct restoration *restoration, const bool *wanted)
{
    struct inventory *inventory = restoration->inventory;
    bool asked = restoration->check_changes || restoration->prune;
    bool writes = any(wanted, restoration->config->root.views.count);
    duckalog_status status = DUCKALOG_OK;

    if (inventory->count > 0 && (asked || writes))
        status = remembered_read(restoration->session, inventory->arena, &inventory->remembered);
    if (status == DUCKALOG_OK && inventory->count > 0 && asked)
        status = find_changes(restoration, writes || restoration->prune);
    if (status == DUCKALOG_OK && restoration->changes != NULL)
        tell(restoration);
    if (status == DUCKALOG_OK && (writes || upkeep_has_to_drop(restoration)) && !upkeep_note(restoration, wanted))
        status = DUCKALOG_NOMEM;
    return status;
}
