#ifndef DUCKALOG_BASE_THREAD_H
#define DUCKALOG_BASE_THREAD_H

/*
 * Threads beside those of the program, and waiting by a clock that nobody sets.
 */

#include <pthread.h>
#include <stdbool.h>

/* A thread that gets no signals: those are for the threads of the program. */
bool thread_start(pthread_t *thread, void *(*run)(void *user), void *user);

/* One to be waited for with condition_wait(). */
bool condition_init(pthread_cond_t *condition);

/* With the lock held, and for so long at most; whoever waits looks at what has changed, and at the clock. */
void condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, double duration_ms);

#endif
