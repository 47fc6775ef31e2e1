/*
 * Documents and files by SFTP. A server has to be known by its key; nobody is asked whether another one is fine.
 */

#include "remote/sftp.h"

#include "base/arena.h"
#include "base/text.h"
#include "remote/http.h"

#include <string.h>
#include <time.h>

/* ---- an exchange ---- */

struct attempt {
    const struct sftp_exchange *exchange;
    const struct sftp_login *login;
    FILE *known; /* the lines of the server */
    struct curl_slist *commands;
    enum curl_khmatch match; /* of its key */
};

static int check_key(CURL *handle, const struct curl_khkey *known, const struct curl_khkey *found,
                     enum curl_khmatch match, void *user)
{
    struct attempt *attempt = user;

    (void)handle;
    (void)known;
    (void)found;
    attempt->match = match;
    return match == CURLKHMATCH_OK ? CURLKHSTAT_FINE : CURLKHSTAT_REJECT;
}

static bool add_commands(const struct curl_functions *curl, struct attempt *attempt)
{
    const char *const *commands = attempt->exchange->commands;

    for (size_t i = 0; commands != NULL && commands[i] != NULL; i++) {
        struct curl_slist *longer = curl->slist_append(attempt->commands, commands[i]);

        if (longer == NULL)
            return false;
        attempt->commands = longer;
    }
    return true;
}

static bool prepare(const struct curl_functions *curl, CURL *handle, void *user)
{
    struct attempt *attempt = user;
    const struct sftp_server *server = attempt->exchange->server;
    char known[64];

    snprintf(known, sizeof(known), "/dev/fd/%d", fileno(attempt->known));
    if (curl->easy_setopt(handle, CURLOPT_SSH_KNOWNHOSTS, known) != CURLE_OK || !add_commands(curl, attempt))
        return false;
    curl->easy_setopt(handle, CURLOPT_SSH_KEYFUNCTION, check_key);
    curl->easy_setopt(handle, CURLOPT_SSH_KEYDATA, attempt);
    curl->easy_setopt(handle, CURLOPT_SSH_AUTH_TYPES, attempt->login->kinds);
    curl->easy_setopt(handle, CURLOPT_USERNAME, server->user);
    if (attempt->login->key_file != NULL) {
        curl->easy_setopt(handle, CURLOPT_SSH_PRIVATE_KEYFILE, attempt->login->key_file);
        if (server->secret != NULL)
            curl->easy_setopt(handle, CURLOPT_KEYPASSWD, server->secret);
    } else if (server->secret != NULL)
        curl->easy_setopt(handle, CURLOPT_PASSWORD, server->secret);
    curl->easy_setopt(handle, CURLOPT_FILETIME, 1L);
    if (attempt->commands != NULL)
        curl->easy_setopt(handle, CURLOPT_QUOTE, attempt->commands);
    if (attempt->exchange->mode != 0)
        curl->easy_setopt(handle, CURLOPT_NEW_FILE_PERMS, attempt->exchange->mode);
    return true;
}

/* False: no memory, or no place for a temporary file. */
static bool try_login(const struct transfer *transfer, struct attempt *attempt, struct transfer_result *ret_result)
{
    const char *problem;
    const struct curl_functions *curl = curl_functions(&problem);
    bool good;

    attempt->known = tmpfile();
    good = attempt->known != NULL && fputs(attempt->exchange->server->known.lines, attempt->known) >= 0 &&
           fflush(attempt->known) == 0;
    if (good)
        rewind(attempt->known);
    good = good && transfer_run(transfer, ret_result);
    curl->slist_free_all(attempt->commands);
    attempt->commands = NULL;
    if (attempt->known != NULL)
        fclose(attempt->known);
    return good;
}

/* ---- what failures mean ---- */

static bool explain_key(const struct transfer *transfer, const struct attempt *attempt, const char *doing,
                        struct remote_answer *ret_answer)
{
    const struct sftp_server *server = attempt->exchange->server;
    const char *name =
        server->port == 0 ? server->host : arena_format(transfer->arena, "'[%s]:%d'", server->host, server->port);

    return sftp_refuse(
        ret_answer,
        arena_format(transfer->arena,
                     "can't be %s: %s has another key than the one that is known here: it may be another "
                     "machine that pretends to be it",
                     doing, server->host),
        arena_format(transfer->arena,
                     "if its owner says that the key was changed, forget the old one with `ssh-keygen -R %s`, "
                     "and connect to it once with ssh",
                     name != NULL ? name : ""));
}

static bool explain_login(const struct transfer *transfer, const struct sftp_server *server, const char *doing,
                          struct remote_answer *ret_answer)
{
    struct text tried = text_in(transfer->arena);
    bool is_by_key = false;

    for (size_t i = 0; i < server->login_count; i++) {
        const struct sftp_login *login = &server->logins[i];
        const char *name = login->kinds == CURLSSH_AUTH_AGENT ? "the agent" : "the password";

        is_by_key = is_by_key || login->key_file != NULL;
        text_format(&tried, "%s%s", i > 0 ? ", " : "", login->key_file != NULL ? login->key_file : name);
    }
    return sftp_refuse(ret_answer,
                       arena_format(transfer->arena, "can't be %s: %s does not let %s in (with: %s)", doing,
                                    server->host, server->user, text_string(&tried) != NULL ? text_string(&tried) : ""),
                       is_by_key ? "a key with a passphrase has to be in the agent (ssh-add)" : HTTP_CREDENTIALS_HINT);
}

/* Codes of libcurl that mean something of their own in SFTP. False after answering. */
static bool explain(const struct transfer *transfer, const struct attempt *attempt,
                    const struct transfer_result *result, struct remote_answer *ret_answer)
{
    const struct sftp_server *server = attempt->exchange->server;
    const char *doing = server->is_for_writing ? "written" : "read";

    if (!result->is_interrupted && !result->is_silent && result->file_error == 0)
        switch (result->code) {
        case CURLE_PEER_FAILED_VERIFICATION:
            return explain_key(transfer, attempt, doing, ret_answer);
        case CURLE_LOGIN_DENIED:
            return explain_login(transfer, server, doing, ret_answer);
        case CURLE_REMOTE_FILE_NOT_FOUND:
            sftp_refuse(ret_answer,
                        transfer->from != NULL ? "can't be written: its folder is not there" : "is not there", NULL);
            ret_answer->is_missing = transfer->from == NULL;
            return false;
        case CURLE_REMOTE_ACCESS_DENIED:
            return sftp_refuse(ret_answer, arena_format(transfer->arena, "can't be %s: access denied", doing), NULL);
        case CURLE_REMOTE_DISK_FULL:
            return sftp_refuse(ret_answer,
                               arena_format(transfer->arena, "can't be %s: the server has no room left", doing), NULL);
        case CURLE_QUOTE_ERROR:
            return sftp_refuse(ret_answer, arena_format(transfer->arena, "can't be %s: %s", doing, result->problem),
                               NULL);
        default:
            /* Of libssh2: no way to exchange keys that both sides know. */
            if (result->code != CURLE_OK && strstr(result->problem, ": -5,") != NULL)
                return sftp_refuse(ret_answer,
                                   arena_format(transfer->arena,
                                                "can't be %s: %s, or it has another kind of key than the one "
                                                "that is known here",
                                                doing, result->problem),
                                   sftp_how_to_know(transfer->arena, server));
            break;
        }
    if (!transfer_failed(transfer, result, ret_answer))
        return true;
    if (server->has_proxy && (result->code == CURLE_COULDNT_CONNECT || result->code == CURLE_COULDNT_RESOLVE_HOST ||
                              result->code == CURLE_OPERATION_TIMEDOUT))
        ret_answer->hint =
            "~/.ssh/config has another machine on the way there (ProxyJump, ProxyCommand), which duckalog "
            "does not go through";
    return false;
}

bool sftp_ask(const struct transfer *transfer, const struct sftp_exchange *exchange, struct transfer_result *ret_result,
              struct remote_answer *ret_answer)
{
    const struct sftp_server *server = exchange->server;
    atomic_size_t *remembered = connections_login(transfer->context->connections);
    size_t first = atomic_load(remembered);
    struct attempt attempt = { .exchange = exchange };
    struct transfer prepared = *transfer;

    *ret_result = (struct transfer_result){ .problem = "" };
    prepared.is_for_writing = server->is_for_writing;
    prepared.prepare = prepare;
    prepared.prepare_user = &attempt;
    for (size_t i = 0; i < server->login_count; i++) {
        size_t which = (first + i) % server->login_count;

        attempt.login = &server->logins[which];
        if (!try_login(&prepared, &attempt, ret_result))
            return sftp_refuse(ret_answer, NULL, NULL);
        if (ret_result->code != CURLE_LOGIN_DENIED) {
            atomic_store(remembered, which);
            break;
        }
    }
    return explain(&prepared, &attempt, ret_result, ret_answer);
}

/* ---- reading ---- */

bool sftp_look(const struct remote_context *context, struct arena *arena, const struct sftp_server *server,
               const char *path, int patience_ms, struct transfer_result *ret_result, struct remote_answer *ret_answer)
{
    struct transfer transfer = { .context = context,
                                 .arena = arena,
                                 .url = sftp_address(arena, server, path),
                                 .largest = SIZE_MAX,
                                 .patience_ms = patience_ms,
                                 .is_head = true };
    struct sftp_exchange exchange = { .server = server };

    return transfer.url == NULL ? sftp_refuse(ret_answer, NULL, NULL)
                                : sftp_ask(&transfer, &exchange, ret_result, ret_answer);
}

const char *sftp_version(struct arena *arena, const struct transfer_result *result)
{
    return arena_format(arena, "%llu-%lld", (unsigned long long)result->size, (long long)result->file_time);
}

/* Dates are in seconds: a file that was written just now may change again without anyone seeing it. */
static bool is_settled(const struct transfer_result *result)
{
    enum { SETTLED_S = 60 };

    return result->file_time > 0 && result->file_time < (int64_t)time(NULL) - SETTLED_S;
}

static void take_result(const struct remote_request *request, const struct transfer_result *result,
                        struct remote_answer *ret_answer)
{
    const char *version = sftp_version(request->arena, result);

    if (version == NULL) {
        sftp_refuse(ret_answer, NULL, NULL);
        return;
    }
    *ret_answer = (struct remote_answer){ .outcome = REMOTE_DONE,
                                          .content = result->content,
                                          .size = result->size,
                                          .has_no_size = result->has_no_size,
                                          .etag = version,
                                          .modified = is_settled(result) ? version : NULL };
}

/* Is it what is there already? */
static bool is_unchanged(const struct remote_request *request, const struct sftp_server *server, const char *path)
{
    struct transfer_result result = { .file_time = -1 };
    struct remote_answer answer;
    const char *version;

    if (request->modified == NULL || request->is_head ||
        !sftp_look(request->context, request->arena, server, path, request->patience_ms, &result, &answer))
        return false;
    version = sftp_version(request->arena, &result);
    return version != NULL && strcmp(version, request->modified) == 0;
}

void sftp_get(const struct remote_request *request, struct remote_answer *ret_answer)
{
    struct transfer transfer = { .context = request->context,
                                 .arena = request->arena,
                                 .largest = request->largest,
                                 .patience_ms = request->patience_ms,
                                 .to = request->to,
                                 .is_head = request->is_head,
                                 .progress = request->progress,
                                 .progress_user = request->progress_user };
    struct sftp_server server;
    struct sftp_exchange exchange = { .server = &server };
    struct transfer_result result;
    const char *path = sftp_path(request->arena, request->uri, ret_answer);

    if (path == NULL || !sftp_server_find(request->context, request->arena, request->uri, false, &server, ret_answer))
        return;
    if (is_unchanged(request, &server, path)) {
        *ret_answer = (struct remote_answer){ .outcome = REMOTE_UNCHANGED, .modified = request->modified };
        return;
    }
    transfer.url = sftp_address(request->arena, &server, path);
    if (transfer.url == NULL)
        sftp_refuse(ret_answer, NULL, NULL);
    else if (sftp_ask(&transfer, &exchange, &result, ret_answer))
        take_result(request, &result, ret_answer);
}
