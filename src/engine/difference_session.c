/*
 * What a session gets: the steps of the plan that are no views. Nothing of them is done but SET secret_directory, which
 * says where to look for secrets that are stored.
 */

#include "engine/difference_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/schema.h"
#include "engine/secret_folder.h"

#include <string.h>
#include <unistd.h>

static bool note_row(const char *const *columns, size_t count, void *user)
{
    (void)columns;
    (void)count;
    *(bool *)user = true;
    return false;
}

static bool has_row(struct session *session, struct text *sql)
{
    struct text ignored = text_on_heap();
    bool found = false;

    if (text_string(sql) != NULL)
        session_query(session->connection, text_string(sql), note_row, &found, &ignored);
    text_free(sql);
    text_free(&ignored);
    return found;
}

/* SET name = value, in this plain form; false for any other statement. */
static bool is_set_already(struct arena *arena, struct session *session, const char *statement)
{
    struct sql_token token = sql_next(statement);
    struct text sql = text_on_heap();
    const char *name;
    const char *value;

    if (!sql_token_is(&token, "set"))
        return false;
    token = sql_next(token.start + token.length);
    name = token.kind == SQL_WORD || token.kind == SQL_NAME ? sql_token_name(arena, &token) : NULL;
    token = sql_next(token.start + token.length);
    if (name == NULL || token.kind != SQL_SYMBOL || *token.start != '=')
        return false;
    token = sql_next(token.start + token.length);
    value = token.kind == SQL_STRING ? sql_token_string(arena, &token)
            : token.kind == SQL_WORD ? arena_copy(arena, token.start, token.length)
                                     : NULL;
    if (value == NULL || sql_next(token.start + token.length).kind != SQL_END)
        return false;
    sql_format(&sql, "SELECT 'same' WHERE lower(current_setting(%L)::VARCHAR) = lower(%L)", name, value);
    return has_row(session, &sql);
}

static bool has_extension(struct session *session, const char *name, const char *state)
{
    struct text sql = text_on_heap();

    sql_format(&sql,
               "SELECT extension_name FROM duckdb_extensions() WHERE %s AND "
               "(extension_name = lower(%L) OR list_contains(aliases, lower(%L)))",
               state, name, name);
    return has_row(session, &sql);
}

static bool is_stored(struct arena *arena, struct session *session, const char *name)
{
    const char *folder = secret_folder_of(arena, session->connection);
    const char *file = folder == NULL ? NULL : secret_folder_file(arena, folder, name);

    return file != NULL && access(file, F_OK) == 0;
}

static void set_secret_directory(struct session *session, const struct step *step)
{
    struct text ignored = text_on_heap();

    if (sql_mentions(step->sql, "secret_directory"))
        session_run(session->connection, step->sql, NULL, 0, &ignored);
    text_free(&ignored);
}

static const struct secret *find_secret(const struct duckalog_config *config, const char *name)
{
    for (size_t i = 0; i < config->root.duckdb->secrets.count; i++)
        if (strcmp(config->root.duckdb->secrets.items[i].name, name) == 0)
            return &config->root.duckdb->secrets.items[i];
    return NULL;
}

/* As a config writes it. */
static const char *type_of_secret(const struct secret *secret)
{
    const struct mapping *duckdb = schema_find_key(&schema_root, "duckdb")->of;
    const struct mapping *entry = schema_find_key(duckdb, "secrets")->of;

    return schema_find_key(entry, "type")->words[secret->type];
}

/* False for a step that is no thing by itself. */
static bool describe(struct comparing *comparing, const struct duckalog_config *config, struct session *session,
                     const struct step *step, struct session_change *ret_change)
{
    const struct secret *secret;

    *ret_change = (struct session_change){ .phase = step->phase, .name = arena_string(comparing->arena, step->name) };
    switch (step->phase) {
    case PHASE_PRAGMAS:
    case PHASE_SETTINGS:
        ret_change->shown = step->shown == NULL ? NULL : arena_string(comparing->arena, step->shown);
        ret_change->is_there = is_set_already(comparing->arena, session, step->sql);
        set_secret_directory(session, step);
        return true;
    case PHASE_INSTALL:
        ret_change->is_there = has_extension(session, step->name, "installed");
        return true;
    case PHASE_LOAD:
        ret_change->is_there = has_extension(session, step->name, "loaded");
        return true;
    case PHASE_SECRETS:
        secret = find_secret(config, step->name);
        if (secret == NULL)
            return false;
        ret_change->kind = type_of_secret(secret);
        ret_change->is_persistent = secret->persistent;
        ret_change->is_there = secret->persistent && is_stored(comparing->arena, session, step->name);
        return true;
    case PHASE_ATTACH:
        ret_change->kind = step->kind_name == NULL ? NULL : arena_string(comparing->arena, step->kind_name);
        return step->kind == STEP_ATTACH;
    default:
        return false;
    }
}

duckalog_status session_changes_find(struct comparing *comparing, const struct duckalog_config *config,
                                     struct session *session)
{
    struct difference *found = comparing->found;
    struct plan_options options = {
        .wanted_views = arena_array(comparing->arena, config->root.views.count, sizeof(bool)),
    };
    struct plan *plan = options.wanted_views == NULL ? NULL : plan_build(config, &options);

    for (size_t i = 0; plan != NULL && i < plan->count; i++) {
        struct session_change change;

        if (!describe(comparing, config, session, &plan->steps[i], &change))
            continue;
        found->session = arena_extend(comparing->arena, found->session, found->session_count, sizeof(*found->session));
        if (found->session == NULL)
            break;
        found->session[found->session_count++] = change;
    }
    plan_free(plan);
    return plan == NULL || arena_failed(comparing->arena) ? DUCKALOG_NOMEM : DUCKALOG_OK;
}
