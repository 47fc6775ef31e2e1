#ifndef DUCKALOG_ENGINE_PUBLISHED_LOOK_H
#define DUCKALOG_ENGINE_PUBLISHED_LOOK_H

/*
 * A published catalog, opened for a look at what is in it, as for reading. Nothing is published, and when nothing is there
 * yet that is no failure.
 */

#include "base/log.h"

#include <stdatomic.h>

struct arena;
struct duckalog_config;
struct duckalog_report;
struct published;
struct session;

struct published_look {
    struct session *session; /* read-only; NULL: nothing is published yet */
    struct published *published;
    struct log log;
};

/*
 * `options` as of a catalog that is going to be published, unless they say that it is only read. On failure the report says
 * why. To be ended in any case.
 */
duckalog_status published_look_begin(struct arena *arena, const char *uri, const struct duckalog_config *config,
                                     const duckalog_options *options, const atomic_bool *interrupted,
                                     struct duckalog_report *report, struct published_look *ret_look);
void published_look_end(struct published_look *look);

#endif
