/*
 * The order of views (src/plan/order.c): each after the views it reads, and otherwise as the config has them (S-21).
 * A row is a list of views, "name: query" with | between them, and the order that is expected.
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"
#include "plan/order.h"

#include <string.h>

static struct arena *arena;
static const struct duckalog_config bare_config; /* without attachments */

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

/* "s.v: SELECT 1" as a view; a name without a dot has no schema. */
static struct view view_of(const char *start, size_t length)
{
    char *text = arena_copy(arena, start + strspn(start, " "), length - strspn(start, " "));
    char *colon = strstr(text, ": ");
    char *dot;
    struct view view = { .source = SOURCE_NONE };

    *colon = '\0';
    view.sql = colon + 2;
    dot = strchr(text, '.');
    view.name = dot == NULL ? text : dot + 1;
    if (dot != NULL) {
        *dot = '\0';
        view.db_schema = text;
    }
    return view;
}

static const char *order_of(const char *row)
{
    struct view views[16];
    size_t count = 0;
    const size_t *order;
    const char *result = "";

    for (const char *start = row;; start += strcspn(start, "|") + 1) {
        views[count++] = view_of(start, strcspn(start, "|"));
        if (start[strcspn(start, "|")] == '\0')
            break;
    }
    order = order_views(arena, &bare_config, views, count, NULL, NULL);
    assert_non_null(order);
    for (size_t i = 0; i < count; i++)
        result = made_of("%s%s%s", result, i > 0 ? " " : "", views[order[i]].name);
    return result;
}

static void check_orders(const char *const rows[][3], size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_text(rows[i][0], order_of(rows[i][1]), rows[i][2]);
    table_ends();
}

static void views_come_after_what_they_read(void **state)
{
    static const char *const rows[][3] = {
        { "one alone", "a: SELECT 1", "a" },
        { "nothing to do", "a: SELECT 1 | b: SELECT * FROM a", "a b" },
        { "a later view", "a: SELECT * FROM b | b: SELECT 1", "b a" },
        { "a chain", "a: SELECT * FROM b | b: SELECT * FROM c | c: SELECT 1", "c b a" },
        { "a join", "a: SELECT * FROM x JOIN b USING (i) | b: SELECT 1", "b a" },
        { "a comma", "a: SELECT * FROM x, b | b: SELECT 1", "b a" },
        { "a subquery", "a: SELECT (SELECT max(i) FROM b) | b: SELECT 1", "b a" },
        { "another case", "a: select * from B | b: SELECT 1", "b a" },
        { "quotes", "a: SELECT * FROM \"b\" | b: SELECT 1", "b a" },
        { "quotes of a file, which is a table first", "a: SELECT * FROM 'b' | b: SELECT 1", "b a" },
        { "a schema", "a: SELECT * FROM s.b | s.b: SELECT 1", "b a" },
        { "a schema in quotes", "a: SELECT * FROM \"S\" . \"B\" | s.b: SELECT 1", "b a" },
        { "main by name", "a: SELECT * FROM main.b | b: SELECT 1", "b a" },
        { "catalog and schema", "a: SELECT * FROM cat.s.b | s.b: SELECT 1", "b a" },
        { "catalog alone", "a: SELECT * FROM cat.b | b: SELECT 1", "b a" },
        { "from first", "a: FROM b | b: SELECT 1", "b a" },
        { "table b", "a: TABLE b | b: SELECT 1", "b a" },
        { "a set operation", "a: SELECT 1 UNION ALL SELECT * FROM b | b: SELECT 1", "b a" },
        { "a comment between", "a: SELECT * FROM /* x */ b | b: SELECT 1", "b a" },
        { "pivot", "a: PIVOT b ON x USING sum(y) | b: SELECT 1", "b a" },
        { "a lateral join", "a: SELECT * FROM x, LATERAL (SELECT * FROM b) | b: SELECT 1", "b a" },
        { "itself is not another", "a: SELECT * FROM a | b: SELECT 1", "a b" },
        { "a diamond", "a: SELECT * FROM b, c | b: SELECT * FROM d | c: SELECT * FROM d | d: SELECT 1", "d b c a" },
        { "a view over two later ones", "t: SELECT * FROM b JOIN c USING (i) | b: SELECT 1 | c: SELECT 1", "b c t" },
    };

    (void)state;
    check_orders(rows, COUNT_OF(rows));
}

static void views_that_have_nothing_to_do_with_each_other_stay(void **state)
{
    static const char *const rows[][3] = {
        { "all apart", "c: SELECT 1 | a: SELECT 1 | b: SELECT 1", "c a b" },
        { "only what is needed moves", "a: SELECT 1 | c: SELECT * FROM e | b: SELECT 1 | e: SELECT 1 | d: SELECT 1",
          "a e c b d" },
        { "two that are needed keep their order", "t: FROM x JOIN c ON true JOIN b ON true | b: SELECT 1 | c: SELECT 1",
          "b c t" },
        { "the same, with a comma", "t: SELECT * FROM c, b | b: SELECT 1 | c: SELECT 1", "b c t" },
    };

    (void)state;
    check_orders(rows, COUNT_OF(rows));
}

static void what_only_looks_like_a_name_moves_nothing(void **state)
{
    static const char *const rows[][3] = {
        { "a string", "a: SELECT 'b' FROM 'b.csv' | b: SELECT 1", "a b" },
        { "dollar quotes", "a: SELECT $$ FROM b $$ | b: SELECT 1", "a b" },
        { "a comment", "a: SELECT 1 -- FROM b | b: SELECT 1", "a b" },
        { "a block comment", "a: SELECT 1 /* FROM b */ | b: SELECT 1", "a b" },
        { "another schema", "a: SELECT * FROM s.b | b: SELECT 1 | t.b: SELECT 1", "b a b" },
        { "the view of another schema without its name", "a: SELECT * FROM b | s.b: SELECT 1", "a b" },
        { "a part of a name", "a: SELECT * FROM bb | b: SELECT 1", "a b" },
    };

    (void)state;
    check_orders(rows, COUNT_OF(rows));
}

/* A name that WITH defines is not the view of that name. */
static void common_table_expressions_are_no_views(void **state)
{
    static const char *const rows[][3] = {
        { "a CTE with the name of a view that reads this one",
          "a: WITH b AS (SELECT 1) SELECT * FROM b | b: SELECT * FROM a", "a b" },
        { "a CTE that reads a view", "a: WITH x AS (SELECT * FROM b) SELECT * FROM x | b: SELECT 1", "b a" },
        { "a recursive CTE",
          "a: WITH RECURSIVE b(i) AS (SELECT 1 UNION ALL SELECT i FROM b) FROM b | b: SELECT * FROM a", "a b" },
        { "the second of two CTEs", "a: WITH x AS (SELECT 1), b AS (SELECT 2) SELECT * FROM b | b: SELECT * FROM a",
          "a b" },
    };

    (void)state;
    check_orders(rows, COUNT_OF(rows));
}

/* What stands after FROM counts more than a column that happens to have the name of a view. */
static void column_with_the_name_of_a_view_makes_no_ring(void **state)
{
    static const char *const rows[][3] = {
        { "the column stands first", "orders: SELECT total FROM x | total: SELECT * FROM orders", "orders total" },
        { "the other way round", "total: SELECT * FROM orders | orders: SELECT total FROM x", "orders total" },
    };

    (void)state;
    check_orders(rows, COUNT_OF(rows));
}

/* order.h: a ring has no order; what it reads comes first all the same. */
static void ring_does_not_end_the_walk(void **state)
{
    static const char *const rows[][3] = {
        { "of two", "a: SELECT * FROM b | b: SELECT * FROM a", "b a" },
        { "of three", "a: SELECT * FROM b | b: SELECT * FROM c | c: SELECT * FROM a", "c b a" },
        { "and one outside of it", "a: SELECT * FROM b, x | b: SELECT * FROM a | x: SELECT 1", "b x a" },
    };

    (void)state;
    check_orders(rows, COUNT_OF(rows));
}

static void every_view_is_there_once_whatever_the_queries(void **state)
{
    static const char *const queries[] = { "SELECT 'open", "/* open", "$$",   "\"a",  "FROM \"\"", "a.b.c.d.e",
                                           ". . .",        "FROM",    "WITH", "((((", ";;" };
    struct view views[COUNT_OF(queries)];
    bool seen[COUNT_OF(queries)] = { false };
    const size_t *order;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(queries); i++)
        views[i] = (struct view){ .name = made_of("%c", (char)('a' + (int)i)), .sql = queries[i] };
    order = order_views(arena, &bare_config, views, COUNT_OF(queries), NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        assert_in_range(order[i], 0, COUNT_OF(queries) - 1);
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
    }
    assert_non_null(order_views(arena, &bare_config, NULL, 0, NULL, NULL));
}

static void views_without_sql_have_no_references(void **state)
{
    struct view views[] = { { .name = "a", .sql = " " }, { .name = "b" }, { .name = "c", .sql = "FROM b" } };
    const size_t *order = order_views(arena, &bare_config, views, 3, NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(order[i], i);
}

static void chain_of_ten_thousand_views_is_ordered_in_no_time(void **state)
{
    enum { COUNT = 10000 };
    struct view *views = arena_array(arena, COUNT, sizeof(*views));
    double start;
    const size_t *order;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        views[i] = (struct view){ .name = made_of("v%zu", i), .sql = made_of("SELECT * FROM v%zu", i + 1) };
    start = processor_ms();
    order = order_views(arena, &bare_config, views, COUNT, NULL, NULL);
    assert_true(processor_ms() - start < 2000);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(order[i], COUNT - 1 - i);
}

static void view_over_ten_thousand_others_is_ordered_in_no_time(void **state)
{
    enum { COUNT = 10000 };
    struct view *views = arena_array(arena, COUNT + 1, sizeof(*views));
    struct text sql = text_in(arena);
    double start;
    const size_t *order;

    (void)state;
    for (size_t i = 1; i <= COUNT; i++) {
        views[i] = (struct view){ .name = made_of("v%zu", i), .sql = "SELECT 1" };
        text_format(&sql, "%s v%zu", i == 1 ? "FROM" : ",", i);
    }
    views[0] = (struct view){ .name = "all", .sql = text_string(&sql) };
    start = processor_ms();
    order = order_views(arena, &bare_config, views, COUNT + 1, NULL, NULL);
    assert_true(processor_ms() - start < 2000);
    assert_int_equal(order[COUNT], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_come_after_what_they_read),
        cmocka_unit_test(views_that_have_nothing_to_do_with_each_other_stay),
        cmocka_unit_test(what_only_looks_like_a_name_moves_nothing),
        cmocka_unit_test(common_table_expressions_are_no_views),
        cmocka_unit_test(column_with_the_name_of_a_view_makes_no_ring),
        cmocka_unit_test(ring_does_not_end_the_walk),
        cmocka_unit_test(every_view_is_there_once_whatever_the_queries),
        cmocka_unit_test(views_without_sql_have_no_references),
        cmocka_unit_test(chain_of_ten_thousand_views_is_ordered_in_no_time),
        cmocka_unit_test(view_over_ten_thousand_others_is_ordered_in_no_time),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
