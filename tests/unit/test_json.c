/*
 * JSON into a Document (src/config/json.c): RFC 8259 to the letter. Each row of the two tables is a text that the
 * grammar has, or has not; beyond it we refuse only a NUL, a lone surrogate, a key that is there twice, and what is
 * nested too deeply.
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"

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
    arena_destroy(arena);
    return forget_all(state);
}

/* The length is given apart, as a text may hold a NUL. The copy has no byte after its end, so that ASan sees more. */
static struct node *read_bytes(const char *json, size_t length)
{
    char *exact = malloc(length == 0 ? 1 : length);
    struct node *node;

    assert_non_null(exact);
    memcpy(exact, json, length);
    node = json_read(arena, &(struct source){ "f.json", "/" }, exact, length, given_report());
    free(exact);
    return node;
}

struct accepted {
    const char *name, *json, *shown;
};

struct refused {
    const char *name, *json;
    size_t length; /* 0: up to the NUL */
    unsigned line, column;
};

/* clang-format off */
static const struct accepted accepted[] = {
    /* numbers */
    { "zero", "0", "0" },
    { "minus zero", "-0", "-0" },
    { "digits", "1234567890", "1234567890" },
    { "negative", "-12", "-12" },
    { "fraction", "1.5", "1.5" },
    { "fraction with zeros", "0.0010", "0.0010" },
    { "exponent", "1e5", "1e5" },
    { "exponent, capital", "1E5", "1E5" },
    { "exponent with plus", "1e+5", "1e+5" },
    { "exponent with minus", "1e-05", "1e-05" },
    { "exponent of zero", "0e1", "0e1" },
    { "fraction and exponent", "-0.1E-2", "-0.1E-2" },
    { "more digits than any type has", "123456789012345678901234567890123456789012345678901234567890",
      "123456789012345678901234567890123456789012345678901234567890" },
    { "an exponent beyond any type", "1e999", "1e999" },
    /* words */
    { "true", "true", "true" },
    { "false", "false", "false" },
    { "null", "null", "null" },
    /* strings */
    { "empty string", "\"\"", "\"\"" },
    { "blank string", "\" \"", "\" \"" },
    { "every short escape", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\"\\/\b\f\n\r\t\"" },
    { "a slash needs no escape", "\"/\"", "\"/\"" },
    { "DEL is no control character of JSON", "\"\x7F\"", "\"\x7F\"" },
    { "looks like a number", "\"1\"", "\"1\"" },
    { "looks like null", "\"null\"", "\"null\"" },
    { "a YAML comment is text", "\"a # b\"", "\"a # b\"" },
    { "u escape, one byte", "\"\\u0041\"", "\"A\"" },
    { "u escape of a control character", "\"\\u0001\"", "\"\x01\"" },
    { "u escape, two bytes", "\"\\u00e9\"", "\"\xC3\xA9\"" },
    { "u escape, capitals", "\"\\u00E9\"", "\"\xC3\xA9\"" },
    { "u escape, three bytes", "\"\\u20AC\"", "\"\xE2\x82\xAC\"" },
    { "u escape, the last before surrogates", "\"\\uD7FF\"", "\"\xED\x9F\xBF\"" },
    { "u escape, the first after surrogates", "\"\\uE000\"", "\"\xEE\x80\x80\"" },
    { "u escape, a noncharacter", "\"\\uFFFF\"", "\"\xEF\xBF\xBF\"" },
    { "a surrogate pair", "\"\\uD83D\\uDE00\"", "\"\xF0\x9F\x98\x80\"" },
    { "the first surrogate pair", "\"\\ud800\\udc00\"", "\"\xF0\x90\x80\x80\"" },
    { "the last surrogate pair", "\"\\uDBFF\\uDFFF\"", "\"\xF4\x8F\xBF\xBF\"" },
    { "two surrogate pairs", "\"\\uD83D\\uDE00\\uD83D\\uDE00\"", "\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\"" },
    { "an escaped backslash before u", "\"\\\\u0041\"", "\"\\u0041\"" },
    { "UTF-8 of two bytes, first and last", "\"\xC2\x80\xDF\xBF\"", "\"\xC2\x80\xDF\xBF\"" },
    { "UTF-8 of three bytes, first and last", "\"\xE0\xA0\x80\xEF\xBF\xBF\"", "\"\xE0\xA0\x80\xEF\xBF\xBF\"" },
    { "UTF-8 around the surrogates", "\"\xED\x9F\xBF\xEE\x80\x80\"", "\"\xED\x9F\xBF\xEE\x80\x80\"" },
    { "UTF-8 of four bytes, first and last", "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"", "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"" },
    { "line separators of JavaScript", "\"\xE2\x80\xA8\xE2\x80\xA9\"", "\"\xE2\x80\xA8\xE2\x80\xA9\"" },
    /* structure */
    { "empty list", "[]", "[]" },
    { "empty list with blanks", "[ \t\r\n]", "[]" },
    { "list", "[1,2 , 3]", "[1, 2, 3]" },
    { "lists in lists", "[[],[[]]]", "[[], [[]]]" },
    { "empty object", "{}", "{}" },
    { "empty object with blanks", "{ }", "{}" },
    { "object", "{\"a\":1,\"b\":[true,null]}", "{a: 1, b: [true, null]}" },
    { "an empty key", "{\"\":0}", "{: 0}" },
    { "an escaped key", "{\"\\u0061\":0}", "{a: 0}" },
    { "keys that differ in case", "{\"a\":1,\"A\":2}", "{a: 1, A: 2}" },
    { "blanks everywhere", " \n{ \"a\" \t:\r\n1 , \"b\" : 2 } \n", "{a: 1, b: 2}" },
    { "a byte order mark", "\xEF\xBB\xBF[1]", "[1]" },
};

static const struct refused refused[] = {
    /* numbers */
    { "plus", "+1", 0, 1, 1 },
    { "minus alone", "-", 0, 1, 2 },
    { "two minuses", "--1", 0, 1, 2 },
    { "minus and a word", "-true", 0, 1, 2 },
    { "leading zero", "012", 0, 1, 2 },
    { "leading zeros", "00", 0, 1, 2 },
    { "leading zero, negative", "-01", 0, 1, 3 },
    { "no digit before the point", ".5", 0, 1, 1 },
    { "no digit before the point, negative", "-.5", 0, 1, 2 },
    { "no digit after the point", "1.", 0, 1, 3 },
    { "an exponent after the point", "1.e5", 0, 1, 3 },
    { "no digit in the exponent", "1e", 0, 1, 3 },
    { "a sign only in the exponent", "1e+", 0, 1, 4 },
    { "a point in the exponent", "1e1.5", 0, 1, 4 },
    { "two points", "1.2.3", 0, 1, 4 },
    { "hexadecimal", "0x1F", 0, 1, 2 },
    { "underscores", "1_000", 0, 1, 2 },
    { "a blank inside", "1 000", 0, 1, 3 },
    { "letters after it", "1a", 0, 1, 2 },
    { "NaN", "NaN", 0, 1, 1 },
    { "Infinity", "Infinity", 0, 1, 1 },
    { "minus Infinity", "-Infinity", 0, 1, 2 },
    { "digits of another script", "\xEF\xBC\x91", 0, 1, 1 },
    /* words */
    { "capital True", "True", 0, 1, 1 },
    { "a cut word", "tru", 0, 1, 1 },
    { "a cut null", "nul", 0, 1, 1 },
    { "a longer word", "truely", 0, 1, 5 },
    { "yes", "yes", 0, 1, 1 },
    { "undefined", "undefined", 0, 1, 1 },
    { "a bare word", "abc", 0, 1, 1 },
    /* strings */
    { "no end", "\"abc", 0, 1, 5 },
    { "no end after an escape", "\"abc\\", 0, 1, 6 },
    { "single quotes", "'a'", 0, 1, 1 },
    { "an unknown escape", "\"\\a\"", 0, 1, 3 },
    { "an escaped single quote", "\"\\'\"", 0, 1, 3 },
    { "an octal escape", "\"\\012\"", 0, 1, 3 },
    { "an x escape", "\"\\x41\"", 0, 1, 3 },
    { "a capital U escape", "\"\\U0041\"", 0, 1, 3 },
    { "an escaped line end", "\"\\\n\"", 0, 1, 3 },
    { "a NUL after a backslash", "\"\\\0\"", 4, 1, 3 },
    { "a line end", "\"a\nb\"", 0, 1, 3 },
    { "a carriage return", "\"a\rb\"", 0, 1, 3 },
    { "a tab", "\"a\tb\"", 0, 1, 3 },
    { "the last control character", "\"a\x1F\"", 0, 1, 3 },
    { "a NUL byte in a string", "\"a\0b\"", 5, 1, 3 },
    { "u with three digits", "\"\\u041\"", 0, 1, 7 },
    { "u without digits", "\"\\u\"", 0, 1, 4 },
    { "u with another letter", "\"\\u00g1\"", 0, 1, 6 },
    { "u at the end of the file", "\"\\u00", 0, 1, 4 },
    { "u of a NUL", "\"\\u0000\"", 0, 1, 8 },
    { "u of a NUL in a key", "{\"\\u0000\":1}", 0, 1, 9 },
    { "first half alone", "\"\\uD83D\"", 0, 1, 8 },
    { "first half and a letter", "\"\\uD83Dx\"", 0, 1, 8 },
    { "first half and another escape", "\"\\uD83D\\n\"", 0, 1, 8 },
    { "first half twice", "\"\\uD83D\\uD83D\"", 0, 1, 14 },
    { "first half and no surrogate", "\"\\uD83D\\u0041\"", 0, 1, 14 },
    { "first half at the end of the file", "\"\\uD83D\\u", 0, 1, 8 },
    { "second half alone", "\"\\uDE00\"", 0, 1, 8 },
    { "halves the wrong way round", "\"\\uDE00\\uD83D\"", 0, 1, 8 },
    /* UTF-8 */
    { "a continuation byte alone", "\"\x80\"", 0, 1, 2 },
    { "FE", "\"\xFE\"", 0, 1, 2 },
    { "FF", "\"\xFF\"", 0, 1, 2 },
    { "Latin-1", "\"caf\xE9\"", 0, 1, 5 },
    { "a cut sequence of two", "\"\xC3\"", 0, 1, 2 },
    { "a cut sequence of three", "\"\xE2\x82\"", 0, 1, 2 },
    { "a cut sequence of four", "\"\xF0\x9F\x98\"", 0, 1, 2 },
    { "a sequence cut by the end of the file", "\"\xF0\x9F", 0, 1, 2 },
    { "overlong slash, two bytes", "\"\xC0\xAF\"", 0, 1, 2 },
    { "overlong, C1", "\"\xC1\xBF\"", 0, 1, 2 },
    { "overlong, three bytes", "\"\xE0\x9F\xBF\"", 0, 1, 2 },
    { "overlong, four bytes", "\"\xF0\x8F\xBF\xBF\"", 0, 1, 2 },
    { "a surrogate as UTF-8", "\"\xED\xA0\x80\"", 0, 1, 2 },
    { "the last surrogate as UTF-8", "\"\xED\xBF\xBF\"", 0, 1, 2 },
    { "above U+10FFFF", "\"\xF4\x90\x80\x80\"", 0, 1, 2 },
    { "five bytes", "\"\xF8\x88\x80\x80\x80\"", 0, 1, 2 },
    { "UTF-16", "\xFF\xFE[\0]\0", 6, 1, 1 },
    { "no UTF-8 in a key", "{\"\xFF\":1}", 0, 1, 3 },
    { "no UTF-8 outside of strings", "[\xFF]", 0, 1, 2 },
    /* structure */
    { "nothing", "", 0, 1, 1 },
    { "only blanks", " \n ", 0, 2, 2 },
    { "only a byte order mark", "\xEF\xBB\xBF", 0, 1, 1 },
    { "two byte order marks", "\xEF\xBB\xBF\xEF\xBB\xBF[]", 0, 1, 1 },
    { "an open list", "[", 0, 1, 2 },
    { "an open list after a value", "[1", 0, 1, 3 },
    { "an open list after a comma", "[1,", 0, 1, 4 },
    { "a comma too much in a list", "[1,]", 0, 1, 4 },
    { "a comma first", "[,1]", 0, 1, 2 },
    { "two commas", "[1,,2]", 0, 1, 4 },
    { "no comma", "[1 2]", 0, 1, 4 },
    { "a list closed as an object", "[1}", 0, 1, 3 },
    { "a list with a colon", "[1:2]", 0, 1, 3 },
    { "closed twice", "[1]]", 0, 1, 4 },
    { "a comma after the value", "[1],", 0, 1, 4 },
    { "two values", "1 2", 0, 1, 3 },
    { "two objects", "{}{}", 0, 1, 3 },
    { "an open object", "{", 0, 1, 2 },
    { "an open object after a key", "{\"a\"", 0, 1, 5 },
    { "an open object after a colon", "{\"a\":", 0, 1, 6 },
    { "an open object after a value", "{\"a\":1", 0, 1, 7 },
    { "a comma too much in an object", "{\"a\":1,}", 0, 1, 8 },
    { "no colon", "{\"a\" 1}", 0, 1, 6 },
    { "two colons", "{\"a\"::1}", 0, 1, 6 },
    { "an equals sign", "{\"a\"=1}", 0, 1, 5 },
    { "no value", "{\"a\":}", 0, 1, 6 },
    { "a key without quotes", "{a:1}", 0, 1, 2 },
    { "a key in single quotes", "{'a':1}", 0, 1, 2 },
    { "a number as a key", "{1:1}", 0, 1, 2 },
    { "an object closed as a list", "{\"a\":1]", 0, 1, 7 },
    { "a comment", "// x\n1", 0, 1, 1 },
    { "a block comment", "/* x */1", 0, 1, 1 },
    { "a YAML comment", "# x\n1", 0, 1, 1 },
    { "a comment inside", "[1 /* x */]", 0, 1, 4 },
    { "a NUL after the value", "[1]\0", 4, 1, 4 },
    { "a NUL between values", "[1,\0 2]", 7, 1, 4 },
    { "a form feed as a blank", "[\f1]", 0, 1, 2 },
    { "a vertical tab as a blank", "[\v1]", 0, 1, 2 },
    { "a no-break space as a blank", "[\xC2\xA0" "1]", 0, 1, 2 },
    { "on the third line", "{\n \"a\": 1,\n  b: 2}", 0, 3, 3 },
};
/* clang-format on */

static void every_text_of_the_grammar_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(accepted); i++)
        check_text(accepted[i].name, shown(read_bytes(accepted[i].json, strlen(accepted[i].json))), accepted[i].shown);
    table_ends();
}

static void every_other_text_is_refused_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        const struct refused *row = &refused[i];

        check_text(row->name, shown(read_bytes(row->json, row->length > 0 ? row->length : strlen(row->json))),
                   "refused");
        check_true(made_of("%s: refused at %u:%u", row->name, row->line, row->column),
                   has_problem(DUCKALOG_ERROR, "syntax", row->line, row->column, NULL));
        expect_errors(1);
    }
    table_ends();
}

/* A text that is cut anywhere is refused: no prefix of an object is a JSON text. */
static void every_cut_of_a_text_is_refused(void **state)
{
    static const char whole[] = "{\"a\": [1.5e+3, true, null, {\"\\uD83D\\uDE00\": \"\xE2\x82\xAC\\n\"}], \"b\": -0}";

    (void)state;
    assert_non_null(read_bytes(whole, sizeof(whole) - 1));
    for (size_t length = 0; length < sizeof(whole) - 1; length++)
        check_text(made_of("cut after %zu bytes", length), shown(read_bytes(whole, length)), "refused");
    table_ends();
}

/* D-2 */
static void key_that_is_there_twice_is_refused_at_the_second_place(void **state)
{
    static const char *const rows[] = { "{\"a\": 1,\n \"a\": 2}", "{\"a\": 1,\n \"\\u0061\": 2}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_null(read_bytes(rows[i], strlen(rows[i])));
        expect_problem("duplicate-key", 2, 2, NULL);
    }
}

static void columns_count_characters(void **state)
{
    static const char json[] = "{\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\": \"\xC3\xA9\", \"b\": ?}";
    static const char later[] = "[\"\xC3\xA9\",\n\"\xC3\xA9\", ?]";

    (void)state;
    assert_null(read_bytes(json, strlen(json)));
    expect_problem("syntax", 1, 19, NULL);
    assert_null(read_bytes(later, strlen(later)));
    expect_problem("syntax", 2, 6, NULL);
}

static void every_value_has_its_place(void **state)
{
    static const char json[] = "\xEF\xBB\xBF{\n  \"views\": [\n    {\"name\": \"\xC3\xA9\", \"n\": 5}\n  ]\n}";
    struct node *root = read_bytes(json, strlen(json));
    struct node *view = node_get(root, "views")->items[0];

    (void)state;
    assert_int_equal(root->position.line, 1);
    assert_int_equal(root->position.column, 1);
    assert_int_equal(node_entry(root, "views")->position.line, 2);
    assert_int_equal(node_entry(root, "views")->position.column, 3);
    assert_int_equal(view->position.line, 3);
    assert_int_equal(view->position.column, 5);
    assert_int_equal(node_entry(view, "n")->position.column, 19);
    assert_int_equal(node_get(view, "n")->position.column, 24);
}

static const char *nested(size_t depth, char open, char close)
{
    struct text json = text_in(arena);

    for (size_t i = 0; i < depth; i++)
        text_add(&json, open == '{' ? "{\"a\":" : "[");
    text_add(&json, open == '{' ? "1" : "");
    for (size_t i = 0; i < depth; i++)
        text_add_char(&json, close);
    return text_string(&json);
}

static void depth_is_limited(void **state)
{
    static const char brackets[][2] = { { '[', ']' }, { '{', '}' } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(brackets); i++) {
        const char *deepest = nested(DOCUMENT_DEEPEST, brackets[i][0], brackets[i][1]);
        const char *deeper = nested(DOCUMENT_DEEPEST + 1, brackets[i][0], brackets[i][1]);

        assert_non_null(read_bytes(deepest, strlen(deepest)));
        assert_null(read_bytes(deeper, strlen(deeper)));
        expect_problem("too-deep", 0, 0, NULL);
    }
}

static void hundred_thousand_open_brackets_do_no_harm(void **state)
{
    static char json[100000];

    (void)state;
    memset(json, '[', sizeof(json));
    assert_null(read_bytes(json, sizeof(json)));
    expect_problem("too-deep", 1, DOCUMENT_DEEPEST + 1, NULL);
}

static void numbers_are_bare_and_strings_are_quoted(void **state)
{
    struct node *root = read_bytes("[1, \"1\", true]", 14);

    (void)state;
    assert_int_equal(root->items[0]->style, SCALAR_PLAIN);
    assert_int_equal(root->items[1]->style, SCALAR_QUOTED);
    assert_int_equal(root->items[2]->style, SCALAR_PLAIN);
    assert_int_equal(root->weight, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_of_the_grammar_is_accepted),
        cmocka_unit_test(every_other_text_is_refused_at_its_place),
        cmocka_unit_test(every_cut_of_a_text_is_refused),
        cmocka_unit_test(key_that_is_there_twice_is_refused_at_the_second_place),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(every_value_has_its_place),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(hundred_thousand_open_brackets_do_no_harm),
        cmocka_unit_test(numbers_are_bare_and_strings_are_quoted),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
