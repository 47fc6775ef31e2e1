/*
 * Torture of a connection: a first build, a reconnection and a forced rebuild, once for each call on the way that can
 * fail, and that one fails. Whatever the place, the call ends with an error and a report of it, or it did not need that
 * call; nothing is half made, nothing crashes, and nothing leaks (AddressSanitizer looks).
 *
 * That takes minutes, so a sample is taken of all but DuckDB's calls; each of them with DUCKALOG_TEST_LONG=1 (make
 * test-kills).
 */
#define _XOPEN_SOURCE 700 /* nftw */

#include "failing.h"
#include "given.h"

#include "base/text.h"
#include "duckalog.h"
#include "engine/session.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLE = 20 };

static const char child[] = "version: 1\n"
                            "duckdb: {database: low/child.duckdb}\n"
                            "views: [{name: c, sql: SELECT 1 AS i}]\n";

/* All that needs no network and no extension. */
#define CATALOG(number)                                                                                                \
    "version: 1\n"                                                                                                     \
    "loader_settings: {concurrency_enabled: false}\n"                                                                  \
    "duckdb:\n"                                                                                                        \
    "  database: deep/er/catalog.duckdb\n"                                                                             \
    "  pragmas: [SET threads = 1, \"SET secret_directory = '%s/secrets'\"]\n"                                          \
    "  settings: [SET default_null_order = 'nulls_last']\n"                                                            \
    "  secrets:\n"                                                                                                     \
    "  - {type: http, name: web, bearer_token: a-bearer-token}\n"                                                      \
    "  - {type: http, name: kept, bearer_token: another-token, persistent: true}\n"                                    \
    "attachments:\n"                                                                                                   \
    "  duckdb: [{alias: data, path: data.duckdb}]\n"                                                                   \
    "  duckalog: [{alias: child, config_path: child.yaml}]\n"                                                          \
    "views:\n"                                                                                                         \
    "- {name: top, sql: SELECT b.i FROM s.b}\n"                                                                        \
    "- {name: b, db_schema: s, sql: 'SELECT c.i + " number " AS i FROM child.c'}\n"                                    \
    "- {name: t, source: duckdb, database: data, table: t}\n"

static const char old_catalog[] = CATALOG("1");
static const char new_catalog[] = CATALOG("2");

/* ---- what is there ---- */

static bool note_view(const char *const *columns, size_t count, void *user)
{
    for (size_t i = 0; i < count; i++)
        text_format(user, "%s\n", columns[i]);
    return true;
}

static const char *views_of(duckdb_connection connection)
{
    struct text found = text_on_heap();
    struct text problem = text_on_heap();
    const char *kept;

    if (session_query(connection,
                      "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal AND database_name = "
                      "current_database() ORDER BY ALL",
                      note_view, &found, &problem) != DUCKALOG_OK)
        text_format(&found, "they can't be listed: %s", text_string(&problem));
    kept = made_of("%s", text_string(&found));
    text_free(&found);
    text_free(&problem);
    return kept;
}

/* Of a database file; "" when there is none. */
static const char *views_in(const char *name)
{
    struct session_options options = { .read_only = true };
    const char *path = made_of("%s/%s", given_folder(), name);
    struct text problem = text_on_heap();
    struct session *session = NULL;
    const char *hint = NULL;
    const char *found = "";

    if (access(path, F_OK) != 0)
        return found;
    if (session_open(path, &options, &session, &problem, &hint) == DUCKALOG_OK)
        found = views_of(session->connection);
    else
        found = made_of("it can't be opened: %s", text_string(&problem));
    session_close(session);
    text_free(&problem);
    return found;
}

static bool is_there(const char *name)
{
    return access(made_of("%s/%s", given_folder(), name), F_OK) == 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static void remove_all(const char *name)
{
    nftw(made_of("%s/%s", given_folder(), name), remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- one connection ---- */

struct outcome {
    duckalog_status connected;
    duckalog_status status;
    size_t errors;
    const char *views; /* NULL: no connection */
    size_t calls;
};

static struct outcome connect_once(const char *config, bool force_rebuild, enum failing kind, size_t nth)
{
    struct outcome outcome = { 0 };
    duckalog_catalog *catalog = NULL;
    duckdb_connection connection = NULL;
    duckalog_options options;

    duckalog_options_init(&options);
    options.force_rebuild = force_rebuild;
    failing_begin(kind, nth);
    outcome.connected = duckalog_connect(config, &options, &catalog);
    if (outcome.connected == DUCKALOG_OK)
        outcome.status = duckalog_get_connection(catalog, &connection);
    outcome.calls = failing_end();
    outcome.errors = duckalog_report_errors(duckalog_diagnostics(catalog));
    if (outcome.connected == DUCKALOG_OK && outcome.status == DUCKALOG_OK)
        outcome.views = views_of(connection);
    duckalog_destroy(&catalog);
    return outcome;
}

/* ---- the three kinds of connections ---- */

struct way {
    const char *name;
    bool is_built; /* the catalog is there already */
    bool force_rebuild;
};

static const struct way first_build = { "first build", false, false };
static const struct way reconnection = { "reconnection", true, false };
static const struct way rebuild = { "rebuild", true, true };

static const char *old_config;
static const char *new_config;
static const char *old_views;
static const char *new_views; /* after a rebuild */

static void prepare(const struct way *way)
{
    remove_all("secrets");
    if (way->is_built && is_there("deep/er/catalog.duckdb"))
        return;
    remove_all("deep");
    remove_all("low");
    if (way->is_built)
        connect_once(old_config, false, NOTHING, 0);
}

/* A catalog that stays as it was need not be built again: a rebuild that went well is undone by another one. */
static void restore_old(const struct way *way)
{
    if (way->force_rebuild && strcmp(views_in("deep/er/catalog.duckdb"), old_views) != 0)
        connect_once(old_config, true, NOTHING, 0);
    if (!way->is_built) {
        remove_all("deep");
        remove_all("low");
    }
}

static void check_failure(const struct way *way, const char *row, const struct outcome *now)
{
    check_true(made_of("%s: an error is told (%s)", row, duckalog_status_name(now->status)),
               now->errors > 0 || now->status == DUCKALOG_NOMEM);
    /* The views are there before the persistent secrets are stored: a failure of those undoes nothing. */
    if (way->is_built && strcmp(views_in("deep/er/catalog.duckdb"), new_views) != 0)
        check_text(made_of("%s: the catalog is as it was", row), views_in("deep/er/catalog.duckdb"), old_views);
    else if (!way->is_built)
        check_true(made_of("%s: nothing is left", row), !is_there("deep"));
    if (is_there("low"))
        check_true(made_of("%s: the child is whole", row),
                   strstr(views_in("low/child.duckdb"), "CREATE VIEW c AS SELECT 1 AS i") != NULL);
}

static void check_outcome(const struct way *way, const char *row, const struct outcome *now,
                          const struct outcome *whole)
{
    if (now->connected != DUCKALOG_OK)
        check_true(made_of("%s: refused", row), now->connected == DUCKALOG_NOMEM || now->connected == DUCKALOG_USAGE);
    else if (now->status != DUCKALOG_OK)
        check_failure(way, row, now);
    else
        check_text(made_of("%s: the catalog is whole", row), now->views, whole->views);
}

static const char *tortured;

static int tell_where(void **state)
{
    (void)state;
    failing_end();
    if (tortured != NULL)
        print_message("    it was at %s\n", tortured);
    return 0;
}

/* With a sanitizer a connection takes eight times as long: a sample of the calls has to do there. */
#ifdef __SANITIZE_ADDRESS__
#define IS_SLOW true
#else
#define IS_SLOW false
#endif

static void torture(const struct way *way, enum failing kind)
{
    const char *config = way->force_rebuild ? new_config : old_config;
    bool all = (kind == DUCKDB_CALLS && !IS_SLOW) || getenv("DUCKALOG_TEST_LONG") != NULL;
    struct outcome whole;
    size_t tried = 0;
    size_t failed = 0;

    prepare(way);
    whole = connect_once(config, way->force_rebuild, kind, 0);
    check_number(made_of("%s without a failure", way->name), whole.status, DUCKALOG_OK);
    restore_old(way);
    for (size_t n = 1; n <= whole.calls; n += all ? 1 : whole.calls / SAMPLE + 1) {
        struct outcome now;

        prepare(way);
        tortured = made_of("%s: call %zu", way->name, n);
        now = connect_once(config, way->force_rebuild, kind, n);
        check_outcome(way, made_of("%s, %s", tortured, failing_call()), &now, &whole);
        restore_old(way);
        tried++;
        failed += now.connected != DUCKALOG_OK || now.status != DUCKALOG_OK;
    }
    tortured = NULL;
    print_message("    %s: %zu of %zu calls failed once, %zu connections of it\n", way->name, tried, whole.calls,
                  failed);
    check_true("some of them matter", failed > 0);
    table_ends();
}

static void every_allocation_of_a_connection_may_fail(void **state)
{
    (void)state;
    torture(&first_build, ALLOCATIONS);
    torture(&reconnection, ALLOCATIONS);
    torture(&rebuild, ALLOCATIONS);
}

static void every_call_of_duckdb_may_fail(void **state)
{
    (void)state;
    torture(&first_build, DUCKDB_CALLS);
    torture(&reconnection, DUCKDB_CALLS);
    torture(&rebuild, DUCKDB_CALLS);
}

static void every_call_about_files_may_fail(void **state)
{
    (void)state;
    torture(&first_build, FILE_CALLS);
    torture(&reconnection, FILE_CALLS);
    torture(&rebuild, FILE_CALLS);
}

static int begin(void **state)
{
    const char *problem;

    (void)state;
    if (!duckdb_load(&problem))
        fail_msg("%s", problem);
    failing_wrap_duckdb();
    setenv("HOME", given_folder(), 1);
    given_file("child.yaml", child);
    old_config = given_file("old.yaml", made_of(old_catalog, given_folder()));
    new_config = given_file("new.yaml", made_of(new_catalog, given_folder()));
    {
        struct session_options options = { 0 };
        struct text problem_text = text_on_heap();
        struct session *session = NULL;
        const char *hint = NULL;

        assert_int_equal(
            session_open(made_of("%s/data.duckdb", given_folder()), &options, &session, &problem_text, &hint),
            DUCKALOG_OK);
        session_run(session->connection, "CREATE TABLE t AS SELECT 1 AS i", NULL, 0, &problem_text);
        session_close(session);
        text_free(&problem_text);
    }
    new_views = connect_once(new_config, true, NOTHING, 0).views;
    old_views = connect_once(old_config, true, NOTHING, 0).views;
    assert_non_null(old_views);
    assert_string_not_equal(old_views, new_views);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_allocation_of_a_connection_may_fail, tell_where),
        cmocka_unit_test_teardown(every_call_of_duckdb_may_fail, tell_where),
        cmocka_unit_test_teardown(every_call_about_files_may_fail, tell_where),
    };

    return cmocka_run_group_tests(tests, begin, forget_all);
}
