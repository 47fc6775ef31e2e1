#ifndef DUCKALOG_REMOTE_KNOWN_HOSTS_H
#define DUCKALOG_REMOTE_KNOWN_HOSTS_H

/*
 * Which keys a server of SSH may have, by the files that ssh keeps.
 *
 * libcurl reads one such file itself, but takes the first hidden name in it for the server's, whoever's it is, and knows no
 * patterns. So it is given the lines of the server only, with the name written out.
 */

#include <stdbool.h>

struct arena;

struct known_hosts {
    const char *lines; /* "" when the server is not known; the best kinds of keys first */
    const char *files; /* where was looked, for messages */
};

/* False: no memory. Files that are not there have no lines. `port` 0: the usual one. */
bool known_hosts_find(struct arena *arena, const char *host, int port, struct known_hosts *ret_known);

#endif
