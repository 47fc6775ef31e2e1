#ifndef DUCKALOG_CLI_PLOT_POINTS_H
#define DUCKALOG_CLI_PLOT_POINTS_H

/*
 * Any number of points, in whatever order they come, as one line for each narrow strip of x: where it begins, where it
 * ends, and how far it goes up and down in between. That is all that a drawing of strips as wide as a dot can show. The
 * strips get wider as the range of x grows, so that there are always as many.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRIPS = 4096 };

struct strip {
    uint64_t count; /* 0: nothing in it */
    double first_x; /* where the line begins, at the smallest x … */
    double first_y;
    double last_x; /* … and where it ends */
    double last_y;
    double least;
    double most;
};

struct points {
    double origin; /* x where the first strip begins */
    double width;  /* of a strip; 0: all x so far are the same, and in the strip in the middle */
    uint64_t count;
    bool repeats; /* an x came more than once, as far as that was seen */
    struct strip strips[STRIPS];
};

/* Both have to be finite, and not near the largest numbers that there are: see points_can_hold(). */
void points_add(struct points *points, double x, double y);
bool points_can_hold(double number);

#endif
