/*
 * Checks of duckdb.secrets: that DuckDB has a secret of that form, and that nothing is said twice (sql-generation.md S-5
 * to S-9).
 */

#include "config/check_parts.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/schema.h"
#include "config/secret_types.h"

#include <string.h>

static const char *advice_for(const struct secret *secret)
{
    if (secret->type == SECRET_GCS)
        return "DuckDB reads Google Cloud Storage with HMAC keys: give `key_id` and `secret`";
    if (secret->type == SECRET_AZURE)
        return "give a `connection_string`, or `tenant_id`, `client_id` and `client_secret`; "
               "or use `provider: credential_chain`";
    return "use `provider: config`, the default";
}

/* Does a key of the secret say what the option of that name would say again? */
static bool is_said_already(struct arena *arena, const struct secret *secret, const struct secret_form *form,
                            const char *option)
{
    if (equal_ignoring_case(option, "type") || equal_ignoring_case(option, "provider") ||
        (equal_ignoring_case(option, "scope") && secret->scope != NULL))
        return true;
    for (const struct secret_parameter *p = form->parameters; p->key != NULL; p++)
        if (equal_ignoring_case(option, p->parameter) && secret_value(arena, secret, p->key) != NULL)
            return true;
    return false;
}

/*
 * Keys that the form does not use: an error where they would be needed, a warning where Duckalog (Python) dropped
 * them.
 */
static void check_secret_keys(struct check *check, const struct subject *subject, const struct secret *secret,
                              const struct secret_form *form)
{
    static const char *const common[] = { "type", "name", "provider", "persistent", "scope", "options" };
    bool split = secret->type == SECRET_POSTGRES || secret->type == SECRET_MYSQL;

    for (size_t i = 0; i < secret->node->count; i++) {
        const char *key = secret->node->entries[i].key;
        bool used = (split && strcmp(key, "connection_string") == 0) || node_is_empty(secret->node->entries[i].value) ||
                    !secret_key_is_known(key);

        for (size_t c = 0; c < sizeof(common) / sizeof(common[0]); c++)
            used = used || strcmp(key, common[c]) == 0;
        for (const struct secret_parameter *p = form->parameters; p->key != NULL; p++)
            used = used || strcmp(key, p->key) == 0 || (p->other_key != NULL && strcmp(key, p->other_key) == 0);
        if (used)
            continue;
        if (secret->provider == PROVIDER_CREDENTIAL_CHAIN)
            check_complain(check, DUCKALOG_ERROR, "secret-key", subject, key, "remove the key",
                           "a secret of this type with `provider: credential_chain` does not take this key");
        else
            check_complain(check, DUCKALOG_WARNING, "secret-key", subject, key, "remove the key",
                           "not used for a secret of this type");
    }
    for (size_t i = 0; secret->options != NULL && i < secret->options->count; i++)
        if (is_said_already(check->arena, secret, form, secret->options->items[i].name))
            check_complain(check, DUCKALOG_ERROR, "duplicate-name", subject, "options", "keep one of the two",
                           "the option \"%s\" is a key of this secret too", secret->options->items[i].name);
}

/* http://host:port turns TLS off, any scheme is cut, a path can't be sent (S-8). */
static void check_endpoint(struct check *check, const struct subject *subject, const struct secret *secret)
{
    const char *host = secret->endpoint;

    if (host == NULL || (secret->type != SECRET_S3 && secret->type != SECRET_GCS))
        return;
    if (strstr(host, "://") != NULL)
        host = strstr(host, "://") + 3;
    if (strpbrk(host, "/?#") != NULL && strcmp(host + strcspn(host, "/?#"), "/") != 0)
        check_complain(check, DUCKALOG_ERROR, "endpoint", subject, "endpoint", "write HOST or HOST:PORT",
                       "an endpoint has no path");
}

static bool is_given(const char *value)
{
    return value != NULL && *value != '\0';
}

static void check_secret(struct check *check, const struct subject *subject, struct secret *secret)
{
    const struct secret_form *form;
    const char *problem = NULL;

    form = secret_form(secret);
    if (form == NULL) {
        check_complain(check, DUCKALOG_ERROR, "secret-form", subject, "provider", advice_for(secret),
                       "DuckDB has no secret of this type that is made from these keys");
        return;
    }
    if (secret->type == SECRET_GCS && secret->provider == PROVIDER_CONFIG &&
        (secret->key_id == NULL || secret->secret == NULL)) {
        /* With neither, keys are missing, which reading told. */
        if (is_given(secret->service_account_key) || is_given(secret->json_key))
            check_complain(check, DUCKALOG_ERROR, "secret-form", subject,
                           is_given(secret->service_account_key) ? "service_account_key" : "json_key",
                           advice_for(secret), "DuckDB has no secret of this type that is made from a key file");
        return;
    }
    if ((secret->type == SECRET_POSTGRES || secret->type == SECRET_MYSQL) && secret->connection_string != NULL) {
        problem = secret_split_connection_string(check->arena, secret);
        if (secret->password != NULL && !redactor_learn(check->config->redactor, secret->password))
            check->good = false;
    }
    if (problem != NULL)
        check_complain(check, DUCKALOG_ERROR, "connection-string", subject, "connection_string", NULL, "%s", problem);
    check_endpoint(check, subject, secret);
    check_options(check, subject, secret->options, OPTIONS_WITH_MAPS);
    check_secret_keys(check, subject, secret, form);
}

void check_secrets(struct check *check)
{
    const char *const *type_names = check_words("duckdb", "secrets", "type");
    struct map *names = map_create(check->arena, MAP_EXACT);
    struct duckdb_section *duckdb = check->config->root.duckdb;

    for (size_t i = 0; names != NULL && i < duckdb->secrets.count; i++) {
        struct secret *secret = &duckdb->secrets.items[i];
        struct subject subject = { secret->node, "duckdb.secrets", false };
        bool named = secret->name != NULL;
        char *folded;

        if (secret->type == NO_WORD || secret->provider == NO_WORD)
            continue;
        /* DuckDB folds the names of secrets to lower case, quoted or not. */
        folded = arena_string(check->arena, named ? secret->name : type_names[secret->type]);
        for (char *c = folded; c != NULL && *c != '\0'; c++)
            *c = ascii_lower(*c);
        if (folded == NULL)
            return;
        secret->name = folded;
        /* The name is the file's name too. */
        if (secret->persistent && strchr(folded, '/') != NULL)
            check_complain(check, DUCKALOG_ERROR, "secret-name", &subject, "name", "use letters, digits, - and _",
                           "the name of a persistent secret can't hold a \"/\"");
        check_claim(check, names, folded, folded, &subject, named ? "name" : "type",
                    named ? "secret" : "secret, here or by its type,");
        check_secret(check, &subject, secret);
    }
}
