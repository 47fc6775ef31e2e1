#ifndef DUCKALOG_REMOTE_CREDENTIALS_H
#define DUCKALOG_REMOTE_CREDENTIALS_H

/*
 * Whose credentials go where. Those that the user names by options or DUCKALOG_FS_… are for what the user names, too, be it
 * in a config of this machine: what a document from elsewhere names gets them only by the same protocol, and by one that
 * leads to any server (http and https, SFTP) only from the same server.
 */

#include "remote/transport.h"

struct credentials {
    const char *key; /* NULL: none, as all of them */
    const char *secret;
    const char *token;
    const char *key_file; /* of SFTP */
};

/* The user names this URI: the first one of each protocol says where credentials may go. It outlives the context. */
void credentials_set_home(struct remote_context *context, const struct uri *uri);

struct credentials credentials_for(const struct remote_context *context, const struct uri *uri);

/* Are the options for URIs of this scheme? */
bool credentials_are_for(const duckalog_remote_options *options, enum uri_scheme scheme);

/* A variable of the environment; NULL: it is not set, or empty. */
const char *credentials_variable(const char *name);

#endif
