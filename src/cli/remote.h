#ifndef DUCKALOG_CLI_REMOTE_H
#define DUCKALOG_CLI_REMOTE_H

/* The options for what is behind URIs (cli.md section 3). */

#include "cli/command.h"

/*
 * Checks them before anything else is done, and reads the file of a secret. Returns the exit code, after printing what is
 * wrong with them.
 */
int remote_options_check(const struct invocation *invocation);

/* What they say, once they are checked. It lives as long as the process. */
const duckalog_remote_options *remote_options_from(const struct invocation *invocation);

#endif
