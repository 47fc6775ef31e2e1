#ifndef DUCKALOG_ENGINE_SECRET_FOLDER_H
#define DUCKALOG_ENGINE_SECRET_FOLDER_H

/*
 * DuckDB's secret directory: a file for each persistent secret of the user, whichever catalog made it. Only names are
 * looked at here; what is in the files is DuckDB's.
 */

#include "base/duckdb.h"

struct arena;

#define SECRET_FILE_ENDING ".duckdb_secret"

/* Where the session keeps persistent secrets, with `~` resolved as DuckDB does. NULL: no memory, or DuckDB won't tell. */
const char *secret_folder_of(struct arena *arena, duckdb_connection connection);

/* The file of a secret whose name is folded to lower case, as in a config. NULL: no memory. */
const char *secret_folder_file(struct arena *arena, const char *folder, const char *name);

/* Is told of each file of the folder that should hold a secret: false stops. */
typedef bool (*secret_folder_visit)(const char *file, const char *name, void *user);

/* A folder that can't be read has no secrets. False when a visit stopped it, or there is no memory. */
bool secret_folder_each(const char *folder, secret_folder_visit visit, void *user);

#endif
