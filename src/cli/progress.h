#ifndef DUCKALOG_CLI_PROGRESS_H
#define DUCKALOG_CLI_PROGRESS_H

/*
 * How far something is that takes longer than a second, for a person to see: what is told of it by the library, or how far
 * DuckDB is with its query, and the time that has gone by. Drawn by a thread of its own, which is there only where it is
 * wanted and as long as the work lasts.
 */

#include "base/duckdb.h"
#include "cli/command.h"

#include <pthread.h>
#include <stdbool.h>

enum { PROGRESS_MOST_NAMES = 512 };

struct progress {
    duckdb_connection connection; /* whose query it is; NULL: it is what the library tells of */
    double began;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below but the last one */
    pthread_cond_t changed;
    bool is_over;
    const char *phase;
    size_t done;
    size_t total;
    char pending[PROGRESS_MOST_NAMES]; /* "a, b" */
    bool is_drawn_by_thread;
};

/* Is standard error a terminal that can draw over a line, and did nobody ask for quiet? */
bool progress_is_wanted(const struct invocation *invocation);

/*
 * From now on it is shown, unless `is_wanted` says otherwise: then, or when there is no thread to be had, all of these do
 * nothing. `connection` is that of a query to come; NULL: there is none.
 */
void progress_begin(struct progress *progress, duckdb_connection connection, bool is_wanted);

/* A duckalog_progress_function; its user is a struct progress, which need not have begun. */
void progress_take(const duckalog_progress *told, void *user);

/* Nothing is shown any more: for whatever comes before the end, on any thread. */
void progress_hide(struct progress *progress);

/* Returns once nothing is left of it on the terminal. Whatever has not begun may be ended, when it was zeroed once. */
void progress_end(struct progress *progress);

#endif
