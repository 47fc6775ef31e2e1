#ifndef DUCKALOG_ENGINE_FILES_H
#define DUCKALOG_ENGINE_FILES_H

/*
 * The database files that this process has open through DuckDB.
 *
 * DuckDB locks a file with POSIX locks, and those are gone as soon as the process closes any descriptor of that file: a
 * second opening, or a mere look at the header, would let other processes in. So nobody opens what is in this list.
 */

#include <stdbool.h>
#include <sys/stat.h>

bool files_are_open(const struct stat *status);

/* False when there is no memory. A file that is open several times is in the list as often. */
bool files_add(const struct stat *status);
void files_remove(const struct stat *status);

#endif
