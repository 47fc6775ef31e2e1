/*
 * The text of .env files (src/config/dotenv.c): the syntax of config-language.md section 5, which is python-dotenv's.
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/dotenv.h"

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

/* All lines of a text as one: [NAME=value] [NAME]. */
static const char *lines_of(const char *chars, size_t length)
{
    struct text text = text_in(arena);
    struct dotenv_reader reader;
    struct dotenv_line line;

    assert_true(dotenv_open(arena, chars, length, &reader));
    while (dotenv_next(&reader, &line) == DOTENV_LINE)
        text_format(&text, line.value == NULL ? "%s[%s]" : "%s[%s=%s]", text.length > 0 ? " " : "", line.name,
                    line.value);
    return text_string(&text);
}

static void lines_are_read(void **state)
{
    static const struct {
        const char *name, *text, *lines;
    } rows[] = {
        { "nothing", "", "" },
        { "blank lines", "\n \n\t\n", "" },
        { "a comment", "# A=1\n  # B=2\nC=3", "[C=3]" },
        { "a value", "A=1", "[A=1]" },
        { "several", "A=1\nB=2\n", "[A=1] [B=2]" },
        { "blanks around", "  A = 1  \n", "[A=1]" },
        { "blanks beyond ASCII",
          "\xC2\xA0"
          "A\xE3\x80\x80=\xE2\x80\x83x\xC2\x85\n",
          "[A=x]" },
        { "export", "export A=1\nexport\tB=2", "[A=1] [B=2]" },
        { "a variable called export", "export=1\nexporter=2\nexport", "[export=1] [exporter=2] [export]" },
        { "export of nothing", "export =1\nexport # A=1\nB=2", "[B=2]" },
        { "export of a quoted name", "export 'A'=1", "[A=1]" },
        { "a quoted name", "'A'=1\n'a b=c#' = 2", "[A=1] [a b=c#=2]" },
        { "a name of several lines", "'A\nB'=1", "[A\nB=1]" },
        { "an empty name", "''=1\n=2\nB=3", "[B=3]" },
        { "a quoted name without an end", "'A=1\nB=2", "[B=2]" },
        { "double quotes in a name", "\"A\"=1", "[\"A\"=1]" },
        { "hyphens and dots", "a-b.c=1", "[a-b.c=1]" },
        { "letters beyond ASCII", "\xC3\xA4=\xC3\xB6", "[\xC3\xA4=\xC3\xB6]" },
        { "a name alone", "A\nB # why\nC=1", "[A] [B] [C=1]" },
        { "a colon", "A: v\nB=1", "[B=1]" },
        { "two words", "A B=1\nC=2", "[C=2]" },
        { "no value", "A=\nB= \nC=1", "[A=] [B=] [C=1]" },
        { "a comment behind no value", "A= # why\nB=1", "[A=] [B=1]" },
        { "a value that begins with #", "A=#x", "[A=#x]" },
        { "a comment behind a value", "A=x # why\nB=x\t#why", "[A=x] [B=x]" },
        { "# in a value", "A=a#b #c", "[A=a#b]" },
        { "blanks in a value", "A=a  b \t\nB=1", "[A=a  b] [B=1]" },
        { "quotes in a value", "A=a'b\"c", "[A=a'b\"c]" },
        { "= in a value", "A==b=c", "[A==b=c]" },
        { "escapes in a bare value", "A=a\\nb", "[A=a\\nb]" },
        { "single quotes", "A='a b # c'  # why\nB=1", "[A=a b # c] [B=1]" },
        { "escapes in single quotes", "A='\\'\\\\\\n\\\"'", "[A='\\\\n\\\"]" },
        { "double quotes", "A=\"a b # c\"# why\nB=1", "[A=a b # c] [B=1]" },
        { "escapes in double quotes", "A=\"\\n\\t\\r\\\\\\\"\\'\\a\\b\\f\\v\"", "[A=\n\t\r\\\"'\a\b\f\v]" },
        { "no escapes", "A=\"\\x\\u0041\\0\\$\"", "[A=\\x\\u0041\\0\\$]" },
        { "an escaped backslash before the end", "A='a\\\\'\nB=\"\\\\\"", "[A=a\\] [B=\\]" },
        { "values of several lines", "A='a\nb'\nB=\"c\n\nd\"", "[A=a\nb] [B=c\n\nd]" },
        { "empty quotes", "A=''\nB=\"\"", "[A=] [B=]" },
        { "quotes of the other kind", "A='\"'\nB=\"'\"", "[A=\"] [B=']" },
        { "a quote without an end", "A='x\nB=1\nC=\"y\nD=2", "[B=1] [D=2]" },
        { "text behind quotes", "A='x' y\nB=1", "[B=1]" },
        { "text behind quotes of several lines", "A='x\ny' z\nB=1", "[B=1]" },
        { "a backslash at the end", "A=\"x\\", "" },
        { "\\r\\n", "A=1\r\nB='x\r\ny'\r\n", "[A=1] [B=x\ny]" },
        { "\\r", "A=1\rB=2", "[A=1] [B=2]" },
        { "a byte order mark",
          "\xEF\xBB\xBF"
          "A=1",
          "[A=1]" },
        { "variables stay", "A=${B}", "[A=${B}]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i].name, lines_of(rows[i].text, strlen(rows[i].text)), rows[i].lines);
    table_ends();
}

static void lines_with_nul_are_left_out(void **state)
{
    static const char text[] = "A=x\0y\nB\0C=1\nD='\0'\n\0\nE=1\n\0";

    (void)state;
    assert_string_equal(lines_of(text, sizeof(text) - 1), "[E=1]");
}

static void text_is_utf8_or_it_is_none(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        { "", true },
        { "A=1", true },
        { "\xC3\xA4\xE2\x82\xAC\xF0\x9F\xA6\x86", true },
        { "\xC3", false },
        { "a\xA4", false },
        { "\xC0\x80", false },
        { "\xED\xA0\x80", false },
        { "\xF4\x90\x80\x80", false },
        { "\xFF\xFE", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_number(rows[i].text, dotenv_is_utf8(rows[i].text, strlen(rows[i].text)), rows[i].valid);
    table_ends();
}

static const char *look_up(const char *name, void *user)
{
    (void)user;
    return strcmp(name, "A") == 0 ? "aa" : strcmp(name, "E") == 0 ? "" : strcmp(name, "V") == 0 ? "${A}" : NULL;
}

static void variables_are_expanded(void **state)
{
    static const char *const rows[][2] = {
        { "", "" },
        { "x", "x" },
        { "${A}", "aa" },
        { "x${A}y${A}", "xaayaa" },
        { "[${X}]", "[]" },
        { "${X:-d}", "d" },
        { "${A:-d}", "aa" },
        { "[${E:-d}]", "[]" },
        { "[${X:-}]", "[]" },
        { "${X:-:-${A}", ":-${A" },
        { "${V}", "${A}" },
        { "$A $ {A} ${A", "$A $ {A} ${A" },
        { "${A:d} ${A:d", "${A:d} ${A:d" },
        { "${x:${A}}", "${x:aa}" },
        { "${A:-d ${A}", "aa" },
        { "[${a${A}]", "[]" },
        { "[${}]", "[]" },
        { "${:-d}", "d" },
        { "${X:-a\nb}", "a\nb" },
        { "$${A}", "$aa" },
        { "${A}}", "aa}" },
        { "${A:-", "${A:-" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text = text_in(arena);

        assert_true(dotenv_expand(arena, rows[i][0], look_up, NULL, 100, &text));
        check_text(rows[i][0], text_string(&text), rows[i][1]);
    }
    table_ends();
}

/* Each of them takes minutes when a part of it is looked through again and again. */
static void any_text_is_read_in_one_pass(void **state)
{
    static const char *const parts[] = { "A='\\'\n", "'",       "A=\"\\\n", "export ", "A=x # ", "${",
                                         "${A:",     "A=${${:", " ",        "A=' \n",  "'a\n",   "\\'\n" };
    enum { TIMES = 100 * 1000 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        double start = processor_ms();
        struct text text = text_on_heap();
        struct text expanded = text_on_heap();

        for (int n = 0; n < TIMES; n++)
            text_add(&text, parts[i]);
        lines_of(text.chars, text.length);
        assert_true(dotenv_expand(arena, text.chars, look_up, NULL, text.length * 2, &expanded));
        text_free(&expanded);
        text_free(&text);
        check_true(parts[i], processor_ms() - start < 2000);
    }
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(lines_with_nul_are_left_out),
        cmocka_unit_test(text_is_utf8_or_it_is_none),
        cmocka_unit_test(variables_are_expanded),
        cmocka_unit_test(any_text_is_read_in_one_pass),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
