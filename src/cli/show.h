#ifndef DUCKALOG_CLI_SHOW_H
#define DUCKALOG_CLI_SHOW_H

/*
 * What the commands have in common that show something of a config without a session: show-paths, show-imports, graph.
 */

#include "cli/command.h"

struct arena;
struct duckalog_config;
struct redactor;

/*
 * Loads the config that the command line names, also one with errors when `keep_incomplete` says so. Sets the config to
 * NULL when there is none to be had, the report to NULL only when there is no memory. Returns the exit code for what is
 * wrong; nothing is printed.
 */
int show_load(const struct invocation *invocation, bool keep_incomplete, struct duckalog_config **ret_config,
              duckalog_report **ret_report);

/* The same, with the report printed; NULL when there is no config without errors. */
struct duckalog_config *show_load_good(const struct invocation *invocation, int *ret_code);

/* A path, address or other text of a config on its way out, secret values masked. NULL for NULL, or without memory. */
const char *show_masked(struct arena *arena, const struct redactor *redactor, const char *text);

/* The same on one line, for a terminal. */
const char *show_line(struct arena *arena, const struct redactor *redactor, const char *text);

#endif
