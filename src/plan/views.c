/*
 * Views and schemas: each `views:` entry becomes a CREATE OR REPLACE VIEW, and each schema that one of them names a
 * CREATE SCHEMA before it (sql-generation.md section 5 and S-17 to S-26).
 */

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "plan/order.h"
#include "plan/statement.h"

#include <stdlib.h>
#include <string.h>

/* ---- bodies ---- */

/* Options sorted by code point, name=value. */
static void add_scan_options(struct statement *statement, const struct value *options)
{
    const struct value *option = value_next_by_name(options, "");

    for (; option != NULL; option = value_next_by_name(options, option->name)) {
        statement_add(statement, ", %s=", option->name);
        statement_add_value(statement, option, MAP_AS_STRUCT,
                            name_looks_secret(option->name) ? EXPOSURE_HIDDEN : EXPOSURE_PLAIN);
    }
}

static void add_scan(struct statement *statement, const char *function, const struct view *view)
{
    statement_add(statement, "SELECT * FROM %s(", function);
    statement_add_place(statement, view->uri);
    add_scan_options(statement, view->options);
    statement_add(statement, ")");
}

static void add_table(struct statement *statement, const char *database, const char *table)
{
    statement_add(statement, "SELECT * FROM %I.", database);
    sql_add_qualified_name(&statement->executed, table);
    sql_add_qualified_name(&statement->shown, table);
}

static void add_parquet(struct statement *statement, const struct view *view)
{
    add_scan(statement, "parquet_scan", view);
}

static void add_delta(struct statement *statement, const struct view *view)
{
    add_scan(statement, "delta_scan", view);
}

static void add_iceberg(struct statement *statement, const struct view *view)
{
    if (view->uri != NULL && *view->uri != '\0')
        add_scan(statement, "iceberg_scan", view);
    else
        add_table(statement, view->catalog, view->table);
}

static void add_attached(struct statement *statement, const struct view *view)
{
    add_table(statement, view->database, view->table);
}

static void (*const add_source[])(struct statement *statement, const struct view *view) = {
    [SOURCE_PARQUET] = add_parquet, [SOURCE_DELTA] = add_delta,     [SOURCE_ICEBERG] = add_iceberg,
    [SOURCE_DUCKDB] = add_attached, [SOURCE_SQLITE] = add_attached, [SOURCE_POSTGRES] = add_attached,
};

/* A body of the user's, masked where it is shown. */
static bool add_body(struct statement *statement, const char *sql, const struct redactor *redactor)
{
    const char *body = sql_trim(statement->arena, sql);
    const char *masked = body == NULL ? NULL : statement_mask(statement->arena, body, redactor, false);

    if (masked == NULL)
        return false;
    text_add(&statement->executed, body);
    text_add(&statement->shown, masked);
    return true;
}

static bool add_query(struct statement *statement, const struct view *view, const struct redactor *redactor)
{
    if (view_has_sql(view))
        return add_body(statement, view->sql, redactor);
    add_source[view->source](statement, view);
    return true;
}

const char *plan_view_query(struct arena *arena, const struct view *view)
{
    struct statement statement;

    statement_begin(&statement, arena, true);
    return add_query(&statement, view, NULL) ? text_string(&statement.executed) : NULL;
}

const char *plan_view_name(struct arena *arena, const struct view *view)
{
    if (view->db_schema == NULL)
        return view->name;
    return arena_format(arena, "%s.%s", view->db_schema, view->name);
}

static bool add_view(struct plan *plan, const struct view *view, const struct plan_options *options,
                     const struct redactor *redactor)
{
    struct step step = { .phase = PHASE_VIEWS, .kind = STEP_VIEW, .view = view };
    struct statement statement;

    step.name = plan_view_name(plan->arena, view);
    step.position = plan_place(view->node, "name");
    statement_begin(&statement, plan->arena, options->show_secrets);
    statement_add(&statement, "CREATE OR REPLACE VIEW ");
    /* A database called like the schema would make "schema"."view" ambiguous (S-18). */
    if (options->catalog != NULL)
        statement_add(&statement, "%I.%I.", options->catalog, view_schema(view));
    else if (view->db_schema != NULL)
        statement_add(&statement, "%I.", view->db_schema);
    statement_add(&statement, "%I AS\n", view->name);
    return add_query(&statement, view, redactor) && step.name != NULL && statement_end(&statement, &step) &&
           plan_add(plan, &step);
}

/* ---- schemas ---- */

static int compare_views_by_schema(const void *left, const void *right)
{
    const struct view *const *a = left;
    const struct view *const *b = right;

    return strcmp((*a)->db_schema, (*b)->db_schema);
}

static bool add_schema(struct plan *plan, const struct view *view, const struct plan_options *options)
{
    struct step step = { .phase = PHASE_SCHEMAS, .kind = STEP_SCHEMA, .name = view->db_schema };
    struct statement statement;

    step.position = plan_place(view->node, "db_schema");
    statement_begin(&statement, plan->arena, false);
    statement_add(&statement, "CREATE SCHEMA IF NOT EXISTS ");
    if (options->catalog != NULL)
        statement_add(&statement, "%I.", options->catalog);
    statement_add(&statement, "%I", view->db_schema);
    return statement_end(&statement, &step) && plan_add(plan, &step);
}

/* Distinct and sorted, so that a script does not change when views change places. */
static bool add_schemas(struct plan *plan, const struct view *all, size_t count, const struct plan_options *options)
{
    const struct view **views = arena_array(plan->arena, count, sizeof(const struct view *));
    struct map *seen = map_create(plan->arena, MAP_IGNORING_CASE);
    size_t named = 0;

    if (views == NULL || seen == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct view *view = &all[i];

        if (view->db_schema == NULL || equal_ignoring_case(view->db_schema, "main") ||
            map_find(seen, view->db_schema) != NULL)
            continue;
        if (!map_add(seen, view->db_schema, &views[named]))
            return false;
        views[named++] = view;
    }
    qsort(views, named, sizeof(const struct view *), compare_views_by_schema);
    for (size_t i = 0; i < named; i++)
        if (!add_schema(plan, views[i], options))
            return false;
    return true;
}

/* The views that are wanted, in a row; NULL when there is no memory. */
static const struct view *wanted_views(struct plan *plan, const struct duckalog_config *config,
                                       const struct plan_options *options, size_t *ret_count)
{
    struct view *views;

    *ret_count = config->root.views.count;
    if (options->wanted_views == NULL && *ret_count > 0)
        return config->root.views.items;
    views = arena_array(plan->arena, *ret_count, sizeof(*views));
    *ret_count = 0;
    for (size_t i = 0; views != NULL && i < config->root.views.count; i++)
        if (options->wanted_views[i])
            views[(*ret_count)++] = config->root.views.items[i];
    return views;
}

bool plan_add_views(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options)
{
    size_t count;
    const struct view *views = wanted_views(plan, config, options, &count);
    const size_t *order =
        views == NULL ? NULL : order_views(plan->arena, config, views, count, options->reader, options->report);

    if (order == NULL || !add_schemas(plan, views, count, options))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_view(plan, &views[order[i]], options, options->show_secrets ? NULL : config->redactor))
            return false;
    return true;
}
