/*
 * Secrets, attachments and extensions of a reload. An attachment is a step with the secret before it: when either differs,
 * or its file is a nested catalog that changed, it is detached and attached anew.
 */

#include "engine/reload_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/hold.h"
#include "plan/fingerprint.h"

#include <string.h>

/* ---- nested catalogs ---- */

static const struct nested_catalog *find_nested(const struct duckalog_config *config, const char *database)
{
    const struct nested_catalog *found = NULL;

    for (size_t i = 0; i < config->nested_count && found == NULL; i++)
        found = strcmp(config->nested[i].database, database) == 0 ? &config->nested[i]
                                                                  : find_nested(config->nested[i].config, database);
    return found;
}

static bool differ(const struct duckalog_config *a, const struct duckalog_config *b)
{
    if (a->root.views.count != b->root.views.count || a->nested_count != b->nested_count)
        return true;
    for (size_t i = 0; i < a->root.views.count; i++)
        if (view_fingerprint(&a->root.views.items[i]) != view_fingerprint(&b->root.views.items[i]))
            return true;
    for (size_t i = 0; i < a->nested_count; i++)
        if (strcmp(a->nested[i].database, b->nested[i].database) != 0 ||
            differ(a->nested[i].config, b->nested[i].config))
            return true;
    return false;
}

bool reload_has_changed(const struct duckalog_config *previous, const struct nested_catalog *nested)
{
    const struct nested_catalog *before = find_nested(previous, nested->database);

    return before != NULL && differ(before->config, nested->config);
}

static bool is_of_changed_catalog(const struct reload *reload, const struct step *step)
{
    const struct nested_catalog *nested =
        step->file == NULL ? NULL : find_nested(reload->restoration->config, step->file);

    return nested != NULL && reload_has_changed(reload->restoration->previous, nested);
}

/* ---- comparing ---- */

/* The secret that belongs to the attachment at `index`, or NULL. */
static const struct step *secret_before(const struct plan *plan, size_t index)
{
    return index > 0 && plan->steps[index - 1].kind == STEP_ATTACH_SECRET ? &plan->steps[index - 1] : NULL;
}

static bool is_same_secret(const struct step *a, const struct step *b)
{
    return a == NULL || b == NULL ? a == b : reload_is_same_step(a, b);
}

/* The step of the other plan that does the same, with the same secret; `other->count` when there is none. */
static size_t find_same(const struct plan *plan, size_t index, const struct plan *other)
{
    const struct step *step = &plan->steps[index];

    for (size_t i = 0; i < other->count; i++)
        if (reload_is_same_step(step, &other->steps[i]) &&
            (step->kind != STEP_ATTACH || is_same_secret(secret_before(plan, index), secret_before(other, i))))
            return i;
    return other->count;
}

/* Of all databases, by any way; NULL: they can't be had. */
static struct map *find_attached(struct reload *reload)
{
    return reload_names(reload, "SELECT database_name FROM duckdb_databases() WHERE NOT internal");
}

/* Of stored secrets; when DuckDB can't read them, they are not asked for again. */
static struct map *find_stored(struct reload *reload)
{
    return reload_names(reload, "SELECT name FROM duckdb_secrets() WHERE persistent");
}

static bool has_persistent_secret(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].kind == STEP_PERSISTENT_SECRET)
            return true;
    return false;
}

/* One that could not be stored, or was lost since, has its turn again, with its stand-in. */
static bool has_to_be_stored(const struct reload *reload, const struct step *step)
{
    return (step->kind == STEP_STAND_IN_SECRET || step->kind == STEP_PERSISTENT_SECRET) && reload->stored != NULL &&
           !reload->restoration->session->read_only && map_find(reload->stored, step->name) == NULL;
}

/* An attachment that was detached by hand, or never came, is attached now. */
static void compare(const struct reload *reload, bool of_old_plan)
{
    const struct plan *plan = of_old_plan ? reload->old_plan : reload->new_plan;
    const struct plan *other = of_old_plan ? reload->new_plan : reload->old_plan;
    bool *stays = of_old_plan ? reload->old_stays : reload->new_stays;

    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];

        if (step->phase == PHASE_PRAGMAS || step->phase == PHASE_SETTINGS)
            continue;
        stays[i] = find_same(plan, i, other) < other->count && !has_to_be_stored(reload, step);
        if (step->kind != STEP_ATTACH)
            continue;
        stays[i] = stays[i] && !is_of_changed_catalog(reload, step) && map_find(reload->attached, step->name) != NULL;
        if (secret_before(plan, i) != NULL)
            stays[i - 1] = stays[i];
    }
}

bool session_compare(struct reload *reload)
{
    reload->attached = find_attached(reload);
    if (reload->attached == NULL)
        return false;
    if (has_persistent_secret(reload->new_plan))
        reload->stored = find_stored(reload);
    compare(reload, true);
    compare(reload, false);
    return !arena_failed(reload->arena);
}

/* ---- taking down ---- */

static bool is_temporary(const struct step *step)
{
    return step->kind == STEP_TEMPORARY_SECRET || step->kind == STEP_STAND_IN_SECRET;
}

static bool has_named(const struct plan *plan, const struct step *like)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].phase == like->phase && plan->steps[i].kind != STEP_ATTACH_SECRET &&
            equal_ignoring_case(plan->steps[i].name, like->name))
            return true;
    return false;
}

static const char *statement(struct arena *arena, const char *format, const char *name)
{
    struct text sql = text_in(arena);

    if (name == NULL)
        return NULL;
    sql_format(&sql, format, name);
    return text_string(&sql);
}

/* Its file may be opened again, by this process too. */
static duckalog_status detach(struct reload *reload, const struct step *step)
{
    struct stat status;
    bool has_file = step->file != NULL && stat(step->file, &status) == 0;
    duckalog_status detached =
        reload_run(reload, step, statement(reload->arena, "DETACH DATABASE IF EXISTS %I", step->name));

    if (detached == DUCKALOG_OK && has_file)
        hold_remove_file(reload->restoration->session->hold, &status);
    return detached;
}

static duckalog_status drop_secret(struct reload *reload, const struct step *step, const char *name)
{
    return reload_run(reload, step, statement(reload->arena, "DROP TEMPORARY SECRET IF EXISTS %I", name));
}

/* What this plan has and the other one has not, or otherwise: attachments go before the secrets that they may use. */
static duckalog_status take_down(struct reload *reload, const struct plan *plan, const bool *stays,
                                 const struct plan *other)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < plan->count && status == DUCKALOG_OK; i++) {
        const struct step *step = &plan->steps[i];

        if (step->kind != STEP_ATTACH || stays[i])
            continue;
        status = detach(reload, step);
        if (status == DUCKALOG_OK && secret_before(plan, i) != NULL)
            status = drop_secret(reload, step, plan_attachment_secret(reload->arena, step->name));
    }
    for (size_t i = 0; i < plan->count && status == DUCKALOG_OK; i++)
        if (is_temporary(&plan->steps[i]) && !stays[i] && !has_named(other, &plan->steps[i]))
            status = drop_secret(reload, &plan->steps[i], plan->steps[i].name);
    return status;
}

duckalog_status session_take_down(struct reload *reload)
{
    return take_down(reload, reload->old_plan, reload->old_stays, reload->new_plan);
}

/* What is new goes, what was there before comes back. */
void session_take_back(struct reload *reload)
{
    struct restoration back = *reload->restoration;
    struct plan part = { .arena = reload->old_plan->arena };
    static const atomic_bool never = false; /* an interruption is what may have led here */
    duckalog_summary unread = { 0 };

    back.interrupted = &never;
    back.config = reload->restoration->previous;
    back.previous = NULL;
    back.is_nested = true; /* the catalogs that it builds on are there */
    back.summary = &unread;
    back.changes = NULL;
    back.plan = &part;
    part.steps = arena_array(reload->arena, reload->old_plan->count + 1, sizeof(*part.steps));
    if (part.steps == NULL)
        return;
    take_down(reload, reload->new_plan, reload->new_stays, reload->old_plan);
    for (size_t i = 0; i < reload->old_plan->count; i++) {
        const struct step *step = &reload->old_plan->steps[i];

        if (!reload->old_stays[i] && (is_temporary(step) || step->phase == PHASE_ATTACH))
            part.steps[part.count++] = *step;
    }
    restore_run_plan(&back);
}

/* ---- telling ---- */

/* What became of a step that the new plan has no more; NULL: there was nothing. */
static const char *end_of(const struct reload *reload, const struct step *step)
{
    if (step->phase == PHASE_LOAD)
        return "gone from the config, but loaded until the session ends";
    if (step->kind == STEP_ATTACH)
        return map_find(reload->attached, step->name) != NULL ? "detached" : NULL;
    if (step->kind == STEP_STAND_IN_SECRET)
        return "gone from the config; what is stored stays";
    return step->kind == STEP_TEMPORARY_SECRET ? "dropped" : NULL;
}

/* What is done without was told already, with its cause. */
static const char *attachment_done(const struct reload *reload, const struct map *attached, const struct step *step)
{
    if (attached != NULL && map_find(attached, step->name) == NULL)
        return NULL;
    return map_find(reload->attached, step->name) != NULL ? "attached anew" : "attached";
}

/*
 * One that is stored already was left as it is, which is told by secrets.c, and one that could not be stored is an error.
 * As long as a read-only session lives, it has the secret all the same.
 */
static const char *storing_done(const struct reload *reload, const struct map *stored, const struct step *step)
{
    if (reload->stored == NULL || map_find(reload->stored, step->name) != NULL)
        return NULL;
    if (reload->restoration->session->read_only)
        return has_named(reload->old_plan, step) ? "replaced" : "created";
    return stored != NULL && map_find(stored, step->name) != NULL ? "created" : NULL;
}

void session_tell(struct reload *reload)
{
    const struct map *attached = find_attached(reload);
    const struct map *stored = reload->stored == NULL ? NULL : find_stored(reload);

    for (size_t i = 0; i < reload->old_plan->count; i++) {
        const struct step *step = &reload->old_plan->steps[i];
        const char *end = reload->old_stays[i] || has_named(reload->new_plan, step) ? NULL : end_of(reload, step);

        if (end != NULL)
            reload_tell(reload, step, step->name, end);
    }
    for (size_t i = 0; i < reload->new_plan->count; i++) {
        const struct step *step = &reload->new_plan->steps[i];
        const char *done = NULL;

        if (reload->new_stays[i])
            continue;
        if (step->phase == PHASE_LOAD)
            done = "loaded";
        else if (step->kind == STEP_ATTACH)
            done = attachment_done(reload, attached, step);
        else if (step->kind == STEP_TEMPORARY_SECRET)
            done = has_named(reload->old_plan, step) ? "replaced" : "created";
        else if (step->kind == STEP_PERSISTENT_SECRET)
            done = storing_done(reload, stored, step);
        if (done != NULL)
            reload_tell(reload, step, step->name, done);
    }
}
