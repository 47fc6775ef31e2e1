#include "remote/azure_place.h"

#include "base/arena.h"
#include "base/text.h"
#include "remote/base64.h"

#include <string.h>

#define FORM_HINT "a blob is az://CONTAINER/PATH or abfss://CONTAINER@ACCOUNT/PATH"

/* What a blob is asked by; the account of the URI is NULL where it names none. */
struct parts {
    const char *account;
    const char *container;
    const char *name;
};

/* As DuckDB reads them: with a dot the server is named, and the container is the first folder. */
static bool take_apart(struct arena *arena, const struct uri *uri, struct parts *ret_parts)
{
    const char *path = *uri->path == '/' ? uri->path + 1 : uri->path;
    size_t length = strcspn(path, "/");

    if (uri->user != NULL)
        *ret_parts = (struct parts){ uri->host, uri->user, path };
    else if (strchr(uri->host, '.') == NULL)
        *ret_parts = (struct parts){ NULL, uri->host, path };
    else
        *ret_parts =
            (struct parts){ uri->host, arena_copy(arena, path, length), path + length + (path[length] == '/') };
    return ret_parts->container != NULL;
}

/* Would a URL lead elsewhere, as its `..` goes up? */
static bool has_dots(const char *name)
{
    while (*name != '\0') {
        size_t length = strcspn(name, "/");

        if ((length == 1 && *name == '.') || (length == 2 && strncmp(name, "..", 2) == 0))
            return true;
        name += length + (name[length] == '/');
    }
    return false;
}

/* Keys and signatures go to the server that they are for, and not where a URI says. */
static bool is_of_account(struct arena *arena, const struct parts *parts, const struct azure_credentials *credentials,
                          const struct uri *endpoint)
{
    const char *lake = parts->account == NULL ? NULL : strstr(parts->account, ".dfs.");
    size_t length = parts->account == NULL ? 0 : strlen(parts->account);
    const char *host = parts->account;

    if (host == NULL)
        return true;
    if (strchr(host, '.') == NULL)
        return credentials->account != NULL
                   ? equal_ignoring_case(host, credentials->account)
                   : starts_with_ignoring_case(endpoint->host, host) && endpoint->host[length] == '.';
    if (lake != NULL)
        host = arena_format(arena, "%.*s.blob.%s", (int)(lake - host), host, lake + strlen(".dfs."));
    return host != NULL && endpoint->port == 0 && equal_ignoring_case(host, endpoint->host);
}

static bool has_way_in(struct arena *arena, const struct azure_credentials *credentials, const char **ret_problem,
                       const char **ret_hint)
{
    size_t length;

    *ret_problem = NULL;
    if (credentials->key != NULL && credentials->account == NULL) {
        *ret_problem = "the connection string of Azure names no account";
        *ret_hint = "there is AccountName=… beside the key";
    } else if (credentials->key != NULL && base64_decode(arena, credentials->key, &length) == NULL) {
        *ret_problem = "the key of the account is no base64";
        *ret_hint = "copy it from the portal, with the equals signs at its end";
    } else if (credentials->key == NULL && credentials->signature == NULL) {
        *ret_problem = "that takes the key of the account or a shared access signature";
        *ret_hint = "a managed identity and az login let in to read, and not to write; " AZURE_HINT;
    }
    return *ret_problem == NULL;
}

static bool read_endpoint(struct arena *arena, const char *text, struct uri *ret_endpoint, const char **ret_problem,
                          const char **ret_hint)
{
    const char *problem = NULL;

    *ret_hint = "BlobEndpoint=https://… of the connection string names it";
    if (!uri_parse(arena, text, ret_endpoint, &problem, ret_hint))
        *ret_problem = problem == NULL ? NULL : arena_format(arena, "the address of Azure's server %s", problem);
    else if (ret_endpoint->scheme != URI_HTTPS && ret_endpoint->scheme != URI_HTTP)
        *ret_problem = "the address of Azure's server is no https:// one";
    else if (ret_endpoint->query != NULL)
        *ret_problem = "the address of Azure's server has a query";
    else if (ret_endpoint->scheme == URI_HTTP && !uri_is_loopback(ret_endpoint)) {
        *ret_problem = "it would go over plain http";
        *ret_hint = "use https in the connection string";
    } else
        return true;
    return false;
}

/* The path of the endpoint is the account, where the server has many of them behind one name. */
static bool make_urls(struct arena *arena, const struct parts *parts, const struct uri *endpoint,
                      struct azure_place *place)
{
    const char *container = uri_escape(arena, parts->container, "$");
    const char *name = uri_escape(arena, parts->name, "/");
    const char *scheme = endpoint->scheme == URI_HTTP ? "http" : "https";
    size_t length = strlen(endpoint->path);

    while (length > 0 && endpoint->path[length - 1] == '/')
        length--;
    if (container == NULL || name == NULL)
        return false;
    place->path = arena_format(arena, "%.*s/%s/%s", (int)length, endpoint->path, container, name);
    place->server = endpoint->port > 0 ? arena_format(arena, "%s://%s:%d", scheme, endpoint->host, endpoint->port)
                                       : arena_format(arena, "%s://%s", scheme, endpoint->host);
    return place->path != NULL && place->server != NULL;
}

bool azure_place_find(struct arena *arena, const struct remote_context *context, const struct uri *uri,
                      struct azure_place *ret_place, const char **ret_problem, const char **ret_hint)
{
    const struct store_given given = store_given_find(context, uri);
    struct azure_credentials *credentials = &ret_place->credentials;
    struct parts parts;
    struct uri endpoint;

    *ret_problem = *ret_hint = NULL;
    if (!azure_credentials_find(arena, &given, credentials) || !take_apart(arena, uri, &parts))
        return false;
    *ret_problem = credentials->problem;
    *ret_hint = credentials->problem_hint;
    if (credentials->problem != NULL || !has_way_in(arena, credentials, ret_problem, ret_hint))
        return false;
    if (!read_endpoint(arena, credentials->endpoint, &endpoint, ret_problem, ret_hint))
        return false;
    *ret_hint = FORM_HINT;
    if (uri->port != 0 || *parts.container == '\0' || *parts.name == '\0' || parts.name[strlen(parts.name) - 1] == '/')
        *ret_problem = "it names no blob";
    else if (has_dots(parts.name) || has_dots(parts.container))
        *ret_problem = "there is a . or .. among its folders";
    else if (!is_of_account(arena, &parts, credentials, &endpoint)) {
        *ret_problem = "the credentials are for another account or server";
        *ret_hint = "the account is that of the connection string, or beside the key: docs/remote-credentials.md";
    } else
        return make_urls(arena, &parts, &endpoint, ret_place);
    return false;
}
