#ifndef DUCKALOG_ENGINE_FILES_H
#define DUCKALOG_ENGINE_FILES_H

/*
 * The database files that this process has open through DuckDB, those of SQLite too.
 *
 * Both lock a file with POSIX locks, and those are gone as soon as the process closes any descriptor of that file: a
 * second opening, or a mere look at the header, would let other processes in. So nobody opens what is in this list.
 */

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

/* One file under two names, or at two times? */
bool files_are_same(const struct stat *a, const struct stat *b);

/* The same file, to which nothing was done in between. */
bool files_are_unchanged(const struct stat *a, const struct stat *b);

/* When the file was made; zero where the file system does not tell. What is done to a file does not change it. */
struct timespec files_birth(const char *path);

/* Is there a log of DuckDB's beside it, with what is not in the file yet? Where nobody knows: true. */
bool files_have_log(const char *path);

/* Has this process a descriptor of the file, DuckDB's own included? Where nobody knows, as without /proc: true. */
bool files_have_descriptor(const struct stat *status);

/* The same for who must not err: where nobody knows, false. */
bool files_surely_have_descriptor(const struct stat *status);

bool files_are_open(const struct stat *status);

/* More than once? */
bool files_are_shared(const struct stat *status);

/* Is it open here for writing? Then nobody else may have it at the same time. */
bool files_are_written(const struct stat *status);
void files_mark_written(const struct stat *status, bool is_written);

/* Is it open here as a SQLite database? That library shares its locks within a process: it may have the file twice. */
bool files_are_sqlite(const struct stat *status);
void files_mark_sqlite(const struct stat *status);

/*
 * Around the look at a file and what follows from it (opening it, adding it to the list), so that no other thread does
 * the same in between. Not for what may wait for a server.
 */
void files_begin_opening(void);
void files_end_opening(void);

/* False when there is no memory. A file that is open several times is in the list as often. */
bool files_add(const struct stat *status);
void files_remove(const struct stat *status);

#endif
