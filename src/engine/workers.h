#ifndef DUCKALOG_ENGINE_WORKERS_H
#define DUCKALOG_ENGINE_WORKERS_H

/*
 * Workers: tasks that may hang, side by side, each on a thread and a DuckDB connection of its own and with a deadline.
 *
 * Not every call of DuckDB can be made to end: a server that accepts and then stays silent holds an ATTACH, interrupted
 * or not (duckdb-facts.md). A task that does not come back is given up: its thread is left to itself, and keeps the
 * database from being closed (hold.h), while the session and the other tasks go on.
 */

#include "engine/session.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct worker;

struct worker_task {
    /* On the worker's thread. `problem` is for what went wrong, as DuckDB words it. */
    duckalog_status (*run)(struct worker *worker, void *data, struct text *problem);
    /*
     * Whatever `run` needs, the statements too: a task that is given up outlives the session, so nothing may belong to
     * anyone else. `release` frees it when the task has ended, on whichever thread.
     */
    void *data;
    void (*release)(void *data);
    double limit_ms; /* from its beginning to the end; see worker_expect() */
};

struct worker_result {
    duckalog_status status; /* DUCKALOG_TIMEOUT: stopped at its limit, or given up */
    int tries;              /* as the task counted them, see worker_begin_try() */
    char *problem;          /* NULL: nothing to tell. To be freed */
    double elapsed_ms;
};

/* Who is told on the caller's thread, as soon as a task has ended or was given up, which one it was. */
struct worker_watch {
    void (*ended)(size_t task, void *user);
    void *user;
};

/*
 * Begins the tasks in their order, at most so many at a time, and returns when each has ended or was given up. Every task
 * has a result then, and its `data` is released, or will be. When `interrupted` becomes true all tasks are stopped and end
 * as DUCKALOG_INTERRUPTED. `watch` may be NULL.
 *
 * False when there is no memory: then no task has run, and the results are not set.
 */
bool workers_run(struct session *session, const struct worker_task *tasks, size_t count, size_t most,
                 const atomic_bool *interrupted, const struct worker_watch *watch, struct worker_result *ret_results);

/* ---- for tasks ---- */

/* A connection with the settings of the session's own one. */
duckdb_connection worker_connection(const struct worker *worker);

/* Is the task to end? At its limit, or when all is interrupted. */
bool worker_is_stopped(const struct worker *worker);

/* From now on the task may take so long, whatever it was given before. */
void worker_expect(struct worker *worker, double limit_ms);

/* Counts another try, which may take so long. */
void worker_begin_try(struct worker *worker, double limit_ms);

/* Waits so long, or until the task is to end; false in the latter case. */
bool worker_wait(struct worker *worker, double duration_ms);

#endif
