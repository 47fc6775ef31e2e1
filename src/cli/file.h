#ifndef DUCKALOG_CLI_FILE_H
#define DUCKALOG_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes a whole file or nothing: a new one beside it takes its place when it is complete. `is_private` lets only the
 * owner read it. Returns the exit code, after saying what went wrong.
 */
int file_write(const char *path, const char *content, bool is_private);

/* Does the file hold exactly this? */
bool file_holds(const char *path, const char *content);

/* The folders above a file, as far as they are missing. Returns the exit code, after saying what went wrong. */
int file_make_folders(const char *path);

/* All of it to a descriptor, however many calls that takes; false with errno set. */
bool file_write_all(int file, const char *chars, size_t left);

#endif
