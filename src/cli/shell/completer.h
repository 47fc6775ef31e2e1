#ifndef DUCKALOG_CLI_SHELL_COMPLETER_H
#define DUCKALOG_CLI_SHELL_COMPLETER_H

#include "cli/shell/editor.h"

#include <histedit.h>

/*
 * Completes what is before the cursor, by what `offer` says; returns what libedit is to do next. `ret_stopped`: Ctrl-C
 * was pressed meanwhile, so that nothing was done.
 */
unsigned char completer_run(EditLine *line, editor_offer offer, void *user, bool *ret_stopped);

#endif
