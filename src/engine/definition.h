#ifndef DUCKALOG_ENGINE_DEFINITION_H
#define DUCKALOG_ENGINE_DEFINITION_H

/*
 * Definitions of views as DuckDB writes them: a catalog shows the query of a view in a form of its own, without comments
 * and with every bracket. The same form is made of a config's query here, by the parser alone: nothing is bound, so it
 * makes no difference where the data is, and whether it is there.
 */

#include "base/duckdb.h"

struct arena;

struct definitions {
    duckdb_connection connection;
    duckdb_prepared_statement statement; /* NULL: not needed yet */
};

void definitions_begin(struct definitions *definitions, duckdb_connection connection);
void definitions_end(struct definitions *definitions);

/*
 * A query as the catalog shows it once its file was closed and opened again. NULL when the parser can't tell (which is
 * rare: 1e400), or when there is no memory.
 */
const char *definition_of(struct definitions *definitions, struct arena *arena, const char *query);

/* The query in a CREATE VIEW that DuckDB shows; NULL when it has none, or names its columns, or without memory. */
const char *definition_in(struct arena *arena, const char *created);

/* Do both mean the same, though one may come from a file and the other from the memory of this process? */
bool definition_equals(struct definitions *definitions, struct arena *arena, const char *a, const char *b);

#endif
