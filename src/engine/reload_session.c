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

static bool note_attached(const char *const *columns, size_t count, void *user)
{
    struct reload *reload = ((void **)user)[0];
    struct map *attached = ((void **)user)[1];
    char *name = count == 1 && columns[0] != NULL ? arena_string(reload->arena, columns[0]) : NULL;

    return name != NULL && map_add(attached, name, name);
}

/* The names of all databases; NULL: they can't be had. One that was detached by hand, or never came, is attached now. */
static struct map *find_attached(struct reload *reload)
{
    struct map *attached = map_create(reload->arena, MAP_IGNORING_CASE);
    struct text ignored = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    if (attached != NULL)
        status = session_query(reload->restoration->session->connection,
                               "SELECT database_name FROM duckdb_databases() WHERE NOT internal", note_attached,
                               (void *[]){ reload, attached }, &ignored);
    text_free(&ignored);
    return status == DUCKALOG_OK ? attached : NULL;
}

static void compare(const struct reload *reload, const struct map *attached, bool of_old_plan)
{
    const struct plan *plan = of_old_plan ? reload->old_plan : reload->new_plan;
    const struct plan *other = of_old_plan ? reload->new_plan : reload->old_plan;
    bool *stays = of_old_plan ? reload->old_stays : reload->new_stays;

    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];

        if (step->phase == PHASE_PRAGMAS || step->phase == PHASE_SETTINGS)
            continue;
        stays[i] = find_same(plan, i, other) < other->count;
        if (step->kind != STEP_ATTACH)
            continue;
        stays[i] = stays[i] && !is_of_changed_catalog(reload, step) && map_find(attached, step->name) != NULL;
        if (secret_before(plan, i) != NULL)
            stays[i - 1] = stays[i];
    }
}

bool session_compare(struct reload *reload)
{
    const struct map *attached = find_attached(reload);

    if (attached == NULL)
        return false;
    compare(reload, attached, true);
    compare(reload, attached, false);
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

static bool is_told(const struct step *step)
{
    return step->phase == PHASE_LOAD || is_temporary(step) || step->kind == STEP_ATTACH;
}

void session_tell(struct reload *reload)
{
    for (size_t i = 0; i < reload->old_plan->count; i++) {
        const struct step *step = &reload->old_plan->steps[i];

        if (!is_told(step) || reload->old_stays[i] || has_named(reload->new_plan, step))
            continue;
        reload_tell(reload, step, step->name,
                    step->phase == PHASE_LOAD            ? "gone from the config, but loaded until the session ends"
                    : step->kind == STEP_ATTACH          ? "detached"
                    : step->kind == STEP_STAND_IN_SECRET ? "gone from the config; what is stored stays"
                                                         : "dropped");
    }
    for (size_t i = 0; i < reload->new_plan->count; i++) {
        const struct step *step = &reload->new_plan->steps[i];
        bool is_new = !has_named(reload->old_plan, step);

        if (!is_told(step) || reload->new_stays[i])
            continue;
        reload_tell(reload, step, step->name,
                    step->phase == PHASE_LOAD   ? "loaded"
                    : step->kind == STEP_ATTACH ? (is_new ? "attached" : "attached anew")
                    : is_new                    ? "created"
                                                : "replaced");
    }
}
