/*
 * The graph of a catalog (src/plan/graph.c), and what its queries read beside views (src/plan/references.c). A row is a
 * config and its graph: the nodes by kind, then the edges.
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"
#include "plan/graph.h"

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
    arena_destroy(arena);
    return forget_all(state);
}

static const char *with_view_list(const char *views)
{
    return made_of("version: 1\nduckdb: {}\nviews: %s\n", views);
}

static struct graph graph_of(const char *yaml)
{
    struct graph graph;

    assert_true(graph_build(arena, given_config(yaml), NULL, &graph));
    return graph;
}

/* The folder of the test is written as /. */
static const char *short_name(const char *name)
{
    size_t length = strlen(given_folder());

    return strncmp(name, given_folder(), length) == 0 ? name + length : name;
}

/* "v1 a, v2 s.b, f1 /x.parquet(parquet)" */
static const char *nodes_of(const struct graph *graph)
{
    struct text text = text_in(arena);

    for (size_t i = 0; i < graph->node_count; i++) {
        const struct graph_node *node = &graph->nodes[i];

        text_format(&text, "%s%c%zu %s%s%s%s%s%s", i > 0 ? ", " : "", "faicvm"[node->kind], node -> number,
                    node -> schema != NULL ? node -> schema : "", node->schema != NULL ? "." : "",
                    short_name(node->name), node->type != NULL ? "(" : "", node->type != NULL ? node->type : "",
                    node->type != NULL ? ")" : "");
    }
    return text_string(&text);
}

/* "v1>v2, a1>v2(t)" */
static const char *edges_of(const struct graph *graph)
{
    struct text text = text_in(arena);

    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        const struct graph_node *from = &graph->nodes[edge->from];
        const struct graph_node *to = &graph->nodes[edge->to];

        text_format(&text, "%s%c%zu>%c%zu", i > 0 ? ", " : "", "faicvm"[from->kind], from -> number, "faicvm"[to->kind],
                    to -> number);
        if (edge->label != NULL)
            text_format(&text, "(%s)", edge->label);
    }
    return text_string(&text);
}

static void views_are_joined_by_what_they_read(void **state)
{
    static const char *const rows[][4] = {
        { "nothing", "[]", "", "" },
        { "views in the order of the config", "[{name: b, sql: FROM a}, {name: a, db_schema: s, sql: SELECT 1}]",
          "v1 b, v2 s.a", "" },
        { "a view reads another", "[{name: b, sql: FROM a}, {name: a, sql: SELECT 1}]", "v1 b, v2 a", "v2>v1" },
        { "one that is read twice", "[{name: b, sql: FROM a x JOIN a y ON true}, {name: a, sql: SELECT 1}]",
          "v1 b, v2 a", "v2>v1" },
        { "what is read, in the order of the config",
          "[{name: a, sql: SELECT 1}, {name: b, sql: SELECT 1}, "
          "{name: c, sql: 'FROM b, a'}]",
          "v1 a, v2 b, v3 c", "v1>v3, v2>v3" },
        { "a common table expression is none",
          "[{name: a, sql: SELECT 1}, {name: b, sql: WITH a AS (SELECT 2) FROM a}]", "v1 a, v2 b", "" },
        { "a ring", "[{name: a, sql: FROM b}, {name: b, sql: FROM a}]", "v1 a, v2 b", "v2>v1, v1>v2" },
        { "files come first", "[{name: a, source: parquet, uri: x.parquet}, {name: b, source: delta, uri: t}]",
          "f1 /x.parquet(parquet), f2 /t(delta), v1 a, v2 b", "f1>v1, f2>v2" },
        { "a file that two views read", "[{name: a, source: parquet, uri: x}, {name: b, source: parquet, uri: ./x}]",
          "f1 /x(parquet), v1 a, v2 b", "f1>v1, f1>v2" },
        { "no file of a view with SQL", "[{name: a, sql: SELECT 1, uri: x}]", "v1 a", "" },
        { "a password", "[{name: a, source: parquet, uri: 'https://u:pass@h/x'}]",
          "f1 https://u:***@h/x(parquet), v1 a", "f1>v1" },
        { "a file in a query", "[{name: a, sql: \"FROM 'x.csv' JOIN 'y.csv' ON true\"}]", "f1 x.csv, f2 y.csv, v1 a",
          "f1>v1, f2>v1" },
        { "a function that reads files",
          "[{name: a, sql: \"FROM read_csv('x.csv', header = true), parquet_scan(['y', 'z']), range(3), trim('w')\"}]",
          "f1 x.csv, f2 y, f3 z, v1 a", "f1>v1, f2>v1, f3>v1" },
        { "a string that is no file", "[{name: a, sql: \"SELECT 'x' FROM range(1) WHERE 'y' IS DISTINCT FROM 'z'\"}]",
          "v1 a", "" },
        { "a connection string in a call",
          "[{name: a, sql: \"FROM postgres_scan('host=h password=hunter2', 's', 't')\"}]",
          "f1 host=h password=***, v1 a", "f1>v1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct graph graph = graph_of(with_view_list(rows[i][1]));

        check_text(made_of("%s: nodes", rows[i][0]), nodes_of(&graph), rows[i][2]);
        check_text(made_of("%s: edges", rows[i][0]), edges_of(&graph), rows[i][3]);
    }
    table_ends();
}

#define DATABASES                                                                                                      \
    "version: 1\nduckdb: {}\n"                                                                                         \
    "attachments:\n"                                                                                                   \
    "  postgres: [{alias: pg, host: h, port: 1, database: d, user: u, password: secret-value}]\n"                      \
    "  duckdb: [{alias: ref, path: r.duckdb}]\n"                                                                       \
    "  sqlite: [{alias: lite, path: l.db}]\n"                                                                          \
    "iceberg_catalogs: [{name: ice, catalog_type: glue}]\n"                                                            \
    "views:\n"
#define DATABASE_NODES "a1 ref(duckdb), a2 lite(sqlite), a3 pg(postgres), i1 ice(glue), v1 a"

static void databases_are_read_by_source_and_by_query(void **state)
{
    static const char *const rows[][3] = {
        { "none", "sql: SELECT 1", "" },
        { "a source", "source: duckdb, database: ref, table: s.t", "a1>v1(s.t)" },
        { "a source of Iceberg", "source: iceberg, catalog: ice, table: ns.t", "i1>v1(ns.t)" },
        { "in another case", "source: duckdb, database: REF, table: t", "a1>v1(t)" },
        { "a query", "sql: FROM ref.t", "a1>v1(t)" },
        { "with a schema", "sql: 'FROM \"PG\".public.\"odd name\"'", "a3>v1(public.odd name)" },
        { "two tables", "sql: FROM ref.t JOIN ref.u ON true", "a1>v1(t, u)" },
        { "the same twice", "sql: FROM ref.t x JOIN ref.t y ON true JOIN ref.tt z ON true", "a1>v1(t, tt)" },
        { "several databases", "sql: 'FROM pg.t, lite.t, ice.ns.t'", "a2>v1(t), a3>v1(t), i1>v1(ns.t)" },
        { "below a common table expression", "sql: WITH a AS (FROM ref.t) FROM a", "a1>v1(t)" },
        { "a name that is no table", "sql: SELECT ref.t FROM range(1) ref", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct graph graph = graph_of(made_of(DATABASES "- {name: a, %s}\n", rows[i][1]));

        check_text(made_of("%s: nodes", rows[i][0]), nodes_of(&graph), DATABASE_NODES);
        check_text(made_of("%s: edges", rows[i][0]), edges_of(&graph), rows[i][2]);
    }
    table_ends();
}

static void view_of_a_schema_called_like_a_database_is_the_view(void **state)
{
    struct graph graph =
        graph_of(DATABASES "- {name: t, db_schema: ref, sql: SELECT 1}\n- {name: a, sql: FROM ref.t}\n");

    (void)state;
    assert_string_equal(edges_of(&graph), "v1>v2");
}

static void models_come_last_and_tell_how_they_join(void **state)
{
    struct graph graph = graph_of("version: 1\nduckdb: {}\nviews:\n"
                                  "- {name: a, sql: SELECT 1 AS i}\n- {name: b, sql: SELECT 1 AS i}\n"
                                  "semantic_models:\n"
                                  "- {name: m, base_view: b, joins: [{to_view: a, type: LEFT, on_condition: 'true'},"
                                  " {to_view: b, type: inner, on_condition: 'true'}]}\n"
                                  "- {name: n, base_view: a}\n");

    (void)state;
    assert_string_equal(nodes_of(&graph), "v1 a, v2 b, m1 m, m2 n");
    assert_string_equal(edges_of(&graph), "v1>m1(left join), v2>m1(base, inner join), v1>m2(base)");
}

static void nested_catalogs_are_read_like_databases(void **state)
{
    struct graph graph;

    (void)state;
    given_file("child.yaml", "version: 1\nduckdb: {database: child.duckdb}\nviews: [{name: v, sql: SELECT 1}]\n");
    graph = graph_of("version: 1\nduckdb: {}\nattachments: {duckalog: [{alias: kid, config_path: child.yaml}]}\n"
                     "views: [{name: a, sql: FROM kid.v}]\n");
    assert_string_equal(nodes_of(&graph), "c1 kid, v1 a");
    assert_string_equal(edges_of(&graph), "c1>v1(v)");
}

/* Takes every name for a table, as the scan would not. */
static bool read_all(void *user, struct arena *of, const char *sql, struct table_names *ret_tables)
{
    (void)user;
    (void)sql;
    ret_tables->items = arena_alloc(of, sizeof(*ret_tables->items));
    ret_tables->items[0] = (struct table_name){ "", "", "a", 0 };
    ret_tables->count = 1;
    return true;
}

static void parser_is_asked_where_the_scan_is_not_certain(void **state)
{
    const struct query_reader reader = { read_all, NULL };
    struct graph graph;

    (void)state;
    assert_true(graph_build(
        arena, given_config(with_view_list("[{name: a, sql: SELECT 1}, {name: b, sql: WITH a AS (SELECT 2) FROM a}]")),
        &reader, &graph));
    assert_string_equal(edges_of(&graph), "v1>v2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_joined_by_what_they_read),
        cmocka_unit_test(databases_are_read_by_source_and_by_query),
        cmocka_unit_test(view_of_a_schema_called_like_a_database_is_the_view),
        cmocka_unit_test(models_come_last_and_tell_how_they_join),
        cmocka_unit_test(nested_catalogs_are_read_like_databases),
        cmocka_unit_test(parser_is_asked_where_the_scan_is_not_certain),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
