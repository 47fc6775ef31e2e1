#ifndef DUCKALOG_CLI_FILE_H
#define DUCKALOG_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes a whole file or nothing: a new one beside it takes its place when it is complete. `is_private` lets only the
 * owner read it. Returns the exit code, after saying what went wrong.
 */
int file_write(const char *path, const char *content, bool is_private);

/*
 * The same bit by bit, by whoever writes to `part`: file_begin() says where, and file_end() puts it in place, or removes
 * it. What is no regular file, as /dev/stdout, is written to as it is.
 */
struct file_part {
    const char *path; /* the caller's */
    char *part;
    char *real; /* NULL: `part` is the file itself */
};

int file_begin(struct file_part *part, const char *path);
int file_end(struct file_part *part, bool is_good);

/* Does the file hold exactly this? */
bool file_holds(const char *path, const char *content);

/* The folders above a file, as far as they are missing. Returns the exit code, after saying what went wrong. */
int file_make_folders(const char *path);

/* All of it to a descriptor, however many calls that takes; false with errno set. */
bool file_write_all(int file, const char *chars, size_t left);

#endif
