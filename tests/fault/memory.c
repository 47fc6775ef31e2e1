/*
 * Torture: from text to script of a config that uses every key, once for each allocation on the way, and that one
 * fails. Whatever the place, the call ends with DUCKALOG_NOMEM or a report of an error, or it did not need that memory:
 * then its result is, to the byte, what it is without a failure. Nothing leaks (AddressSanitizer looks), nothing crashes.
 */
#include "failing.h"
#include "given.h"

#include "base/arena.h"
#include "duckalog.h"
#include "plan/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is tortured ---- */

static const char everything[] =
    "version: ${env:DT_VERSION:1}\n"
    "loader_settings: {concurrency_enabled: true, max_threads: 4}\n"
    "imports: []\n"
    "env_files: []\n"
    "semantic_models:\n"
    "- name: m\n"
    "  base_view: below\n"
    "  dimensions: [{name: day, expression: d.day, type: time, time_grains: [month]}, {name: r, expression: "
    "upper(x)}]\n"
    "  measures: [{name: n, expression: count(*)}, {name: s, expression: sum(x) -- all}]\n"
    "  joins:\n"
    "  - {to_view: s.top, type: inner, on_condition: top.a = below.a}\n"
    "  - {to_view: '\"below\"', type: left, on_condition: below_2.a = top.a}\n"
    "  - {to_view: d, type: left, on_condition: d.a = below_2.a}\n"
    "  - {to_view: p, type: left, on_condition: p.a = below.a}\n"
    "  defaults: {time_dimension: day, default_filters: [{dimension: r, operator: in, value: [a, 1]}, {dimension: "
    "r}]}\n"
    "duckdb:\n"
    "  database: catalog.duckdb\n"
    "  install_extensions: [httpfs, h3 FROM community]\n"
    "  load_extensions: [httpfs]\n"
    "  pragmas: [\"PRAGMA x; -- end\", \"CREATE SECRET y (TYPE http, BEARER_TOKEN 'a-bearer-token')\"]\n"
    "  settings: [SET threads = 4, '', \"SET s3_secret_access_key = 'a-secret-key'\"]\n"
    "  secrets:\n"
    "  - {type: s3, name: Prod, key_id: '${env:DT_KEY_ID:a-key-id}', secret: a-secret, region: r, scope: 's3://b',\n"
    "     endpoint: 'http://h:9000', persistent: true, options: {url_style: path, session_token: a-token}}\n"
    "  - {type: gcs, provider: credential_chain, region: r}\n"
    "  - {type: azure, tenant_id: t, client_id: c, client_secret: a-client-secret, account_name: a}\n"
    "  - {type: azure, name: azure2, connection_string: a-connection-string}\n"
    "  - {type: http, bearer_token: a-token-too, header: unused, options: {extra_http_headers: {A: a-header, B: 5}}}\n"
    "  - {type: postgres, connection_string: \"host=h port=5432 dbname='d' user=u password=a\\\\ password\"}\n"
    "  - {type: mysql, connection_string: 'mysql://u:a%20password@[::1]:3306/d?user=v'}\n"
    "  - {type: mysql, name: mysql2, host: h, port: 1, database: d, key_id: u, secret: another-password}\n"
    "  - {type: gcs, name: gcs2, key_id: k, secret: s, service_account_key: ~, json_key: ~}\n"
    "attachments:\n"
    "  duckdb: [{alias: duck, path: x.duckdb, read_only: false}]\n"
    "  sqlite: [{alias: lite, path: ~/x.db, read_only: yes}]\n"
    "  postgres:\n"
    "  - {alias: pg, host: h, port: 5432, database: d, user: u, password: a-pg-password, sslmode: require,\n"
    "     read_only: true, options: {connect_timeout: 3, schema: s, application_name: x}}\n"
    "  duckalog: []\n"
    "iceberg_catalogs:\n"
    "- {name: ice, catalog_type: rest, uri: 'http://x', warehouse: w, options: {token: a-token-again, n: 1.50}}\n"
    "views:\n"
    "- {name: top, db_schema: s, sql: 'WITH q AS (SELECT 1) SELECT * FROM below JOIN q ON true -- x', tags: [a, b],\n"
    "   description: 'the top'}\n"
    "- {name: below, sql: 'SELECT $$a$$;'}\n"
    "- &p {name: p, source: parquet, uri: 'data/*.parquet', options: {l: [1, x, {k: true}], m: {a: 0x1F}, f: 1e20}}\n"
    "- {<<: *p, name: p2, db_schema: zz}\n"
    "- {name: d, source: delta, uri: 's3://b/t'}\n"
    "- {name: i, source: iceberg, uri: 's3://b/t'}\n"
    "- {name: i2, source: iceberg, catalog: ice, table: ns.t}\n"
    "- {name: k, source: duckdb, database: duck, table: t}\n"
    "- {name: l, source: sqlite, database: lite, table: '\"t.x\"'}\n"
    "- {name: m, source: postgres, database: pg, table: public.t}\n"
    "- {name: n, sql: SELECT 1, source: parquet, uri: x}\n";

static const char mistakes[] = "version: ${env:DT_UNSET}\n"
                               "zzz: 1\n"
                               "duckdb:\n"
                               "  databse: x\n"
                               "  settings: [threads = 4, 'SET a = 1; SET b = 2']\n"
                               "  install_extensions: ['a b c']\n"
                               "  secrets:\n"
                               "  - {type: s3, key_id: a-key-id, options: {'a b': 1, x: ~, X: 2}, endpoint: h/p}\n"
                               "  - {type: s33}\n"
                               "  - {type: http, bearer_token: b}\n"
                               "  - {type: http, bearer_token: b, account_name: c}\n"
                               "  - {type: postgres, connection_string: 'host=h port=x'}\n"
                               "  - {type: gcs, json_key: x}\n"
                               "attachments:\n"
                               "  duckdb: [{alias: a, path: x}, {alias: A, path: y}, {alias: main, path: z}]\n"
                               "  duckalog: [{alias: x, config_path: y}]\n"
                               "iceberg_catalogs: [{name: i, catalog_type: hive}, 5]\n"
                               "semantic_models:\n"
                               "- name: m\n"
                               "  base_view: aa\n"
                               "  defaults: {primary_measure: z,\n"
                               "     default_filters: [{dimension: z}, {dimension: {a: b}}]}\n"
                               "  dimensions: [{name: x, expression: a;}, {name: X, expression: b}]\n"
                               "- name: M\n"
                               "  base_view: '\"e\"'\n"
                               "  joins: [{to_view: s.e, type: left, on_condition: '('}]\n"
                               "views:\n"
                               "- {name: a, sql: SELECT 1; SELECT 2}\n"
                               "- {name: a, source: duckdb, database: ab, table: t}\n"
                               "- {name: \"a\\nb\", source: parquet, uri: ../x}\n"
                               "- {name: c, source: parquet, uri: x, options: {a: 010, b: .inf}}\n"
                               "- {name: d, source: paquet, uri: [x]}\n"
                               "- {name: e, db_schema: s, sql: SELECT 1}\n"
                               "- {name: e, db_schema: t, sql: SELECT 1}\n"
                               "- {name: 5, bad: key}\n";

static const char json[] =
    "{\"version\": 1.0, \"duckdb\": {\"secrets\": [{\"type\": \"http\", \"bearer_token\": "
    "\"\\ud83d\\ude00-token\"}]}, \"views\": [{\"name\": \"a\", \"sql\": \"SELECT 1\"}, "
    "{\"name\": \"b\", \"source\": \"parquet\", \"uri\": \"x\", \"options\": {\"a\": [1, 2.5]}}]}";

static const char broken_json[] = "{\"version\": 1, \"duckdb\": {\"a\": [1, 2, {\"b\": \"c\\u00e9\", \"b\": 1}]}}";
static const char broken_yaml[] = "version: 1\nduckdb: &a\n  settings: [a, 'b]\n";

/* A config of several files. What is read side by side would fail at another place each time: one after another. */
static const char many_files[] =
    "version: 1\n"
    "loader_settings: {concurrency_enabled: false}\n"
    "env_files: [.env, '${env:DT_OTHER_ENV:other}.env']\n"
    "imports: [parts/*.yaml, '!parts/left-out.yaml', {path: more.json, override: false}]\n"
    "duckdb: {database: '${env:DT_DATABASE}', pragmas: [SET threads = 2]}\n"
    "attachments:\n"
    "  duckalog:\n"
    "  - {alias: child, config_path: child/catalog.yaml, database: child/other.duckdb}\n"
    "  - {alias: again, config_path: child/grandchild.yaml}\n"
    "views:\n"
    "- {name: top, sql: WITH x AS (SELECT 1) FROM filled JOIN child.v ON true}\n"
    "- {name: filled, sql_template: {path: sql/filled.sql, variables: {name: a, list: [1, {b: '${env:DT_TOKEN}'}]}}}\n"
    "- {name: wild, source: parquet, uri: 'parts/*.y*'}\n"
    "semantic_models:\n"
    "- {name: m, base_view: a, dimensions: [{name: day, expression: d, type: time, time_grains: [month]},\n"
    "   {name: r, expression: x}], measures: [{name: n, expression: count(*)}]}\n";

static const char *const parts[][2] = {
    { "parts/a.yaml", "imports: {views: [deeper/b.yaml], duckdb: [deeper/b.yaml]}\n"
                      "views: [{name: a, sql_file: {path: a.sql}}]\n" },
    { "parts/c.yaml", "imports: [deeper/b.yaml]\nduckdb: {settings: [SET x = 1], pragmas: ~}\n"
                      "env_files: [ignored.env]\n" },
    { "parts/left-out.yaml", "version: [\n" },
    { "parts/deeper/b.yaml", "views: [{name: b, sql: \"SELECT '${env:DT_TOKEN}'\"}]\n"
                             "duckdb: {secrets: [{type: http, bearer_token: '${env:DT_TOKEN}'}]}\n" },
    { "more.json", "{\"version\": 2, \"duckdb\": {\"settings\": [\"SET y = 1\"]}, \"views\": []}" },
    { "parts/a.sql", "\xEF\xBB\xBF-- from a file\r\nSELECT 1 AS i;\r\n" },
    { "sql/filled.sql", "SELECT {{name}}, {{list|literal}} -- {{name}}\nFROM {{ name | identifier }}\n" },
    { ".env", "DT_TOKEN=a-token-of-a-file\nDT_DATABASE=\"x-${DT_TOKEN}.duckdb\"\n" },
    { "other.env", "DT_TOKEN=other\nexport DT_MORE='more'\n" },
    { "child/catalog.yaml", "version: 1\nduckdb: {database: ':memory:'}\n"
                            "attachments: {duckalog: [{alias: grand, config_path: grandchild.yaml}],\n"
                            "  duckdb: [{alias: data, path: data.duckdb}], sqlite: [{alias: lite, path: lite.db}],\n"
                            "  postgres: [{alias: pg, host: h, port: 1, database: d, user: u, password: a-password}]}\n"
                            "views: [{name: v, sql: 'FROM data.t, lite.t, pg.t, grand.g'}]\n" },
    { "child/.env", "DT_TOKEN=a-token-of-the-child\n" },
    { "child/grandchild.yaml", "version: 1\nduckdb: {database: grand.duckdb}\n"
                               "views: [{name: g, sql: \"SELECT '${env:DT_TOKEN}'\"}]\n" },
};

static const char many_mistakes[] =
    "version: 1\n"
    "loader_settings: {concurrency_enabled: false}\n"
    "imports: [bad/*.yaml, gone.yaml, 'x*.yaml', ftp://h/x.yaml, {path: bad/a.yaml, zzz: 1}, main.txt]\n"
    "env_files: ['${env:DT_UNSET}', bad, bad/latin.env]\n"
    "duckdb: {database: x.duckdb}\n"
    "attachments:\n"
    "  duckalog:\n"
    "  - {alias: gone, config_path: gone.yaml}\n"
    "  - {alias: ring, config_path: mistakes-of-many.yaml}\n"
    "  - {alias: bad, config_path: child/bad.yaml}\n"
    "  - {alias: bad2, config_path: child/bad.yaml}\n"
    "views:\n"
    "- {name: a, sql_file: {path: gone.sql}}\n"
    "- {name: b, sql_file: {path: ../../../../etc/passwd}}\n"
    "- {name: c, sql_file: {path: bad/empty.sql}}\n"
    "- {name: d, sql_file: {path: bad/two.sql, variables: {a: 1}}}\n"
    "- {name: e, sql_template: {path: bad/open.sql}}\n"
    "- {name: f, source: parquet, uri: 'bad/l*'}\n";

static const char *const bad_parts[][2] = {
    { "bad/a.yaml", "imports: [a.yaml, b.yaml]\nviews: {}\n" },
    { "bad/b.yaml", "imports: [a.yaml]\nviews: [{name: b, zzz: 1}, {sql: '${env:DT_UNSET}'}]\nzzz: 1\n" },
    { "bad/c.yaml", "views: [\n" },
    { "bad/d.yaml", "" },
    { "bad/latin.env", "A=\xE9\n" },
    { "bad/empty.sql", "-- nothing\n" },
    { "bad/two.sql", "SELECT 1;\nSELECT 2" },
    { "bad/open.sql", "SELECT {{missing}}, {{ b" },
    { "child/bad.yaml", "version: 1\nduckdb: {database: ':memory:'}\nviews: [{name: v}]\n" },
};

struct outcome {
    duckalog_status loaded;
    duckalog_status scripted;
    duckalog_status asked;
    size_t errors;
    size_t count;
    char *script;
    duckalog_status viewed;
    char *answer; /* of a semantic model */
    char *view;   /* the statement of one */
    bool drawn;
    size_t lines; /* of the graph: nodes and edges */
};

static duckalog_status ask(const duckalog_config *config, char **ret_sql)
{
    static const char *const dimensions[] = { "day:month", "day", "r" };
    duckalog_model_query query;

    duckalog_model_query_init(&query);
    query.model = "m";
    query.dimensions = dimensions;
    query.dimension_count = COUNT_OF(dimensions);
    query.where = "r = 'x' AND day > (SELECT 1)";
    return duckalog_model_sql(config, &query, ret_sql, NULL);
}

/* Are the parts handed over by the host? */
static bool host_gives;

static duckalog_read_result give(const char *path, duckalog_content *content, void *unused)
{
    size_t length = strlen(given_folder());

    (void)unused;
    for (size_t i = 0; host_gives && strncmp(path, given_folder(), length) == 0 && i < COUNT_OF(parts); i++)
        if (strcmp(path + length + 1, parts[i][0]) == 0) {
            content->bytes = parts[i][1];
            content->length = strlen(parts[i][1]);
            return DUCKALOG_READ_DONE;
        }
    return DUCKALOG_READ_NOT_MINE;
}

static bool draw(const duckalog_config *config, size_t *ret_lines)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct graph graph;
    bool drawn = arena != NULL && graph_build(arena, config, NULL, &graph);

    *ret_lines = drawn ? graph.node_count + graph.edge_count : 0;
    arena_destroy(arena);
    return drawn;
}

/* All of it through the C API, as a host program has it; only the graph is the program's own affair. */
static struct outcome run(const char *path)
{
    struct outcome outcome = { 0 };
    duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    duckalog_options options;

    duckalog_options_init(&options);
    options.include_secrets = 1;
    options.read = host_gives ? give : NULL;
    outcome.loaded = duckalog_config_load(path, &options, &config, &report);
    outcome.errors = duckalog_report_errors(report);
    outcome.count = duckalog_report_count(report);
    if (outcome.loaded == DUCKALOG_OK) {
        outcome.scripted = duckalog_generate_sql(config, &options, DUCKALOG_SQL_FULL, &outcome.script);
        outcome.asked = ask(config, &outcome.answer);
        outcome.drawn = draw(config, &outcome.lines);
        outcome.viewed = duckalog_view_sql(config, "top", &options, &outcome.view);
    }
    duckalog_config_free(config);
    duckalog_report_free(report);
    return outcome;
}

static void check_script(const char *row, const char *script, const char *whole)
{
    size_t same = 0;

    if (script == NULL || whole == NULL) {
        check_true(row, false);
        return;
    }
    while (script[same] != '\0' && script[same] == whole[same])
        same++;
    if (strcmp(script, whole) != 0)
        check_text(made_of("%s: the script is whole", row), made_of("%.60s", script + same),
                   made_of("%.60s", whole + same));
}

static void check_outcome(const char *name, size_t n, const struct outcome *now, const struct outcome *whole)
{
    const char *row = made_of("%s, allocation %zu", name, n);

    if (now->loaded == DUCKALOG_CONFIG)
        check_true(made_of("%s: a refused config has an error in its report", row), now->errors > 0);
    else if (now->loaded == DUCKALOG_OK) {
        check_true(made_of("%s: a config of mistakes is not accepted", row), whole->loaded == DUCKALOG_OK);
        check_number(made_of("%s: nothing is missing in the report", row), (long long)now->count,
                     (long long)whole->count);
        if (now->scripted == DUCKALOG_OK)
            check_script(row, now->script, whole->script);
        else
            check_number(row, now->scripted, DUCKALOG_NOMEM);
        if (now->drawn)
            check_number(made_of("%s: the graph is whole", row), (long long)now->lines, (long long)whole->lines);
        if (now->asked == DUCKALOG_OK)
            check_script(made_of("%s: the model", row), now->answer, whole->answer);
        else
            check_true(made_of("%s: the model", row), now->asked == DUCKALOG_NOMEM || now->asked == whole->asked);
        if (now->viewed == DUCKALOG_OK)
            check_script(made_of("%s: the view", row), now->view, whole->view);
        else
            check_true(made_of("%s: the view", row), now->viewed == DUCKALOG_NOMEM || now->viewed == whole->viewed);
    } else
        check_number(row, now->loaded, DUCKALOG_NOMEM);
}

/* A crash takes the loop away; this is said of the test that it was in. */
static const char *tortured;
static size_t tortured_at;

static int tell_where(void **state)
{
    (void)state;
    host_gives = false;
    if (tortured != NULL)
        print_message("    it was in %s, allocation %zu\n", tortured, tortured_at);
    failing_end();
    return 0;
}

static void torture(const char *name, const char *text)
{
    const char *path = given_file(name, text);
    struct outcome whole;
    size_t total;

    tortured = name;
    tortured_at = 0;
    failing_begin(ALLOCATIONS, 0);
    whole = run(path);
    total = failing_end();
    print_message("    %s: %zu allocations, %zu errors\n", name, total, whole.errors);
    for (size_t n = 1; n <= total; n++) {
        struct outcome now;

        tortured_at = n;
        failing_begin(ALLOCATIONS, n);
        now = run(path);
        failing_end();
        check_outcome(name, n, &now, &whole);
        duckalog_string_free(now.script);
        duckalog_string_free(now.answer);
        duckalog_string_free(now.view);
    }
    duckalog_string_free(whole.script);
    duckalog_string_free(whole.answer);
    duckalog_string_free(whole.view);
    tortured = NULL;
    table_ends();
}

static void every_allocation_of_a_full_config_may_fail(void **state)
{
    (void)state;
    given_config(everything);
    torture("everything.yaml", everything);
}

static void every_allocation_of_a_config_of_mistakes_may_fail(void **state)
{
    (void)state;
    torture("mistakes.yaml", mistakes);
}

static void every_allocation_of_a_json_config_may_fail(void **state)
{
    (void)state;
    torture("config.json", json);
    torture("broken.json", broken_json);
}

static void every_allocation_of_a_text_that_is_no_yaml_may_fail(void **state)
{
    (void)state;
    torture("broken.yaml", broken_yaml);
}

static void every_allocation_of_a_config_of_many_files_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        given_file(parts[i][0], parts[i][1]);
    given_config(many_files);
    torture("many.yaml", many_files);
}

static void every_allocation_of_files_of_the_host_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        given_file(parts[i][0], parts[i][1]); /* for the patterns, which look there */
    host_gives = true;
    torture("from-host.yaml", many_files);
}

static void every_allocation_of_many_files_of_mistakes_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_parts); i++)
        given_file(bad_parts[i][0], bad_parts[i][1]);
    given_link("bad/link", "/");
    torture("mistakes-of-many.yaml", many_mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_allocation_of_a_full_config_may_fail, tell_where),
        cmocka_unit_test_teardown(every_allocation_of_a_config_of_mistakes_may_fail, tell_where),
        cmocka_unit_test_teardown(every_allocation_of_a_config_of_many_files_may_fail, tell_where),
        cmocka_unit_test_teardown(every_allocation_of_files_of_the_host_may_fail, tell_where),
        cmocka_unit_test_teardown(every_allocation_of_many_files_of_mistakes_may_fail, tell_where),
        cmocka_unit_test_teardown(every_allocation_of_a_json_config_may_fail, tell_where),
        cmocka_unit_test_teardown(every_allocation_of_a_text_that_is_no_yaml_may_fail, tell_where),
    };

    unsetenv("DT_UNSET");
    return cmocka_run_group_tests(tests, NULL, forget_all);
}
