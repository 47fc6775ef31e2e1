/*
 * Opening with patience: while someone else has the file, it is tried again and again until the time is up or the caller
 * is interrupted. What is in the file afterwards may be the work of whoever had it. And how a failure is told.
 */

#include "engine/session.h"

#include "base/clock.h"
#include "base/report.h"
#include "base/text.h"
#include "engine/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two looks at the lock; an interruption is noticed as soon. */
#define SHORTEST_PAUSE_MS 2.0
#define LONGEST_PAUSE_MS 20.0

enum { MOST_TRIES_AT_ONCE = 5 };

static bool is_interrupted(const struct session_options *options)
{
    return options->interrupted != NULL && atomic_load(options->interrupted);
}

/*
 * Would DuckDB get its lock? It takes DuckDB milliseconds of computing to find out, and those who wait must not keep the
 * one that works from working. Closing a file that this process has open would cost it its lock (files.h).
 */
static bool is_free(const char *path, bool read_only)
{
    struct flock lock = { .l_type = read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
    struct stat status;
    bool is_open;
    bool is_locked = false;

    files_begin_opening();
    is_open = stat(path, &status) == 0 && files_are_open(&status);
    if (!is_open) {
        int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

        is_locked = file >= 0 && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        if (file >= 0)
            close(file);
    }
    files_end_opening();
    return !is_open && !is_locked;
}

/* Until it is free, or there is no use in waiting any longer. */
static void wait_for(const char *path, const struct session_options *options, double until)
{
    double pause = SHORTEST_PAUSE_MS;

    do {
        clock_sleep_ms(pause);
        pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
    } while (clock_ms() < until && !is_interrupted(options) && !is_free(path, options->read_only));
}

/* Nobody could be named: who had it is gone already, so that this is no waiting. */
static bool has_vanished(const struct text *holder)
{
    return text_string(holder) != NULL && strstr(text_string(holder), "(PID ") == NULL &&
           strcmp(text_string(holder), OPEN_HERE) != 0;
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
    struct text holder = text_on_heap();
    duckalog_status status = session_try_open(path, options, ret_session, &holder, ret_hint);

    for (int tries = 1; status == DUCKALOG_LOCKED && !is_interrupted(options); tries++) {
        if (clock_ms() < until)
            wait_for(path, options, until);
        else if (tries >= MOST_TRIES_AT_ONCE || !has_vanished(&holder))
            break;
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
