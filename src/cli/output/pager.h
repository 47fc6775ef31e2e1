#ifndef DUCKALOG_CLI_PAGER_H
#define DUCKALOG_CLI_PAGER_H

/*
 * A pager for what does not fit on the screen. What is written is held until it is more than a screenful, in lines or in
 * columns: only then is the pager started. What fits goes to standard output as it is.
 */

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct pager {
    const char *command; /* as a shell takes it */
    FILE *out;           /* to be written to */
    struct text held;    /* as long as all of it fits */
    size_t width;        /* of the screen */
    size_t height;
    enum pager_state { PAGER_HOLDS, PAGER_RUNS, PAGER_IS_MISSING } state;
    bool was_left; /* before the end: nothing more is wanted */
    pid_t child;
    int pipe; /* to it */
};

/*
 * What DUCKALOG_PAGER says, or else PAGER. NULL: there is to be none, as neither is set, as it is empty or "cat", or as
 * there is no person at a terminal that a pager could draw on. None by default: a table that is cut is seen at a glance.
 */
const char *pager_command(void);

/* From now on `out` is there. False: no memory. */
bool pager_begin(struct pager *pager, const char *command);

/*
 * The same as writing to `out`, which has to be flushed before. False with errno set: EPIPE when the person has left the
 * pager and wants no more. On one thread at a time.
 */
bool pager_write(struct pager *pager, const char *chars, size_t length);

/* A result is complete: one that fits is shown now, whatever is to come. */
void pager_settle(struct pager *pager);

/* Is the terminal its? */
bool pager_is_running(const struct pager *pager);

/*
 * Before something else is written to the terminal: shows what is held, or waits until the person leaves the pager. Then it
 * can be written to again; what comes after the pager was left early is dropped. False, after saying so, when the pager
 * could not be run.
 */
bool pager_make_way(struct pager *pager);

/* The same for the last time; `out` is gone. */
bool pager_end(struct pager *pager);

#endif
