/*
 * Opening with patience: while someone else has the file, it is tried again and again until the time is up or the caller
 * is interrupted. What is in the file afterwards may be the work of whoever had it. And how a failure is told.
 */

#include "engine/session.h"

#include "base/clock.h"
#include "base/report.h"
#include "base/text.h"

#include <time.h>

/* DuckDB takes some milliseconds to find a file locked: waiting must not keep the one that works from working. */
#define SHORTEST_PAUSE_MS 5.0
#define LONGEST_PAUSE_MS 200.0

/* How soon an interruption is noticed. */
#define SLICE_MS 10.0

static bool is_interrupted(const struct session_options *options)
{
    return options->interrupted != NULL && atomic_load(options->interrupted);
}

/* A signal ends the sleep, which does no harm: the time is looked at again. */
static void sleep_until(double until, const struct session_options *options)
{
    for (double left = until - clock_ms(); left > 0 && !is_interrupted(options); left = until - clock_ms()) {
        double slice = left < SLICE_MS ? left : SLICE_MS;
        struct timespec pause = { .tv_nsec = (long)(slice * 1e6) };

        nanosleep(&pause, NULL);
    }
}

static void add_waited(struct text *problem, const char *holder, bool interrupted, double waited_ms)
{
    if (interrupted)
        text_format(problem, "interrupted after waiting %.1f s: %s", waited_ms / 1e3, holder);
    else
        text_format(problem, "%s; waited %.1f s in vain", holder, waited_ms / 1e3);
}

duckalog_status session_open(const char *path, const struct session_options *options, struct session **ret_session,
                             struct text *problem, const char **ret_hint)
{
    double started = clock_ms();
    double until = started + options->lock_timeout_ms;
    double pause = SHORTEST_PAUSE_MS;
    struct text holder = text_on_heap();
    duckalog_status status = session_try_open(path, options, ret_session, &holder, ret_hint);

    while (status == DUCKALOG_LOCKED && clock_ms() < until && !is_interrupted(options)) {
        double next = clock_ms() + pause;

        sleep_until(next < until ? next : until, options);
        pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
        if (is_interrupted(options))
            break;
        text_free(&holder);
        status = session_try_open(path, options, ret_session, &holder, ret_hint);
    }
    if (text_string(&holder) == NULL)
        text_add(problem, "not enough memory");
    else if (status == DUCKALOG_LOCKED && options->lock_timeout_ms > 0)
        add_waited(problem, text_string(&holder), is_interrupted(options), clock_ms() - started);
    else
        text_add(problem, text_string(&holder));
    text_free(&holder);
    return status == DUCKALOG_LOCKED && is_interrupted(options) ? DUCKALOG_INTERRUPTED : status;
}

static const char *code_of(duckalog_status status)
{
    switch (status) {
    case DUCKALOG_LOCKED:
        return "locked";
    case DUCKALOG_INTERRUPTED:
        return "interrupted";
    case DUCKALOG_DATABASE_NOT_FOUND:
        return "database-not-found";
    default:
        return "database";
    }
}

void session_report(struct duckalog_report *report, const char *path, duckalog_status status, const char *problem,
                    const char *hint)
{
    struct text message = text_on_heap();

    text_format(&message, "open: %s: %s", path,
                problem != NULL && *problem != '\0' ? problem : duckalog_status_name(status));
    report_add_diagnostic(
        report,
        &(duckalog_diagnostic){ .severity = DUCKALOG_ERROR,
                                .code = code_of(status),
                                .message = text_string(&message) != NULL ? text_string(&message) : "not enough memory",
                                .hint = hint,
                                .transient = duckalog_status_is_transient(status) });
    text_free(&message);
}
