/*
 * Which views read from which attachments, directly or through other views.
 *
 * In a degraded session, where an attachment has failed and the catalog does without it, the views that need it are left
 * as they are: those that are missing are not created, those that are there stay.
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

const char *attachment_in_graph(const struct duckalog_config *config, const struct step *step)
{
    const struct attachments *attachments = config->root.attachments;

    for (size_t i = 0; attachments != NULL && i < attachments->duckalog.count; i++)
        if (step->policy == &attachments->duckalog.items[i].policy)
            return attachments->duckalog.items[i].alias;
    return step->name;
}

static const struct view *view_of(const struct restoration *restoration, const struct graph_node *node)
{
    return &restoration->config->root.views.items[node->number - 1];
}

static bool is_database(const struct graph_node *node)
{
    return node->kind == GRAPH_ATTACHMENT || node->kind == GRAPH_ICEBERG || node->kind == GRAPH_NESTED;
}

/* For each node the attachment that it reads from, or NULL. */
static void mark_attachment(const struct graph *graph, const char **sources, const char *name)
{
    for (size_t i = 0; i < graph->node_count; i++)
        if (is_database(&graph->nodes[i]) && equal_ignoring_case(graph->nodes[i].name, name) && sources[i] == NULL)
            sources[i] = name;
}

/* Views may be read by views in any order, so it is gone over until nothing changes. */
static void spread(const struct graph *graph, const char **sources)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < graph->edge_count; i++) {
            const struct graph_edge *edge = &graph->edges[i];

            if (sources[edge->from] != NULL && sources[edge->to] == NULL) {
                sources[edge->to] = sources[edge->from];
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

/* The views among the nodes, each with what it was marked with; NULL: no memory. */
static struct map *views_of(const struct restoration *restoration, const struct graph *graph, const char *const *marks)
{
    struct arena *arena = restoration->plan->arena;
    struct map *views = map_create(arena, MAP_IGNORING_CASE);

    for (size_t i = 0; views != NULL && i < graph->node_count; i++) {
        const char *key;

        if (graph->nodes[i].kind != GRAPH_VIEW || marks[i] == NULL)
            continue;
        key = key_of(arena, view_of(restoration, &graph->nodes[i]));
        if (key == NULL || !map_add(views, key, (void *)marks[i]))
            return NULL;
    }
    return views;
}

static duckalog_status report_all_lost(struct restoration *restoration, const struct graph *graph,
                                       const char *const *lacks)
{
    for (size_t i = 0; i < graph->node_count; i++)
        if (graph->nodes[i].kind == GRAPH_VIEW && lacks[i] != NULL &&
            !report_lost(restoration, view_of(restoration, &graph->nodes[i]), lacks[i]))
            return DUCKALOG_NOMEM;
    return DUCKALOG_OK;
}

/* For each node of the graph one of the attachments that count; NULL: no memory. */
static const char **find_sources(const struct restoration *restoration, struct graph *ret_graph,
                                 bool (*counts)(const struct restoration *restoration, size_t step))
{
    const struct plan *plan = restoration->plan;
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    const char **sources;
    bool built;

    parser_begin(&parser, restoration->session->connection);
    built = graph_build(plan->arena, restoration->config, &reader, ret_graph);
    parser_end(&parser);
    sources = built ? arena_array(plan->arena, ret_graph->node_count + 1, sizeof(*sources)) : NULL;
    for (size_t i = 0; sources != NULL && i < plan->count; i++)
        if (plan->steps[i].kind == STEP_ATTACH && counts(restoration, i))
            mark_attachment(ret_graph, sources, attachment_in_graph(restoration->config, &plan->steps[i]));
    if (sources != NULL)
        spread(ret_graph, sources);
    return sources;
}

static bool is_missed(const struct restoration *restoration, size_t step)
{
    return restoration->is_missed[step];
}

duckalog_status degraded_find(struct restoration *restoration)
{
    struct graph graph;
    const char **lacks;

    if (restoration->summary->attachments_failed == 0)
        return DUCKALOG_OK;
    lacks = find_sources(restoration, &graph, is_missed);
    restoration->lost_views = lacks == NULL ? NULL : views_of(restoration, &graph, lacks);
    return restoration->lost_views == NULL ? DUCKALOG_NOMEM : report_all_lost(restoration, &graph, lacks);
}

static const char *look_up(const struct restoration *restoration, const struct map *views, const struct view *view)
{
    const char *key = views == NULL ? NULL : key_of(restoration->plan->arena, view);

    return key == NULL ? NULL : map_find(views, key);
}

const char *degraded_reason(const struct restoration *restoration, const struct view *view)
{
    return look_up(restoration, restoration->lost_views, view);
}

static bool needs_network(const struct restoration *restoration, size_t step)
{
    return restoration->plan->steps[step].needs_network;
}

static const struct step *server_called(const struct restoration *restoration, const char *name)
{
    const struct plan *plan = restoration->plan;

    for (size_t i = 0; name != NULL && i < plan->count; i++)
        if (plan->steps[i].kind == STEP_ATTACH && needs_network(restoration, i) &&
            equal_ignoring_case(plan->steps[i].name, name))
            return &plan->steps[i];
    return NULL;
}

const struct step *server_behind(struct restoration *restoration, const struct view *view)
{
    if (restoration->server_of_views == NULL) {
        struct graph graph;
        const char **sources = find_sources(restoration, &graph, needs_network);

        restoration->server_of_views = sources == NULL ? NULL : views_of(restoration, &graph, sources);
    }
    return server_called(restoration, look_up(restoration, restoration->server_of_views, view));
}
