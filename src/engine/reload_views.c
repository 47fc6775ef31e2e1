/*
 * Views of a reload: made anew are those that the config has changed, and all that read from what changed, directly or
 * through other views. What the session has is known from its config, so the catalog need not be asked, which takes as long
 * as the attached servers like.
 */

#include "engine/changes.h"
#include "engine/inventory.h"
#include "engine/reload_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
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

/* Nothing can be written: what should be is only told. */
static void refuse(struct reload *reload)
{
    struct restoration *restoration = reload->restoration;

    for (size_t i = 0; i < restoration->config->root.views.count; i++) {
        bool is_there = restoration->inventory->found[i] != NULL;

        if (!reload->wanted[i])
            continue;
        inventory_report(restoration, &restoration->config->root.views.items[i], DUCKALOG_WARNING,
                         is_there ? "view-changed" : "view-missing", "run without --read-only to write it",
                         "the catalog is open read-only, so it was left as it is");
        reload->wanted[i] = false;
    }
}

/* ---- what is to be done with them ---- */

/* Those that only the old config has: it made them, or knew of them. */
static bool find_stale(struct reload *reload, struct changes *changes)
{
    const struct restoration *restoration = reload->restoration;
    const struct inventory *inventory = restoration->inventory;

    for (size_t i = 0; i < inventory->count; i++) {
        const struct catalog_object *object = inventory->items[i];

        if (object->is_wanted || changes_is_made_by_config(restoration->config, object->name))
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
    bool read_only = restoration->session->read_only && restoration->session->is_file;
    duckalog_status status = take_inventory(reload);

    if (status == DUCKALOG_OK && !choose(reload))
        status = DUCKALOG_NOMEM;
    if (status != DUCKALOG_OK)
        return status;
    if (read_only)
        refuse(reload);
    if (!note_changes(reload, read_only))
        return DUCKALOG_NOMEM;
    status = remembered_read(restoration->session, restoration->inventory->arena, &restoration->inventory->remembered);
    if (status == DUCKALOG_OK && !upkeep_note(restoration, reload->wanted))
        status = DUCKALOG_NOMEM;
    restoration->summary->views = restoration->config->root.views.count;
    return status;
}

void views_tell(struct reload *reload)
{
    const struct plan *plan = reload->new_plan;

    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        const char *key;

        if (step->kind != STEP_VIEW || degraded_reason(reload->restoration, step->view) != NULL)
            continue;
        key = inventory_key(reload->arena, view_schema(step->view), step->view->name);
        if (key != NULL)
            reload_tell(reload, step, step->name,
                        map_find(reload->restoration->inventory->objects, key) != NULL ? "replaced" : "created");
    }
}
