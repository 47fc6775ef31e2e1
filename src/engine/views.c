/*
 * Views: which ones are missing, and making them all or none.
 *
 * What the catalog holds is asked before anything is attached: later the same question goes to every attached server,
 * and hangs with one that is silent (duckdb-facts.md). Names are compared as DuckDB compares them.
 */

#include "engine/restore.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is there ---- */

struct inventory {
    struct arena *arena;
    struct map *objects; /* "schema"."name" → "view" or "table" */
    size_t count;
};

static const char *key_of(struct arena *arena, const char *schema, const char *name)
{
    struct text key = text_in(arena);

    sql_format(&key, "%I.%I", schema, name);
    return text_string(&key);
}

static bool note_object(const char *const *columns, size_t count, void *user)
{
    struct inventory *inventory = user;
    const char *key = count == 3 ? key_of(inventory->arena, columns[0], columns[1]) : NULL;

    inventory->count++;
    return key != NULL &&
           map_add(inventory->objects, key, strcmp(columns[2], "view") == 0 ? (void *)"view" : (void *)"table");
}

duckalog_status inventory_take(struct restoration *restoration, struct inventory **ret_inventory)
{
    struct inventory *inventory = calloc(1, sizeof(*inventory));
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    if (inventory == NULL)
        return DUCKALOG_NOMEM;
    inventory->arena = arena_create(ARENA_PLAIN);
    inventory->objects = inventory->arena == NULL ? NULL : map_create(inventory->arena, MAP_IGNORING_CASE);
    if (inventory->objects != NULL)
        status = session_query(restoration->session->connection,
                               "SELECT schema_name, view_name, 'view' FROM duckdb_views() "
                               "WHERE NOT internal AND NOT temporary AND database_name = current_database() "
                               "UNION ALL SELECT schema_name, table_name, 'table' FROM duckdb_tables() "
                               "WHERE NOT internal AND NOT temporary AND database_name = current_database()",
                               note_object, inventory, &problem);
    if (status == DUCKALOG_ENGINE)
        report_event(restoration->report, DUCKALOG_ERROR, "engine", NULL, "the catalog's views can't be listed: %s",
                     text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    text_free(&problem);
    if (status == DUCKALOG_OK && arena_failed(inventory->arena))
        status = DUCKALOG_NOMEM;
    /* Another process built it between our look at the file and our lock on it: not ours to remove. */
    if (status == DUCKALOG_OK && inventory->count > 0)
        restoration->session->is_new = false;
    if (status == DUCKALOG_OK)
        *ret_inventory = inventory;
    else
        inventory_free(inventory);
    return status;
}

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    arena_destroy(inventory->arena);
    free(inventory);
}

/* ---- what is to be done ---- */

/* Of a view, as the plan would have it, for messages before there is a plan. */
static void report_view(struct restoration *restoration, const struct view *view, duckalog_severity severity,
                        const char *code, const char *hint, const char *problem)
{
    struct step step = { .phase = PHASE_VIEWS, .kind = STEP_VIEW, .view = view };

    step.name = plan_view_name(restoration->inventory->arena, view);
    step.position = plan_place(view->node, "name");
    if (step.name != NULL)
        restore_report(restoration, &step, severity, code, hint, problem);
}

duckalog_status inventory_compare(struct restoration *restoration, const bool **ret_wanted)
{
    struct inventory *inventory = restoration->inventory;
    bool read_only = restoration->session->read_only && restoration->session->is_file;
    size_t count = restoration->config->root.views.count;
    bool *wanted = arena_array(inventory->arena, count, sizeof(*wanted));
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; wanted != NULL && i < count; i++) {
        const struct view *view = &restoration->config->root.views.items[i];
        const char *key = key_of(inventory->arena, view_schema(view), view->name);
        const char *object = key == NULL ? NULL : map_find(inventory->objects, key);

        if (object != NULL && strcmp(object, "table") == 0) {
            report_view(restoration, view, DUCKALOG_ERROR, "view-conflict",
                        "rename one of the two; duckalog never drops a table to make room for a view",
                        "a table of this name is in the catalog");
            status = DUCKALOG_VIEW_CONFLICT;
        } else if (object != NULL && !restoration->force_rebuild)
            restoration->summary->views_kept++;
        else if (read_only)
            report_view(restoration, view, DUCKALOG_WARNING, "view-missing", "run without --read-only to create it",
                        "not in the catalog, which is open read-only");
        else
            wanted[i] = true;
    }
    restoration->summary->views = count;
    *ret_wanted = wanted;
    return arena_failed(inventory->arena) ? DUCKALOG_NOMEM : status;
}

struct work {
    struct restoration *restoration;
    const struct step **missing; /* to be created, in the plan's order */
    size_t count;
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
        const char *key = key_of(inventory->arena, view_schema(view), view->name);
        struct text sql = text_on_heap();

        if (key != NULL && map_find(inventory->objects, key) == NULL)
            continue;
        sql_format(&sql, "DROP VIEW %I.%I.%I", work->restoration->session->catalog, view_schema(view), view->name);
        status = key == NULL || text_string(&sql) == NULL ? DUCKALOG_NOMEM
                                                          : run_plain(work, text_string(&sql), work->missing[i]->name);
        text_free(&sql);
    }
    return status;
}

static duckalog_status create_schemas(struct work *work)
{
    const struct plan *plan = work->restoration->plan;
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < plan->count && status == DUCKALOG_OK; i++)
        if (plan->steps[i].kind == STEP_SCHEMA)
            status = restore_run_step(work->restoration, &plan->steps[i]);
    return status;
}

/* Tries each view once; what fails stays in `missing`, with what DuckDB said. */
static duckalog_status create_round(struct work *work, struct text *problems)
{
    size_t left = 0;

    for (size_t i = 0; i < work->count; i++) {
        struct text problem = text_on_heap();
        duckalog_status status;

        if (atomic_load(work->restoration->interrupted))
            return DUCKALOG_INTERRUPTED;
        status = session_run(work->restoration->session->connection, work->missing[i]->sql, NULL, 0, &problem);
        if (status == DUCKALOG_INTERRUPTED || status == DUCKALOG_NOMEM) {
            text_free(&problem);
            return status;
        }
        if (status == DUCKALOG_OK)
            work->restoration->summary->views_created++;
        else {
            work->missing[left] = work->missing[i];
            text_free(&problems[left]);
            problems[left++] = problem;
            continue;
        }
        text_free(&problem);
    }
    work->count = left;
    return DUCKALOG_OK;
}

/* After an error that ends the transaction every later one only says so. */
static bool is_aftermath(const char *problem)
{
    return strstr(problem, "Current transaction is aborted") != NULL;
}

/* Names in queries may hide what reads what (order_views), so what fails has another turn as long as that helps. */
static duckalog_status create_views(struct work *work)
{
    size_t total = work->count;
    struct text *problems = calloc(total + 1, sizeof(*problems));
    duckalog_status status = problems == NULL ? DUCKALOG_NOMEM : DUCKALOG_OK;
    size_t before = total + 1;

    while (status == DUCKALOG_OK && work->count > 0 && work->count < before) {
        before = work->count;
        status = create_round(work, problems);
    }
    for (size_t i = 0; status == DUCKALOG_OK && i < work->count; i++) {
        const char *problem = text_string(&problems[i]);

        if (problem != NULL && (i == 0 || !is_aftermath(problem)))
            restore_report(work->restoration, work->missing[i], DUCKALOG_ERROR, "view", NULL, problem);
    }
    if (status == DUCKALOG_OK && work->count > 0)
        status = DUCKALOG_ENGINE;
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
    if (work->restoration->force_rebuild)
        status = drop_replaced(work);
    if (status == DUCKALOG_OK)
        status = create_schemas(work);
    if (status == DUCKALOG_OK)
        status = create_views(work);
    if (status == DUCKALOG_OK)
        status = run_plain(work, "COMMIT", "the catalog can't be written");
    /* A failed COMMIT has rolled back already; saying it again does no harm. */
    if (status != DUCKALOG_OK)
        session_run(work->restoration->session->connection, "ROLLBACK", NULL, 0, &ignored);
    text_free(&ignored);
    return status;
}

duckalog_status views_apply(struct restoration *restoration)
{
    const struct plan *plan = restoration->plan;
    struct work work = { .restoration = restoration };
    duckalog_status status = DUCKALOG_OK;

    work.missing = calloc(plan->count + 1, sizeof(const struct step *));
    if (work.missing == NULL)
        return DUCKALOG_NOMEM;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].kind == STEP_VIEW && degraded_reason(restoration, plan->steps[i].view) == NULL)
            work.missing[work.count++] = &plan->steps[i];
    if (work.count > 0)
        status = create_all(&work);
    free((void *)work.missing);
    return status;
}
