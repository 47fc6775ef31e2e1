#ifndef DUCKALOG_CLI_SHELL_HISTORY_H
#define DUCKALOG_CLI_SHELL_HISTORY_H

/*
 * What was typed in earlier shells, in a file that only its owner can read. Nothing with a secret in it gets there.
 */

#include <stdbool.h>

struct arena;
struct redactor;

/*
 * The file: what DUCKALOG_HISTORY says, else below XDG_STATE_HOME or ~/.local/state. NULL: none is wanted, or there is no
 * place for one.
 */
const char *history_path(struct arena *arena);

/* Hands each entry to `take`, the oldest first. A long file is cut to its youngest entries. */
void history_load(const char *path, void (*take)(void *user, const char *entry), void *user);

/* Does the entry give a secret away, as CREATE SECRET does, or one of the values that the redactor knows? */
bool history_is_secret(const char *entry, const struct redactor *redactor);

/* Makes the file and its folders when they are missing. False, with errno set, when it can't be written. */
bool history_append(const char *path, const char *entry);

#endif
