/*
 * SQL templates (src/config/template.c): what stands for what, which braces are left alone, and where problems and
 * DuckDB's messages are (config-language.md section 8, D-31).
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/template.h"

#include <string.h>

static struct arena *arena;

/* What the tests put in, as a config would have it. */
static const char given_variables[] = "a: aa\n"
                                      "b: \"{{a}}\"\n"
                                      "quote: it's\n"
                                      "name: my \"col\"\n"
                                      "empty: ''\n"
                                      "nothing: null\n"
                                      "yes_it_is: true\n"
                                      "no_it_is_not: no\n"
                                      "text_true: 'true'\n"
                                      "whole: 42\n"
                                      "hex: 0x1F\n"
                                      "decimal: 100.50\n"
                                      "large: 1.0e+20\n"
                                      "date: 2024-01-02\n"
                                      "list: [1, x, true, null, [2.5, \"it's\"]]\n"
                                      "map: {a: 1, \"b c\": {d: [e]}}\n"
                                      "no_items: []\n"
                                      "no_keys: {}\n"
                                      "a-b: hyphen\n"
                                      "' c ': blanks\n"
                                      "'e|literal': bar\n"
                                      "\xC3\xA4\xE6\x97\xA5: letters\n"
                                      "'7': seven\n";

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

static const struct value *values_of(const char *yaml)
{
    static const struct source source = { "config.yaml", "/" };
    struct value *values = arena_alloc(arena, sizeof(*values));
    struct duckalog_report *report = given_report();
    struct node *node = yaml_read(arena, &source, yaml, strlen(yaml), report);

    assert_non_null(node);
    assert_true(value_read(arena, node, "variables", report, values));
    return values;
}

static struct node *text_node(const char *sql)
{
    static const struct source source = { "view.sql", "/" };
    struct node *node = node_create(arena, &source, NODE_SCALAR, (struct position){ "view.sql", 1, 1 });

    node->text = sql;
    node->text_line = node->text_column = node->text_indent = 1;
    return node;
}

static const struct node *filled_with(const char *sql, const char *variables)
{
    const struct value *values = variables == NULL ? NULL : values_of(variables);

    return template_fill(arena, text_node(sql), values, given_report());
}

static const struct node *filled(const char *sql)
{
    return filled_with(sql, given_variables);
}

static const char *text_of(const struct node *node)
{
    return node == NULL ? "refused" : node->text;
}

static void placeholders_are_replaced(void **state)
{
    static const char *const rows[][3] = {
        { "nothing", "", "" },
        { "no placeholder", "SELECT 1", "SELECT 1" },
        { "one", "SELECT {{a}}", "SELECT aa" },
        { "one alone", "{{a}}", "aa" },
        { "several", "{{a}}{{a}} {{whole}}", "aaaa 42" },
        { "with blanks", "{{ a }} {{a\t}} {{\n  a\n}}", "aa aa aa" },
        { "in quotes and comments", "'{{a}}' \"{{a}}\" -- {{a}}\n/* {{a}} */ $$ {{a}} $$",
          "'aa' \"aa\" -- aa\n/* aa */ $$ aa $$" },
        { "in an unclosed quote", "'{{a}}", "'aa" },
        { "inside of a word", "t_{{a}}_2024", "t_aa_2024" },
        { "never looked at again", "{{b}} {{a}}", "{{a}} aa" },
        { "raw", "{{quote}} {{name}}", "it's my \"col\"" },
        { "empty", "[{{empty}}]", "[]" },
        { "NULL", "{{nothing}}", "NULL" },
        { "booleans", "{{yes_it_is}} {{no_it_is_not}} {{text_true}}", "true false true" },
        { "numbers", "{{whole}} {{hex}} {{decimal}} {{large}}", "42 31 100.5 1e+20" },
        { "a date", "DATE '{{date}}'", "DATE '2024-01-02'" },
        { "a list", "{{list}}", "[1, 'x', true, NULL, [2.5, 'it''s']]" },
        { "a map", "{{map}}", "{'a': 1, 'b c': {'d': ['e']}}" },
        { "an empty list and map", "{{no_items}} {{no_keys}}", "[] MAP {}" },
        { "names beyond ASCII", "{{\xC3\xA4\xE6\x97\xA5}}", "letters" },
        { "a name of digits", "{{7}}", "seven" },
        { "what a variable is called", "{{a-b}} {{ a-b }}", "hyphen hyphen" },
        { "with its blanks", "{{ c }}", "blanks" },
        { "with its bar", "{{e|literal}}", "bar" },
        { "three braces", "{{{a}}}", "{aa}" },
        { "a struct of it", "{'x': {{whole}}}", "{'x': 42}" },
        { "in a struct of a map", "MAP {{'x': {{whole}}}: 2}", "MAP {{'x': 42}: 2}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(rows[i][0], text_of(filled(rows[i][1])), rows[i][2]);
        check_number(rows[i][0], (long long)duckalog_report_count(given_report_now()), 0);
    }
    table_ends();
}

static void filters_quote(void **state)
{
    static const char *const rows[][3] = {
        { "a literal", "{{quote|literal}}", "'it''s'" },
        { "with blanks", "{{ quote | literal }}", "'it''s'" },
        { "an empty literal", "{{empty|literal}}", "''" },
        { "a literal of what is no text", "{{whole|literal}} {{nothing|literal}} {{yes_it_is|literal}}",
          "42 NULL true" },
        { "a text that looks otherwise", "{{text_true|literal}} {{date|literal}}", "'true' '2024-01-02'" },
        { "a literal of a list", "{{list|literal}}", "[1, 'x', true, NULL, [2.5, 'it''s']]" },
        { "a literal of a variable with a hyphen", "{{a-b|literal}}", "'hyphen'" },
        { "a literal that looks like a placeholder", "{{b|literal}}", "'{{a}}'" },
        { "a name", "{{name|identifier}}", "\"my \"\"col\"\"\"" },
        { "a name of digits", "{{whole|identifier}}", "\"42\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(rows[i][0], text_of(filled(rows[i][1])), rows[i][2]);
        check_number(rows[i][0], (long long)duckalog_report_count(given_report_now()), 0);
    }
    table_ends();
}

static void problems_have_their_place(void **state)
{
    static const struct {
        const char *name, *sql, *code;
        unsigned line, column;
    } rows[] = {
        { "no variable", "SELECT\n  {{c}}", "template-variable", 2, 3 },
        { "behind letters of several bytes", "SELECT '\xC3\xA4\xC3\xA4', {{c}}", "template-variable", 1, 14 },
        { "in a line comment", "-- {{c}}", "template-variable", 1, 4 },
        { "in a comment", "/*\n{{c}} */", "template-variable", 2, 1 },
        { "in quotes", "'{{c}}'", "template-variable", 1, 2 },
        { "of a filter", "{{c|literal}}", "template-variable", 1, 1 },
        { "no filter", "a {{a|upper}}", "template-filter", 1, 3 },
        { "no filter in quotes", "'{{a|upper}}'", "template-filter", 1, 2 },
        { "two filters", "{{a|literal|literal}}", "template", 1, 1 },
        { "a filter without a name", "{{a|}}", "template", 1, 1 },
        { "an empty name", "{{empty|identifier}}", "template-filter", 1, 1 },
        { "a list as a name", "{{list|identifier}}", "template-filter", 1, 1 },
        { "NULL as a name", "{{nothing|identifier}}", "template-filter", 1, 1 },
        { "two words", "SELECT {{a b}}", "template", 1, 8 },
        { "a hyphen", "{{a-c}}", "template", 1, 1 },
        { "a dot", "{{a.b}}", "template", 1, 1 },
        { "a cast", "{{a::int}}", "template", 1, 1 },
        { "nothing between", "{{}}", "template", 1, 1 },
        { "blanks between", "{{ }}", "template", 1, 1 },
        { "quotes between", "{{'a'}}", "template", 1, 1 },
        { "a struct between", "{{'a': 1}}", "template", 1, 1 },
        { "no end", "SELECT {{a", "template", 1, 8 },
        { "no end, then another", "SELECT {{a, {{a}}", "template", 1, 8 },
        { "one brace at the end", "SELECT {{a}, 1", "template", 1, 8 },
        { "a cast and one brace", "SELECT {{a::int}", "template", 1, 8 },
        { "an end in a quote", "SELECT {{a '}}'", "template", 1, 8 },
        { "four braces", "{{{{a}}}}", "template", 1, 1 },
        { "in a map", "MAP {{'x': {{a b}}}: 2}", "template", 1, 12 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(rows[i].name, text_of(filled(rows[i].sql)), "refused");
        check_true(made_of("%s: has its place", rows[i].name),
                   has_problem(DUCKALOG_ERROR, rows[i].code, rows[i].line, rows[i].column, NULL));
        check_number(rows[i].name, (long long)duckalog_report_count(given_report_now()), 1);
    }
    table_ends();
}

static void shapes_in_quotes_and_comments_are_told_and_stay(void **state)
{
    static const char *const rows[] = { "'{{a b}}'",        "\"{{a b}}\"",         "-- {{a b}}\nSELECT 1",
                                        "/* {{a b}} */",    "E'\\'{{a b}}'",       "$$ {{a b}} $$",
                                        "$x$ {{a b}} $x$",  "SELECT 1 -- {{a.b}}", "'{{\"a\": 1}}'",
                                        "'{{a b}} {{a b }'" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(rows[i], text_of(filled(rows[i])), rows[i]);
        check_true(rows[i], has_problem(DUCKALOG_WARNING, "template", 0, 0, NULL));
        check_number(rows[i], (long long)duckalog_report_count(given_report_now()), 1);
    }
    table_ends();
}

static void other_braces_are_left_alone(void **state)
{
    static const char *const rows[] = {
        "{a}",
        "{ {a} }",
        "SELECT {'a': {'b': 1}}",
        "SELECT {'a': {'b': {'c': 1}}}",
        "SELECT MAP {{'a': 1}: 2}",
        "SELECT MAP {{a: 1}: 2}",
        "SELECT MAP {{'a': 1}: {'b': {'c': 2}}}",
        "SELECT MAP {{'a': {'b': 1}}: 2}",
        "SELECT MAP {{'a': '}}'}: 2}",
        "SELECT MAP {{'a': '{'}: 2}",
        "SELECT MAP {{'a': 1}: 2, {'a': 2}: {'b': 3}}",
        "SELECT MAP {{'a': /* }} */ 1}: 2}",
        "SELECT MAP {MAP {{'a': 1}: 2}: 3}",
        "SELECT MAP {{'a': 1::int}: 'x' || 'y'}",
        "SELECT format('{{}}')",
        "SELECT format('{{{}}}', 1)",
        "SELECT '{{', '}}'",
        "SELECT '{\"a\": {\"b\": {}}}'",
        "SELECT '{{a}'",
        "-- {{a",
        "}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(rows[i], text_of(filled(rows[i])), rows[i]);
        check_number(rows[i], (long long)duckalog_report_count(given_report_now()), 0);
    }
    table_ends();
}

/* A quote in what is called a variable is none of the SQL. */
static void placeholder_hides_nothing_of_the_sql_around(void **state)
{
    (void)state;
    assert_null(filled_with("{{it's}} {{a b}}", "{\"it's\": x}"));
    expect_problem("template", 1, 10, NULL);
    assert_null(filled_with("-- {{\nx\n}} {{a b}}'", "{x: y}"));
    expect_problem("template", 3, 4, NULL);
}

static void missing_variable_is_told_with_those_that_there_are(void **state)
{
    (void)state;
    assert_null(filled_with("{{regoin}}", "{region: EU, year: 2024}"));
    assert_string_equal(duckalog_report_get(given_report_now(), 0)->message,
                        "the placeholder {{regoin}} has no variable");
    assert_string_equal(hint_of("template-variable"), "did you mean region? the variables are: region, year");
    assert_null(filled_with("{{x}}", NULL));
    assert_string_equal(hint_of("template-variable"), "give it one under `variables`");
    assert_null(filled_with("{{x}}", "{}"));
    assert_string_equal(hint_of("template-variable"), "give it one under `variables`");
    assert_null(filled("{{unheard_of}}"));
    assert_non_null(strstr(hint_of("template-variable"), "no_keys, a-b,  c , …"));
    assert_null(filled("{{a | litteral}}"));
    assert_string_equal(hint_of("template-filter"), "did you mean literal?");
    assert_null(filled("{{a | upper}}"));
    assert_string_equal(hint_of("template-filter"), "the filters are literal and identifier");
}

static void values_are_never_told(void **state)
{
    (void)state;
    assert_null(filled_with("{{a|identifier}} {{b|upper}} {{c}}", "{a: [open-sesame], b: open-sesame}"));
    expect_errors(3);
    expect_nowhere("sesame");
}

static void every_problem_is_told_up_to_a_hundred(void **state)
{
    struct text text = text_in(arena);

    (void)state;
    assert_null(filled("{{x}} {{y z}} {{a|b}} {{x}}"));
    expect_errors(4);
    for (int i = 0; i < 1000; i++)
        text_add(&text, "{{x}} ");
    assert_null(filled(text_string(&text)));
    expect_errors(100);
}

static void expect_place(const struct node *node, const char *of, unsigned line, unsigned column)
{
    const char *found = strstr(node->text, of);
    struct position place;

    if (found == NULL) {
        check_true(of, false);
        return;
    }
    place = node_place_in_text(node, (size_t)(found - node->text));
    check_text(of, place.file, "view.sql");
    check_number(made_of("the line of %s", of), place.line, line);
    check_number(made_of("the column of %s", of), place.column, column);
}

static void places_in_the_result_are_those_of_the_file(void **state)
{
    const struct node *node = filled_with("SELECT {{long}} AS first,\n  '\xC3\xA4' AS second, {{none}}{{long}}third\n"
                                          "{{none}}fourth, fifth -- {{ long }}",
                                          "{long: \"1 +\\n  22 +\\n  333\", none: ''}");

    (void)state;
    assert_non_null(node);
    expect_place(node, "SELECT", 1, 1);
    expect_place(node, "1 +", 1, 8);
    expect_place(node, "22 +", 1, 8);
    expect_place(node, "333", 1, 8);
    expect_place(node, " AS first", 1, 16);
    expect_place(node, "second", 2, 10);
    expect_place(node, "third", 2, 34);
    expect_place(node, "fourth", 3, 9);
    expect_place(node, "fifth", 3, 17);
    expect_place(node, "-- 1", 3, 23);
    assert_int_equal(node_place_in_text(node, strlen(node->text)).line, 3);
    assert_int_equal(node_place_in_text(node, strlen(node->text)).column, 36);
    assert_int_equal(node_place_in_text(node, strlen(node->text) - 1).column, 26);
    table_ends();
}

static void result_has_its_limit(void **state)
{
    enum { LONG = 1024 * 1024 };
    struct text variables = text_in(arena);
    struct text sql = text_in(arena);

    (void)state;
    text_add(&variables, "x: ");
    for (int i = 0; i < LONG; i++)
        text_add_char(&variables, 'x');
    for (int i = 0; i < 1000; i++)
        text_add(&sql, "{{x}} {{x}} {{y}} ");
    assert_null(filled_with(text_string(&sql), text_string(&variables)));
    expect_problem("too-large", 1, 1, NULL);
}

/* Each of them takes minutes when a part of it is looked through again and again. */
static void any_text_is_filled_in_one_pass(void **state)
{
    static const char *const parts[] = { "{",  "{{", "{{a",    "{{a:",    "{{a ", "{{'", "'",
                                         "a ", "}",  "{{a}} ", "{{a-c} ", "/*",   "{a" };
    enum { TIMES = 200 * 1000 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        struct text text = text_in(arena);
        double start;

        for (int n = 0; n < TIMES; n++)
            text_add(&text, parts[i]);
        text_add(&text, "'{{");
        start = processor_ms();
        filled(text_string(&text));
        check_true(parts[i], processor_ms() - start < 2000);
    }
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_replaced),
        cmocka_unit_test(filters_quote),
        cmocka_unit_test(problems_have_their_place),
        cmocka_unit_test(shapes_in_quotes_and_comments_are_told_and_stay),
        cmocka_unit_test(other_braces_are_left_alone),
        cmocka_unit_test(placeholder_hides_nothing_of_the_sql_around),
        cmocka_unit_test(missing_variable_is_told_with_those_that_there_are),
        cmocka_unit_test(values_are_never_told),
        cmocka_unit_test(every_problem_is_told_up_to_a_hundred),
        cmocka_unit_test(places_in_the_result_are_those_of_the_file),
        cmocka_unit_test(result_has_its_limit),
        cmocka_unit_test(any_text_is_filled_in_one_pass),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
