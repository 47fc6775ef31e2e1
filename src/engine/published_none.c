/*
 * Without remote support there are no catalogs behind URIs.
 */

#include "engine/published.h"

#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"

#ifndef DUCKALOG_WITH_REMOTE

duckalog_status published_open(const struct publication *asked, struct published **ret_published)
{
    struct text shown = text_on_heap();

    (void)ret_published;
    redact_add_without_credentials(&shown, asked->uri);
    report_event(asked->report, DUCKALOG_ERROR, CONFIG_REMOTE_CODE, "name a local file with --db-path",
                 "%s: this duckalog was built without remote support",
                 text_string(&shown) != NULL ? text_string(&shown) : "the database");
    text_free(&shown);
    return DUCKALOG_REMOTE;
}

bool published_is_there(const struct published *published)
{
    (void)published;
    return false;
}

const char *published_uri(const struct published *published)
{
    (void)published;
    return NULL;
}

duckalog_status published_session(struct published *published, const struct publication *asked,
                                  const struct session_options *options, struct session **ret_session)
{
    (void)published;
    (void)asked;
    (void)options;
    (void)ret_session;
    return DUCKALOG_INTERNAL; /* nothing was opened */
}

duckalog_status published_put(struct published *published, const struct publication *asked,
                              const struct session *session, uint64_t *ret_bytes)
{
    (void)published;
    (void)asked;
    (void)session;
    *ret_bytes = 0;
    return DUCKALOG_OK;
}

bool published_is_overtaken(const struct published *published)
{
    (void)published;
    return false;
}

void published_begin(struct published *published)
{
    (void)published;
}

void published_end(struct published *published)
{
    (void)published;
}

void published_close(struct published *published, const struct log *log)
{
    (void)published;
    (void)log;
}

#endif
