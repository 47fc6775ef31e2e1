/*
 * ${env:…} (src/config/interpolate.c): the grammar of config-language.md section 4, with D-9's escape, nested defaults
 * and refusals.
 */
#include "given.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/interpolate.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static struct redactor *redactor;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_create(ARENA_PLAIN);
    redactor = redactor_create();
    setenv("DT_A", "aa", 1);
    setenv("DT_EMPTY", "", 1);
    setenv("DT_SYNTAX", "x: [1, 'y'\n# ${env:DT_A}", 1);
    setenv("_dt9", "under", 1);
    unsetenv("DT_NONE");
    return arena == NULL || redactor == NULL;
}

static int drop_arena(void **state)
{
    redactor_destroy(redactor);
    arena_destroy(arena);
    return forget_all(state);
}

static struct node *interpolated(const char *yaml)
{
    struct node *node = yaml_read(arena, &(struct source){ "f.yaml", "/" }, yaml, strlen(yaml), given_report());

    assert_non_null(node);
    return interpolate(arena, node, NULL, NULL, redactor, given_report()) ? node : NULL;
}

static struct node *interpolated_text(const char *text)
{
    struct node *node = node_create(arena, NULL, NODE_SCALAR, (struct position){ "f.yaml", 1, 1 });

    node->text = text;
    return interpolate(arena, node, NULL, NULL, redactor, given_report()) ? node : NULL;
}

static void placeholders_are_replaced(void **state)
{
    static const struct {
        const char *name, *text, *result;
    } rows[] = {
        { "a variable", "${env:DT_A}", "aa" },
        { "inside of text", "x${env:DT_A}y", "xaay" },
        { "several", "${env:DT_A}-${env:DT_A}", "aa-aa" },
        { "side by side", "${env:DT_A}${env:DT_EMPTY}${env:DT_A}", "aaaa" },
        { "a name that begins with _ and holds a digit", "${env:_dt9}", "under" },
        { "set, with a default", "${env:DT_A:d}", "aa" },
        { "unset, with a default", "${env:DT_NONE:d}", "d" },
        { "unset, with an empty default", "[${env:DT_NONE:}]", "[]" },
        { "empty is set", "[${env:DT_EMPTY:d}]", "[]" },
        { "no rule of the shell", "${env:DT_NONE:-d}", "-d" },
        { "a default with colons and blanks", "${env:DT_NONE:a: b : c}", "a: b : c" },
        { "a default with a new line", "${env:DT_NONE:a\nb}", "a\nb" },
        { "a default with an open brace", "${env:DT_NONE:{a}", "{a" },
        { "a default ends at the first brace", "${env:DT_NONE:{a}}", "{a}" },
        { "a default with a placeholder that is set", "${env:DT_NONE:${env:DT_A}}", "aa" },
        { "a default with a default", "${env:DT_NONE:${env:DT_NONE:d}}", "d" },
        { "a default with text around a placeholder", "${env:DT_NONE:<${env:DT_A}>}", "<aa>" },
        { "three deep", "${env:DT_NONE:${env:DT_NONE:${env:DT_A}}}", "aa" },
        { "the default of a set variable is not looked at", "${env:DT_A:${env:DT_NONE}}", "aa" },
        { "what a variable holds is not looked at again", "${env:DT_SYNTAX}", "x: [1, 'y'\n# ${env:DT_A}" },
        { "the escape", "$${env:DT_A}", "${env:DT_A}" },
        { "the escape of something broken", "$${env:", "${env:" },
        { "the escape inside of text", "a $${env:DT_A} ${env:DT_A}", "a ${env:DT_A} aa" },
        { "the escape in a default", "${env:DT_NONE:$${env:X}}", "${env:X}" },
        { "two dollars before nothing", "$$", "$$" },
        { "other shapes are text", "${X} ${ENV:X} $env:X {env:X} ${ env:X}", "${X} ${ENV:X} $env:X {env:X} ${ env:X}" },
        { "a backslash is no escape", "\\${env:DT_A}", "\\aa" },
        { "braces without a placeholder", "{a}}", "{a}}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct node *node = interpolated_text(rows[i].text);

        check_text(rows[i].name, node == NULL ? NULL : node->text, rows[i].result);
    }
    table_ends();
}

/* D-9 */
static void whatever_begins_like_a_placeholder_and_is_none_is_refused(void **state)
{
    static const struct {
        const char *name, *text, *code;
    } rows[] = {
        { "unset", "${env:DT_NONE}", "unset-variable" },
        { "unset, in a default", "${env:DT_NONE:${env:DT_NONE2}}", "unset-variable" },
        { "no name", "${env:}", "placeholder" },
        { "no name, but a default", "${env::d}", "placeholder" },
        { "no end", "${env:DT_A", "placeholder" },
        { "no end of a default", "${env:DT_NONE:x", "placeholder" },
        { "no end of a nested one", "${env:DT_NONE:${env:DT_A}", "placeholder" },
        { "a digit first", "${env:1A}", "placeholder" },
        { "a hyphen", "${env:A-B}", "placeholder" },
        { "a dot", "${env:A.B}", "placeholder" },
        { "a blank before", "${env: A}", "placeholder" },
        { "a blank after", "${env:A }", "placeholder" },
        { "a letter beyond ASCII", "${env:\xC3\xA9}", "placeholder" },
        { "a broken one after a good one", "${env:DT_A} ${env:}", "placeholder" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_true(rows[i].name, interpolated_text(rows[i].text) == NULL);
        check_true(rows[i].name, has_problem(DUCKALOG_ERROR, rows[i].code, 1, 1, NULL));
    }
    table_ends();
}

static void values_at_any_depth_are_replaced_but_not_keys(void **state)
{
    struct node *node = interpolated("a: '${env:DT_A}'\n'${env:DT_A}': [{b: ['x${env:DT_A}']}]\n");

    (void)state;
    assert_string_equal(shown(node), "{a: \"aa\", ${env:DT_A}: [{b: [\"xaa\"]}]}");
}

static void replaced_values_are_text_and_others_stay_as_they_were(void **state)
{
    struct node *node;

    (void)state;
    node = interpolated("- ${env:DT_A}\n- aa\n- 5\n- null\n");
    assert_string_equal(shown(node), "[\"aa\", aa, 5, null]");
}

static void text_as_it_is_written_is_kept(void **state)
{
    struct node *node = interpolated("a: x${env:DT_A}y\nb: plain\nc: $${env:DT_A}\n");

    (void)state;
    assert_non_null(node);
    assert_string_equal(node_written(node_get(node, "a")), "x${env:DT_A}y");
    assert_string_equal(node_written(node_get(node, "b")), "plain");
    assert_string_equal(node_written(node_get(node, "c")), "$${env:DT_A}");
}

static void value_that_is_aliased_is_replaced_once(void **state)
{
    struct node *node;

    (void)state;
    setenv("DT_DOLLAR", "$${env:DT_A}", 1);
    node = interpolated("a: &x ['${env:DT_DOLLAR}']\nb: *x\n");
    assert_string_equal(shown(node), "{a: [\"$${env:DT_A}\"], b: [\"$${env:DT_A}\"]}");
}

static void problems_have_place_and_path(void **state)
{
    (void)state;
    assert_null(interpolated("a: 1\nviews:\n- name: x\n  sql: '${env:DT_NONE}'\n  tags: [a, '${env:']\n"));
    expect_problem("unset-variable", 4, 8, "views[0].sql");
    expect_problem("placeholder", 5, 13, "views[0].tags[1]");
    expect_errors(2);
}

static void variable_whose_name_says_so_is_a_secret(void **state)
{
    struct text text = text_in(arena);

    (void)state;
    setenv("DT_PASSWORD", "open-sesame", 1);
    setenv("DT_REGION", "eu-north", 1);
    assert_non_null(interpolated_text("${env:DT_PASSWORD} ${env:DT_REGION}"));
    redact_add(redactor, &text, "open-sesame eu-north");
    assert_string_equal(text_string(&text), "*** eu-north");
}

static void ten_thousand_braces_are_read_in_no_time(void **state)
{
    struct text text = text_in(arena);

    (void)state;
    for (int i = 0; i < 10000; i++)
        text_add(&text, "${env:DT_A:}}");
    assert_int_equal(strlen(interpolated_text(text_string(&text))->text), 30000);
}

/* Whether read or refused: neither a long time nor a deep stack. */
static void defaults_in_defaults_do_no_harm_however_deep(void **state)
{
    enum { DEPTH = 20000 };
    struct text text = text_in(arena);
    double start;

    (void)state;
    for (int i = 0; i < DEPTH; i++)
        text_add(&text, "${env:DT_NONE:");
    for (int i = 0; i < DEPTH; i++)
        text_add(&text, "}");
    start = processor_ms();
    interpolated_text(text_string(&text));
    assert_true(processor_ms() - start < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placeholders_are_replaced),
        cmocka_unit_test(whatever_begins_like_a_placeholder_and_is_none_is_refused),
        cmocka_unit_test(values_at_any_depth_are_replaced_but_not_keys),
        cmocka_unit_test(replaced_values_are_text_and_others_stay_as_they_were),
        cmocka_unit_test(text_as_it_is_written_is_kept),
        cmocka_unit_test(value_that_is_aliased_is_replaced_once),
        cmocka_unit_test(problems_have_place_and_path),
        cmocka_unit_test(variable_whose_name_says_so_is_a_secret),
        cmocka_unit_test(defaults_in_defaults_do_no_harm_however_deep),
        cmocka_unit_test(ten_thousand_braces_are_read_in_no_time),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
