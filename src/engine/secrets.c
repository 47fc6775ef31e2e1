/*
 * Secrets in a session: temporary ones on every connection, persistent ones once (connection.md section 9).
 *
 * DuckDB is asked what is stored, as names in the secret directory belong to the user and all of his catalogs. A stored
 * secret is never replaced or dropped here.
 */

#include "engine/restore.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"

struct stored {
    struct arena *arena;
    struct map *names;
};

static bool note_stored(const char *const *columns, size_t count, void *user)
{
    struct stored *stored = user;
    char *name = count == 1 && columns[0] != NULL ? arena_string(stored->arena, columns[0]) : NULL;

    return name != NULL && map_add(stored->names, name, name);
}

static duckalog_status find_stored(struct restoration *restoration, struct stored *stored)
{
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    stored->arena = arena_create(ARENA_PLAIN);
    stored->names = stored->arena == NULL ? NULL : map_create(stored->arena, MAP_IGNORING_CASE);
    if (stored->names != NULL)
        status = session_query(restoration->session->connection, "SELECT name FROM duckdb_secrets() WHERE persistent",
                               note_stored, stored, &problem);
    if (status == DUCKALOG_ENGINE)
        report_event(restoration->report, DUCKALOG_ERROR, "engine", NULL,
                     "secrets: the stored ones can't be listed: %s",
                     text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    text_free(&problem);
    return status;
}

/* Stored, so the stand-in in memory has done its work; as long as both are there, DuckDB finds a DROP ambiguous. */
static duckalog_status drop_stand_in(struct restoration *restoration, const struct step *step)
{
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    sql_format(&sql, "DROP TEMPORARY SECRET %I", step->name);
    if (text_string(&sql) != NULL)
        status = session_run(restoration->session->connection, text_string(&sql), NULL, 0, &problem);
    if (status == DUCKALOG_ENGINE)
        restore_report(restoration, step, DUCKALOG_ERROR, "engine", NULL, text_string(&problem));
    text_free(&sql);
    text_free(&problem);
    return status;
}

static duckalog_status apply(struct restoration *restoration, const struct step *step, bool is_stored)
{
    duckalog_status status;

    switch (step->kind) {
    case STEP_TEMPORARY_SECRET:
        if (is_stored)
            restore_report(restoration, step, DUCKALOG_WARNING, "secret-shadows", "give one of the two another name",
                           "a stored secret has this name too; it is left alone, and this session has both");
        return restore_run_step(restoration, step);
    case STEP_STAND_IN_SECRET:
        return is_stored ? DUCKALOG_OK : restore_run_step(restoration, step);
    case STEP_PERSISTENT_SECRET:
        if (is_stored) {
            log_event(&restoration->log, DUCKALOG_LOG_INFO, NULL, "secret is stored already and left as it is",
                      LOG_FIELDS(log_again("phase", "persistent secrets"), log_text("name", step->name)));
            return DUCKALOG_OK;
        }
        if (restoration->session->read_only) {
            restore_report(restoration, step, DUCKALOG_WARNING, "secret-not-stored",
                           "run once without --read-only to store it",
                           "this session is read-only, so the secret lives only as long as it does");
            return DUCKALOG_OK;
        }
        status = restore_run_step(restoration, step);
        return status == DUCKALOG_OK ? drop_stand_in(restoration, step) : status;
    default:
        return DUCKALOG_INTERNAL;
    }
}

duckalog_status secrets_apply(struct restoration *restoration, enum phase phase)
{
    struct stored stored = { 0 };
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++) {
        const struct step *step = &restoration->plan->steps[i];

        if (step->phase != phase)
            continue;
        if (stored.names == NULL)
            status = find_stored(restoration, &stored);
        if (status == DUCKALOG_OK)
            status = apply(restoration, step, map_find(stored.names, step->name) != NULL);
    }
    arena_destroy(stored.arena);
    return status;
}
