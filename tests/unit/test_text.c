/*
 * Text under construction (src/base/text.c): that it grows without losing anything, in an arena and on the heap, and
 * the small questions about strings that names and secrets are judged by.
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static void text_on_the_heap_holds_what_was_added(void **state)
{
    struct text text = text_on_heap();

    (void)state;
    assert_string_equal(text_string(&text), "");
    text_add(&text, "a");
    text_add_char(&text, 'b');
    text_add_length(&text, "cdX", 2);
    text_format(&text, "%d-%s", 7, "e");
    assert_string_equal(text_string(&text), "abcd7-e");
    assert_int_equal(text.length, 7);
    assert_false(text_failed(&text));
    text_free(&text);
    assert_null(text.chars);
    assert_string_equal(text_string(&text), "");
}

static void text_grows_over_many_blocks(void **state)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct text kinds[] = { text_in(arena), text_on_heap() };

    (void)state;
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (int i = 0; i < 100000; i++)
            text_add_char(&kinds[k], (char)('a' + i % 26));
        text_format(&kinds[k], "%0200d", 0);
        assert_int_equal(kinds[k].length, 100200);
        for (size_t i = 0; i < 100000; i++)
            assert_int_equal(text_string(&kinds[k])[i], 'a' + (int)(i % 26));
        assert_int_equal(strlen(text_string(&kinds[k])), 100200);
    }
    text_free(&kinds[1]);
    arena_destroy(arena);
}

static void text_that_failed_stays_failed(void **state)
{
    struct text text = text_on_heap();

    (void)state;
    text_add(&text, "before");
    text.failed = true;
    text_add(&text, "after");
    text_format(&text, "%d", 1);
    text_add_char(&text, 'c');
    assert_true(text_failed(&text));
    assert_null(text_string(&text));
    text_free(&text);
}

static void adding_nothing_makes_an_empty_string(void **state)
{
    struct text text = text_on_heap();

    (void)state;
    text_add(&text, "");
    assert_string_equal(text_string(&text), "");
    text_free(&text);
}

static void names_are_compared_without_regard_to_ascii_case(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        { "", "", true },
        { "abc", "ABC", true },
        { "a", "ab", false },
        { "ab", "a", false },
        { "Sales_1", "sALES_1", true },
        { "[", "{", false },
        { "@", "`", false },
        { "\xC3\x84", "\xC3\xA4", false }, /* Ä and ä: not ASCII */
        { "\xC3\x84x", "\xC3\x84X", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_number(rows[i].a, equal_ignoring_case(rows[i].a, rows[i].b), rows[i].equal);
    table_ends();
}

static void beginnings_and_parts_are_found(void **state)
{
    (void)state;
    assert_true(starts_with("SELECT", "SEL"));
    assert_true(starts_with("SELECT", ""));
    assert_false(starts_with("SEL", "SELECT"));
    assert_false(starts_with("SELECT", "sel"));
    assert_true(starts_with_ignoring_case("SELECT", "sel"));
    assert_false(starts_with_ignoring_case("SE", "sel"));
    assert_true(contains_ignoring_case("my_PassWord_2", "password"));
    assert_true(contains_ignoring_case("x", ""));
    assert_true(contains_ignoring_case("", ""));
    assert_false(contains_ignoring_case("pass", "password"));
}

static void blank_is_ascii_blanks_only(void **state)
{
    (void)state;
    assert_true(is_blank(""));
    assert_true(is_blank(" \t\r\n\v\f"));
    assert_false(is_blank(" . "));
}

static void names_of_secrets_are_recognised(void **state)
{
    static const struct {
        const char *name;
        bool secret;
    } rows[] = {
        { "password", true },    { "PGPASSWORD", true },    { "db_passwd", true },
        { "passphrase", true },  { "client_secret", true }, { "SECRET", true },
        { "credentials", true }, { "Bearer", true },        { "connection_string", true },
        { "token", true },       { "SESSION_TOKEN", true }, { "github-token", true },
        { "api_key", true },     { "account_key", true },   { "key", true },
        { "s3.key.id", true },   { "pwd", true },           { "auth", true },
        { "sas", true },         { "azure_sas", true },     { "pat", true },
        { "", false },           { "author", false },       { "monkeys", false },
        { "path", false },       { "pattern", false },      { "tokens_per_s", false },
        { "keyboard", false },   { "region", false },       { "compatible", false },
        { "user", false },       { "authentic", false },    { "sassy", false },
        { "pasword", true },     { "PASSWROD", true },      { "sslpasswodr", true },
        { "passsword", true },   { "client_secert", true }, { "sercet", true },
        { "tokne", true },       { "session_tken", true },  { "id-toekn", true },
        { "credntials", true },  { "bearr", true },         { "pass_through", false },
        { "section", false },    { "bear", false },         { "taking", false },
        { "service", false },    { "credits", false },      { "broken", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_number(rows[i].name, name_looks_secret(rows[i].name), rows[i].secret);
    table_ends();
}

static void edits_between_words_are_counted(void **state)
{
    static const struct {
        const char *a, *b;
        size_t limit, distance;
    } rows[] = {
        { "", "", 3, 0 },
        { "a", "", 3, 1 },
        { "", "abc", 3, 3 },
        { "views", "views", 3, 0 },
        { "VIEWS", "views", 3, 0 },
        { "view", "views", 3, 1 },
        { "veiws", "views", 3, 2 },
        { "kitten", "sitting", 3, 3 },
        { "kitten", "sitting", 2, 3 },
        { "abcdef", "uvwxyz", 3, 4 },
        { "a", "b", 0, 1 },
    };
    char long_word[200];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_number(rows[i].a, (long long)edit_distance(rows[i].a, rows[i].b, rows[i].limit),
                     (long long)rows[i].distance);
        check_number(rows[i].b, (long long)edit_distance(rows[i].b, rows[i].a, rows[i].limit),
                     (long long)rows[i].distance);
    }
    memset(long_word, 'a', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    check_number("a very long word", (long long)edit_distance(long_word, "aaa", 3), 4);
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_on_the_heap_holds_what_was_added),
        cmocka_unit_test(text_grows_over_many_blocks),
        cmocka_unit_test(text_that_failed_stays_failed),
        cmocka_unit_test(adding_nothing_makes_an_empty_string),
        cmocka_unit_test(names_are_compared_without_regard_to_ascii_case),
        cmocka_unit_test(beginnings_and_parts_are_found),
        cmocka_unit_test(blank_is_ascii_blanks_only),
        cmocka_unit_test(names_of_secrets_are_recognised),
        cmocka_unit_test(edits_between_words_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
