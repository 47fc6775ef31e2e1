#ifndef DUCKALOG_CLI_LOG_H
#define DUCKALOG_CLI_LOG_H

/*
 * The log of the program, on standard error: which lines there are, and their form.
 */

#include "cli/command.h"

/*
 * Are --log-level and DUCKALOG_LOG_LEVEL, where they count for this command line, levels that there are? The exit code,
 * after saying that one is not.
 */
int log_check(const struct invocation *invocation);

/*
 * What the command line and the environment say of the log: --log-level first, then --quiet or -v and -vv, then
 * DUCKALOG_LOG_LEVEL, or else warnings and errors.
 */
void log_options_from(const struct invocation *invocation, duckalog_options *options);

#endif
