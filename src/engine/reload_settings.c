/*
 * Settings and pragmas of a reload. The statements that set one name are looked at together: what the last of them says is
 * what counts, so when any differs, all run again, and where none is left, the setting is reset. Statements that set nothing
 * by name, as CALL, run when they are new; nothing takes them back.
 */

#include "engine/reload_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"

#include <string.h>

static struct sql_token after(const struct sql_token *token)
{
    return sql_next(token->start + token->length);
}

/* SET [SESSION] name =, SET VARIABLE name =, SET TIME ZONE, PRAGMA name =, RESET name: NULL for all else. */
static const char *setting_of(struct arena *arena, const char *sql)
{
    struct sql_token first = sql_next(sql);
    struct sql_token token = after(&first);
    struct sql_token next;
    const char *prefix = "";
    char *name;

    if (!sql_token_is(&first, "set") && !sql_token_is(&first, "pragma") && !sql_token_is(&first, "reset"))
        return NULL;
    if (sql_token_is(&token, "session") || sql_token_is(&token, "global") || sql_token_is(&token, "local"))
        token = after(&token);
    next = after(&token);
    if (sql_token_is(&token, "time") && sql_token_is(&next, "zone"))
        return "timezone";
    if (sql_token_is(&token, "variable") && (next.kind == SQL_WORD || next.kind == SQL_NAME)) {
        prefix = "variable ";
        token = next;
        next = after(&token);
    }
    if (token.kind != SQL_WORD && token.kind != SQL_NAME)
        return NULL;
    if (!sql_token_is(&first, "reset") && !sql_token_is(&next, "to") &&
        !(next.kind == SQL_SYMBOL && *next.start == '='))
        return NULL;
    name = arena_format(arena, "%s%s", prefix, sql_token_name(arena, &token));
    for (char *c = name; c != NULL && *c != '\0'; c++)
        *c = ascii_lower(*c);
    return name;
}

static bool is_statement(const struct step *step)
{
    return step->phase == PHASE_PRAGMAS || step->phase == PHASE_SETTINGS;
}

/* The next statement from `index` on that sets the name, or, without a name, any that sets none. */
static size_t next_of(struct reload *reload, const struct plan *plan, size_t index, const char *name)
{
    for (; index < plan->count; index++) {
        const char *found =
            is_statement(&plan->steps[index]) ? setting_of(reload->arena, plan->steps[index].sql) : NULL;

        if (is_statement(&plan->steps[index]) &&
            (name == NULL ? found == NULL : found != NULL && strcmp(found, name) == 0))
            return index;
    }
    return index;
}

/* Do both plans set the name by the same statements, in the same order? */
static bool is_set_alike(struct reload *reload, const char *name)
{
    size_t i = next_of(reload, reload->old_plan, 0, name);
    size_t j = next_of(reload, reload->new_plan, 0, name);

    while (i < reload->old_plan->count && j < reload->new_plan->count) {
        if (strcmp(reload->old_plan->steps[i].sql, reload->new_plan->steps[j].sql) != 0)
            return false;
        i = next_of(reload, reload->old_plan, i + 1, name);
        j = next_of(reload, reload->new_plan, j + 1, name);
    }
    return i >= reload->old_plan->count && j >= reload->new_plan->count;
}

static bool has_statement(const struct plan *plan, const char *sql)
{
    for (size_t i = 0; i < plan->count; i++)
        if (is_statement(&plan->steps[i]) && strcmp(plan->steps[i].sql, sql) == 0)
            return true;
    return false;
}

static void compare(struct reload *reload, const struct plan *plan, const struct plan *other, bool *stays)
{
    for (size_t i = 0; i < plan->count; i++) {
        const char *name;

        if (!is_statement(&plan->steps[i]))
            continue;
        name = setting_of(reload->arena, plan->steps[i].sql);
        stays[i] = name == NULL ? has_statement(other, plan->steps[i].sql) : is_set_alike(reload, name);
    }
}

bool settings_compare(struct reload *reload)
{
    compare(reload, reload->old_plan, reload->new_plan, reload->old_stays);
    compare(reload, reload->new_plan, reload->old_plan, reload->new_stays);
    return !arena_failed(reload->arena);
}

static const char *reset_of(struct arena *arena, const char *name)
{
    bool is_variable = starts_with(name, "variable ");
    struct text sql = text_in(arena);

    sql_format(&sql, "RESET %s%I", is_variable ? "VARIABLE " : "", is_variable ? name + strlen("variable ") : name);
    return text_string(&sql);
}

/* What the old plan's step set, when the new one sets it no more: NULL otherwise. */
static const char *lost_setting(struct reload *reload, size_t index)
{
    const struct step *step = &reload->old_plan->steps[index];
    const char *name = is_statement(step) && !reload->old_stays[index] ? setting_of(reload->arena, step->sql) : NULL;

    if (name == NULL || next_of(reload, reload->new_plan, 0, name) < reload->new_plan->count)
        return NULL;
    return name;
}

struct kept_value {
    struct arena *arena;
    const char *value;
};

static bool keep_value(const char *const *columns, size_t count, void *user)
{
    struct kept_value *kept = user;

    (void)count;
    kept->value = columns[0] == NULL ? NULL : arena_string(kept->arena, columns[0]);
    return false;
}

/* NULL: it has none, or is none that DuckDB shows, or there is no memory. */
static const char *value_of(struct reload *reload, const char *name)
{
    bool is_variable = starts_with(name, "variable ");
    struct kept_value kept = { .arena = reload->arena };
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();

    sql_format(&sql, "SELECT %s(%L)::VARCHAR", is_variable ? "getvariable" : "current_setting",
               is_variable ? name + strlen("variable ") : name);
    if (text_string(&sql) != NULL)
        session_query(reload->restoration->session->connection, text_string(&sql), keep_value, &kept, &ignored);
    text_free(&sql);
    text_free(&ignored);
    return kept.value;
}

static bool note_values(struct reload *reload)
{
    reload->old_values = arena_array(reload->arena, reload->old_plan->count + 1, sizeof(const char *));
    for (size_t i = 0; reload->old_values != NULL && i < reload->old_plan->count; i++) {
        const struct step *step = &reload->old_plan->steps[i];
        const char *name = is_statement(step) && !reload->old_stays[i] ? setting_of(reload->arena, step->sql) : NULL;

        reload->old_values[i] = name == NULL ? NULL : value_of(reload, name);
    }
    return reload->old_values != NULL;
}

/* What was neither reset nor set needs no taking back; to try may fail as it did before, as with secret_directory. */
static bool has_its_value(struct reload *reload, size_t index, const char *name)
{
    const char *value = reload->old_values == NULL || reload->old_values[index] == NULL ? NULL : value_of(reload, name);

    return value != NULL && strcmp(value, reload->old_values[index]) == 0;
}

duckalog_status settings_take_down(struct reload *reload)
{
    duckalog_status status = note_values(reload) ? DUCKALOG_OK : DUCKALOG_NOMEM;

    for (size_t i = 0; i < reload->old_plan->count && status == DUCKALOG_OK; i++) {
        const char *name = lost_setting(reload, i);

        if (name != NULL)
            status = reload_run(reload, &reload->old_plan->steps[i], reset_of(reload->arena, name));
    }
    return arena_failed(reload->arena) ? DUCKALOG_NOMEM : status;
}

/* Back to DuckDB's own values, then to those of the old config. */
void settings_take_back(struct reload *reload)
{
    for (size_t i = 0; i < reload->new_plan->count; i++) {
        const struct step *step = &reload->new_plan->steps[i];
        const char *name = is_statement(step) && !reload->new_stays[i] ? setting_of(reload->arena, step->sql) : NULL;
        struct text ignored = text_on_heap();

        /* It may be the very statement that failed. */
        if (name != NULL && next_of(reload, reload->old_plan, 0, name) >= reload->old_plan->count)
            session_run(reload->restoration->session->connection, reset_of(reload->arena, name), NULL, 0, &ignored);
        text_free(&ignored);
    }
    for (size_t i = 0; i < reload->old_plan->count; i++) {
        const struct step *step = &reload->old_plan->steps[i];
        const char *name = is_statement(step) && !reload->old_stays[i] ? setting_of(reload->arena, step->sql) : NULL;

        if (name != NULL && !has_its_value(reload, i, name))
            reload_run(reload, step, step->sql);
    }
}

void settings_tell(struct reload *reload)
{
    for (size_t i = 0; i < reload->old_plan->count; i++) {
        const struct step *step = &reload->old_plan->steps[i];
        const char *name = lost_setting(reload, i);

        if (name != NULL)
            reload_tell(reload, step, name, "reset");
        else if (is_statement(step) && !reload->old_stays[i] && setting_of(reload->arena, step->sql) == NULL)
            reload_tell(reload, step, step->shown, "gone from the config, but not taken back in this session");
    }
    for (size_t i = 0; i < reload->new_plan->count; i++)
        if (is_statement(&reload->new_plan->steps[i]) && !reload->new_stays[i])
            reload_tell(reload, &reload->new_plan->steps[i], reload->new_plan->steps[i].shown, "run");
}
