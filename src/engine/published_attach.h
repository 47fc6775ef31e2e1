#ifndef DUCKALOG_ENGINE_PUBLISHED_ATTACH_H
#define DUCKALOG_ENGINE_PUBLISHED_ATTACH_H

/*
 * Reading a database where it is: DuckDB attaches it to one in memory, and fetches the parts that a query needs.
 */

#include "engine/published.h"
#include "engine/session.h"

/* `shown` is what the session calls its database. False: it can't be attached, for whatever reason. */
bool published_attach(struct arena *arena, const char *uri, const struct remote_settings *remote, const char *shown,
                      const struct session_options *options, struct session **ret_session);

#endif
