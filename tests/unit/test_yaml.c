/*
 * YAML into a Document (src/config/yaml.c): what is read, where it stands, and every text that is refused, with the
 * place of the refusal (config-language.md 2, D-2, D-3, D-5).
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdio.h>
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

static struct node *read_text(const char *yaml)
{
    return yaml_read(arena, &(struct source){ "f.yaml", "/" }, yaml, strlen(yaml), given_report());
}

static void values_keep_their_text_and_style(void **state)
{
    static const struct {
        const char *name, *yaml, *shown;
    } rows[] = {
        { "an empty file", "", "null" },
        { "only a comment", "# nothing\n", "null" },
        { "only a document mark", "---\n", "null" },
        { "null by any name", "[~, null, Null, NULL, ]", "[null, null, null, null]" },
        { "no null in quotes", "['~', \"null\", '']", "[\"~\", \"null\", \"\"]" },
        { "words other than null", "[nULL, nil, none]", "[nULL, nil, none]" },
        { "an empty value", "a:\nb: 1\n", "{a: null, b: 1}" },
        { "numbers and booleans as written", "[010, 0x1F, 1_000, 12:30, 1e5, yes, On, 1.50, +7]",
          "[010, 0x1F, 1_000, 12:30, 1e5, yes, On, 1.50, +7]" },
        { "a date as written", "d: 2024-01-01", "{d: 2024-01-01}" },
        { "quotes make text", "['1', \"yes\"]", "[\"1\", \"yes\"]" },
        { "blocks make text", "a: |\n  1\nb: >-\n  x\n  y\n", "{a: \"1\n\", b: \"x y\"}" },
        { "escapes", "\"a\\tb\\u00e9\\U0001F600\"", "\"a\tb\xC3\xA9\xF0\x9F\x98\x80\"" },
        { "flow in flow", "{a: [1, {b: 2}], c: {}}", "{a: [1, {b: 2}], c: {}}" },
        { "an alias", "a: &x [1, 2]\nb: *x\n", "{a: [1, 2], b: [1, 2]}" },
        { "an anchor on a value", "a: &x v\nb: [*x, *x]\n", "{a: v, b: [v, v]}" },
        { "a merge", "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n", "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}" },
        { "a merge of several, the first wins", "a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}\n",
          "{a: {p: 1}, b: {p: 2, q: 2}, c: {p: 1, q: 2}}" },
        { "a merge written last does not win", "a: &x {p: 1}\nb:\n  p: 2\n  <<: *x\n", "{a: {p: 1}, b: {p: 2}}" },
        { "tags of the core", "[!!str 5, !!str null, !!int 5, !!seq [1], !!map {a: 1}, ! x]",
          "[\"5\", \"null\", 5, [1], {a: 1}, \"x\"]" },
        { "a byte order mark",
          "\xEF\xBB\xBF"
          "a: 1",
          "{a: 1}" },
        { "line ends of Windows", "a: 1\r\nb: 2\r\n", "{a: 1, b: 2}" },
        { "text beyond ASCII", "\xC3\xA9: \xE2\x82\xAC", "{\xC3\xA9: \xE2\x82\xAC}" },
        { "a quoted key", "'a b': 1", "{a b: 1}" },
        { "a number as a key is its text", "1: x", "{1: x}" },
        { "a version line", "%YAML 1.1\n---\na: 1\n", "{a: 1}" },
        { "the end mark", "a: 1\n...\n", "{a: 1}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i].name, shown(read_text(rows[i].yaml)), rows[i].shown);
    table_ends();
}

static void refused_texts_are_reported_with_their_place(void **state)
{
    static const struct {
        const char *name, *yaml, *code;
        unsigned line, column;
    } rows[] = {
        { "a tab for indentation", "a:\n\tb: 1\n", "syntax", 2, 1 },
        { "an open bracket", "a: [1, 2\n", "syntax", 2, 1 },
        { "an open quote", "a: 'x\n", "syntax", 2, 1 },
        { "a colon in a plain value", "a: b: c\n", "syntax", 1, 5 },
        { "a placeholder inside of braces", "a: {b: ${env:X}}\n", "syntax", 1, 9 },
        { "bad indentation", "a: 1\n b: 2\n", "syntax", 2, 3 },
        { "a value that begins with @", "a: @x\n", "syntax", 1, 4 },
        { "an unknown escape", "a: \"\\q\"\n", "syntax", 1, 5 },
        { "a key twice", "a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1 },
        { "a key twice, deeper", "x:\n  a: 1\n  'a': 2\n", "duplicate-key", 3, 3 },
        { "a key twice in braces", "{a: 1, a: 2}", "duplicate-key", 1, 8 },
        { "an alias of nothing", "a: *x\n", "alias", 1, 4 },
        { "an alias before its anchor", "a: *x\nb: &x 1\n", "alias", 1, 4 },
        { "an alias inside of what it names", "a: &x [1, *x]\n", "alias", 1, 11 },
        { "a merge of itself", "a: &x {<<: *x}\n", "alias", 1, 12 },
        { "a merge of a value", "a: {<<: 5}\n", "merge", 1, 5 },
        { "a merge of a list of values", "a: {<<: [5]}\n", "merge", 1, 5 },
        { "a tag of a language", "a: !!python/object:os.system {}\n", "tag", 1, 4 },
        { "a tag of our own", "a: !secret x\n", "tag", 1, 4 },
        { "a tag without a meaning here", "a: !!binary aGk=\n", "tag", 1, 4 },
        { "a list as a key", "[a]: 1\n", "key", 1, 1 },
        { "a mapping as a key", "? {a: 1}\n: 2\n", "key", 1, 3 },
        { "a second document", "a: 1\n---\nb: 2\n", "several-documents", 2, 1 },
        { "a NUL in an escape", "a: \"x\\0y\"\n", "nul", 1, 4 },
        { "a NUL in an escaped key", "\"x\\0y\": 1\n", "nul", 1, 1 },
        { "a control character", "a: \x01\n", "encoding", 1, 4 },
        { "no UTF-8", "a: \xFF\n", "encoding", 1, 4 },
        { "no UTF-8 in the second line", "a: 1\nb: x\xC3\x28\n", "encoding", 2, 6 },
        { "an overlong form", "a: \xC0\xAF\n", "encoding", 1, 4 },
        { "a surrogate", "a: \xED\xA0\x80\n", "encoding", 1, 4 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(rows[i].name, shown(read_text(rows[i].yaml)), "refused");
        check_true(made_of("%s: one \"%s\" at %u:%u", rows[i].name, rows[i].code, rows[i].line, rows[i].column),
                   has_problem(DUCKALOG_ERROR, rows[i].code, rows[i].line, rows[i].column, NULL));
    }
    table_ends();
}

/* duckalog_diagnostic.column is in characters. */
static void columns_count_characters(void **state)
{
    (void)state;
    read_text("{\xC3\xA9\xE2\x82\xAC: 1, a: 1, a: 2}");
    expect_problem("duplicate-key", 1, 15, NULL);
    read_text("a: \xC3\xA9\xE2\x82\xAC\xFF\n");
    expect_problem("encoding", 1, 6, NULL);
}

static void nul_byte_is_refused(void **state)
{
    (void)state;
    assert_null(yaml_read(arena, &(struct source){ "f.yaml", "/" }, "a: 1\0b: 2", 9, given_report()));
    expect_problem("encoding", 1, 5, NULL);
}

/* An anchor that is set again means its newest value, or is an error: never silently its first one. */
static void anchor_that_is_set_again_does_not_mean_its_first_value(void **state)
{
    struct node *node = read_text("[&x 1, &x 2, *x]");

    (void)state;
    if (node != NULL)
        assert_string_equal(shown(node), "[1, 2, 2]");
}

static void every_value_has_its_place(void **state)
{
    struct node *root = read_text("a: 1\nviews:\n  - name: x\n    sql: |\n      SELECT 1\n  - {name: 'y'}\n");
    struct node *views = node_get(root, "views");
    const struct entry *name = node_entry(views->items[0], "name");

    (void)state;
    assert_int_equal(root->position.line, 1);
    assert_int_equal(views->position.line, 3);
    assert_int_equal(views->position.column, 3);
    assert_int_equal(name->position.line, 3);
    assert_int_equal(name->position.column, 5);
    assert_int_equal(name->value->position.column, 11);
    assert_int_equal(node_get(views->items[0], "sql")->position.line, 4);
    assert_int_equal(node_get(views->items[1], "name")->position.column, 12);
    assert_string_equal(root->position.file, "f.yaml");
    assert_null(node_get(root, "nothing"));
    assert_null(node_get(views, "name"));
    assert_null(node_get(NULL, "name"));
}

static void merged_keys_keep_the_place_they_were_written_at(void **state)
{
    struct node *root = read_text("a: &x\n  p: 1\nb:\n  <<: *x\n");

    (void)state;
    assert_int_equal(node_entry(node_get(root, "b"), "p")->position.line, 2);
}

/* D-5 */
static void aliases_of_aliases_are_counted_not_copied(void **state)
{
    struct text yaml = text_on_heap();

    (void)state;
    text_add(&yaml, "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
    for (int i = 1; i < 20; i++)
        text_format(&yaml, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1,
                    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    assert_null(read_text(text_string(&yaml)));
    expect_problem("too-large", 0, 0, NULL);
    text_free(&yaml);
}

static const char *nested(size_t depth)
{
    struct text yaml = text_in(arena);

    for (size_t i = 0; i < depth; i++)
        text_add_char(&yaml, '[');
    for (size_t i = 0; i < depth; i++)
        text_add_char(&yaml, ']');
    return text_string(&yaml);
}

static void depth_is_limited(void **state)
{
    (void)state;
    assert_non_null(read_text(nested(DOCUMENT_DEEPEST)));
    assert_null(read_text(nested(DOCUMENT_DEEPEST + 1)));
    expect_problem("too-deep", 1, DOCUMENT_DEEPEST + 1, NULL);
    assert_null(read_text(nested(100000)));
    expect_problem("too-deep", 1, DOCUMENT_DEEPEST + 1, NULL);
}

static void long_lists_and_mappings_keep_every_element(void **state)
{
    struct text yaml = text_in(arena);
    struct node *root;

    (void)state;
    for (int i = 0; i < 5000; i++)
        text_format(&yaml, "k%d: [%d]\n", i, i);
    root = read_text(text_string(&yaml));
    assert_int_equal(root->count, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_string_equal(root->entries[i].value->items[0]->text, made_of("%zu", i));
    assert_int_equal(root->weight, 10001);
}

/* A node weighs what is below it: what `<<` brings is a part of it, and what it hides is none. */
static void merged_entries_are_weighed(void **state)
{
    struct node *root = read_text("a: &a {x: 1, y: [1, 2]}\nb: &b {<<: *a, x: 3}\nc: {<<: [*b, *a], z: 4}\n");

    (void)state;
    assert_int_equal(node_get(root, "a")->weight, 5);
    assert_int_equal(node_get(root, "b")->weight, 5);
    assert_int_equal(node_get(root, "b")->count, 2);
    assert_int_equal(node_get(root, "c")->weight, 6);
    assert_int_equal(root->weight, 17);
}

static void too_many_values_are_refused_where_the_first_one_too_many_stands(void **state)
{
    struct text yaml = text_on_heap();

    (void)state;
    for (int i = 0; i < DOCUMENT_MOST_NODES - 1; i++)
        text_add(&yaml, "- 1\n");
    assert_int_equal(read_text(text_string(&yaml))->count, DOCUMENT_MOST_NODES - 1);
    text_add(&yaml, "- 1\n");
    assert_null(read_text(text_string(&yaml)));
    expect_problem("too-large", DOCUMENT_MOST_NODES, 3, NULL);
    text_free(&yaml);
}

static void tag_directives_are_limited_however_their_lines_end(void **state)
{
    static const char *const breaks[] = { "\n", "\r", "\r\n", "\xC2\x85", "\xE2\x80\xA8" };

    (void)state;
    for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        struct text yaml = text_on_heap();

        for (int n = 0; n < 100; n++)
            text_format(&yaml, "%%TAG !a%d! x%s", n, breaks[i]);
        assert_non_null(read_text(made_of("%s--- a", text_string(&yaml))));
        assert_null(read_text(made_of("%s%%TAG !b! x%s--- a", text_string(&yaml), breaks[i])));
        expect_problem("tag", strchr(breaks[i], '\n') != NULL ? 101 : 0, strchr(breaks[i], '\n') != NULL ? 1 : 0, NULL);
        text_free(&yaml);
    }
}

static void ending_of_the_name_decides_on_the_reader(void **state)
{
    static const char text[] = "{a: 1}";

    (void)state;
    assert_non_null(document_read(arena, &(struct source){ "c.yaml", "/" }, text, 6, given_report()));
    assert_non_null(document_read(arena, &(struct source){ "c", "/" }, text, 6, given_report()));
    assert_non_null(document_read(arena, &(struct source){ "c.json.yml", "/" }, text, 6, given_report()));
    assert_null(document_read(arena, &(struct source){ "c.json", "/" }, text, 6, given_report()));
    assert_null(document_read(arena, &(struct source){ "c.JSON", "/" }, text, 6, given_report()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_keep_their_text_and_style),
        cmocka_unit_test(refused_texts_are_reported_with_their_place),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(nul_byte_is_refused),
        cmocka_unit_test(anchor_that_is_set_again_does_not_mean_its_first_value),
        cmocka_unit_test(every_value_has_its_place),
        cmocka_unit_test(merged_keys_keep_the_place_they_were_written_at),
        cmocka_unit_test(aliases_of_aliases_are_counted_not_copied),
        cmocka_unit_test(merged_entries_are_weighed),
        cmocka_unit_test(too_many_values_are_refused_where_the_first_one_too_many_stands),
        cmocka_unit_test(tag_directives_are_limited_however_their_lines_end),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(long_lists_and_mappings_keep_every_element),
        cmocka_unit_test(ending_of_the_name_decides_on_the_reader),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
