/*
 * The graph of a catalog. First the nodes, for which all queries are scanned, as files are known from them alone; then the
 * edges of each view and model.
 */

#include "plan/graph.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/schema.h"

#include <stdlib.h>
#include <string.h>

struct builder {
    struct arena *arena;
    const struct duckalog_config *config;
    const struct view_index *index;
    const struct query_reader *reader;
    struct graph *graph;
    struct table_names *outside; /* of each view: what its query reads beside views */
    struct map *files;           /* name → number of its node */
    struct map *aliases;         /* the same of databases */
    size_t first_view;           /* among the nodes */
};

/* ---- nodes ---- */

/* The node that a map knows under a name; `node_count` when there is none. */
static size_t find_node(const struct builder *builder, const struct map *map, const char *name)
{
    const size_t *node = map_find(map, name);

    return node == NULL ? builder->graph->node_count : *node;
}

/* Of the node that was added last. */
static bool remember(struct builder *builder, struct map *map, const char *name)
{
    size_t *node = arena_alloc(builder->arena, sizeof(*node));

    if (node == NULL)
        return false;
    *node = builder->graph->node_count - 1;
    return map_add(map, name, node);
}

static bool add_node(struct builder *builder, enum graph_kind kind, const char *name, const char *type)
{
    struct graph *graph = builder->graph;
    struct graph_node *nodes = arena_extend(builder->arena, graph->nodes, graph->node_count, sizeof(*nodes));
    size_t last = graph->node_count;

    if (nodes == NULL || name == NULL)
        return false;
    nodes[last] = (struct graph_node){ .kind = kind, .number = 1, .name = name, .type = type };
    if (last > 0 && nodes[last - 1].kind == kind)
        nodes[last].number = nodes[last - 1].number + 1;
    graph->nodes = nodes;
    graph->node_count++;
    return true;
}

/* Passwords in the address, and whatever else is a secret of the config, are masked. */
static const char *masked(struct builder *builder, const char *file)
{
    struct text clean = text_in(builder->arena);
    struct text text = text_in(builder->arena);

    redact_add_without_credentials(&clean, file);
    if (text_string(&clean) == NULL)
        return NULL;
    redact_add(builder->config->redactor, &text, text_string(&clean));
    return text_string(&text);
}

static bool add_file(struct builder *builder, const char *file, const char *type)
{
    if (map_find(builder->files, file) != NULL)
        return true;
    return add_node(builder, GRAPH_FILE, masked(builder, file), type) && remember(builder, builder->files, file);
}

/* Is it in a file, or a folder of files, that the view names? */
static bool reads_uri(const struct view *view)
{
    return !view_has_sql(view) && view->source != SOURCE_NONE && view->source <= SOURCE_ICEBERG && view->uri != NULL &&
           *view->uri != '\0';
}

static bool is_file(const struct table_name *outside)
{
    return *outside->catalog == '\0';
}

static bool add_files(struct builder *builder)
{
    const char *const *sources = schema_find_key(schema_find_key(&schema_root, "views")->of, "source")->words;

    for (size_t i = 0; i < builder->config->root.views.count; i++) {
        const struct view *view = &builder->config->root.views.items[i];

        if (reads_uri(view) && !add_file(builder, view->uri, sources[view->source]))
            return false;
        for (size_t n = 0; n < builder->outside[i].count; n++)
            if (is_file(&builder->outside[i].items[n]) && !add_file(builder, builder->outside[i].items[n].name, NULL))
                return false;
    }
    return true;
}

static bool add_database(struct builder *builder, enum graph_kind kind, const char *name, const char *type)
{
    return add_node(builder, kind, name, type) && remember(builder, builder->aliases, name);
}

static bool add_databases(struct builder *builder)
{
    static const struct attachments none = { 0 };
    const struct catalog_section *root = &builder->config->root;
    const struct attachments *attachments = root->attachments != NULL ? root->attachments : &none;
    bool good = true;

    for (size_t i = 0; i < attachments->duckdb.count && good; i++)
        good = add_database(builder, GRAPH_ATTACHMENT, attachments->duckdb.items[i].alias, "duckdb");
    for (size_t i = 0; i < attachments->sqlite.count && good; i++)
        good = add_database(builder, GRAPH_ATTACHMENT, attachments->sqlite.items[i].alias, "sqlite");
    for (size_t i = 0; i < attachments->postgres.count && good; i++)
        good = add_database(builder, GRAPH_ATTACHMENT, attachments->postgres.items[i].alias, "postgres");
    for (size_t i = 0; i < root->iceberg_catalogs.count && good; i++)
        good = add_database(builder, GRAPH_ICEBERG, root->iceberg_catalogs.items[i].name,
                            root->iceberg_catalogs.items[i].catalog_type);
    for (size_t i = 0; i < attachments->duckalog.count && good; i++)
        good = add_database(builder, GRAPH_NESTED, attachments->duckalog.items[i].alias, NULL);
    return good;
}

static bool add_views_and_models(struct builder *builder)
{
    const struct catalog_section *root = &builder->config->root;

    builder->first_view = builder->graph->node_count;
    for (size_t i = 0; i < root->views.count; i++) {
        if (!add_node(builder, GRAPH_VIEW, root->views.items[i].name, NULL))
            return false;
        builder->graph->nodes[builder->graph->node_count - 1].schema = root->views.items[i].db_schema;
    }
    for (size_t i = 0; i < root->semantic_models.count; i++)
        if (!add_node(builder, GRAPH_MODEL, root->semantic_models.items[i].name, NULL))
            return false;
    return true;
}

/* ---- edges ---- */

/* A node that is read, by the one whose edges are at hand; nothing when the node is none. */
static bool add_edge(struct builder *builder, size_t from, size_t to, const char *label)
{
    struct graph *graph = builder->graph;
    struct graph_edge *edges;

    if (from == graph->node_count)
        return true;
    edges = arena_extend(builder->arena, graph->edges, graph->edge_count, sizeof(*edges));
    if (edges == NULL)
        return false;
    edges[graph->edge_count++] = (struct graph_edge){ from, to, label };
    graph->edges = edges;
    return true;
}

/* Only where it is not said already: the same table may be read twice. */
static const char *joined_labels(struct builder *builder, const char *labels, const char *label)
{
    size_t length = label == NULL ? 0 : strlen(label);

    if (labels == NULL || label == NULL)
        return labels != NULL ? labels : label;
    for (const char *found = strstr(labels, label); found != NULL; found = strstr(found + 1, label))
        if ((found == labels || found[-1] == ' ') && (found[length] == '\0' || found[length] == ','))
            return labels;
    return arena_format(builder->arena, "%s, %s", labels, label);
}

/* By what is read, stable: there are few of them. */
static void sort_edges(struct graph_edge *edges, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct graph_edge edge = edges[i];
        size_t to = i;

        for (; to > 0 && edges[to - 1].from > edge.from; to--)
            edges[to] = edges[to - 1];
        edges[to] = edge;
    }
}

/* Brings the edges from `first` on into order, and makes one of those between the same two nodes. */
static void settle_edges(struct builder *builder, size_t first)
{
    struct graph_edge *edges = builder->graph->edges;
    size_t count = builder->graph->edge_count;
    size_t kept = first;

    if (edges == NULL)
        return;
    sort_edges(edges + first, count - first);
    for (size_t i = first; i < count; i++)
        if (kept > first && edges[kept - 1].from == edges[i].from)
            edges[kept - 1].label = joined_labels(builder, edges[kept - 1].label, edges[i].label);
        else
            edges[kept++] = edges[i];
    builder->graph->edge_count = kept;
}

static const char *table_label(struct builder *builder, const struct table_name *table)
{
    return *table->schema == '\0' ? table->name : arena_format(builder->arena, "%s.%s", table->schema, table->name);
}

static bool add_edges_outside(struct builder *builder, size_t view)
{
    const struct table_names *outside = &builder->outside[view];
    size_t to = builder->first_view + view;

    for (size_t i = 0; i < outside->count; i++) {
        const struct table_name *item = &outside->items[i];
        const char *label = is_file(item) ? NULL : table_label(builder, item);
        size_t from = is_file(item) ? find_node(builder, builder->files, item->name)
                                    : find_node(builder, builder->aliases, item->catalog);

        if ((label == NULL && !is_file(item)) || !add_edge(builder, from, to, label))
            return false;
    }
    return true;
}

static bool add_edges_of_source(struct builder *builder, size_t view)
{
    const struct view *source = &builder->config->root.views.items[view];
    const char *alias = source->source == SOURCE_ICEBERG ? source->catalog : source->database;
    size_t to = builder->first_view + view;

    if (reads_uri(source))
        return add_edge(builder, find_node(builder, builder->files, source->uri), to, NULL);
    if (view_has_sql(source) || source->source < SOURCE_ICEBERG || alias == NULL)
        return true;
    return add_edge(builder, find_node(builder, builder->aliases, alias), to, source->table);
}

static bool add_edges_of_views(struct builder *builder, size_t view)
{
    struct references references;

    if (!references_find(builder->index, builder->arena, view, builder->reader, &references))
        return false;
    for (size_t i = 0; i < references.count; i++)
        if (references.items[i].certain &&
            !add_edge(builder, builder->first_view + references.items[i].view, builder->first_view + view, NULL))
            return false;
    return true;
}

static size_t node_of_view(const struct builder *builder, const struct view *view)
{
    return view == NULL ? builder->graph->node_count
                        : builder->first_view + (size_t)(view - builder->config->root.views.items);
}

static bool add_edges_of_model(struct builder *builder, size_t number)
{
    static const char *const labels[] = {
        [JOIN_INNER] = "inner join", [JOIN_LEFT] = "left join", [JOIN_RIGHT] = "right join", [JOIN_FULL] = "full join"
    };
    const struct semantic_model *model = &builder->config->root.semantic_models.items[number];
    size_t to = builder->first_view + builder->config->root.views.count + number;

    if (!add_edge(builder, node_of_view(builder, model->base), to, "base"))
        return false;
    for (size_t i = 0; i < model->joins.count; i++)
        if (!add_edge(builder, node_of_view(builder, model->joins.items[i].view), to,
                      labels[model->joins.items[i].type]))
            return false;
    return true;
}

static bool add_edges(struct builder *builder)
{
    for (size_t i = 0; i < builder->config->root.views.count; i++) {
        size_t first = builder->graph->edge_count;

        if (!add_edges_of_source(builder, i) || !add_edges_outside(builder, i) || !add_edges_of_views(builder, i))
            return false;
        settle_edges(builder, first);
    }
    for (size_t i = 0; i < builder->config->root.semantic_models.count; i++) {
        size_t first = builder->graph->edge_count;

        if (!add_edges_of_model(builder, i))
            return false;
        settle_edges(builder, first);
    }
    return true;
}

/* ---- the whole ---- */

static bool scan_queries(struct builder *builder)
{
    size_t count = builder->config->root.views.count;

    builder->outside = arena_array(builder->arena, count, sizeof(*builder->outside));
    for (size_t i = 0; i < count; i++)
        if (builder->outside == NULL ||
            !references_scan_outside(builder->index, builder->arena, i, &builder->outside[i]))
            return false;
    return true;
}

bool graph_build(struct arena *arena, const struct duckalog_config *config, const struct query_reader *reader,
                 struct graph *ret_graph)
{
    struct builder builder = { .arena = arena, .config = config, .reader = reader, .graph = ret_graph };

    *ret_graph = (struct graph){ 0 };
    builder.index = view_index_create(arena, config, config->root.views.items, config->root.views.count);
    builder.files = map_create(arena, MAP_EXACT);
    builder.aliases = map_create(arena, MAP_IGNORING_CASE);
    return builder.index != NULL && builder.files != NULL && builder.aliases != NULL && scan_queries(&builder) &&
           add_files(&builder) && add_databases(&builder) && add_views_and_models(&builder) && add_edges(&builder) &&
           !arena_failed(arena);
}
