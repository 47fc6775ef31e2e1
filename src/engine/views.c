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

struct work {
    struct restoration *restoration;
    struct arena *arena;
    const struct step **missing; /* to be created, in the plan's order */
    size_t count;
    bool *replaces; /* of each: a view of that name is there */
};

static duckalog_status complain_of_table(struct restoration *restoration, const struct step *step)
{
    restore_report(restoration, step, DUCKALOG_ERROR, "view-conflict",
                   "rename one of the two; duckalog never drops a table to make room for a view",
                   "a table of this name is in the catalog");
    return DUCKALOG_VIEW_CONFLICT;
}

static duckalog_status choose_views(struct work *work)
{
    struct restoration *restoration = work->restoration;
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count; i++) {
        const struct step *step = &restoration->plan->steps[i];
        const char *key;
        const char *object;

        if (step->kind != STEP_VIEW)
            continue;
        restoration->summary->views++;
        key = key_of(work->arena, view_schema(step->view), step->view->name);
        if (key == NULL)
            return DUCKALOG_NOMEM;
        object = map_find(restoration->inventory->objects, key);
        if (object != NULL && strcmp(object, "table") == 0)
            status = complain_of_table(restoration, step);
        else if (object == NULL || restoration->force_rebuild) {
            work->replaces[work->count] = object != NULL;
            work->missing[work->count++] = step;
        } else
            restoration->summary->views_kept++;
    }
    return status;
}

static void report_missing(struct work *work)
{
    for (size_t i = 0; i < work->count; i++)
        restore_report(work->restoration, work->missing[i], DUCKALOG_WARNING, "view-missing",
                       "run without --read-only to create it", "not in the catalog, which is open read-only");
}

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
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < work->count && status == DUCKALOG_OK; i++) {
        struct text sql = text_on_heap();

        if (!work->replaces[i])
            continue;
        sql_format(&sql, "DROP VIEW IF EXISTS %I.%I.%I", work->restoration->session->catalog,
                   view_schema(work->missing[i]->view), work->missing[i]->view->name);
        status =
            text_string(&sql) == NULL ? DUCKALOG_NOMEM : run_plain(work, text_string(&sql), work->missing[i]->name);
        text_free(&sql);
    }
    return status;
}

static duckalog_status create_schemas(struct work *work)
{
    const struct plan *plan = work->restoration->plan;
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < plan->count && status == DUCKALOG_OK; i++) {
        bool needed = false;

        if (plan->steps[i].kind != STEP_SCHEMA)
            continue;
        for (size_t v = 0; v < work->count && !needed; v++)
            needed = equal_ignoring_case(view_schema(work->missing[v]->view), plan->steps[i].name);
        if (needed)
            status = restore_run_step(work->restoration, &plan->steps[i]);
    }
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
    struct work work = { .restoration = restoration, .arena = arena_create(ARENA_PLAIN) };
    duckalog_status status = DUCKALOG_NOMEM;

    if (work.arena == NULL)
        return DUCKALOG_NOMEM;
    work.missing = arena_array(work.arena, restoration->plan->count, sizeof(struct step *));
    work.replaces = arena_array(work.arena, restoration->plan->count, sizeof(*work.replaces));
    if (work.missing != NULL && work.replaces != NULL)
        status = choose_views(&work);
    if (status == DUCKALOG_OK && work.count > 0) {
        if (restoration->session->read_only && restoration->session->is_file)
            report_missing(&work);
        else
            status = create_all(&work);
    }
    arena_destroy(work.arena);
    return status;
}
