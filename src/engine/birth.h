#ifndef DUCKALOG_ENGINE_BIRTH_H
#define DUCKALOG_ENGINE_BIRTH_H

/*
 * The birth of a database file: an empty one that is there whole, or not at all.
 */

#include "duckalog.h"

#include <stdbool.h>

struct text;

/* As long as what DuckDB writes first into a new file, before there is anything in it. */
enum { FIRST_HEADERS = 3 * 4096 };

/*
 * Makes an empty database where there is no file yet. `ret_made` tells whether it is ours: another process may have been
 * quicker, which is no failure.
 *
 * DUCKALOG_LOCKED, with a problem: another process is at it. Any other failure leaves nothing, and the file to DuckDB,
 * which tells better what is wrong with its place. Call it between files_begin_opening() and files_end_opening().
 */
duckalog_status birth_of_file(const char *path, bool *ret_made, struct text *problem);

/*
 * Takes away what DuckDB left at a path where it failed to make a database, on a full disk for one: a regular file that no
 * process has a lock on, with nothing but DuckDB's first headers in it, or a part of them. This process must not have it
 * open (files.h).
 */
void birth_remove_failed(const char *path);

/*
 * The logs that DuckDB keeps beside a database file. Without that file they are of no use to anyone; when another one has
 * taken its place, only those go that this process has open.
 */
void remove_logs(const char *path);
void remove_own_logs(const char *path);

#endif
