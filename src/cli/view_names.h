#ifndef DUCKALOG_CLI_VIEW_NAMES_H
#define DUCKALOG_CLI_VIEW_NAMES_H

/*
 * Prints the names of the views of a config, or of a catalog file, a line each, for completions: only names that SQL takes
 * without quotes, as a shell has quotes of its own there. A config with mistakes gives what could be read of it. No network
 * is used, and nothing but names is printed, also when something is wrong. Returns the exit code.
 */
int view_names_print(const char *file);

#endif
