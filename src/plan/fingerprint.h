#ifndef DUCKALOG_PLAN_FINGERPRINT_H
#define DUCKALOG_PLAN_FINGERPRINT_H

/*
 * Fingerprints of views: two views of configs have the same one when the same statement creates them, as far as their
 * entries tell. What DuckDB makes of the statement is not known here.
 */

#include "config/config.h"

/* Of the name, the schema and the query, or what stands in its place. Never 0. */
uint64_t view_fingerprint(const struct view *view);

#endif
