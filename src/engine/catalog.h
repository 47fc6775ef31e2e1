#ifndef DUCKALOG_ENGINE_CATALOG_H
#define DUCKALOG_ENGINE_CATALOG_H

/*
 * What the program needs of a catalog beside the public interface.
 */

#include "base/duckdb.h"
#include "duckalog.h"

struct redactor;

/* The secret values of the config in use, to be masked in what is printed; NULL without a session. */
const struct redactor *catalog_redactor(const duckalog_catalog *catalog);

/* The config in use, and the name of its database in DuckDB; NULL without a session. They live as long as the session. */
const struct duckalog_config *catalog_config(const duckalog_catalog *catalog);
/* The database of its session, for connections beside the catalog's own, which have to be closed before it. */
duckdb_database catalog_database(const duckalog_catalog *catalog);
const char *catalog_name(const duckalog_catalog *catalog);

/* From the next opening on, a database that is behind a URI is fetched as a whole, however large it is: for sandboxes. */
void catalog_bring_here(duckalog_catalog *catalog);

/*
 * For a caller that holds neither connection nor database: when somebody else has published a catalog since ours was, the
 * next reload opens a new session with that one, and goes on from there.
 */
void catalog_let_begin_anew(duckalog_catalog *catalog);

/* Has the session the config that the last reload has read? */
bool catalog_is_reloaded(const duckalog_catalog *catalog);

/* How many warnings tell that the catalog is not what the config says: with --strict each is a failure. */
size_t catalog_departures(const duckalog_report *report);

#endif
