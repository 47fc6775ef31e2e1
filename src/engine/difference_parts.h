#ifndef DUCKALOG_ENGINE_DIFFERENCE_PARTS_H
#define DUCKALOG_ENGINE_DIFFERENCE_PARTS_H

/*
 * Between the two files that find a difference: catalogs, and what a session gets.
 */

#include "engine/difference.h"

struct map;

struct comparing {
    struct arena *arena;
    const struct difference_options *options;
    struct duckalog_report *report;
    struct difference *found;
    struct map *done; /* nested catalogs that were looked at */
};

/* difference_session.c: what the config asks of a session, and what this one, which is as good as new, has of it. */
duckalog_status session_changes_find(struct comparing *comparing, const struct duckalog_config *config,
                                     struct session *session);

#endif
