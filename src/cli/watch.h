#ifndef DUCKALOG_CLI_WATCH_H
#define DUCKALOG_CLI_WATCH_H

/*
 * run --watch: an open catalog follows its config until it is told to end.
 */

#include "cli/command.h"

/*
 * Prints each thing that is done on standard output. Ends with SIGINT, SIGTERM or SIGHUP, or when nobody reads standard
 * output any more; returns the exit code. The catalog stays open.
 */
int watch_catalog(const struct invocation *invocation, duckalog_catalog *catalog);

#endif
