#ifndef DUCKALOG_ENGINE_TIMINGS_H
#define DUCKALOG_ENGINE_TIMINGS_H

/*
 * How long each phase of an opening takes: one event of the log when it begins, one when it ends, and a row of figures
 * that is kept over all openings of a catalog. Who asks how far the opening is hears of its beginning, too.
 */

#include "base/log.h"

enum { TIMINGS_MOST = 32 };

struct timings {
    duckalog_metric items[TIMINGS_MOST]; /* in the order in which the phases first ended */
    size_t count;
    struct phase_timer *running; /* the innermost one; NULL between phases */
};

/* A phase that runs. What runs inside of it is a phase by itself, and is not counted twice. */
struct phase_timer {
    struct timings *timings;
    const struct log *log;
    const char *name;
    struct log_field about;
    double started;
    double inside_ms; /* of the phases within it */
    struct phase_timer *outer;
};

/*
 * The name must outlive the timings; `about`, the path or the count that the phase begins with, the phase. A path is told
 * at its end too.
 */
void timings_begin(struct timings *timings, const struct log *log, const char *name, struct log_field about,
                   struct phase_timer *ret_timer);

/* Ends the innermost phase, which dealt with so many objects. Returns the status. */
duckalog_status timings_end(struct phase_timer *timer, duckalog_status status, size_t objects);

#endif
