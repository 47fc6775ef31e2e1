/* The tree of a graph (src/cli/graph_text.c): views called by letters, edges as in "ab bc", from what is read to its reader. */

#include "cli/graph_text.h"

#include "base/arena.h"
#include "base/text.h"
#include "given.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_create(ARENA_PLAIN);
    return arena == NULL;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

/* By what reads, then by what is read. */
static int compare(const void *a, const void *b)
{
    const struct graph_edge *left = a;
    const struct graph_edge *right = b;

    if (left->to != right->to)
        return left->to < right->to ? -1 : 1;
    return left->from < right->from ? -1 : left->from > right->from;
}

static const char *tree_of(size_t nodes, const char *edges, size_t width)
{
    struct graph graph = { .nodes = arena_array(arena, nodes + 1, sizeof(struct graph_node)), .node_count = nodes };
    struct graph_look look = { .title = "c", .has_boxes = true, .width = width };
    struct text text = text_in(arena);

    for (size_t i = 0; i < nodes; i++)
        graph.nodes[i] = (struct graph_node){ .kind = GRAPH_VIEW,
                                              .number = i + 1,
                                              .name = arena_format(arena, "%c", (char)('a' + (int)i)) };
    graph.edges = arena_array(arena, strlen(edges) / 3 + 2, sizeof(*graph.edges));
    for (; *edges != '\0'; edges += strspn(edges, " ")) {
        graph.edges[graph.edge_count++] =
            (struct graph_edge){ .from = (size_t)(edges[0] - 'a'), .to = (size_t)(edges[1] - 'a') };
        edges += 2;
    }
    qsort(graph.edges, graph.edge_count, sizeof(*graph.edges), compare);
    assert_true(graph_add_text(arena, &graph, &look, &text));
    return text_string(&text);
}

static void graphs_are_trees(void **state)
{
    static const struct {
        size_t nodes;
        const char *edges;
        const char *tree;
    } rows[] = {
        { 0, "", "c\n" },
        { 2, "", "c\na\nb\n" },
        { 3, "ab ac", "c\na\n├─ b\n└─ c\n" },
        { 4, "ab bc ad", "c\na\n├─ b\n│  └─ c\n└─ d\n" },
        { 3, "ac bc", "c\na\n└─ c (also reads b)\nb\n└─ c (above)\n" },
        { 4, "ab ac bd cd", "c\na\n├─ b\n│  └─ d (also reads c)\n└─ c\n   └─ d (above)\n" },
        { 6, "af bf cf df ef",
          "c\na\n└─ f (also reads b, c, d and 1 more)\nb\n└─ f (above)\nc\n└─ f (above)\nd\n└─ f (above)\n"
          "e\n└─ f (above)\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(tree_of(rows[i].nodes, rows[i].edges, 80), rows[i].tree);
}

/* A config with one is refused, but the drawing does not depend on that. */
static void rings_end(void **state)
{
    (void)state;
    assert_string_equal(tree_of(1, "aa", 80), "c\na (reads a)\n└─ a (cycle)\n");
    assert_string_equal(tree_of(2, "ab ba", 80), "c\na (reads b)\n└─ b\n   └─ a (cycle)\n");
    assert_string_equal(tree_of(4, "ab bc cb db", 80),
                        "c\na\n└─ b (also reads c and d)\n   └─ c\n      └─ b (cycle)\nd\n└─ b (above)\n");
}

static void what_has_no_room_goes_on_below(void **state)
{
    (void)state;
    assert_string_equal(tree_of(6, "ab bc cd de ef", 12),
                        "c\na\n└─ b\n   └─ c (below)\nc (reads b)\n└─ d\n   └─ e (below)\ne (reads d)\n└─ f\n");
    /* The second way to it is longer: it has been announced already. */
    assert_string_equal(tree_of(5, "ab bc cd ac de", 12),
                        "c\na\n├─ b\n│  └─ c (below)\n└─ c (below)\nc (reads a…)\n└─ d\n   └─ e\n");
}

static void any_number_of_views_in_a_row_is_drawn(void **state)
{
    struct graph graph = { .nodes = arena_array(arena, 20000, sizeof(struct graph_node)),
                           .edges = arena_array(arena, 20000, sizeof(struct graph_edge)),
                           .node_count = 20000,
                           .edge_count = 19999 };
    struct graph_look look = { .title = "c", .width = 80 };
    struct text text = text_in(arena);
    size_t lines = 0;

    (void)state;
    for (size_t i = 0; i < graph.node_count; i++)
        graph.nodes[i] = (struct graph_node){ .kind = GRAPH_VIEW, .number = i + 1, .name = "v" };
    for (size_t i = 0; i < graph.edge_count; i++)
        graph.edges[i] = (struct graph_edge){ .from = i, .to = i + 1 };
    assert_true(graph_add_text(arena, &graph, &look, &text));
    for (const char *c = text_string(&text); *c != '\0'; c++)
        lines += *c == '\n';
    assert_true(lines > 20000 && lines < 24000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, drop_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(graphs_are_trees),
        TEST(rings_end),
        TEST(what_has_no_room_goes_on_below),
        TEST(any_number_of_views_in_a_row_is_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
