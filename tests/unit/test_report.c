/*
 * Reports (src/base/report.c): problems keep their order within a place, sort by place, and let no
 * secret out.
 */
#include "given.h"

#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void add_at(struct duckalog_report *report, const char *file, unsigned line, unsigned column,
                   const char *message)
{
    report_add(report, DUCKALOG_ERROR, "code", (struct position){ file, line, column }, NULL, NULL, "%s", message);
}

static const char *messages_of(const struct duckalog_report *report)
{
    const char *all = "";
    const duckalog_diagnostic *d;

    for (size_t i = 0; (d = duckalog_report_get(report, i)) != NULL; i++)
        all = made_of("%s%s%s", all, i > 0 ? " " : "", d->message);
    return all;
}

static void problems_are_sorted_by_file_line_and_column(void **state)
{
    struct duckalog_report *report = given_report();

    (void)state;
    add_at(report, "b.yaml", 1, 1, "8");
    add_at(report, "a.yaml", 2, 1, "5");
    add_at(report, "a.yaml", 10, 1, "7");
    add_at(report, "a.yaml", 2, 10, "6");
    add_at(report, "a.yaml", 1, 9, "4");
    add_at(report, "a.yaml", 0, 0, "3");
    add_at(report, NULL, 0, 0, "1");
    add_at(report, NULL, 0, 0, "2");
    assert_string_equal(messages_of(report), "8 5 7 6 4 3 1 2");
    report_sort(report);
    assert_string_equal(messages_of(report), "1 2 3 4 5 6 7 8");
}

static void problems_of_one_place_stay_in_the_order_they_were_found_in(void **state)
{
    struct duckalog_report *report = given_report();
    const char *expected = "";

    (void)state;
    for (int i = 0; i < 100; i++)
        add_at(report, "a.yaml", 1, 1, made_of("%d", i));
    report_sort(report);
    for (int i = 0; i < 100; i++)
        expected = made_of("%s%s%d", expected, i > 0 ? " " : "", i);
    assert_string_equal(messages_of(report), expected);
    report_sort(report);
    assert_string_equal(messages_of(report), expected);
}

static void only_errors_count_as_errors(void **state)
{
    struct duckalog_report *report = given_report();

    (void)state;
    report_event(report, DUCKALOG_NOTICE, "n", NULL, "notice");
    report_event(report, DUCKALOG_WARNING, "w", "do this", "warning");
    assert_false(report_has_errors(report));
    assert_int_equal(duckalog_report_count(report), 2);
    report_event(report, DUCKALOG_ERROR, "e", NULL, "error %d", 1);
    assert_true(report_has_errors(report));
    assert_int_equal(duckalog_report_errors(report), 1);
    expect_warning("w", NULL);
    assert_string_equal(hint_of("w"), "do this");
    assert_null(hint_of("e"));
    expect_problem("e", 0, 0, NULL);
}

static void problem_has_all_that_was_said_of_it(void **state)
{
    struct duckalog_report *report = given_report();
    const duckalog_diagnostic *d;
    char message[] = "a message that changes";

    (void)state;
    report_add(report, DUCKALOG_WARNING, "code", (struct position){ "f", 3, 7 }, "views[0]", "hint", "%s", message);
    memset(message, 'x', sizeof(message) - 1);
    d = duckalog_report_get(report, 0);
    assert_non_null(d);
    assert_int_equal(d->severity, DUCKALOG_WARNING);
    assert_string_equal(d->code, "code");
    assert_string_equal(d->file, "f");
    assert_int_equal(d->line, 3);
    assert_int_equal(d->column, 7);
    assert_string_equal(d->path, "views[0]");
    assert_string_equal(d->hint, "hint");
    assert_string_equal(d->message, "a message that changes");
    assert_null(duckalog_report_get(report, 1));
}

static void secrets_are_masked_in_all_that_is_added_while_they_are_known(void **state)
{
    struct duckalog_report *report = given_report();
    struct redactor *redactor = redactor_create();

    (void)state;
    assert_true(redactor_learn(redactor, "hush-hush"));
    report_redact_with(report, redactor);
    report_add(report, DUCKALOG_ERROR, "code", (struct position){ "hush-hush.yaml", 1, 1 }, "a.hush-hush",
               "not hush-hush", "%s and %s", "hush-hush", "hush-hush");
    report_redact_with(report, NULL);
    redactor_destroy(redactor);
    expect_nowhere("hush-hush");
    assert_string_equal(messages_of(report), "*** and ***");
}

static void merged_report_has_the_problems_of_both(void **state)
{
    struct duckalog_report *other = report_create();
    struct duckalog_report *report = given_report();

    (void)state;
    add_at(other, "a", 1, 1, "second");
    report_event(other, DUCKALOG_WARNING, "w", NULL, "third");
    add_at(report, "b", 1, 1, "first");
    report_merge(report, other);
    duckalog_report_free(other);
    assert_string_equal(messages_of(report), "first second third");
    assert_int_equal(duckalog_report_errors(report), 2);
    assert_false(report_failed(report));
}

static void report_keeps_so_many_problems_and_says_that_there_are_more(void **state)
{
    struct duckalog_report *report = given_report();

    (void)state;
    for (unsigned i = 1; i <= 30000; i++)
        report_add(report, DUCKALOG_WARNING, "code", (struct position){ "a.yaml", i, 1 }, NULL, NULL, "a warning");
    for (unsigned i = 1; i <= 30000; i++)
        add_at(report, "a.yaml", i, 1, "an error");
    assert_int_equal(duckalog_report_errors(report), 10000);
    assert_int_equal(duckalog_report_count(report), 20000);
    assert_string_equal(duckalog_report_get(report, 9998)->message, "a warning");
    assert_string_equal(duckalog_report_get(report, 9999)->code, "more-problems");
    assert_int_equal(duckalog_report_get(report, 9999)->severity, DUCKALOG_WARNING);
    assert_int_equal(duckalog_report_get(report, 9999)->line, 10000);
    assert_int_equal(duckalog_report_get(report, 19999)->severity, DUCKALOG_ERROR);
}

static void long_text_is_cut_between_two_characters_after_secrets_are_masked(void **state)
{
    struct duckalog_report *report = given_report();
    struct redactor *redactor = redactor_create();
    char message[20000];

    (void)state;
    assert_true(redactor_learn(redactor, "hush-hush"));
    report_redact_with(report, redactor);
    memset(message, 'x', sizeof(message));
    memcpy(message + 9995, "hush-hush", 9); /* as ***, it ends at byte 9998 */
    memcpy(message + 10004, "\xE2\x82\xAC", 3);
    message[sizeof(message) - 1] = '\0';
    add_at(report, "a.yaml", 1, 1, message);
    assert_int_equal(strlen(duckalog_report_get(report, 0)->message), 9998 + strlen("…"));
    assert_string_equal(duckalog_report_get(report, 0)->message + 9990, "xxxxx***…");
    redactor_destroy(redactor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_keeps_so_many_problems_and_says_that_there_are_more),
        cmocka_unit_test(long_text_is_cut_between_two_characters_after_secrets_are_masked),
        cmocka_unit_test(problems_are_sorted_by_file_line_and_column),
        cmocka_unit_test(problems_of_one_place_stay_in_the_order_they_were_found_in),
        cmocka_unit_test(only_errors_count_as_errors),
        cmocka_unit_test(problem_has_all_that_was_said_of_it),
        cmocka_unit_test(secrets_are_masked_in_all_that_is_added_while_they_are_known),
        cmocka_unit_test(merged_report_has_the_problems_of_both),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
