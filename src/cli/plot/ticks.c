#include "cli/plot/ticks.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1e6
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Steps that are not quite the number that they stand for must not lose a mark. */
#define NEARLY 1e-9

enum { BLANKS_BETWEEN_LABELS = 3, MOST_DECIMALS = 9 };

/* Where the range is so narrow that it has fewer numbers than marks, some are the same, or rounded out of it. */
static void drop_inexact(double low, double high, struct ticks *ticks)
{
    size_t kept = 0;

    for (size_t i = 0; i < ticks->count; i++)
        if (ticks->values[i] >= low - ticks->step * NEARLY && ticks->values[i] <= high + ticks->step * NEARLY &&
            (kept == 0 || ticks->values[i] > ticks->values[kept - 1]))
            ticks->values[kept++] = ticks->values[i];
    ticks->count = kept;
}

/* ---- numbers ---- */

static size_t count_within(double low, double high, double step)
{
    double count = floor(high / step + NEARLY) - ceil(low / step - NEARLY) + 1;

    return count < 0 ? 0 : count > 1e6 ? 1000000 : (size_t)count;
}

double ticks_step(double low, double high, size_t most)
{
    static const double steps[] = { 1, 2, 5 };
    double power = pow(10, floor(log10((high - low) / (double)most)) - 1);

    if (!(high > low) || !(power > 0))
        return 1;
    for (;;) {
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
            if (count_within(low, high, steps[i] * power) <= most)
                return steps[i] * power;
        power *= 10;
    }
}

/* How many decimals tell multiples of the step apart. */
static int decimals_of(double step)
{
    double decimals = -floor(log10(step) + NEARLY);

    return decimals <= 0 ? 0 : decimals > 100 ? 100 : (int)decimals;
}

/* All labels of an axis have the same unit: 0, 0.5M, 1M. */
static void label_numbers(struct ticks *ticks, double largest)
{
    static const struct {
        double unit;
        const char *letter;
    } units[] = { { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } };
    double unit = 1;
    const char *letter = "";
    int decimals;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && unit == 1; i++)
        if (largest >= 1e5 && largest >= units[i].unit && decimals_of(ticks->step / units[i].unit) <= 2) {
            unit = units[i].unit;
            letter = units[i].letter;
        }
    decimals = decimals_of(ticks->step / unit);
    for (size_t i = 0; i < ticks->count; i++) {
        double value = ticks->values[i];

        if (value == 0)
            snprintf(ticks->labels[i], MOST_TICK_LABEL, "0");
        else if (largest >= 1e15 || decimals > MOST_DECIMALS)
            snprintf(ticks->labels[i], MOST_TICK_LABEL, "%.6g", value);
        else
            snprintf(ticks->labels[i], MOST_TICK_LABEL, "%.*f%s", decimals, value / unit, letter);
    }
}

void ticks_of_numbers(double low, double high, double step, struct ticks *ret_ticks)
{
    size_t count = count_within(low, high, step);
    double first = ceil(low / step - NEARLY);

    *ret_ticks = (struct ticks){ .step = step, .count = count < MOST_TICKS ? count : MOST_TICKS };
    for (size_t i = 0; i < ret_ticks->count; i++) {
        double number = first + (double)i;

        ret_ticks->values[i] = number == 0 ? 0 : number * step; /* never -0 */
    }
    drop_inexact(low, high, ret_ticks);
    label_numbers(ret_ticks, fmax(fabs(low), fabs(high)));
}

/* ---- days of the calendar ---- */

struct date {
    int64_t year;
    int month; /* from 1 */
    int day;   /* from 1 */
};

/* Days since 1970-01-01, by years that begin in March: then the day that not every year has is the last one. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t shifted = month > 2 ? year : year - 1;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(double microseconds)
{
    int64_t days = (int64_t)floor(microseconds / DAY);
    struct date date = { .year = 1970 + (int64_t)floor((double)days / 365.2425), .month = 1 };

    while (days_of(date.year, 1, 1) > days)
        date.year--;
    while (days_of(date.year + 1, 1, 1) <= days)
        date.year++;
    while (date.month < 12 && days_of(date.year, date.month + 1, 1) <= days)
        date.month++;
    date.day = (int)(days - days_of(date.year, date.month, 1)) + 1;
    return date;
}

/* ---- times ---- */

static void clock_text(double microseconds, double step, char ret_text[MOST_TICK_LABEL])
{
    double within = microseconds - floor(microseconds / DAY) * DAY;
    int minutes = (int)floor(within / MINUTE);
    double seconds = (within - minutes * MINUTE) / SECOND;

    if (step >= MINUTE)
        snprintf(ret_text, MOST_TICK_LABEL, "%02d:%02d", minutes / 60, minutes % 60);
    else {
        int decimals = step >= SECOND ? 0 : decimals_of(step / SECOND);

        snprintf(ret_text, MOST_TICK_LABEL, "%02d:%02d:%0*.*f", minutes / 60, minutes % 60,
                 decimals > 0 ? 3 + decimals : 2, decimals, seconds);
    }
}

void time_text(double microseconds, char ret_text[MOST_TICK_LABEL])
{
    struct date date = date_of(microseconds);
    char clock[MOST_TICK_LABEL];

    clock_text(floor(microseconds / SECOND) * SECOND, SECOND, clock);
    snprintf(ret_text, MOST_TICK_LABEL, "%04lld-%02d-%02d %.15s", (long long)date.year, date.month, date.day, clock);
}

static void label_times(struct ticks *ticks, bool over_days)
{
    for (size_t i = 0; i < ticks->count; i++) {
        struct date date = date_of(ticks->values[i]);
        char *label = ticks->labels[i];
        char clock[MOST_TICK_LABEL];

        if (ticks->step >= 365 * DAY)
            snprintf(label, MOST_TICK_LABEL, "%lld", (long long)date.year);
        else if (ticks->step >= 28 * DAY)
            snprintf(label, MOST_TICK_LABEL, "%lld-%02d", (long long)date.year, date.month);
        else if (ticks->step >= DAY)
            snprintf(label, MOST_TICK_LABEL, "%lld-%02d-%02d", (long long)date.year, date.month, date.day);
        else if (over_days) {
            clock_text(ticks->values[i], ticks->step, clock);
            snprintf(label, MOST_TICK_LABEL, "%02d-%02d %.20s", date.month, date.day, clock);
        } else
            clock_text(ticks->values[i], ticks->step, label);
    }
}

/* Of a month since the year 0. */
static double beginning_of(int64_t month)
{
    return (double)days_of(month / 12 - (month % 12 < 0), (int)((month % 12 + 12) % 12) + 1, 1) * DAY;
}

/* Months since the year 0 of the first beginning of so many months in the range. */
static int64_t first_month(double low, int64_t months)
{
    struct date date = date_of(low);
    int64_t month = date.year * 12 + date.month - 1;
    int64_t first = month - (month % months + months) % months;

    while (beginning_of(first) < low)
        first += months;
    return first;
}

/* Fills the marks at the beginnings of so many months; false when there are more than `most`. */
static bool try_months(double low, double high, int64_t months, size_t most, struct ticks *ticks)
{
    ticks->count = 0;
    ticks->step = (double)months * 30 * DAY + (months >= 12 ? (double)months / 12 * 6 * DAY : 0);
    for (int64_t month = first_month(low, months); beginning_of(month) <= high; month += months) {
        if (ticks->count == most)
            return false;
        ticks->values[ticks->count++] = beginning_of(month);
    }
    return true;
}

static bool try_step(double low, double high, double step, double offset, size_t most, struct ticks *ticks)
{
    double first = ceil((low - offset) / step);

    ticks->step = step;
    ticks->count = 0;
    if (count_within(low - offset, high - offset, step) > most)
        return false;
    while (ticks->count < most && (first + (double)ticks->count) * step + offset <= high) {
        ticks->values[ticks->count] = (first + (double)ticks->count) * step + offset;
        ticks->count++;
    }
    return true;
}

static void place_times(double low, double high, size_t most, struct ticks *ticks)
{
    /* Weeks begin on Monday; 1970 began on a Thursday. */
    static const struct {
        double step;
        double offset;
    } steps[] = {
        { SECOND, 0 },         { 2 * SECOND, 0 },  { 5 * SECOND, 0 }, { 10 * SECOND, 0 }, { 15 * SECOND, 0 },
        { 30 * SECOND, 0 },    { MINUTE, 0 },      { 2 * MINUTE, 0 }, { 5 * MINUTE, 0 },  { 10 * MINUTE, 0 },
        { 15 * MINUTE, 0 },    { 30 * MINUTE, 0 }, { HOUR, 0 },       { 2 * HOUR, 0 },    { 3 * HOUR, 0 },
        { 6 * HOUR, 0 },       { 12 * HOUR, 0 },   { DAY, 0 },        { 2 * DAY, 0 },     { 7 * DAY, 4 * DAY },
        { 14 * DAY, 4 * DAY },
    };
    static const int64_t months[] = { 1, 2, 3, 6, 12, 24, 60 };
    double number = ticks_step(low, high, most);

    if (number < SECOND) {
        try_step(low, high, fmax(number, 1), 0, most, ticks);
        return;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (try_step(low, high, steps[i].step, steps[i].offset, most, ticks))
            return;
    for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++)
        if (try_months(low, high, months[i], most, ticks))
            return;
    for (int64_t years = 10;; years *= 10)
        for (int64_t times = 1; times <= 5; times += times == 2 ? 3 : 1)
            if (try_months(low, high, years * times * 12, most, ticks))
                return;
}

void ticks_of_times(double low, double high, size_t most, struct ticks *ret_ticks)
{
    *ret_ticks = (struct ticks){ .count = 0 };
    place_times(low, high, most < MOST_TICKS ? most : MOST_TICKS, ret_ticks);
    drop_inexact(low, high, ret_ticks);
    ret_ticks->within_day = ret_ticks->step < DAY;
    label_times(ret_ticks, floor(low / DAY) != floor(high / DAY));
}

void ticks_across(double low, double high, bool are_times, size_t columns, struct ticks *ret_ticks)
{
    size_t most = columns / 8 + 1;

    for (most = most < MOST_TICKS ? most : MOST_TICKS; most > 0; most--) {
        size_t widest = 0;

        if (are_times)
            ticks_of_times(low, high, most, ret_ticks);
        else
            ticks_of_numbers(low, high, ticks_step(low, high, most), ret_ticks);
        for (size_t i = 0; i < ret_ticks->count; i++)
            if (strlen(ret_ticks->labels[i]) > widest)
                widest = strlen(ret_ticks->labels[i]);
        if (ret_ticks->count * (widest + BLANKS_BETWEEN_LABELS) <= columns)
            return;
    }
}
