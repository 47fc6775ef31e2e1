/*
 * Views: making the ones that are missing, all or none.
 */

#include "engine/inventory.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/batch.h"
#include "engine/bind.h"
#include "engine/transient.h"

#include <stdlib.h>
#include <string.h>

struct work {
    struct restoration *restoration;
    const struct step **missing; /* to be created, in the plan's order */
    size_t count;
    size_t created;
    size_t total;
};

/* ---- doing it ---- */

static duckalog_status run_plain(struct work *work, const char *sql, const char *what)
{
    struct text problem = text_on_heap();
    duckalog_status status = session_run(work->restoration->session->connection, sql, NULL, 0, &problem);

    if (status != DUCKALOG_OK)
        report_event(work->restoration->report, DUCKALOG_ERROR, "engine", NULL, "%s: %s", what,
                     text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    text_free(&problem);
    return status;
}

/*
 * On a rebuild what is there goes first: replaced one by one, a view could be bound to the old form of another one,
 * and fail later when it is used.
 */
static duckalog_status drop_replaced(struct work *work)
{
    struct inventory *inventory = work->restoration->inventory;
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < work->count && status == DUCKALOG_OK; i++) {
        const struct view *view = work->missing[i]->view;
        const char *key = inventory_key(inventory->arena, view_schema(view), view->name);
        struct text sql = text_on_heap();

        if (key != NULL && map_find(inventory->objects, key) == NULL)
            continue;
        sql_format(&sql, "DROP VIEW IF EXISTS %I.%I.%I", work->restoration->session->catalog, view_schema(view),
                   view->name);
        status = key == NULL || text_string(&sql) == NULL ? DUCKALOG_NOMEM
                                                          : run_plain(work, text_string(&sql), work->missing[i]->name);
        text_free(&sql);
    }
    return status;
}

/* Those of views that are left alone, for the want of an attachment, are left alone too when they are all there is. */
static bool is_schema_to_make(const struct work *work, const struct step *step)
{
    return step->kind == STEP_SCHEMA && work->count > 0;
}

static duckalog_status create_schemas(struct work *work)
{
    const struct plan *plan = work->restoration->plan;
    duckalog_status status = DUCKALOG_OK;
    struct phase_timer timer;
    size_t count = 0;

    for (size_t i = 0; i < plan->count; i++)
        count += is_schema_to_make(work, &plan->steps[i]);
    timings_begin(work->restoration->timings, &work->restoration->log, "schemas", log_count("count", count), &timer);
    for (size_t i = 0; i < plan->count && status == DUCKALOG_OK; i++)
        if (is_schema_to_make(work, &plan->steps[i]))
            status = restore_run_step(work->restoration, &plan->steps[i]);
    return timings_end(&timer, status, count);
}

/* Tries the views of a batch; what fails is put where `left` says. */
static duckalog_status create_batch(struct work *work, struct batch *batch, size_t *left, struct text *problems)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct step *step = batch->steps[i];
        struct text problem = text_on_heap();
        duckalog_status status = DUCKALOG_INTERRUPTED;

        if (!atomic_load(work->restoration->interrupted))
            status = batch_run(batch, i, &problem);
        if (status == DUCKALOG_OK) {
            work->restoration->summary->views_created++;
            log_progress(&work->restoration->log, "views", ++work->created, work->total, NULL, 0);
        } else if (status != DUCKALOG_INTERRUPTED && status != DUCKALOG_NOMEM) {
            work->missing[*left] = step;
            text_free(&problems[*left]);
            problems[(*left)++] = problem;
            continue;
        }
        text_free(&problem);
        if (status != DUCKALOG_OK)
            return status;
    }
    return DUCKALOG_OK;
}

/* Tries each view once; what fails stays in `missing`, with what DuckDB said. */
static duckalog_status create_round(struct work *work, struct text *problems)
{
    duckalog_status status = DUCKALOG_OK;
    size_t left = 0;
    size_t begun = 0;

    while (begun < work->count && status == DUCKALOG_OK) {
        struct batch batch;

        batch_begin(&batch, work->restoration->session->connection, work->missing + begun, work->count - begun);
        status = create_batch(work, &batch, &left, problems);
        begun += batch.count;
        batch_end(&batch);
    }
    if (status == DUCKALOG_OK)
        work->count = left;
    return status;
}

/* What the failure of a view means; one that needs a view which failed for the want of a server waits for that too. */
static duckalog_status status_of_failure(const struct work *work, const struct step *step, const char *problem,
                                         bool server_failed)
{
    duckalog_status status = status_of_network_error(problem, DUCKALOG_ENGINE);

    if (status == DUCKALOG_ENGINE && server_failed && server_behind(work->restoration, step->view) != NULL)
        return DUCKALOG_UNAVAILABLE;
    return status;
}

/* A server that went away since it was attached may come back. */
static void report_failure(struct restoration *restoration, const struct step *step, duckalog_status status,
                           const char *problem)
{
    const struct step *source = status == DUCKALOG_ENGINE ? NULL : server_behind(restoration, step->view);
    struct text hint = text_on_heap();

    if (source != NULL)
        text_format(&hint, "it reads from %s, which was attached and then failed; this may go away by itself",
                    source->name);
    restore_tell(restoration, step,
                 &(struct finding){ .severity = DUCKALOG_ERROR,
                                    .code = "view",
                                    .hint = source != NULL ? text_string(&hint) : NULL,
                                    .problem = problem,
                                    .transient = status != DUCKALOG_ENGINE });
    text_free(&hint);
}

/* Returns what they mean together: only when all may go away by themselves, the whole may. */
static duckalog_status report_failures(struct work *work, const struct text *problems)
{
    duckalog_status whole = DUCKALOG_OK;
    bool server_failed = false;

    for (size_t i = 0; i < work->count && !server_failed; i++)
        server_failed = text_string(&problems[i]) != NULL &&
                        status_of_network_error(text_string(&problems[i]), DUCKALOG_ENGINE) != DUCKALOG_ENGINE;
    for (size_t i = 0; i < work->count; i++) {
        const char *problem = text_string(&problems[i]);
        duckalog_status status;

        if (problem == NULL || (i > 0 && session_is_aftermath(problem)))
            continue;
        status = status_of_failure(work, work->missing[i], problem, server_failed);
        report_failure(work->restoration, work->missing[i], status, problem);
        if (whole != DUCKALOG_ENGINE)
            whole = status;
    }
    return whole == DUCKALOG_OK ? DUCKALOG_NOMEM : whole;
}

/* Names in queries may hide what reads what (order_views), so what fails has another turn as long as that helps. */
static duckalog_status create_views(struct work *work)
{
    struct session *session = work->restoration->session;
    size_t total = work->count;
    struct text *problems = calloc(total + 1, sizeof(*problems));
    duckalog_status status = problems == NULL ? DUCKALOG_NOMEM : DUCKALOG_OK;
    size_t before = total + 1;
    struct setting threads;

    work->total = total;
    log_progress(&work->restoration->log, "views", 0, total, NULL, 0);
    batch_hold_threads(session, work->missing, work->count, &threads);
    while (status == DUCKALOG_OK && work->count > 0 && work->count < before) {
        before = work->count;
        status = create_round(work, problems);
    }
    setting_restore(&threads, session->connection);
    if (status == DUCKALOG_OK && work->count > 0)
        status = report_failures(work, problems);
    for (size_t i = 0; problems != NULL && i < total; i++)
        text_free(&problems[i]);
    free(problems);
    return status;
}

static duckalog_status create_all(struct work *work)
{
    struct text ignored = text_on_heap();
    duckalog_status status = run_plain(work, "BEGIN TRANSACTION", "a transaction can't be begun");

    if (status != DUCKALOG_OK)
        return status;
    /* First, so that a view of the config that still reads one fails here and not when it is used. */
    status = upkeep_drop(work->restoration);
    if (status == DUCKALOG_OK && (work->restoration->force_rebuild || work->restoration->previous != NULL))
        status = drop_replaced(work);
    if (status == DUCKALOG_OK)
        status = create_schemas(work);
    if (status == DUCKALOG_OK)
        status = create_views(work);
    if (status == DUCKALOG_OK)
        status = upkeep_remember(work->restoration);
    if (status == DUCKALOG_OK)
        status = run_plain(work, "COMMIT", "the catalog can't be written");
    /* A failed COMMIT has rolled back already; saying it again does no harm. */
    if (status != DUCKALOG_OK)
        session_run(work->restoration->session->connection, "ROLLBACK", NULL, 0, &ignored);
    text_free(&ignored);
    return status;
}

static duckalog_status bind_and_create(struct work *work)
{
    struct setting cache;
    duckalog_status status = bind_remote_views(work->restoration, work->missing, work->count, &cache);

    if (status == DUCKALOG_OK)
        status = create_all(work);
    setting_restore(&cache, work->restoration->session->connection);
    return status;
}

duckalog_status views_apply(struct restoration *restoration)
{
    const struct plan *plan = restoration->plan;
    struct work work = { .restoration = restoration };
    duckalog_status status;

    work.missing = calloc(plan->count + 1, sizeof(const struct step *));
    if (work.missing == NULL)
        return DUCKALOG_NOMEM;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].kind == STEP_VIEW && degraded_reason(restoration, plan->steps[i].view) == NULL)
            work.missing[work.count++] = &plan->steps[i];
    /* Without views there is no schema to make: the phase is told all the same. */
    status = work.count > 0 || upkeep_has_to_drop(restoration) ? bind_and_create(&work) : create_schemas(&work);
    if (status == DUCKALOG_OK)
        upkeep_tell_dropped(restoration);
    free((void *)work.missing);
    return status;
}
