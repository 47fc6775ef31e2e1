/*
 * Files of repositories on GitHub, by its interface for programs: github://owner/repository/path?ref=branch.
 */

#include "base/arena.h"
#include "base/text.h"
#include "remote/credentials.h"
#include "remote/http.h"
#include "remote/transfer.h"

#include <stdlib.h>
#include <string.h>

#define USUAL_SERVER "https://api.github.com"

static const char *token_of(const struct remote_request *request)
{
    const char *token = credentials_for(request->context, request->uri).token;

    if (request->context->options->anonymous)
        return NULL;
    if (token == NULL)
        token = credentials_variable("GITHUB_TOKEN");
    return token != NULL ? token : credentials_variable("GH_TOKEN");
}

/* Out of the repository, to whatever else the token opens: libcurl takes `..` away, also when it is written as %2E%2E. */
static bool leads_up(const char *path)
{
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        size_t dots = 0;

        for (part += *part == '/'; *part == '.' || starts_with_ignoring_case(part, "%2e"); dots++)
            part += *part == '.' ? 1 : strlen("%2e");
        if ((dots == 1 || dots == 2) && (*part == '/' || *part == '\0'))
            return true;
    }
    return false;
}

/* A token goes there, and what comes may use the environment. */
static bool is_fit_server(const struct uri *uri)
{
    return uri->scheme == URI_HTTPS || (uri->scheme == URI_HTTP && uri_is_loopback(uri));
}

/* The address of the file; the owner is where other URIs have their server. NULL: the URI names no file. */
static const char *address(struct arena *arena, const struct uri *uri)
{
    const char *server =
        credentials_variable("GITHUB_API_URL"); /* as GitHub's own runners have it; an Enterprise server has its own */
    const char *repository_end = *uri->path == '\0' ? NULL : strchr(uri->path + 1, '/');

    if (server == NULL)
        server = USUAL_SERVER;
    if (repository_end == NULL || repository_end == uri->path + 1 || repository_end[1] == '\0' || leads_up(uri->path))
        return NULL;
    return arena_format(arena, "%s/repos/%s%.*s/contents%s%s%s", server, uri->host, (int)(repository_end - uri->path),
                        uri->path, repository_end, uri->query != NULL ? "?" : "", uri->query != NULL ? uri->query : "");
}

void github_get(const struct remote_request *request, struct remote_answer *ret_answer)
{
    static const char *const headers[] = { "Accept: application/vnd.github.raw+json", NULL };
    const char *token = token_of(request);
    struct http_service service = { .headers = headers };
    struct transfer_result result = { .status = 0 };
    struct remote_request asked = *request;
    const char *text = address(request->arena, request->uri);
    const char *problem;
    const char *hint;
    struct uri uri;

    if (text == NULL || !uri_parse(request->arena, text, &uri, &problem, &hint) || !is_fit_server(&uri)) {
        *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED,
                                              .message = "can't be read: GITHUB_API_URL is no https:// address",
                                              .hint = "as in https://github.example.org/api/v3" };
        if (text == NULL) {
            ret_answer->is_wrong = true;
            ret_answer->message = "names no file of a repository";
            ret_answer->hint = "write github://owner/repository/path/to/file.yaml, with ?ref=BRANCH for a branch";
        }
        return;
    }
    asked.uri = &uri;
    if (token != NULL)
        service.authorization = http_bearer(request->arena, token);
    http_ask(&asked, &service, &result, ret_answer);
    if (result.status == 404 && token == NULL)
        ret_answer->hint = "a private repository needs a token: GITHUB_TOKEN or --fs-token";
    else if ((result.status == 403 || result.status == 429) && result.limit_left != NULL &&
             strcmp(result.limit_left, "0") == 0) {
        ret_answer->outcome = REMOTE_FAILED;
        ret_answer->message = "can't be read: GitHub is asked too often from here";
        ret_answer->hint = token == NULL ? "with a token it takes more: GITHUB_TOKEN or --fs-token" : NULL;
    }
}
