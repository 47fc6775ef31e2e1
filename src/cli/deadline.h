#ifndef DUCKALOG_CLI_DEADLINE_H
#define DUCKALOG_CLI_DEADLINE_H

/*
 * How long a statement may run: what takes longer is interrupted.
 */

#include "base/duckdb.h"

#include <pthread.h>
#include <stdbool.h>

struct deadline {
    duckdb_connection connection;
    int limit_s; /* 0: none */
    pthread_t thread;
    pthread_mutex_t lock; /* of the two below */
    pthread_cond_t changed;
    bool is_over;
    bool has_passed;
    bool is_watched;
};

/* From now on the connection has so long. False: no thread can be had. */
bool deadline_begin(struct deadline *deadline, duckdb_connection connection, int limit_s);

/* Is it too late already? */
bool deadline_has_passed(struct deadline *deadline);

void deadline_end(struct deadline *deadline);

#endif
