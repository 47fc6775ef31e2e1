/*
 * What DuckDB says of a store, for people: by the status of HTTP or the words of its transport, without its advice, which is
 * about DuckDB's own settings.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const verbs[] = { [STORE_READ] = "read", [STORE_WRITE] = "written", [STORE_LIST] = "listed" };

const char *store_message(struct arena *arena, enum store_action action, const char *reason)
{
    return reason == NULL ? NULL : arena_format(arena, "can't be %s: %s", verbs[action], reason);
}

/* Of a transport: libcurl's words in httpfs, the Azure SDK's in azure. */
static const struct {
    const char *words;
    const char *reason;
    const char *hint;
} symptoms[] = {
    { "Could not resolve host", "there is no server of this name, or no network", NULL },
    { "Couldn't resolve host", "there is no server of this name, or no network", NULL },
    { "Could not connect to server", "the server does not take connections", NULL },
    { "Couldn't connect to server", "the server does not take connections", NULL },
    { "Failed to connect to", "the server does not take connections", NULL },
    { "Fail to get a new connection", "the server does not take connections", NULL },
    { "Timeout was reached", "no answer in time", "--fs-timeout gives it more time" },
    { "SSL", "its certificate is not to be trusted, or it speaks no TLS", NULL },
    { "Failed sending data to the peer", "the connection broke off", NULL },
    { "Failure when receiving data", "the connection broke off", NULL },
    { "Server returned nothing", "the connection broke off", NULL },
    { "Failed to read connection", "the connection broke off", NULL },
    { "Transferred a partial file", "the connection broke off", NULL },
};

/* The words of the Azure SDK, which does not tell the status everywhere. */
static const struct {
    const char *words;
    long status;
} azure_words[] = {
    { "The specified blob does not exist", 404 },
    { "The specified container does not exist", 404 },
    { "The specified path does not exist", 404 },
    { "The specified filesystem does not exist", 404 },
    { "Server failed to authenticate the request", 403 },
    { "This request is not authorized", 403 },
    { "Public access is not permitted", 409 },
    { "No valid Azure credentials found", 403 },
    { "Cannot identify the storage account", 403 },
};

/* `(HTTP 404 Not Found)` in httpfs, `'404 The specified blob …'` from the Azure SDK. 0: none. */
static long status_in(const char *message)
{
    static const char *const before[] = { "(HTTP ", "HTTP code ", "HTTP Error: ", "message: '" };

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
        for (const char *found = strstr(message, before[i]); found != NULL; found = strstr(found + 1, before[i])) {
            const char *digits = found + strlen(before[i]);
            char *end;
            long status = isdigit((unsigned char)*digits) ? strtol(digits, &end, 10) : 0;

            if (status >= 100 && status <= 599 && end == digits + 3)
                return status;
        }
    for (size_t i = 0; i < sizeof(azure_words) / sizeof(azure_words[0]); i++)
        if (strstr(message, azure_words[i].words) != NULL)
            return azure_words[i].status;
    return 0;
}

static void explain_status(struct arena *arena, enum store_action action, const struct store_entry *entry, long status,
                           const char *message, struct remote_answer *answer)
{
    const char *format = "the server answers %ld";

    answer->outcome = REMOTE_REFUSED;
    answer->is_missing = status == 404;
    if (status == 404)
        format = strstr(message, "NoSuchBucket") != NULL || action != STORE_READ ? "there is no such bucket (%ld)"
                                                                                 : "not found (%ld)";
    else if (status == 401 || status == 403 || status == 409) {
        format = "access denied (%ld)";
        answer->hint = entry->denied_hint;
    } else if (status == 301 || status == 307 || status == 400) {
        format = "the server refuses the request (%ld)";
        answer->hint = entry->scheme == URI_S3 ? "AWS_REGION has to name the region of the bucket" : NULL;
    } else if (status == 408 || status == 429 || status >= 500) {
        format = status == 429 ? "the server is asked too often (%ld)" : "the server has a problem (%ld)";
        answer->outcome = REMOTE_FAILED;
    }
    /* One of the formats above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    answer->message = store_message(arena, action, arena_format(arena, format, status));
#pragma GCC diagnostic pop
}

/* The first line, without the values that let in, and what a text gives away by its form. */
static const char *masked(struct arena *arena, const struct store_entry *entry, const char *message)
{
    struct redactor *redactor = redactor_create();
    struct text known = text_in(arena);
    struct text all = text_in(arena);
    const char *line = arena_copy(arena, message, strcspn(message, "\n"));
    bool good = redactor != NULL && line != NULL;

    for (size_t i = 0; i < entry->value_count && good; i++)
        good = redactor_learn(redactor, entry->values[i]) && redactor_learn_from(redactor, entry->values[i]);
    if (good) {
        redact_add(redactor, &known, line);
        good = text_string(&known) != NULL;
    }
    if (good)
        redact_add_without_credentials(&all, text_string(&known));
    redactor_destroy(redactor);
    return good ? text_string(&all) : NULL;
}

void store_explain(struct arena *arena, enum store_action action, const struct store_entry *entry,
                   const char *duckdb_message, struct remote_answer *ret_answer)
{
    long status = status_in(duckdb_message);

    *ret_answer = (struct remote_answer){ .outcome = REMOTE_FAILED };
    if (status != 0) {
        explain_status(arena, action, entry, status, duckdb_message, ret_answer);
        return;
    }
    for (size_t i = 0; i < sizeof(symptoms) / sizeof(symptoms[0]); i++)
        if (strstr(duckdb_message, symptoms[i].words) != NULL) {
            ret_answer->message = store_message(arena, action, symptoms[i].reason);
            ret_answer->hint = symptoms[i].hint;
            return;
        }
    if (strstr(duckdb_message, "IO Error") == NULL && strstr(duckdb_message, "HTTP Error") == NULL)
        ret_answer->outcome = REMOTE_REFUSED;
    ret_answer->message = store_message(arena, action, masked(arena, entry, duckdb_message));
}
