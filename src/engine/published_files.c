/*
 * What a catalog reads from this machine. Its file goes elsewhere, where that is not.
 */

#include "engine/published.h"

#include "base/arena.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "config/paths.h"
#include "plan/graph.h"

enum { MOST_NAMES = 8 };

struct found {
    struct text names; /* the first ones, as in "attachment ref, view sales (/data/sales.parquet)" */
    size_t count;
};

/* `path` may be NULL. */
static void add(struct found *found, const char *kind, const char *name, const char *path)
{
    if (found->count++ >= MOST_NAMES)
        return;
    text_format(&found->names, "%s%s %s", found->count > 1 ? ", " : "", kind, name);
    if (path != NULL)
        text_format(&found->names, " (%s)", path);
}

static void add_attachments(struct found *found, const struct duckalog_config *config)
{
    const struct attachments *all = config->root.attachments;

#define ADD_ALL(list)                                                                                                  \
    for (size_t i = 0; all != NULL && i < all->list.count; i++)                                                        \
        if (path_kind(all->list.items[i].path) == PATH_LOCAL)                                                          \
            add(found, "attachment", all->list.items[i].alias, all->list.items[i].path);
    ADD_ALL(duckdb)
    ADD_ALL(sqlite)
#undef ADD_ALL
    for (size_t i = 0; i < config->nested_count; i++)
        add(found, "attachment", config->nested[i].attachment->alias, config->nested[i].database);
}

/* Each view once, with the first file that it reads. */
static void add_views(struct found *found, const struct graph *graph)
{
    size_t last = graph->node_count;

    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_node *from = &graph->nodes[graph->edges[i].from];
        const struct graph_node *to = &graph->nodes[graph->edges[i].to];

        if (from->kind != GRAPH_FILE || to->kind != GRAPH_VIEW || path_kind(from->name) != PATH_LOCAL ||
            graph->edges[i].to == last)
            continue;
        last = graph->edges[i].to;
        add(found, "view", to->name, from->name);
    }
}

duckalog_status published_check(const struct publication *asked)
{
    const struct duckalog_config *config = asked->config;
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct found found = { .names = text_on_heap() };
    bool is_error = asked->options->export_strict != 0;
    struct graph graph;
    duckalog_status status = DUCKALOG_OK;

    if (asked->options->read_only)
        found.count = 0;
    else if (arena == NULL || !graph_build(arena, config, NULL, &graph))
        status = DUCKALOG_NOMEM;
    else {
        add_attachments(&found, config);
        add_views(&found, &graph);
    }
    if (found.count > MOST_NAMES)
        text_format(&found.names, " and %zu more", found.count - MOST_NAMES);
    if (text_string(&found.names) == NULL)
        status = DUCKALOG_NOMEM;
    else if (found.count > 0) {
        report_event(asked->report, is_error ? DUCKALOG_ERROR : DUCKALOG_WARNING, "export-local-dependency",
                     "put what others are to read where they can read it too",
                     "it reads from this machine, which whoever opens it elsewhere can't: %s",
                     text_string(&found.names));
        status = is_error ? DUCKALOG_ENGINE : DUCKALOG_OK;
    }
    text_free(&found.names);
    arena_destroy(arena);
    return status;
}
