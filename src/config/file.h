#ifndef DUCKALOG_CONFIG_FILE_H
#define DUCKALOG_CONFIG_FILE_H

/*
 * Reading the files of a config: configs, imports, SQL files.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct roots;

/* The whole of a file. */
struct file_content {
    const char *chars; /* with a NUL behind it */
    size_t length;
};

#define FILE_OUTSIDE "leads out of the folders that may be read"
#define FILE_TOO_LARGE "is larger than 64 MiB"
#define FILE_NO_MEMORY "not enough memory to read this file"

/* What is in memory already as the whole of a file: copied into the arena. Returns NULL or what is wrong. */
const char *file_content_keep(struct arena *arena, const char *chars, size_t length, struct file_content *ret_content);

/*
 * Reads a regular file into the arena: a pipe or device could be endless. With `roots`, the file that is open must lie
 * below one of them, links followed; what a link leads to may change between a check and the opening, so the check is of
 * the open file.
 *
 * Returns NULL, or what is wrong, for a message that begins with the file's name. It lives as long as the arena.
 */
const char *file_read(struct arena *arena, const char *path, const struct roots *roots,
                      struct file_content *ret_content);

/*
 * Is the open file, which was reached by the path, below a root? It is the file that counts, whatever has become of the
 * path since.
 */
bool file_is_below(int file, const char *path, const struct roots *roots);

#endif
