/*
 * Views of a reload: made anew are those that the config has changed, and all that read from what changed, directly or
 * through other views. What the session has is known from its config, so the catalog is not asked for all of its views,
 * which takes as long as the attached servers like; only whether the names at hand are taken.
 */

#include "engine/changes.h"
#include "engine/inventory.h"
#include "engine/reload_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/definition.h"
#include "engine/parser.h"
#include "plan/fingerprint.h"
#include "plan/graph.h"

/* ---- what the session has ---- */

/* The views of the old config as an inventory. */
static duckalog_status take_inventory(struct reload *reload)
{
    struct restoration *restoration = reload->restoration;
    const struct duckalog_config *previous = restoration->previous;

    restoration->inventory = inventory_create();
    if (restoration->inventory == NULL)
        return DUCKALOG_NOMEM;
    for (size_t i = 0; i < previous->root.views.count; i++) {
        const struct view *view = &previous->root.views.items[i];

        if (!inventory_add(restoration->inventory, view_schema(view), view->name, true))
            return DUCKALOG_NOMEM;
    }
    return inventory_match(restoration);
}

static struct map *fingerprints_of(struct arena *arena, const struct duckalog_config *config)
{
    struct map *fingerprints = map_create(arena, MAP_IGNORING_CASE);
    uint64_t *values = arena_array(arena, config->root.views.count, sizeof(*values));

    for (size_t i = 0; fingerprints != NULL && values != NULL && i < config->root.views.count; i++) {
        const struct view *view = &config->root.views.items[i];
        const char *key = inventory_key(arena, view_schema(view), view->name);

        values[i] = view_fingerprint(view);
        if (key == NULL || !map_add(fingerprints, key, &values[i]))
            return NULL;
    }
    return values == NULL ? NULL : fingerprints;
}

/* ---- which are to be made ---- */

static bool is_attached_anew(const struct reload *reload, const char *name)
{
    const struct plan *plan = reload->new_plan;

    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].kind == STEP_ATTACH && !reload->new_stays[i] &&
            equal_ignoring_case(attachment_in_graph(reload->restoration->config, &plan->steps[i]), name))
            return true;
    return false;
}

static bool is_changed_view(const struct reload *reload, const struct map *before, const struct view *view)
{
    const char *key = inventory_key(reload->arena, view_schema(view), view->name);
    const uint64_t *fingerprint = key == NULL ? NULL : map_find(before, key);

    return fingerprint == NULL || *fingerprint != view_fingerprint(view);
}

static void mark(const struct reload *reload, const struct map *before, const struct graph *graph, bool *marks)
{
    for (size_t i = 0; i < graph->node_count; i++) {
        const struct graph_node *node = &graph->nodes[i];

        if (node->kind == GRAPH_VIEW)
            marks[i] =
                is_changed_view(reload, before, &reload->restoration->config->root.views.items[node->number - 1]);
        else if (node->kind == GRAPH_ATTACHMENT || node->kind == GRAPH_ICEBERG || node->kind == GRAPH_NESTED)
            marks[i] = is_attached_anew(reload, node->name);
    }
}

/* Views may be read by views in any order, so it is gone over until nothing changes. */
static void spread(const struct graph *graph, bool *marks)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < graph->edge_count; i++)
            if (marks[graph->edges[i].from] && !marks[graph->edges[i].to]) {
                marks[graph->edges[i].to] = true;
                changed = true;
            }
    }
}

static bool choose(struct reload *reload)
{
    const struct duckalog_config *config = reload->restoration->config;
    const struct map *before = fingerprints_of(reload->arena, reload->restoration->previous);
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    struct graph graph;
    bool *marks = NULL;
    bool built;

    parser_begin(&parser, reload->restoration->session->connection);
    built = graph_build(reload->arena, config, &reader, &graph);
    parser_end(&parser);
    reload->wanted = arena_array(reload->arena, config->root.views.count + 1, sizeof(bool));
    if (built)
        marks = arena_array(reload->arena, graph.node_count + 1, sizeof(bool));
    if (before == NULL || marks == NULL || reload->wanted == NULL)
        return false;
    mark(reload, before, &graph, marks);
    spread(&graph, marks);
    for (size_t i = 0; i < graph.node_count; i++)
        if (graph.nodes[i].kind == GRAPH_VIEW)
            reload->wanted[graph.nodes[i].number - 1] = marks[i];
    return !arena_failed(reload->arena);
}

/* ---- what has their names ---- */

/* To prepare a DROP changes nothing, and looks into this catalog only (measured with 1.5.5). True for a table as well. */
static bool is_taken(const struct reload *reload, const char *schema, const char *name)
{
    const struct session *session = reload->restoration->session;
    duckdb_prepared_statement statement = NULL;
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();
    bool taken = false;

    sql_format(&sql, "DROP VIEW %I.%I.%I", session->catalog, schema, name);
    if (text_string(&sql) != NULL)
        taken = session_prepare(session->connection, text_string(&sql), &statement, &ignored) == DUCKALOG_OK;
    if (statement != NULL)
        duckdb_destroy_prepare(&statement);
    text_free(&sql);
    text_free(&ignored);
    return taken;
}

struct created {
    struct arena *arena;
    const char *sql;
};

static bool keep_created(const char *const *columns, size_t count, void *user)
{
    struct created *created = user;

    created->sql = count == 1 && columns[0] != NULL ? arena_string(created->arena, columns[0]) : NULL;
    return false;
}

/* The CREATE VIEW that DuckDB shows; NULL: it is no view. Asked only for the few whose name is taken. */
static const char *find_created(struct reload *reload, const struct view *view)
{
    struct created created = { .arena = reload->arena };
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();

    sql_format(&sql,
               "SELECT sql FROM duckdb_views() WHERE NOT internal AND NOT temporary AND database_name = %L "
               "AND lower(schema_name) = lower(%L) AND lower(view_name) = lower(%L)",
               reload->restoration->session->catalog, view_schema(view), view->name);
    if (text_string(&sql) != NULL)
        session_query(reload->restoration->session->connection, text_string(&sql), keep_created, &created, &ignored);
    text_free(&sql);
    text_free(&ignored);
    return created.sql;
}

/* Is it what the config has, so that nothing is lost with it? */
static bool has_same_query(struct reload *reload, const struct view *view, const char *created)
{
    struct restoration *restoration = reload->restoration;
    const struct remembered_view *known = remembered_find(&restoration->inventory->remembered, view_fingerprint(view));
    const char *query = plan_view_query(reload->arena, view);
    const char *stored = definition_in(reload->arena, created);
    struct definitions definitions;
    const char *wanted;
    bool same;

    definitions_begin(&definitions, restoration->session->connection);
    wanted = query == NULL ? NULL : definition_of(&definitions, reload->arena, query);
    same = wanted != NULL && stored != NULL && definition_equals(&definitions, reload->arena, stored, wanted);
    definitions_end(&definitions);
    return same || (known != NULL && known->version != remembered_version());
}

/* A view that neither the old config nor the session's opening knew: someone made it, and it stays, as for `run`. */
static void leave_foreign(struct reload *reload, size_t index)
{
    const struct view *view = &reload->restoration->config->root.views.items[index];
    const char *created = find_created(reload, view);

    if (created == NULL)
        reload->is_there[index] = false;
    else if (!has_same_query(reload, view, created)) {
        inventory_report(reload->restoration, view, DUCKALOG_WARNING, "view-changed",
                         "run with --force-rebuild to replace it",
                         "its definition in the catalog is not the config's; it was left as it is");
        reload->wanted[index] = false;
    }
}

static bool look_at_names(struct reload *reload, bool read_only)
{
    const struct restoration *restoration = reload->restoration;
    size_t count = restoration->config->root.views.count;

    reload->is_there = arena_array(reload->arena, count + 1, sizeof(bool));
    for (size_t i = 0; reload->is_there != NULL && i < count; i++) {
        const struct view *view = &restoration->config->root.views.items[i];

        reload->is_there[i] = reload->wanted[i] && is_taken(reload, view_schema(view), view->name);
        if (reload->is_there[i] && !read_only && restoration->inventory->found[i] == NULL)
            leave_foreign(reload, i);
    }
    return !arena_failed(reload->arena);
}

/* Nothing can be written: what should be is only told. */
static void refuse(struct reload *reload)
{
    struct restoration *restoration = reload->restoration;

    for (size_t i = 0; i < restoration->config->root.views.count; i++) {
        if (!reload->wanted[i])
            continue;
        inventory_report(restoration, &restoration->config->root.views.items[i], DUCKALOG_WARNING,
                         reload->is_there[i] ? "view-changed" : "view-missing", "run without --read-only to write it",
                         "the catalog is open read-only, so it was left as it is");
        reload->wanted[i] = false;
    }
}

/* ---- what is to be done with them ---- */

/* One that was left alone while the config had its name is someone else's, and is left alone now too. */
static bool is_foreign(struct reload *reload, const struct view *view)
{
    const struct remembered *remembered = &reload->restoration->inventory->remembered;
    const char *created =
        remembered_find(remembered, view_fingerprint(view)) != NULL ? NULL : find_created(reload, view);

    if (created == NULL || has_same_query(reload, view, created))
        return false;
    inventory_report(reload->restoration, view, DUCKALOG_WARNING, "view-stale", "run with --prune to drop it",
                     "gone from the config, which never made it; it was left as it is");
    return true;
}

/* Those that only the old config has: it made them, or knew of them. Those that it did without are not there to go. */
static bool find_stale(struct reload *reload, struct changes *changes)
{
    const struct restoration *restoration = reload->restoration;
    const struct inventory *inventory = restoration->inventory;

    /* They are the views of the old config, one by one: take_inventory(). */
    for (size_t i = 0; i < inventory->count; i++) {
        const struct catalog_object *object = inventory->items[i];

        if (object->is_wanted || changes_is_made_by_config(restoration->config, object->name) ||
            !is_taken(reload, object->schema, object->name) ||
            is_foreign(reload, &restoration->previous->root.views.items[i]))
            continue;
        changes->items = arena_extend(inventory->arena, changes->items, changes->count, sizeof(*changes->items));
        if (changes->items == NULL)
            return false;
        changes->items[changes->count++] =
            (struct change){ .kind = CHANGE_STALE, .schema = object->schema, .name = object->name };
    }
    return true;
}

/* As a restoration would have found it by comparing. */
static bool note_changes(struct reload *reload, bool read_only)
{
    struct restoration *restoration = reload->restoration;
    size_t count = restoration->config->root.views.count;
    struct changes *changes = arena_alloc(restoration->inventory->arena, sizeof(*changes));

    if (changes == NULL)
        return false;
    changes->is_same = arena_array(restoration->inventory->arena, count + 1, sizeof(bool));
    if (changes->is_same == NULL || (!read_only && !find_stale(reload, changes)))
        return false;
    for (size_t i = 0; i < count; i++)
        changes->is_same[i] = !reload->wanted[i];
    restoration->changes = changes;
    restoration->prune = true;
    restoration->check_changes = 0;
    return true;
}

duckalog_status views_choose(struct reload *reload)
{
    struct restoration *restoration = reload->restoration;
    bool read_only = session_is_read_only(restoration->session);
    duckalog_status status = take_inventory(reload);

    if (status == DUCKALOG_OK && !choose(reload))
        status = DUCKALOG_NOMEM;
    if (status == DUCKALOG_OK)
        status =
            remembered_read(restoration->session, restoration->inventory->arena, &restoration->inventory->remembered);
    if (status != DUCKALOG_OK)
        return status;
    if (!look_at_names(reload, read_only))
        return DUCKALOG_NOMEM;
    if (read_only)
        refuse(reload);
    if (!note_changes(reload, read_only) || !upkeep_note(restoration, reload->wanted))
        return DUCKALOG_NOMEM;
    restoration->summary->views = restoration->config->root.views.count;
    return DUCKALOG_OK;
}

/* By their keys, as a plan has views of its own. NULL: no memory. */
static struct map *find_replaced(const struct reload *reload)
{
    const struct duckalog_config *config = reload->restoration->config;
    struct map *replaced = map_create(reload->arena, MAP_IGNORING_CASE);

    for (size_t i = 0; replaced != NULL && i < config->root.views.count; i++) {
        const struct view *view = &config->root.views.items[i];
        const char *key = reload->is_there[i] ? inventory_key(reload->arena, view_schema(view), view->name) : NULL;

        if (reload->is_there[i] && (key == NULL || !map_add(replaced, key, reload->is_there)))
            return NULL;
    }
    return replaced;
}

void views_tell(struct reload *reload)
{
    const struct plan *plan = reload->new_plan;
    const struct map *replaced = find_replaced(reload);

    for (size_t i = 0; i < plan->count && replaced != NULL; i++) {
        const struct step *step = &plan->steps[i];
        const char *key;

        if (step->kind != STEP_VIEW || degraded_reason(reload->restoration, step->view) != NULL)
            continue;
        key = inventory_key(reload->arena, view_schema(step->view), step->view->name);
        if (key != NULL)
            reload_tell(reload, step, step->name, map_find(replaced, key) != NULL ? "replaced" : "created");
    }
}
