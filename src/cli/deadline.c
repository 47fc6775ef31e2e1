#include "cli/deadline.h"

#include "base/clock.h"
#include "base/thread.h"

#include <string.h>

enum { AGAIN_MS = 50 };

/*
 * More than once: between two calls of DuckDB an interruption is forgotten. With the lock held, so that what is run next is
 * not interrupted.
 */
static void *watch(void *user)
{
    struct deadline *deadline = user;
    double until = clock_ms() + deadline->limit_s * 1000.0;

    pthread_mutex_lock(&deadline->lock);
    while (!deadline->is_over) {
        double left = until - clock_ms();

        if (left > 0) {
            condition_wait(&deadline->changed, &deadline->lock, left);
            continue;
        }
        deadline->has_passed = true;
        duckdb_interrupt(deadline->connection);
        until = clock_ms() + AGAIN_MS;
    }
    pthread_mutex_unlock(&deadline->lock);
    return NULL;
}

bool deadline_begin(struct deadline *deadline, duckdb_connection connection, int limit_s)
{
    memset(deadline, 0, sizeof(*deadline));
    deadline->connection = connection;
    deadline->limit_s = limit_s;
    if (limit_s == 0)
        return true;
    if (!condition_init(&deadline->changed))
        return false;
    pthread_mutex_init(&deadline->lock, NULL);
    deadline->is_watched = thread_start(&deadline->thread, watch, deadline);
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
