#ifndef DUCKALOG_CLI_PRINT_H
#define DUCKALOG_CLI_PRINT_H

/*
 * What the program says: results go to standard output, everything else to standard error, here.
 */

#include "cli/command.h"

#include <stdbool.h>

struct redactor;

/* The one mapping from status to exit code (cli.md section 2). */
int exit_code_of(duckalog_status status);

/* "error: …" and "hint: …" on standard error; the hint may be NULL. Secrets that the redactor knows are masked. */
__attribute__((format(printf, 3, 4))) void print_error(const struct redactor *redactor, const char *hint,
                                                       const char *format, ...);

/*
 * Every problem of a report, a line each: `file:line:col: key: problem; hint` for a key of a config, "error: …" or
 * "warning: …" and "hint: …" for the rest. What is less grave than `least` is left out.
 */
void print_report(const duckalog_report *report, duckalog_severity least);

/*
 * What a reload has done, a line each, on standard output, which is flushed; false when nobody reads it any more, or it
 * can't be written.
 */
bool print_reloaded(const duckalog_report *report);

/* The options of a command line that a catalog knows; they live as long as the invocation. */
void options_from(const struct invocation *invocation, duckalog_options *ret_options);

/* Ends standard output: 0, or the exit code for what kept it from being written. A closed pipe is no failure. */
int finish_output(void);

#endif
