#ifndef DUCKALOG_CLI_STATUS_LINE_H
#define DUCKALOG_CLI_STATUS_LINE_H

#include <stdbool.h>

/*
 * One line at the foot of a person's terminal, on standard error, which is drawn over and goes without a trace. There is one
 * terminal, so there is one such line in the process.
 */

/* Draws the text in place of what was there, as much of it as fits. Not while the program is in the background. */
void status_line_show(const char *text);

/* Nothing is there any more. */
void status_line_erase(void);

/*
 * Around what else is written to the terminal: the line is gone, and is not drawn meanwhile. Not one within the other. It
 * costs next to nothing when there is no line.
 */
void status_line_hold(void);
void status_line_release(void);

/* The same for a signal handler. Was there a line? */
bool status_line_leave(void);

#endif
