#ifndef DUCKALOG_REMOTE_URI_H
#define DUCKALOG_REMOTE_URI_H

/*
 * Addresses of what lives elsewhere (remote.md section 1): which scheme, which parts, and one spelling for each.
 */

#include <stdbool.h>

struct arena;

/* What a scheme leads to; several words may lead to the same. */
enum uri_scheme {
    URI_HTTP,
    URI_HTTPS,
    URI_S3,
    URI_GCS,
    URI_R2,
    URI_AZURE,
    URI_HUGGING_FACE,
    URI_SFTP,
    URI_GITHUB,
    URI_SCHEMES
};

struct uri {
    enum uri_scheme scheme;
    const char *text;  /* the whole, in the spelling that tells one from another */
    const char *word;  /* the scheme as it is written, in lower case */
    const char *user;  /* NULL: none */
    const char *host;  /* lower case; of a store its bucket or container, as it is written */
    int port;          /* 0: the usual one */
    const char *path;  /* from its slash on; "" without one */
    const char *query; /* without the question mark; NULL: none */
};

/*
 * Takes a URI apart. In its spelling scheme and host are in lower case, the usual port and the fragment are gone; nothing
 * else is touched, as servers may tell `%7E` from `~`.
 *
 * False with a reason for a message that begins with the URI, and what to do about it (NULL: nothing to say). The texts live
 * as long as the arena.
 */
bool uri_parse(struct arena *arena, const char *text, struct uri *ret_uri, const char **ret_problem,
               const char **ret_hint);

/*
 * Is there what the scheme needs to name a file: the bucket and a path in it, the repository? False with a reason and a hint,
 * as uri_parse() has them. Of http(s) and GitHub others know.
 */
bool uri_names_file(const struct uri *uri, const char **ret_problem, const char **ret_hint);

/* Is the host this machine, whatever the network is? */
bool uri_is_loopback(const struct uri *uri);

/* Would a request to `other` go to the same server, by the same protocol? Credentials go nowhere else. */
bool uri_is_same_server(const struct uri *uri, const struct uri *other);

/* A text as a part of a URL: what may have a meaning there is escaped, but for the characters that stay. NULL: no memory. */
const char *uri_escape(struct arena *arena, const char *text, const char *stays);

#endif
