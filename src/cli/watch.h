#ifndef DUCKALOG_CLI_WATCH_H
#define DUCKALOG_CLI_WATCH_H

/*
 * run --watch: an open catalog follows its config until it is told to end.
 */

#include "cli/command.h"

struct progress;

/*
 * Prints each thing that is done on standard output. Ends with SIGINT, SIGTERM or SIGHUP, or when nobody reads standard
 * output any more; returns the exit code. The catalog stays open; it tells `progress` how far
 * a reload is.
 */
int watch_catalog(const struct invocation *invocation, duckalog_catalog *catalog, struct progress *progress);

#endif
