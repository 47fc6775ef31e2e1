/*
 * Documents by HTTP(S). Each redirect is looked at before it is followed: credentials go to no other server, and what
 * began encrypted stays so.
 */

#include "remote/http.h"

#include "base/arena.h"
#include "base/text.h"
#include "remote/base64.h"
#include "remote/credentials.h"
#include "remote/transfer.h"

#include <stdlib.h>
#include <string.h>

/* ---- credentials ---- */

const char *http_bearer(struct arena *arena, const char *token)
{
    size_t length = strlen(token);

    /* Of a file that became a variable. */
    while (length > 0 && (token[length - 1] == '\n' || token[length - 1] == '\r'))
        length--;
    return arena_format(arena, "Authorization: Bearer %.*s", (int)length, token);
}

const char *http_authorization(const struct remote_context *context, struct arena *arena, const struct uri *uri)
{
    struct credentials credentials;

    if (uri->scheme == URI_HTTP && !uri_is_loopback(uri))
        return NULL;
    credentials = credentials_for(context, uri);
    if (credentials.token != NULL)
        return http_bearer(arena, credentials.token);
    if (credentials.key != NULL && credentials.secret != NULL) {
        const char *pair = arena_format(arena, "%s:%s", credentials.key, credentials.secret);

        pair = pair == NULL ? NULL : base64_encode(arena, pair, strlen(pair));
        return pair == NULL ? NULL : arena_format(arena, "Authorization: Basic %s", pair);
    }
    return NULL;
}

/* With a service its own and no other; NULL: nothing. */
static const char *authorization(const struct remote_request *request, const struct http_service *service,
                                 const struct uri *uri)
{
    if (service == NULL)
        return http_authorization(request->context, request->arena, uri);
    if (uri->scheme == URI_HTTP && !uri_is_loopback(uri))
        return NULL;
    return uri_is_same_server(uri, request->uri) ? service->authorization : NULL;
}

/* ---- what the server says ---- */

void http_explain(struct arena *arena, long status, const char *doing, struct remote_answer *ret_answer)
{
    ret_answer->outcome = REMOTE_REFUSED;
    switch (status) {
    case 401:
    case 403:
    case 407:
        ret_answer->message = arena_format(arena, "can't be %s: access denied (%ld)", doing, status);
        ret_answer->hint = HTTP_CREDENTIALS_HINT;
        break;
    case 404:
    case 410:
        ret_answer->message = arena_format(arena, "is not there (%ld)", status);
        ret_answer->is_missing = true;
        break;
    case 412:
        ret_answer->message = arena_format(arena, "was changed by someone else meanwhile (%ld)", status);
        ret_answer->is_changed = true;
        break;
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        ret_answer->outcome = REMOTE_FAILED;
        ret_answer->message = arena_format(arena,
                                           status == 429 ? "can't be %s: the server is asked too often (%ld)"
                                                         : "can't be %s: the server has a problem (%ld)",
                                           doing, status);
        break;
    default:
        ret_answer->message = arena_format(arena, "can't be %s: the server answers %ld", doing, status);
        break;
    }
    if (ret_answer->message == NULL)
        ret_answer->message = FILE_NO_MEMORY;
}

bool http_is_allowed(const struct remote_context *context, const struct uri *uri, const char **ret_hint)
{
    *ret_hint = "use https://, or --allow-http if everyone on the way may change it";
    return uri->scheme != URI_HTTP || context->options->allow_http || uri_is_loopback(uri);
}

/* Goes where a redirect leads; false after answering why it is not followed. */
static bool follow(const struct remote_request *request, const char *to, struct uri *uri,
                   struct remote_answer *ret_answer)
{
    bool was_encrypted = uri->scheme == URI_HTTPS;
    bool was_here = uri_is_loopback(uri);
    const char *problem = NULL;
    const char *hint = NULL;

    *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED };
    if (!uri_parse(request->arena, to, uri, &problem, &hint) || (uri->scheme != URI_HTTP && uri->scheme != URI_HTTPS))
        ret_answer->message = arena_format(request->arena, "can't be read: it is redirected to an address that %s",
                                           problem != NULL ? problem : "is no http:// or https:// one");
    else if (was_encrypted && uri->scheme == URI_HTTP) {
        ret_answer->message =
            arena_format(request->arena, "can't be read: it is redirected from https to http, at %s", uri->host);
        ret_answer->hint = "name the https:// address of what is meant";
    } else if (!http_is_allowed(request->context, uri, &hint) ||
               (was_here && uri->scheme == URI_HTTP && !uri_is_loopback(uri))) {
        /* What this machine said may use the environment, which is not for what others can change. */
        ret_answer->message =
            arena_format(request->arena, "can't be read: it is redirected to plain http, at %s", uri->host);
        ret_answer->hint = hint;
    } else
        return true;
    if (ret_answer->message == NULL)
        ret_answer->message = FILE_NO_MEMORY;
    return false;
}

bool http_is_redirect(const struct transfer_result *result)
{
    return result->redirect != NULL && (result->status == 301 || result->status == 302 || result->status == 303 ||
                                        result->status == 307 || result->status == 308);
}

/* ---- one request ---- */

static bool ask(const struct remote_request *request, const struct uri *uri, const struct http_service *service,
                struct transfer_result *ret_result, struct remote_answer *ret_answer)
{
    const char *headers[6] = { NULL };
    size_t count = 0;
    const char *allowed = authorization(request, service, uri);
    struct transfer transfer = { .context = request->context,
                                 .arena = request->arena,
                                 .url = uri->text,
                                 .headers = headers,
                                 .largest = request->largest,
                                 .patience_ms = request->patience_ms,
                                 .is_direct = uri_is_loopback(uri),
                                 .to = request->to,
                                 .is_head = request->is_head,
                                 .progress = request->progress,
                                 .progress_user = request->progress_user };

    for (; service != NULL && service->headers != NULL && service->headers[count] != NULL && count < 2; count++)
        headers[count] = service->headers[count];
    if (allowed != NULL)
        headers[count++] = allowed;
    transfer.use_netrc = service == NULL && allowed == NULL && !request->context->options->anonymous &&
                         uri->scheme == URI_HTTPS && uri_is_same_server(uri, request->uri);
    if (request->etag != NULL)
        headers[count++] = arena_format(request->arena, "If-None-Match: %s", request->etag);
    else if (request->modified != NULL)
        headers[count++] = arena_format(request->arena, "If-Modified-Since: %s", request->modified);
    return transfer_ask(&transfer, ret_result, ret_answer);
}

void http_ask(const struct remote_request *request, const struct http_service *service,
              struct transfer_result *ret_result, struct remote_answer *ret_answer)
{
    struct uri uri = *request->uri;

    for (int redirects = 0; ask(request, &uri, service, ret_result, ret_answer); redirects++) {
        if (ret_result->status == 200) {
            *ret_answer = (struct remote_answer){ .outcome = REMOTE_DONE,
                                                  .content = ret_result->content,
                                                  .size = ret_result->size,
                                                  .has_no_size = ret_result->has_no_size,
                                                  .etag = ret_result->etag,
                                                  .modified = ret_result->modified };
            return;
        }
        if (ret_result->status == 304 && (request->etag != NULL || request->modified != NULL)) {
            *ret_answer = (struct remote_answer){ .outcome = REMOTE_UNCHANGED,
                                                  .etag = ret_result->etag,
                                                  .modified = ret_result->modified };
            return;
        }
        if (!http_is_redirect(ret_result)) {
            *ret_answer = (struct remote_answer){ .wait_ms = ret_result->wait_ms };
            http_explain(request->arena, ret_result->status, "read", ret_answer);
            return;
        }
        if (redirects == HTTP_MOST_REDIRECTS) {
            *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED,
                                                  .message = "can't be read: it is redirected again and again" };
            return;
        }
        if (!follow(request, ret_result->redirect, &uri, ret_answer))
            return;
    }
}

void http_get(const struct remote_request *request, struct remote_answer *ret_answer)
{
    struct transfer_result result;

    http_ask(request, NULL, &result, ret_answer);
}
