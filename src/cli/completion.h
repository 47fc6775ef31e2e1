#ifndef DUCKALOG_CLI_COMPLETION_H
#define DUCKALOG_CLI_COMPLETION_H

/*
 * Scripts that complete command lines in a shell, made from the tables of commands and options: completion_bash.c,
 * completion_zsh.c, completion_fish.c. Each script has the same three parts: what the tables say, functions that look at
 * the words so far, and files, words or names of views for the one that is being typed.
 */

#include "cli/command.h"

void completion_print_bash(void);
void completion_print_zsh(void);
void completion_print_fish(void);

/* Do the names of views come from the file that the option names? */
static inline bool completion_is_catalog(enum option_id option)
{
    return option == OPTION_CATALOG;
}

#endif
