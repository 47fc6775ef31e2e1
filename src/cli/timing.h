#ifndef DUCKALOG_CLI_TIMING_H
#define DUCKALOG_CLI_TIMING_H

/*
 * `--timing`: how long a run took, phase by phase.
 */

#include "duckalog.h"

#include <stdbool.h>

enum { TIMING_MOST_STEPS = 4 };

struct timing {
    bool wanted;
    double started;
    double marked; /* where the next step begins */
    const duckalog_metric *const *phases;
    size_t phase_count;
    struct timing_step {
        const char *name;
        double ms;
    } steps[TIMING_MOST_STEPS]; /* of the program, after those of the library */
    size_t step_count;
};

void timing_begin(struct timing *timing, bool wanted);

/* The library is done with opening: its phases are what there is of the time so far. */
void timing_take_phases(struct timing *timing, duckalog_catalog *catalog);

/* What has gone by since the last step, or since the phases, was this. */
void timing_add_step(struct timing *timing, const char *name);

/* Prints the table on standard error, where it is wanted, and frees what was taken. */
void timing_print(struct timing *timing);

#endif
