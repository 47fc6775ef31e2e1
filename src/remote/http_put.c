/*
 * Files that are written by HTTP(S), with PUT: the server takes the whole of one or nothing. Only where the user has said
 * that it may be, as the same address usually takes no files.
 */

#include "remote/http.h"

#include "base/arena.h"
#include "base/text.h"
#include "remote/transfer.h"

#include <errno.h>
#include <string.h>

static void refuse(const char *message, const char *hint, struct remote_answer *ret_answer)
{
    *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED,
                                          .message = message != NULL ? message : FILE_NO_MEMORY,
                                          .hint = hint };
}

static bool may_put(const struct remote_upload *upload, struct remote_answer *ret_answer)
{
    if (!upload->context->options->export_put)
        refuse("is not written to", "--export-put writes to it with PUT, if the server takes files there", ret_answer);
    else if (upload->uri->scheme == URI_HTTP && !uri_is_loopback(upload->uri))
        refuse("is not written over plain http", "use https://", ret_answer);
    else
        return true;
    return false;
}

/* False: no memory. A condition or credentials that were left out would be another request. */
static bool make_headers(const struct remote_upload *upload, const char *authorization, const char *headers[4])
{
    size_t count = 0;

    headers[count++] = "Content-Type: application/octet-stream";
    if (authorization != NULL)
        headers[count++] = authorization;
    if (upload->replaces != NULL)
        headers[count++] = *upload->replaces == '\0' ? "If-None-Match: *"
                                                     : arena_format(upload->arena, "If-Match: %s", upload->replaces);
    return headers[count - 1] != NULL;
}

/* True: there is a status to look at. */
static bool give(const struct remote_upload *upload, const struct uri *uri, FILE *file,
                 struct transfer_result *ret_result, struct remote_answer *ret_answer)
{
    const char *headers[4] = { NULL };
    const char *authorization = http_authorization(upload->context, upload->arena, uri);
    struct transfer transfer = { .context = upload->context,
                                 .arena = upload->arena,
                                 .url = uri->text,
                                 .headers = headers,
                                 .largest = (size_t)1024 * 1024, /* of what it says about it */
                                 .patience_ms = upload->patience_ms,
                                 .is_direct = uri_is_loopback(uri),
                                 .from = file,
                                 .from_size = upload->size,
                                 .progress = upload->progress,
                                 .progress_user = upload->progress_user };

    transfer.use_netrc = authorization == NULL && !upload->context->options->anonymous && uri->scheme == URI_HTTPS;
    if (!make_headers(upload, authorization, headers)) {
        refuse(FILE_NO_MEMORY, NULL, ret_answer);
        return false;
    }
    rewind(file);
    return transfer_ask(&transfer, ret_result, ret_answer);
}

/* Where a redirect leads, if the file may go there: to the same server, by the same method. */
static bool follow(const struct remote_upload *upload, const struct uri *from, const struct transfer_result *result,
                   struct uri *ret_uri, struct remote_answer *ret_answer)
{
    const char *problem = NULL;
    const char *hint = NULL;

    if ((result->status == 307 || result->status == 308) &&
        uri_parse(upload->arena, result->redirect, ret_uri, &problem, &hint) && uri_is_same_server(from, ret_uri))
        return true;
    refuse(arena_format(upload->arena, "can't be written: it is redirected (%ld)", result->status),
           "name the address that takes the file", ret_answer);
    return false;
}

static void explain(const struct remote_upload *upload, const struct transfer_result *result,
                    struct remote_answer *ret_answer)
{
    *ret_answer = (struct remote_answer){ .wait_ms = result->wait_ms };
    http_explain(upload->arena, result->status, "written", ret_answer);
    if (ret_answer->is_changed && upload->replaces != NULL && starts_with(upload->replaces, "W/"))
        ret_answer->hint = "or its server can't compare versions: its ETag is a weak one";
}

static void put(const struct remote_upload *upload, FILE *file, struct remote_answer *ret_answer)
{
    struct transfer_result result;
    struct uri uri = *upload->uri;

    for (int redirects = 0; give(upload, &uri, file, &result, ret_answer); redirects++) {
        struct uri next;

        if (result.status >= 200 && result.status < 300) {
            *ret_answer = (struct remote_answer){ .outcome = REMOTE_DONE, .size = upload->size, .etag = result.etag };
            return;
        }
        if (!http_is_redirect(&result)) {
            explain(upload, &result, ret_answer);
            return;
        }
        if (redirects == HTTP_MOST_REDIRECTS) {
            refuse("can't be written: it is redirected again and again", NULL, ret_answer);
            return;
        }
        if (!follow(upload, &uri, &result, &next, ret_answer))
            return;
        uri = next;
    }
}

void http_put(const struct remote_upload *upload, struct remote_answer *ret_answer)
{
    FILE *file;

    if (!may_put(upload, ret_answer))
        return;
    file = fopen(upload->file, "rbe");
    if (file == NULL) {
        refuse(arena_format(upload->arena, "can't be written: %s: %s", upload->file, strerror(errno)), NULL,
               ret_answer);
        return;
    }
    put(upload, file, ret_answer);
    fclose(file);
}
