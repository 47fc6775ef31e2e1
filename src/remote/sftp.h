#ifndef DUCKALOG_REMOTE_SFTP_H
#define DUCKALOG_REMOTE_SFTP_H

/* What reading and writing by SFTP share: who lets us in, and one exchange with that server. */

#include "remote/known_hosts.h"
#include "remote/ssh_config.h"
#include "remote/transfer.h"

/* One way to show who we are; each is tried with a connection of its own. */
struct sftp_login {
    long kinds;           /* CURLSSH_AUTH_… */
    const char *key_file; /* or NULL */
};

enum { SFTP_MOST_LOGINS = SSH_MOST_KEY_FILES + 2 };

struct sftp_server {
    const char *host;
    int port; /* 0: the usual one */
    const char *user;
    const char *secret;   /* password, or what opens the key file; or NULL */
    const char *key_file; /* that the user has named for this server; or NULL */
    struct known_hosts known;
    bool is_for_writing;
    bool has_proxy; /* that we do not go through */
    struct sftp_login logins[SFTP_MOST_LOGINS];
    size_t login_count;
};

/* False after answering. */
bool sftp_server_find(const struct remote_context *context, struct arena *arena, const struct uri *uri,
                      bool is_for_writing, struct sftp_server *ret_server, struct remote_answer *ret_answer);

/* How the user can make the server known, for a hint. */
const char *sftp_how_to_know(struct arena *arena, const struct sftp_server *server);

/* Answers that it can't be; NULL: no memory. False, always. */
bool sftp_refuse(struct remote_answer *ret_answer, const char *message, const char *hint);

/* The address of a path for libcurl; NULL: no memory. A path begins with a slash, and has nothing encoded in it. */
const char *sftp_address(struct arena *arena, const struct sftp_server *server, const char *path);

/* The path of a URI, with `%20` and the like decoded; NULL after answering: it names none. */
const char *sftp_path(struct arena *arena, const struct uri *uri, struct remote_answer *ret_answer);

/* What an exchange has besides. */
struct sftp_exchange {
    const struct sftp_server *server;
    const char *const *commands; /* for the server, before all else; ended by NULL; or NULL */
    long mode;                   /* permissions of a new file; 0: the usual ones */
};

/* Goes through the ways to log in. True: there is a result to look at. */
bool sftp_ask(const struct transfer *transfer, const struct sftp_exchange *exchange, struct transfer_result *ret_result,
              struct remote_answer *ret_answer);

/* What is there. True: it is; false after answering. */
bool sftp_look(const struct remote_context *context, struct arena *arena, const struct sftp_server *server,
               const char *path, int patience_ms, struct transfer_result *ret_result, struct remote_answer *ret_answer);

/* What stands for an ETag: another size or date is another version. NULL: no memory. */
const char *sftp_version(struct arena *arena, const struct transfer_result *result);

#endif
