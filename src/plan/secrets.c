/*
 * Secrets: each entry of duckdb.secrets becomes a CREATE SECRET, its values parameters (sql-generation.md section 3 and
 * S-1 to S-10).
 *
 * A temporary secret is replaced in memory only: DROP SECRET could hit a stored secret of the user's. A persistent one
 * is written last, as its file would survive a rollback; until then a stand-in in memory serves the attachments and
 * views that need it.
 */

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/secret_types.h"
#include "plan/statement.h"

#include <string.h>

static bool has_option(const struct secret *secret, const char *name)
{
    for (size_t i = 0; secret->options != NULL && i < secret->options->count; i++)
        if (equal_ignoring_case(secret->options->items[i].name, name))
            return true;
    return false;
}

/* DuckDB takes host and port alone; http:// says that there is no TLS (S-8). */
static void add_endpoint(struct statement *statement, const struct secret *secret, const char *endpoint)
{
    const char *scheme_end = strstr(endpoint, "://");
    const char *host = scheme_end == NULL ? endpoint : scheme_end + 3;
    const char *copy = arena_copy(statement->arena, host, strcspn(host, "/"));

    if (copy == NULL) {
        statement->executed.failed = true;
        return;
    }
    statement_add(statement, ", ENDPOINT %L", copy);
    if (starts_with_ignoring_case(endpoint, "http://") && !has_option(secret, "use_ssl"))
        statement_add(statement, ", USE_SSL FALSE");
}

static void add_parameters(struct statement *statement, const struct secret *secret, const struct secret_form *form)
{
    for (const struct secret_parameter *p = form->parameters; p->key != NULL; p++) {
        const char *key = p->key;
        const char *value = secret_value(statement->arena, secret, key);

        if (value == NULL && p->other_key != NULL) {
            key = p->other_key;
            value = secret_value(statement->arena, secret, key);
        }
        if (value == NULL)
            continue;
        if (strcmp(p->parameter, "ENDPOINT") == 0)
            add_endpoint(statement, secret, value);
        else if (strcmp(p->parameter, "PORT") == 0)
            statement_add(statement, ", PORT %s", value);
        else {
            statement_add(statement, ", %s ", p->parameter);
            statement_add_text(statement, value, secret_key_is_secret(key) ? EXPOSURE_SECRET : EXPOSURE_PLAIN);
        }
    }
}

/* HTTP headers (a map), and a proxy's address with its password, are secrets too. */
static bool is_secret_option(const struct value *option)
{
    return name_looks_secret(option->name) || option->kind == VALUE_MAP ||
           (option->kind == VALUE_TEXT && redact_finds_credentials(option->text));
}

/* Sorted by name, upper case, as Duckalog (Python) writes them. */
static void add_options(struct statement *statement, const struct value *options)
{
    const struct value *option = value_next_by_name(options, "");

    for (; option != NULL; option = value_next_by_name(options, option->name)) {
        statement_add(statement, ", ");
        statement_add_upper(statement, option->name);
        statement_add(statement, " ");
        statement_add_value(statement, option, MAP_AS_MAP, is_secret_option(option) ? EXPOSURE_SECRET : EXPOSURE_BOUND);
    }
}

static void add_create(struct statement *statement, const struct secret *secret, const char *create)
{
    const struct secret_form *form = secret_form(secret);

    statement_add(statement, "%s %I (TYPE %s", create, secret->name, form->type_word);
    if (form->provider_word != NULL)
        statement_add(statement, ", PROVIDER %s", form->provider_word);
    add_parameters(statement, secret, form);
    add_options(statement, secret->options);
    if (secret->scope != NULL && *secret->scope != '\0')
        statement_add(statement, ", SCOPE %L", secret->scope);
    statement_add(statement, ")");
}

#define CREATE_TEMPORARY "CREATE OR REPLACE TEMPORARY SECRET"
#define CREATE_PERSISTENT "CREATE PERSISTENT SECRET IF NOT EXISTS"

static bool add_secret(struct plan *plan, const struct secret *secret, enum phase phase,
                       const struct plan_options *options)
{
    struct step step = { .phase = phase, .name = secret->name };
    struct statement statement;
    struct statement script;

    step.kind = !secret->persistent      ? STEP_TEMPORARY_SECRET
                : phase == PHASE_SECRETS ? STEP_STAND_IN_SECRET
                                         : STEP_PERSISTENT_SECRET;
    step.position = plan_place(secret->node, secret->node == NULL ? NULL : "name");
    statement_begin(&statement, plan->arena, options->show_secrets);
    add_create(&statement, secret, phase == PHASE_SECRETS ? CREATE_TEMPORARY : CREATE_PERSISTENT);
    if (!statement_end(&statement, &step))
        return false;
    if (phase == PHASE_PERSISTENT)
        step.shown = NULL;
    else if (secret->persistent && options->show_secrets) {
        /* A script has no transaction to wait for. Masked, it stays temporary: nobody wants *** stored. */
        struct step stored;

        statement_begin(&script, plan->arena, true);
        add_create(&script, secret, CREATE_PERSISTENT);
        if (!statement_end(&script, &stored))
            return false;
        step.shown = stored.shown;
    }
    return plan_add(plan, &step);
}

bool plan_add_secrets(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options,
                      enum phase phase)
{
    for (size_t i = 0; i < config->root.duckdb->secrets.count; i++) {
        const struct secret *secret = &config->root.duckdb->secrets.items[i];

        if ((phase == PHASE_SECRETS || secret->persistent) && !add_secret(plan, secret, phase, options))
            return false;
    }
    return true;
}
