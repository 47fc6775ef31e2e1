/*
 * A Catalog: owns one session, opened when the connection is first asked for (connection.md section 2).
 *
 * The config is read anew at each opening, so an edited file counts after a close. One mutex guards the state; the
 * connection itself is for one thread at a time, but for duckalog_interrupt().
 */

#include "engine/catalog.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/exported.h"
#include "engine/options.h"
#include "engine/reload.h"
#include "engine/timings.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct duckalog_catalog {
    pthread_mutex_t lock;
    struct arena *arena;     /* of the paths below */
    const char *config_path; /* absolute */
    const char *shown_path;  /* as the caller wrote it */
    duckalog_options options;
    struct config_options config_options;
    struct attaching attaching;
    struct exported exported;

    /* of the session; NULL without one */
    struct session *session;
    struct duckalog_config *config;
    duckalog_report *report; /* of the last opening; never NULL */
    duckalog_summary summary;

    struct timings timings; /* of all openings */

    /* for duckalog_interrupt(), which takes no lock, as it may be called by a signal handler */
    _Atomic(duckdb_connection) running;
    atomic_int interrupting; /* how many are in it: the connection stays as long as any is */
    atomic_bool interrupted;
};

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
    return catalog->config_path != NULL && catalog->shown_path != NULL &&
           options_for_config(catalog->arena, &catalog->options, &catalog->config_options);
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

/* From now on this connection is interrupted, and nobody is interrupting the one before any more: it may go. */
static void set_running(duckdb_connection connection, void *user)
{
    duckalog_catalog *catalog = user;

    atomic_store(&catalog->running, connection);
    while (atomic_load(&catalog->interrupting) > 0)
        sched_yield();
}

static void stop_interrupts(duckalog_catalog *catalog)
{
    set_running(NULL, catalog);
}

void duckalog_close(duckalog_catalog *catalog)
{
    if (catalog == NULL)
        return;
    pthread_mutex_lock(&catalog->lock);
    stop_interrupts(catalog);
    report_redact_with(catalog->report, NULL);
    session_close(catalog->session);
    config_free(catalog->config);
    catalog->session = NULL;
    catalog->config = NULL;
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
static const char *database_path(const duckalog_catalog *catalog)
{
    return catalog->options.database_path != NULL ? catalog->options.database_path
                                                  : catalog->config->root.duckdb->database;
}

static void export_variables(duckalog_catalog *catalog, const struct duckalog_config *config)
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
        return timings_end(&timer, DUCKALOG_CONFIG, 0);
    export_variables(catalog, catalog->config);
    report_redact_with(catalog->report, catalog->config->redactor);
    log->redactor = catalog->config->redactor;
    return timings_end(&timer, DUCKALOG_OK, catalog->config->files.count);
}

/* Where the database is. */
static duckalog_status find_database(duckalog_catalog *catalog, const struct log *log)
{
    const char *path = database_path(catalog);
    duckalog_status status = DUCKALOG_OK;
    struct phase_timer timer;

    timings_begin(&catalog->timings, log, "path", log_text("name", path), &timer);
    if (path_kind(path) == PATH_URI) {
        report_event(catalog->report, DUCKALOG_ERROR, "not-supported", "name a local file with --db-path",
                     "open: %s: databases behind a URI are not supported yet by this version of duckalog", path);
        status = DUCKALOG_CONFIG;
    }
    return timings_end(&timer, status, 1);
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

static duckalog_status open_session(duckalog_catalog *catalog)
{
    struct session_options options = { .read_only = catalog->options.read_only,
                                       .extension_directory = catalog->options.extension_directory,
                                       .lock_timeout_ms = catalog->options.lock_timeout_ms,
                                       .interrupted = &catalog->interrupted };
    const char *path = database_path(catalog);
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = session_open(path, &options, &catalog->session, &problem, &hint);

    if (status != DUCKALOG_OK)
        session_report(catalog->report, path, status, text_string(&problem), hint);
    else if (options.read_only && !catalog->session->is_file)
        report_event(catalog->report, DUCKALOG_NOTICE, "read-only-memory", NULL,
                     "a database in memory can't be read-only; it was built, and is open for writing");
    text_free(&problem);
    return status;
}

static duckalog_status open_database(duckalog_catalog *catalog, const struct log *log)
{
    struct phase_timer timer;

    timings_begin(&catalog->timings, log, "open", log_text("name", database_path(catalog)), &timer);
    return timings_end(&timer, open_session(catalog), 1);
}

static struct restoration restoration_of(duckalog_catalog *catalog, const struct log *log)
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
                                 .at_work = set_running,
                                 .at_work_user = catalog,
                                 .attaching = catalog->attaching,
                                 .extension_directory = catalog->options.extension_directory,
                                 .lock_timeout_ms = catalog->options.lock_timeout_ms,
                                 .summary = &catalog->summary };
}

static duckalog_status restore_session(duckalog_catalog *catalog, const struct log *log)
{
    struct restoration restoration = restoration_of(catalog, log);

    atomic_store(&catalog->running, catalog->session->connection);
    catalog->summary.database = catalog->session->path;
    catalog->summary.secrets = catalog->config->root.duckdb->secrets.count;
    return restore(&restoration);
}

static struct log log_of(const duckalog_catalog *catalog)
{
    return (struct log){ .write = catalog->options.log,
                         .user = catalog->options.log_user,
                         .level = catalog->options.log_level,
                         .json = catalog->options.log_json != 0,
                         .catalog = catalog->shown_path };
}

static duckalog_status open_all(duckalog_catalog *catalog)
{
    struct log log = log_of(catalog);
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
    catalog->summary.created = catalog->session->is_new;
    catalog->summary.elapsed_ms = clock_ms() - started;
    return status;
}

/* After a failure nothing is open, and what this opening created is gone. */
static void give_up(duckalog_catalog *catalog)
{
    stop_interrupts(catalog);
    session_discard(catalog->session);
    catalog->session = NULL;
    report_redact_with(catalog->report, NULL);
    config_free(catalog->config);
    catalog->config = NULL;
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
        give_up(catalog);
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

/* ---- reloading ---- */

/* The new config, if it is one that the open database can have; NULL after reporting. */
static struct duckalog_config *load_next(duckalog_catalog *catalog, duckalog_report *report)
{
    struct duckalog_config *config =
        config_load(catalog->config_path, catalog->shown_path, &catalog->config_options, report);

    if (config == NULL)
        return NULL;
    /* What is taken back may have secrets that the new one knows nothing of. */
    if (!redactor_learn_all(config->redactor, catalog->config->redactor)) {
        report_event(report, DUCKALOG_ERROR, "no-memory", NULL, "not enough memory");
        config_free(config);
        return NULL;
    }
    if (catalog->options.database_path == NULL &&
        strcmp(config->root.duckdb->database, catalog->config->root.duckdb->database) != 0) {
        report_event(report, DUCKALOG_ERROR, "database-changed", "close the catalog and connect again",
                     "the config names another database now; an open catalog keeps its own");
        config_free(config);
        return NULL;
    }
    return config;
}

/* From now on the session has this config. */
static void take_config(duckalog_catalog *catalog, struct duckalog_config *config, const duckalog_summary *summary)
{
    report_redact_with(catalog->report, config->redactor);
    config_free(catalog->config);
    catalog->config = config;
    catalog->summary.views = summary->views;
    catalog->summary.attachments = summary->attachments;
    catalog->summary.secrets = summary->secrets;
}

static duckalog_status reload_session(duckalog_catalog *catalog, duckalog_report *report)
{
    struct log log = log_of(catalog);
    duckalog_summary summary = { 0 };
    struct duckalog_config *config;
    struct restoration restoration;
    duckalog_status status;

    exported_take_back(&catalog->exported);
    config = load_next(catalog, report);
    export_variables(catalog, config != NULL ? config : catalog->config);
    if (config == NULL)
        return DUCKALOG_CONFIG;
    report_redact_with(report, config->redactor);
    log.redactor = config->redactor;
    restoration = restoration_of(catalog, &log);
    restoration.config = config;
    restoration.previous = catalog->config;
    restoration.force_rebuild = false; /* that was for the opening */
    restoration.report = report;
    restoration.summary = &summary;
    status = reload(&restoration);
    report_redact_with(report, NULL);
    if (reload_is_done(&restoration))
        take_config(catalog, config, &summary);
    else {
        exported_take_back(&catalog->exported);
        export_variables(catalog, catalog->config);
        config_free(config);
    }
    return status;
}

duckalog_status duckalog_reload(duckalog_catalog *catalog, duckalog_report **ret_report)
{
    duckalog_report *report;
    duckalog_status status = DUCKALOG_USAGE;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (catalog == NULL)
        return DUCKALOG_USAGE;
    report = report_create();
    if (report == NULL)
        return DUCKALOG_NOMEM;
    pthread_mutex_lock(&catalog->lock);
    atomic_store(&catalog->interrupted, false);
    if (catalog->session != NULL)
        status = reload_session(catalog, report);
    pthread_mutex_unlock(&catalog->lock);
    if (status != DUCKALOG_OK && status != DUCKALOG_USAGE && !report_has_errors(report))
        report_event(report, DUCKALOG_ERROR, duckalog_status_name(status), NULL, "%s", duckalog_status_name(status));
    if (report_failed(report))
        status = DUCKALOG_NOMEM;
    report_sort(report);
    if (ret_report != NULL && status != DUCKALOG_NOMEM && status != DUCKALOG_USAGE)
        *ret_report = report;
    else
        duckalog_report_free(report);
    return status;
}

/* ---- questions ---- */

/* The lock is no part of what a catalog is: also who only asks holds it. */
static void hold(const duckalog_catalog *catalog)
{
    pthread_mutex_lock((pthread_mutex_t *)&catalog->lock);
}

static void let_go(const duckalog_catalog *catalog)
{
    pthread_mutex_unlock((pthread_mutex_t *)&catalog->lock);
}

const duckalog_report *duckalog_diagnostics(const duckalog_catalog *catalog)
{
    const duckalog_report *report;

    if (catalog == NULL)
        return NULL;
    hold(catalog);
    report = catalog->report;
    let_go(catalog);
    return report;
}

duckalog_status duckalog_copy_diagnostics(const duckalog_catalog *catalog, duckalog_report **ret_report)
{
    duckalog_report *copy;

    if (catalog == NULL || ret_report == NULL)
        return DUCKALOG_USAGE;
    copy = report_create();
    if (copy == NULL)
        return DUCKALOG_NOMEM;
    hold(catalog);
    report_merge(copy, catalog->report);
    let_go(catalog);
    if (report_failed(copy)) {
        duckalog_report_free(copy);
        return DUCKALOG_NOMEM;
    }
    *ret_report = copy;
    return DUCKALOG_OK;
}

const duckalog_summary *duckalog_get_summary(const duckalog_catalog *catalog)
{
    const duckalog_summary *summary;

    if (catalog == NULL)
        return NULL;
    hold(catalog);
    summary = catalog->session == NULL ? NULL : &catalog->summary;
    let_go(catalog);
    return summary;
}

/* One block: the pointers, and behind them what they point to. */
duckalog_status duckalog_metrics(duckalog_catalog *catalog, const duckalog_metric *const **ret_metrics,
                                 size_t *ret_count)
{
    struct {
        const duckalog_metric *pointers[TIMINGS_MOST];
        duckalog_metric rows[TIMINGS_MOST];
    } * copy;

    if (catalog == NULL || ret_metrics == NULL || ret_count == NULL)
        return DUCKALOG_USAGE;
    copy = calloc(1, sizeof(*copy));
    if (copy == NULL)
        return DUCKALOG_NOMEM;
    hold(catalog);
    memcpy(copy->rows, catalog->timings.items, sizeof(copy->rows));
    *ret_count = catalog->timings.count;
    let_go(catalog);
    for (size_t i = 0; i < TIMINGS_MOST; i++)
        copy->pointers[i] = &copy->rows[i];
    *ret_metrics = copy->pointers;
    return DUCKALOG_OK;
}

void duckalog_metrics_free(const duckalog_metric *const *metrics)
{
    free((void *)metrics);
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

duckalog_status duckalog_build(const char *config_path, const duckalog_options *options, duckalog_report **ret_report)
{
    duckalog_catalog *catalog = NULL;
    duckdb_connection connection;
    duckalog_status status = duckalog_connect(config_path, options, &catalog);

    if (ret_report != NULL)
        *ret_report = NULL;
    if (status == DUCKALOG_OK)
        status = duckalog_get_connection(catalog, &connection);
    if (ret_report != NULL && status != DUCKALOG_NOMEM) {
        *ret_report = report_create();
        if (*ret_report == NULL)
            status = DUCKALOG_NOMEM;
        else if (catalog != NULL)
            report_merge(*ret_report, catalog->report);
    }
    duckalog_destroy(&catalog);
    return status;
}
