/*
 * Degraded sessions: an attachment has failed, and the catalog does without it. The views that read from it, directly or
 * through other views, are left as they are: those that are missing are not created, those that are there stay.
 */

#include "engine/restore.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/parser.h"
#include "plan/graph.h"

#include <string.h>

static const char *key_of(struct arena *arena, const struct view *view)
{
    struct text key = text_in(arena);

    sql_format(&key, "%I.%I", view_schema(view), view->name);
    return text_string(&key);
}

/* The name that the graph has for what a step attaches: a file that a nested catalog brings counts as that catalog. */
static const char *name_in_graph(const struct duckalog_config *config, const struct step *step)
{
    const struct attachments *attachments = config->root.attachments;

    for (size_t i = 0; attachments != NULL && i < attachments->duckalog.count; i++)
        if (step->policy == &attachments->duckalog.items[i].policy)
            return attachments->duckalog.items[i].alias;
    return step->name;
}

static bool is_database(const struct graph_node *node)
{
    return node->kind == GRAPH_ATTACHMENT || node->kind == GRAPH_ICEBERG || node->kind == GRAPH_NESTED;
}

/* For each node the attachment that it lacks, or NULL. */
static void mark_attachment(const struct graph *graph, const char **lacks, const char *name)
{
    for (size_t i = 0; i < graph->node_count; i++)
        if (is_database(&graph->nodes[i]) && equal_ignoring_case(graph->nodes[i].name, name) && lacks[i] == NULL)
            lacks[i] = name;
}

/* Views may be read by views in any order, so it is gone over until nothing changes. */
static void spread(const struct graph *graph, const char **lacks)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < graph->edge_count; i++) {
            const struct graph_edge *edge = &graph->edges[i];

            if (lacks[edge->from] != NULL && lacks[edge->to] == NULL) {
                lacks[edge->to] = lacks[edge->from];
                changed = true;
            }
        }
    }
}

static bool is_to_be_created(const struct restoration *restoration, const struct view *view)
{
    for (size_t i = 0; i < restoration->plan->count; i++)
        if (restoration->plan->steps[i].kind == STEP_VIEW && restoration->plan->steps[i].view->node == view->node)
            return true;
    return false;
}

static bool report_lost(struct restoration *restoration, const struct view *view, const char *lacks)
{
    struct arena *arena = restoration->plan->arena;
    struct step step = { .phase = PHASE_VIEWS, .kind = STEP_VIEW, .view = view };
    const char *problem =
        arena_format(arena, "%s: it reads from %s, which is not attached",
                     is_to_be_created(restoration, view) ? "not created" : "can't be read now", lacks);

    step.name = plan_view_name(arena, view);
    step.position = plan_place(view->node, "name");
    if (step.name == NULL || problem == NULL)
        return false;
    restore_report(restoration, &step, DUCKALOG_WARNING, "view-unavailable", NULL, problem);
    restoration->summary->views_lost++;
    return true;
}

static duckalog_status keep_lost(struct restoration *restoration, const struct graph *graph, const char *const *lacks)
{
    struct arena *arena = restoration->plan->arena;

    restoration->lost_views = map_create(arena, MAP_IGNORING_CASE);
    for (size_t i = 0; restoration->lost_views != NULL && i < graph->node_count; i++) {
        const struct view *view;
        const char *key;

        if (graph->nodes[i].kind != GRAPH_VIEW || lacks[i] == NULL)
            continue;
        view = &restoration->config->root.views.items[graph->nodes[i].number - 1];
        key = key_of(arena, view);
        if (key == NULL || !map_add(restoration->lost_views, key, (void *)lacks[i]) ||
            !report_lost(restoration, view, lacks[i]))
            return DUCKALOG_NOMEM;
    }
    return restoration->lost_views == NULL ? DUCKALOG_NOMEM : DUCKALOG_OK;
}

duckalog_status degraded_find(struct restoration *restoration)
{
    const struct plan *plan = restoration->plan;
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    struct graph graph;
    const char **lacks;
    bool built;

    if (restoration->summary->attachments_failed == 0)
        return DUCKALOG_OK;
    parser_begin(&parser, restoration->session->connection);
    built = graph_build(plan->arena, restoration->config, &reader, &graph);
    parser_end(&parser);
    lacks = built ? arena_array(plan->arena, graph.node_count + 1, sizeof(*lacks)) : NULL;
    if (lacks == NULL)
        return DUCKALOG_NOMEM;
    for (size_t i = 0; i < plan->count; i++)
        if (restoration->is_missed[i])
            mark_attachment(&graph, lacks, name_in_graph(restoration->config, &plan->steps[i]));
    spread(&graph, lacks);
    return keep_lost(restoration, &graph, lacks);
}

const char *degraded_reason(const struct restoration *restoration, const struct view *view)
{
    const char *key;

    if (restoration->lost_views == NULL)
        return NULL;
    key = key_of(restoration->plan->arena, view);
    return key == NULL ? NULL : map_find(restoration->lost_views, key);
}
