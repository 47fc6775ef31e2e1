/*
 * Checks of a whole config (src/config/check.c), decision by decision: each test is named by the D-n of
 * config-language.md section 13 or the S-n of sql-generation.md section 8 that it proves.
 */
#include "given.h"

#include <string.h>

/* Rows of one object each: accepted (NULL), or refused with this code. */
struct row {
    const char *object, *code;
};

static void check_rows(const struct row *rows, size_t count, const char *(*config_of)(const char *object))
{
    for (size_t i = 0; i < count; i++) {
        bool accepted = config_is_accepted(config_of(rows[i].object));

        if (rows[i].code == NULL)
            check_true(made_of("accepted: %s", rows[i].object), accepted);
        else
            check_true(made_of("%s: %s", rows[i].code, rows[i].object),
                       !accepted && has_problem(DUCKALOG_ERROR, rows[i].code, 0, 0, NULL));
    }
    table_ends();
}

/* ---- names ---- */

static void d33_names_of_views_are_compared_as_duckdb_does(void **state)
{
    static const struct {
        const char *first, *second;
        bool same;
    } rows[] = {
        { "{name: a, sql: SELECT 1}", "{name: A, sql: SELECT 1}", true },
        { "{name: a, sql: SELECT 1}", "{name: a, db_schema: main, sql: SELECT 1}", true },
        { "{name: a, sql: SELECT 1}", "{name: A, db_schema: MAIN, sql: SELECT 1}", true },
        { "{name: a, db_schema: s, sql: SELECT 1}", "{name: a, db_schema: S, sql: SELECT 1}", true },
        { "{name: ' a ', sql: SELECT 1}", "{name: a, sql: SELECT 1}", true },
        { "{name: a, sql: SELECT 1}", "{name: a, db_schema: s, sql: SELECT 1}", false },
        { "{name: a.b, sql: SELECT 1}", "{name: b, db_schema: a, sql: SELECT 1}", false },
        { "{name: 'b\".\"c', db_schema: a, sql: SELECT 1}", "{name: c, db_schema: 'a\".\"b', sql: SELECT 1}", false },
        { "{name: \xC3\xA4, sql: SELECT 1}", "{name: \xC3\x84, sql: SELECT 1}", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool accepted = config_is_accepted(with_views(made_of("- %s\n- %s\n", rows[i].first, rows[i].second)));

        check_number(rows[i].second, accepted, !rows[i].same);
        if (rows[i].same)
            check_true(rows[i].second, has_problem(DUCKALOG_ERROR, "duplicate-name", 5, 10, "views[1].name"));
    }
    table_ends();
}

static void d23_s5_secrets_of_one_name_are_refused(void **state)
{
    static const struct {
        const char *first, *second;
        bool same;
    } rows[] = {
        { "{type: s3, provider: credential_chain}", "{type: s3, provider: credential_chain}", true },
        { "{type: s3, name: x, provider: credential_chain}", "{type: gcs, name: X, provider: credential_chain}", true },
        { "{type: s3, provider: credential_chain}", "{type: gcs, name: S3, provider: credential_chain}", true },
        { "{type: s3, provider: credential_chain}", "{type: gcs, provider: credential_chain}", false },
        { "{type: s3, name: a, provider: credential_chain}", "{type: s3, provider: credential_chain}", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_number(rows[i].second,
                     config_is_accepted(with_secret(made_of("%s\n  - %s", rows[i].first, rows[i].second))),
                     !rows[i].same);
        if (rows[i].same)
            check_true(rows[i].second, has_problem(DUCKALOG_ERROR, "duplicate-name", 0, 0, NULL));
    }
    table_ends();
}

static void d34_aliases_are_unique_over_all_kinds_and_not_reserved(void **state)
{
    static const struct {
        const char *attachments, *code;
    } rows[] = {
        { "{duckdb: [{alias: a, path: x}], sqlite: [{alias: b, path: y}]}", NULL },
        { "{duckdb: [{alias: a, path: x}, {alias: a, path: y}]}", "duplicate-name" },
        { "{duckdb: [{alias: a, path: x}], sqlite: [{alias: A, path: y}]}", "duplicate-name" },
        { "{sqlite: [{alias: a, path: x}], postgres: [{alias: a, host: h, port: 1, database: d, user: u, password: "
          "p}]}",
          "duplicate-name" },
        { "{duckdb: [{alias: main, path: x}]}", "reserved-name" },
        { "{sqlite: [{alias: Temp, path: x}]}", "reserved-name" },
        { "{duckdb: [{alias: system, path: x}]}", "reserved-name" },
        { "{duckdb: [{alias: memory, path: x}]}", "reserved-name" },
        { "{duckdb: [{alias: '', path: x}]}", "blank" },
        { "{duckdb: [{alias: ' ', path: x}]}", "blank" },
        { "{duckdb: [{alias: a, path: ' '}]}", "blank" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool accepted = config_is_accepted(made_of("version: 1\nduckdb: {}\nattachments: %s\n", rows[i].attachments));

        check_number(rows[i].attachments, accepted, rows[i].code == NULL);
        if (rows[i].code != NULL)
            check_true(rows[i].attachments, has_problem(DUCKALOG_ERROR, rows[i].code, 0, 0, NULL));
    }
    table_ends();
    given_bad_config("version: 1\nduckdb: {}\nattachments: {duckdb: [{alias: ice, path: x}]}\n"
                     "iceberg_catalogs: [{name: ICE, catalog_type: glue}]\n");
    expect_problem("duplicate-name", 4, 27, "iceberg_catalogs[0].name");
}

/* DuckDB calls a database by the name of its file, so that name is taken. */
static void d34_alias_may_not_be_the_name_of_the_catalog(void **state)
{
    (void)state;
    given_bad_config(
        "version: 1\nduckdb: {database: sales.duckdb}\nattachments: {duckdb: [{alias: Sales, path: x}]}\n");
    expect_problem("reserved-name", 3, 32, "attachments.duckdb[0].alias");
}

static void d34_views_name_an_attachment_of_their_kind(void **state)
{
    static const struct {
        const char *view, *code;
        bool works_all_the_same; /* the kind makes no difference to the SQL */
    } rows[] = {
        { "{name: v, source: duckdb, database: duck, table: t}", NULL },
        { "{name: v, source: duckdb, database: DUCK, table: t}", NULL },
        { "{name: v, source: sqlite, database: lite, table: t}", NULL },
        { "{name: v, source: postgres, database: pg, table: t}", NULL },
        { "{name: v, source: iceberg, catalog: ice, table: n.t}", NULL },
        { "{name: v, source: sqlite, database: duck, table: t}", "reference", true },
        { "{name: v, source: duckdb, database: ice, table: t}", "reference", true },
        { "{name: v, source: duckdb, database: duk, table: t}", "reference" },
        { "{name: v, source: iceberg, catalog: duck, table: t}", "reference" },
        { "{name: v, source: iceberg, catalog: nowhere, table: t}", "reference" },
        { "{name: v, sql: SELECT 1, database: nowhere}", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool accepted = config_is_accepted(
            made_of("version: 1\nduckdb: {}\nattachments:\n  duckdb: [{alias: duck, path: x}]\n"
                    "  sqlite: [{alias: lite, path: y}]\n"
                    "  postgres: [{alias: pg, host: h, port: 1, database: d, user: u, password: p}]\n"
                    "iceberg_catalogs: [{name: ice, catalog_type: glue}]\nviews:\n- %s\n",
                    rows[i].view));

        check_number(rows[i].view, accepted, rows[i].code == NULL || rows[i].works_all_the_same);
        if (rows[i].code != NULL)
            check_true(rows[i].view, has_problem(rows[i].works_all_the_same ? DUCKALOG_WARNING : DUCKALOG_ERROR,
                                                 rows[i].code, 0, 0, NULL));
        if (strstr(rows[i].view, "duk") != NULL)
            check_text("the closest name", hint_of("reference"), "did you mean duck?");
    }
    table_ends();
}

/* ---- views ---- */

static void views_need_a_query_or_a_source_with_all_that_belongs_to_it(void **state)
{
    static const struct row rows[] = {
        { "{name: v, sql: SELECT 1}", NULL },
        { "{name: v}", "combination" },
        { "{name: v, sql: ' '}", "combination" },
        { "{name: v, uri: x}", "combination" },
        { "{name: v, source: parquet, uri: x}", NULL },
        { "{name: v, source: delta, uri: x}", NULL },
        { "{name: v, source: parquet}", "combination" },
        { "{name: v, source: parquet, uri: ''}", "combination" },
        { "{name: v, source: parquet, uri: x, database: d, table: t, catalog: c}", NULL },
        { "{name: v, source: iceberg, uri: 's3://b/t'}", NULL },
        { "{name: v, source: iceberg}", "combination" },
        { "{name: v, source: iceberg, catalog: c}", "combination" },
        { "{name: v, source: iceberg, table: t}", "combination" },
        { "{name: v, source: duckdb, database: d}", "combination" },
        { "{name: v, source: sqlite, table: t}", "combination" },
        { "{name: v, source: postgres}", "combination" },
        { "{name: v, source: parquet, sql: SELECT 1}", "combination" },
        { "{name: v, source: csv, uri: x}", "unknown-value" },
        { "{name: v, source: PARQUET, uri: x}", "unknown-value" },
        { "{name: v, sql_file: x.sql}", "type" },
        { "{name: v, sql_file: {path: x.sql}}", "sql-file" },
        { "{name: v, sql_template: {path: x.sql}}", "sql-file" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_view);
}

static void d35_iceberg_table_is_found_in_one_way(void **state)
{
    static const struct row rows[] = {
        { "{name: v, source: iceberg, uri: 's3://b/t', catalog: c}", "combination" },
        { "{name: v, source: iceberg, uri: 's3://b/t', table: t}", "combination" },
        { "{name: v, source: iceberg, uri: 's3://b/t', catalog: c, table: t}", "combination" },
        { "{name: v, source: iceberg, uri: 's3://b/t', catalog: '', table: ''}", NULL },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_view);
}

static void d36_blank_sql_beside_a_source_counts_as_absent(void **state)
{
    const struct duckalog_config *config = given_config(with_view("{name: v, sql: ' ', source: parquet, uri: x}"));

    (void)state;
    assert_int_equal(config->root.views.items[0].source, SOURCE_PARQUET);
    expect_no_problem();
}

static void d37_source_beside_sql_is_a_warning(void **state)
{
    (void)state;
    given_config(with_view("{name: v, sql: SELECT 1, source: parquet, uri: x}"));
    expect_warning("source-ignored", "views[0].source");
}

static void d38_options_are_checked_on_loading(void **state)
{
    static const struct row rows[] = {
        { "{name: v, source: parquet, uri: x, options: {a: 1, b: [1, x], c: {d: 1}, e: true, f: 'x'}}", NULL },
        { "{name: v, source: parquet, uri: x, options: {a: ~}}", "option-value" },
        { "{name: v, source: parquet, uri: x, options: {a b: 1}}", "option-name" },
        { "{name: v, source: parquet, uri: x, options: {1a: 1}}", "option-name" },
        { "{name: v, source: parquet, uri: x, options: {'': 1}}", "option-name" },
        { "{name: v, source: parquet, uri: x, options: {a: 010}}", "value" },
        { "{name: v, source: parquet, uri: x, options: {a: [1, 12:30]}}", "value" },
        { "{name: v, source: parquet, uri: x, options: {a: .inf}}", "value" },
        { "{name: v, source: parquet, uri: x, options: {a: .nan}}", "value" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_view);
}

static void s9_s25_names_of_options_can_be_nothing_but_names(void **state)
{
    (void)state;
    given_bad_config(with_view("{name: v, source: parquet, uri: x, options: {'x=1); DROP TABLE t; --': 1}}"));
    expect_problem("option-name", 4, 47, "views[0].options");
    given_bad_config(with_secret("{type: s3, key_id: k, secret: s, options: {'a) ; DROP': 1}}"));
    expect_problem("option-name", 0, 0, "duckdb.secrets[0].options");
    given_bad_config(with_attachment(
        "postgres", "{alias: a, host: h, port: 1, database: d, user: u, password: p, options: {'a=b': 1}}"));
    expect_problem("option-name", 0, 0, "attachments.postgres[0].options");
    given_bad_config(with_iceberg("{name: i, catalog_type: glue, options: {'a, B': 1}}"));
    expect_problem("option-name", 0, 0, "iceberg_catalogs[0].options");
}

static void s9_option_that_is_a_key_too_is_refused(void **state)
{
    static const struct row rows[] = {
        { "{type: s3, key_id: k, secret: s, region: r, options: {region: x}}", "duplicate-name" },
        { "{type: s3, key_id: k, secret: s, region: r, options: {REGION: x}}", "duplicate-name" },
        { "{type: s3, key_id: k, secret: s, options: {region: x}}", NULL },
        { "{type: s3, key_id: k, secret: s, options: {url_style: path, Url_Style: path}}", "duplicate-name" },
        { "{type: postgres, host: h, database: d, user: u, password: p, options: {port: 5}}", NULL },
        { "{type: postgres, host: h, port: 1, database: d, user: u, password: p, options: {Port: 5}}",
          "duplicate-name" },
        { "{type: s3, key_id: k, secret: s, scope: 's3://b', options: {scope: 's3://c'}}", "duplicate-name" },
        { "{type: s3, key_id: k, secret: s, options: {type: gcs}}", "duplicate-name" },
        { "{type: s3, provider: credential_chain, options: {provider: config}}", "duplicate-name" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_secret);
}

static void s9_s28_values_are_numbers_that_sql_can_hold_or_are_refused(void **state)
{
    static const struct {
        const char *yaml, *sql; /* NULL: refused; in quotes: text */
    } rows[] = {
        { "1", "1" },
        { "-1", "-1" },
        { "+7", "7" },
        { "0", "0" },
        { "1_000", "1000" },
        { "0x1F", "31" },
        { "170141183460469231731687303715884105727", "170141183460469231731687303715884105727" },
        { "-170141183460469231731687303715884105727", "-170141183460469231731687303715884105727" },
        { "1.0", "1.0" },
        { "1.5", "1.5" },
        { "100.50", "100.5" },
        { "0.1", "0.1" },
        { ".5", "0.5" },
        { "1e5", "100000.0" },
        { "1.0e+20", "1e+20" },
        { "100000000000000000.0", "1e+17" },
        { "1000000000000000.0", "1000000000000000.0" },
        { "1.0e-7", "1e-07" },
        { "0.0001", "0.0001" },
        { "0.00001", "1e-05" },
        { "123456789.123456789", "123456789.12345679" },
        { "2.2250738585072014e-308", "2.2250738585072014e-308" },
        { "-0.0", "-0.0" },
        { "yes", "TRUE" },
        { "Off", "FALSE" },
        { "'yes'", "'yes'" },
        { "y", "'y'" },
        { "'1'", "'1'" },
        { "2024-01-01", "'2024-01-01'" },
        { "1.2.3", "'1.2.3'" },
        { "1-2", "'1-2'" },
        { ".", "'.'" },
        { "0xFFFFFFFFFFFFFFFF", "18446744073709551615" },
        { "010", NULL },
        { "12:30", NULL },
        { ".inf", NULL },
        { "-.INF", NULL },
        { ".nan", NULL },
        { ".NaN", NULL },
        { ".NAN", NULL },
        { "1.0e+400", NULL },
        { "-1.0e+400", NULL },
        { "170141183460469231731687303715884105728000", NULL },
        { "999999999999999999999999999999999999999", NULL }, /* 39 digits, but more than 2^127 - 1 */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *yaml =
            with_view(made_of("{name: v, source: parquet, uri: 's3://b', options: {o: %s}}", rows[i].yaml));

        if (rows[i].sql == NULL)
            check_true(made_of("%s is refused", rows[i].yaml), !config_is_accepted(yaml));
        else
            check_text(
                rows[i].yaml, step_of(given_plan(yaml), PHASE_VIEWS, 0)->sql,
                made_of("CREATE OR REPLACE VIEW \"v\" AS\nSELECT * FROM parquet_scan('s3://b', o=%s)", rows[i].sql));
    }
    table_ends();
}

static void s28_numbers_of_json_are_never_text(void **state)
{
    static const char *const rows[] = { "1e400", "-1E+999" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        given_bad_json_config(made_of("{\"version\": 1, \"duckdb\": {}, \"views\": [{\"name\": \"v\", \"source\": "
                                      "\"parquet\", \"uri\": \"x\", \"options\": {\"o\": %s}}]}",
                                      rows[i]));
}

static void s19_s26_query_is_one_statement(void **state)
{
    static const struct row rows[] = {
        { "{name: v, sql: 'SELECT 1'}", NULL },
        { "{name: v, sql: 'SELECT 1;'}", NULL },
        { "{name: v, sql: 'SELECT 1;; '}", NULL },
        { "{name: v, sql: \"SELECT ';' -- ; x\"}", NULL },
        { "{name: v, sql: 'SELECT 1; SELECT 2'}", "sql" },
        { "{name: v, sql: 'SELECT 1; CREATE TABLE pwn(i int)'}", "sql" },
        { "{name: v, sql: \"SELECT 1 --\\r; CREATE TABLE pwn(i int)\"}", "sql" },
        { "{name: v, sql: '-- only a comment'}", "sql" },
        { "{name: v, sql: '/* only a comment */ ;'}", "sql" },
        { "{name: v, sql: \"SELECT 'a\"}", "sql" },
        { "{name: v, sql: 'SELECT 1 /* x'}", "sql" },
        { "{name: v, sql: 'SELECT $$x'}", "sql" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_view);
}

/* S-17: DuckDB has no name of nothing. */
static void s17_table_has_no_empty_part(void **state)
{
    static const char *const tables[] = { "a..b", ".a", "a.", "'\"\"'", "'\"a'" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        check_true(tables[i],
                   !config_is_accepted(made_of("version: 1\nduckdb: {}\nattachments: {duckdb: [{alias: d, path: x}]}\n"
                                               "views: [{name: v, source: duckdb, database: d, table: %s}]\n",
                                               tables[i])));
    table_ends();
}

/* ---- paths ---- */

static void d21_d25_relative_uri_stays_in_the_folder_of_the_config(void **state)
{
    static const struct row rows[] = {
        { "{name: v, source: parquet, uri: x.parquet}", NULL },
        { "{name: v, source: parquet, uri: data/*.parquet}", NULL },
        { "{name: v, source: parquet, uri: data/../x.parquet}", NULL },
        { "{name: v, source: parquet, uri: ../x.parquet}", "path" },
        { "{name: v, source: parquet, uri: data/../../x.parquet}", "path" },
        { "{name: v, source: parquet, uri: 'file:../x.parquet'}", "path" },
        { "{name: v, source: parquet, uri: leads_out/x.parquet}", "path" },
        { "{name: v, source: parquet, uri: leads_out/../../../x.parquet}", "path" },
        { "{name: v, source: parquet, uri: stays_in/x.parquet}", NULL },
        { "{name: v, sql: SELECT 1, uri: ../x.parquet}", "path" },
        /* D-28 */
        { "{name: v, source: parquet, uri: /x.parquet}", NULL },
        { "{name: v, source: parquet, uri: 'file:///x.parquet'}", NULL },
        { "{name: v, source: parquet, uri: 's3://b/../x.parquet'}", NULL },
    };

    (void)state;
    given_file("data/x", "");
    given_link("leads_out", "/");
    given_link("stays_in", "data");
    check_rows(rows, COUNT_OF(rows), with_view);
}

static void d26_d27_d29_d30_paths_are_absolute_and_databases_of_services_untouched(void **state)
{
    static const struct {
        const char *written, *resolved;
    } rows[] = {
        { "a.db", "%s/a.db" },
        { "sub/../a.db", "%s/a.db" },
        { "./md:x", "%s/md:x" },
        { "file:a.db", "%s/a.db" },
        { "/x/a.db", "/x/a.db" },
        { ":memory:", ":memory:" },
        { "md:sales", "md:sales" },
        { "ducklake:meta.db", "ducklake:meta.db" },
        { "postgres:dbname=x", "postgres:dbname=x" },
        { "s3://b/a.db", "s3://b/a.db" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *expected = strstr(rows[i].resolved, "%s") != NULL
                                   ? made_of("%s%s", given_folder(), rows[i].resolved + 2)
                                   : rows[i].resolved;

        check_text(rows[i].written,
                   given_config(with_attachment("duckdb", made_of("{alias: x, path: '%s'}", rows[i].written)))
                       ->root.attachments->duckdb.items[0]
                       .path,
                   expected);
        check_text(rows[i].written,
                   given_config(with_duckdb(made_of("database: '%s'", rows[i].written)))->root.duckdb->database,
                   expected);
    }
    check_text("no name", given_config(with_duckdb("database: ''"))->root.duckdb->database, ":memory:");
    table_ends();
}

/* config-language.md 7: "Resolution: trim". */
static void blanks_around_a_relative_uri_are_no_part_of_it(void **state)
{
    (void)state;
    assert_string_equal(
        given_config(with_view("{name: v, source: parquet, uri: ' x.parquet '}"))->root.views.items[0].uri,
        made_of("%s/x.parquet", given_folder()));
}

static void catalog_does_not_attach_itself(void **state)
{
    (void)state;
    given_bad_config("version: 1\nduckdb: {database: c.db}\nattachments: {duckdb: [{alias: x, path: ./c.db}]}\n");
    expect_problem("self-attachment", 3, 41, "attachments.duckdb[0].path");
}

/* ---- duckdb ---- */

static void d40_settings_are_one_set_or_reset_each(void **state)
{
    static const struct row rows[] = {
        { "settings: SET threads = 4", NULL },
        { "settings: \"set\\tthreads = 4\"", NULL },
        { "settings: RESET threads", NULL },
        { "settings: 'SET threads = 4;'", NULL },
        { "settings: '/* four */ SET threads = 4'", NULL },
        { "settings: \"SET x = 'a;b'\"", NULL },
        { "settings: ['SET a = 1', 'SET b = 2']", NULL },
        { "settings: 'SET a = 1; SET b = 2'", "sql" },
        { "settings: threads = 4", "setting" },
        { "settings: PRAGMA threads = 4", "setting" },
        { "settings: SETTING x", "setting" },
        { "settings: '-- nothing'", "sql" },
        { "settings: \"SET a = 'x\"", "sql" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_duckdb);
}

static void pragmas_are_one_statement_of_any_kind_each(void **state)
{
    static const struct row rows[] = {
        { "pragmas: ['PRAGMA threads = 4']", NULL },
        { "pragmas: ['CREATE MACRO f(x) AS x', 'CALL x()', 'SET a = 1;']", NULL },
        { "pragmas: ['SET a = 1; SET b = 2']", "sql" },
        { "pragmas: ['']", "sql" },
        { "pragmas: ['SELECT $$']", "sql" },
        { "pragmas: 'SET a = 1'", "type" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_duckdb);
}

static void problems_of_statements_have_the_place_of_their_item(void **state)
{
    (void)state;
    given_bad_config("version: 1\nduckdb:\n  settings:\n  - ''\n  - SET a = 1\n  - threads = 4\n");
    expect_problem("setting", 6, 5, "duckdb.settings[2]");
    given_bad_config("version: 1\nduckdb:\n  settings:\n  - threads = 4\n  - SET x = 'threads = 4'\n");
    expect_problem("setting", 4, 5, "duckdb.settings[0]");
    given_bad_config("version: 1\nduckdb:\n  pragmas:\n  - SET a = 1\n  - SET a = 1; SET b = 2\n");
    expect_problem("sql", 5, 16, "duckdb.pragmas[1]");
    given_bad_config("version: 1\nduckdb:\n  settings: threads = 4\n");
    expect_problem("setting", 3, 13, "duckdb.settings");
}

static void s29_extensions_are_names_and_may_say_where_from(void **state)
{
    static const struct row rows[] = {
        { "install_extensions: [httpfs]", NULL },
        { "install_extensions: ['\"httpfs\"']", NULL },
        { "install_extensions: [h3 FROM community]", NULL },
        { "install_extensions: [h3 from core_nightly]", NULL },
        { "install_extensions: [\"h3 FROM 'http://host/path'\"]", NULL },
        { "install_extensions: ['']", "extension" },
        { "install_extensions: ['httpfs; DROP TABLE t']", "extension" },
        { "install_extensions: ['httpfs;']", "extension" },
        { "install_extensions: [h3 FROM]", "extension" },
        { "install_extensions: [h3 FROM a b]", "extension" },
        { "install_extensions: [sqlite-scanner]", "extension" },
        { "load_extensions: [httpfs]", NULL },
        { "load_extensions: [h3 FROM community]", "extension" },
        { "load_extensions: [a b]", "extension" },
        { "load_extensions: [\"'x.duckdb_extension'\"]", "extension" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_duckdb);
}

/* ---- secrets ---- */

static void secrets_need_what_their_type_needs(void **state)
{
    static const struct row rows[] = {
        { "{type: s3, key_id: k, secret: s}", NULL },
        { "{type: s3, key_id: k}", "combination" },
        { "{type: s3, key_id: k, secret: ''}", "combination" },
        { "{type: s3}", "combination" },
        { "{type: s3, provider: credential_chain}", NULL },
        { "{type: azure, connection_string: c}", NULL },
        { "{type: azure, tenant_id: t, client_id: c, client_secret: s}", NULL },
        { "{type: azure, tenant_id: t, client_id: c, secret: s}", NULL },
        { "{type: azure, tenant_id: t, client_id: c}", "combination" },
        { "{type: azure}", "combination" },
        { "{type: azure, provider: credential_chain, account_name: a}", NULL },
        { "{type: gcs, key_id: k, secret: s}", NULL },
        { "{type: gcs}", "combination" },
        { "{type: gcs, provider: credential_chain}", NULL },
        { "{type: http, bearer_token: b}", NULL },
        { "{type: http}", "combination" },
        { "{type: http, header: h}", "combination" },
        { "{type: postgres, host: h, database: d, user: u, password: p}", NULL },
        { "{type: postgres, host: h, database: d, key_id: u, secret: p}", NULL },
        { "{type: postgres, host: h, database: d, user: u}", "combination" },
        { "{type: postgres, host: h, user: u, password: p}", "combination" },
        { "{type: mysql, connection_string: 'host=h'}", NULL },
        { "{type: mysql, host: h, port: 3306, database: d, user: u, password: p}", NULL },
        { "{type: mysql, host: h, port: 65536, database: d, user: u, password: p}", "range" },
        { "{type: S3, key_id: k, secret: s}", "unknown-value" },
        { "{type: r2, key_id: k, secret: s}", "unknown-value" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_secret);
}

static void s6_forms_that_duckdb_does_not_have_are_refused_with_advice(void **state)
{
    static const char *const rows[] = {
        "{type: gcs, service_account_key: k}",
        "{type: gcs, json_key: j}",
        "{type: http, bearer_token: b, provider: credential_chain}",
        "{type: postgres, host: h, database: d, user: u, password: p, provider: credential_chain}",
        "{type: mysql, connection_string: 'host=h', provider: credential_chain}",
        "{type: azure, tenant_id: t, account_name: a}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_true(rows[i], !config_is_accepted(with_secret(rows[i])));
        check_true(rows[i], has_problem(DUCKALOG_ERROR, "secret-form", 0, 0, NULL));
        check_true(rows[i], hint_of("secret-form") != NULL);
    }
    table_ends();
}

static void s7_keys_that_a_provider_does_not_take_are_refused(void **state)
{
    static const struct row rows[] = {
        { "{type: s3, provider: credential_chain, region: r, endpoint: e, key_id: k, secret: s}", NULL },
        { "{type: gcs, provider: credential_chain, region: r, endpoint: e}", NULL },
        { "{type: s3, provider: credential_chain, account_name: a}", "secret-key" },
        { "{type: azure, provider: credential_chain, tenant_id: t}", "secret-key" },
        { "{type: azure, provider: credential_chain, tenant_id: ''}", NULL },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_secret);
    given_config(with_secret("{type: s3, key_id: k, secret: s, bearer_token: b}"));
    expect_warning("secret-key", "duckdb.secrets[0].bearer_token");
}

static void s8_endpoint_is_host_and_port(void **state)
{
    static const struct row rows[] = {
        { "{type: s3, key_id: k, secret: s, endpoint: 'h:9000'}", NULL },
        { "{type: s3, key_id: k, secret: s, endpoint: 'https://h:9000'}", NULL },
        { "{type: s3, key_id: k, secret: s, endpoint: 'HTTP://h:9000/'}", NULL },
        { "{type: s3, key_id: k, secret: s, endpoint: 'https://h:9000/path'}", "endpoint" },
        { "{type: s3, key_id: k, secret: s, endpoint: 'h/path'}", "endpoint" },
        { "{type: s3, key_id: k, secret: s, endpoint: 'h?x=1'}", "endpoint" },
        { "{type: gcs, key_id: k, secret: s, endpoint: 'h/#x'}", "endpoint" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_secret);
}

static void connection_strings_that_can_not_be_read_are_refused(void **state)
{
    static const struct row rows[] = {
        { "{type: postgres, connection_string: 'host=h port=5432 dbname=d user=u password=p'}", NULL },
        { "{type: postgres, connection_string: 'postgresql://u:p@h:5432/d'}", NULL },
        { "{type: postgres, connection_string: 'host=h port=x'}", "connection-string" },
        { "{type: postgres, connection_string: 'just text'}", "connection-string" },
        { "{type: postgres, connection_string: 'host=h sslmode=require'}", "connection-string" },
        { "{type: mysql, connection_string: \"password='open\"}", "connection-string" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_secret);
    given_config(with_secret("{type: postgres, connection_string: 'postgresql://u:deep-secret@h/d'}"));
    assert_true(is_masked("deep-secret"));
    given_config(with_secret("{type: postgres, connection_string: 'postgresql://u:deep%2Dsecret@h/d'}"));
    assert_true(is_masked("deep-secret"));
}

/* ---- attachments and Iceberg catalogs ---- */

#define PG "alias: a, host: h, port: 5432, database: d, user: u, password: p"

static const char *with_postgres(const char *attachment)
{
    return with_attachment("postgres", attachment);
}

static void options_of_postgres_have_values_that_libpq_can_take(void **state)
{
    static const struct row rows[] = {
        { "{" PG ", options: {connect_timeout: 5, application_name: x, keepalives: true, schema: s}}", NULL },
        { "{" PG ", options: {a: ~}}", "option-value" },
        { "{" PG ", options: {a: {b: 1}}}", "option-value" },
        { "{" PG ", options: {a: [1, 2]}}", "option-value" },
        { "{" PG ", schema: s}", "unknown-key" },
        { "{" PG ", sslmode: require, read_only: false}", NULL },
        { "{alias: a, host: h, database: d, user: u, password: p}", "missing-key" },
        { "{alias: a, host: h, port: 0, database: d, user: u, password: p}", "range" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_postgres);
}

static void s12_sqlite_and_postgres_take_read_only_and_default_to_it(void **state)
{
    (void)state;
    assert_true(
        given_config(with_attachment("sqlite", "{alias: a, path: x}"))->root.attachments->sqlite.items[0].read_only);
    assert_false(given_config(with_attachment("sqlite", "{alias: a, path: x, read_only: false}"))
                     ->root.attachments->sqlite.items[0]
                     .read_only);
    assert_true(given_config(with_attachment("postgres", "{" PG "}"))->root.attachments->postgres.items[0].read_only);
}

static void s14_iceberg_catalogs_are_of_a_type_that_duckdb_attaches(void **state)
{
    static const struct row rows[] = {
        { "{name: i, catalog_type: rest, uri: 'http://x'}", NULL },
        { "{name: i, catalog_type: REST, uri: 'http://x', warehouse: w}", NULL },
        { "{name: i, catalog_type: glue, warehouse: '1:s3tablescatalog/b'}", NULL },
        { "{name: i, catalog_type: s3_tables, warehouse: 'arn:x'}", NULL },
        { "{name: i, catalog_type: rest}", "missing-key" },
        { "{name: i, catalog_type: hive}", "unknown-value" },
        { "{name: i, catalog_type: ''}", "unknown-value" },
        { "{name: ' ', catalog_type: glue}", "blank" },
        { "{name: i, catalog_type: glue, options: {a: ~}}", "option-value" },
    };

    (void)state;
    check_rows(rows, COUNT_OF(rows), with_iceberg);
}

/* ---- sections without anything in them ---- */

static void empty_sections_are_as_good_as_none(void **state)
{
    static const char *const unused[] = { "imports: []",
                                          "imports: {}",
                                          "imports: {views: ~}",
                                          "env_files: []",
                                          "env_files: ~",
                                          "semantic_models: []",
                                          "imports: null",
                                          "loader_settings: {max_threads: 4}",
                                          "attachments: {duckalog: []}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(unused); i++)
        check_true(unused[i], config_is_accepted(made_of("version: 1\nduckdb: {}\n%s\n", unused[i])));
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d33_names_of_views_are_compared_as_duckdb_does),
        cmocka_unit_test(d23_s5_secrets_of_one_name_are_refused),
        cmocka_unit_test(d34_aliases_are_unique_over_all_kinds_and_not_reserved),
        cmocka_unit_test(d34_alias_may_not_be_the_name_of_the_catalog),
        cmocka_unit_test(d34_views_name_an_attachment_of_their_kind),
        cmocka_unit_test(views_need_a_query_or_a_source_with_all_that_belongs_to_it),
        cmocka_unit_test(d35_iceberg_table_is_found_in_one_way),
        cmocka_unit_test(d36_blank_sql_beside_a_source_counts_as_absent),
        cmocka_unit_test(d37_source_beside_sql_is_a_warning),
        cmocka_unit_test(d38_options_are_checked_on_loading),
        cmocka_unit_test(s9_s25_names_of_options_can_be_nothing_but_names),
        cmocka_unit_test(s9_option_that_is_a_key_too_is_refused),
        cmocka_unit_test(s9_s28_values_are_numbers_that_sql_can_hold_or_are_refused),
        cmocka_unit_test(s28_numbers_of_json_are_never_text),
        cmocka_unit_test(s19_s26_query_is_one_statement),
        cmocka_unit_test(s17_table_has_no_empty_part),
        cmocka_unit_test(d21_d25_relative_uri_stays_in_the_folder_of_the_config),
        cmocka_unit_test(d26_d27_d29_d30_paths_are_absolute_and_databases_of_services_untouched),
        cmocka_unit_test(blanks_around_a_relative_uri_are_no_part_of_it),
        cmocka_unit_test(catalog_does_not_attach_itself),
        cmocka_unit_test(d40_settings_are_one_set_or_reset_each),
        cmocka_unit_test(pragmas_are_one_statement_of_any_kind_each),
        cmocka_unit_test(problems_of_statements_have_the_place_of_their_item),
        cmocka_unit_test(s29_extensions_are_names_and_may_say_where_from),
        cmocka_unit_test(secrets_need_what_their_type_needs),
        cmocka_unit_test(s6_forms_that_duckdb_does_not_have_are_refused_with_advice),
        cmocka_unit_test(s7_keys_that_a_provider_does_not_take_are_refused),
        cmocka_unit_test(s8_endpoint_is_host_and_port),
        cmocka_unit_test(connection_strings_that_can_not_be_read_are_refused),
        cmocka_unit_test(options_of_postgres_have_values_that_libpq_can_take),
        cmocka_unit_test(s12_sqlite_and_postgres_take_read_only_and_default_to_it),
        cmocka_unit_test(s14_iceberg_catalogs_are_of_a_type_that_duckdb_attaches),
        cmocka_unit_test(empty_sections_are_as_good_as_none),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
