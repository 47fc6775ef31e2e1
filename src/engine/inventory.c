/*
 * What a catalog holds, and what of its config is not there.
 *
 * It is asked before anything is attached: later the same question goes to every attached server, and hangs with one that
 * is silent (duckdb-facts.md). Names are compared as DuckDB compares them.
 */

#include "engine/inventory.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/changes.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is there ---- */

const char *inventory_key(struct arena *arena, const char *schema, const char *name)
{
    struct text key = text_in(arena);

    sql_format(&key, "%I.%I", schema, name);
    return text_string(&key);
}

bool inventory_add(struct inventory *inventory, const char *schema, const char *name, bool is_view)
{
    struct catalog_object *last = inventory->count == 0 ? NULL : inventory->items[inventory->count - 1];
    const char *key = inventory_key(inventory->arena, schema, name);
    struct catalog_object *object = arena_alloc(inventory->arena, sizeof(*object));

    inventory->items =
        arena_extend(inventory->arena, inventory->items, inventory->count, sizeof(struct catalog_object *));
    if (key == NULL || object == NULL || inventory->items == NULL)
        return false;
    /* They come schema by schema. */
    object->schema =
        last != NULL && strcmp(last->schema, schema) == 0 ? last->schema : arena_string(inventory->arena, schema);
    object->name = arena_string(inventory->arena, name);
    object->is_view = is_view;
    inventory->items[inventory->count++] = object;
    return object->schema != NULL && object->name != NULL && map_add(inventory->objects, key, object);
}

static bool note_object(const char *const *columns, size_t count, void *user)
{
    struct inventory *inventory = user;

    if (count < 3 || !inventory_add(inventory, columns[0], columns[1], strcmp(columns[2], "view") == 0))
        return false;
    if (count == 4 && columns[3] != NULL)
        inventory->items[inventory->count - 1]->created = arena_string(inventory->arena, columns[3]);
    return true;
}

static duckalog_status ask(const struct restoration *restoration, struct inventory *inventory, const char *sql,
                           session_row row)
{
    struct text problem = text_on_heap();
    duckalog_status status = session_query(restoration->session->connection, sql, row, inventory, &problem);

    if (status == DUCKALOG_ENGINE)
        report_event(restoration->report, DUCKALOG_ERROR, "engine", NULL, "the catalog's views can't be listed: %s",
                     text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    text_free(&problem);
    return status == DUCKALOG_OK && arena_failed(inventory->arena) ? DUCKALOG_NOMEM : status;
}

struct inventory *inventory_create(void)
{
    struct inventory *inventory = calloc(1, sizeof(*inventory));

    if (inventory == NULL)
        return NULL;
    inventory->arena = arena_create(ARENA_PLAIN);
    inventory->objects = inventory->arena == NULL ? NULL : map_create(inventory->arena, MAP_IGNORING_CASE);
    if (inventory->objects != NULL)
        return inventory;
    inventory_free(inventory);
    return NULL;
}

#define IN_CATALOG " WHERE NOT internal AND NOT temporary AND database_name = current_database()"
#define VIEWS_AND_TABLES(definition, no_definition)                                                                    \
    "SELECT schema_name, view_name, 'view'" definition " FROM duckdb_views()" IN_CATALOG                               \
    " UNION ALL SELECT schema_name, table_name, 'table'" no_definition " FROM duckdb_tables()" IN_CATALOG

duckalog_status inventory_take(struct restoration *restoration, struct inventory **ret_inventory)
{
    /* Those of a few views will be looked at (changes.h); a second question takes as long as the first. */
    bool all = restoration->check_changes && restoration->config->root.views.count <= CHANGES_FEW;
    struct inventory *inventory = inventory_create();
    duckalog_status status = DUCKALOG_NOMEM;

    if (inventory != NULL)
        status = ask(restoration, inventory, all ? VIEWS_AND_TABLES(", sql", ", NULL") : VIEWS_AND_TABLES("", ""),
                     note_object);
    if (inventory != NULL)
        inventory->has_definitions = all && status == DUCKALOG_OK;
    if (status == DUCKALOG_OK)
        *ret_inventory = inventory;
    else
        inventory_free(inventory);
    return status;
}

static bool note_definition(const char *const *columns, size_t count, void *user)
{
    struct inventory *inventory = user;
    const char *key = count == 3 ? inventory_key(inventory->arena, columns[0], columns[1]) : NULL;
    struct catalog_object *object = key == NULL ? NULL : map_find(inventory->objects, key);

    if (object != NULL && object->is_view && columns[2] != NULL)
        object->created = arena_string(inventory->arena, columns[2]);
    return key != NULL;
}

duckalog_status inventory_take_definitions(const struct restoration *restoration)
{
    struct inventory *inventory = restoration->inventory;
    duckalog_status status = DUCKALOG_OK;

    if (!inventory->has_definitions)
        status = ask(restoration, inventory, "SELECT schema_name, view_name, sql FROM duckdb_views()" IN_CATALOG,
                     note_definition);
    inventory->has_definitions = status == DUCKALOG_OK;
    return status;
}

size_t inventory_count(const struct inventory *inventory)
{
    return inventory == NULL ? 0 : inventory->count;
}

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    arena_destroy(inventory->arena);
    free(inventory);
}

/* ---- what is to be done ---- */

duckalog_status inventory_match(const struct restoration *restoration)
{
    struct inventory *inventory = restoration->inventory;
    size_t count = restoration->config->root.views.count;

    inventory->found = arena_array(inventory->arena, count, sizeof(struct catalog_object *));
    for (size_t i = 0; inventory->found != NULL && i < count; i++) {
        const struct view *view = &restoration->config->root.views.items[i];
        const char *key = inventory_key(inventory->arena, view_schema(view), view->name);

        inventory->found[i] = key == NULL ? NULL : map_find(inventory->objects, key);
        if (inventory->found[i] != NULL)
            inventory->found[i]->is_wanted = true;
    }
    return arena_failed(inventory->arena) ? DUCKALOG_NOMEM : DUCKALOG_OK;
}

/* Of a view, as the plan would have it, for messages before there is a plan. */
void inventory_report(struct restoration *restoration, const struct view *view, duckalog_severity severity,
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
    bool read_only = session_is_read_only(restoration->session);
    size_t count = restoration->config->root.views.count;
    bool *wanted = arena_array(inventory->arena, count, sizeof(*wanted));
    duckalog_status status = inventory_match(restoration);

    for (size_t i = 0; wanted != NULL && inventory->found != NULL && i < count; i++) {
        const struct view *view = &restoration->config->root.views.items[i];
        const struct catalog_object *object = inventory->found[i];

        if (object != NULL && !object->is_view) {
            inventory_report(restoration, view, DUCKALOG_ERROR, "view-conflict",
                             "rename one of the two; duckalog never drops a table to make room for a view",
                             "a table of this name is in the catalog");
            status = DUCKALOG_VIEW_CONFLICT;
        } else if (object != NULL && !restoration->force_rebuild)
            restoration->summary->views_kept++;
        else if (read_only)
            inventory_report(restoration, view, DUCKALOG_WARNING, "view-missing",
                             "run without --read-only to create it", "not in the catalog, which is open read-only");
        else
            wanted[i] = true;
    }
    restoration->summary->views = count;
    *ret_wanted = wanted;
    return arena_failed(inventory->arena) ? DUCKALOG_NOMEM : status;
}
