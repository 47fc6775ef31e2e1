/*
 * A Catalog: owns one session, opened when the connection is first asked for (connection.md section 2).
 *
 * The config is read anew at each opening, so an edited file counts after a close. One mutex guards the state; the
 * connection itself is for one thread at a time, but for duckalog_interrupt().
 */

#include "engine/catalog_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "config/paths.h"
#include "engine/exported.h"
#include "engine/options.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

const char *duckalog_version(void)
{
    return DUCKALOG_VERSION_TEXT;
}

const char *duckalog_status_name(duckalog_status status)
{
    static const char *const names[] = {
        [DUCKALOG_OK] = "ok",
        [DUCKALOG_USAGE] = "usage",
        [DUCKALOG_NOMEM] = "no memory",
        [DUCKALOG_INTERNAL] = "internal",
        [DUCKALOG_CONFIG] = "config",
        [DUCKALOG_NO_DUCKDB] = "no duckdb",
        [DUCKALOG_ENGINE] = "engine",
        [DUCKALOG_DATABASE_NOT_FOUND] = "database not found",
        [DUCKALOG_DATABASE_INVALID] = "database invalid",
        [DUCKALOG_LOCKED] = "locked",
        [DUCKALOG_VIEW_CONFLICT] = "view conflict",
        [DUCKALOG_INTERRUPTED] = "interrupted",
        [DUCKALOG_TIMEOUT] = "timeout",
        [DUCKALOG_UNAVAILABLE] = "unavailable",
        [DUCKALOG_REMOTE] = "remote",
    };

    if ((size_t)status >= sizeof(names) / sizeof(names[0]))
        return "unknown";
    return names[status];
}

int duckalog_status_is_transient(duckalog_status status)
{
    return status == DUCKALOG_LOCKED || status == DUCKALOG_TIMEOUT || status == DUCKALOG_UNAVAILABLE;
}

/* ---- life ---- */

static bool keep_config_options(duckalog_catalog *catalog)
{
    bool good = options_for_config(catalog->arena, &catalog->options, &catalog->config_options);

    catalog->config_options.remote_settings.interrupted = &catalog->interrupted;
    return good;
}

static bool keep_paths(duckalog_catalog *catalog, const char *config_path)
{
    const char **paths[] = { &catalog->options.database_path, &catalog->options.extension_directory };

    catalog->shown_path = arena_string(catalog->arena, config_path);
    catalog->config_path = path_from_user(catalog->arena, config_path);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (*paths[i] != NULL) {
            *paths[i] = arena_string(catalog->arena, *paths[i]);
            *paths[i] = *paths[i] == NULL ? NULL : path_from_user(catalog->arena, *paths[i]);
            if (*paths[i] == NULL)
                return false;
        }
    return catalog->config_path != NULL && catalog->shown_path != NULL && keep_config_options(catalog);
}

duckalog_status duckalog_connect(const char *config_path, const duckalog_options *options,
                                 duckalog_catalog **ret_catalog)
{
    duckalog_catalog *catalog;
    duckalog_options known;

    if (config_path == NULL || *config_path == '\0' || ret_catalog == NULL || !options_read(options, &known))
        return DUCKALOG_USAGE;
    catalog = calloc(1, sizeof(*catalog));
    if (catalog == NULL)
        return DUCKALOG_NOMEM;
    catalog->options = known;
    catalog->arena = arena_create(ARENA_PLAIN);
    catalog->report = report_create();
    if (catalog->arena == NULL || catalog->report == NULL || !keep_paths(catalog, config_path) ||
        pthread_mutex_init(&catalog->lock, NULL) != 0) {
        arena_destroy(catalog->arena);
        duckalog_report_free(catalog->report);
        free(catalog);
        return DUCKALOG_NOMEM;
    }
    *ret_catalog = catalog;
    return DUCKALOG_OK;
}

/* Nobody is interrupting the one before any more then: it may go. */
void catalog_set_running(duckdb_connection connection, void *user)
{
    duckalog_catalog *catalog = user;

    atomic_store(&catalog->running, connection);
    while (atomic_load(&catalog->interrupting) > 0)
        sched_yield();
}

static void stop_interrupts(duckalog_catalog *catalog)
{
    catalog_set_running(NULL, catalog);
}

/* The copy of a database that is behind a URI goes after the session. */
static void forget_published(duckalog_catalog *catalog)
{
    struct log log = catalog_log(catalog);

    published_close(catalog->published, &log);
    catalog->published = NULL;
}

void duckalog_close(duckalog_catalog *catalog)
{
    if (catalog == NULL)
        return;
    pthread_mutex_lock(&catalog->lock);
    stop_interrupts(catalog);
    report_redact_with(catalog->report, NULL);
    session_close(catalog->session);
    forget_published(catalog);
    config_free(catalog->config);
    config_free(catalog->base);
    catalog->session = NULL;
    catalog->config = NULL;
    catalog->base = NULL;
    pthread_mutex_unlock(&catalog->lock);
}

void duckalog_destroy(duckalog_catalog **catalog)
{
    if (catalog == NULL || *catalog == NULL)
        return;
    duckalog_close(*catalog);
    exported_free(&(*catalog)->exported);
    pthread_mutex_destroy(&(*catalog)->lock);
    arena_destroy((*catalog)->arena);
    duckalog_report_free((*catalog)->report);
    free(*catalog);
    *catalog = NULL;
}

void duckalog_interrupt(duckalog_catalog *catalog)
{
    duckdb_connection running;

    if (catalog == NULL)
        return;
    atomic_store(&catalog->interrupted, true);
    atomic_fetch_add(&catalog->interrupting, 1);
    running = atomic_load(&catalog->running);
    if (running != NULL)
        duckdb_interrupt(running);
    atomic_fetch_sub(&catalog->interrupting, 1);
}

/* ---- opening ---- */

/* The database of the config, or the one that the caller named instead. */
static const char *named_database(const duckalog_catalog *catalog)
{
    return catalog->options.database_path != NULL ? catalog->options.database_path
                                                  : catalog->config->root.duckdb->database;
}

void catalog_export(duckalog_catalog *catalog, const struct duckalog_config *config)
{
    if (catalog->options.export_env_files)
        exported_set(&catalog->exported, config->environment);
}

static duckalog_status load_config(duckalog_catalog *catalog, struct log *log)
{
    struct phase_timer timer;

    timings_begin(&catalog->timings, log, "config", log_text("name", catalog->shown_path), &timer);
    exported_take_back(&catalog->exported);
    catalog->config = config_load(catalog->config_path, catalog->shown_path, &catalog->config_options, catalog->report);
    if (catalog->config == NULL)
        return timings_end(
            &timer, atomic_load(&catalog->interrupted) ? DUCKALOG_INTERRUPTED : config_failure(catalog->report), 0);
    /* DuckDB tells of what it can't read with the whole address. */
    if (catalog->options.database_path != NULL &&
        !redactor_learn_from(catalog->config->redactor, catalog->options.database_path))
        return timings_end(&timer, DUCKALOG_NOMEM, 0);
    catalog_export(catalog, catalog->config);
    report_redact_with(catalog->report, catalog->config->redactor);
    log->redactor = catalog->config->redactor;
    return timings_end(&timer, DUCKALOG_OK, catalog->config->files.count);
}

struct publication catalog_publication(duckalog_catalog *catalog, const struct log *log)
{
    struct publication asked = { .uri = named_database(catalog),
                                 .remote = catalog->config_options.remote_settings,
                                 .options = &catalog->options,
                                 .config = catalog->config,
                                 .report = catalog->report,
                                 .log = log,
                                 .timings = &catalog->timings,
                                 .overtaken_hint = catalog->may_begin_anew
                                                       ? "the next change of the config begins with theirs"
                                                       : "begin again: that begins with theirs",
                                 .has_to_be_here = catalog->has_to_be_here };

    asked.remote.interrupted = &catalog->interrupted;
    return asked;
}

/* Where the database is; one that is behind a URI is fetched. */
static duckalog_status find_database(duckalog_catalog *catalog, const struct log *log)
{
    const char *path = named_database(catalog);
    struct publication asked = catalog_publication(catalog, log);
    duckalog_status status = DUCKALOG_OK;
    struct phase_timer timer;

    timings_begin(&catalog->timings, log, "path", log_text("name", path), &timer);
    if (path_kind(path) == PATH_URI) {
        status = published_check(&asked);
        if (status == DUCKALOG_OK)
            status = published_open(&asked, &catalog->published);
    }
    return timings_end(&timer, status, 1);
}

duckalog_status catalog_publish(duckalog_catalog *catalog, const struct log *log, duckalog_report *report)
{
    struct publication asked = catalog_publication(catalog, log);

    asked.report = report;
    if (catalog->published == NULL)
        return DUCKALOG_OK;
    catalog->summary.remote_uri = published_uri(catalog->published);
    return published_put(catalog->published, &asked, catalog->session, &catalog->summary.remote_bytes);
}

static duckalog_status load_library(duckalog_catalog *catalog, const struct log *log)
{
    duckalog_status status = DUCKALOG_OK;
    const char *missing = NULL;
    struct phase_timer timer;

    timings_begin(&catalog->timings, log, "library", (struct log_field){ 0 }, &timer);
    if (!duckdb_load(&missing)) {
        report_event(catalog->report, DUCKALOG_ERROR, "no-duckdb", NULL, "%s", missing);
        status = DUCKALOG_NO_DUCKDB;
    }
    return timings_end(&timer, status, 1);
}

struct session_options catalog_session_options(const duckalog_catalog *catalog)
{
    return (struct session_options){ .read_only = catalog->options.read_only,
                                     .extension_directory = catalog->options.extension_directory,
                                     .lock_timeout_ms = catalog->options.lock_timeout_ms,
                                     .interrupted = &catalog->interrupted };
}

static duckalog_status open_session(duckalog_catalog *catalog, const struct log *log)
{
    const struct session_options options = catalog_session_options(catalog);
    const struct publication asked = catalog_publication(catalog, log);
    const char *path = named_database(catalog);
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = catalog->published != NULL
                                 ? published_session(catalog->published, &asked, &options, &catalog->session)
                                 : session_open(path, &options, &catalog->session, &problem, &hint);

    if (status != DUCKALOG_OK && catalog->published == NULL)
        session_report(catalog->report, path, status, text_string(&problem), hint);
    else if (options.read_only && !session_is_read_only(catalog->session))
        report_event(catalog->report, DUCKALOG_NOTICE, "read-only-memory", NULL,
                     "a database in memory can't be read-only; it was built, and is open for writing");
    text_free(&problem);
    return status;
}

static duckalog_status open_database(duckalog_catalog *catalog, const struct log *log)
{
    struct phase_timer timer;

    timings_begin(&catalog->timings, log, "open", log_text("name", named_database(catalog)), &timer);
    return timings_end(&timer, open_session(catalog, log), 1);
}

struct restoration catalog_restoration(duckalog_catalog *catalog, const struct log *log)
{
    return (struct restoration){ .session = catalog->session,
                                 .config = catalog->config,
                                 .report = catalog->report,
                                 .log = *log,
                                 .timings = &catalog->timings,
                                 .force_rebuild = catalog->options.force_rebuild,
                                 .refresh_secrets = catalog->options.refresh_secrets,
                                 .check_changes = catalog->options.check_changes,
                                 .prune = catalog->options.prune,
                                 .interrupted = &catalog->interrupted,
                                 .at_work = catalog_set_running,
                                 .at_work_user = catalog,
                                 .attaching = catalog->attaching,
                                 .extension_directory = catalog->options.extension_directory,
                                 .lock_timeout_ms = catalog->options.lock_timeout_ms,
                                 .summary = &catalog->summary };
}

static duckalog_status restore_session(duckalog_catalog *catalog, const struct log *log)
{
    struct restoration restoration = catalog_restoration(catalog, log);

    atomic_store(&catalog->running, catalog->session->connection);
    catalog->summary.database = catalog->session->path;
    catalog->summary.secrets = catalog->config->root.duckdb->secrets.count;
    return restore(&restoration);
}

struct log catalog_log(const duckalog_catalog *catalog)
{
    return (struct log){ .write = catalog->options.log,
                         .user = catalog->options.log_user,
                         .level = catalog->options.log_level,
                         .json = catalog->options.log_json != 0,
                         .catalog = catalog->shown_path,
                         .progress = catalog->options.progress,
                         .progress_user = catalog->options.progress_user };
}

static duckalog_status open_all(duckalog_catalog *catalog)
{
    struct log log = catalog_log(catalog);
    double started = clock_ms();
    /* Anew for each opening, as the environment may change. */
    duckalog_status status =
        attach_read_options(&catalog->options, catalog->report, &catalog->attaching) ? DUCKALOG_OK : DUCKALOG_USAGE;

    if (status == DUCKALOG_OK)
        status = load_config(catalog, &log);
    if (status == DUCKALOG_OK)
        status = find_database(catalog, &log);
    if (status == DUCKALOG_OK)
        status = load_library(catalog, &log);
    if (status == DUCKALOG_OK)
        status = open_database(catalog, &log);
    if (status != DUCKALOG_OK)
        return status;
    status = restore_session(catalog, &log);
    if (status == DUCKALOG_OK)
        status = catalog_publish(catalog, &log, catalog->report);
    published_end(catalog->published);
    catalog->summary.created = catalog->session->is_new;
    catalog->summary.elapsed_ms = clock_ms() - started;
    return status;
}

void catalog_give_up(duckalog_catalog *catalog)
{
    stop_interrupts(catalog);
    if (catalog->published != NULL && catalog->options.keep_temporary)
        session_close(catalog->session);
    else
        session_discard(catalog->session);
    catalog->session = NULL;
    forget_published(catalog);
    report_redact_with(catalog->report, NULL);
    config_free(catalog->config);
    config_free(catalog->base);
    catalog->config = NULL;
    catalog->base = NULL;
}

static duckalog_status open_catalog(duckalog_catalog *catalog)
{
    duckalog_report *report = report_create();
    duckalog_status status;

    if (report == NULL)
        return DUCKALOG_NOMEM;
    duckalog_report_free(catalog->report);
    catalog->report = report;
    memset(&catalog->summary, 0, sizeof(catalog->summary));
    atomic_store(&catalog->interrupted, false);
    status = open_all(catalog);
    /* No failure without a word: an interruption or the want of memory may come where nothing is told of it. */
    if (status != DUCKALOG_OK && !report_has_errors(catalog->report))
        report_event(catalog->report, DUCKALOG_ERROR, duckalog_status_name(status), NULL, "%s",
                     duckalog_status_name(status));
    if (status != DUCKALOG_OK)
        catalog_give_up(catalog);
    report_sort(catalog->report);
    return status;
}

duckalog_status duckalog_get_connection(duckalog_catalog *catalog, duckdb_connection *ret_connection)
{
    duckalog_status status = DUCKALOG_OK;

    if (catalog == NULL || ret_connection == NULL)
        return DUCKALOG_USAGE;
    pthread_mutex_lock(&catalog->lock);
    if (catalog->session == NULL)
        status = open_catalog(catalog);
    if (status == DUCKALOG_OK)
        *ret_connection = catalog->session->connection;
    pthread_mutex_unlock(&catalog->lock);
    return status;
}

/* ---- for the program ---- */

void catalog_bring_here(duckalog_catalog *catalog)
{
    catalog->has_to_be_here = true;
}

const struct redactor *catalog_redactor(const duckalog_catalog *catalog)
{
    return catalog->config == NULL ? NULL : catalog->config->redactor;
}

const struct duckalog_config *catalog_config(const duckalog_catalog *catalog)
{
    return catalog->config;
}

const char *catalog_name(const duckalog_catalog *catalog)
{
    return catalog->session == NULL ? NULL : catalog->session->catalog;
}

duckdb_database catalog_database(const duckalog_catalog *catalog)
{
    return catalog->session == NULL ? NULL : catalog->session->database;
}

/* ---- a catalog for one call ---- */

static duckalog_status open_once(duckalog_catalog *catalog, duckalog_connection_function function, void *user,
                                 duckalog_report **ret_report)
{
    duckdb_connection connection;
    duckalog_status status = duckalog_get_connection(catalog, &connection);
    duckalog_status copied = ret_report == NULL ? DUCKALOG_OK : duckalog_copy_diagnostics(catalog, ret_report);

    if (status == DUCKALOG_OK)
        status = copied;
    if (status == DUCKALOG_OK && function != NULL)
        status = function(connection, user);
    return status;
}

static duckalog_status call_once(const char *config_path, const duckalog_options *options,
                                 duckalog_connection_function function, void *user, duckalog_report **ret_report)
{
    duckalog_catalog *catalog = NULL;
    duckalog_status status = duckalog_connect(config_path, options, &catalog);

    if (ret_report != NULL)
        *ret_report = NULL;
    if (status == DUCKALOG_OK)
        status = open_once(catalog, function, user, ret_report);
    duckalog_destroy(&catalog);
    return status;
}

duckalog_status duckalog_build(const char *config_path, const duckalog_options *options, duckalog_report **ret_report)
{
    return call_once(config_path, options, NULL, NULL, ret_report);
}

duckalog_status duckalog_with_connection(const char *config_path, const duckalog_options *options,
                                         duckalog_connection_function function, void *user,
                                         duckalog_report **ret_report)
{
    if (ret_report != NULL)
        *ret_report = NULL;
    return function == NULL ? DUCKALOG_USAGE : call_once(config_path, options, function, user, ret_report);
}
