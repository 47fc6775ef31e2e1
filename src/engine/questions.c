/*
 * What a catalog tells of itself: problems, figures and times of its openings. Another thread may open or close it at any
 * time, so everything is asked for while the catalog is held; only copies are good for longer.
 */

#include "engine/catalog_parts.h"

#include "base/report.h"

#include <stdlib.h>
#include <string.h>

const duckalog_report *duckalog_diagnostics(const duckalog_catalog *catalog)
{
    const duckalog_report *report;

    if (catalog == NULL)
        return NULL;
    catalog_hold(catalog);
    report = catalog->report;
    catalog_release(catalog);
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
    catalog_hold(catalog);
    report_merge(copy, catalog->report);
    catalog_release(catalog);
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
    catalog_hold(catalog);
    summary = catalog->session == NULL ? NULL : &catalog->summary;
    catalog_release(catalog);
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
    catalog_hold(catalog);
    memcpy(copy->rows, catalog->timings.items, sizeof(copy->rows));
    *ret_count = catalog->timings.count;
    catalog_release(catalog);
    for (size_t i = 0; i < TIMINGS_MOST; i++)
        copy->pointers[i] = &copy->rows[i];
    *ret_metrics = copy->pointers;
    return DUCKALOG_OK;
}

void duckalog_metrics_free(const duckalog_metric *const *metrics)
{
    free((void *)metrics);
}
