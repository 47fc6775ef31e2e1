#include "remote/google_account.h"

#include "base/arena.h"
#include "config/document.h"
#include "config/file.h"
#include "remote/credentials.h"
#include "remote/uri.h"

#include <string.h>
#include <unistd.h>

#define FILE_HINT                                                                                                      \
    "--gcs-credentials-file or GOOGLE_APPLICATION_CREDENTIALS names it; what is public can be read with --fs-anon"
#define ANEW_HINT "get it anew: the JSON key of a service account, or gcloud auth application-default login"
#define TYPE_HINT "pass an access token: DUCKALOG_FS_TOKEN=$(gcloud auth print-access-token), or --fs-token"

/* A file that is being read. */
struct reading {
    struct arena *arena;
    const char *path;
    const struct node *root;
    const char *problem;
    const char *hint;
};

static bool refuse(struct reading *reading, const char *problem, const char *hint)
{
    reading->problem = problem;
    reading->hint = hint;
    return false;
}

/* Is it what is written there that is wrong, and not that there was no memory for it? */
static bool is_mistake(const duckalog_report *report)
{
    return duckalog_report_count(report) > 0 && strcmp(duckalog_report_get(report, 0)->code, "no-memory") != 0;
}

/* What exactly is wrong may be next to a key, so only its place is told. */
static bool parse(struct reading *reading, const struct file_content *content)
{
    const struct source source = { .shown = reading->path };
    struct duckalog_report *report = report_create();
    const struct node *root =
        report == NULL ? NULL : json_read(reading->arena, &source, content->chars, content->length, report);

    if (root != NULL && root->kind == NODE_MAP)
        reading->root = root;
    else if (root != NULL)
        refuse(reading, arena_format(reading->arena, "%s has no credentials in it", reading->path), ANEW_HINT);
    else if (report != NULL && is_mistake(report))
        refuse(reading,
               arena_format(reading->arena, "%s is no JSON document: see line %u", reading->path,
                            duckalog_report_get(report, 0)->line),
               ANEW_HINT);
    duckalog_report_free(report);
    return reading->root != NULL;
}

/* A text that has something in it, or NULL. */
static const char *text_of(const struct reading *reading, const char *key)
{
    const struct node *node = node_get(reading->root, key);

    return node != NULL && node->kind == NODE_SCALAR && node->style == SCALAR_QUOTED && *node->text != '\0' ? node->text
                                                                                                            : NULL;
}

static bool take(struct reading *reading, const char *key, const char **ret_text)
{
    *ret_text = text_of(reading, key);
    return *ret_text != NULL ||
           refuse(reading, arena_format(reading->arena, "%s has no `%s`", reading->path, key), ANEW_HINT);
}

static bool is_fit_server(const struct uri *uri)
{
    return uri->scheme == URI_HTTPS || (uri->scheme == URI_HTTP && uri_is_loopback(uri));
}

/* Who trusts the file with the account trusts it with the server, too: what is sent there is of no use elsewhere. */
static bool take_server(struct reading *reading, struct google_account *account)
{
    const char *server = text_of(reading, "token_uri");
    const char *problem;
    const char *hint;
    struct uri uri;

    account->token_server = server != NULL ? server : GOOGLE_TOKEN_SERVER;
    if (!uri_parse(reading->arena, account->token_server, &uri, &problem, &hint)) {
        if (problem == NULL)
            return false;
    } else if (is_fit_server(&uri))
        return true;
    return refuse(reading,
                  arena_format(reading->arena, "%s has a `token_uri` that is no https:// address", reading->path),
                  ANEW_HINT);
}

static bool take_service(struct reading *reading, struct google_account *account)
{
    account->key_id = text_of(reading, "private_key_id");
    return take(reading, "client_email", &account->email) && take(reading, "private_key", &account->key) &&
           take_server(reading, account);
}

/* As Google's libraries do, the user's refresh token is sent to Google alone, whatever the file says. */
static bool take_user(struct reading *reading, struct google_account *account)
{
    account->is_user = true;
    account->token_server = GOOGLE_TOKEN_SERVER;
    return take(reading, "client_id", &account->client_id) && take(reading, "client_secret", &account->client_secret) &&
           take(reading, "refresh_token", &account->refresh_token);
}

static bool take_account(struct reading *reading, struct google_account *account)
{
    const char *type;

    if (!take(reading, "type", &type))
        return false;
    if (strcmp(type, "service_account") == 0)
        return take_service(reading, account);
    if (strcmp(type, "authorized_user") == 0)
        return take_user(reading, account);
    return refuse(reading,
                  arena_format(reading->arena, "%s has credentials of the type %.60s, which can't be used here",
                               reading->path, type),
                  TYPE_HINT);
}

bool google_account_read(struct arena *arena, const char *path, struct google_account *ret_account,
                         const char **ret_problem, const char **ret_hint)
{
    struct reading reading = { .arena = arena, .path = path };
    struct file_content content;
    const char *problem = file_read(arena, path, NULL, &content);
    bool good;

    *ret_account = (struct google_account){ .is_user = false };
    if (problem != NULL)
        good = refuse(&reading, arena_format(arena, "%s %s", path, problem), FILE_HINT);
    else
        good = parse(&reading, &content) && take_account(&reading, ret_account);
    *ret_problem = reading.problem;
    *ret_hint = reading.hint;
    return good;
}

const char *google_account_of_gcloud(struct arena *arena)
{
    const char *name = "application_default_credentials.json";
    const char *folder = credentials_variable("CLOUDSDK_CONFIG");
    const char *home = credentials_variable("HOME");
    const char *path = NULL;

    if (folder != NULL)
        path = arena_format(arena, "%s/%s", folder, name);
    else if (home != NULL)
        path = arena_format(arena, "%s/.config/gcloud/%s", home, name);
    return path != NULL && access(path, F_OK) == 0 ? path : NULL;
}
