#include "cli/deadline.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { AGAIN_NS = 50 * 1000 * 1000 };

static struct timespec from_now(time_t seconds, long nanoseconds)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += seconds + (time.tv_nsec + nanoseconds) / 1000000000;
    time.tv_nsec = (time.tv_nsec + nanoseconds) % 1000000000;
    return time;
}

/*
 * More than once: between two calls of DuckDB an interruption is forgotten. With the lock held, so that what is run next is
 * not interrupted.
 */
static void *watch(void *user)
{
    struct deadline *deadline = user;
    struct timespec until = from_now(deadline->limit_s, 0);

    pthread_mutex_lock(&deadline->lock);
    while (!deadline->is_over)
        if (pthread_cond_timedwait(&deadline->changed, &deadline->lock, &until) == ETIMEDOUT && !deadline->is_over) {
            deadline->has_passed = true;
            duckdb_interrupt(deadline->connection);
            until = from_now(0, AGAIN_NS);
        }
    pthread_mutex_unlock(&deadline->lock);
    return NULL;
}

/* Signals are for the thread of the statement. */
static bool start(struct deadline *deadline)
{
    sigset_t all;
    sigset_t before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&deadline->thread, NULL, watch, deadline) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

bool deadline_begin(struct deadline *deadline, duckdb_connection connection, int limit_s)
{
    pthread_condattr_t attributes;

    memset(deadline, 0, sizeof(*deadline));
    deadline->connection = connection;
    deadline->limit_s = limit_s;
    if (limit_s == 0)
        return true;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&deadline->lock, NULL);
    pthread_cond_init(&deadline->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    deadline->is_watched = start(deadline);
    return deadline->is_watched;
}

bool deadline_has_passed(struct deadline *deadline)
{
    bool passed;

    if (!deadline->is_watched)
        return false;
    pthread_mutex_lock(&deadline->lock);
    passed = deadline->has_passed;
    pthread_mutex_unlock(&deadline->lock);
    return passed;
}

void deadline_end(struct deadline *deadline)
{
    if (!deadline->is_watched)
        return;
    pthread_mutex_lock(&deadline->lock);
    deadline->is_over = true;
    pthread_cond_signal(&deadline->changed);
    pthread_mutex_unlock(&deadline->lock);
    pthread_join(deadline->thread, NULL);
    pthread_cond_destroy(&deadline->changed);
    pthread_mutex_destroy(&deadline->lock);
    deadline->is_watched = false;
}
