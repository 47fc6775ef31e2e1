#ifndef DUCKALOG_ENGINE_BATCH_H
#define DUCKALOG_ENGINE_BATCH_H

/*
 * A batch: statements that DuckDB's parser reads in one go, and that are run one by one. Thousands of views are created
 * a tenth faster so. Each text still has to be exactly one statement, and each failure is told as if it were alone.
 */

#include "engine/setting.h"

#include <stddef.h>

struct session;
struct step;
struct text;

struct batch {
    duckdb_connection connection;
    duckdb_extracted_statements statements; /* NULL: each is read by itself */
    const struct step *const *steps;
    size_t count;
};

/*
 * Reads as many of the steps as are good for one batch, at least the first; how many is in `count` then. None of them has
 * bindings.
 */
void batch_begin(struct batch *batch, duckdb_connection connection, const struct step *const *steps, size_t count);

/* Runs one of them. With `problem` as DuckDB words it. */
duckalog_status batch_run(struct batch *batch, size_t index, struct text *problem);

void batch_end(struct batch *batch);

/*
 * While many statements run that read little, DuckDB's other threads only stand in the way: each statement wakes them for
 * nothing. Holds them back when the steps are such; setting_restore() of `ret_threads` lets them go again.
 */
void batch_hold_threads(struct session *session, const struct step *const *steps, size_t count,
                        struct setting *ret_threads);

#endif
