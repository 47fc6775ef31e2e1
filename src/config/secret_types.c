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

bool secret_key_is_secret(const char *key)
{
    return (schema_find_key(secret_mapping(), key)->flags & KEY_SECRET) != 0;
}

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
           "put anything else into `options`";
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
            return "not enough memory";
        problem = set_part(secret, text_string(&name), text_string(&value));
        if (problem != NULL)
            return problem;
    }
}

/* The part of a URI up to one of `stops`, with %xx decoded. */
static const char *uri_part(struct arena *arena, const char **s, const char *end, const char *stops)
{
    struct text part = text_in(arena);

    for (; *s < end && strchr(stops, **s) == NULL; (*s)++) {
        char c = **s;

        if (c == '%' && end - *s > 2 && isxdigit((unsigned char)(*s)[1]) && isxdigit((unsigned char)(*s)[2])) {
            c = (char)strtol((char[]){ (*s)[1], (*s)[2], '\0' }, NULL, 16);
            *s += 2;
        }
        text_add_char(&part, c);
    }
    return text_string(&part);
}

/* scheme://user:password@host:port/database?key=value&… */
static const char *split_uri(struct arena *arena, struct secret *secret, const char *s)
{
    const char *end = s + strlen(s);
    const char *authority_end = s + strcspn(s, "/?");
    const char *at = NULL;
    const char *problem = NULL;
    const char *host;

    for (const char *c = s; c < authority_end; c++)
        if (*c == '@')
            at = c;
    if (at != NULL) {
        set_part(secret, "user", uri_part(arena, &s, at, ":"));
        if (s < at) {
            s++;
            set_part(secret, "password", uri_part(arena, &s, at, ""));
        }
        s = at + 1;
    }
    if (*s == '[') {
        s++;
        host = uri_part(arena, &s, authority_end, "]");
        s += *s == ']';
    } else
        host = uri_part(arena, &s, authority_end, ":");
    if (host != NULL && *host != '\0')
        set_part(secret, "host", host);
    if (*s == ':') {
        s++;
        problem = set_part(secret, "port", uri_part(arena, &s, authority_end, ""));
    }
    s = authority_end;
    if (*s == '/') {
        s++;
        host = uri_part(arena, &s, end, "?");
        if (host != NULL && *host != '\0')
            set_part(secret, "database", host);
    }
    while (problem == NULL && s < end) {
        const char *name;

        s++;
        name = uri_part(arena, &s, end, "=&");
        s += *s == '=';
        problem = set_part(secret, name, uri_part(arena, &s, end, "&"));
    }
    return arena_failed(arena) ? "not enough memory" : problem;
}

const char *secret_split_connection_string(struct arena *arena, struct secret *secret)
{
    const char *string = secret->connection_string;
    const char *scheme = strstr(string, "://");

    if (scheme != NULL && strcspn(string, " =") > (size_t)(scheme - string))
        return split_uri(arena, secret, scheme + 3);
    return split_pairs(arena, secret, string);
}
