#ifndef DUCKALOG_PLAN_ORDER_H
#define DUCKALOG_PLAN_ORDER_H

#include "config/config.h"

/*
 * The order in which views can be created: each after the views it reads, otherwise as in the config. Names are found
 * in the text of the queries, so a name that only looks like a view may move one without need; where names seem to
 * form a ring, the order of the config stands, and the engine tries again what fails.
 *
 * Returns the indexes of the views; NULL when there is no memory.
 */
const size_t *order_views(struct arena *arena, const struct view *views, size_t count);

#endif
