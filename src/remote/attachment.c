#include "remote/attachment.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/sql.h"
#include "base/text.h"
#include "remote/credentials.h"
#include "remote/retry.h"
#include "remote/stores_parts.h"
#include "remote/transfer.h"

#include <string.h>

enum { SIGN_IN_MS = 60000 };

#define SECRET_NAME "duckalog_catalog"

/* The store's secret has its own name, and is for all of the store; in the session there are others. */
static const char *secret_for(struct arena *arena, const char *secret, const char *address)
{
    struct text sql = text_in(arena);
    const char *parameters = strchr(secret, '(');

    if (parameters == NULL)
        return NULL;
    sql_format(&sql, "CREATE OR REPLACE TEMPORARY SECRET " SECRET_NAME " (SCOPE %L, ", address);
    text_add(&sql, parameters + 1);
    return text_string(&sql);
}

/* What it takes to sign in somewhere is needed until that is done. */
static bool find_entry(const struct remote_settings *settings, struct arena *arena, const struct uri *uri,
                       struct store_entry *ret_entry)
{
    struct remote_context context = { .options = settings->options,
                                      .interrupted = settings->interrupted,
                                      .stores = stores_create(settings),
                                      .connections = connections_create(),
                                      .deadline = clock_ms() + SIGN_IN_MS };
    bool good;

    credentials_set_home(&context, uri);
    good = context.stores != NULL && context.connections != NULL &&
           store_entry_find(arena, &context, uri, retry_patience_ms(&context), ret_entry);
    stores_destroy(context.stores);
    connections_destroy(context.connections);
    return good;
}

static bool find_store(const struct remote_settings *settings, struct arena *arena, const struct uri *uri,
                       struct remote_attachment *attachment)
{
    struct store_entry entry;

    if (!find_entry(settings, arena, uri, &entry) || entry.problem != NULL)
        return false;
    memcpy(attachment->extensions, entry.extensions, sizeof(entry.extensions));
    attachment->address = store_address(arena, uri);
    if (entry.secret != NULL && attachment->address != NULL) {
        attachment->secret = secret_for(arena, entry.secret, attachment->address);
        attachment->value_count = entry.value_count;
        memcpy(attachment->values, entry.values, sizeof(entry.values));
    }
    return attachment->address != NULL && (entry.secret == NULL || attachment->secret != NULL);
}

/* DuckDB cuts the name at its first dot. */
static const char *name_of(struct arena *arena, const char *path)
{
    const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;

    name += strspn(name, ".");
    return arena_copy(arena, name, strcspn(name, "."));
}

bool remote_attachment_find(const struct remote_settings *settings, struct arena *arena, const char *uri,
                            struct remote_attachment *ret_attachment)
{
    struct uri parsed;
    const char *unused;

    *ret_attachment = (struct remote_attachment){ .extensions = { NULL } };
    if (!uri_parse(arena, uri, &parsed, &unused, &unused))
        return false;
    ret_attachment->name = name_of(arena, parsed.path);
    if (ret_attachment->name == NULL || *ret_attachment->name == '\0')
        return false;
    switch (parsed.scheme) {
    case URI_HTTP:
    case URI_HTTPS:
        ret_attachment->extensions[0] = "httpfs";
        ret_attachment->address = parsed.text;
        ret_attachment->is_https = parsed.scheme == URI_HTTPS;
        return true;
    case URI_S3:
    case URI_GCS:
    case URI_R2:
        return find_store(settings, arena, &parsed, ret_attachment);
    default:
        return false;
    }
}
