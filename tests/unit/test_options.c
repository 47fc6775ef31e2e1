/*
 * Options of the C API (src/engine/options.c): defaults, structs of another size, and what excludes each other.
 */
#include "given.h"

#include "duckalog.h"
#include "engine/options.h"

#include <stdlib.h>
#include <string.h>

static void defaults_are_set(void **state)
{
    duckalog_options options;

    (void)state;
    memset(&options, 0xAA, sizeof(options));
    duckalog_options_init(&options);
    assert_int_equal(options.size, sizeof(options));
    assert_null(options.database_path);
    assert_null(options.extension_directory);
    assert_false(options.read_only);
    assert_false(options.force_rebuild);
    assert_false(options.include_secrets);
    assert_null(options.log);
    assert_int_equal(options.log_level, DUCKALOG_LOG_INFO);
    duckalog_options_init(NULL);
}

static void no_options_are_the_defaults(void **state)
{
    duckalog_options known;

    (void)state;
    assert_true(options_read(NULL, &known));
    assert_int_equal(known.size, sizeof(known));
    assert_int_equal(known.log_level, DUCKALOG_LOG_INFO);
}

static void options_are_copied(void **state)
{
    duckalog_options options;
    duckalog_options known;

    (void)state;
    duckalog_options_init(&options);
    options.database_path = "x.db";
    options.read_only = 1;
    options.log_level = DUCKALOG_LOG_DEBUG;
    assert_true(options_read(&options, &known));
    assert_string_equal(known.database_path, "x.db");
    assert_true(known.read_only);
    assert_int_equal(known.log_level, DUCKALOG_LOG_DEBUG);
}

/* No version had a struct that ends inside of a field: half a pointer would be followed. */
static void sizes_that_no_version_had_are_refused(void **state)
{
    static const size_t sizes[] = { 0,
                                    1,
                                    sizeof(size_t) - 1,
                                    sizeof(size_t) + 1,
                                    offsetof(duckalog_options, log) + 1,
                                    offsetof(duckalog_options, nesting_limit),
                                    sizeof(duckalog_options) - 1,
                                    SIZE_MAX };
    duckalog_options options;
    duckalog_options known;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        duckalog_options_init(&options);
        options.size = sizes[i];
        check_true(made_of("a struct of %zu bytes is refused", sizes[i]), !options_read(&options, &known));
    }
    table_ends();
}

/* Up to the last field of each form: where a later field begins there may be padding, which may hold anything. */
static void a_struct_of_an_older_version_gets_the_defaults_for_what_it_has_not(void **state)
{
    static const struct {
        size_t size;
        size_t used;
    } versions[] = {
        { 88, offsetof(duckalog_options, nesting_limit) + sizeof(int) },
        { 120, offsetof(duckalog_options, refresh_secrets) + sizeof(int) },
        { 144, offsetof(duckalog_options, read_user) + sizeof(void *) },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        unsigned char *given = malloc(versions[i].size); /* a sanitizer sees what is read or written beyond it */
        duckalog_options known;

        assert_non_null(given);
        duckalog_options_init_sized((duckalog_options *)given, versions[i].size);
        ((duckalog_options *)given)->nesting_limit = 3;
        memset(given + versions[i].used, 0xAA, versions[i].size - versions[i].used);
        check_true(made_of("a struct of %zu bytes is taken", versions[i].size),
                   options_read((duckalog_options *)given, &known));
        check_number("what it has", known.nesting_limit, 3);
        check_number("its own size is not kept", (long long)known.size, sizeof(known));
        check_true("the rest is as in a struct of today",
                   memcmp((char *)&known + versions[i].used, (char *)&(duckalog_options){ 0 } + versions[i].used,
                          sizeof(known) - versions[i].used) == 0);
        free(given);
    }
    table_ends();
}

static void a_struct_of_a_newer_version_is_taken_when_what_is_not_known_is_zero(void **state)
{
    struct {
        duckalog_options options;
        char more[64];
    } newer;
    duckalog_options known;

    (void)state;
    for (size_t more = 1; more <= sizeof(newer.more); more++) {
        memset(&newer, 0xAA, sizeof(newer));
        duckalog_options_init_sized(&newer.options, sizeof(newer.options) + more);
        newer.options.read_only = 1;
        check_true(made_of("%zu more bytes of zeros", more), options_read(&newer.options, &known) && known.read_only);
        newer.more[more - 1] = 1;
        check_true(made_of("%zu more bytes, one of them not zero", more), !options_read(&newer.options, &known));
    }
    table_ends();
}

static void who_only_reads_changes_nothing(void **state)
{
    static const size_t fields[] = { offsetof(duckalog_options, force_rebuild), offsetof(duckalog_options, prune),
                                     offsetof(duckalog_options, refresh_secrets) };
    duckalog_options options;
    duckalog_options known;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        duckalog_options_init(&options);
        *(int *)(void *)((char *)&options + fields[i]) = 1;
        check_true("alone", options_read(&options, &known));
        options.read_only = 1;
        check_true("read-only", !options_read(&options, &known));
    }
    table_ends();
}

/* The function behind the macro, and the struct of the programs that call it. */
static void a_program_of_before_the_macro_gets_no_more_written_than_it_has(void **state)
{
    unsigned char *given = malloc(88);
    duckalog_options known;

    (void)state;
    assert_non_null(given);
    (duckalog_options_init)((duckalog_options *)given);
    assert_true(options_read((duckalog_options *)given, &known));
    assert_int_equal(known.log_level, DUCKALOG_LOG_INFO);
    free(given);
    duckalog_options_init_sized(NULL, sizeof(known));
    memset(&known, 0xAA, sizeof(known));
    duckalog_options_init_sized(&known, 87);
    assert_int_equal(*(unsigned char *)&known, 0xAA);
}

static void the_time_to_attach_is_that_of_the_options_or_of_the_environment(void **state)
{
    static const struct {
        const char *variable;
        int option;
        int expected; /* 0: refused */
    } cases[] = {
        { NULL, 0, 10000 },
        { "", 0, 10000 },
        { "2", 0, 2000 },
        { "0.25", 0, 250 },
        { "1.0019", 0, 1001 },
        { "0.001", 0, 1 },
        { "86400", 0, 86400000 },
        { "007", 0, 7000 },
        { "bad", 1500, 1500 },
        { "2", 1500, 1500 },
        { "0", 0, 0 },
        { "0.0004", 0, 0 },
        { "86401", 0, 0 },
        { "86400.5", 0, 0 },
        { "-1", 0, 0 },
        { "+1", 0, 0 },
        { " 1", 0, 0 },
        { "1 ", 0, 0 },
        { "1s", 0, 0 },
        { "1.", 0, 0 },
        { ".5", 0, 0 },
        { "1,5", 0, 0 },
        { "1.5.5", 0, 0 },
        { "nan", 0, 0 },
        { "inf", 0, 0 },
        { "1e3", 0, 0 },
        { "0x10", 0, 0 },
        { "99999999999999999999999", 0, 0 },
    };
    duckalog_options options;

    (void)state;
    duckalog_options_init(&options);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *row =
            made_of("%s with %d", cases[i].variable != NULL ? cases[i].variable : "nothing", cases[i].option);
        int ms = -1;
        bool good;

        options.attach_timeout_ms = cases[i].option;
        if (cases[i].variable == NULL)
            unsetenv(OPTIONS_ATTACH_TIMEOUT);
        else
            setenv(OPTIONS_ATTACH_TIMEOUT, cases[i].variable, 1);
        good = options_attach_timeout(&options, &ms);
        check_true(row, good == (cases[i].expected > 0));
        if (good)
            check_number(row, ms, cases[i].expected);
    }
    unsetenv(OPTIONS_ATTACH_TIMEOUT);
    table_ends();
}

static void read_only_and_rebuild_exclude_each_other(void **state)
{
    duckalog_options options;
    duckalog_options known;

    (void)state;
    duckalog_options_init(&options);
    options.read_only = 1;
    options.force_rebuild = 1;
    assert_false(options_read(&options, &known));
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int status = DUCKALOG_OK; status <= DUCKALOG_UNAVAILABLE; status++) {
        const char *name = duckalog_status_name((duckalog_status)status);

        assert_non_null(name);
        assert_true(*name >= 'a' && *name <= 'z');
        for (int other = DUCKALOG_OK; other < status; other++)
            assert_string_not_equal(name, duckalog_status_name((duckalog_status)other));
    }
    assert_non_null(duckalog_status_name((duckalog_status)999));
}

static void version_is_that_of_the_header(void **state)
{
    (void)state;
    assert_string_equal(duckalog_version(),
                        made_of("%d.%d.%d", DUCKALOG_VERSION_MAJOR, DUCKALOG_VERSION_MINOR, DUCKALOG_VERSION_PATCH));
    assert_true(DUCKALOG_VERSION_AT_LEAST(0, 1, 0));
    assert_false(DUCKALOG_VERSION_AT_LEAST(99, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_set),
        cmocka_unit_test(no_options_are_the_defaults),
        cmocka_unit_test(who_only_reads_changes_nothing),
        cmocka_unit_test(options_are_copied),
        cmocka_unit_test(sizes_that_no_version_had_are_refused),
        cmocka_unit_test(a_struct_of_an_older_version_gets_the_defaults_for_what_it_has_not),
        cmocka_unit_test(a_struct_of_a_newer_version_is_taken_when_what_is_not_known_is_zero),
        cmocka_unit_test(a_program_of_before_the_macro_gets_no_more_written_than_it_has),
        cmocka_unit_test(the_time_to_attach_is_that_of_the_options_or_of_the_environment),
        cmocka_unit_test(read_only_and_rebuild_exclude_each_other),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(version_is_that_of_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
