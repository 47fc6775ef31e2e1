/*
 * The library from several threads at a time: what the header allows is safe, and gives the results of one thread.
 * `make test-tsan` runs it under ThreadSanitizer.
 */
#include "given.h"

#include "base/clock.h"
#include "base/duckdb.h"
#include "base/text.h"
#include "duckalog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 6, ROUNDS = 12 };

/* Asserting is for the test's own thread: the others count what is wrong. */
static atomic_int wrong;

static void expect(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "wrong: %s\n", what);
    atomic_fetch_add(&wrong, 1);
}

/* Runs the function on so many threads; each is told its number. */
struct runner {
    void (*run)(size_t number, void *user);
    size_t number;
    void *user;
};

static void *run_one(void *user)
{
    const struct runner *runner = user;

    runner->run(runner->number, runner->user);
    return NULL;
}

static void on_threads(size_t count, void (*run)(size_t number, void *user), void *user)
{
    pthread_t threads[THREADS];
    struct runner runners[THREADS];

    atomic_store(&wrong, 0);
    for (size_t i = 0; i < count; i++) {
        runners[i] = (struct runner){ run, i, user };
        assert_int_equal(pthread_create(&threads[i], NULL, run_one, &runners[i]), 0);
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
}

static const char *const shop = "version: 1\n"
                                "duckdb:\n"
                                "  database: %s\n"
                                "  settings: [SET threads = 1]\n"
                                "  secrets: [{type: http, bearer_token: token-c4nary}]\n"
                                "views:\n"
                                "- {name: a, sql: SELECT 1 AS i}\n"
                                "- {name: b, db_schema: s, sql: SELECT i + 1 AS i FROM main.a}\n";

static const char *given_shop(const char *name)
{
    return given_file(made_of("%s.yaml", name), made_of(shop, made_of("%s.duckdb", name)));
}

static size_t runs_of(duckalog_catalog *catalog, const char *phase)
{
    const duckalog_metric *const *metrics = NULL;
    size_t count = 0;
    size_t runs = 0;

    expect(duckalog_metrics(catalog, &metrics, &count) == DUCKALOG_OK, "metrics can be had");
    for (size_t i = 0; i < count; i++)
        if (strcmp(metrics[i]->phase, phase) == 0)
            runs = metrics[i]->count;
    duckalog_metrics_free(metrics);
    return runs;
}

/* ---- one catalog ---- */

struct one_catalog {
    duckalog_catalog *catalog;
    duckdb_connection connections[THREADS];
    atomic_bool over;
    atomic_int opened;
};

static void connect_often(size_t number, void *user)
{
    struct one_catalog *one = user;

    for (int i = 0; i < 50; i++) {
        duckdb_connection connection = NULL;

        expect(duckalog_get_connection(one->catalog, &connection) == DUCKALOG_OK, "the connection can be had");
        expect(one->connections[number] == NULL || one->connections[number] == connection, "it stays the same");
        one->connections[number] = connection;
    }
}

static void many_threads_share_one_opening(void **state)
{
    struct one_catalog one = { 0 };

    (void)state;
    assert_int_equal(duckalog_connect(given_shop("shared"), NULL, &one.catalog), DUCKALOG_OK);
    on_threads(THREADS, connect_often, &one);
    for (size_t i = 1; i < THREADS; i++)
        assert_ptr_equal(one.connections[i], one.connections[0]);
    assert_int_equal(runs_of(one.catalog, "config"), 1);
    duckalog_destroy(&one.catalog);
}

static void open_and_close(struct one_catalog *one)
{
    duckdb_connection connection = NULL;
    duckalog_status status = duckalog_get_connection(one->catalog, &connection);

    expect(status == DUCKALOG_OK || status == DUCKALOG_INTERRUPTED, "it opens, or is interrupted");
    atomic_fetch_add(&one->opened, status == DUCKALOG_OK);
    duckalog_close(one->catalog);
}

static void ask(const struct one_catalog *one)
{
    duckalog_report *report = NULL;
    char *json = NULL;

    expect(duckalog_copy_diagnostics(one->catalog, &report) == DUCKALOG_OK, "the problems can be copied");
    for (size_t i = 0; i < duckalog_report_count(report); i++)
        expect(strcmp(duckalog_report_get(report, i)->code, "interrupted") == 0,
               "the only problem is the interruption");
    duckalog_report_free(report);
    expect(duckalog_status_json(one->catalog, &json) == DUCKALOG_OK, "the state can be had");
    expect(json != NULL && strstr(json, "\"duckalog\"") != NULL && strstr(json, "c4nary") == NULL, "and is whole");
    duckalog_string_free(json);
    /* The pointers may be asked for; what they lead to may be gone already, in another thread's closing. */
    (void)duckalog_get_summary(one->catalog);
    expect(duckalog_diagnostics(one->catalog) != NULL, "there is always a report");
    runs_of(one->catalog, "open");
}

static void do_one_thing(size_t number, void *user)
{
    struct one_catalog *one = user;

    for (int i = 0; number < 2 && i < ROUNDS; i++)
        open_and_close(one);
    if (number < 2)
        atomic_store(&one->over, true);
    while (!atomic_load(&one->over)) {
        if (number == 2)
            duckalog_interrupt(one->catalog);
        else if (number == 3)
            duckalog_close(one->catalog);
        else
            ask(one);
        clock_sleep_ms(1);
    }
}

static void one_catalog_may_be_opened_closed_interrupted_and_asked_at_once(void **state)
{
    struct one_catalog one = { 0 };
    duckdb_connection connection;

    (void)state;
    assert_int_equal(duckalog_connect(given_shop("busy"), NULL, &one.catalog), DUCKALOG_OK);
    on_threads(THREADS, do_one_thing, &one);
    /* And it is good for use afterwards. */
    assert_int_equal(duckalog_get_connection(one.catalog, &connection), DUCKALOG_OK);
    assert_int_equal(duckalog_get_summary(one.catalog)->views, 2);
    assert_true(runs_of(one.catalog, "config") >= (size_t)atomic_load(&one.opened) + 1);
    duckalog_destroy(&one.catalog);
}

/* ---- several catalogs ---- */

static void rebuild(size_t number, void *user)
{
    const char *const *configs = user;
    duckalog_options options;

    duckalog_options_init(&options);
    options.force_rebuild = 1;
    for (int i = 0; i < ROUNDS / 2; i++) {
        duckalog_catalog *catalog = NULL;
        duckdb_connection connection;

        expect(duckalog_connect(configs[number], &options, &catalog) == DUCKALOG_OK &&
                   duckalog_get_connection(catalog, &connection) == DUCKALOG_OK,
               "each catalog is built");
        expect(catalog != NULL && duckalog_get_summary(catalog) != NULL &&
                   duckalog_get_summary(catalog)->views_created == 2,
               "with all of its views");
        duckalog_destroy(&catalog);
    }
}

static void several_catalogs_are_built_side_by_side(void **state)
{
    const char *configs[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        configs[i] = given_shop(made_of("own%zu", i));
    on_threads(THREADS, rebuild, configs);
}

static void open_the_same_file(size_t number, void *user)
{
    (void)number;
    for (int i = 0; i < ROUNDS; i++) {
        duckalog_status status = duckalog_build(user, NULL, NULL);

        expect(status == DUCKALOG_OK || status == DUCKALOG_LOCKED, "one has the file, the others are told so");
    }
}

static void a_file_is_open_in_one_catalog_at_a_time(void **state)
{
    const char *config = given_shop("contested");

    (void)state;
    assert_int_equal(duckalog_build(config, NULL, NULL), DUCKALOG_OK);
    on_threads(THREADS, open_the_same_file, (void *)config);
    assert_int_equal(duckalog_build(config, NULL, NULL), DUCKALOG_OK);
}

/* ---- configs ---- */

enum { IMPORTS = 40 };

/* A config of many files, read side by side. */
static const char *given_many(void)
{
    static char imports[IMPORTS * 32];
    size_t length = 0;

    for (int i = 0; i < IMPORTS; i++) {
        given_file(made_of("many/part%d.yaml", i), made_of("views: [{name: v%d, sql: SELECT %d AS i}]\n", i, i));
        length += (size_t)snprintf(imports + length, sizeof(imports) - length, "%spart%d.yaml", i == 0 ? "" : ", ", i);
    }
    return given_file("many/main.yaml", made_of("version: 1\nduckdb: {}\nloader_settings: {max_threads: 4}\n"
                                                "imports: [%s]\n",
                                                imports));
}

struct many {
    const char *path;
    const char *expected; /* the SQL of one thread */
    const duckalog_config *config;
};

static void load(size_t number, void *user)
{
    const struct many *many = user;

    (void)number;
    for (int i = 0; i < ROUNDS; i++) {
        duckalog_config *config = NULL;
        char *sql = NULL;

        expect(duckalog_config_load(many->path, NULL, &config, NULL) == DUCKALOG_OK, "the config is read");
        expect(duckalog_generate_sql(config, NULL, DUCKALOG_SQL_VIEWS_ONLY, &sql) == DUCKALOG_OK &&
                   strcmp(sql, many->expected) == 0,
               "the same SQL comes of it");
        duckalog_string_free(sql);
        duckalog_config_free(config);
    }
}

static void configs_are_loaded_side_by_side(void **state)
{
    struct many many = { .path = given_many() };
    duckalog_config *config = NULL;
    char *sql = NULL;

    (void)state;
    assert_int_equal(duckalog_config_load(many.path, NULL, &config, NULL), DUCKALOG_OK);
    assert_int_equal(duckalog_generate_sql(config, NULL, DUCKALOG_SQL_VIEWS_ONLY, &sql), DUCKALOG_OK);
    many.expected = sql;
    on_threads(THREADS, load, &many);
    duckalog_string_free(sql);
    duckalog_config_free(config);
}

static void read_config(size_t number, void *user)
{
    const struct many *many = user;
    char name[32];

    snprintf(name, sizeof(name), "v%zu", number);
    for (int i = 0; i < ROUNDS; i++) {
        char *sql = NULL;

        expect(duckalog_view_sql(many->config, name, NULL, &sql) == DUCKALOG_OK, "a view's SQL");
        duckalog_string_free(sql);
        sql = NULL;
        expect(duckalog_generate_sql(many->config, NULL, DUCKALOG_SQL_FULL, &sql) == DUCKALOG_OK, "the whole SQL");
        duckalog_string_free(sql);
    }
}

static void one_config_is_read_by_many_threads(void **state)
{
    struct many many = { .path = given_many() };
    duckalog_config *config = NULL;

    (void)state;
    assert_int_equal(duckalog_config_load(many.path, NULL, &config, NULL), DUCKALOG_OK);
    many.config = config;
    on_threads(THREADS, read_config, &many);
    duckalog_config_free(config);
}

static void validate(size_t number, void *user)
{
    const char *const *paths = user;

    for (int i = 0; i < ROUNDS; i++) {
        duckalog_report *report = NULL;
        duckalog_status status = duckalog_validate(paths[number % 2], NULL, &report);

        expect(status == (number % 2 == 0 ? DUCKALOG_OK : DUCKALOG_CONFIG), "the status of a validation");
        expect(duckalog_report_errors(report) == number % 2, "its problems");
        duckalog_report_free(report);
    }
}

static void configs_are_validated_side_by_side(void **state)
{
    const char *paths[] = {
        given_many(), given_file("bad.yaml", "version: 1\nduckdb: {}\nviews: [{name: v, sql: SELECT FROM WHERE}]\n")
    };

    (void)state;
    on_threads(THREADS, validate, paths);
}

/* ---- what the host is called by ---- */

struct listener {
    pthread_t thread; /* that called the library */
    atomic_int lines;
    atomic_int asked;
};

static void listen_to(duckalog_log_level level, const char *line, void *user)
{
    struct listener *listener = user;

    (void)level;
    expect(*line != '\0' && pthread_equal(listener->thread, pthread_self()), "the log comes on the caller's thread");
    atomic_fetch_add(&listener->lines, 1);
}

static duckalog_read_result answer(const char *path, duckalog_content *content, void *user)
{
    struct listener *listener = user;

    (void)content;
    expect(*path == '/' && pthread_equal(listener->thread, pthread_self()),
           "files are asked for on the caller's thread");
    atomic_fetch_add(&listener->asked, 1);
    return DUCKALOG_READ_NOT_MINE;
}

static void open_and_listen(size_t number, void *user)
{
    const char *const *configs = user;
    struct listener listener = { .thread = pthread_self() };
    duckalog_options options;

    duckalog_options_init(&options);
    options.log = listen_to;
    options.log_user = &listener;
    options.log_level = DUCKALOG_LOG_DEBUG;
    options.log_json = number % 2 == 0;
    options.read = answer;
    options.read_user = &listener;
    expect(duckalog_build(configs[number], &options, NULL) == DUCKALOG_OK, "each catalog is built");
    expect(atomic_load(&listener.lines) > 20, "each has its log");
    expect(atomic_load(&listener.asked) >= (number == 0 ? IMPORTS : 1), "each file is asked for");
}

static void the_host_is_called_on_the_thread_that_called(void **state)
{
    const char *configs[THREADS] = { given_many() };

    (void)state;
    for (size_t i = 1; i < THREADS; i++)
        configs[i] = given_shop(made_of("heard%zu", i));
    on_threads(THREADS, open_and_listen, configs);
}

enum { DOCUMENTS = 24 };

/* A config of which the host has every second part, and nobody the others. */
static const char *given_parts_from_elsewhere(void)
{
    struct text text = text_on_heap();
    const char *path;

    text_add(&text, "version: 1\nduckdb: {}\nimports:\n");
    for (int i = 0; i < DOCUMENTS; i++)
        text_format(&text, "- https://parts.example/%s/%d.yaml\n", i % 2 == 0 ? "here" : "nowhere", i);
    text_add(&text, "views:\n");
    for (int i = 0; i < DOCUMENTS; i++)
        text_format(&text, "- {name: v%d, sql_file: {path: 'https://parts.example/%s/%d.sql'}}\n", i,
                    i % 2 == 0 ? "here" : "nowhere", i);
    path = given_file("elsewhere.yaml", text_string(&text));
    text_free(&text);
    return path;
}

static duckalog_read_result answer_some(const char *path, duckalog_content *content, void *user)
{
    static const char part[] = "imports: [https://parts.example/nowhere/inner.yaml]\n";
    static const char sql[] = "SELECT 1";
    struct listener *listener = user;
    bool is_sql = strstr(path, ".sql") != NULL;

    expect(pthread_equal(listener->thread, pthread_self()), "documents are asked for on the caller's thread");
    atomic_fetch_add(&listener->asked, 1);
    if (strstr(path, "/here/") == NULL)
        return DUCKALOG_READ_NOT_MINE;
    content->bytes = is_sql ? sql : part;
    content->length = strlen(content->bytes);
    return DUCKALOG_READ_DONE;
}

/* Offline the ones that nobody has are looked for on as many threads as if they were fetched. */
static void load_parts_from_elsewhere(size_t number, void *user)
{
    struct listener listener = { .thread = pthread_self() };
    duckalog_remote_options remote = { .size = sizeof(remote), .offline = 1, .no_cache = 1 };
    duckalog_options options;

    (void)number;
    duckalog_options_init(&options);
    options.remote = &remote;
    options.read = answer_some;
    options.read_user = &listener;
    expect(duckalog_validate(user, &options, NULL) == DUCKALOG_REMOTE, "some documents are nowhere");
    expect(atomic_load(&listener.asked) >= 2 * DOCUMENTS + 2, "the host is asked for each document");
}

static void the_host_is_asked_for_documents_from_elsewhere_on_the_thread_that_called(void **state)
{
    (void)state;
    on_threads(THREADS, load_parts_from_elsewhere, (void *)given_parts_from_elsewhere());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_share_one_opening),
        cmocka_unit_test(one_catalog_may_be_opened_closed_interrupted_and_asked_at_once),
        cmocka_unit_test(several_catalogs_are_built_side_by_side),
        cmocka_unit_test(a_file_is_open_in_one_catalog_at_a_time),
        cmocka_unit_test(configs_are_loaded_side_by_side),
        cmocka_unit_test(one_config_is_read_by_many_threads),
        cmocka_unit_test(configs_are_validated_side_by_side),
        cmocka_unit_test(the_host_is_called_on_the_thread_that_called),
        cmocka_unit_test(the_host_is_asked_for_documents_from_elsewhere_on_the_thread_that_called),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
