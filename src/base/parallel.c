#define _GNU_SOURCE /* sched_getaffinity */

#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST_THREADS = 64 };

struct run {
    atomic_size_t next;
    size_t count;
    void (*work)(size_t index, void *user);
    void *user;
};

unsigned parallel_processors(void)
{
    cpu_set_t allowed;
    long online;

    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return (unsigned)CPU_COUNT(&allowed);
    online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

static void *take_turns(void *user)
{
    struct run *run = user;
    size_t index;

    while ((index = atomic_fetch_add(&run->next, 1)) < run->count)
        run->work(index, run->user);
    return NULL;
}

void parallel_run(size_t count, unsigned threads, void (*work)(size_t index, void *user), void *user)
{
    struct run run = { .count = count, .work = work, .user = user };
    pthread_t helpers[MOST_THREADS];
    size_t started = 0;

    if (threads > MOST_THREADS)
        threads = MOST_THREADS;
    while (started + 1 < threads && started + 1 < count &&
           pthread_create(&helpers[started], NULL, take_turns, &run) == 0)
        started++;
    take_turns(&run);
    for (size_t i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
}
