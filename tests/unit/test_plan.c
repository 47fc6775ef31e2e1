/*
 * The Plan (src/plan): the SQL of every kind of object, row by row as sql-generation.md section 7 has it with the
 * decisions S-1 to S-29, what is bound and what is shown, and the order of the phases.
 */
#include "given.h"

#include "base/sql.h"
#include "base/text.h"

#include <string.h>

/* ---- views ---- */

static const char *view_sql(const char *view)
{
    return step_of(given_plan(with_view(view)), PHASE_VIEWS, 0)->sql;
}

#define VIEW_A "CREATE OR REPLACE VIEW \"a\" AS\n"

static void views_become_one_statement_each(void **state)
{
    static const char *const rows[][2] = {
        { "{name: a, sql: SELECT 1}", VIEW_A "SELECT 1" },
        { "{name: a, db_schema: s, sql: SELECT 1}", "CREATE OR REPLACE VIEW \"s\".\"a\" AS\nSELECT 1" },
        { "{name: a, db_schema: main, sql: SELECT 1}", "CREATE OR REPLACE VIEW \"main\".\"a\" AS\nSELECT 1" },
        { "{name: 'q\"x', db_schema: s.t, sql: SELECT 1}", "CREATE OR REPLACE VIEW \"s.t\".\"q\"\"x\" AS\nSELECT 1" },
        { "{name: b c, db_schema: s, source: delta, uri: 's3://d/t'}",
          "CREATE OR REPLACE VIEW \"s\".\"b c\" AS\nSELECT * FROM delta_scan('s3://d/t')" },
        { "{name: a, source: parquet, uri: 's3://b/x'}", VIEW_A "SELECT * FROM parquet_scan('s3://b/x')" },
        { "{name: a, source: parquet, uri: \"s3://b/it's\"}", VIEW_A "SELECT * FROM parquet_scan('s3://b/it''s')" },
        { "{name: a, source: parquet, uri: 's3://b/x', options: {b: true, a: false, Z: 1, f: 1.5, s: \"it's\", n: -3}}",
          VIEW_A "SELECT * FROM parquet_scan('s3://b/x', Z=1, a=FALSE, b=TRUE, f=1.5, n=-3, s='it''s')" },
        { "{name: a, source: parquet, uri: 's3://b/x', options: {a: 1.0, b: 1.0e+20, f: 100000000000000000.0, h: "
          "1.0e-7}}",
          VIEW_A "SELECT * FROM parquet_scan('s3://b/x', a=1.0, b=1e+20, f=1e+17, h=1e-07)" },
        { "{name: a, source: parquet, uri: 's3://b/x', options: {a: yes, b: 'yes'}}",
          VIEW_A "SELECT * FROM parquet_scan('s3://b/x', a=TRUE, b='yes')" },
        { "{name: a, source: parquet, uri: 's3://b/x', options: {}}", VIEW_A "SELECT * FROM parquet_scan('s3://b/x')" },
        { "{name: a, source: iceberg, uri: 's3://b/t', options: {allow_moved_paths: true}}",
          VIEW_A "SELECT * FROM iceberg_scan('s3://b/t', allow_moved_paths=TRUE)" },
        { "{name: a, sql: SELECT 2, source: parquet, uri: 's3://b/x'}", VIEW_A "SELECT 2" },
        { "{name: a, sql: SELECT 2, database: d, table: t, uri: 's3://b'}", VIEW_A "SELECT 2" },
        { "{name: a, sql: '  SELECT 1  '}", VIEW_A "SELECT 1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], view_sql(rows[i][0]), rows[i][1]);
    table_ends();
}

static void views_over_attachments_name_them(void **state)
{
    static const char *const rows[][2] = {
        { "{name: a, source: duckdb, database: 'd\"b', table: t}", VIEW_A "SELECT * FROM \"d\"\"b\".\"t\"" },
        { "{name: a, source: sqlite, database: lite, table: t}", VIEW_A "SELECT * FROM \"lite\".\"t\"" },
        { "{name: a, source: postgres, database: pg, table: t, options: {x: 1}}", VIEW_A "SELECT * FROM \"pg\".\"t\"" },
        /* S-17 */
        { "{name: a, source: postgres, database: pg, table: public.users}",
          VIEW_A "SELECT * FROM \"pg\".\"public\".\"users\"" },
        { "{name: a, source: duckdb, database: 'd\"b', table: '\"s.x\".t'}",
          VIEW_A "SELECT * FROM \"d\"\"b\".\"s.x\".\"t\"" },
        /* S-14 */
        { "{name: a, source: iceberg, catalog: \"i'c\", table: ns.b, options: {v: 2}}",
          VIEW_A "SELECT * FROM \"i'c\".\"ns\".\"b\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0],
                   step_of(given_plan(made_of(
                               "version: 1\nduckdb: {}\nattachments:\n  duckdb: [{alias: 'd\"b', path: x}]\n"
                               "  sqlite: [{alias: lite, path: y}]\n"
                               "  postgres: [{alias: pg, host: h, port: 1, database: d, user: u, password: p}]\n"
                               "iceberg_catalogs: [{name: \"i'c\", catalog_type: glue}]\nviews:\n- %s\n",
                               rows[i][0])),
                           PHASE_VIEWS, 0)
                       ->sql,
                   rows[i][1]);
    table_ends();
}

static void relative_uri_appears_as_an_absolute_path(void **state)
{
    (void)state;
    assert_string_equal(view_sql("{name: a, source: parquet, uri: \"data/it's/*.parquet\"}"),
                        made_of(VIEW_A "SELECT * FROM parquet_scan('%s/data/it''s/*.parquet')", given_folder()));
}

static void s18_views_and_schemas_are_qualified_with_the_catalog_when_executed(void **state)
{
    const struct plan_options options = { .catalog = "analy\"tics" };
    const struct plan *plan = given_plan_with(
        with_views("- {name: a, db_schema: analytics, sql: SELECT 1}\n- {name: b, sql: SELECT 1}\n"), &options);

    (void)state;
    assert_string_equal(step_of(plan, PHASE_SCHEMAS, 0)->sql,
                        "CREATE SCHEMA IF NOT EXISTS \"analy\"\"tics\".\"analytics\"");
    assert_string_equal(step_of(plan, PHASE_VIEWS, 0)->sql,
                        "CREATE OR REPLACE VIEW \"analy\"\"tics\".\"analytics\".\"a\" AS\nSELECT 1");
    assert_string_equal(step_of(plan, PHASE_VIEWS, 1)->sql,
                        "CREATE OR REPLACE VIEW \"analy\"\"tics\".\"main\".\"b\" AS\nSELECT 1");
}

static void s19_semicolons_at_the_end_are_no_part_of_the_body(void **state)
{
    static const char *const rows[][2] = {
        { "{name: a, sql: 'SELECT 1;'}", VIEW_A "SELECT 1" },
        { "{name: a, sql: 'SELECT 1; ; '}", VIEW_A "SELECT 1" },
        { "{name: a, sql: \"SELECT ';'\"}", VIEW_A "SELECT ';'" },
        { "{name: a, sql: ';SELECT 1'}", VIEW_A "SELECT 1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], view_sql(rows[i][0]), rows[i][1]);
    table_ends();
}

/* The line that such a comment needs is the script's (test_script.c); alone, a statement needs none. */
static void s20_line_comment_at_the_end_stays(void **state)
{
    static const char *const rows[][2] = {
        { "{name: a, sql: 'SELECT 1 -- one'}", VIEW_A "SELECT 1 -- one" },
        { "{name: a, sql: \"SELECT 1 -- one\\n\"}", VIEW_A "SELECT 1 -- one" },
        { "{name: a, sql: \"SELECT '-- one'\"}", VIEW_A "SELECT '-- one'" },
        { "{name: a, sql: 'SELECT 1 /* -- one */'}", VIEW_A "SELECT 1 /* -- one */" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], view_sql(rows[i][0]), rows[i][1]);
    table_ends();
}

static void s25_lists_and_maps_are_options_of_scans(void **state)
{
    (void)state;
    assert_string_equal(
        view_sql("{name: a, source: parquet, uri: 's3://b', options: {l: [1, \"x'\", [true]], m: {k: 1, 'b c': [~]}}}"),
        VIEW_A "SELECT * FROM parquet_scan('s3://b', l=[1, 'x''', [TRUE]], m={'k': 1, 'b c': [NULL]})");
}

static void step_of_a_view_knows_its_place_and_name(void **state)
{
    const struct step *step =
        step_of(given_plan(with_views("- sql: SELECT 1\n  db_schema: s\n  name: a\n")), PHASE_VIEWS, 0);

    (void)state;
    assert_int_equal(step->kind, STEP_VIEW);
    assert_string_equal(step->name, "s.a");
    assert_int_equal(step->position.line, 6);
    assert_int_equal(step->position.column, 9);
    assert_string_equal(step->view->name, "a");
    assert_int_equal(step->binding_count, 0);
    assert_string_equal(step->sql, step->shown);
}

static void schemas_are_distinct_sorted_and_before_the_views(void **state)
{
    const struct plan *plan =
        given_plan(with_views("- {name: a, db_schema: zz, sql: SELECT 1}\n- {name: b, db_schema: Aa, sql: SELECT 1}\n"
                              "- {name: c, db_schema: ZZ, sql: SELECT 1}\n- {name: d, db_schema: MAIN, sql: SELECT 1}\n"
                              "- {name: e, sql: SELECT 1}\n"));

    (void)state;
    assert_int_equal(count_steps(plan, PHASE_SCHEMAS), 2);
    assert_string_equal(step_of(plan, PHASE_SCHEMAS, 0)->sql, "CREATE SCHEMA IF NOT EXISTS \"Aa\"");
    assert_string_equal(step_of(plan, PHASE_SCHEMAS, 1)->sql, "CREATE SCHEMA IF NOT EXISTS \"zz\"");
    assert_int_equal(step_of(plan, PHASE_SCHEMAS, 1)->kind, STEP_SCHEMA);
}

/* ---- secrets ---- */

struct secret_row {
    const char *secret, *shown, *values; /* the values that are masked, with | between them */
};

static const char *quoted(const char *value)
{
    struct text text = text_on_heap();
    const char *kept;

    sql_add_literal(&text, value);
    kept = made_of("%s", text_string(&text));
    text_free(&text);
    return kept;
}

/* What is executed, with its parameters written out. */
static const char *filled_in(const struct step *step)
{
    const char *sql = "";
    const char *rest = step->sql;

    for (size_t i = 0; i < step->binding_count; i++) {
        const char *parameter = strstr(rest, made_of("$%zu", i + 1));

        assert_non_null(parameter);
        sql = made_of("%s%.*s%s", sql, (int)(parameter - rest), rest, quoted(step->bindings[i].value));
        rest = parameter + strlen(made_of("$%zu", i + 1));
    }
    return made_of("%s%s", sql, rest);
}

/* What is shown must be `shown`; what is executed the same with the values in place of the masks, each a parameter. */
static void check_secret(const char *row, const struct step *step, const char *shown_sql, const char *values)
{
    const char *sql = "";
    const char *rest = shown_sql;

    check_text(row, step->shown, shown_sql);
    for (const char *mask; (mask = strstr(rest, "'***'")) != NULL; rest = mask + strlen("'***'")) {
        const char *value = quoted(made_of("%.*s", (int)strcspn(values, "|"), values));

        sql = made_of("%s%.*s%s", sql, (int)(mask - rest), rest, value);
        values += strcspn(values, "|");
        values += *values == '|';
        check_true(made_of("%s: %s is a parameter", row, value), strstr(step->sql, value) == NULL);
    }
    check_text(row, filled_in(step), made_of("%s%s", sql, rest));
}

static void check_secrets(const struct secret_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_secret(rows[i].secret, step_of(given_plan(with_secret(rows[i].secret)), PHASE_SECRETS, 0), rows[i].shown,
                     rows[i].values);
    table_ends();
}

#define CREATE "CREATE OR REPLACE TEMPORARY SECRET "

static void secrets_of_every_type_have_their_fields_in_order(void **state)
{
    static const struct secret_row rows[] = {
        { "{type: s3, key_id: K, secret: \"s'x\", region: r, endpoint: 'h:1'}",
          CREATE "\"s3\" (TYPE S3, KEY_ID '***', SECRET '***', REGION 'r', ENDPOINT 'h:1')", "K|s'x" },
        { "{type: gcs, key_id: K, secret: S}", CREATE "\"gcs\" (TYPE GCS, KEY_ID '***', SECRET '***')", "K|S" },
        { "{type: azure, connection_string: c, account_name: a, tenant_id: t}",
          CREATE "\"azure\" (TYPE AZURE, CONNECTION_STRING '***')", "c" },
        { "{type: azure, provider: credential_chain, account_name: a}",
          CREATE "\"azure\" (TYPE AZURE, PROVIDER credential_chain, ACCOUNT_NAME 'a')", "" },
        { "{type: http, bearer_token: b, header: h, key_id: k}", CREATE "\"http\" (TYPE HTTP, BEARER_TOKEN '***')",
          "b" },
        { "{type: postgres, host: h, port: 5432, database: d, user: u, password: p}",
          CREATE "\"postgres\" (TYPE POSTGRES, HOST 'h', PORT 5432, DATABASE 'd', USER 'u', PASSWORD '***')", "p" },
        { "{type: postgres, host: h, database: d, key_id: u, secret: p}",
          CREATE "\"postgres\" (TYPE POSTGRES, HOST 'h', DATABASE 'd', USER '***', PASSWORD '***')", "u|p" },
        { "{type: mysql, host: h, port: 3306, database: d, user: u, password: p}",
          CREATE "\"mysql\" (TYPE MYSQL, HOST 'h', PORT 3306, DATABASE 'd', USER 'u', PASSWORD '***')", "p" },
        { "{type: s3, key_id: K, secret: 12345}", CREATE "\"s3\" (TYPE S3, KEY_ID '***', SECRET '***')", "K|12345" },
    };

    (void)state;
    check_secrets(rows, COUNT_OF(rows));
}

static void s1_temporary_secret_is_replaced_in_memory_and_nothing_is_dropped(void **state)
{
    const struct plan *plan = given_plan(with_secret("{type: s3, key_id: K, secret: S}"));

    (void)state;
    assert_int_equal(plan->count, 1);
    assert_int_equal(plan->steps[0].kind, STEP_TEMPORARY_SECRET);
    assert_string_equal(plan->steps[0].name, "s3");
    assert_int_equal(plan->steps[0].position.line, 4);
}

static void s2_persistent_secret_has_a_stand_in_and_is_stored_last(void **state)
{
    const struct plan *plan = given_plan("version: 1\nduckdb:\n  secrets:\n  - {type: s3, name: Prod, persistent: "
                                         "true, key_id: K, secret: S, scope: 's3://b'}\n"
                                         "views: [{name: v, sql: SELECT 1}]\n");
    const struct step *stand_in = step_of(plan, PHASE_SECRETS, 0);
    const struct step *stored = step_of(plan, PHASE_PERSISTENT, 0);

    (void)state;
    assert_int_equal(stand_in->kind, STEP_STAND_IN_SECRET);
    assert_string_equal(stand_in->sql, CREATE "\"prod\" (TYPE S3, KEY_ID $1, SECRET $2, SCOPE 's3://b')");
    assert_int_equal(stored->kind, STEP_PERSISTENT_SECRET);
    assert_string_equal(stored->sql, "CREATE PERSISTENT SECRET IF NOT EXISTS \"prod\" (TYPE S3, KEY_ID $1, SECRET $2, "
                                     "SCOPE 's3://b')");
    assert_int_equal(stored->binding_count, 2);
    assert_string_equal(stored->bindings[0].value, "K");
    assert_string_equal(stored->bindings[1].value, "S");
    assert_ptr_equal(stored, &plan->steps[plan->count - 1]);
    /* In a script it is there once, and masked it is not stored. */
    assert_null(stored->shown);
    assert_non_null(stand_in->shown);
    assert_null(strstr(stand_in->shown, "PERSISTENT"));
}

static void s2_script_with_secrets_stores_a_persistent_one(void **state)
{
    const struct plan_options options = { .show_secrets = true };
    const struct plan *plan =
        given_plan_with(with_secret("{type: http, persistent: true, bearer_token: \"b'x\"}"), &options);

    (void)state;
    assert_string_equal(step_of(plan, PHASE_SECRETS, 0)->shown,
                        "CREATE PERSISTENT SECRET IF NOT EXISTS \"http\" (TYPE HTTP, BEARER_TOKEN 'b''x')");
    assert_string_equal(step_of(plan, PHASE_SECRETS, 0)->sql, CREATE "\"http\" (TYPE HTTP, BEARER_TOKEN $1)");
}

static void s3_names_of_secrets_are_quoted(void **state)
{
    static const struct secret_row rows[] = {
        { "{type: http, name: prod-http, bearer_token: b}", CREATE "\"prod-http\" (TYPE HTTP, BEARER_TOKEN '***')",
          "b" },
        { "{type: http, name: 'x (TYPE S3); DROP TABLE t; --', bearer_token: b}",
          CREATE "\"x (type s3); drop table t; --\" (TYPE HTTP, BEARER_TOKEN '***')", "b" },
        { "{type: http, name: 'a\"b', bearer_token: b}", CREATE "\"a\"\"b\" (TYPE HTTP, BEARER_TOKEN '***')", "b" },
    };

    (void)state;
    check_secrets(rows, COUNT_OF(rows));
}

static void s4_scope_stands_inside_and_last(void **state)
{
    static const struct secret_row rows[] = {
        { "{type: s3, key_id: K, secret: S, scope: \"s3://it's\", options: {url_style: path}}",
          CREATE "\"s3\" (TYPE S3, KEY_ID '***', SECRET '***', URL_STYLE 'path', SCOPE 's3://it''s')", "K|S" },
        { "{type: s3, key_id: K, secret: S, scope: ''}", CREATE "\"s3\" (TYPE S3, KEY_ID '***', SECRET '***')", "K|S" },
    };

    (void)state;
    check_secrets(rows, COUNT_OF(rows));
}

static void s6_connection_strings_and_client_triples_are_translated(void **state)
{
    static const struct secret_row rows[] = {
        { "{type: postgres, connection_string: \"host=h port=5433 dbname='d b' user=u password='p w'\"}",
          CREATE "\"postgres\" (TYPE POSTGRES, HOST 'h', PORT 5433, DATABASE 'd b', USER 'u', PASSWORD '***')", "p w" },
        { "{type: mysql, connection_string: 'mysql://u:p%40@h:3307/d'}",
          CREATE "\"mysql\" (TYPE MYSQL, HOST 'h', PORT 3307, DATABASE 'd', USER 'u', PASSWORD '***')", "p@" },
        { "{type: azure, tenant_id: t, client_id: c, client_secret: s, secret: zz, account_name: a}",
          CREATE
          "\"azure\" (TYPE AZURE, PROVIDER service_principal, TENANT_ID 't', CLIENT_ID 'c', CLIENT_SECRET '***', "
          "ACCOUNT_NAME 'a')",
          "s" },
        { "{type: azure, tenant_id: t, client_id: c, secret: zz}",
          CREATE
          "\"azure\" (TYPE AZURE, PROVIDER service_principal, TENANT_ID 't', CLIENT_ID 'c', CLIENT_SECRET '***')",
          "zz" },
    };

    (void)state;
    check_secrets(rows, COUNT_OF(rows));
}

static void s7_credential_chain_keeps_every_field_it_knows(void **state)
{
    static const struct secret_row rows[] = {
        { "{type: s3, provider: credential_chain, region: r, endpoint: e, key_id: K, secret: S}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, KEY_ID '***', SECRET '***', REGION 'r', ENDPOINT 'e')",
          "K|S" },
        { "{type: gcs, provider: credential_chain, region: r}",
          CREATE "\"gcs\" (TYPE GCS, PROVIDER credential_chain, REGION 'r')", "" },
        { "{type: gcs, key_id: K, secret: S, region: r, endpoint: e}",
          CREATE "\"gcs\" (TYPE GCS, KEY_ID '***', SECRET '***', REGION 'r', ENDPOINT 'e')", "K|S" },
    };

    (void)state;
    check_secrets(rows, COUNT_OF(rows));
}

static void s8_scheme_of_an_endpoint_is_cut_and_http_turns_tls_off(void **state)
{
    static const struct secret_row rows[] = {
        { "{type: s3, provider: credential_chain, endpoint: 'https://minio:9000'}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, ENDPOINT 'minio:9000')", "" },
        { "{type: s3, provider: credential_chain, endpoint: 'HTTPS://minio:9000/'}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, ENDPOINT 'minio:9000')", "" },
        { "{type: s3, provider: credential_chain, endpoint: 'http://minio:9000'}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, ENDPOINT 'minio:9000', USE_SSL FALSE)", "" },
        { "{type: s3, provider: credential_chain, endpoint: 'HTTP://minio', options: {Use_SSL: true}}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, ENDPOINT 'minio', USE_SSL TRUE)", "" },
    };

    (void)state;
    check_secrets(rows, COUNT_OF(rows));
}

static void s9_options_of_secrets_are_sorted_upper_case_and_of_every_type(void **state)
{
    static const struct secret_row rows[] = {
        { "{type: s3, provider: credential_chain, options: {use_ssl: false, url_style: path, B: 1, a: 1.5}}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, B 1, A 1.5, URL_STYLE 'path', USE_SSL FALSE)", "" },
        { "{type: s3, provider: credential_chain, options: {chain: [env, sso]}}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, CHAIN ['env', 'sso'])", "" },
        { "{type: http, bearer_token: b, options: {extra_http_headers: {Authorization: Basic x, X-Y: 1}}}",
          CREATE
          "\"http\" (TYPE HTTP, BEARER_TOKEN '***', EXTRA_HTTP_HEADERS MAP {'Authorization': '***', 'X-Y': '***'})",
          "b|Basic x|1" },
        { "{type: s3, provider: credential_chain, options: {session_token: T, kms_key_id: [a, 5]}}",
          CREATE "\"s3\" (TYPE S3, PROVIDER credential_chain, KMS_KEY_ID ['***', '***'], SESSION_TOKEN '***')",
          "a|5|T" },
    };

    (void)state;
    check_secrets(rows, COUNT_OF(rows));
}

static void secret_may_have_as_many_headers_as_it_likes(void **state)
{
    struct text headers = text_on_heap();
    const struct plan *plan;

    (void)state;
    for (int i = 0; i < 300; i++)
        text_format(&headers, "%sH%d: v%d", i > 0 ? ", " : "", i, i);
    plan = given_plan(with_secret(
        made_of("{type: http, bearer_token: b, options: {extra_http_headers: {%s}}}", text_string(&headers))));
    text_free(&headers);
    assert_int_equal(step_of(plan, PHASE_SECRETS, 0)->binding_count, 301);
}

static void s10_secrets_come_before_attachments(void **state)
{
    const struct plan *plan = given_plan("version: 1\nduckdb:\n  secrets: [{type: http, bearer_token: b}]\n"
                                         "attachments: {duckdb: [{alias: a, path: x}]}\n");

    (void)state;
    assert_int_equal(plan->steps[0].phase, PHASE_SECRETS);
    assert_int_equal(plan->steps[1].phase, PHASE_ATTACH);
}

/* ---- attachments ---- */

static void files_are_attached_read_only_unless_said_otherwise(void **state)
{
    static const struct {
        const char *kind, *attachment, *sql;
    } rows[] = {
        { "duckdb", "{alias: ref, path: /d/f.duckdb}", "ATTACH '/d/f.duckdb' AS \"ref\" (READ_ONLY)" },
        { "duckdb", "{alias: ref, path: \"/d/r'f.duckdb\"}", "ATTACH '/d/r''f.duckdb' AS \"ref\" (READ_ONLY)" },
        { "duckdb", "{alias: 'r\"f', path: /d/f, read_only: false}", "ATTACH '/d/f' AS \"r\"\"f\"" },
        { "duckdb", "{alias: m, path: 'md:sales', read_only: false}", "ATTACH 'md:sales' AS \"m\"" },
        /* S-12 */
        { "sqlite", "{alias: leg, path: /d/l.db}", "ATTACH '/d/l.db' AS \"leg\" (TYPE sqlite, READ_ONLY)" },
        { "sqlite", "{alias: leg, path: /d/l.db, read_only: false}", "ATTACH '/d/l.db' AS \"leg\" (TYPE sqlite)" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct step *step =
            step_of(given_plan(with_attachment(rows[i].kind, rows[i].attachment)), PHASE_ATTACH, 0);

        check_text(rows[i].attachment, step->sql, rows[i].sql);
        check_text(rows[i].attachment, step->shown, rows[i].sql);
        check_text(rows[i].attachment, step->kind_name, rows[i].kind);
        check_number(rows[i].attachment, (long long)step->binding_count, 0);
    }
    table_ends();
}

/* DuckDB refuses to open memory read-only. */
static void d26_attached_memory_is_not_read_only(void **state)
{
    (void)state;
    assert_string_equal(
        step_of(given_plan(with_attachment("duckdb", "{alias: m, path: ':memory:'}")), PHASE_ATTACH, 0)->sql,
        "ATTACH ':memory:' AS \"m\"");
}

static void s15_only_what_is_not_a_local_file_needs_the_network(void **state)
{
    static const struct {
        const char *path;
        bool network;
    } rows[] = {
        { "x.db", false },       { "/x.db", false },         { "md:sales", true },
        { "s3://b/x.db", true }, { "https://h/x.db", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct step *step = step_of(
            given_plan(with_attachment("duckdb", made_of("{alias: a, path: '%s'}", rows[i].path))), PHASE_ATTACH, 0);

        check_number(rows[i].path, step->needs_network, rows[i].network);
        check_number(rows[i].path, step->file != NULL, !rows[i].network);
        check_number(rows[i].path, step->file_format, FILE_DUCKDB);
        check_number(rows[i].path, step->file_is_created, false);
    }
    table_ends();
    assert_true(step_of(given_plan(with_attachment("sqlite", "{alias: a, path: x, read_only: false}")), PHASE_ATTACH, 0)
                    ->file_is_created);
}

#define PG "host: h, port: 5432, database: d, user: u, password: pass"
#define PG_SECRET(name)                                                                                                \
    CREATE "\"__duckalog_" name "\" (TYPE POSTGRES, HOST 'h', PORT 5432, DATABASE 'd', USER 'u', PASSWORD "

static void s11_postgres_is_attached_with_a_secret(void **state)
{
    static const struct {
        const char *attachment, *secret, *attach;
    } rows[] = {
        { "{alias: pg, " PG "}", PG_SECRET("pg") "'***')",
          "ATTACH 'connect_timeout=''10''' AS \"pg\" (TYPE postgres, SECRET \"__duckalog_pg\", READ_ONLY)" },
        { "{alias: pg, " PG ", sslmode: require, read_only: false}", PG_SECRET("pg") "'***')",
          "ATTACH 'sslmode=''require'' connect_timeout=''10''' AS \"pg\" (TYPE postgres, SECRET \"__duckalog_pg\")" },
        { "{alias: 'P\"g', " PG "}", PG_SECRET("p\"\"g") "'***')",
          "ATTACH 'connect_timeout=''10''' AS \"P\"\"g\" (TYPE postgres, SECRET \"__duckalog_p\"\"g\", READ_ONLY)" },
        { "{alias: pg, " PG ", options: {Connect_Timeout: 3, application_name: \"it's \\\\ me\", keepalives: true}}",
          PG_SECRET("pg") "'***')",
          "ATTACH 'connect_timeout=''3'' application_name=''it\\''s \\\\ me'' keepalives=''true''' AS \"pg\" (TYPE "
          "postgres, SECRET \"__duckalog_pg\", READ_ONLY)" },
        { "{alias: pg, " PG ", options: {schema: \"s'x\", isolation_level: REPEATABLE READ}}", PG_SECRET("pg") "'***')",
          "ATTACH 'connect_timeout=''10''' AS \"pg\" (TYPE postgres, SECRET \"__duckalog_pg\", READ_ONLY, SCHEMA "
          "'s''x', "
          "ISOLATION_LEVEL 'REPEATABLE READ')" },
        { "{alias: pg, host: '', port: 1, database: '', user: '', password: ''}",
          CREATE "\"__duckalog_pg\" (TYPE POSTGRES, PORT 1)",
          "ATTACH 'connect_timeout=''10''' AS \"pg\" (TYPE postgres, SECRET \"__duckalog_pg\", READ_ONLY)" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct plan *plan = given_plan(with_attachment("postgres", rows[i].attachment));

        check_number(rows[i].attachment, (long long)plan->count, 2);
        check_secret(rows[i].attachment, step_of(plan, PHASE_ATTACH, 0), rows[i].secret, "pass");
        check_number(rows[i].attachment, step_of(plan, PHASE_ATTACH, 0)->kind, STEP_ATTACH_SECRET);
        check_text(rows[i].attachment, step_of(plan, PHASE_ATTACH, 1)->sql, rows[i].attach);
        check_number(rows[i].attachment, step_of(plan, PHASE_ATTACH, 1)->kind, STEP_ATTACH);
        check_true(rows[i].attachment, step_of(plan, PHASE_ATTACH, 1)->needs_network);
        check_true(rows[i].attachment, strstr(step_of(plan, PHASE_ATTACH, 1)->sql, "pass") == NULL);
    }
    table_ends();
}

/* S-11: READ_ONLY stays a clause; a config that asks for it in the old way must not become writable. */
static void s11_read_only_among_the_options_is_not_lost(void **state)
{
    const char *yaml = with_attachment("postgres", "{alias: pg, " PG ", read_only: false, options: {read_only: true}}");

    (void)state;
    if (config_is_accepted(yaml))
        assert_non_null(strstr(step_of(given_plan(yaml), PHASE_ATTACH, 1)->sql, "READ_ONLY"));
}

static void s11_keyword_of_any_length_is_kept(void **state)
{
    static const char name[] = "a_keyword_that_is_much_longer_than_any_keyword_that_libpq_has_ever_had_or_will_have";
    const char *yaml = with_attachment("postgres", made_of("{alias: pg, " PG ", options: {%s: 1}}", name));

    (void)state;
    assert_non_null(strstr(step_of(given_plan(yaml), PHASE_ATTACH, 1)->sql, name));
}

/* DuckDB shows the text of an ATTACH to everyone, and a script is a file. */
static void secrets_among_the_options_of_postgres_are_not_shown(void **state)
{
    const char *yaml = with_attachment("postgres", "{alias: pg, " PG ", options: {sslpassword: very-secret}}");

    (void)state;
    if (config_is_accepted(yaml))
        assert_null(strstr(step_of(given_plan(yaml), PHASE_ATTACH, 1)->shown, "very-secret"));
}

static void s14_iceberg_catalogs_are_attached(void **state)
{
    static const struct {
        const char *catalog, *sql;
    } rows[] = {
        { "{name: ice, catalog_type: rest, uri: 'http://x', warehouse: wh}",
          "ATTACH 'wh' AS \"ice\" (TYPE iceberg, ENDPOINT 'http://x')" },
        { "{name: ice, catalog_type: rest, uri: 'http://x', options: {authorization_type: none, n: 1, b: true}}",
          "ATTACH '' AS \"ice\" (TYPE iceberg, ENDPOINT 'http://x', AUTHORIZATION_TYPE 'none', N 1, B TRUE)" },
        { "{name: ice, catalog_type: Glue, warehouse: \"1'2\"}",
          "ATTACH '1''2' AS \"ice\" (TYPE iceberg, ENDPOINT_TYPE glue)" },
        { "{name: 'i\"c', catalog_type: s3_tables, warehouse: 'arn:x'}",
          "ATTACH 'arn:x' AS \"i\"\"c\" (TYPE iceberg, ENDPOINT_TYPE s3_tables)" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct step *step = step_of(given_plan(with_iceberg(rows[i].catalog)), PHASE_ATTACH, 0);

        check_text(rows[i].catalog, step->sql, rows[i].sql);
        check_true(rows[i].catalog, step->needs_network);
    }
    table_ends();
}

static void s14_credentials_of_an_iceberg_catalog_travel_in_a_secret(void **state)
{
    const struct plan *plan = given_plan(
        with_iceberg("{name: Ice, catalog_type: rest, uri: 'http://x', warehouse: wh, options: {token: \"t'k\", "
                     "client_id: c, client_secret: cs, oauth2_scope: all, n: 1}}"));

    (void)state;
    assert_int_equal(plan->count, 2);
    check_secret("the secret", &plan->steps[0],
                 CREATE "\"__duckalog_ice\" (TYPE ICEBERG, ENDPOINT 'http://x', TOKEN '***', CLIENT_ID 'c', "
                        "CLIENT_SECRET '***', OAUTH2_SCOPE 'all')",
                 "t'k|cs");
    table_ends();
    assert_string_equal(plan->steps[1].sql, "ATTACH 'wh' AS \"Ice\" (TYPE iceberg, ENDPOINT 'http://x', SECRET "
                                            "\"__duckalog_ice\", N 1)");
}

static void s13_options_of_every_kind_are_rendered_alike(void **state)
{
    const struct plan *plan = given_plan(with_iceberg(
        "{name: i, catalog_type: glue, options: {a: true, b: 1.50, c: x, d: [1, 'y'], e: 100000000000000000.0}}"));

    (void)state;
    assert_string_equal(plan->steps[0].sql, "ATTACH '' AS \"i\" (TYPE iceberg, ENDPOINT_TYPE glue, A TRUE, B 1.5, C "
                                            "'x', D [1, 'y'], E 1e+17)");
}

static void attachments_come_in_the_order_of_their_kinds(void **state)
{
    const struct plan *plan = given_plan("version: 1\nduckdb: {}\niceberg_catalogs: [{name: i, catalog_type: glue}]\n"
                                         "attachments:\n"
                                         "  postgres: [{alias: p, " PG "}]\n"
                                         "  sqlite: [{alias: s2, path: x}, {alias: s1, path: y}]\n"
                                         "  duckdb: [{alias: d, path: z}]\n");
    static const char *const names[] = { "d", "s2", "s1", "p", "p", "i" };

    (void)state;
    assert_int_equal(plan->count, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_string_equal(plan->steps[i].name, names[i]);
}

/* ---- the session ---- */

static void statements_are_run_as_written_but_for_their_end(void **state)
{
    const struct plan *plan = given_plan(with_duckdb("pragmas: [' PRAGMA a; ', 'CREATE MACRO f(x) AS x -- y']\n"
                                                     "  settings: [SET b = 1;, RESET c]"));

    (void)state;
    assert_string_equal(step_of(plan, PHASE_PRAGMAS, 0)->sql, "PRAGMA a");
    assert_string_equal(step_of(plan, PHASE_PRAGMAS, 1)->sql, "CREATE MACRO f(x) AS x -- y");
    assert_string_equal(step_of(plan, PHASE_SETTINGS, 0)->sql, "SET b = 1");
    assert_string_equal(step_of(plan, PHASE_SETTINGS, 1)->sql, "RESET c");
    assert_int_equal(step_of(plan, PHASE_SETTINGS, 1)->position.line, 4);
}

static void place_of_a_setting_is_its_item_after_blank_ones(void **state)
{
    const struct plan *plan = given_plan("version: 1\nduckdb:\n  settings:\n  - ''\n  - SET a = 1\n");

    (void)state;
    assert_int_equal(step_of(plan, PHASE_SETTINGS, 0)->position.line, 5);
}

static void files_of_sql_views_are_looked_for_beside_the_config(void **state)
{
    const struct plan *plan =
        given_plan("version: 1\nduckdb: {pragmas: [PRAGMA p]}\nviews: [{name: a, sql: FROM 'x.csv'}]\n");

    (void)state;
    assert_string_equal(step_of(plan, PHASE_PRAGMAS, 0)->sql, made_of("SET file_search_path = '%s'", given_folder()));
    assert_string_equal(step_of(plan, PHASE_PRAGMAS, 1)->sql, "PRAGMA p");
    assert_int_equal(count_steps(given_plan(with_view("{name: a, source: parquet, uri: x}")), PHASE_PRAGMAS), 0);
}

/* S-10: a script is for reading and for keeping; secrets are in it only when asked for. */
static void s10_secrets_of_statements_are_not_shown(void **state)
{
    static const char yaml[] = "version: 1\nduckdb:\n  settings: [\"SET s3_secret_access_key = 'very-secret'\"]\n"
                               "  pragmas: [\"CREATE SECRET x (TYPE http, BEARER_TOKEN 'also-secret')\"]\n";
    const struct plan *plan = given_plan(yaml);

    (void)state;
    assert_non_null(strstr(step_of(plan, PHASE_SETTINGS, 0)->sql, "very-secret"));
    assert_null(strstr(step_of(plan, PHASE_SETTINGS, 0)->shown, "very-secret"));
    assert_null(strstr(step_of(plan, PHASE_PRAGMAS, 0)->shown, "also-secret"));
}

/* Too short to be looked for everywhere (redact.h), but here the name in front of it says what it is. */
static void s10_short_secrets_of_statements_are_not_shown_either(void **state)
{
    const struct plan *plan = given_plan(with_duckdb("settings: [\"SET s3_secret_access_key = 'abc'\"]"));

    (void)state;
    assert_null(strstr(step_of(plan, PHASE_SETTINGS, 0)->shown, "abc"));
}

/* S-10: the text of a view is DuckDB's to keep, but a script is not the place for its key. */
static void s10_secret_options_of_views_are_not_shown(void **state)
{
    const struct plan *plan =
        given_plan(with_view("{name: a, source: parquet, uri: /x, options: {encryption_key: hush-hush}}"));

    (void)state;
    assert_null(strstr(step_of(plan, PHASE_VIEWS, 0)->shown, "hush-hush"));
    assert_non_null(strstr(step_of(plan, PHASE_VIEWS, 0)->sql, "hush-hush"));
}

static void s29_extensions_are_quoted_and_may_say_where_from(void **state)
{
    static const char *const rows[][2] = {
        { "httpfs", "INSTALL \"httpfs\"" },
        { "'\"httpfs\"'", "INSTALL \"httpfs\"" },
        { "h3 FROM community", "INSTALL \"h3\" FROM community" },
        { "h3 from \"core_nightly\"", "INSTALL \"h3\" FROM \"core_nightly\"" },
        { "\"h3 FROM 'http://host/p'\"", "INSTALL \"h3\" FROM 'http://host/p'" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct step *step =
            step_of(given_plan(with_duckdb(made_of("install_extensions: [%s]", rows[i][0]))), PHASE_INSTALL, 0);

        check_text(rows[i][0], step->sql, rows[i][1]);
        check_number(rows[i][0], step->kind, STEP_INSTALL);
    }
    check_text("load", step_of(given_plan(with_duckdb("load_extensions: [httpfs]")), PHASE_LOAD, 0)->sql,
               "LOAD \"httpfs\"");
    table_ends();
}

static void phases_are_in_the_order_of_restoration(void **state)
{
    const struct plan *plan = given_plan("version: 1\n"
                                         "views: [{name: v, db_schema: s, sql: SELECT 1}]\n"
                                         "attachments: {duckdb: [{alias: a, path: x}]}\n"
                                         "duckdb:\n"
                                         "  secrets: [{type: http, persistent: true, bearer_token: b}]\n"
                                         "  load_extensions: [json]\n"
                                         "  install_extensions: [json]\n"
                                         "  settings: SET a = 1\n"
                                         "  pragmas: [PRAGMA b]\n");
    static const enum phase phases[] = {
        PHASE_PRAGMAS, PHASE_PRAGMAS, PHASE_SETTINGS, PHASE_INSTALL, PHASE_LOAD,
        PHASE_SECRETS, PHASE_ATTACH,  PHASE_SCHEMAS,  PHASE_VIEWS,   PHASE_PERSISTENT
    };

    (void)state;
    assert_int_equal(plan->count, COUNT_OF(phases));
    for (size_t i = 0; i < COUNT_OF(phases); i++)
        assert_int_equal(plan->steps[i].phase, phases[i]);
}

static void no_secret_stands_in_any_statement(void **state)
{
    const struct plan *plan =
        given_plan("version: 1\nduckdb:\n  secrets:\n"
                   "  - {type: s3, key_id: TOPKEY, secret: TOPSECRET, persistent: true,"
                   " options: {session_token: TOPTOKEN}}\n"
                   "  - {type: http, bearer_token: TOPBEARER, options: {extra_http_headers: {A: TOPHEADER}}}\n"
                   "  - {type: mysql, connection_string: 'mysql://u:TOPMYSQL@h/d'}\n"
                   "  - {type: azure, connection_string: TOPAZURE}\n"
                   "attachments: {postgres: [{alias: a, host: h, port: 1, database: d, user: u,"
                   " password: TOPPG}]}\n"
                   "iceberg_catalogs: [{name: i, catalog_type: rest, uri: 'http://x',"
                   " options: {token: TOPICE}}]\n");

    (void)state;
    for (size_t i = 0; i < plan->count; i++) {
        assert_null(strstr(plan->steps[i].sql, "TOP"));
        if (plan->steps[i].shown != NULL)
            assert_null(strstr(plan->steps[i].shown, "TOP"));
    }
}

static void secrets_are_shown_when_asked_for_and_still_bound(void **state)
{
    const struct plan_options options = { .show_secrets = true };
    const struct plan *plan = given_plan_with("version: 1\nduckdb:\n  secrets: [{type: http, bearer_token: \"t'b\"}]\n"
                                              "attachments: {postgres: [{alias: a, " PG "}]}\n",
                                              &options);

    (void)state;
    assert_string_equal(plan->steps[0].shown, CREATE "\"http\" (TYPE HTTP, BEARER_TOKEN 't''b')");
    assert_string_equal(plan->steps[0].sql, CREATE "\"http\" (TYPE HTTP, BEARER_TOKEN $1)");
    assert_string_equal(plan->steps[1].shown, PG_SECRET("a") "'pass')");
    assert_string_equal(plan->steps[1].sql, PG_SECRET("a") "$1)");
}

static void thousand_views_are_planned(void **state)
{
    struct text yaml = text_on_heap();

    (void)state;
    text_add(&yaml, "version: 1\nduckdb: {}\nviews:\n");
    for (int i = 0; i < 1000; i++)
        text_format(&yaml, "- {name: v%d, db_schema: s%d, sql: SELECT %d}\n", i, i % 7, i);
    assert_int_equal(given_plan(text_string(&yaml))->count, 1 + 7 + 1000);
    text_free(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_become_one_statement_each),
        cmocka_unit_test(views_over_attachments_name_them),
        cmocka_unit_test(relative_uri_appears_as_an_absolute_path),
        cmocka_unit_test(s18_views_and_schemas_are_qualified_with_the_catalog_when_executed),
        cmocka_unit_test(s19_semicolons_at_the_end_are_no_part_of_the_body),
        cmocka_unit_test(s20_line_comment_at_the_end_stays),
        cmocka_unit_test(s25_lists_and_maps_are_options_of_scans),
        cmocka_unit_test(step_of_a_view_knows_its_place_and_name),
        cmocka_unit_test(schemas_are_distinct_sorted_and_before_the_views),
        cmocka_unit_test(secrets_of_every_type_have_their_fields_in_order),
        cmocka_unit_test(s1_temporary_secret_is_replaced_in_memory_and_nothing_is_dropped),
        cmocka_unit_test(s2_persistent_secret_has_a_stand_in_and_is_stored_last),
        cmocka_unit_test(s2_script_with_secrets_stores_a_persistent_one),
        cmocka_unit_test(s3_names_of_secrets_are_quoted),
        cmocka_unit_test(s4_scope_stands_inside_and_last),
        cmocka_unit_test(s6_connection_strings_and_client_triples_are_translated),
        cmocka_unit_test(s7_credential_chain_keeps_every_field_it_knows),
        cmocka_unit_test(s8_scheme_of_an_endpoint_is_cut_and_http_turns_tls_off),
        cmocka_unit_test(s9_options_of_secrets_are_sorted_upper_case_and_of_every_type),
        cmocka_unit_test(secret_may_have_as_many_headers_as_it_likes),
        cmocka_unit_test(s10_secrets_come_before_attachments),
        cmocka_unit_test(files_are_attached_read_only_unless_said_otherwise),
        cmocka_unit_test(d26_attached_memory_is_not_read_only),
        cmocka_unit_test(s15_only_what_is_not_a_local_file_needs_the_network),
        cmocka_unit_test(s11_postgres_is_attached_with_a_secret),
        cmocka_unit_test(s11_read_only_among_the_options_is_not_lost),
        cmocka_unit_test(s11_keyword_of_any_length_is_kept),
        cmocka_unit_test(secrets_among_the_options_of_postgres_are_not_shown),
        cmocka_unit_test(s14_iceberg_catalogs_are_attached),
        cmocka_unit_test(s14_credentials_of_an_iceberg_catalog_travel_in_a_secret),
        cmocka_unit_test(s13_options_of_every_kind_are_rendered_alike),
        cmocka_unit_test(attachments_come_in_the_order_of_their_kinds),
        cmocka_unit_test(statements_are_run_as_written_but_for_their_end),
        cmocka_unit_test(files_of_sql_views_are_looked_for_beside_the_config),
        cmocka_unit_test(place_of_a_setting_is_its_item_after_blank_ones),
        cmocka_unit_test(s10_secrets_of_statements_are_not_shown),
        cmocka_unit_test(s10_short_secrets_of_statements_are_not_shown_either),
        cmocka_unit_test(s10_secret_options_of_views_are_not_shown),
        cmocka_unit_test(s29_extensions_are_quoted_and_may_say_where_from),
        cmocka_unit_test(phases_are_in_the_order_of_restoration),
        cmocka_unit_test(no_secret_stands_in_any_statement),
        cmocka_unit_test(secrets_are_shown_when_asked_for_and_still_bound),
        cmocka_unit_test(thousand_views_are_planned),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
