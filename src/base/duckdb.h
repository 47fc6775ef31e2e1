#ifndef DUCKALOG_BASE_DUCKDB_H
#define DUCKALOG_BASE_DUCKDB_H

/*
 * DuckDB's C API through the function table of its extension header: each duckdb_…() call goes through the variable
 * duckdb_ext_api. Here the table is filled from libduckdb when it is first needed; inside of DuckDB, DuckDB fills it.
 */

/* Streaming results are in the part that is not stable yet; a program that looks functions up by name may use it. */
#define DUCKDB_EXTENSION_API_VERSION_UNSTABLE 1
#include <duckdb_extension.h>

#include "duckalog.h"

#include <stdbool.h>

DUCKDB_EXTENSION_EXTERN

/*
 * Loads libduckdb, once in a process. False, with a reason and what to do about it, when there is none that can be used.
 */
bool duckdb_load(const char **ret_problem);

/* The file that it comes from, once it is loaded; NULL when the system does not tell. */
const char *duckdb_library_file(void);

#endif
