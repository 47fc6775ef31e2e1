#ifndef DUCKALOG_CLI_PLOT_TICKS_H
#define DUCKALOG_CLI_PLOT_TICKS_H

/*
 * Where an axis has its marks, and what is written beside them: round numbers, or the beginnings of days, months, years.
 * Times are microseconds since 1970.
 */

#include <stdbool.h>
#include <stddef.h>

enum { MOST_TICKS = 16, MOST_TICK_LABEL = 40 };

struct ticks {
    double step;
    size_t count;
    double values[MOST_TICKS];
    char labels[MOST_TICKS][MOST_TICK_LABEL];
    bool within_day; /* of times: labels have no date */
};

/* The step between round numbers of which at most `most` are in the range: 1, 2 or 5 with zeros. */
double ticks_step(double low, double high, size_t most);

/* The marks within the range, MOST_TICKS at most: of a step, or so many at most. */
void ticks_of_numbers(double low, double high, double step, struct ticks *ret_ticks);
void ticks_of_times(double low, double high, size_t most, struct ticks *ret_ticks);

/* The same, as many as there is room for in so many columns when the labels stand beside each other. */
void ticks_across(double low, double high, bool are_times, size_t columns, struct ticks *ret_ticks);

/* "2026-01-05 06:00:00" */
void time_text(double microseconds, char ret_text[MOST_TICK_LABEL]);

#endif
