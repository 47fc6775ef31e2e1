#ifndef DUCKALOG_REMOTE_ATTACHMENT_H
#define DUCKALOG_REMOTE_ATTACHMENT_H

/*
 * What DuckDB needs to attach a database that is behind a URI, to read it.
 */

#include "config/remote.h"

enum { REMOTE_MOST_VALUES = 6 };

struct remote_attachment {
    const char *extensions[3]; /* to be loaded; ended by NULL */
    const char *secret;        /* CREATE SECRET, for this address alone; NULL: none */
    const char *values[REMOTE_MOST_VALUES];
    size_t value_count;
    const char *address; /* as DuckDB spells it */
    const char *name;    /* that a file of this name would give its database */
    bool is_https;
};

/* All texts live as long as the arena. False: DuckDB has no way to it, or no memory. */
bool remote_attachment_find(const struct remote_settings *settings, struct arena *arena, const char *uri,
                            struct remote_attachment *ret_attachment);

#endif
