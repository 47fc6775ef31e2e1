#include "cli/plot/points.h"

#include <float.h>
#include <math.h>

/* Differences of two must be numbers, too. */
#define LARGEST 1e300

bool points_can_hold(double number)
{
    return fabs(number) <= LARGEST; /* false for NaN */
}

/* `of` takes what is in `other`; either may be the left one. */
static void join(struct strip *of, const struct strip *other)
{
    if (other->count == 0)
        return;
    if (of->count == 0) {
        *of = *other;
        return;
    }
    if (other->first_x < of->first_x) {
        of->first_x = other->first_x;
        of->first_y = other->first_y;
    }
    if (other->last_x >= of->last_x) {
        of->last_x = other->last_x;
        of->last_y = other->last_y;
    }
    of->least = fmin(of->least, other->least);
    of->most = fmax(of->most, other->most);
    of->count += other->count;
}

/* Makes strips twice as wide; what there is goes to the left half, or to the right one. */
static void widen(struct points *points, bool to_the_right)
{
    static const struct strip empty = { .count = 0 };

    for (size_t i = 0; i < STRIPS / 2; i++) {
        size_t to = to_the_right ? STRIPS - 1 - i : i;
        size_t left = to_the_right ? STRIPS - 2 - 2 * i : 2 * i;
        struct strip joined = points->strips[left];

        join(&joined, &points->strips[left + 1]);
        points->strips[left] = points->strips[left + 1] = empty;
        points->strips[to] = joined;
    }
    if (to_the_right)
        points->origin -= points->width * STRIPS;
    points->width *= 2;
}

/* The second x says how wide strips are to begin with: the range is never smaller than from one to the other. */
static void begin(struct points *points, double x)
{
    struct strip only = points->strips[STRIPS / 2];
    double low = fmin(x, only.first_x);

    points->strips[STRIPS / 2].count = 0;
    points->width = fmax(fabs(x - only.first_x) / (STRIPS - 2), DBL_MIN);
    points->origin = low;
    points->strips[only.first_x == low ? 0 : (size_t)((only.first_x - low) / points->width)] = only;
}

void points_add(struct points *points, double x, double y)
{
    struct strip point = { 1, x, y, x, y, y, y };
    struct strip *strip = &points->strips[STRIPS / 2];

    if (points->count++ > 0 && points->width == 0 && x != strip->first_x)
        begin(points, x);
    if (points->width > 0) {
        while (x < points->origin)
            widen(points, true);
        while ((x - points->origin) / points->width >= STRIPS)
            widen(points, false);
        strip = &points->strips[(size_t)((x - points->origin) / points->width)];
    }
    points->repeats = points->repeats || (strip->count > 0 && (x == strip->first_x || x == strip->last_x));
    join(strip, &point);
}
