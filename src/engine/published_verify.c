#include "engine/published_verify.h"

#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "engine/restore.h"

static const char *first_of(const struct duckalog_config *config, const bool *wanted)
{
    size_t i = 0;

    while (!wanted[i])
        i++;
    return config->root.views.items[i].name;
}

static duckalog_status compare(const struct duckalog_config *config, struct session *session, struct text *problem)
{
    duckalog_summary summary = { 0 };
    struct duckalog_report *report = report_create();
    struct restoration look = { .session = session, .config = config, .report = report, .summary = &summary };
    const bool *wanted;
    duckalog_status status = report == NULL ? DUCKALOG_NOMEM : inventory_take(&look, &look.inventory);

    if (status == DUCKALOG_OK)
        status = inventory_compare(&look, &wanted);
    if (status == DUCKALOG_OK && summary.views_kept < summary.views) {
        text_format(problem, "%zu of %zu views are not in it, %s for one", summary.views - summary.views_kept,
                    summary.views, first_of(config, wanted));
        status = DUCKALOG_ENGINE;
    }
    inventory_free(look.inventory);
    duckalog_report_free(report);
    return status;
}

/* By another DuckDB, as the session's own has the file open for writing. */
duckalog_status published_verify(const struct duckalog_config *config, const struct session *session,
                                 struct text *problem)
{
    struct session other = { .arena = session->arena, .path = session->path, .catalog = session->catalog };
    duckdb_config settings = NULL;
    char *message = NULL;
    duckalog_status status = DUCKALOG_ENGINE;

    if (duckdb_create_config(&settings) != DuckDBSuccess)
        return DUCKALOG_NOMEM;
    if (duckdb_set_config(settings, "access_mode", "READ_ONLY") != DuckDBSuccess ||
        duckdb_open_ext(session->path, &other.database, settings, &message) != DuckDBSuccess) {
        text_add(problem, message != NULL ? message : "");
        other.database = NULL;
    } else if (duckdb_connect(other.database, &other.connection) == DuckDBSuccess) {
        status = compare(config, &other, problem);
        duckdb_disconnect(&other.connection);
    }
    if (other.database != NULL)
        duckdb_close(&other.database);
    duckdb_free(message);
    duckdb_destroy_config(&settings);
    return status;
}
