#ifndef DUCKALOG_PLAN_ORDER_H
#define DUCKALOG_PLAN_ORDER_H

/*
 * The order in which views are created: what is read before what reads it, and otherwise as in the config.
 */

#include "plan/references.h"

struct duckalog_report;

/*
 * The views as indexes into `views`. The reader may be NULL: then names decide alone, and rings stay unknown.
 *
 * Views that read each other in a ring are reported, when there is a report; they come in any order. NULL
 * only when there is no memory.
 */
const size_t *order_views(struct arena *arena, const struct duckalog_config *config, const struct view *views,
                          size_t count, const struct query_reader *reader, struct duckalog_report *report);

#endif
