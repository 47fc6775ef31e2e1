#ifndef DUCKALOG_ENGINE_DOCTOR_H
#define DUCKALOG_ENGINE_DOCTOR_H

/*
 * The doctor: tries everything that a run of a catalog needs, one after the other, and goes on when something fails.
 *
 * It changes nothing. The session is one of its own in memory, attachments are attached read-only, persistent secrets are
 * not stored, extensions are not downloaded, and the catalog's file is opened read-only. What is tried goes through the
 * same code as in a run, so that it meets what a run would meet.
 */

#include "duckalog.h"
#include "engine/findings.h"

#include <stdatomic.h>

struct duckalog_config;

/* Is there a libduckdb that can be used? Without one there is nothing more to examine. */
bool doctor_find_duckdb(struct findings *findings);

/*
 * Everything that a good config names but its files. `options` as of a catalog, with absolute paths. Ends early when
 * interrupted.
 */
void doctor_examine(struct findings *findings, const struct duckalog_config *config, const duckalog_options *options,
                    const atomic_bool *interrupted);

#endif
