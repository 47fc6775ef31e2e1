#ifndef DUCKALOG_CLI_HELP_H
#define DUCKALOG_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* All commands, or one command with its options. */
void help_print(FILE *stream);
void help_print_command(FILE *stream, const struct command *command);

/* "usage: duckalog run CONFIG [options]" */
void help_print_usage(FILE *stream, const struct command *command);

#endif
