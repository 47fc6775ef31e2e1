/*
 * The log (src/base/log.c) and the JSON that it is written in (src/base/json_out.c): what a line looks like, and what is
 * never in one.
 */
#include "given.h"

#include "base/json_out.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/text.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static char logged[1024];

static void keep_line(duckalog_log_level level, const char *line, void *user)
{
    assert_string_equal(user, "user");
    snprintf(logged, sizeof(logged), "%d %s", (int)level, line);
}

static struct log listener(bool json)
{
    static char user[] = "user";

    return (struct log){
        .write = keep_line, .user = user, .level = DUCKALOG_LOG_INFO, .json = json, .catalog = "shop.yaml"
    };
}

/* The object of the last line, which must be one. */
static json_t *object_of_line(void)
{
    json_error_t error;
    json_t *object = json_loads(logged + 2, JSON_REJECT_DUPLICATES, &error);

    assert_non_null(object);
    assert_true(json_is_object(object));
    return object;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static char told[512];

static void keep_progress(const duckalog_progress *progress, void *user)
{
    snprintf(told, sizeof(told), "%s %s %zu/%zu", progress->phase, progress->catalog != NULL ? progress->catalog : "-",
             progress->done, progress->total);
    for (*(size_t *)user = 0; progress->pending[*(size_t *)user] != NULL; ++*(size_t *)user)
        snprintf(told + strlen(told), sizeof(told) - strlen(told), " %s", progress->pending[*(size_t *)user]);
}

static void progress_has_the_first_names_and_masks_them(void **state)
{
    const char *names[20];
    size_t count;
    struct log log = { .progress = keep_progress, .progress_user = &count, .catalog = "shop.yaml" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        names[i] = i == 1 ? "postgres://u:word@h/d" : "n";
    log_progress(&log, "views", 1, 2, NULL, 0);
    assert_string_equal(told, "views - 1/2");
    log.is_nested = true;
    log_progress(&log, "attach", 0, 2, names, 2);
    assert_null(strstr(told, "word"));
    assert_memory_equal(told, "attach shop.yaml 0/2 n ", 23);
    assert_int_equal(count, 2);
    log_progress(&log, "attach", 0, 20, names, 20);
    assert_int_equal(count, LOG_MOST_PENDING);
    log.progress = NULL;
    *told = '\0';
    log_progress(&log, "attach", 0, 20, names, 20);
    assert_string_equal(told, "");
}

static void line_has_the_message_and_the_fields(void **state)
{
    struct log log = listener(false);

    (void)state;
    log_event(&log, DUCKALOG_LOG_INFO, "attach", "done",
              LOG_FIELDS(log_again("event", "end"), log_count("count", 2), log_ms("elapsed_ms", 1.25),
                         log_word("error_class", NULL)));
    assert_string_equal(logged, "2 attach done {count=2 elapsed_ms=1.3}");
    log_event(&log, DUCKALOG_LOG_WARNING, NULL, "plain words", NULL);
    assert_string_equal(logged, "1 plain words");
    log.catalog = "north > south";
    log.is_nested = true;
    log_event(&log, DUCKALOG_LOG_ERROR, "views", "failed", LOG_FIELDS(log_word("error_class", "view conflict")));
    assert_string_equal(logged, "0 views failed {catalog=\"north > south\" error_class=\"view conflict\"}");
}

static void what_is_not_asked_for_is_left_out(void **state)
{
    struct log log = listener(false);

    (void)state;
    strcpy(logged, "nothing");
    log_event(&log, DUCKALOG_LOG_DEBUG, "attach", "begins", NULL);
    assert_string_equal(logged, "nothing");
    log.write = NULL;
    log_event(&log, DUCKALOG_LOG_ERROR, "attach", "begins", NULL);
    assert_string_equal(logged, "nothing");
}

/* A name can't end the line, or make up fields. */
static void names_do_not_break_the_line(void **state)
{
    static const struct {
        const char *name;
        const char *expected;
    } cases[] = {
        { "plain/name-1.db", "plain/name-1.db" },
        { "Zażółć", "Zażółć" },
        { "", "\"\"" },
        { "two words", "\"two words\"" },
        { "a\nINFO | forged", "\"a\\nINFO | forged\"" },
        { "x} {count=3", "\"x} {count=3\"" },
        { "a=b", "\"a=b\"" },
        { "\"quoted\"", "\"\\\"quoted\\\"\"" },
        { "\x1B[31m", "\"\\u001b[31m\"" },
    };
    struct log log = listener(false);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        log_event(&log, DUCKALOG_LOG_INFO, NULL, "m", LOG_FIELDS(log_text("name", cases[i].name)));
        check_text(made_of("case %zu", i), logged, made_of("2 m {name=%s}", cases[i].expected));
    }
    table_ends();
}

static void object_has_time_level_message_and_the_fields(void **state)
{
    struct log log = listener(true);
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    const char *time;
    json_t *object;

    (void)state;
    log_event(&log, DUCKALOG_LOG_INFO, "attach", "failed",
              LOG_FIELDS(log_again("event", "end"), log_text("alias", "pg"), log_word("kind", "postgres"),
                         log_count("attempt", 3), log_ms("elapsed_ms", 1.25), log_word("error_class", "timeout"),
                         log_text("name", NULL)));
    assert_null(strchr(logged, '\n'));
    object = object_of_line();
    assert_int_equal(json_object_size(object), 11);
    time = text_of(object, "time");
    assert_int_equal(strlen(time), strlen(form));
    for (size_t i = 0; i < strlen(form); i++)
        assert_true(form[i] == 'd' ? time[i] >= '0' && time[i] <= '9' : time[i] == form[i]);
    assert_true(strcmp(time, "2025") > 0);
    assert_string_equal(text_of(object, "level"), "info");
    assert_string_equal(text_of(object, "message"), "attach failed");
    assert_string_equal(text_of(object, "phase"), "attach");
    assert_string_equal(text_of(object, "event"), "end");
    assert_string_equal(text_of(object, "catalog"), "shop.yaml");
    assert_string_equal(text_of(object, "alias"), "pg");
    assert_string_equal(text_of(object, "kind"), "postgres");
    assert_int_equal(json_integer_value(json_object_get(object, "attempt")), 3);
    assert_true(json_real_value(json_object_get(object, "elapsed_ms")) == 1.25);
    assert_string_equal(text_of(object, "error_class"), "timeout");
    json_decref(object);
}

/* Before escaping: a secret with a quote in it is not found afterwards. Our own words stay, or they would give it away. */
static void secrets_and_credentials_are_masked_in_both_forms(void **state)
{
    struct redactor *redactor = redactor_create();

    (void)state;
    assert_true(redactor_learn(redactor, "hu\"sh\nhush") && redactor_learn(redactor, "postgres"));
    for (int json = 0; json <= 1; json++) {
        struct log log = listener(json != 0);

        log.redactor = redactor;
        log_event(&log, DUCKALOG_LOG_INFO, "attach", "done",
                  LOG_FIELDS(log_text("name", "a-hu\"sh\nhush-b"), log_word("kind", "postgres"),
                             log_text("alias", "https://me:pass-c4nary@host/x?sig=c4nary-2")));
        check_true("the secret", strstr(logged, "hush") == NULL && strstr(logged, "a-***-b") != NULL);
        check_true("the credentials", strstr(logged, "c4nary") == NULL && strstr(logged, "host/x") != NULL);
        check_true("our word", strstr(logged, "postgres") != NULL);
        log.catalog = "hu\"sh\nhush";
        log.is_nested = true;
        log_event(&log, DUCKALOG_LOG_INFO, NULL, "m", NULL);
        check_true("the catalog", strstr(logged, "hush") == NULL && strstr(logged, "***") != NULL);
    }
    redactor_destroy(redactor);
    table_ends();
}

/* ---- JSON ---- */

static void strings_are_written_so_that_any_parser_reads_them_again(void **state)
{
    static const struct {
        const char *written;
        const char *read;
    } cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "\"\\/\b\f\n\r\t\x01\x1F\x7F", "\"\\/\b\f\n\r\t\x01\x1F\x7F" },
        { "Zażółć €😀", "Zażółć €😀" },
        { "\xEE\x80\x80\xF4\x8F\xBF\xBF", "\xEE\x80\x80\xF4\x8F\xBF\xBF" },
        { "a\xFF"
          "b",
          "a\xEF\xBF\xBD"
          "b" },
        { "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD" }, /* a long form */
        { "\xE0\x80\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" }, /* a surrogate */
        { "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "cut \xE2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text json = text_on_heap();
        json_t *value;

        json_add_string(&json, cases[i].written);
        value = json_loads(text_string(&json), JSON_DECODE_ANY, NULL);
        check_text(made_of("case %zu", i), value == NULL ? NULL : json_string_value(value), cases[i].read);
        json_decref(value);
        text_free(&json);
    }
    table_ends();
}

static void objects_and_lists_have_their_commas(void **state)
{
    struct text json = text_on_heap();

    (void)state;
    json_begin_object(&json);
    json_put_string(&json, "a", NULL);
    json_put_count(&json, "b", 18446744073709551615ULL);
    json_put_ms(&json, "c", 12.3456);
    json_put_truth(&json, "d", true);
    json_add_key(&json, "e");
    json_begin_array(&json);
    json_add_count(&json, 1);
    json_begin_object(&json);
    json_end_object(&json);
    json_begin_array(&json);
    json_end_array(&json);
    json_add_truth(&json, false);
    json_end_array(&json);
    json_put_string(&json, "f{", ":");
    json_add_key(&json, "g");
    json_add_ms(&json, 0);
    json_end_object(&json);
    assert_string_equal(text_string(&json), "{\"a\":null,\"b\":18446744073709551615,\"c\":12.346,\"d\":true,"
                                            "\"e\":[1,{},[],false],\"f{\":\":\",\"g\":0.000}");
    text_free(&json);
}

/* A decimal comma would be no JSON, and no number for whoever reads lines of text. */
static void durations_are_the_same_in_every_locale(void **state)
{
    static const struct {
        double ms;
        const char *expected;
    } cases[] = { { 0, "0.0" },   { 0.04, "0.0" }, { 0.05, "0.1" }, { 9.96, "10.0" }, { 1234567.8, "1234567.8" },
                  { -0.5, "0.0" } };
    static const char *const locales[] = { "C", "de_DE.UTF-8", "fr_FR.UTF-8" };

    (void)state;
    for (size_t l = 0; l < COUNT_OF(locales); l++) {
        setlocale(LC_ALL, locales[l]); /* where it is installed */
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct text text = text_on_heap();

            text_add_ms(&text, cases[i].ms, 1);
            check_text(made_of("case %zu", i), text_string(&text), cases[i].expected);
            text_free(&text);
        }
    }
    setlocale(LC_ALL, "C");
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_has_the_first_names_and_masks_them),
        cmocka_unit_test(line_has_the_message_and_the_fields),
        cmocka_unit_test(what_is_not_asked_for_is_left_out),
        cmocka_unit_test(names_do_not_break_the_line),
        cmocka_unit_test(object_has_time_level_message_and_the_fields),
        cmocka_unit_test(secrets_and_credentials_are_masked_in_both_forms),
        cmocka_unit_test(strings_are_written_so_that_any_parser_reads_them_again),
        cmocka_unit_test(objects_and_lists_have_their_commas),
        cmocka_unit_test(durations_are_the_same_in_every_locale),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
