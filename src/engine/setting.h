#ifndef DUCKALOG_ENGINE_SETTING_H
#define DUCKALOG_ENGINE_SETTING_H

/*
 * A setting of the session that has another value for a while; afterwards the user's own one is back.
 */

#include "base/duckdb.h"

#include <stdbool.h>

enum { SETTING_MOST_CHARS = 32 };

struct setting {
    const char *name;               /* NULL: nothing was changed */
    char value[SETTING_MOST_CHARS]; /* the user's */
};

/* Where DuckDB does not know the setting, or does not let go of it, nothing changes. */
void setting_change(struct setting *setting, duckdb_connection connection, const char *name, const char *value);

/* False while DuckDB does not take the value, as in a transaction that is aborted: then it can be tried again. */
bool setting_restore(struct setting *setting, duckdb_connection connection);

#endif
