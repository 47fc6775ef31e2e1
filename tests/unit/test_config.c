/*
 * Loading a config as a whole (src/config/config.c and the C API of engine/configs.c): files that are no configs, all
 * problems at once, secrets that no message tells (config-language.md D-3, D-5 to D-8).
 */
#include "given.h"

#include "base/report.h"
#include "base/text.h"
#include "config/imports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void load_path(const char *path)
{
    struct duckalog_config *config = config_load(path, "shown.yaml", NULL, given_report());

    assert_null(config);
}

static void file_that_can_not_be_read_is_a_problem_of_the_file(void **state)
{
    (void)state;
    load_path(made_of("%s/no such file.yaml", given_folder()));
    expect_problem("file", 0, 0, NULL);
    load_path(given_folder());
    expect_problem("file", 0, 0, NULL);
    load_path("/dev/zero");
    expect_problem("file", 0, 0, NULL);
    load_path(made_of("%s/config.yaml/below", given_folder()));
    expect_problem("file", 0, 0, NULL);
}

/* What `duckalog init` is going to write. */
static void text_is_checked_as_the_file_that_it_will_be(void **state)
{
    const char *yaml = made_of("%s/not there/config.yaml", given_folder());
    const char *json = made_of("%s/config.json", given_folder());
    struct duckalog_config *config = config_load_text(yaml, "version: 1\nduckdb: {database: x}\n", given_report());

    (void)state;
    assert_non_null(config);
    assert_string_equal(config->root.duckdb->database, made_of("%s/not there/x", given_folder()));
    config_free(config);
    assert_null(config_load_text(yaml, "version: 1\n", given_report()));
    expect_problem("missing-key", 1, 1, "duckdb");
    assert_null(config_load_text(json, "version: 1\n", given_report()));
    expect_problem("syntax", 1, 1, NULL);
}

/* What `duckalog show-imports` shows of it. */
static void config_with_errors_is_handed_out_when_it_is_asked_for(void **state)
{
    const struct config_options options = { .keep_incomplete = true };
    const char *path = given_file("kept.yaml", "version: 1\nduckdb: {}\nimports: [kept2.yaml, none.yaml, '*.none']\n");
    struct duckalog_config *config;

    (void)state;
    given_file("kept2.yaml", "nonsense: 1\n");
    config = config_load(path, "kept.yaml", &options, given_report());
    assert_non_null(config);
    expect_problem("unknown-key", 1, 1, "nonsense");
    assert_int_equal(config->files.count, 2);
    assert_int_equal(config->files.items[0]->import_count, 3);
    assert_ptr_equal(config->files.items[0]->imports[0].file, config->files.items[1]);
    for (size_t i = 1; i < 3; i++) {
        assert_null(config->files.items[0]->imports[i].file);
        assert_true(config->files.items[0]->imports[i].missing);
    }
    config_free(config);
    config = config_load(made_of("%s/not there.yaml", given_folder()), "x", &options, given_report());
    assert_non_null(config);
    expect_problem("file", 0, 0, NULL);
    config_free(config);
    /* A child with errors is no child. */
    given_file("bad child.yaml", "version: 1\nduckdb: {database: x.duckdb}\nnonsense: 1\n");
    path = given_file("parent.yaml", "version: 1\nduckdb: {}\n"
                                     "attachments: {duckalog: [{alias: a, config_path: bad child.yaml}]}\n");
    config = config_load(path, "parent.yaml", &options, given_report());
    assert_non_null(config);
    assert_null(config->nested[0].config);
    config_free(config);
}

/* D-5 */
static void file_of_more_than_64_mib_is_not_read(void **state)
{
    const char *path = given_file("large.yaml", "version: 1\n");

    (void)state;
    assert_int_equal(truncate(path, (off_t)DOCUMENT_LARGEST_FILE + 1), 0);
    load_path(path);
    expect_problem("file", 0, 0, NULL);
    assert_int_equal(truncate(path, 0), 0);
}

static void document_that_is_no_mapping_is_refused(void **state)
{
    static const char *const rows[] = { "", "# only a comment\n", "---\n", "null", "text", "[1, 2]", "5" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_true(rows[i], !config_is_accepted(rows[i]));
        check_true(rows[i], has_problem(DUCKALOG_ERROR, "type", 0, 0, NULL));
        check_number(rows[i], (long long)duckalog_report_errors(given_report_now()), 1);
    }
    table_ends();
}

static void smallest_config_is_accepted_in_both_languages(void **state)
{
    const struct duckalog_config *config = given_config("version: 1\nduckdb: {}\n");

    (void)state;
    assert_string_equal(config->root.duckdb->database, ":memory:");
    assert_int_equal(config->root.views.count, 0);
    assert_string_equal(config->source.directory, given_folder());
    assert_string_equal(config->source.shown, "config.yaml");
    expect_no_problem();
    config = given_json_config("\xEF\xBB\xBF{\"version\": 1, \"duckdb\": {}}");
    assert_int_equal(config->root.version, 1);
}

/* D-1: what YAML would take is refused in a .json file, and what JSON has is read as JSON. */
static void json_files_are_json(void **state)
{
    const struct duckalog_config *config;

    (void)state;
    given_bad_json_config("{\"version\": 1, \"duckdb\": {},}");
    expect_problem("syntax", 1, 29, NULL);
    given_bad_json_config("version: 1\nduckdb: {}\n");
    expect_problem("syntax", 1, 1, NULL);
    config =
        given_json_config("{\n\t\"version\": 1e0,\n\t\"duckdb\": {},\n\t\"views\": [{\"name\": \"\\ud83d\\ude00\", "
                          "\"sql\":\t\"SELECT 1\"}]\n}");
    assert_string_equal(config->root.views.items[0].name, "\xF0\x9F\x98\x80");
}

/* D-7 */
static void all_problems_are_reported_at_once_and_in_their_order(void **state)
{
    const duckalog_diagnostic *d;
    duckalog_diagnostic last = { 0 };

    (void)state;
    given_bad_config("version: x\n"
                     "duckdb:\n"
                     "  databse: a.db\n"
                     "  settings: [threads = 4]\n"
                     "  secrets:\n"
                     "  - {type: s33}\n"
                     "  - {type: s3, key_id: KEYKEYKEY}\n"
                     "views:\n"
                     "- {name: a, sql: SELECT 1}\n"
                     "- {name: A, sql: SELECT 1; SELECT 2}\n"
                     "- {name: b, source: duckdb, database: nowhere, table: t}\n"
                     "- {sql: SELECT 1}\n"
                     "atachments: {}\n");
    expect_problem("type", 1, 10, "version");
    expect_problem("unknown-key", 3, 3, "duckdb.databse");
    expect_problem("setting", 4, 14, "duckdb.settings[0]");
    expect_problem("unknown-value", 6, 12, "duckdb.secrets[0].type");
    expect_problem("combination", 7, 5, "duckdb.secrets[1]");
    expect_problem("duplicate-name", 10, 10, "views[1].name");
    expect_problem("sql", 10, 28, "views[1].sql");
    expect_problem("reference", 11, 39, "views[2].database");
    expect_problem("missing-key", 12, 3, "views[3].name");
    expect_problem("unknown-key", 13, 1, "atachments");
    expect_errors(10);
    for (size_t i = 0; (d = duckalog_report_get(given_report_now(), i)) != NULL; i++) {
        assert_true(d->line > last.line || (d->line == last.line && d->column >= last.column));
        assert_string_equal(d->file, "config.yaml");
        last = *d;
    }
}

/*
 * A value in place of a mapping, a list or an item of a list is a problem like any other: whatever it is that is missing
 * below it, nothing looks for it.
 */
static void every_section_may_be_of_a_wrong_type(void **state)
{
    static const char *const rows[] = {
        "duckdb: 5",
        "duckdb: []",
        "duckdb: {secrets: 5}",
        "duckdb: {secrets: [5]}",
        "duckdb: {secrets: [5, 5]}",
        "duckdb: {secrets: [null]}",
        "duckdb: {settings: {}, pragmas: 5, install_extensions: 5, load_extensions: [[]]}",
        "duckdb: {database: []}",
        "duckdb: {}\nviews: 5",
        "duckdb: {}\nviews: [5, null, [], {}]",
        "duckdb: {}\nattachments: 5",
        "duckdb: {}\nattachments: {duckdb: 5, sqlite: 5, postgres: 5, duckalog: 5}",
        "duckdb: {}\nattachments: {duckdb: [5], sqlite: [5], postgres: [5]}",
        "duckdb: {}\nattachments: {duckdb: [{}], sqlite: [{}], postgres: [{}]}",
        "duckdb: {}\niceberg_catalogs: 5",
        "duckdb: {}\niceberg_catalogs: [5, {}]",
        "duckdb: {}\nsemantic_models: 5",
        "duckdb: {}\nloader_settings: 5",
        "duckdb: 5\nviews: [{name: a, source: duckdb, database: x, table: t}]",
        "duckdb: 5\nattachments: {duckdb: [{alias: a, path: b}]}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_true(rows[i], !config_is_accepted(made_of("version: 1\n%s\n", rows[i])));
        check_true(rows[i], duckalog_report_errors(given_report_now()) > 0);
    }
    table_ends();
}

/* The value of an option that sounds secret is remembered, also when it is none. */
static void secret_option_that_is_no_value_is_a_problem_like_any_other(void **state)
{
    static const char *const rows[] = { "010", "12:30", ".inf", "{a: 010}", "[1, .nan]", "~" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_true(rows[i], !config_is_accepted(with_secret(
                                made_of("{type: s3, key_id: k, secret: s, options: {session_token: %s}}", rows[i]))));
    table_ends();
}

/* A problem is told once: what follows from it is not another one. */
static void one_mistake_is_one_problem(void **state)
{
    static const struct {
        const char *name, *yaml;
    } rows[] = {
        { "unset variables in a secret",
          "version: 1\nduckdb:\n  secrets:\n  - {type: s3, key_id: '${env:DT_UNSET}', secret: x}\n" },
        { "an unset variable for a number", "version: ${env:DT_UNSET}\nduckdb: {}\n" },
        { "an unset variable for a name",
          "version: 1\nduckdb: {}\nviews:\n- {name: '${env:DT_UNSET}', sql: SELECT 1}\n" },
        { "an unset variable for a query", "version: 1\nduckdb: {}\nviews:\n- {name: a, sql: '${env:DT_UNSET}'}\n" },
        { "an Iceberg table that is said twice",
          "version: 1\nduckdb: {}\niceberg_catalogs: [{name: i, catalog_type: glue}]\n"
          "views:\n- {name: a, source: iceberg, uri: 's3://b/t', catalog: i, table: t}\n" },
        { "an unknown key of a secret",
          "version: 1\nduckdb:\n  secrets:\n  - {type: s3, provider: credential_chain, reggion: x}\n" },
        { "an option twice",
          "version: 1\nduckdb: {}\nviews:\n- {name: a, source: parquet, uri: x, options: {a: 1, A: 2}}\n" },
        { "attachments of a wrong type, and a view on one of them",
          "version: 1\nduckdb: {}\nattachments: {duckdb: [{alias: x}]}\n"
          "views:\n- {name: a, source: duckdb, database: x, table: t}\n" },
    };

    (void)state;
    unsetenv("DT_UNSET");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_true(rows[i].name, !config_is_accepted(rows[i].yaml));
        check_number(rows[i].name, (long long)duckalog_report_count(given_report_now()), 1);
    }
    table_ends();
}

/* D-6 */
static void no_message_tells_a_secret(void **state)
{
    static const char *const rows[] = {
        "version: 1\nduckdb:\n  secrets:\n  - {type: s3, key_id: [tell-me-not], secret: tell-me-not}\n",
        "version: 1\nduckdb:\n  secrets:\n  - {type: tell-me-not, secret: tell-me-not}\n",
        "version: 1\nduckdb:\n  secrets:\n  - {type: s3, secret: tell-me-not, name: tell-me-not}\n",
        "version: 1\nduckdb:\n  secrets:\n  - {type: postgres, connection_string: 'host=h password=tell-me-not "
        "port=x'}\n",
        "version: 1\nduckdb:\n  secrets:\n  - {type: postgres, connection_string: 'tell-me-not'}\n",
        "version: 1\nduckdb:\n  secrets:\n  - {type: s3, key_id: k, secret: s, options: {session_token: tell-me-not, "
        "a: ~}}\n",
        "version: 1\nduckdb:\n  settings: [\"SET s3_secret_access_key = 'tell-me-not'; SET a = 1\"]\n",
        "version: 1\nduckdb: {}\nattachments:\n  postgres:\n  - {alias: a, password: tell-me-not, host: h}\n",
        "version: 1\nduckdb: {}\nattachments:\n  postgres:\n  - {alias: a, password: {x: tell-me-not}}\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        given_bad_config(rows[i]);
        expect_nowhere("tell-me-not");
    }
}

static void secrets_of_statements_are_known_in_every_form_of_quotes(void **state)
{
    static const struct {
        const char *statement, *value;
    } rows[] = {
        { "SET s3_secret_access_key = 'plain-value'", "plain-value" },
        { "SET s3_secret_access_key='it''s a value'", "it's a value" },
        { "SET s3_secret_access_key = E'escaped-value'", "escaped-value" },
        { "SET s3_secret_access_key = $$dollar-value$$", "dollar-value" },
        { "SET s3_secret_access_key = $t$tagged-value$t$", "tagged-value" },
        { "CREATE SECRET (TYPE s3, KEY_ID 'a-key-id', SECRET 'a-secret')", "a-secret" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        given_config(with_duckdb(made_of("pragmas: [\"%s\"]", rows[i].statement)));
        check_true(rows[i].statement, is_masked(rows[i].value));
    }
    table_ends();
}

static void interpolated_values_are_read_by_the_schema(void **state)
{
    const struct duckalog_config *config;

    (void)state;
    setenv("DT_VERSION", "01", 1);
    setenv("DT_YES", "yes", 1);
    setenv("DT_SECRET", "from-the-environment", 1);
    config = given_config("version: ${env:DT_VERSION}\nduckdb:\n  secrets:\n"
                          "  - {type: s3, key_id: k, secret: '${env:DT_SECRET}', persistent: '${env:DT_YES}',"
                          " options: {use_ssl: '${env:DT_YES}'}}\n");
    assert_int_equal(config->root.version, 1);
    assert_true(config->root.duckdb->secrets.items[0].persistent);
    assert_int_equal(config->root.duckdb->secrets.items[0].options->items[0].kind, VALUE_TEXT);
    assert_true(is_masked("from-the-environment"));
}

static void d10_dotenv_file_beside_the_config_is_read_and_leaves_the_process_alone(void **state)
{
    const char *path = given_file(".env", "DT_UNSET=1\n");

    (void)state;
    assert_int_equal(given_config("version: ${env:DT_UNSET}\nduckdb: {}\n")->root.version, 1);
    assert_null(getenv("DT_UNSET"));
    unlink(path);
    given_bad_config("version: ${env:DT_UNSET}\nduckdb: {}\n");
}

/* ---- the same through the C API ---- */

static void api_hands_over_config_and_report(void **state)
{
    const char *path = given_file("api.yaml", with_view("{name: a, sql: SELECT 1}"));
    duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    char *sql = NULL;

    (void)state;
    assert_int_equal(duckalog_config_load(path, NULL, &config, &report), DUCKALOG_OK);
    assert_int_equal(duckalog_report_count(report), 0);
    assert_int_equal(duckalog_generate_sql(config, NULL, DUCKALOG_SQL_VIEWS_ONLY, &sql), DUCKALOG_OK);
    assert_string_equal(sql, "-- Generated by Duckalog\n-- Config version: 1\n\nCREATE OR REPLACE VIEW \"a\" AS\n"
                             "SELECT 1;\n");
    duckalog_string_free(sql);
    duckalog_config_free(config);
    duckalog_report_free(report);
}

static void api_reports_a_bad_config(void **state)
{
    const char *path = given_file("api.yaml", "version: 1\n");
    duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    const duckalog_diagnostic *d;

    (void)state;
    assert_int_equal(duckalog_config_load(path, NULL, &config, &report), DUCKALOG_CONFIG);
    assert_null(config);
    assert_int_equal(duckalog_report_errors(report), 1);
    d = duckalog_report_get(report, 0);
    assert_non_null(d);
    assert_string_equal(d->code, "missing-key");
    assert_string_equal(d->file, path);
    assert_null(duckalog_report_get(report, 1));
    duckalog_report_free(report);
    assert_int_equal(duckalog_config_load(path, NULL, &config, NULL), DUCKALOG_CONFIG);
}

static void api_refuses_a_call_without_its_arguments(void **state)
{
    duckalog_config *config = NULL;
    char *sql = NULL;

    (void)state;
    assert_int_equal(duckalog_config_load(NULL, NULL, &config, NULL), DUCKALOG_USAGE);
    assert_int_equal(duckalog_config_load("", NULL, &config, NULL), DUCKALOG_USAGE);
    assert_int_equal(duckalog_config_load("x", NULL, NULL, NULL), DUCKALOG_USAGE);
    assert_int_equal(duckalog_generate_sql(NULL, NULL, DUCKALOG_SQL_FULL, &sql), DUCKALOG_USAGE);
    assert_null(duckalog_report_get(NULL, 0));
    assert_int_equal(duckalog_report_count(NULL), 0);
    assert_int_equal(duckalog_report_errors(NULL), 0);
    duckalog_config_free(NULL);
    duckalog_report_free(NULL);
    duckalog_string_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_that_can_not_be_read_is_a_problem_of_the_file),
        cmocka_unit_test(text_is_checked_as_the_file_that_it_will_be),
        cmocka_unit_test(config_with_errors_is_handed_out_when_it_is_asked_for),
        cmocka_unit_test(file_of_more_than_64_mib_is_not_read),
        cmocka_unit_test(document_that_is_no_mapping_is_refused),
        cmocka_unit_test(smallest_config_is_accepted_in_both_languages),
        cmocka_unit_test(json_files_are_json),
        cmocka_unit_test(all_problems_are_reported_at_once_and_in_their_order),
        cmocka_unit_test(one_mistake_is_one_problem),
        cmocka_unit_test(no_message_tells_a_secret),
        cmocka_unit_test(secrets_of_statements_are_known_in_every_form_of_quotes),
        cmocka_unit_test(interpolated_values_are_read_by_the_schema),
        cmocka_unit_test(d10_dotenv_file_beside_the_config_is_read_and_leaves_the_process_alone),
        cmocka_unit_test(api_hands_over_config_and_report),
        cmocka_unit_test(api_reports_a_bad_config),
        cmocka_unit_test(api_refuses_a_call_without_its_arguments),
        cmocka_unit_test(secret_option_that_is_no_value_is_a_problem_like_any_other),
        cmocka_unit_test(every_section_may_be_of_a_wrong_type),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
