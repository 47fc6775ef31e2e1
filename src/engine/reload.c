/*
 * The order of a reload: both plans are made and compared; what goes is taken down, then the rest of the new plan runs as
 * in any restoration. Views come last, in one transaction, so what may have to be taken back by hand are settings, secrets
 * and attachments.
 */

#include "engine/reload_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/text.h"
#include "engine/inventory.h"
#include "engine/parser.h"

#include <stdio.h>
#include <string.h>

/* ---- for all files ---- */

bool reload_is_same_step(const struct step *a, const struct step *b)
{
    if (a->phase != b->phase || a->kind != b->kind || strcmp(a->sql, b->sql) != 0 ||
        a->binding_count != b->binding_count)
        return false;
    for (size_t i = 0; i < a->binding_count; i++)
        if (strcmp(a->bindings[i].value, b->bindings[i].value) != 0)
            return false;
    return true;
}

void reload_tell(struct reload *reload, const struct step *step, const char *object, const char *done)
{
    struct step named = { .phase = step->phase,
                          .kind = STEP_STATEMENT,
                          .name = object,
                          .kind_name = step->kind_name,
                          .position = step->position };

    restore_report(reload->restoration, &named, DUCKALOG_NOTICE, "reloaded", NULL, done);
}

duckalog_status reload_run(struct reload *reload, const struct step *step, const char *sql)
{
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    if (sql != NULL)
        status = session_run(reload->restoration->session->connection, sql, NULL, 0, &problem);
    if (status != DUCKALOG_OK && status != DUCKALOG_NOMEM)
        restore_report(reload->restoration, step, DUCKALOG_ERROR, "engine", NULL,
                       text_string(&problem) != NULL ? text_string(&problem) : "failed");
    text_free(&problem);
    return status;
}

static bool note_name(const char *const *columns, size_t count, void *user)
{
    struct reload *reload = ((void **)user)[0];
    struct map *names = ((void **)user)[1];
    char *name = count == 1 && columns[0] != NULL ? arena_string(reload->arena, columns[0]) : NULL;

    return name != NULL && map_add(names, name, name);
}

struct map *reload_names(struct reload *reload, const char *sql)
{
    struct map *names = map_create(reload->arena, MAP_IGNORING_CASE);
    struct text ignored = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    if (names != NULL)
        status = session_query(reload->restoration->session->connection, sql, note_name, (void *[]){ reload, names },
                               &ignored);
    text_free(&ignored);
    return status == DUCKALOG_OK ? names : NULL;
}

/* ---- plans ---- */

static struct plan *plan_of(struct reload *reload, const struct duckalog_config *config, const bool *wanted)
{
    const struct restoration *restoration = reload->restoration;
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    struct plan_options options = { .catalog = restoration->session->catalog,
                                    .wanted_views = wanted,
                                    .attach_timeout_s = (int)((restoration->attaching.timeout_ms + 999) / 1e3),
                                    .reader = &reader,
                                    .report = config == restoration->config ? restoration->report : NULL };
    struct plan *plan;

    parser_begin(&parser, restoration->session->connection);
    plan = plan_build(config, &options);
    parser_end(&parser);
    return plan;
}

/* The order of views depends on which are made, and that on what else differs: so the new plan is made twice. */
static duckalog_status make_plans(struct reload *reload)
{
    const struct restoration *restoration = reload->restoration;
    size_t most = restoration->previous->root.views.count + restoration->config->root.views.count;
    const bool *none = arena_array(reload->arena, most + 1, sizeof(*none));

    if (none == NULL)
        return DUCKALOG_NOMEM;
    reload->old_plan = plan_of(reload, restoration->previous, none);
    reload->new_plan = plan_of(reload, restoration->config, none);
    if (reload->old_plan == NULL || reload->new_plan == NULL)
        return DUCKALOG_NOMEM;
    reload->old_stays = arena_array(reload->arena, reload->old_plan->count + 1, sizeof(bool));
    reload->new_stays = arena_array(reload->arena, reload->new_plan->count + 1, sizeof(bool));
    if (reload->old_stays == NULL || reload->new_stays == NULL || !settings_compare(reload) || !session_compare(reload))
        return DUCKALOG_NOMEM;
    return views_choose(reload);
}

/* The steps before the views are the same in both, so what was found out of them still counts. */
static duckalog_status plan_views(struct reload *reload)
{
    struct plan *whole = plan_of(reload, reload->restoration->config, reload->wanted);
    bool *stays = whole == NULL ? NULL : arena_array(reload->arena, whole->count + 1, sizeof(bool));
    size_t first = 0;

    if (stays == NULL) {
        plan_free(whole);
        return DUCKALOG_NOMEM;
    }
    for (size_t i = 0; i < whole->count; i++)
        if (whole->steps[i].kind != STEP_SCHEMA && whole->steps[i].kind != STEP_VIEW)
            stays[i] = reload->new_stays[first++];
    plan_free(reload->new_plan);
    reload->new_plan = whole;
    reload->new_stays = stays;
    return report_has_errors(reload->restoration->report) ? DUCKALOG_CONFIG : DUCKALOG_OK;
}

/* ---- doing it ---- */

/* The steps that are new: those of persistent secrets, or all others. False: no memory. */
static bool pick_new_steps(struct reload *reload, bool persistent, struct plan *ret_part)
{
    const struct plan *plan = reload->new_plan;

    *ret_part = (struct plan){ .arena = plan->arena };
    ret_part->steps = arena_array(reload->arena, plan->count + 1, sizeof(*plan->steps));
    for (size_t i = 0; ret_part->steps != NULL && i < plan->count; i++)
        if (!reload->new_stays[i] && (plan->steps[i].phase == PHASE_PERSISTENT) == persistent)
            ret_part->steps[ret_part->count++] = plan->steps[i];
    return ret_part->steps != NULL;
}

static duckalog_status put_up(struct reload *reload)
{
    struct plan part;
    duckalog_status status;

    if (!pick_new_steps(reload, false, &part))
        return DUCKALOG_NOMEM;
    reload->restoration->plan = &part;
    status = restore_run_plan(reload->restoration);
    reload->restoration->plan = NULL;
    return status;
}

static duckalog_status store_secrets(struct reload *reload)
{
    struct plan part;
    duckalog_status status;

    if (!pick_new_steps(reload, true, &part))
        return DUCKALOG_NOMEM;
    reload->restoration->plan = &part;
    status = secrets_apply(reload->restoration, PHASE_PERSISTENT);
    reload->restoration->plan = NULL;
    return status;
}

static void take_back(struct reload *reload)
{
    struct restoration *restoration = reload->restoration;
    size_t errors = duckalog_report_errors(restoration->report);

    settings_take_back(reload);
    session_take_back(reload);
    if (duckalog_report_errors(restoration->report) > errors)
        report_event(restoration->report, DUCKALOG_ERROR, "reload-incomplete", "close the catalog and connect again",
                     "the session could not be made what it was before");
}

static void summarize(struct reload *reload)
{
    const struct duckalog_config *config = reload->restoration->config;
    duckalog_summary *summary = reload->restoration->summary;

    summary->views = config->root.views.count;
    summary->secrets = config->root.duckdb->secrets.count;
    summary->attachments = 0;
    for (size_t i = 0; i < reload->new_plan->count; i++)
        summary->attachments += reload->new_plan->steps[i].kind == STEP_ATTACH;
}

/* A secret that can't be stored is no reason to take back views that are there. */
static duckalog_status apply(struct reload *reload)
{
    duckalog_status status = settings_take_down(reload);

    if (status == DUCKALOG_OK)
        status = session_take_down(reload);
    if (status == DUCKALOG_OK)
        status = put_up(reload);
    if (status != DUCKALOG_OK) {
        take_back(reload);
        return status;
    }
    reload->restoration->is_reloaded = true;
    status = store_secrets(reload);
    reload->restoration->plan = reload->new_plan;
    settings_tell(reload);
    session_tell(reload);
    views_tell(reload);
    summarize(reload);
    return status;
}

enum { MOST_DIGITS = 32 };

static bool note_transaction(const char *const *columns, size_t count, void *user)
{
    char *noted = user;

    if (count == 1 && columns[0] != NULL)
        snprintf(noted, MOST_DIGITS, "%s", columns[0]);
    return true;
}

/*
 * What fails must not end a transaction of the user's, nor be a part of it. BEGIN would tell, and end it; but two statements
 * that are each a transaction of their own have two numbers.
 */
static duckalog_status check_transaction(struct restoration *restoration)
{
    static const char sql[] = "SELECT txid_current()::VARCHAR";
    char first[MOST_DIGITS] = "";
    char second[MOST_DIGITS] = "";
    struct text problem = text_on_heap();
    duckdb_connection connection = restoration->session->connection;
    duckalog_status status = session_query(connection, sql, note_transaction, first, &problem);

    if (status == DUCKALOG_OK)
        status = session_query(connection, sql, note_transaction, second, &problem);
    if (status == DUCKALOG_ENGINE || (status == DUCKALOG_OK && strcmp(first, second) == 0)) {
        report_event(restoration->report, DUCKALOG_ERROR, "transaction", "commit it, or roll it back, before a reload",
                     "the catalog's connection is within a transaction");
        status = DUCKALOG_ENGINE;
    }
    text_free(&problem);
    return status;
}

duckalog_status reload(struct restoration *restoration)
{
    struct reload work = { .restoration = restoration, .arena = arena_create(ARENA_WIPED) };
    duckalog_status status = work.arena == NULL ? DUCKALOG_NOMEM : check_transaction(restoration);

    if (status == DUCKALOG_OK) {
        restore_limit_suggestions(restoration);
        status = make_plans(&work);
    }
    if (status == DUCKALOG_OK)
        status = plan_views(&work);
    if (status == DUCKALOG_OK)
        status = apply(&work);
    restore_reset_suggestions(restoration);
    plan_free(work.old_plan);
    plan_free(work.new_plan);
    inventory_free(restoration->inventory);
    arena_destroy(work.arena);
    return status;
}

bool reload_is_done(const struct restoration *restoration)
{
    return restoration->is_reloaded;
}
