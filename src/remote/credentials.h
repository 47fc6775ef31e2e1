#ifndef DUCKALOG_REMOTE_CREDENTIALS_H
#define DUCKALOG_REMOTE_CREDENTIALS_H

/*
 * Whose credentials go where. Those that the user names by options or DUCKALOG_FS_… are for one protocol, and by a protocol
 * that leads to any server (http, SFTP, GitHub) for one server: that of the first URI of the scheme that is asked for.
 */

#include "remote/transport.h"

struct credentials {
    const char *key; /* NULL: none, as all of them */
    const char *secret;
    const char *token;
};

struct credentials credentials_for(const struct remote_context *context, const struct uri *uri);

/* Are the options for URIs of this scheme? */
bool credentials_are_for(const duckalog_remote_options *options, enum uri_scheme scheme);

/* Is it a word for a protocol? */
bool credentials_know_protocol(const char *protocol);

#endif
