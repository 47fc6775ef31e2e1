#ifndef DUCKALOG_REMOTE_HTTP_H
#define DUCKALOG_REMOTE_HTTP_H

/* What HTTP(S) and the services on top of it share. */

#include "remote/transport.h"

struct transfer_result;

#define HTTP_CREDENTIALS_HINT "docs/remote-credentials.md says where credentials are looked for"

/* What a service on top of HTTP sends besides. */
struct http_service {
    const char *const *headers; /* at most two, ended by NULL; or NULL */
    const char *authorization;  /* a header for the server of the request and no other; NULL: none */
};

/* Sends a request, follows redirects, and answers. With a service (or NULL) no credentials but its own are used. */
void http_ask(const struct remote_request *request, const struct http_service *service,
              struct transfer_result *ret_result, struct remote_answer *ret_answer);

/* Outcome, message and hint of a status that is no success; `doing` is "read" or "written". */
void http_explain(struct arena *arena, long status, const char *doing, struct remote_answer *ret_answer);

/* The header with a token. */
const char *http_bearer(struct arena *arena, const char *token);

/* The header with what the user has named for this server; NULL: nothing. */
const char *http_authorization(const struct remote_context *context, struct arena *arena, const struct uri *uri);

enum { HTTP_MOST_REDIRECTS = 5 };

/* Does it lead elsewhere? */
bool http_is_redirect(const struct transfer_result *result);

/* May the URI be asked for, or is it plain http of another machine? */
bool http_is_allowed(const struct remote_context *context, const struct uri *uri, const char **ret_hint);

#endif
