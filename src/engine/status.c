/*
 * A catalog's state as JSON. What is reported is masked already; names and paths of the config are masked here.
 */

#include "engine/catalog_parts.h"

#include "base/json_out.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"

#include <string.h>

static void put_masked(struct text *json, const duckalog_catalog *catalog, const char *key, const char *value)
{
    const struct redactor *redactor = catalog->config == NULL ? NULL : catalog->config->redactor;
    struct text known = text_on_heap();
    struct text clean = text_on_heap();

    redact_add(redactor, &known, value);
    redact_add_without_credentials(&clean, text_string(&known) != NULL ? text_string(&known) : "");
    if (text_string(&known) == NULL || text_string(&clean) == NULL)
        json->failed = true;
    else
        json_put_string(json, key, text_string(&clean));
    text_free(&known);
    text_free(&clean);
}

static void add_summary(struct text *json, const duckalog_catalog *catalog)
{
    const duckalog_summary *summary = &catalog->summary;

    json_add_key(json, "summary");
    if (catalog->session == NULL) {
        json_add_string(json, NULL);
        return;
    }
    json_begin_object(json);
    put_masked(json, catalog, "database", summary->database);
    json_put_truth(json, "created", summary->created != 0);
    json_put_count(json, "views", summary->views);
    json_put_count(json, "views_created", summary->views_created);
    json_put_count(json, "views_kept", summary->views_kept);
    json_put_count(json, "attachments", summary->attachments);
    json_put_count(json, "secrets", summary->secrets);
    json_put_ms(json, "elapsed_ms", summary->elapsed_ms);
    json_put_count(json, "attachments_failed", summary->attachments_failed);
    json_put_count(json, "views_lost", summary->views_lost);
    json_put_count(json, "views_changed", summary->views_changed);
    json_put_count(json, "views_stale", summary->views_stale);
    json_put_count(json, "views_dropped", summary->views_dropped);
    if (summary->remote_uri != NULL)
        put_masked(json, catalog, "remote_uri", summary->remote_uri);
    else
        json_put_string(json, "remote_uri", NULL);
    json_put_count(json, "remote_bytes", (size_t)summary->remote_bytes);
    json_end_object(json);
}

static void add_problems(struct text *json, const duckalog_report *report)
{
    static const char *const severities[] = {
        [DUCKALOG_NOTICE] = "notice", [DUCKALOG_WARNING] = "warning", [DUCKALOG_ERROR] = "error"
    };
    const duckalog_diagnostic *problem;

    json_add_key(json, "problems");
    json_begin_array(json);
    for (size_t i = 0; (problem = duckalog_report_get(report, i)) != NULL; i++) {
        json_begin_object(json);
        json_put_string(json, "severity", severities[problem->severity]);
        json_put_string(json, "code", problem->code);
        json_put_string(json, "file", problem->file);
        json_put_count(json, "line", problem->line);
        json_put_count(json, "column", problem->column);
        json_put_string(json, "path", problem->path);
        json_put_string(json, "phase", problem->phase);
        json_put_string(json, "object", problem->object);
        json_put_string(json, "message", problem->message);
        json_put_string(json, "hint", problem->hint);
        json_put_string(json, "line_text", problem->line_text);
        json_put_count(json, "line_column", problem->line_column);
        json_put_truth(json, "transient", problem->transient != 0);
        json_end_object(json);
    }
    json_end_array(json);
}

static void add_timings(struct text *json, const struct timings *timings)
{
    json_add_key(json, "timings");
    json_begin_array(json);
    for (size_t i = 0; i < timings->count; i++) {
        const duckalog_metric *metric = &timings->items[i];

        json_begin_object(json);
        json_put_string(json, "phase", metric->phase);
        json_put_count(json, "count", metric->count);
        json_put_ms(json, "total_ms", metric->total_ms);
        json_put_ms(json, "min_ms", metric->min_ms);
        json_put_ms(json, "max_ms", metric->max_ms);
        json_put_ms(json, "average_ms", metric->average_ms);
        json_put_count(json, "objects", metric->objects);
        json_end_object(json);
    }
    json_end_array(json);
}

/* ---- attachments ---- */

/* One that can't be had is told in the report, as restore_tell() names it; the session is open all the same. */
static bool is_missed(const duckalog_report *report, const char *alias, const char *kind)
{
    const duckalog_diagnostic *problem;
    struct text object = text_on_heap();
    bool missed = false;

    text_format(&object, "%s (%s)", alias, kind);
    for (size_t i = 0; !missed && (problem = duckalog_report_get(report, i)) != NULL; i++)
        missed = problem->phase != NULL && strcmp(problem->phase, "attach") == 0 && problem->object != NULL &&
                 text_string(&object) != NULL && strcmp(problem->object, text_string(&object)) == 0;
    text_free(&object);
    return missed;
}

enum access { READ_WRITE, READ_ONLY, UNKNOWN_ACCESS };

static void add_attachment(struct text *json, const duckalog_catalog *catalog, const char *alias, const char *kind,
                           enum access access)
{
    json_begin_object(json);
    put_masked(json, catalog, "alias", alias);
    json_put_string(json, "kind", kind);
    if (access == UNKNOWN_ACCESS)
        json_put_string(json, "read_only", NULL);
    else
        json_put_truth(json, "read_only", access == READ_ONLY);
    json_put_truth(json, "attached", !is_missed(catalog->report, alias, kind));
    json_end_object(json);
}

static void add_attachments(struct text *json, const duckalog_catalog *catalog)
{
    const struct catalog_section *root = catalog->session == NULL ? NULL : &catalog->config->root;
    const struct attachments *all = root == NULL ? NULL : root->attachments;

    json_add_key(json, "attachments");
    json_begin_array(json);
#define ADD_ALL(list)                                                                                                  \
    for (size_t i = 0; all != NULL && i < all->list.count; i++)                                                        \
        add_attachment(json, catalog, all->list.items[i].alias, #list,                                                 \
                       all->list.items[i].read_only ? READ_ONLY : READ_WRITE);
    ADD_ALL(duckdb)
    ADD_ALL(sqlite)
    ADD_ALL(postgres)
    ADD_ALL(duckalog)
#undef ADD_ALL
    for (size_t i = 0; root != NULL && i < root->iceberg_catalogs.count; i++)
        add_attachment(json, catalog, root->iceberg_catalogs.items[i].name, "iceberg", UNKNOWN_ACCESS);
    json_end_array(json);
}

/* ---- the whole ---- */

duckalog_status duckalog_status_json(const duckalog_catalog *catalog, char **ret_json)
{
    struct text json = text_on_heap();
    char *copy;

    if (catalog == NULL || ret_json == NULL)
        return DUCKALOG_USAGE;
    catalog_hold(catalog);
    json_begin_object(&json);
    json_put_string(&json, "duckalog", duckalog_version());
    json_put_string(&json, "duckdb", catalog->session == NULL ? NULL : duckalog_duckdb_version());
    put_masked(&json, catalog, "config", catalog->shown_path);
    json_put_truth(&json, "open", catalog->session != NULL);
    add_summary(&json, catalog);
    add_problems(&json, catalog->report);
    add_timings(&json, &catalog->timings);
    add_attachments(&json, catalog);
    json_end_object(&json);
    catalog_release(catalog);
    copy = text_string(&json) == NULL ? NULL : strdup(text_string(&json));
    text_free(&json);
    if (copy == NULL)
        return DUCKALOG_NOMEM;
    *ret_json = copy;
    return DUCKALOG_OK;
}

/* ---- --strict ---- */

size_t catalog_departures(const duckalog_report *report)
{
    static const char *const codes[] = { "view-changed", "view-stale", "view-missing", "view-unavailable" };
    const duckalog_diagnostic *diagnostic;
    size_t count = 0;

    for (size_t i = 0; (diagnostic = duckalog_report_get(report, i)) != NULL; i++) {
        bool counts = diagnostic->severity == DUCKALOG_WARNING && diagnostic->phase != NULL &&
                      strcmp(diagnostic->phase, "attach") == 0; /* one that was gone on without */

        for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++)
            counts = counts || strcmp(diagnostic->code, codes[c]) == 0;
        count += counts;
    }
    return count;
}
