#ifndef DUCKALOG_REMOTE_STORES_H
#define DUCKALOG_REMOTE_STORES_H

/*
 * Object stores, by DuckDB's own extensions in a database in memory that is thrown away: the same credentials, endpoints
 * and proxies as the views have, and no signing of our own.
 */

#include "remote/transport.h"

struct stores;

/* Nothing is loaded or opened before it is needed. NULL: no memory. The settings outlive it. */
struct stores *stores_create(const struct remote_settings *settings);
void stores_destroy(struct stores *stores);

/* The URIs that a pattern matches, sorted, at most `most`. The answer has no content. */
void stores_list(const struct remote_request *request, size_t most, struct glob *ret_found,
                 struct remote_answer *ret_answer);

#endif
