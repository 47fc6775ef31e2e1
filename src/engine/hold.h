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

#include "base/duckdb.h"

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

/* The same for each file that DuckDB has closed. */
void hold_forget_closed(struct hold *hold);

/*
 * The catalog's own file, one of those above, as it is now: by it the next session finds the hold. One without is of a
 * database in memory.
 */
void hold_set_own_file(struct hold *hold, const struct stat *status);

/* What is at its path when the session leaves: if it is that file still, the next session is to find it as it is now. */
void hold_look_again(struct hold *hold, const struct stat *status);

/* All is written, and nothing more will be until the hold is taken over: others may read the catalog's file meanwhile. */
void hold_rest(struct hold *hold);

/* Is the file the own one of a hold that the next session for writing may take over? */
bool hold_is_left(const struct stat *status);

/*
 * The hold of the file at `path` that no session has any more, with a share for the caller; NULL when there is none, or it
 * knows no more what is in the file.
 */
struct hold *hold_take_over(const char *path, const struct stat *status, bool read_only);

duckdb_database hold_database(const struct hold *hold);

#endif
