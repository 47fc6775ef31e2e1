#ifndef DUCKALOG_CONFIG_READER_H
#define DUCKALOG_CONFIG_READER_H

/*
 * Files that the caller of the library hands over in place of the file system: configs, imports, SQL files, `.env` files,
 * by absolute path or URI. Each is asked for once a load, so that all see the same bytes.
 *
 * Only on the thread of the caller, as nothing is known of what the caller's function can stand.
 */

#include "config/file.h"
#include "duckalog.h"

struct reader;

/* NULL when there is no memory. Without a function it has no files. */
struct reader *reader_create(duckalog_read_function read, void *user);
void reader_free(struct reader *reader);

/* Does the caller answer for this file, be it that it can't be read? False for a reader of NULL. */
bool reader_has(struct reader *reader, const char *path);

/*
 * The bytes of a file that reader_has(), copied into the arena. A local path has to lie below one of the roots, if there
 * are any. Returns NULL or what is wrong, as file_read() does.
 */
const char *reader_read(struct reader *reader, struct arena *arena, const char *path, const struct roots *roots,
                        struct file_content *ret_content);

/* Of the caller when it has the file, or else of the file system. */
const char *reader_or_file_read(struct reader *reader, struct arena *arena, const char *path, const struct roots *roots,
                                struct file_content *ret_content);

#endif
