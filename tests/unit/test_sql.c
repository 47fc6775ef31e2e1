/*
 * SQL as text (src/base/sql.c): quoting that nothing escapes from, and DuckDB's lexical rules. What counts as a
 * statement, a comment or a string here was compared with what DuckDB's own parser says (duckdb.extract_statements).
 */
#include "given.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"

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

/* ---- quoting ---- */

static void names_and_texts_are_quoted_with_quotes_doubled(void **state)
{
    static const struct {
        const char *from, *name, *literal;
    } rows[] = {
        { "", "\"\"", "''" },
        { "a", "\"a\"", "'a'" },
        { "it's", "\"it's\"", "'it''s'" },
        { "q\"x", "\"q\"\"x\"", "'q\"x'" },
        { "''", "\"''\"", "''''''" },
        { "a\\b\nc;--", "\"a\\b\nc;--\"", "'a\\b\nc;--'" },
        { "\xC3\xA9", "\"\xC3\xA9\"", "'\xC3\xA9'" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text name = text_in(arena);
        struct text literal = text_in(arena);

        sql_add_identifier(&name, rows[i].from);
        sql_add_literal(&literal, rows[i].from);
        check_text(rows[i].from, text_string(&name), rows[i].name);
        check_text(rows[i].from, text_string(&literal), rows[i].literal);
    }
    table_ends();
}

static void format_quotes_by_kind(void **state)
{
    struct text text = text_in(arena);

    (void)state;
    sql_format(&text, "ATTACH %L AS %I (%s) -- %d%%", "a'b", "c\"d", "X", (long long)-9007199254740993);
    assert_string_equal(text_string(&text), "ATTACH 'a''b' AS \"c\"\"d\" (X) -- -9007199254740993%");
}

static void option_names_are_plain_words(void **state)
{
    static const struct {
        const char *name;
        bool plain;
    } rows[] = {
        { "a", true },
        { "_", true },
        { "A_1", true },
        { "hive_partitioning", true },
        { "", false },
        { "1a", false },
        { "a b", false },
        { "a-b", false },
        { "a.b", false },
        { "a=1", false },
        { "a;", false },
        { "\xC3\xA9", false },
        { "a\n", false },
        { "\"a\"", false },
        { "x=1); DROP TABLE t; --", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_number(rows[i].name, sql_is_plain_name(rows[i].name), rows[i].plain);
    table_ends();
}

/* S-17 */
static void table_names_are_split_at_dots_outside_of_quotes(void **state)
{
    static const char *const rows[][2] = {
        { "users", "\"users\"" },           { "public.users", "\"public\".\"users\"" },
        { "a.b.c", "\"a\".\"b\".\"c\"" },   { "\"a.b\".c", "\"a.b\".\"c\"" },
        { "s.\"t x\"", "\"s\".\"t x\"" },   { "\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\"" },
        { "sp ace.t", "\"sp ace\".\"t\"" }, { "x; DROP TABLE t", "\"x; DROP TABLE t\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text = text_in(arena);

        sql_add_qualified_name(&text, rows[i][0]);
        check_text(rows[i][0], text_string(&text), rows[i][1]);
    }
    table_ends();
}

/* ---- tokens ---- */

/* Every token as a letter: W word, N name, S string, ; semicolon, . symbol, ? not closed. */
static const char *kinds_in(const char *sql)
{
    static const char letters[] = { [SQL_WORD] = 'W',      [SQL_NAME] = 'N',   [SQL_STRING] = 'S',
                                    [SQL_SEMICOLON] = ';', [SQL_SYMBOL] = '.', [SQL_UNCLOSED] = '?' };
    struct text text = text_in(arena);

    for (struct sql_token t = sql_next(sql); t.kind != SQL_END; t = sql_next(t.start + t.length)) {
        text_add_char(&text, letters[t.kind]);
        assert_true(t.length > 0);
    }
    return text_string(&text);
}

static void tokens_are_told_apart(void **state)
{
    static const struct {
        const char *name, *sql, *kinds;
    } rows[] = {
        { "nothing", "", "" },
        { "blanks", " \t\r\n\f", "" },
        { "line comment", "-- all of it ; ' \"", "" },
        { "line comment ends at the line", "-- x\na", "W" },
        { "line comment ends at a carriage return too", "-- x\ra", "W" },
        { "block comment", "/* ; ' */ a", "W" },
        { "nested block comment", "/* a /* b */ ; */ c", "W" },
        { "block comment that closes too late", "/*/ a */ b", "W" },
        { "comment after an operator", "1 +-- x\n2", "..." },
        { "comment inside an operator", "1 */* ; */ 2", "..." },
        { "open block comment", "a /* b", "W?" },
        { "open nested comment", "a /* /* b */", "W?" },
        { "words", "select _x a1 a$b \xC3\xA9", "WWWWW" },
        { "quoted names", "\"a\" \"b\"\"c\" \"d;e\"", "NNN" },
        { "open name", "\"a", "?" },
        { "strings", "'a' 'b''c' ';'", "SSS" },
        { "a backslash is an ordinary character", "'a\\' b", "SW" },
        { "open string", "'a''", "?" },
        { "escape string", "E'a\\'b' c", "SW" },
        { "escape string, small letter, doubled quote", "e'a''\\\\' c", "SW" },
        { "open escape string", "E'a\\'", "?" },
        { "a name that ends in e is no escape string", "some'x'", "WS" },
        { "dollar quotes", "$$a;'b$$ c", "SW" },
        { "dollar quotes with a tag", "$t1$a$$b$t$ $t1$ c", "SW" },
        { "dollar quotes with a letter beyond ASCII", "$\xC3\xA9$;$\xC3\xA9$", "S" },
        { "open dollar quotes", "$a$ b $b$", "?" },
        { "parameters are no quotes", "$1 $2;", "....;" },
        { "a dollar inside of a word", "a$b$ ; c$b$", "W;W" },
        { "semicolons", ";;", ";;" },
        { "symbols", "(a.b)", ".W.W." },
        { "numbers", "1 1.5 1e5 1_000", "......" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i].name, kinds_in(rows[i].sql), rows[i].kinds);
    table_ends();
}

static void token_names_lose_their_quotes(void **state)
{
    struct sql_token token = sql_next(" \"a\"\"b.c\" ");

    (void)state;
    assert_string_equal(sql_token_name(arena, &token), "a\"b.c");
    token = sql_next("\"\"");
    assert_string_equal(sql_token_name(arena, &token), "");
    token = sql_next("Orders,");
    assert_string_equal(sql_token_name(arena, &token), "Orders");
    assert_true(sql_token_is(&token, "ORDERS"));
    assert_false(sql_token_is(&token, "order"));
    token = sql_next("\"from\"");
    assert_false(sql_token_is(&token, "from"));
}

/* ---- statements ---- */

static void statements_are_counted_as_duckdb_does(void **state)
{
    static const struct {
        const char *name, *sql;
        size_t count;
        bool closed;
    } rows[] = {
        { "nothing", "", 0, true },
        { "blanks and semicolons", " ; ;; ", 0, true },
        { "only a comment", "-- SELECT 1;", 0, true },
        { "one", "SELECT 1", 1, true },
        { "one, ended", "SELECT 1;", 1, true },
        { "one, ended more than once", "SELECT 1;;;", 1, true },
        { "one, ended, with a comment", "SELECT 1; -- SELECT 2", 1, true },
        { "one after a semicolon", ";SELECT 1", 1, true },
        { "two", "SELECT 1; SELECT 2", 2, true },
        { "two in one line, a comment between", "SELECT 1/*;*/;SELECT 2", 2, true },
        { "semicolon in a string", "SELECT 'a;b'", 1, true },
        { "semicolon after a backslash in a string", "SELECT 'a\\'; SELECT 2", 2, true },
        { "semicolon in an escape string", "SELECT E'a\\';' ; SELECT 3", 2, true },
        { "semicolon in a name", "SELECT \"a;\"\"b\"", 1, true },
        { "semicolon in dollar quotes", "SELECT $a1$;$a1$", 1, true },
        { "semicolon in a nested comment", "SELECT 1 /* a /* b */ ; */", 1, true },
        { "semicolon after dollars in a name", "SELECT 1 AS a$b$;SELECT 2", 2, true },
        { "semicolon in a line comment", "SELECT 1 -- a;b", 1, true },
        { "a form feed does not end a line comment", "SELECT 1 -- x\f; SELECT 2", 1, true },
        { "a statement hidden behind a carriage return", "SELECT 1 -- x\r; CREATE TABLE t(i int)", 2, true },
        { "a hexadecimal string", "SELECT x'61;'", 1, true },
        { "open string", "SELECT 'a;b", 1, false },
        { "open comment", "SELECT 1 /* ;", 1, false },
        { "open dollar quotes", "SELECT $$;", 1, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *unclosed;

        check_number(rows[i].name, (long long)sql_count_statements(rows[i].sql, &unclosed), (long long)rows[i].count);
        check_number(rows[i].name, unclosed == NULL, rows[i].closed);
    }
    table_ends();
}

static void trimming_takes_blanks_and_the_last_semicolons(void **state)
{
    static const char *const rows[][2] = {
        { "", "" },
        { "  ", "" },
        { ";", "" },
        { " SELECT 1 \n", "SELECT 1" },
        { "SELECT 1;", "SELECT 1" },
        { "SELECT 1 ; ; \n", "SELECT 1" },
        { "SELECT ';'", "SELECT ';'" },
        { "SELECT ';';", "SELECT ';'" },
        { "SELECT 1; SELECT 2;", "SELECT 1; SELECT 2" },
        { "-- before\nSELECT 1", "-- before\nSELECT 1" },
        { "SELECT 1 -- after", "SELECT 1 -- after" },
        { "SELECT 1 /* after */", "SELECT 1 /* after */" },
        { "SELECT 1 -- no ;end", "SELECT 1 -- no ;end" },
        { "SELECT $$ ;", "SELECT $$ ;" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], sql_trim(arena, rows[i][0]), rows[i][1]);
    table_ends();
}

/* A body that begins with one would end the CREATE VIEW in front of it. */
static void trimming_takes_semicolons_in_front_too(void **state)
{
    (void)state;
    assert_string_equal(sql_trim(arena, " ; ;SELECT 1;"), "SELECT 1");
}

/* S-20 */
static void line_comment_at_the_end_is_seen(void **state)
{
    static const struct {
        const char *sql;
        bool ends;
    } rows[] = {
        { "", false },
        { "SELECT 1", false },
        { "SELECT 1 -- x", true },
        { "SELECT 1 --", true },
        { "-- only", true },
        { "SELECT 1 -- x\n", false },
        { "SELECT 1 -- x\n-- y", true },
        { "SELECT '-- x'", false },
        { "SELECT \"-- x\"", false },
        { "SELECT $$-- x$$", false },
        { "SELECT 1 /* -- x */", false },
        { "SELECT 1 /* -- x */ -- y", true },
        { "SELECT 1 -- /* x", true },
        { "SELECT 1 - -1", false },
        { "SELECT E'\\'-- x'", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_number(rows[i].sql, sql_ends_in_line_comment(rows[i].sql), rows[i].ends);
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_texts_are_quoted_with_quotes_doubled),
        cmocka_unit_test(format_quotes_by_kind),
        cmocka_unit_test(option_names_are_plain_words),
        cmocka_unit_test(table_names_are_split_at_dots_outside_of_quotes),
        cmocka_unit_test(tokens_are_told_apart),
        cmocka_unit_test(token_names_lose_their_quotes),
        cmocka_unit_test(statements_are_counted_as_duckdb_does),
        cmocka_unit_test(trimming_takes_blanks_and_the_last_semicolons),
        cmocka_unit_test(trimming_takes_semicolons_in_front_too),
        cmocka_unit_test(line_comment_at_the_end_is_seen),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
