#ifndef DUCKALOG_CLI_COMMAND_LINE_H
#define DUCKALOG_CLI_COMMAND_LINE_H

#include "cli/command.h"

/*
 * Reads the words of a command, the first of which is its name, by the tables. Says what is wrong with them, and what
 * may have been meant. Returns the exit code; after --help the operands are not looked at.
 */
int command_line_read(const struct command *command, int count, char **words, struct invocation *ret_invocation);

/*
 * Moves the options for what is behind URIs from before the name of the command to behind it, where Duckalog for Python
 * wants them and here all options are. `words` begins with the program.
 */
void command_line_move_options(int count, char **words);

/* A command that is not there. Returns the exit code. */
int command_line_unknown(const char *name);

#endif
