/*
 * The variables of a config (src/config/environment.c): whose value wins, which files are found, what is said of those
 * that can't be read (config-language.md section 5, D-10 and D-11).
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/environment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;
static struct environment *environment;

static int begin(void **state)
{
    (void)state;
    arena = arena_create(ARENA_PLAIN);
    environment = environment_create(arena);
    setenv("DT_REAL", "real", 1);
    setenv("DT_EMPTY", "", 1);
    unsetenv("A");
    unsetenv("B");
    given_report();
    return environment == NULL;
}

static int end(void **state)
{
    arena_destroy(arena);
    return forget_all(state);
}

static void given_text(const char *text)
{
    assert_true(environment_read(environment, text, strlen(text)));
}

static void list_variable(const char *name, const char *value, void *user)
{
    struct text *text = user;

    text_format(text, "%s%s=%s", text->length > 0 ? " " : "", name, value);
}

/* All variables of files: NAME=value NAME=value. */
static const char *variables(void)
{
    struct text text = text_in(arena);

    environment_each(environment, list_variable, &text);
    return text_string(&text);
}

static void process_comes_before_files_even_with_an_empty_value(void **state)
{
    (void)state;
    given_text("DT_REAL=file\nDT_EMPTY=file\nA=file\n");
    assert_string_equal(environment_get(environment, "DT_REAL"), "real");
    assert_string_equal(environment_get(environment, "DT_EMPTY"), "");
    assert_string_equal(environment_get(environment, "A"), "file");
    assert_null(environment_get(environment, "B"));
    assert_string_equal(variables(), "DT_REAL=file DT_EMPTY=file A=file");
}

static void without_an_environment_there_is_only_the_process(void **state)
{
    (void)state;
    assert_string_equal(environment_get(NULL, "DT_REAL"), "real");
    assert_null(environment_get(NULL, "A"));
}

static void nothing_is_written_to_the_process(void **state)
{
    (void)state;
    given_text("A=file\n");
    assert_null(getenv("A"));
}

static void name_with_an_equals_sign_is_no_part_of_another(void **state)
{
    (void)state;
    setenv("DT_PAIR", "x=y", 1);
    given_text("'DT_PAIR=x'=file\n");
    assert_string_equal(environment_get(environment, "DT_PAIR=x"), "file");
}

static void texts_give_these_values(void **state)
{
    static const struct {
        const char *name, *text, *variables;
    } rows[] = {
        { "the last line of a name wins, at the place of the first", "A=1\nB=2\nA=3\n", "A=3 B=2" },
        { "a name alone has no value", "A\nB=2\n", "B=2" },
        { "not even that of a line above", "A=1\nA\n", "" },
        { "a line above", "A=1\nB=${A}\n", "A=1 B=1" },
        { "a line below", "B=[${A}]\nA=1\n", "B=[] A=1" },
        { "the line itself", "A=1\nA=${A}2\n", "A=12" },
        { "in single quotes too", "A=1\nB='${A}'\n", "A=1 B=1" },
        { "in double quotes too", "A=1\nB=\"${A}\"\n", "A=1 B=1" },
        { "after the escapes", "A=1\nB=\"\\\\${A}\"\n", "A=1 B=\\1" },
        { "the process", "B=${DT_REAL}\n", "B=real" },
        { "a line above comes before the process", "DT_REAL=file\nB=${DT_REAL}\n", "DT_REAL=file B=file" },
        { "a name alone hides the process", "DT_REAL\nB=[${DT_REAL:-d}]\n", "B=[]" },
        { "an unknown one", "B=[${A}] ${A:-d}\n", "B=[] d" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        environment = environment_create(arena);
        given_text(rows[i].text);
        check_text(rows[i].name, variables(), rows[i].variables);
    }
    table_ends();
}

static void earlier_file_keeps_its_values(void **state)
{
    (void)state;
    given_text("A=1\n");
    given_text("A=2\nB=${A}\nC=3\n");
    given_text("D=${A}${C}\n");
    assert_string_equal(variables(), "A=1 B=2 C=3 D=13");
}

static void text_that_is_not_utf8_adds_nothing(void **state)
{
    (void)state;
    assert_false(environment_read(environment, "A=1\nB=\xFF\n", 8));
    assert_int_equal(environment_problem(environment), ENVIRONMENT_NOT_UTF8);
    assert_string_equal(variables(), "");
    given_text("A=1\n");
    assert_int_equal(environment_problem(environment), ENVIRONMENT_FINE);
}

static void values_that_double_from_line_to_line_are_refused(void **state)
{
    struct text text = text_in(arena);

    (void)state;
    text_add(&text, "A0=xxxxxxxxxxxxxxxx\n");
    for (int i = 1; i < 60; i++)
        text_format(&text, "A%d=${A%d}${A%d}\n", i, i - 1, i - 1);
    assert_false(environment_read(environment, text.chars, text.length));
    assert_int_equal(environment_problem(environment), ENVIRONMENT_TOO_LARGE);
}

/* ---- files ---- */

static void load(const char *folder, const struct texts *names)
{
    assert_true(environment_load(environment, made_of("%s/%s", given_folder(), folder), names, given_report()));
}

#define NAMES(...)                                                                                                     \
    &(struct texts)                                                                                                    \
    {                                                                                                                  \
        .items = (const char *[]){ __VA_ARGS__ }, .count = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)    \
    }

static void expect_file(size_t index, const char *name)
{
    const char *path = environment_file(environment, index);

    if (name == NULL)
        assert_null(path);
    else
        assert_string_equal(path, made_of("%s/%s", given_folder(), name));
}

static void nearer_folder_wins_and_those_above_add(void **state)
{
    (void)state;
    given_file(".env", "A=top\nB=top\n");
    given_file("a/b/.env", "A=near\n");
    given_file("a/b/c/other", "");
    load("a/b/c", NULL);
    assert_string_equal(variables(), "A=near B=top");
    expect_file(0, "a/b/.env");
    expect_file(1, ".env");
    expect_no_problem();
}

static void nine_folders_above_are_searched_but_not_ten(void **state)
{
    (void)state;
    given_file(".env", "A=ten\n");
    given_file("1/.env", "B=nine\n");
    given_file("1/2/3/4/5/6/7/8/9/10/x", "");
    load("1/2/3/4/5/6/7/8/9/10/", NULL);
    assert_string_equal(variables(), "B=nine");
}

static void earlier_name_wins_in_a_folder_and_no_name_means_no_file(void **state)
{
    (void)state;
    given_file(".env", "A=default\n");
    given_file("a/one.env", "A=1\n");
    given_file("a/two.env", "A=2\nB=2\n");
    given_file("two.env", "B=above\nC=above\n");
    load("a", NAMES("one.env", "two.env"));
    assert_string_equal(variables(), "A=1 B=2 C=above");
    environment = environment_create(arena);
    load("a", &(struct texts){ 0 });
    assert_string_equal(variables(), "");
}

static void file_that_several_folders_lead_to_is_read_once(void **state)
{
    const char *absolute = given_file("else/x.env", "A=1\n");

    (void)state;
    given_file("y.env", "B=2\n");
    given_file("a/sub/z.env", "C=3\n");
    given_file("a/b/x", "");
    load("a/b", NAMES(absolute, "../y.env", "y.env", "../sub/z.env", "sub/z.env"));
    assert_string_equal(variables(), "A=1 C=3 B=2");
    expect_file(0, "else/x.env");
    expect_file(1, "a/sub/z.env");
    expect_file(2, "y.env");
    expect_file(3, NULL);
}

static void what_is_missing_or_a_folder_is_passed_over(void **state)
{
    (void)state;
    given_file(".env/x", "");
    given_file("file", "");
    load("a/b/c", NAMES(".env", "none", "../file/x", "", "https://example.com/x", ":memory:"));
    expect_file(0, NULL);
    expect_no_problem();
}

static void what_cannot_be_read_is_told_and_the_rest_is_read(void **state)
{
    char *large = calloc(1, ENVIRONMENT_LARGEST_FILE + 2);
    const char *pipe = made_of("%s/pipe", given_folder());
    const duckalog_diagnostic *first;

    (void)state;
    assert_non_null(large);
    memset(large, 'x', ENVIRONMENT_LARGEST_FILE + 1);
    given_file("latin1", "PASSWORD=\xE4-open-sesame\n");
    given_file("large", large);
    large[ENVIRONMENT_LARGEST_FILE] = '\0';
    given_file("just", large);
    given_file("good", "A=1\n");
    given_link("ring", "ring");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    load("", NAMES("latin1", "large", "just", "pipe", "ring", "good"));
    assert_string_equal(variables(), "A=1");
    assert_int_equal(duckalog_report_count(given_report_now()), 4);
    assert_int_equal(duckalog_report_errors(given_report_now()), 0);
    expect_warning("env-file", NULL);
    first = duckalog_report_get(given_report_now(), 0);
    assert_string_equal(first->file, made_of("%s/latin1", given_folder()));
    assert_string_equal(first->message, "the file is not valid UTF-8; its variables are not used");
    expect_nowhere("sesame");
    expect_file(0, "just");
    expect_file(1, "good");
    expect_file(2, NULL);
    free(large);
}

static void file_without_permission_is_told(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip();
    chmod(given_file(".env", "A=1\n"), 0);
    load("", NULL);
    expect_warning("env-file", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(process_comes_before_files_even_with_an_empty_value),
        TEST(without_an_environment_there_is_only_the_process),
        TEST(nothing_is_written_to_the_process),
        TEST(name_with_an_equals_sign_is_no_part_of_another),
        TEST(texts_give_these_values),
        TEST(earlier_file_keeps_its_values),
        TEST(text_that_is_not_utf8_adds_nothing),
        TEST(values_that_double_from_line_to_line_are_refused),
        TEST(nearer_folder_wins_and_those_above_add),
        TEST(nine_folders_above_are_searched_but_not_ten),
        TEST(earlier_name_wins_in_a_folder_and_no_name_means_no_file),
        TEST(file_that_several_folders_lead_to_is_read_once),
        TEST(what_is_missing_or_a_folder_is_passed_over),
        TEST(what_cannot_be_read_is_told_and_the_rest_is_read),
        TEST(file_without_permission_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
