/*
 * What DuckDB's CREATE SECRET takes, as a table of forms.
 */

#include "config/secret_types.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct secret_form forms[] = {
    { SECRET_S3, PROVIDER_CONFIG, NULL, "S3", NULL, {
        { "key_id", "KEY_ID", NULL }, { "secret", "SECRET", NULL },
        { "region", "REGION", NULL }, { "endpoint", "ENDPOINT", NULL } } },
    { SECRET_S3, PROVIDER_CREDENTIAL_CHAIN, NULL, "S3", "credential_chain", {
        { "key_id", "KEY_ID", NULL }, { "secret", "SECRET", NULL },
        { "region", "REGION", NULL }, { "endpoint", "ENDPOINT", NULL } } },
    { SECRET_GCS, PROVIDER_CONFIG, NULL, "GCS", NULL, {
        { "key_id", "KEY_ID", NULL }, { "secret", "SECRET", NULL },
        { "region", "REGION", NULL }, { "endpoint", "ENDPOINT", NULL } } },
    { SECRET_GCS, PROVIDER_CREDENTIAL_CHAIN, NULL, "GCS", "credential_chain", {
        { "key_id", "KEY_ID", NULL }, { "secret", "SECRET", NULL },
        { "region", "REGION", NULL }, { "endpoint", "ENDPOINT", NULL } } },
    { SECRET_AZURE, PROVIDER_CONFIG, "connection_string", "AZURE", NULL, {
        { "connection_string", "CONNECTION_STRING", NULL } } },
    { SECRET_AZURE, PROVIDER_CONFIG, "client_id", "AZURE", "service_principal", {
        { "tenant_id", "TENANT_ID", NULL }, { "client_id", "CLIENT_ID", NULL },
        { "client_secret", "CLIENT_SECRET", "secret" }, { "account_name", "ACCOUNT_NAME", NULL } } },
    { SECRET_AZURE, PROVIDER_CREDENTIAL_CHAIN, NULL, "AZURE", "credential_chain", {
        { "account_name", "ACCOUNT_NAME", NULL } } },
    { SECRET_HTTP, PROVIDER_CONFIG, NULL, "HTTP", NULL, {
        { "bearer_token", "BEARER_TOKEN", NULL } } },
    { SECRET_POSTGRES, PROVIDER_CONFIG, NULL, "POSTGRES", NULL, {
        { "host", "HOST", NULL }, { "port", "PORT", NULL }, { "database", "DATABASE", NULL },
        { "user", "USER", "key_id" }, { "password", "PASSWORD", "secret" } } },
    { SECRET_MYSQL, PROVIDER_CONFIG, NULL, "MYSQL", NULL, {
        { "host", "HOST", NULL }, { "port", "PORT", NULL }, { "database", "DATABASE", NULL },
        { "user", "USER", "key_id" }, { "password", "PASSWORD", "secret" } } },
};
/* clang-format on */

const struct secret_form *secret_form(const struct secret *secret)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if ((int)forms[i].type == secret->type && (int)forms[i].provider == secret->provider &&
            (forms[i].when_key == NULL || !node_is_empty(node_get(secret->node, forms[i].when_key))))
            return &forms[i];
    return NULL;
}

static const struct mapping *secret_mapping(void)
{
    const struct mapping *duckdb = schema_find_key(&schema_root, "duckdb")->of;

    return schema_find_key(duckdb, "secrets")->of;
}

const char *secret_value(struct arena *arena, const struct secret *secret, const char *key)
{
    const struct key *row = schema_find_key(secret_mapping(), key);
    const char *field = (const char *)secret + row->offset;
    const char *text;

    if (row->type == TYPE_INT) {
        int64_t number = *(const int64_t *)field;

        return number == 0 ? NULL : arena_format(arena, "%lld", (long long)number);
    }
    text = *(const char *const *)field;
    return text == NULL || *text == '\0' ? NULL : text;
}

bool secret_key_is_known(const char *key)
{
    return schema_find_key(secret_mapping(), key) != NULL;
}

bool secret_key_is_secret(const char *key)
{
    return (schema_find_key(secret_mapping(), key)->flags & KEY_SECRET) != 0;
}

#define NO_MEMORY "not enough memory"

/* ---- connection strings ---- */

static const char *set_part(struct secret *secret, const char *name, const char *value)
{
    struct {
        const char *name;
        const char **field;
    } parts[] = {
        { "host", &secret->host },         { "hostaddr", &secret->host },   { "dbname", &secret->database },
        { "database", &secret->database }, { "db", &secret->database },     { "user", &secret->user },
        { "password", &secret->password }, { "passwd", &secret->password },
    };

    if (name == NULL || value == NULL)
        return NO_MEMORY;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (equal_ignoring_case(name, parts[i].name)) {
            if (*parts[i].field == NULL || **parts[i].field == '\0')
                *parts[i].field = value;
            return NULL;
        }
    if (equal_ignoring_case(name, "port")) {
        char *end = NULL;
        long port = strtol(value, &end, 10);

        if (*value == '\0' || *end != '\0' || port < 1 || port > 65535)
            return "the port in the connection string is not a number between 1 and 65535";
        if (secret->port == 0)
            secret->port = port;
        return NULL;
    }
    return "the connection string may hold host, port, dbname, user and password; "
           "DuckDB's secret takes nothing else";
}

/* key=value pairs with blanks between them; a value may stand in single quotes, \ escapes a character. */
static const char *split_pairs(struct arena *arena, struct secret *secret, const char *s)
{
    for (;;) {
        struct text name = text_in(arena);
        struct text value = text_in(arena);
        const char *problem;
        bool quoted;

        s += strspn(s, " \t\r\n;");
        if (*s == '\0')
            return NULL;
        while (*s != '\0' && *s != '=' && !isspace((unsigned char)*s))
            text_add_char(&name, *s++);
        s += strspn(s, " \t");
        if (*s++ != '=')
            return "the connection string is neither a list of key=value pairs nor a URI";
        s += strspn(s, " \t");
        quoted = *s == '\'';
        s += quoted;
        while (*s != '\0' && (quoted ? *s != '\'' : !isspace((unsigned char)*s) && *s != ';')) {
            s += s[0] == '\\' && s[1] != '\0';
            text_add_char(&value, *s++);
        }
        if (quoted && *s++ != '\'')
            return "a quote in the connection string does not end";
        if (text_failed(&name) || text_failed(&value))
            return NO_MEMORY;
        problem = set_part(secret, text_string(&name), text_string(&value));
        if (problem != NULL)
            return problem;
    }
}

struct uri {
    struct arena *arena;
    const char *next;
    const char *end;
    bool malformed; /* an escape that is none, or of a NUL */
};

/* The part up to one of `stops`, with %xx decoded. */
static const char *uri_part(struct uri *uri, const char *stops)
{
    struct text part = text_in(uri->arena);

    for (; uri->next < uri->end && strchr(stops, *uri->next) == NULL; uri->next++) {
        char c = *uri->next;

        if (c == '%') {
            char digits[3] = { 0 };

            if (uri->end - uri->next > 2)
                memcpy(digits, uri->next + 1, 2);
            c = isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1])
                    ? (char)strtol(digits, NULL, 16)
                    : '\0';
            uri->malformed = uri->malformed || c == '\0';
            uri->next += digits[1] != '\0' ? 2 : 0;
        }
        text_add_char(&part, c);
    }
    return text_string(&part);
}

static bool uri_accept(struct uri *uri, char c)
{
    if (uri->next == uri->end || *uri->next != c)
        return false;
    uri->next++;
    return true;
}

static void set_unless_empty(struct secret *secret, const char *name, const char *value)
{
    if (value != NULL && *value != '\0')
        set_part(secret, name, value);
}

/* user:password@, both of which may be empty */
static void split_user(struct uri *uri, struct secret *secret)
{
    const char *user = uri_part(uri, ":");
    const char *password = uri_accept(uri, ':') ? uri_part(uri, "") : NULL;

    set_part(secret, "user", user);
    if (password != NULL)
        set_part(secret, "password", password);
}

/* host:port, or [address]:port */
static const char *split_host(struct uri *uri, struct secret *secret)
{
    if (uri_accept(uri, '[')) {
        set_unless_empty(secret, "host", uri_part(uri, "]"));
        uri->malformed = uri->malformed || !uri_accept(uri, ']');
    } else
        set_unless_empty(secret, "host", uri_part(uri, ":"));
    if (uri_accept(uri, ':'))
        return set_part(secret, "port", uri_part(uri, ""));
    uri->malformed = uri->malformed || uri->next != uri->end;
    return NULL;
}

/* scheme://user:password@host:port/database?key=value&… */
static const char *split_uri(struct arena *arena, struct secret *secret, const char *s)
{
    const char *authority_end = s + strcspn(s, "/?");
    const char *at = NULL;
    const char *problem;
    struct uri uri = { arena, s, s, false };

    for (const char *c = s; c < authority_end; c++)
        if (*c == '@')
            at = c;
    if (at != NULL) {
        uri.end = at;
        split_user(&uri, secret);
        uri.next = at + 1;
    }
    uri.end = authority_end;
    problem = split_host(&uri, secret);
    uri.next = authority_end;
    uri.end = s + strlen(s);
    if (uri_accept(&uri, '/'))
        set_unless_empty(secret, "database", uri_part(&uri, "?"));
    while (problem == NULL && uri.next < uri.end) {
        const char *name;

        uri.next++;
        name = uri_part(&uri, "=&");
        uri_accept(&uri, '=');
        problem = set_part(secret, name, uri_part(&uri, "&"));
    }
    if (arena_failed(arena))
        return NO_MEMORY;
    return uri.malformed ? "the connection string is no well-formed URI" : problem;
}

const char *secret_split_connection_string(struct arena *arena, struct secret *secret)
{
    const char *string = secret->connection_string;
    const char *scheme = strstr(string, "://");

    if (scheme != NULL && strcspn(string, " =") > (size_t)(scheme - string))
        return split_uri(arena, secret, scheme + 3);
    return split_pairs(arena, secret, string);
}
