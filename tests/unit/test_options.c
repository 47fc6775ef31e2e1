/*
 * Options of the C API (src/engine/options.c): defaults, structs of another size, and what excludes each other.
 */
#include "given.h"

#include "duckalog.h"
#include "engine/options.h"

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
                                    sizeof(duckalog_options) - 1,
                                    sizeof(duckalog_options) + 8,
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
    for (int status = DUCKALOG_OK; status <= DUCKALOG_INTERRUPTED; status++) {
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
        cmocka_unit_test(options_are_copied),
        cmocka_unit_test(sizes_that_no_version_had_are_refused),
        cmocka_unit_test(read_only_and_rebuild_exclude_each_other),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(version_is_that_of_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
