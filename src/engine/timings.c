#include "engine/timings.h"

#include "base/clock.h"

#include <string.h>

void timings_begin(struct timings *timings, const struct log *log, const char *name, struct log_field about,
                   struct phase_timer *ret_timer)
{
    *ret_timer = (struct phase_timer){ timings, log, name, about, clock_ms(), 0, timings->running };
    timings->running = ret_timer;
    log_event(log, DUCKALOG_LOG_DEBUG, name, "begins", LOG_FIELDS(log_again("event", "begin"), about));
    log_progress(log, name, 0, about.kind == LOG_COUNT ? about.count : 0, NULL, 0);
}

/* The row of a phase; NULL when there are more phases than rows. */
static duckalog_metric *find_row(struct timings *timings, const char *phase)
{
    for (size_t i = 0; i < timings->count; i++)
        if (strcmp(timings->items[i].phase, phase) == 0)
            return &timings->items[i];
    if (timings->count == TIMINGS_MOST)
        return NULL;
    timings->items[timings->count] = (duckalog_metric){ .phase = phase };
    return &timings->items[timings->count++];
}

static void add(struct timings *timings, const char *phase, double ms, size_t objects)
{
    duckalog_metric *row = find_row(timings, phase);

    if (row == NULL)
        return;
    row->min_ms = row->count == 0 || ms < row->min_ms ? ms : row->min_ms;
    row->max_ms = ms > row->max_ms ? ms : row->max_ms;
    row->total_ms += ms;
    row->count++;
    row->average_ms = row->total_ms / (double)row->count;
    row->objects += objects;
}

duckalog_status timings_end(struct phase_timer *timer, duckalog_status status, size_t objects)
{
    double all_ms = clock_ms() - timer->started;
    /* Two readings of a clock may be the same, and sums of small numbers a little less than nothing. */
    double own_ms = all_ms > timer->inside_ms ? all_ms - timer->inside_ms : 0;

    const char *path = timer->about.kind == LOG_TEXT ? timer->about.text : NULL;

    timer->timings->running = timer->outer;
    if (timer->outer != NULL)
        timer->outer->inside_ms += all_ms;
    add(timer->timings, timer->name, own_ms, objects);
    log_event(timer->log, DUCKALOG_LOG_INFO, timer->name, status == DUCKALOG_OK ? "done" : "failed",
              LOG_FIELDS(log_again("event", "end"), log_text(timer->about.name, path), log_count("count", objects),
                         log_ms("elapsed_ms", own_ms),
                         log_word("error_class", status == DUCKALOG_OK ? NULL : duckalog_status_name(status))));
    return status;
}
