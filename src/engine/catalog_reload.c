/*
 * duckalog_reload(): the config is read again, and handed to the session with the one that it has.
 */

#include "engine/catalog_parts.h"

#include "base/redact.h"
#include "base/report.h"
#include "config/config.h"
#include "engine/reload.h"

#include <string.h>

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
    catalog->config = config;
    catalog->summary.views = summary->views;
    catalog->summary.attachments = summary->attachments;
    catalog->summary.secrets = summary->secrets;
}

/* What is published is what the config said before, until a later one is. */
static void keep_base(duckalog_catalog *catalog, struct duckalog_config *before, bool is_published)
{
    if (!is_published && catalog->published != NULL && catalog->base == NULL) {
        catalog->base = before;
        return;
    }
    config_free(before);
    if (!is_published)
        return;
    config_free(catalog->base);
    catalog->base = NULL;
}

static void stay_as_before(duckalog_catalog *catalog, struct duckalog_config *config, duckalog_report *report)
{
    report_redact_with(report, NULL);
    exported_take_back(&catalog->exported);
    if (catalog->config != NULL)
        catalog_export(catalog, catalog->config);
    config_free(config);
}

static duckalog_status reload_session(duckalog_catalog *catalog, duckalog_report *report)
{
    struct log log = catalog_log(catalog);
    duckalog_summary summary = { 0 };
    struct duckalog_config *config;
    struct duckalog_config *before;
    struct restoration restoration;
    duckalog_status status = DUCKALOG_OK;

    catalog->is_reloaded = false;
    exported_take_back(&catalog->exported);
    config = load_next(catalog, report);
    catalog_export(catalog, config != NULL ? config : catalog->config);
    if (config == NULL)
        return config_failure(report);
    report_redact_with(report, config->redactor);
    log.redactor = config->redactor;
    if (catalog->may_begin_anew && published_is_overtaken(catalog->published))
        status = catalog_begin_anew(catalog, &log, report);
    if (status != DUCKALOG_OK) {
        stay_as_before(catalog, config, report);
        return status;
    }
    before = catalog->config;
    restoration = catalog_restoration(catalog, &log);
    restoration.config = config;
    restoration.previous = before;
    restoration.force_rebuild = false;   /* that was for the opening */
    restoration.refresh_secrets = false; /* that too: DuckDB reads a stored secret once, so a new one would be no use */
    restoration.report = report;
    restoration.summary = &summary;
    published_begin(catalog->published);
    status = reload(&restoration);
    if (reload_is_done(&restoration)) {
        catalog->is_reloaded = true;
        take_config(catalog, config, &summary);
        if (status == DUCKALOG_OK)
            status = catalog_publish(catalog, &log, report);
        keep_base(catalog, before, status == DUCKALOG_OK);
        report_redact_with(report, NULL);
    } else
        stay_as_before(catalog, config, report);
    published_end(catalog->published);
    return status;
}

bool catalog_is_reloaded(const duckalog_catalog *catalog)
{
    return catalog->is_reloaded;
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
    catalog_hold(catalog);
    atomic_store(&catalog->interrupted, false);
    if (catalog->session != NULL)
        status = reload_session(catalog, report);
    catalog_release(catalog);
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
