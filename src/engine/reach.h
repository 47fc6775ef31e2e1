#ifndef DUCKALOG_ENGINE_REACH_H
#define DUCKALOG_ENGINE_REACH_H

/*
 * Can what a config names elsewhere be reached? One thing after the other is tried as the doctor tries it, in one session
 * in memory that has the settings, extensions and secrets of the config; nothing is changed.
 */

#include "duckalog.h"

#include <stdatomic.h>
#include <stddef.h>

struct arena;
struct duckalog_config;
struct reach;
struct view;

enum reach_outcome {
    REACH_THERE,
    REACH_TO_COME,   /* a run makes it */
    REACH_NOT_TRIED, /* DuckDB lacks the extension for it */
    REACH_FAILED
};

struct reached {
    enum reach_outcome outcome;
    const char *message; /* what was found, or what went wrong; may be NULL */
};

/*
 * `options` as of a catalog, with absolute paths. When interrupted, all that is tried fails. The texts of answers live as long
 * as the arena. NULL: no memory.
 */
struct reach *reach_begin(struct arena *arena, const struct duckalog_config *config, const duckalog_options *options,
                          const atomic_bool *interrupted);
void reach_end(struct reach *reach); /* NULL is fine */

/* The catalog's own database, the data of views, an attachment by its name. */
struct reached reach_catalog(struct reach *reach);
void reach_data(struct reach *reach, const struct view *const *views, size_t count, struct reached *ret_reached);
struct reached reach_attachment(struct reach *reach, const char *alias);

#endif
