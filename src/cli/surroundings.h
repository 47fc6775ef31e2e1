#ifndef DUCKALOG_CLI_SURROUNDINGS_H
#define DUCKALOG_CLI_SURROUNDINGS_H

/*
 * What is around the commands: how they end, variables of the environment, files that nobody has to name. Help and man
 * pages are made from these tables.
 */

#include "cli/command.h"

/* A sentence or two on what the program is for. */
extern const char program_purpose[];

struct exit_row {
    int code;
    const char *meaning;
};

/* A variable or a file matters to the commands that have the option; to all of them, when that is OPTION_COUNT. */
struct surrounding {
    const char *name;
    enum option_id option;
    const char *meaning; /* sentences */
};

/* Each ended by a row of zeros. */
extern const struct exit_row exit_rows[];
extern const struct surrounding variable_rows[];
extern const struct surrounding file_rows[];

#endif
