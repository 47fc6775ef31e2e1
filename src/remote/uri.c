#include "remote/uri.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/paths.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    enum uri_scheme scheme;
    int port; /* the usual one; 0: there is none */
} schemes[] = {
    { "http", URI_HTTP, 80 },    { "https", URI_HTTPS, 443 },   { "s3", URI_S3, 0 },      { "s3a", URI_S3, 0 },
    { "s3n", URI_S3, 0 },        { "gs", URI_GCS, 0 },          { "gcs", URI_GCS, 0 },    { "r2", URI_R2, 0 },
    { "az", URI_AZURE, 0 },      { "azure", URI_AZURE, 0 },     { "abfs", URI_AZURE, 0 }, { "abfss", URI_AZURE, 0 },
    { "adl", URI_AZURE, 0 },     { "hf", URI_HUGGING_FACE, 0 }, { "sftp", URI_SFTP, 22 }, { "ssh", URI_SFTP, 22 },
    { "github", URI_GITHUB, 0 },
};

#define KNOWN_SCHEMES "https, http, s3, gs, r2, az, abfss, hf, sftp, github and file"

#define UNFIT_NAME "has a character in its first name that no bucket, container or owner has"

static char *lower(struct arena *arena, const char *chars, size_t length)
{
    char *copy = arena_copy(arena, chars, length);

    for (size_t i = 0; copy != NULL && i < length; i++)
        copy[i] = ascii_lower(copy[i]);
    return copy;
}

/*
 * Of a server, bucket, container or owner: letters, digits and what stands between them. What means more to whoever reads
 * the address after us (`?`, `@`, `%`) would lead elsewhere.
 */
static bool is_name(const char *chars, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)chars[i]) && (unsigned char)chars[i] < 0x80 && strchr("-._~$", chars[i]) == NULL)
            return false;
    return length > 0;
}

/* `[::1]`, with or without a zone. */
static bool is_address_in_brackets(const char *chars, size_t length)
{
    if (length < 3 || chars[0] != '[' || chars[length - 1] != ']')
        return false;
    for (size_t i = 1; i < length - 1; i++)
        if (!isalnum((unsigned char)chars[i]) && strchr(":.%-_", chars[i]) == NULL)
            return false;
    return true;
}

/* The part between the slashes: `user@host:port`, where the host may be in brackets. False: this is none. */
static bool read_authority(struct arena *arena, const char *chars, size_t length, int usual_port, struct uri *uri,
                           const char **ret_problem)
{
    const char *at = memchr(chars, '@', length);
    const char *end = chars + length;
    const char *colon;

    if (at != NULL) {
        if (memchr(chars, ':', (size_t)(at - chars)) != NULL) {
            *ret_problem = "has a password in it";
            return false;
        }
        if (usual_port == 0 && !is_name(chars, (size_t)(at - chars))) {
            *ret_problem = UNFIT_NAME;
            return false;
        }
        uri->user = arena_copy(arena, chars, (size_t)(at - chars));
        chars = at + 1;
    }
    colon = *chars == '[' ? memchr(chars, ']', (size_t)(end - chars)) : chars;
    colon = colon == NULL || usual_port == 0 ? NULL : memchr(colon, ':', (size_t)(end - colon));
    if (colon != NULL) {
        char *digits_end;
        long port = strtol(colon + 1, &digits_end, 10);

        if (!isdigit((unsigned char)colon[1]) || digits_end != end || port < 1 || port > 65535) {
            *ret_problem = "has a port that is no number from 1 to 65535";
            return false;
        }
        uri->port = port == usual_port ? 0 : (int)port;
        end = colon;
    }
    /* The names of buckets and containers are told apart by case. */
    uri->host =
        usual_port > 0 ? lower(arena, chars, (size_t)(end - chars)) : arena_copy(arena, chars, (size_t)(end - chars));
    if (end == chars)
        *ret_problem = "names no server";
    else if (!is_name(chars, (size_t)(end - chars)) && !is_address_in_brackets(chars, (size_t)(end - chars)))
        *ret_problem = usual_port > 0 ? "has a character in the name of its server that no name has" : UNFIT_NAME;
    return *ret_problem == NULL;
}

static bool may_have_user(enum uri_scheme scheme)
{
    /* abfss://container@account/… */
    return scheme == URI_SFTP || scheme == URI_AZURE;
}

/* What would break a request in two, or can't be in one at all. */
static bool has_unfit_characters(const char *text)
{
    bool may_have_spaces = !path_uri_has_query(text);

    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F || (*text == ' ' && !may_have_spaces))
            return true;
    return false;
}

static const char *spell(struct arena *arena, const struct uri *uri)
{
    struct text text = text_in(arena);

    text_format(&text, "%s://", uri->word);
    if (uri->user != NULL)
        text_format(&text, "%s@", uri->user);
    text_add(&text, uri->host);
    if (uri->port > 0)
        text_format(&text, ":%d", uri->port);
    text_add(&text, uri->path);
    if (uri->query != NULL)
        text_format(&text, "?%s", uri->query);
    return text_string(&text);
}

bool uri_parse(struct arena *arena, const char *text, struct uri *ret_uri, const char **ret_problem,
               const char **ret_hint)
{
    const char *colon = strstr(text, "://");
    size_t count = sizeof(schemes) / sizeof(schemes[0]);
    size_t known = 0;
    size_t authority;
    size_t path;
    const char *rest;

    *ret_uri = (struct uri){ .path = "" };
    *ret_problem = NULL;
    *ret_hint = NULL;
    ret_uri->word = colon == NULL ? "" : lower(arena, text, (size_t)(colon - text));
    if (ret_uri->word == NULL)
        return false;
    while (known < count && strcmp(schemes[known].word, ret_uri->word) != 0)
        known++;
    if (colon == NULL || known == count) {
        *ret_problem = "begins with a scheme that is not known";
        *ret_hint = "the schemes are " KNOWN_SCHEMES;
        return false;
    }
    ret_uri->scheme = schemes[known].scheme;
    rest = colon + strlen("://");
    if (has_unfit_characters(text)) {
        *ret_problem = "has a space or a control character in it";
        *ret_hint = "write %20 for a space";
        return false;
    }
    authority = strcspn(rest, path_uri_has_query(text) ? "/?#" : "/");
    if (!read_authority(arena, rest, authority, schemes[known].port, ret_uri, ret_problem)) {
        if (memchr(rest, '@', authority) != NULL && memchr(rest, ':', authority) != NULL)
            *ret_hint = "addresses are shown and logged: docs/remote-credentials.md says where a password may be";
        else if (memchr(rest, '*', authority) != NULL)
            *ret_hint = "only what is in it may be a pattern";
        return false;
    }
    if (ret_uri->user != NULL && !may_have_user(ret_uri->scheme)) {
        *ret_problem = "has a user in it";
        *ret_hint = "docs/remote-credentials.md says where it may be";
        return false;
    }
    rest += authority;
    path = path_uri_length(text) - (size_t)(rest - text);
    ret_uri->path = arena_copy(arena, rest, path);
    if (rest[path] == '?')
        ret_uri->query = arena_copy(arena, rest + path + 1, strcspn(rest + path + 1, "#"));
    ret_uri->text = ret_uri->path == NULL || ret_uri->host == NULL ? NULL : spell(arena, ret_uri);
    return ret_uri->text != NULL;
}

/* The least number of folders and names that there have to be behind the server or bucket; 0: any path will do. */
static size_t least_parts(const struct uri *uri)
{
    switch (uri->scheme) {
    case URI_S3:
    case URI_GCS:
    case URI_R2:
    case URI_SFTP:
        return 1;
    case URI_AZURE:
        /* With a dot it is a server, and the container comes first. */
        return uri->user == NULL && strchr(uri->host, '.') != NULL ? 2 : 1;
    case URI_HUGGING_FACE:
        return 3;
    default:
        return 0;
    }
}

static size_t count_parts(const char *path)
{
    size_t count = 0;

    for (const char *part = path; *part != '\0'; part += strcspn(part, "/")) {
        part += strspn(part, "/");
        count += *part != '\0';
    }
    return count;
}

bool uri_names_file(const struct uri *uri, const char **ret_problem, const char **ret_hint)
{
    static const char *const hints[URI_SCHEMES] = {
        [URI_S3] = "write s3://BUCKET/path/to/file",
        [URI_GCS] = "write gs://BUCKET/path/to/file",
        [URI_R2] = "write r2://BUCKET/path/to/file",
        [URI_AZURE] = "write az://CONTAINER/path/to/file or abfss://CONTAINER@ACCOUNT/path/to/file",
        [URI_HUGGING_FACE] = "write hf://datasets/USER/REPOSITORY/path/to/file, or hf://spaces/…",
        [URI_SFTP] = "write sftp://HOST/path/to/file, or sftp://HOST/~/file for one in your home there",
    };
    size_t least = least_parts(uri);
    size_t length = strlen(uri->path);
    bool is_kind =
        uri->scheme != URI_HUGGING_FACE || strcmp(uri->host, "datasets") == 0 || strcmp(uri->host, "spaces") == 0;

    if (least == 0 || (is_kind && count_parts(uri->path) >= least && uri->path[length - 1] != '/'))
        return true;
    *ret_problem = "names no file";
    *ret_hint = hints[uri->scheme];
    return false;
}

bool uri_is_loopback(const struct uri *uri)
{
    const char *host = uri->host;
    size_t length = strlen(host);
    bool is_address = starts_with(host, "127.") && strspn(host, "0123456789.") == length;

    return is_address || strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (length > strlen(".localhost") && strcmp(host + length - strlen(".localhost"), ".localhost") == 0);
}

bool uri_is_same_server(const struct uri *uri, const struct uri *other)
{
    return uri->scheme == other->scheme && uri->port == other->port && strcmp(uri->host, other->host) == 0;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
}

const char *uri_escape(struct arena *arena, const char *text, const char *stays)
{
    struct text escaped = text_in(arena);

    for (; *text != '\0'; text++)
        if (is_plain(*text) || strchr(stays, *text) != NULL)
            text_add_char(&escaped, *text);
        else
            text_format(&escaped, "%%%02X", (unsigned char)*text);
    return text_string(&escaped);
}
