/*
 * Which views a view reads (src/plan/references.c), and the rings that come of it (src/plan/order.c). The parser is a
 * stand-in that reads the names behind "reads:" in a comment of the query, as in "-- reads: a s.b".
 */
#include "given.h"

#include "base/arena.h"
#include "base/report.h"
#include "plan/order.h"

#include <stdlib.h>
#include <string.h>

static size_t times_read;

/* One of `a`, `s.a` and `c.s.a`. */
static struct table_name name_of(struct arena *arena, const char *start, size_t length, size_t offset)
{
    struct table_name name = { "", "", "", offset };
    char *text = arena_copy(arena, start, length);
    char *dot;

    while ((dot = strchr(text, '.')) != NULL) {
        *dot = '\0';
        name.catalog = name.schema;
        name.schema = text;
        text = dot + 1;
    }
    name.name = text;
    return name;
}

/* A query without the comment is one that the parser refuses. */
static bool read_comment(void *user, struct arena *arena, const char *sql, struct table_names *ret_tables)
{
    const char *names = strstr(sql, "-- reads:");

    (void)user;
    times_read++;
    if (names == NULL)
        return false;
    for (names += strlen("-- reads:"); *names != '\0'; names += strcspn(names, " \n")) {
        size_t length = strcspn(names += strspn(names, " \n"), " \n");
        const char *there = strstr(sql, "FROM ");

        ret_tables->items = arena_extend(arena, ret_tables->items, ret_tables->count, sizeof(*ret_tables->items));
        if (length > 0)
            ret_tables->items[ret_tables->count++] =
                name_of(arena, names, length, there == NULL ? 0 : (size_t)(there - sql) + 5);
    }
    return true;
}

static const struct query_reader reader = { read_comment, NULL };

/* What is in the way of the first view: "b s.c", with ? behind what is not certain, and ! behind what is guessed. */
static const char *references_of(const struct duckalog_config *config, const struct query_reader *by)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    const struct view *views = config->root.views.items;
    struct view_index *index = view_index_create(arena, config, views, config->root.views.count);
    struct references found;
    const char *text = "";

    assert_non_null(index);
    assert_true(references_find(index, arena, 0, by, &found));
    for (size_t i = 0; i < found.count; i++) {
        const struct view *view = &views[found.items[i].view];

        text = made_of("%s%s%s%s%s%s%s", text, i > 0 ? " " : "", view->db_schema != NULL ? view->db_schema : "",
                       view->db_schema != NULL ? "." : "", view->name, found.items[i].certain ? "" : "?",
                       found.items[i].guessed ? "!" : "");
    }
    arena_destroy(arena);
    return text;
}

/* The query of the first view; the others are a, b, s.a and s.c, and `db` is an attachment. */
static const struct duckalog_config *config_with(const char *sql)
{
    return given_config(made_of("version: 1\n"
                                "duckdb: {database: own.duckdb}\n"
                                "attachments: {sqlite: [{alias: db, path: x}]}\n"
                                "views:\n"
                                "- name: top\n"
                                "  sql: |\n"
                                "    %s\n"
                                "- {name: a, sql: SELECT 1}\n"
                                "- {name: b, sql: SELECT 1}\n"
                                "- {name: a, db_schema: s, sql: SELECT 1}\n"
                                "- {name: c, db_schema: s, sql: SELECT 1}\n",
                                sql));
}

static void names_where_a_table_is_named_are_references(void **state)
{
    static const char *const rows[][2] = {
        { "SELECT 1", "" },
        { "SELECT * FROM a", "a" },
        { "SELECT * FROM b, a", "a b" },
        { "SELECT * FROM (a JOIN b USING (i))", "a b" },
        { "SELECT * FROM x JOIN (SELECT * FROM a) y ON x.i = y.i, b", "a b" },
        { "SELECT * FROM a AS x (i, b), s.c", "a s.c" },
        { "SELECT * FROM y: a", "a" },
        { "SELECT a, b FROM x", "" },
        { "SELECT * FROM x ORDER BY a, b", "" },
        { "SELECT * FROM x GROUP BY a, b HAVING a > (SELECT max(i) FROM b)", "b" },
        { "SELECT * FROM a(1), b", "b" },
        { "SELECT extract(year FROM a) FROM b", "b" },
        { "SELECT extract(year FROM (SELECT max(i) FROM a)) FROM b", "a b" },
        { "SELECT substring(x FROM a), trim(BOTH FROM b) FROM s.c", "s.c" },
        { "SELECT x IS DISTINCT FROM a FROM b", "b" },
        { "SELECT * FROM x WHERE i IN (FROM a)", "a" },
        { "(SELECT * FROM a) EXCEPT (FROM b)", "a b" },
        { "TABLE a", "a" },
        { "PIVOT a ON x USING sum(y)", "a" },
        { "SELECT * FROM a PIVOT (sum(x) FOR y IN (1, 2))", "a" },
        { "UNPIVOT a ON b", "a" },
        { "SUMMARIZE a", "a" },
        { "DESCRIBE a", "a" },
        { "SELECT * FROM (VALUES (1, 2)) v, a", "a" },
        { "SELECT * FROM a SEMI JOIN b USING (i)", "a b" },
        { "SELECT * FROM a ASOF JOIN b ON a.i >= b.i", "a b" },
        { "SELECT * FROM 'a', 'data/b.csv'", "a" },
        { "SELECT * FROM s.a", "s.a" },
        { "SELECT * FROM main.a", "a" },
        { "SELECT * FROM s.b", "b!" },
        { "SELECT * FROM own.a", "a" },
        { "SELECT * FROM OWN.a", "a" },
        { "SELECT * FROM own.s.a", "s.a" },
        { "SELECT * FROM db.a", "" },
        { "SELECT * FROM db.s.a", "" },
        { "SELECT * FROM DB.main.a", "" },
        { "SELECT * FROM other.a", "a!" },
        { "SELECT * FROM other.s.c", "s.c!" },
        { "SELECT * FROM other.a, a", "a" },
        { "SELECT * FROM top", "top" },
        { "SELECT * FROM a.b.c.d.e, b", "b" },
        { "SELECT * FROM \"a\", \"\"\"b\"\"\"", "a" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], references_of(config_with(rows[i][0]), NULL), rows[i][1]);
    table_ends();
}

static void names_of_common_table_expressions_may_be_no_views(void **state)
{
    static const char *const rows[][2] = {
        { "WITH a AS (SELECT 1) SELECT * FROM a, b", "a? b" },
        { "WITH a(i) AS (SELECT 1) SELECT * FROM a", "a?" },
        { "WITH a AS MATERIALIZED (SELECT 1) SELECT * FROM a", "a?" },
        { "WITH x AS (SELECT * FROM a) SELECT * FROM x, b", "a b" },
        { "WITH a AS (SELECT 1) SELECT * FROM s.a", "s.a" },
        { "WITH a AS (SELECT 1) SELECT * FROM main.a, a", "a" },
        { "SELECT * FROM (WITH a AS (SELECT 1) FROM a) x", "a?" },
        { "SELECT CAST(x AS (a)) FROM a", "a" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], references_of(config_with(rows[i][0]), NULL), rows[i][1]);
    table_ends();
}

static void parser_is_asked_only_where_it_makes_a_difference(void **state)
{
    static const struct {
        const char *sql;
        const char *found;
        size_t times;
    } rows[] = {
        { "SELECT * FROM a -- reads: b", "a", 0 },
        { "WITH x AS (SELECT * FROM a) FROM x -- reads: b", "a", 0 },
        { "WITH a AS (SELECT 1) FROM a, b -- reads: b", "b", 1 },
        { "WITH a AS (SELECT 1) FROM a -- reads: a s.c db.a nowhere", "a s.c", 1 },
        { "WITH a AS (SELECT 1) FROM a -- reads:", "", 1 },
        { "WITH a AS (SELECT 1) FROM a, b, refused", "a? b", 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        times_read = 0;
        check_text(rows[i].sql, references_of(config_with(rows[i].sql), &reader), rows[i].found);
        check_number(made_of("%s: times", rows[i].sql), (long long)times_read, (long long)rows[i].times);
    }
    table_ends();
}

/* ---- rings ---- */

/* Views as "name: query" with | between; the message of the ring, or "". */
static const char *ring_of(const char *duckdb, const char *views)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    const char *yaml = made_of("version: 1\nduckdb: {%s}\nviews:\n", duckdb);
    const struct duckalog_config *config;
    const duckalog_diagnostic *problem;
    const char *message;

    for (const char *start = views;; start += strcspn(start, "|") + 1) {
        size_t length = strcspn(start, "|");
        const char *colon = strstr(start, ": ");

        yaml = made_of("%s- name: %.*s\n  sql: |-\n    %.*s\n", yaml, (int)(colon - start), start,
                       (int)(length - (size_t)(colon + 2 - start)), colon + 2);
        if (start[length] == '\0')
            break;
    }
    config = given_config(yaml);
    assert_non_null(order_views(arena, config, config->root.views.items, config->root.views.count, &reader,
                                (struct duckalog_report *)given_report_now()));
    problem = duckalog_report_get(given_report_now(), 0);
    message =
        problem == NULL ? "" : made_of("%u:%u %s: %s", problem->line, problem->column, problem->path, problem->message);
    arena_destroy(arena);
    return message;
}

static void rings_are_told_as_the_parser_sees_them(void **state)
{
    static const struct {
        const char *row;
        const char *duckdb;
        const char *views;
        const char *expected;
    } rows[] = {
        { "itself", "", "a: FROM a -- reads: a", "6:10 views[0]: the view reads itself: a reads a (config.yaml:6:10)" },
        { "two", "", "a: FROM b -- reads: b|b: SELECT * FROM a -- reads: a",
          "6:10 views[0]: views read each other in a ring: a reads b (config.yaml:6:10), b reads a "
          "(config.yaml:9:19)" },
        { "the way to the ring is left out", "",
          "x: FROM a -- reads: a|a: FROM b -- reads: b|b: FROM a -- reads: a|y: SELECT 1",
          "9:10 views[1]: views read each other in a ring: a reads b (config.yaml:9:10), b reads a "
          "(config.yaml:12:10)" },
        { "the parser knows better", "", "a: FROM b -- reads: x|b: FROM a -- reads: a", "" },
        { "the parser refuses it", "", "a: FROM b|b: FROM a -- reads: a", "" },
        { "a search path", "pragmas: [SET search_path = 'x']", "a: FROM a -- reads: a", "" },
        { "another schema", "settings: [SET schema = 'x']", "a: FROM a -- reads: a", "" },
        { "USE", "pragmas: [USE x]", "a: FROM a -- reads: a", "" },
        { "a temporary table", "pragmas: [CREATE OR REPLACE TEMP TABLE a AS SELECT 1]", "a: FROM a -- reads: a", "" },
        { "another setting", "settings: [SET threads = 4]", "a: FROM a -- reads: a",
          "6:10 views[0]: the view reads itself: a reads a (config.yaml:6:10)" },
        { "another database", "", "a: FROM ext.a -- reads: ext.a", "" },
        { "the catalog's own name", "database: own.db", "a: FROM own.a -- reads: own.a",
          "6:10 views[0]: the view reads itself: a reads a (config.yaml:6:10)" },
        { "no ring", "", "a: FROM b -- reads: b|b: SELECT 1", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i].row, ring_of(rows[i].duckdb, rows[i].views), rows[i].expected);
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_where_a_table_is_named_are_references),
        cmocka_unit_test(names_of_common_table_expressions_may_be_no_views),
        cmocka_unit_test(parser_is_asked_only_where_it_makes_a_difference),
        cmocka_unit_test(rings_are_told_as_the_parser_sees_them),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
