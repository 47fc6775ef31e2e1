#ifndef DUCKALOG_CLI_FIRST_RUN_H
#define DUCKALOG_CLI_FIRST_RUN_H

#include <stdbool.h>

enum { FIRST_RUN_HINT = 160 };

/*
 * What to type next for somebody who named no config to this command: how to make one, or which one there is in this
 * folder.
 */
bool first_run_hint(const char *command, char ret_hint[FIRST_RUN_HINT]);

#endif
