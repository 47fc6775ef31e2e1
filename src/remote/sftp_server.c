/*
 * Servers of SFTP: by which name and key they are reached, who we are there, and how their paths are written.
 */

#include "remote/sftp.h"

#include "base/arena.h"
#include "base/text.h"
#include "remote/credentials.h"
#include "remote/http.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USUAL_PORT = 22 };

bool sftp_refuse(struct remote_answer *ret_answer, const char *message, const char *hint)
{
    *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED,
                                          .message = message != NULL ? message : FILE_NO_MEMORY,
                                          .hint = hint };
    return false;
}

/* ---- who lets us in ---- */

static const char *this_user(struct arena *arena)
{
    enum { BUFFER = 16384 };
    const char *const names[] = { getenv("USER"), getenv("LOGNAME") };
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i] != NULL && *names[i] != '\0')
            return names[i];
    buffer = arena_alloc(arena, BUFFER);
    if (buffer == NULL || getpwuid_r(getuid(), &entry, buffer, BUFFER, &found) != 0 || found == NULL)
        return "";
    return found->pw_name;
}

static void add_login(struct sftp_server *server, long kinds, const char *key_file)
{
    if (server->login_count < SFTP_MOST_LOGINS && (key_file == NULL || access(key_file, R_OK) == 0))
        server->logins[server->login_count++] = (struct sftp_login){ kinds, key_file };
}

/* What the user has named, or what ssh would try. */
static bool find_logins(struct arena *arena, const struct ssh_config *config, struct sftp_server *server)
{
    static const char *const usual[] = { "id_ed25519", "id_ecdsa", "id_rsa" };
    const char *agent = getenv("SSH_AUTH_SOCK");
    const char *home = ssh_home(arena);

    if (server->key_file != NULL)
        add_login(server, CURLSSH_AUTH_PUBLICKEY, server->key_file);
    else if (server->secret != NULL)
        add_login(server, CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD, NULL);
    else {
        if (agent != NULL && *agent != '\0')
            add_login(server, CURLSSH_AUTH_AGENT, NULL);
        for (size_t i = 0; i < config->key_file_count; i++)
            add_login(server, CURLSSH_AUTH_PUBLICKEY, config->key_files[i]);
        for (size_t i = 0; home != NULL && config->key_file_count == 0 && i < sizeof(usual) / sizeof(usual[0]); i++) {
            const char *path = arena_format(arena, "%s/.ssh/%s", home, usual[i]);

            if (path == NULL)
                return false;
            add_login(server, CURLSSH_AUTH_PUBLICKEY, path);
        }
    }
    return true;
}

static bool has_sftp(const struct curl_functions *curl)
{
    const curl_version_info_data *version = curl->version_info(CURLVERSION_NOW);

    for (const char *const *protocol = version->protocols; *protocol != NULL; protocol++)
        if (strcmp(*protocol, "sftp") == 0)
            return true;
    return false;
}

static bool may_go(struct arena *arena, const duckalog_remote_options *options, const struct sftp_server *server,
                   const char *doing, struct remote_answer *ret_answer)
{
    const char *problem;
    const struct curl_functions *curl = curl_functions(&problem);

    if (curl == NULL)
        return sftp_refuse(ret_answer, arena_format(arena, "can't be %s: %s", doing, problem), NULL);
    if (!has_sftp(curl))
        return sftp_refuse(ret_answer,
                           arena_format(arena, "can't be %s: the libcurl of this machine is made without SFTP", doing),
                           "Debian's libcurl4 has it");
    if (options->anonymous && credentials_are_for(options, URI_SFTP))
        return sftp_refuse(ret_answer,
                           arena_format(arena, "can't be %s: nobody gets in by SFTP without credentials", doing),
                           "leave out --fs-anon; a server that only a document from elsewhere names is sent none");
    if (server->login_count == 0)
        return sftp_refuse(
            ret_answer,
            server->key_file != NULL
                ? arena_format(arena, "can't be %s: the key file %s can't be read", doing, server->key_file)
                : arena_format(arena, "can't be %s: there is no agent, key or password for %s at %s", doing,
                               server->user, server->host),
            HTTP_CREDENTIALS_HINT);
    return true;
}

const char *sftp_how_to_know(struct arena *arena, const struct sftp_server *server)
{
    const char *port = server->port == 0 ? "" : arena_format(arena, "-p %d ", server->port);

    return port == NULL
               ? NULL
               : arena_format(arena,
                              "connect to it once with `ssh %s%s`, or see with `ssh-keyscan %s%s` whether it is "
                              "the key that its owner tells",
                              port, server->host, port, server->host);
}

static bool is_known(struct arena *arena, const struct sftp_server *server, const char *doing,
                     struct remote_answer *ret_answer)
{
    return *server->known.lines != '\0' ||
           sftp_refuse(ret_answer,
                       arena_format(arena, "can't be %s: the key of %s is not known here (in %s)", doing, server->host,
                                    server->known.files),
                       sftp_how_to_know(arena, server));
}

bool sftp_server_find(const struct remote_context *context, struct arena *arena, const struct uri *uri,
                      bool is_for_writing, struct sftp_server *ret_server, struct remote_answer *ret_answer)
{
    const duckalog_remote_options *options = context->options;
    struct credentials credentials = credentials_for(context, uri);
    const char *doing = is_for_writing ? "written" : "read";
    const char *named = options->sftp_host != NULL ? options->sftp_host : uri->host;
    struct ssh_config config;

    *ret_server = (struct sftp_server){ .secret = credentials.secret,
                                        .key_file = credentials.key_file,
                                        .is_for_writing = is_for_writing };
    if (!ssh_config_find(arena, named, &config))
        return sftp_refuse(ret_answer, NULL, NULL);
    ret_server->host = config.host != NULL ? config.host : named;
    ret_server->port = options->sftp_port > 0 ? options->sftp_port : uri->port > 0 ? uri->port : config.port;
    if (ret_server->port == USUAL_PORT)
        ret_server->port = 0;
    ret_server->user = credentials.key != NULL ? credentials.key : uri->user != NULL ? uri->user : config.user;
    if (ret_server->user == NULL)
        ret_server->user = this_user(arena);
    ret_server->has_proxy = config.has_proxy;
    if (!find_logins(arena, &config, ret_server) ||
        !known_hosts_find(arena, ret_server->host, ret_server->port, &ret_server->known))
        return sftp_refuse(ret_answer, NULL, NULL);
    return may_go(arena, options, ret_server, doing, ret_answer) && is_known(arena, ret_server, doing, ret_answer);
}

/* ---- addresses ---- */

const char *sftp_address(struct arena *arena, const struct sftp_server *server, const char *path)
{
    struct text text = text_in(arena);
    bool is_bare_ipv6 = strchr(server->host, ':') != NULL && *server->host != '[';

    text_format(&text, is_bare_ipv6 ? "sftp://[%s]:%d" : "sftp://%s:%d", server->host,
                server->port == 0 ? USUAL_PORT : server->port);
    for (; *path != '\0'; path++) {
        unsigned char c = (unsigned char)*path;

        if (isalnum(c) || strchr("/-._~", c) != NULL)
            text_add_char(&text, *path);
        else
            text_format(&text, "%%%02X", c);
    }
    return text_string(&text);
}

static int digit_of(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? ascii_lower(c) - 'a' + 10 : -1;
}

const char *sftp_path(struct arena *arena, const struct uri *uri, struct remote_answer *ret_answer)
{
    struct text text = text_in(arena);

    for (const char *c = uri->path; *c != '\0'; c++) {
        int high = *c == '%' ? digit_of(c[1]) : -1;
        int low = high < 0 ? -1 : digit_of(c[2]);
        int decoded = low < 0 ? *c : 16 * high + low;

        if (decoded >= 0 && (decoded < ' ' || decoded == 0x7F)) {
            sftp_refuse(ret_answer, "has a control character in it", NULL);
            ret_answer->is_wrong = true;
            return NULL;
        }
        text_add_char(&text, (char)decoded);
        c += low < 0 ? 0 : 2;
    }
    if (text_string(&text) == NULL)
        sftp_refuse(ret_answer, NULL, NULL);
    return text_string(&text);
}
