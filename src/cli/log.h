#ifndef DUCKALOG_CLI_LOG_H
#define DUCKALOG_CLI_LOG_H

/*
 * The log of the program, on standard error: which lines there are, and their form.
 */

#include "cli/command.h"

/* The words of --log-level, ended by NULL; a word's place is its duckalog_log_level. */
extern const char *const log_levels[];

/* Is DUCKALOG_LOG_LEVEL, where it counts for this command line, such a word? The exit code, after saying that it is not. */
int log_check_environment(const struct invocation *invocation);

/*
 * What the command line and the environment say of the log: --log-level first, then --quiet or -v and -vv, then
 * DUCKALOG_LOG_LEVEL, or else warnings and errors.
 */
void log_options_from(const struct invocation *invocation, duckalog_options *options);

#endif
