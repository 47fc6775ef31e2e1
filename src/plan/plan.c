/*
 * A Plan: the steps of all kinds, in the order of restoration.
 */

#include "plan/plan.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/check.h"
#include "plan/statement.h"

#include <stdlib.h>
#include <string.h>

bool plan_add(struct plan *plan, const struct step *step)
{
    plan->steps = arena_extend(plan->arena, plan->steps, plan->count, sizeof(*plan->steps));
    if (plan->steps == NULL)
        return false;
    plan->steps[plan->count++] = *step;
    return true;
}

struct position plan_place(const struct node *node, const char *key)
{
    const struct node *value = key == NULL ? NULL : node_get(node, key);

    return value != NULL ? value->position : node->position;
}

static bool add_statements(struct plan *plan, enum phase phase, const struct texts *statements,
                           const struct redactor *redactor)
{
    for (size_t i = 0; i < statements->count; i++) {
        const char *sql = sql_trim(plan->arena, statements->items[i]);
        struct step step = { .phase = phase, .kind = STEP_STATEMENT, .sql = sql };

        step.name = arena_format(plan->arena, "%zu", i + 1);
        step.shown = sql == NULL ? NULL : statement_mask(plan->arena, sql, redactor, redactor != NULL);
        step.position = statements->nodes[i]->position;
        if (step.shown == NULL || step.name == NULL || !plan_add(plan, &step))
            return false;
    }
    return true;
}

/*
 * Paths in the SQL of views are DuckDB's business: it looks in the working directory, and then, with this, in the
 * config's folder, so that a catalog works from anywhere. Of several folders in this setting it would read all that have
 * the file, so those of imported files are not in it. A config that sets it itself wins, as it comes later.
 */
static bool add_search_path(struct plan *plan, const struct duckalog_config *config)
{
    struct step step = { .phase = PHASE_PRAGMAS, .kind = STEP_STATEMENT, .name = "file_search_path" };
    struct text sql = text_in(plan->arena);
    bool needed = false;

    for (size_t i = 0; i < config->root.views.count && !needed; i++)
        needed = view_has_sql(&config->root.views.items[i]);
    /* The setting is a list with commas, of folders. */
    if (!needed || strchr(config->source.directory, ',') != NULL || path_kind(config->source.directory) == PATH_URI)
        return true;
    sql_format(&sql, "SET file_search_path = %L", config->source.directory);
    step.sql = text_string(&sql);
    step.shown = step.sql;
    step.position = plan_place(config->root.node, NULL);
    return step.sql != NULL && plan_add(plan, &step);
}

/* `name` and `name FROM repository`, with both parts quoted (S-29); a repository in quotes is a path or address. */
static bool add_extension(struct plan *plan, const struct duckdb_section *duckdb, size_t index, bool install)
{
    const struct texts *names = install ? &duckdb->install_extensions : &duckdb->load_extensions;
    struct sql_token token = sql_next(names->items[index]);
    struct text sql = text_in(plan->arena);
    struct step step = { .phase = install ? PHASE_INSTALL : PHASE_LOAD };

    step.kind = install ? STEP_INSTALL : STEP_STATEMENT;
    step.name = is_extension_file(names->items[index]) ? names->items[index] : sql_token_name(plan->arena, &token);
    step.position = names->nodes[index]->position;
    if (step.name == NULL)
        return false;
    text_add(&sql, install ? "INSTALL " : "LOAD ");
    sql_format(&sql, is_extension_file(step.name) ? "%L" : "%I", step.name);
    token = sql_next(token.start + token.length);
    if (!is_extension_file(step.name) && sql_token_is(&token, "from")) {
        token = sql_next(token.start + token.length);
        text_add(&sql, " FROM ");
        text_add_length(&sql, token.start, token.length);
    }
    step.sql = text_string(&sql);
    step.shown = step.sql;
    return step.sql != NULL && plan_add(plan, &step);
}

static bool add_extensions(struct plan *plan, const struct duckdb_section *duckdb)
{
    for (size_t i = 0; i < duckdb->install_extensions.count; i++)
        if (!add_extension(plan, duckdb, i, true))
            return false;
    for (size_t i = 0; i < duckdb->load_extensions.count; i++)
        if (!add_extension(plan, duckdb, i, false))
            return false;
    return true;
}

static bool add_all(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options)
{
    const struct duckdb_section *duckdb = config->root.duckdb;
    const struct redactor *redactor = options->show_secrets ? NULL : config->redactor;

    return add_search_path(plan, config) && add_statements(plan, PHASE_PRAGMAS, &duckdb->pragmas, redactor) &&
           add_statements(plan, PHASE_SETTINGS, &duckdb->settings, redactor) && add_extensions(plan, duckdb) &&
           plan_add_secrets(plan, config, options, PHASE_SECRETS) && plan_add_attachments(plan, config, options) &&
           plan_add_views(plan, config, options) && plan_add_secrets(plan, config, options, PHASE_PERSISTENT);
}

struct plan *plan_build(const struct duckalog_config *config, const struct plan_options *options)
{
    struct plan *plan = calloc(1, sizeof(*plan));

    if (plan == NULL)
        return NULL;
    plan->arena = arena_create(ARENA_WIPED);
    if (plan->arena != NULL && add_all(plan, config, options))
        return plan;
    plan_free(plan);
    return NULL;
}

void plan_free(struct plan *plan)
{
    if (plan == NULL)
        return;
    arena_destroy(plan->arena);
    free(plan);
}
