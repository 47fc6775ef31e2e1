/*
 * Semantic models as SQL (src/plan/model.c, model_conditions.c): the whole statement for each kind of question.
 */
#include "given.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "plan/model.h"

#include <stdlib.h>
#include <string.h>

/* ---- questions ---- */

enum { MOST_NAMES = 8 };

/* Names with commas between them, as a list. */
static size_t split(const char *names, const char *ret_list[MOST_NAMES])
{
    size_t count = 0;

    while (*names != '\0' && count < MOST_NAMES) {
        size_t length = strcspn(names, ",");

        ret_list[count++] = made_of("%.*s", (int)length, names);
        names += length + (names[length] == ',');
    }
    return count;
}

/* The statement for a question; NULL after it was refused, with the reason in the report. */
static const char *sql_of(const struct duckalog_config *config, const char *measures, const char *by, const char *where)
{
    const char *measure_list[MOST_NAMES];
    const char *dimension_list[MOST_NAMES];
    struct arena *arena = arena_create(ARENA_PLAIN);
    duckalog_model_query query;
    const char *sql = NULL;
    bool good;

    duckalog_model_query_init(&query);
    query.model = "m";
    query.measures = measure_list;
    query.measure_count = split(measures, measure_list);
    query.dimensions = dimension_list;
    query.dimension_count = split(by, dimension_list);
    query.where = where;
    good = model_sql(arena, config, &query, given_report_now(), &sql);
    sql = good ? made_of("%s", sql) : NULL;
    arena_destroy(arena);
    return sql;
}

#define VIEWS                                                                                                          \
    "version: 1\nduckdb: {}\nviews:\n"                                                                                 \
    "- {name: orders, sql: SELECT 1}\n"                                                                                \
    "- {name: customers, db_schema: crm, sql: SELECT 1}\n"                                                             \
    "- {name: items, sql: SELECT 1}\n"                                                                                 \
    "- {name: regions, sql: SELECT 1}\n"

static const char sales[] =
    VIEWS "semantic_models:\n"
          "- name: M\n"
          "  base_view: orders\n"
          "  dimensions:\n"
          "  - {name: status, expression: orders.status}\n"
          "  - {name: day, expression: orders.day, type: time, time_grains: [month, Year]}\n"
          "  - {name: any time, expression: orders.at, type: time}\n"
          "  - {name: region, expression: upper(customers.region), type: string}\n"
          "  - {name: large, expression: amount > 100 -- a comment}\n"
          "  - {name: end, expression: orders.last_day, type: date}\n"
          "  measures:\n"
          "  - {name: revenue, expression: sum(amount)}\n"
          "  - {name: number of orders, expression: count(*)}\n"
          "  joins:\n"
          "  - {to_view: customers, type: left, on_condition: orders.customer = customers.id}\n";

#define REVENUE "SELECT\n    sum(amount) AS \"revenue\""
#define BOTH REVENUE ",\n    count(*) AS \"number of orders\""
#define CUSTOMERS "\nLEFT JOIN \"crm\".\"customers\" ON orders.customer = customers.id"

static void questions_become_one_select_each(void **state)
{
    static const struct {
        const char *measures, *by, *where, *sql;
    } rows[] = {
        { "", "", NULL, BOTH "\nFROM \"main\".\"orders\"" },
        { "Revenue", "", NULL, REVENUE "\nFROM \"main\".\"orders\"" },
        { "number of orders,revenue", "", NULL,
          "SELECT\n    count(*) AS \"number of orders\",\n    sum(amount) AS \"revenue\"\nFROM \"main\".\"orders\"" },
        { "revenue", "STATUS", NULL,
          "SELECT\n    orders.status AS \"status\",\n    sum(amount) AS \"revenue\"\n"
          "FROM \"main\".\"orders\"\nGROUP BY 1\nORDER BY 1" },
        { "revenue", "region,day:month", NULL,
          "SELECT\n    upper(customers.region) AS \"region\",\n    date_trunc('month', orders.day) AS \"day_month\",\n"
          "    sum(amount) AS \"revenue\"\nFROM \"main\".\"orders\"" CUSTOMERS "\nGROUP BY 1, 2\nORDER BY 1, 2" },
        { "revenue", "day:YEAR,day:month,day", NULL,
          "SELECT\n    date_trunc('year', orders.day) AS \"day_year\",\n"
          "    date_trunc('month', orders.day) AS \"day_month\",\n    orders.day AS \"day\",\n"
          "    sum(amount) AS \"revenue\"\nFROM \"main\".\"orders\"\nGROUP BY 1, 2, 3\nORDER BY 1, 2, 3" },
        { "revenue", "any time : second", NULL,
          "SELECT\n    date_trunc('second', orders.at) AS \"any time_second\",\n    sum(amount) AS \"revenue\"\n"
          "FROM \"main\".\"orders\"\nGROUP BY 1\nORDER BY 1" },
        { "revenue", "end:week", NULL,
          "SELECT\n    date_trunc('week', orders.last_day) AS \"end_week\",\n    sum(amount) AS \"revenue\"\n"
          "FROM \"main\".\"orders\"\nGROUP BY 1\nORDER BY 1" },
        /* What follows a comment begins on a line of its own. */
        { "revenue", "large,large:day", NULL,
          "SELECT\n    amount > 100 -- a comment\n AS \"large\",\n"
          "    date_trunc('day', amount > 100 -- a comment\n) AS \"large_day\",\n    sum(amount) AS \"revenue\"\n"
          "FROM \"main\".\"orders\"\nGROUP BY 1, 2\nORDER BY 1, 2" },
        { "revenue", "", "amount > 5 -- five", REVENUE "\nFROM \"main\".\"orders\"\nWHERE (amount > 5 -- five\n)" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(made_of("%s by %s", rows[i].measures, rows[i].by),
                   sql_of(given_config(sales), rows[i].measures, rows[i].by, rows[i].where), rows[i].sql);
    table_ends();
}

static void model_says_what_is_measured_when_the_question_does_not(void **state)
{
    (void)state;
    assert_string_equal(
        sql_of(given_config(made_of("%s  defaults: {primary_measure: REVENUE}\n", sales)), "", "", NULL),
        REVENUE "\nFROM \"main\".\"orders\"");
    assert_string_equal(
        sql_of(given_config(VIEWS "semantic_models: [{name: m, base_view: orders, dimensions: [{name: a, "
                                  "expression: x}]}]\n"),
               "", "a", NULL),
        "SELECT\n    x AS \"a\"\nFROM \"main\".\"orders\"\nGROUP BY 1\nORDER BY 1");
}

static void names_are_quoted_where_they_are_ours(void **state)
{
    (void)state;
    assert_string_equal(
        sql_of(
            given_config("version: 1\nduckdb: {}\nviews: [{name: 'o\"r.d', db_schema: 's\"', sql: SELECT 1}]\n"
                         "semantic_models:\n- {name: m, base_view: 's\".o\"r.d',\n   dimensions: [{name: 'a\"b:day', "
                         "expression: x}, {name: select, expression: y}],\n   measures: [{name: \"it's\", "
                         "expression: count(*)}]}\n"),
            "it's", "a\"b:day,select,a\"b:day:day", "\"select\" = 1 AND \"a\"\"b:day\" = 2"),
        "SELECT\n    x AS \"a\"\"b:day\",\n    y AS \"select\",\n    date_trunc('day', x) AS \"a\"\"b:day_day\",\n"
        "    count(*) AS \"it's\"\nFROM \"s\"\"\".\"o\"\"r.d\"\nWHERE (y = 1 AND x = 2)\nGROUP BY 1, 2, 3\n"
        "ORDER BY 1, 2, 3");
}

static void catalog_stands_before_views_when_it_is_given(void **state)
{
    duckalog_model_query query;
    char *sql = NULL;

    (void)state;
    duckalog_model_query_init(&query);
    query.model = "m";
    query.catalog = "ca\"t";
    query.where = "region = 'x'";
    assert_int_equal(duckalog_model_sql(given_config(sales), &query, &sql, NULL), DUCKALOG_OK);
    assert_string_equal(sql, BOTH "\nFROM \"ca\"\"t\".\"main\".\"orders\"\n"
                                  "LEFT JOIN \"ca\"\"t\".\"crm\".\"customers\" ON orders.customer = customers.id\n"
                                  "WHERE ((upper(customers.region)) = 'x')");
    duckalog_string_free(sql);
}

/* ---- conditions ---- */

/* The condition as it is found in the statement. */
static const char *condition_of(const char *where)
{
    const char *sql = sql_of(given_config(sales), "revenue", "", where);
    const char *found = sql == NULL ? NULL : strstr(sql, "\nWHERE (");

    return found == NULL ? "refused" : made_of("%.*s", (int)strlen(found) - 9, found + 8);
}

static void names_of_dimensions_stand_for_their_expressions(void **state)
{
    static const char *const rows[][2] = {
        { "status = 'paid'", "orders.status = 'paid'" },
        { "\"STATUS\"='paid'", "orders.status='paid'" },
        { "region IN ('a', 'region')", "(upper(customers.region)) IN ('a', 'region')" },
        { "not region like 'N%'", "not (upper(customers.region)) like 'N%'" },
        { "large", "(amount > 100 -- a comment\n)" },
        { "\"any time\" > day", "orders.at > orders.day" },
        { "coalesce(status, region) = 'x'", "coalesce(orders.status, (upper(customers.region))) = 'x'" },
        { "day BETWEEN DATE '2024-01-01' AND day", "orders.day BETWEEN DATE '2024-01-01' AND orders.day" },
        { "day::date = day", "orders.day::date = orders.day" },
        { "case when large then status end = 'x'",
          "case when (amount > 100 -- a comment\n) then orders.status end = 'x'" },
        { "\"end\" > day", "orders.last_day > orders.day" },
        /* what is no name of a dimension */
        { "orders.status = 1", "orders.status = 1" },
        { "status.x = 1", "status.x = 1" },
        { "amount = 1", "amount = 1" },
        { "x = 'status' -- region", "x = 'status' -- region\n" },
        { "day('2024-01-01') = 1", "day('2024-01-01') = 1" },
        { "x > now() - INTERVAL 7 day", "x > now() - INTERVAL 7 day" },
        { "x > now() - INTERVAL '7' day", "x > now() - INTERVAL '7' day" },
        { "x > now() - INTERVAL (n) day", "x > now() - INTERVAL (n) day" },
        { "extract(day FROM x) = 1", "extract(day FROM x) = 1" },
        { "x::day = 1 AND CAST(x AS day) = y :: day", "x::day = 1 AND CAST(x AS day) = y :: day" },
        { "x = {status: 1}", "x = {status: 1}" },
        { "x = {a: status}", "x = {a: orders.status}" },
        { "(day) = 1", "(orders.day) = 1" },
        /* a query in parentheses has its own columns */
        { "status IN (SELECT upper(status), max(revenue) FROM t WHERE (day) = 1) AND day = 1",
          "orders.status IN (SELECT upper(status), max(revenue) FROM t WHERE (day) = 1) AND orders.day = 1" },
        /* measures */
        { "revenue > 5", "refused" },
        { "\"number of orders\" > 5", "refused" },
        { "orders.revenue > 5", "orders.revenue > 5" },
        /* no expression */
        { "status = 'x", "refused" },
        { "status = 1; DROP TABLE x", "refused" },
        { "true) OR (true", "refused" },
        { "a, b", "refused" },
        { " ", "refused" },
        { ":day", ":orders.day" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], condition_of(rows[i][0]), rows[i][1]);
    table_ends();
}

static void condition_on_a_measure_is_refused_with_a_way_out(void **state)
{
    (void)state;
    assert_null(sql_of(given_config(sales), "", "", "status = 1 AND revenue > 5"));
    expect_problem("measure-in-condition", 0, 0, NULL);
    assert_non_null(strstr(hint_of("measure-in-condition"), "orders.revenue"));
}

static void default_filters_hold_for_every_question(void **state)
{
    static const char *const rows[][2] = {
        { "{dimension: status, value: paid}", "orders.status = 'paid'" },
        { "{dimension: status, value: \"it's\"}", "orders.status = 'it''s'" },
        { "{dimension: status, operator: '!=', value: 3}", "orders.status <> 3" },
        { "{dimension: status, operator: '>=', value: -1.50}", "orders.status >= -1.5" },
        { "{dimension: status, value: true}", "orders.status = TRUE" },
        { "{dimension: status, value: 'true'}", "orders.status = 'true'" },
        { "{dimension: day, operator: '<', value: 2024-01-01}", "orders.day < '2024-01-01'" },
        { "{dimension: region, operator: Not  Like, value: N%}", "(upper(customers.region)) NOT LIKE 'N%'" },
        { "{dimension: status, operator: in, value: [a, 2, no]}", "orders.status IN ('a', 2, FALSE)" },
        { "{dimension: status, operator: not in, value: a}", "orders.status NOT IN ('a')" },
        { "{dimension: day, operator: between, value: [2024-01-01, 2024-02-01]}",
          "orders.day BETWEEN '2024-01-01' AND '2024-02-01'" },
        { "{dimension: day, operator: is null, value: x}", "orders.day IS NULL" },
        { "{dimension: large, operator: is not null}", "(amount > 100 -- a comment\n) IS NOT NULL" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *sql = sql_of(
            given_config(made_of("%s  defaults: {default_filters: [%s, {dimension: status}]}\n", sales, rows[i][0])),
            "revenue", "", NULL);
        const char *where = sql == NULL ? NULL : strstr(sql, "\nWHERE ");

        check_text(rows[i][0], where == NULL ? "nothing" : where + 7, rows[i][1]);
    }
    table_ends();
    assert_string_equal(
        sql_of(given_config(made_of("%s  defaults: {default_filters: [{dimension: status, value: a}, {dimension: day, "
                                    "operator: is null}]}\n",
                                    sales)),
               "revenue", "status", "x = 1 OR y = 2"),
        "SELECT\n    orders.status AS \"status\",\n    sum(amount) AS \"revenue\"\nFROM \"main\".\"orders\"\n"
        "WHERE orders.status = 'a'\n  AND orders.day IS NULL\n  AND (x = 1 OR y = 2)\nGROUP BY 1\nORDER BY 1");
}

/* ---- joins ---- */

static const char *joins_of(const char *joins, const char *where)
{
    const char *sql =
        sql_of(given_config(made_of(VIEWS "semantic_models:\n- name: m\n  base_view: orders\n"
                                          "  measures: [{name: n, expression: count(*)}, {name: r, expression: "
                                          "max(regions.id)}]\n  joins: [%s]\n",
                                    joins)),
               "n", "", where);
    const char *from = sql == NULL ? NULL : strstr(sql, "\"orders\"");

    return from == NULL ? "refused" : from + strlen("\"orders\"");
}

static void joins_that_nothing_needs_are_left_out_when_they_are_left_joins(void **state)
{
    static const struct {
        const char *joins, *where, *sql;
    } rows[] = {
        { "{to_view: items, type: left, on_condition: orders.id = items.id}", NULL, "" },
        { "{to_view: items, type: inner, on_condition: orders.id = items.id}", NULL,
          "\nINNER JOIN \"main\".\"items\" ON orders.id = items.id" },
        { "{to_view: items, type: RIGHT, on_condition: orders.id = items.id}", NULL,
          "\nRIGHT JOIN \"main\".\"items\" ON orders.id = items.id" },
        { "{to_view: items, type: full, on_condition: orders.id = items.id}", NULL,
          "\nFULL JOIN \"main\".\"items\" ON orders.id = items.id" },
        { "{to_view: items, type: left, on_condition: orders.id = items.id}", "Items.id = 1",
          "\nLEFT JOIN \"main\".\"items\" ON orders.id = items.id\nWHERE (Items.id = 1)" },
        { "{to_view: items, type: left, on_condition: orders.id = items.id}", "\"items\".id = 1",
          "\nLEFT JOIN \"main\".\"items\" ON orders.id = items.id\nWHERE (\"items\".id = 1)" },
        { "{to_view: items, type: left, on_condition: orders.id = items.id}", "x = 'items' -- items",
          "\nWHERE (x = 'items' -- items\n)" },
        /* one that another one stands on */
        { "{to_view: items, type: left, on_condition: orders.id = items.id}, {to_view: regions, type: left, "
          "on_condition: items.region = regions.id}",
          "regions.name = 'x'",
          "\nLEFT JOIN \"main\".\"items\" ON orders.id = items.id\n"
          "LEFT JOIN \"main\".\"regions\" ON items.region = regions.id\nWHERE (regions.name = 'x')" },
        { "{to_view: items, type: left, on_condition: orders.id = items.id}, {to_view: regions, type: left, "
          "on_condition: items.region = regions.id}",
          "items.name = 'x'", "\nLEFT JOIN \"main\".\"items\" ON orders.id = items.id\nWHERE (items.name = 'x')" },
        { "{to_view: items, type: left, on_condition: orders.id = items.id}, {to_view: regions, type: inner, "
          "on_condition: items.region = regions.id}",
          NULL,
          "\nLEFT JOIN \"main\".\"items\" ON orders.id = items.id\n"
          "INNER JOIN \"main\".\"regions\" ON items.region = regions.id" },
        { "{to_view: items, type: inner, on_condition: orders.id = items.id -- x}", "y",
          "\nINNER JOIN \"main\".\"items\" ON orders.id = items.id -- x\n\nWHERE (y)" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i].joins, joins_of(rows[i].joins, rows[i].where), rows[i].sql);
    table_ends();
}

static void join_that_is_left_out_is_told(void **state)
{
    (void)state;
    joins_of("{to_view: items, type: left, on_condition: orders.id = items.id}", NULL);
    assert_true(has_problem(DUCKALOG_NOTICE, "join-left-out", 12, 21, NULL));
    assert_non_null(strstr(hint_of("join-left-out"), "items.COLUMN"));
}

static void view_that_is_joined_again_gets_a_number(void **state)
{
    (void)state;
    assert_string_equal(joins_of("{to_view: orders, type: inner, on_condition: orders.parent = orders_2.id}, "
                                 "{to_view: orders, type: left, on_condition: orders_2.parent = orders_3.id}, "
                                 "{to_view: items, type: inner, on_condition: items.order_id = orders.id}, "
                                 "{to_view: items, type: left, on_condition: items_2.order_id = orders_2.id}",
                                 "items_2.id = 1"),
                        "\nINNER JOIN \"main\".\"orders\" AS \"orders_2\" ON orders.parent = orders_2.id"
                        "\nINNER JOIN \"main\".\"items\" ON items.order_id = orders.id"
                        "\nLEFT JOIN \"main\".\"items\" AS \"items_2\" ON items_2.order_id = orders_2.id"
                        "\nWHERE (items_2.id = 1)");
}

/* ---- what is refused ---- */

static void names_that_are_unknown_or_double_are_refused(void **state)
{
    static const struct {
        const char *measures, *by, *code, *hint;
    } rows[] = {
        { "revenu", "", "unknown-name", "did you mean revenue?" },
        { "status", "", "unknown-name", "choose one of revenue, number of orders" },
        { "", "regio", "unknown-name", "did you mean region?" },
        { "", "revenue", "unknown-name", "choose one of status, day, any time, region, large, end" },
        { "", "da:month", "unknown-name", "did you mean day?" },
        { "", "day:week", "unknown-name", "choose one of month, year" },
        { "", "day:moth", "unknown-name", "did you mean month?" },
        { "", "day:", "unknown-name", NULL },
        { "", "end:fortnight", "unknown-name", "choose one of year, quarter, month, week, day, hour, minute, second" },
        { "", "region:day", "unknown-name", "only times have grains" },
        { "", "day,DAY", "duplicate-name", "name each column once" },
        { "", "day:month,day:MONTH", "duplicate-name", "name each column once" },
        { "revenue,revenue", "", "duplicate-name", "name each column once" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *row = made_of("%s by %s", rows[i].measures, rows[i].by);

        check_true(row, sql_of(given_config(sales), rows[i].measures, rows[i].by, NULL) == NULL);
        check_true(row, has_problem(DUCKALOG_ERROR, rows[i].code, 0, 0, NULL));
        if (rows[i].hint != NULL)
            check_text(row, hint_of(rows[i].code), rows[i].hint);
    }
    table_ends();
}

static void every_problem_of_a_question_is_told_at_once(void **state)
{
    (void)state;
    assert_null(sql_of(given_config(sales), "revenu", "regio,day:week", "revenue > 1 AND \"number of orders\" > 1"));
    expect_errors(5);
}

static void model_of_nothing_answers_nothing(void **state)
{
    (void)state;
    assert_null(sql_of(given_config(VIEWS "semantic_models: [{name: m, base_view: orders}]\n"), "", "", NULL));
    expect_problem("nothing-asked", 0, 0, NULL);
}

/* ---- through the library ---- */

static void calls_that_are_wrong_are_told_by_their_status(void **state)
{
    static const char *const nothing[] = { NULL };
    const struct duckalog_config *config = given_config(sales);
    duckalog_report *report = NULL;
    duckalog_model_query query;
    char *sql = NULL;

    (void)state;
    duckalog_model_query_init(NULL);
    duckalog_model_query_init(&query);
    assert_int_equal(duckalog_model_sql(config, &query, &sql, &report), DUCKALOG_USAGE);
    query.model = "m";
    assert_int_equal(duckalog_model_sql(NULL, &query, &sql, &report), DUCKALOG_USAGE);
    assert_int_equal(duckalog_model_sql(config, NULL, &sql, &report), DUCKALOG_USAGE);
    assert_int_equal(duckalog_model_sql(config, &query, NULL, &report), DUCKALOG_USAGE);
    query.measure_count = 1;
    assert_int_equal(duckalog_model_sql(config, &query, &sql, &report), DUCKALOG_USAGE);
    query.measures = nothing;
    assert_int_equal(duckalog_model_sql(config, &query, &sql, &report), DUCKALOG_USAGE);
    query.measure_count = 0;
    query.size--;
    assert_int_equal(duckalog_model_sql(config, &query, &sql, &report), DUCKALOG_USAGE);
    query.size++;
    assert_null(report);
    query.model = "n";
    assert_int_equal(duckalog_model_sql(config, &query, &sql, &report), DUCKALOG_CONFIG);
    assert_int_equal(duckalog_report_errors(report), 1);
    assert_string_equal(duckalog_report_get(report, 0)->hint, "did you mean M?");
    duckalog_report_free(report);
    assert_null(sql);
}

static void secret_values_are_masked_unless_they_are_asked_for(void **state)
{
    const struct duckalog_config *config =
        given_config("version: 1\nduckdb:\n  secrets: [{type: http, bearer_token: canary-token}]\n"
                     "views: [{name: v, sql: SELECT 1}]\nsemantic_models:\n- {name: m, base_view: v, "
                     "measures: [{name: a, expression: \"count(*) FILTER (t = 'canary-token')\"}]}\n");
    duckalog_model_query query;

    (void)state;
    duckalog_model_query_init(&query);
    query.model = "m";
    for (int shown = 0; shown < 2; shown++) {
        char *sql = NULL;

        query.include_secrets = shown;
        assert_int_equal(duckalog_model_sql(config, &query, &sql, NULL), DUCKALOG_OK);
        assert_int_equal(strstr(sql, "canary") != NULL, shown);
        assert_int_equal(strstr(sql, "'***'") != NULL, !shown);
        duckalog_string_free(sql);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_become_one_select_each),
        cmocka_unit_test(model_says_what_is_measured_when_the_question_does_not),
        cmocka_unit_test(names_are_quoted_where_they_are_ours),
        cmocka_unit_test(catalog_stands_before_views_when_it_is_given),
        cmocka_unit_test(names_of_dimensions_stand_for_their_expressions),
        cmocka_unit_test(condition_on_a_measure_is_refused_with_a_way_out),
        cmocka_unit_test(default_filters_hold_for_every_question),
        cmocka_unit_test(joins_that_nothing_needs_are_left_out_when_they_are_left_joins),
        cmocka_unit_test(join_that_is_left_out_is_told),
        cmocka_unit_test(view_that_is_joined_again_gets_a_number),
        cmocka_unit_test(names_that_are_unknown_or_double_are_refused),
        cmocka_unit_test(every_problem_of_a_question_is_told_at_once),
        cmocka_unit_test(model_of_nothing_answers_nothing),
        cmocka_unit_test(calls_that_are_wrong_are_told_by_their_status),
        cmocka_unit_test(secret_values_are_masked_unless_they_are_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
