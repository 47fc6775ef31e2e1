#ifndef DUCKALOG_ENGINE_SANDBOX_H
#define DUCKALOG_ENGINE_SANDBOX_H

/*
 * A sandbox: a session in which the SQL of a stranger reads what the catalog declares, and nothing else.
 *
 * There are two walls. DuckDB itself opens no file and no address but those that the views of the catalog name, loads
 * nothing and changes no setting any more. And each statement is looked at before it runs, as DuckDB's wall has gaps:
 * functions of extensions have their own ways to files and servers (sqlite_scan, postgres_query, delta_scan), and what is
 * open to a view would be open to everyone, for writing too.
 */

#include "base/duckdb.h"

struct sandbox;
struct text;

/*
 * Closes the session, once it is restored. `output` is the one path that results may be written to. Afterwards there is no
 * way back; on failure the session must not be used, and `problem` says why.
 */
duckalog_status sandbox_build(duckdb_connection connection, const char *output, struct sandbox **ret_sandbox,
                              struct text *problem);

/* Is the text a query of what may be read? Otherwise `problem` says what it is, and the hint, if any, what to do. */
bool sandbox_allows(struct sandbox *sandbox, const char *sql, struct text *problem, const char **ret_hint);

void sandbox_free(struct sandbox *sandbox);

#endif
