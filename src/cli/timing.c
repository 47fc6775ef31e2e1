#include "cli/timing.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

void timing_begin(struct timing *timing, bool wanted)
{
    memset(timing, 0, sizeof(*timing));
    timing->wanted = wanted;
    timing->started = clock_ms();
    timing->marked = timing->started;
}

void timing_take_phases(struct timing *timing, duckalog_catalog *catalog)
{
    /* Without memory for them the total is told all the same. */
    if (timing->wanted && duckalog_metrics(catalog, &timing->phases, &timing->phase_count) != DUCKALOG_OK)
        timing->phase_count = 0;
    timing->marked = clock_ms();
}

void timing_add_step(struct timing *timing, const char *name)
{
    double now = clock_ms();

    if (timing->step_count < TIMING_MOST_STEPS)
        timing->steps[timing->step_count++] = (struct timing_step){ name, now - timing->marked };
    timing->marked = now;
}

void timing_print(struct timing *timing)
{
    double total = clock_ms() - timing->started;

    if (timing->wanted) {
        fprintf(stderr, "%-20s %10s %8s\n", "phase", "ms", "count");
        for (size_t i = 0; i < timing->phase_count; i++)
            fprintf(stderr, "%-20s %10.1f %8zu\n", timing->phases[i]->phase, timing->phases[i]->total_ms,
                    timing->phases[i]->objects);
        for (size_t i = 0; i < timing->step_count; i++)
            fprintf(stderr, "%-20s %10.1f\n", timing->steps[i].name, timing->steps[i].ms);
        fprintf(stderr, "%-20s %10.1f\n", "total", total);
    }
    duckalog_metrics_free(timing->phases);
    timing->phases = NULL;
}
