#ifndef DUCKALOG_CLI_COMMAND_LINE_H
#define DUCKALOG_CLI_COMMAND_LINE_H

#include "cli/command.h"

/*
 * Reads the words of a command, the first of which is its name, by the tables. Says what is wrong with them, and what
 * may have been meant. Returns the exit code; after --help the operands are not looked at.
 */
int command_line_read(const struct command *command, int count, char **words, struct invocation *ret_invocation);

/* A command that is not there. Returns the exit code. */
int command_line_unknown(const char *name);

#endif
