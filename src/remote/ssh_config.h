#ifndef DUCKALOG_REMOTE_SSH_CONFIG_H
#define DUCKALOG_REMOTE_SSH_CONFIG_H

/*
 * What ~/.ssh/config and /etc/ssh/ssh_config say of a server, as far as SFTP needs it: HostName, Port, User, IdentityFile,
 * and whether it is behind another one. `Host`, `Include` and `Match all` are followed; other kinds of `Match` ask for more
 * than is known here, and their sections are left out.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { SSH_MOST_KEY_FILES = 8 };

struct ssh_config {
    const char *host; /* NULL: nothing is said, as with all of them */
    const char *user;
    int port; /* 0: nothing is said */
    const char *key_files[SSH_MOST_KEY_FILES];
    size_t key_file_count;
    bool has_proxy;
};

/* False: no memory. */
bool ssh_config_find(struct arena *arena, const char *host, struct ssh_config *ret_config);

/* The user's home directory; NULL: none, or no memory. */
const char *ssh_home(struct arena *arena);

/* Is the name one of these patterns, which `*` and `?` may be in, and is it none that begins with `!`? */
bool ssh_patterns_match(struct arena *arena, const char *patterns, const char *separators, const char *name);

#endif
