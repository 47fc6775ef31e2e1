/*
 * A graph as a tree. The tree gets no deeper than there is room for: what would go deeper stands at the left again, below
 * the rest.
 */

#include "cli/graph_text.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/frame.h"
#include "cli/output/width.h"

#include <string.h>

enum {
    INDENT = 3,
    USUAL_WIDTH = 80,
    WIDEST_LABEL = 40, /* for which there is room in the deepest line; on a narrow terminal half of it */
    MOST_DEEP = 32,
    LEAST_DEEP = 2,
    LEAST_NAME = 4,
    MOST_NAMED = 3 /* of all that a node reads */
};

/* What is known of a node while the tree is written. */
enum state { NEW, OPEN, SHOWN, BELOW };

struct style {
    const char *branch;
    const char *last;
    const char *passing;
    const char *cut;
};

static const struct style boxes = { "├─ ", "└─ ", "│  ", "…" };
static const struct style ascii = { "|- ", "`- ", "|  ", "~" };

struct tree {
    struct arena *arena;
    const struct graph *graph;
    const struct graph_look *look;
    const struct style *style;
    struct text *text;
    size_t *first; /* of each node, and one more: where in `readers` the edges to what reads it begin */
    const struct graph_edge **readers;
    size_t *
        read; /* of each node, and one more: where the edges from what it reads begin; the graph has them in this order */
    enum state *states;
    size_t *roots; /* the lines at the left, in order; more are added while they are written */
    size_t root_count;
    size_t most_deep;
    bool goes_on[MOST_DEEP]; /* at each level from 1 on: are there more lines after the one that is written? */
};

/* ---- what reads what ---- */

static bool find_readers(struct tree *tree)
{
    const struct graph *graph = tree->graph;
    size_t *next = arena_array(tree->arena, graph->node_count + 1, sizeof(*next));

    tree->first = arena_array(tree->arena, graph->node_count + 1, sizeof(*tree->first));
    tree->readers = arena_array(tree->arena, graph->edge_count + 1, sizeof(const struct graph_edge *));
    tree->read = arena_array(tree->arena, graph->node_count + 1, sizeof(*tree->read));
    if (next == NULL || tree->first == NULL || tree->readers == NULL || tree->read == NULL)
        return false;
    for (size_t i = 0; i < graph->edge_count; i++) {
        tree->first[graph->edges[i].from + 1]++;
        tree->read[graph->edges[i].to + 1]++;
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        next[i + 1] = tree->first[i + 1] += tree->first[i];
        tree->read[i + 1] += tree->read[i];
    }
    for (size_t i = 0; i < graph->edge_count; i++)
        tree->readers[next[graph->edges[i].from]++] = &graph->edges[i];
    return true;
}

/* ---- one line ---- */

/* "file data/a.parquet", "database crm", "reports.sales" */
static const char *name_of(const struct tree *tree, const struct graph_node *node)
{
    static const char *const words[GRAPH_KINDS] = { [GRAPH_FILE] = "file ",
                                                    [GRAPH_ATTACHMENT] = "database ",
                                                    [GRAPH_ICEBERG] = "Iceberg catalog ",
                                                    [GRAPH_NESTED] = "catalog ",
                                                    [GRAPH_VIEW] = "",
                                                    [GRAPH_MODEL] = "model " };
    size_t folder = tree->look->folder != NULL ? strlen(tree->look->folder) : 0;
    const char *name = node->name;

    if (node->kind == GRAPH_FILE && folder > 0 && strncmp(name, tree->look->folder, folder) == 0 && name[folder] == '/')
        name += folder + 1;
    name = arena_format(tree->arena, "%s%s%s%s", words[node->kind], node->schema != NULL ? node->schema : "",
                        node->schema != NULL ? "." : "", name);
    return name == NULL ? "" : frame_escaped(tree->arena, name, strlen(name));
}

static bool is_in_memory(struct text *text, const char *string)
{
    text->failed = text->failed || string == NULL;
    return string != NULL;
}

/* As much of it as there is room for. */
static void add_cut(const struct tree *tree, struct text *text, const char *words, size_t room)
{
    size_t width;

    if (!is_in_memory(text, words))
        return;
    if (width_of(words) <= room)
        text_add(text, words);
    else if (room > 0) {
        text_add_length(text, words, width_cut(words, room - 1, &width));
        text_add(text, tree->style->cut);
    }
}

/* The end of a path says more than its beginning. */
static void add_path_cut(const struct tree *tree, struct text *text, const char *path, size_t room)
{
    size_t width = width_of(path);
    size_t cut = 0;

    if (width > room && room > 0) {
        while (path[cut] != '\0' && width_of(path + cut) + 1 > room)
            cut += width_cut(path + cut, 1, &width) > 0 ? width_cut(path + cut, 1, &width)
                                                        : width_cut(path + cut, 2, &width);
        text_add(text, tree->style->cut);
    }
    text_add(text, path + cut);
}

/* Which others a node reads than the one that its line stands below; of one at the left, all. */
static void add_others(const struct tree *tree, struct text *details, size_t node, const struct graph_edge *edge)
{
    const char *named[MOST_NAMED];
    size_t count = 0;

    for (size_t i = tree->read[node]; i < tree->read[node + 1]; i++) {
        const struct graph_edge *other = &tree->graph->edges[i];

        if (edge != NULL && other->from == edge->from)
            continue;
        if (count < MOST_NAMED)
            named[count] = name_of(tree, &tree->graph->nodes[other->from]);
        count++;
    }
    for (size_t i = 0; i < count && i < MOST_NAMED; i++) {
        bool is_last = i + 1 == count;

        text_add(details, i == 0 ? (edge != NULL ? "also reads " : "reads ") : is_last ? " and " : ", ");
        if (is_in_memory(details, named[i]))
            text_add(details, named[i]);
    }
    if (count > MOST_NAMED)
        text_format(details, " and %zu more", count - MOST_NAMED);
}

/* The kind of a database, what is read of it, and what else is read; "" when there is nothing to tell. */
static const char *details_of(const struct tree *tree, size_t node, const struct graph_edge *edge, bool is_whole)
{
    const struct graph_node *found = &tree->graph->nodes[node];
    struct text details = text_in(tree->arena);
    struct text others = text_in(tree->arena);

    if (found->type != NULL && found->kind != GRAPH_FILE)
        text_add(&details, found->type);
    if (edge != NULL && edge->label != NULL) {
        const char *label = frame_escaped(tree->arena, edge->label, strlen(edge->label));

        if (is_in_memory(&details, label))
            text_add(&details, label);
    }
    if (is_whole)
        add_others(tree, &others, node, edge);
    if (others.length > 0)
        text_format(&details, "%s%s", details.length > 0 ? "; " : "", others.chars);
    details.failed = details.failed || others.failed;
    return text_string(&details);
}

/* A line at some level; `mark` may be "". The name comes first, then the mark, then details, as far as there is room. */
static void add_line(struct tree *tree, size_t node, const struct graph_edge *edge, size_t level, const char *mark)
{
    const struct graph_node *found = &tree->graph->nodes[node];
    size_t room = tree->look->width > level * INDENT ? tree->look->width - level * INDENT : LEAST_NAME;
    const char *details = details_of(tree, node, edge, *mark == '\0');
    const char *name = name_of(tree, found);
    struct text line = text_in(tree->arena);
    size_t used;

    for (size_t i = 1; i < level; i++)
        text_add(tree->text, tree->goes_on[i] ? tree->style->passing : "   ");
    if (level > 0)
        text_add(tree->text, tree->goes_on[level] ? tree->style->branch : tree->style->last);
    if (!is_in_memory(tree->text, name) || !is_in_memory(tree->text, details))
        return;
    if (tree->look->width == 0)
        room = SIZE_MAX;
    used = *mark != '\0' ? strlen(mark) + 1 : 0;
    if (found->kind == GRAPH_FILE && room > used + strlen("file ") + LEAST_NAME) {
        text_add(&line, "file ");
        add_path_cut(tree, &line, name + strlen("file "), room - used - strlen("file "));
    } else
        add_cut(tree, &line, name, room > used + LEAST_NAME ? room - used : LEAST_NAME);
    if (text_string(&line) == NULL) {
        tree->text->failed = true;
        return;
    }
    used += width_of(text_string(&line));
    if (*details != '\0' && room >= used + LEAST_NAME + 3) {
        text_add(&line, " (");
        add_cut(tree, &line, details, room - used - 3);
        text_add(&line, ")");
    }
    if (*mark != '\0')
        text_format(&line, " %s", mark);
    if (is_in_memory(tree->text, text_string(&line)))
        text_format(tree->text, "%s\n", text_string(&line));
}

/* ---- the tree ---- */

static void add_root(struct tree *tree, size_t node)
{
    tree->states[node] = BELOW;
    tree->roots[tree->root_count++] = node;
}

/* The node with all that reads it; `edge` leads to it, and is NULL at the left. No deeper than `most_deep`. */
static void add_node(struct tree *tree, size_t node, const struct graph_edge *edge, size_t level)
{
    static const char *const marks[] = { [NEW] = "", [OPEN] = "(cycle)", [SHOWN] = "(above)", [BELOW] = "(below)" };
    size_t end = tree->first[node + 1];

    if (edge != NULL && tree->states[node] == NEW && level == tree->most_deep && tree->first[node] < end)
        add_root(tree, node);
    if (edge != NULL && tree->states[node] != NEW) {
        add_line(tree, node, edge, level, marks[tree->states[node]]);
        return;
    }
    add_line(tree, node, edge, level, "");
    tree->states[node] = OPEN;
    for (size_t i = tree->first[node]; i < end && !text_failed(tree->text); i++) {
        tree->goes_on[level + 1] = i + 1 < end;
        add_node(tree, tree->readers[i]->to, tree->readers[i], level + 1);
    }
    tree->states[node] = SHOWN;
}

/* What reads nothing, and of rings that nothing else leads to, their first node. */
static void add_all(struct tree *tree)
{
    const struct graph *graph = tree->graph;
    size_t written = 0;
    size_t next = 0;

    for (size_t i = 0; i < graph->node_count; i++)
        if (tree->read[i] == tree->read[i + 1])
            add_root(tree, i);
    for (;;) {
        while (written < tree->root_count && !text_failed(tree->text))
            add_node(tree, tree->roots[written++], NULL, 0);
        while (next < graph->node_count && tree->states[next] != NEW)
            next++;
        if (next == graph->node_count || text_failed(tree->text))
            return;
        add_root(tree, next);
    }
}

static size_t depth_of(const struct graph_look *look)
{
    size_t width = look->width > 0 ? look->width : USUAL_WIDTH;
    size_t label = width / 2 < WIDEST_LABEL ? width / 2 : WIDEST_LABEL;
    size_t deep = (width - label) / INDENT;

    return deep < LEAST_DEEP ? LEAST_DEEP : deep >= MOST_DEEP ? MOST_DEEP - 1 : deep;
}

bool graph_add_text(struct arena *arena, const struct graph *graph, const struct graph_look *look, struct text *text)
{
    struct tree tree = { .arena = arena,
                         .graph = graph,
                         .look = look,
                         .style = look->has_boxes ? &boxes : &ascii,
                         .text = text,
                         .states = arena_array(arena, graph->node_count + 1, sizeof(*tree.states)),
                         .roots = arena_array(arena, graph->node_count + 1, sizeof(*tree.roots)),
                         .most_deep = depth_of(look) };

    if (tree.states == NULL || tree.roots == NULL || !find_readers(&tree))
        return false;
    add_cut(&tree, text, frame_escaped(arena, look->title, strlen(look->title)),
            look->width > 0 ? look->width : SIZE_MAX);
    text_add(text, "\n");
    add_all(&tree);
    return !text_failed(text);
}
