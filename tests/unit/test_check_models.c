/*
 * Checks of semantic models (src/config/check_models.c): sections 3.8 and 11 of config-language.md, and the decisions
 * D-33 and D-39.
 */
#include "given.h"

#include "config/models.h"

#include <string.h>

#define VIEWS "version: 1\nduckdb: {}\nviews:\n- {name: v, sql: SELECT 1}\n- {name: W, db_schema: s, sql: SELECT 1}\n"

/* A model on the view v, with these keys. */
static const char *with_model(const char *keys)
{
    return made_of(VIEWS "semantic_models:\n- {name: m, base_view: v, %s}\n", keys);
}

struct row {
    const char *keys, *code, *path;
};

/* Each accepted without a word (no code), or refused with the code at the path. */
static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool accepted = config_is_accepted(with_model(rows[i].keys));

        if (rows[i].code == NULL)
            check_true(rows[i].keys, accepted && duckalog_report_count(given_report_now()) == 0);
        else
            check_true(rows[i].keys, !accepted && duckalog_report_errors(given_report_now()) == 1 &&
                                         has_problem(DUCKALOG_ERROR, rows[i].code, 0, 0, rows[i].path));
    }
    table_ends();
}

/* ---- keys ---- */

static void parts_need_what_belongs_to_them(void **state)
{
    static const struct row rows[] = {
        { "dimensions: []", NULL, NULL },
        { "label: l, description: d, tags: [a, b]", NULL, NULL },
        { "dimensions: [{name: a, expression: x}]", NULL, NULL },
        { "dimensions: [{name: a}]", "missing-key", "semantic_models[0].dimensions[0].expression" },
        { "dimensions: [{expression: a}]", "missing-key", "semantic_models[0].dimensions[0].name" },
        { "dimensions: [{name: ' ', expression: x}]", "blank", "semantic_models[0].dimensions[0].name" },
        { "dimensions: [{name: a, expression: ' '}]", "blank", "semantic_models[0].dimensions[0].expression" },
        { "dimensions: [{name: a, expression: x, type: ' TIME '}]", NULL, NULL },
        { "dimensions: [{name: a, expression: x, type: ~}]", NULL, NULL },
        { "dimensions: [{name: a, expression: x, type: ''}]", "unknown-value",
          "semantic_models[0].dimensions[0].type" },
        { "dimensions: [{name: a, expression: x, type: text}]", "unknown-value",
          "semantic_models[0].dimensions[0].type" },
        { "measures: [{name: a, expression: sum(x), type: anything at all}]", NULL, NULL },
        { "measures: [{name: a, expression: sum(x), type: ''}]", NULL, NULL },
        { "measures: [{name: a, expression: sum(x), aggregation: sum}]", "unknown-key",
          "semantic_models[0].measures[0].aggregation" },
        { "joins: [{to_view: v, type: ' Left ', on_condition: true}]", NULL, NULL },
        { "joins: [{to_view: v, on_condition: true}]", "missing-key", "semantic_models[0].joins[0].type" },
        { "joins: [{to_view: v, type: cross, on_condition: true}]", "unknown-value",
          "semantic_models[0].joins[0].type" },
        { "joins: [{to_view: v, type: left}]", "missing-key", "semantic_models[0].joins[0].on_condition" },
        { "dimensionss: []", "unknown-key", "semantic_models[0].dimensionss" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void grains_belong_to_dimensions_of_the_type_time(void **state)
{
    static const struct row rows[] = {
        { "dimensions: [{name: a, expression: x, type: time, time_grains: [year, ' Month ', day, day]}]", NULL, NULL },
        { "dimensions: [{name: a, expression: x, time_grains: []}]", NULL, NULL },
        { "dimensions: [{name: a, expression: x, time_grains: [day]}]", "combination",
          "semantic_models[0].dimensions[0].time_grains" },
        { "dimensions: [{name: a, expression: x, type: date, time_grains: [day]}]", "combination",
          "semantic_models[0].dimensions[0].time_grains" },
        { "dimensions: [{name: a, expression: x, type: time, time_grains: [days]}]", "unknown-value",
          "semantic_models[0].dimensions[0].time_grains[0]" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

/* ---- names ---- */

static void d33_names_are_there_once_whatever_their_case(void **state)
{
    static const struct row rows[] = {
        { "dimensions: [{name: a, expression: x}, {name: A, expression: y}]", "duplicate-name",
          "semantic_models[0].dimensions[1].name" },
        { "measures: [{name: a, expression: x}, {name: ' a', expression: y}]", "duplicate-name",
          "semantic_models[0].measures[1].name" },
        { "dimensions: [{name: a, expression: x}], measures: [{name: A, expression: y}]", "duplicate-name",
          "semantic_models[0].measures[0].name" },
        { "dimensions: [{name: a, expression: x}], measures: [{name: b, expression: y}]", NULL, NULL },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
    given_bad_config(VIEWS "semantic_models:\n- {name: m, base_view: v}\n- {name: n, base_view: v}\n"
                           "- {name: M, base_view: v}\n");
    expect_problem("duplicate-name", 9, 10, "semantic_models[2].name");
    expect_errors(1);
}

static void second_name_tells_where_the_first_one_is(void **state)
{
    (void)state;
    given_bad_config(VIEWS
                     "semantic_models:\n- name: m\n  base_view: v\n  dimensions:\n  - name: a\n    expression: x\n"
                     "  measures:\n  - name: A\n    expression: x\n");
    expect_problem("duplicate-name", 13, 11, "semantic_models[0].measures[0].name");
    assert_non_null(strstr(duckalog_report_get(given_report_now(), 0)->message, "line 10, column 11"));
}

/* ---- views ---- */

static const char *base_of(const char *reference)
{
    const struct view *base = config_model(given_config(made_of("version: 1\nduckdb: {}\nviews:\n"
                                                                "- {name: a, sql: SELECT 1}\n"
                                                                "- {name: Only, db_schema: s, sql: SELECT 1}\n"
                                                                "- {name: a, db_schema: s, sql: SELECT 1}\n"
                                                                "- {name: x.y, sql: SELECT 1}\n"
                                                                "- {name: y, db_schema: x, sql: SELECT 1}\n"
                                                                "- {name: p.q, db_schema: s, sql: SELECT 1}\n"
                                                                "- {name: n, db_schema: k.l, sql: SELECT 1}\n"
                                                                "- {name: dotted.name, sql: SELECT 1}\n"
                                                                "- {name: case, db_schema: s, sql: SELECT 1}\n"
                                                                "- {name: CASE, db_schema: t, sql: SELECT 1}\n"
                                                                "semantic_models:\n- {name: m, base_view: '%s'}\n",
                                                                reference)),
                                           "M")
                                  ->base;

    return made_of("%s|%s", view_schema(base), base->name);
}

static void d39_references_find_views_wherever_their_dots_are(void **state)
{
    static const char *const rows[][2] = {
        { "a", "main|a" },
        { " A ", "main|a" },
        { "main.a", "main|a" }, /* D-33 */
        { "s.a", "s|a" },
        { "S.A", "s|a" },
        { "only", "s|Only" }, /* one of that name, in any schema */
        { "s.only", "s|Only" },
        { "x.y", "x|y" }, /* the first dot, as in Duckalog (Python) */
        { "main.x.y", "main|x.y" },
        { "\"x.y\"", "main|x.y" },
        { "main.\"x.y\"", "main|x.y" },
        { "\"x\".\"y\"", "x|y" },
        { "dotted.name", "main|dotted.name" },
        { "s.p.q", "s|p.q" },
        { "p.q", "s|p.q" },
        { "\"p.q\"", "s|p.q" },
        { "s.\"P.Q\"", "s|p.q" },
        { "k.l.n", "k.l|n" },
        { "\"k.l\".n", "k.l|n" },
        { "\"k.l\" . \"n\"", "k.l|n" },
        { "case", "s|case" }, /* Duckalog (Python) compares case */
        { "CASE", "t|CASE" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], base_of(rows[i][0]), rows[i][1]);
    table_ends();
}

static void references_to_no_view_or_to_several_are_refused(void **state)
{
    (void)state;
    given_bad_config(
        "version: 1\nduckdb: {}\nviews:\n- {name: sales, sql: SELECT 1}\n"
        "- {name: t, db_schema: a, sql: SELECT 1}\n- {name: T, db_schema: b, sql: SELECT 1}\n"
        "semantic_models:\n"
        "- {name: m, base_view: sale, joins: [{to_view: Tt, type: left, on_condition: true},\n"
        "   {to_view: T.t, type: left, on_condition: true}, {to_view: a.t, type: left, on_condition: true}]}\n"
        "- {name: n, base_view: nothing at all}\n"
        "- {name: o, base_view: '\"t\"'}\n");
    expect_problem("reference", 8, 24, "semantic_models[0].base_view");
    assert_string_equal(hint_of("reference"), "did you mean sales?");
    expect_problem("reference", 8, 48, "semantic_models[0].joins[0].to_view");
    expect_problem("reference", 9, 14, "semantic_models[0].joins[1].to_view");
    expect_problem("reference", 10, 24, "semantic_models[1].base_view");
    expect_problem("ambiguous", 11, 24, "semantic_models[2].base_view");
    assert_string_equal(hint_of("ambiguous"), "write the schema in front, as in a.t");
    expect_errors(5);
}

/* The view that is meant may be the one that could not be read. */
static void views_that_can_not_be_read_are_not_missing_too(void **state)
{
    (void)state;
    given_bad_config("version: 1\nduckdb: {}\nviews: [{nam: v, sql: SELECT 1}]\n"
                     "semantic_models: [{name: m, base_view: v}]\n");
    assert_false(has_problem(DUCKALOG_ERROR, "reference", 0, 0, NULL));
}

/* ---- expressions ---- */

static void expressions_are_one_each(void **state)
{
    static const struct row rows[] = {
        { "measures: [{name: a, expression: \"sum(x) FILTER (y = ',;(' AND z[1:2] = {'a': 1}) -- no comment (\"}]",
          NULL, NULL },
        { "measures: [{name: a, expression: 'sum(x);'}]", "sql", "semantic_models[0].measures[0].expression" },
        { "measures: [{name: a, expression: 'sum(x), sum(y)'}]", "sql", "semantic_models[0].measures[0].expression" },
        { "measures: [{name: a, expression: 'sum(x'}]", "sql", "semantic_models[0].measures[0].expression" },
        { "measures: [{name: a, expression: 'x) + (y'}]", "sql", "semantic_models[0].measures[0].expression" },
        { "measures: [{name: a, expression: 'list(x[1)'}]", "sql", "semantic_models[0].measures[0].expression" },
        { "measures: [{name: a, expression: '-- nothing'}]", "sql", "semantic_models[0].measures[0].expression" },
        { "dimensions: [{name: a, expression: \"'x\"}]", "sql", "semantic_models[0].dimensions[0].expression" },
        { "dimensions: [{name: a, expression: 'x /* y'}]", "sql", "semantic_models[0].dimensions[0].expression" },
        { "joins: [{to_view: v, type: left, on_condition: 'a = b; DROP TABLE x'}]", "sql",
          "semantic_models[0].joins[0].on_condition" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

/* ---- defaults ---- */

#define PARTS                                                                                                          \
    "dimensions: [{name: Day, expression: d, type: time}, {name: region, expression: r}, {name: '7', expression: "     \
    "s}], "                                                                                                            \
    "measures: [{name: revenue, expression: sum(x)}], defaults: "

static void defaults_name_parts_of_the_model(void **state)
{
    static const struct row rows[] = {
        { PARTS "{}", NULL, NULL },
        { PARTS "~", NULL, NULL },
        { PARTS "{time_dimension: day, primary_measure: ' Revenue '}", NULL, NULL },
        { PARTS "{time_dimension: dya}", "reference", "semantic_models[0].defaults.time_dimension" },
        { PARTS "{time_dimension: region}", "reference", "semantic_models[0].defaults.time_dimension" },
        { PARTS "{time_dimension: revenue}", "reference", "semantic_models[0].defaults.time_dimension" },
        { PARTS "{time_dimension: ''}", "blank", "semantic_models[0].defaults.time_dimension" },
        { PARTS "{primary_measure: day}", "reference", "semantic_models[0].defaults.primary_measure" },
        { PARTS "{default_filters: [{dimension: region, value: x}, {dimension: 7, value: 7}]}", NULL, NULL },
        { PARTS "{default_filters: [{dimension: regio}]}", "reference",
          "semantic_models[0].defaults.default_filters[0].dimension" },
        { PARTS "{default_filters: [{dimension: revenue}]}", "reference",
          "semantic_models[0].defaults.default_filters[0].dimension" },
        { PARTS "{default_filters: [{dimension: [region]}]}", "type",
          "semantic_models[0].defaults.default_filters[0].dimension" },
        { PARTS "{default_filters: [{dimension: {a: 1}}]}", "type",
          "semantic_models[0].defaults.default_filters[0].dimension" },
        { PARTS "{default_filters: [region]}", "type", "semantic_models[0].defaults.default_filters[0]" },
        { PARTS "{default_filters: {dimension: region}}", "type", "semantic_models[0].defaults.default_filters" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

/* Duckalog (Python) takes any key and value there: such a config stays good, and is told what is not applied. */
static void filters_that_are_no_condition_are_warnings(void **state)
{
    static const struct {
        const char *filter;
        bool applied;
    } rows[] = {
        { "{dimension: region, value: x, note: y}", true },
        { "{dimension: REGION, operator: ' Is   NOT null '}", true },
        { "{dimension: region, operator: NOT IN, value: [a, 1, true]}", true },
        { "{dimension: region, operator: in, value: a}", true },
        { "{dimension: region, operator: between, value: [1, 2]}", true },
        { "{dimension: region, operator: ~, value: 1}", true },
        { "{}", false },
        { "{value: 1}", false },
        { "{dimension: ~, value: 1}", false },
        { "{dimension: '', value: 1}", false },
        { "{dimension: [], value: 1}", false },
        { "{dimension: region}", false },
        { "{dimension: region, value: ~}", false },
        { "{dimension: region, op: '>', value: ~}", false },
        { "{dimension: region, operator: equals, value: 1}", false },
        { "{dimension: region, operator: [in], value: 1}", false },
        { "{dimension: region, operator: is, value: 1}", false },
        { "{dimension: region, operator: is not, value: 1}", false },
        { "{dimension: region, operator: '', value: 1}", false },
        { "{dimension: region, operator: in, value: []}", false },
        { "{dimension: region, operator: in, value: [~]}", false },
        { "{dimension: region, operator: in, value: {a: 1}}", false },
        { "{dimension: region, operator: between, value: 1}", false },
        { "{dimension: region, operator: between, value: [1, 2, 3]}", false },
        { "{dimension: region, operator: between, value: [1, [2]]}", false },
        { "{dimension: region, operator: '<', value: [1]}", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_true(rows[i].filter,
                   config_is_accepted(with_model(made_of(PARTS "{default_filters: [%s]}", rows[i].filter))));
        check_true(rows[i].filter, has_problem(DUCKALOG_WARNING, "filter-ignored", 0, 0,
                                               "semantic_models[0].defaults.default_filters[0]") != rows[i].applied);
    }
    table_ends();
}

static void every_problem_of_a_model_is_told_at_once(void **state)
{
    (void)state;
    given_bad_config(VIEWS "semantic_models:\n"
                           "- name: m\n"
                           "  base_view: nowhere\n"
                           "  dimensions:\n"
                           "  - {name: a, expression: 'x)', type: number, time_grains: [day]}\n"
                           "  - {name: A, expression: y}\n"
                           "  joins:\n"
                           "  - {to_view: w2, type: left, on_condition: ';'}\n"
                           "  defaults: {time_dimension: a, primary_measure: p, default_filters: [{dimension: z}]}\n");
    expect_problem("reference", 8, 14, "semantic_models[0].base_view");
    expect_problem("sql", 10, 27, "semantic_models[0].dimensions[0].expression");
    expect_problem("combination", 10, 60, "semantic_models[0].dimensions[0].time_grains");
    expect_problem("duplicate-name", 11, 12, "semantic_models[0].dimensions[1].name");
    expect_problem("reference", 13, 15, "semantic_models[0].joins[0].to_view");
    expect_problem("sql", 13, 45, "semantic_models[0].joins[0].on_condition");
    expect_problem("reference", 14, 30, "semantic_models[0].defaults.time_dimension");
    expect_problem("reference", 14, 50, "semantic_models[0].defaults.primary_measure");
    expect_problem("reference", 14, 83, "semantic_models[0].defaults.default_filters[0].dimension");
    expect_errors(9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_need_what_belongs_to_them),
        cmocka_unit_test(grains_belong_to_dimensions_of_the_type_time),
        cmocka_unit_test(d33_names_are_there_once_whatever_their_case),
        cmocka_unit_test(second_name_tells_where_the_first_one_is),
        cmocka_unit_test(d39_references_find_views_wherever_their_dots_are),
        cmocka_unit_test(references_to_no_view_or_to_several_are_refused),
        cmocka_unit_test(views_that_can_not_be_read_are_not_missing_too),
        cmocka_unit_test(expressions_are_one_each),
        cmocka_unit_test(defaults_name_parts_of_the_model),
        cmocka_unit_test(filters_that_are_no_condition_are_warnings),
        cmocka_unit_test(every_problem_of_a_model_is_told_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
