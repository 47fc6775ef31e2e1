#ifndef DUCKALOG_ENGINE_HOLD_H
#define DUCKALOG_ENGINE_HOLD_H

/*
 * A hold: a DuckDB database that stays open as long as anyone uses it: its session, and workers that were given up but
 * have not come back (workers.h).
 *
 * DuckDB itself keeps the file and its lock as long as a connection is in use, so the file also stays in the list of
 * those that this process has open (files.h). When the session is gone, the next one of the same file takes the database
 * over rather than being refused for ever.
 */

#include "engine/duckdb.h"

#include <stdbool.h>
#include <sys/stat.h>

struct hold;

/* NULL: no memory. The database belongs to the hold from now on; who asked has the first share in it. */
struct hold *hold_create(duckdb_database database, bool read_only);

/* One more, or one less; the last one closes the database. */
void hold_share(struct hold *hold);
void hold_release(struct hold *hold);

/* As hold_release(), for the session: as long as others have a share, the next session may take the database over. */
void hold_leave(struct hold *hold);

/* Has anyone a share beside the caller? */
bool hold_is_shared(struct hold *hold);

/* The file is open through this database. False when there is no memory. */
bool hold_add_file(struct hold *hold, const struct stat *status);

bool hold_has_file(struct hold *hold, const struct stat *status);

/* It is so no more: DuckDB has closed it. */
void hold_remove_file(struct hold *hold, const struct stat *status);

/*
 * A hold of this file, its first one, that no session has any more, with a share for the caller; NULL when there is none.
 */
struct hold *hold_take_over(const struct stat *status, bool read_only);

duckdb_database hold_database(const struct hold *hold);

#endif
