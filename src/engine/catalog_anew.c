/*
 * A catalog that is published, and another one is there by now: the session is opened anew with a copy of that one, as it
 * was opened at first, so that a reload can go on from there.
 */

#include "engine/catalog_parts.h"

#include "base/redact.h"
#include "base/report.h"

void catalog_let_begin_anew(duckalog_catalog *catalog)
{
    catalog->may_begin_anew = true;
}

/* The one before goes first: its attachments may be files that only one can have open. */
static void change_over(duckalog_catalog *catalog, const struct log *log, struct published *next)
{
    catalog_set_running(NULL, catalog);
    session_close(catalog->session);
    catalog->session = NULL;
    published_close(catalog->published, log);
    catalog->published = next;
    catalog->summary.remote_uri = published_uri(next);
}

/* The reload compares with what the config said when it was published last, or what came since would not be. */
static bool take_base(duckalog_catalog *catalog)
{
    if (catalog->base == NULL)
        return true;
    if (!redactor_learn_all(catalog->base->redactor, catalog->config->redactor))
        return false;
    report_redact_with(catalog->report, catalog->base->redactor);
    config_free(catalog->config);
    catalog->config = catalog->base;
    catalog->base = NULL;
    return true;
}

static duckalog_status restore_copy(duckalog_catalog *catalog, const struct log *log, duckalog_report *report)
{
    struct restoration restoration = catalog_restoration(catalog, log);
    duckalog_summary summary = { 0 };
    duckalog_status status;

    catalog_set_running(catalog->session->connection, catalog);
    catalog->summary.database = catalog->session->path;
    restoration.force_rebuild = false; /* that was for the first opening, as was this: */
    restoration.refresh_secrets = false;
    restoration.report = report;
    restoration.summary = &summary;
    status = restore(&restoration);
    published_end(catalog->published);
    return status;
}

duckalog_status catalog_begin_anew(duckalog_catalog *catalog, const struct log *log, duckalog_report *report)
{
    const struct session_options session_options = catalog_session_options(catalog);
    struct publication asked = catalog_publication(catalog, log);
    duckalog_options options = catalog->options;
    struct published *next = NULL;
    duckalog_status status;

    options.force_rebuild = 0; /* theirs is wanted */
    asked.options = &options;
    asked.report = report;
    status = published_open(&asked, &next);
    if (status != DUCKALOG_OK)
        return status;
    change_over(catalog, log, next);
    status = take_base(catalog) ? DUCKALOG_OK : DUCKALOG_NOMEM;
    asked.config = catalog->config;
    if (status == DUCKALOG_OK)
        status = published_session(next, &asked, &session_options, &catalog->session);
    if (status == DUCKALOG_OK)
        status = restore_copy(catalog, log, report);
    if (status == DUCKALOG_OK)
        report_event(report, DUCKALOG_WARNING, "export-overtaken", NULL,
                     published_is_there(next) ? "%s: somebody else has published it meanwhile: this goes on from theirs"
                                              : "%s: it is not there any more: this begins with an empty one",
                     published_uri(next));
    else
        catalog_give_up(catalog);
    return status;
}
