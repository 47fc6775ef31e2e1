/* The parts of a plot that are pure: marks of axes, points as strips, dots as text. */

#include "cli/plot/canvas.h"
#include "cli/plot/points.h"
#include "cli/plot/ticks.h"

#include "base/arena.h"
#include "base/text.h"
#include "given.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400e6

/* The same numbers on each run, below 2e9. */
static uint64_t seed;

static int any(void)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (int)((seed >> 33) % 2000000000U);
}

/* ---- marks ---- */

static const char *labels_of(const struct ticks *ticks)
{
    static char all[MOST_TICKS * (MOST_TICK_LABEL + 1)];

    *all = '\0';
    for (size_t i = 0; i < ticks->count; i++)
        sprintf(all + strlen(all), "%s%s", i > 0 ? " " : "", ticks->labels[i]);
    return all;
}

static void marks_are_round_numbers(void **state)
{
    static const struct {
        double low;
        double high;
        size_t most;
        const char *labels;
    } cases[] = {
        { 0, 10, 6, "0 2 4 6 8 10" },
        { 0, 1, 6, "0 0.2 0.4 0.6 0.8 1.0" },
        { -1, 1, 3, "-1 0 1" },
        { -0.3, 0.35, 5, "-0.2 0 0.2" },
        { 3, 97, 6, "20 40 60 80" },
        { 0, 1500000, 4, "0 0.5M 1.0M 1.5M" },
        { 0, 250000, 6, "0 50k 100k 150k 200k 250k" },
        { 0, 99999, 3, "0 50000" },
        { 1e9, 1e9 + 2, 3, "1000000000 1000000001 1000000002" },
        { 0, 3e20, 4, "0 1e+20 2e+20 3e+20" },
        { 0, 3e-12, 4, "0 1e-12 2e-12 3e-12" },
        { -7e9, 0, 3, "-5G 0" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ticks ticks;

        ticks_of_numbers(cases[i].low, cases[i].high, ticks_step(cases[i].low, cases[i].high, cases[i].most), &ticks);
        assert_string_equal(labels_of(&ticks), cases[i].labels);
    }
}

/* By DuckDB's epoch_us(). */
static void marks_of_times_are_where_days_months_and_years_begin(void **state)
{
    static const struct {
        double low;
        double high;
        size_t most;
        const char *labels;
    } cases[] = {
        { 1767225600e6, 1767225600e6 + 4 * DAY, 5, "2026-01-01 2026-01-02 2026-01-03 2026-01-04 2026-01-05" },
        { 1767225600e6, 1767225600e6 + 30 * DAY, 5, "2026-01-05 2026-01-12 2026-01-19 2026-01-26" }, /* Mondays */
        { 1767225600e6, 1767225600e6 + 100 * DAY, 5, "2026-01 2026-02 2026-03 2026-04" },
        { 1767225600e6, 1767225600e6 + 800 * DAY, 3, "2026 2027 2028" },
        { 1767225600e6 + DAY, 1767225600e6 + 800 * DAY, 3, "2027 2028" },
        { -2208988800e6, 1767225600e6, 4, "1900 1950 2000" },
        { -62135596800e6, 1767225600e6, 3, "1000 2000" },
        { 951696000e6, 951696000e6 + 3 * DAY, 4, "2000-02-28 2000-02-29 2000-03-01 2000-03-02" },
        { -2203977600e6, -2203977600e6 + 2 * DAY, 4, "1900-02-28 1900-03-01 1900-03-02" },
        { 1767247200e6, 1767247200e6 + 3600e6, 5, "06:00 06:15 06:30 06:45 07:00" },
        { 1767225600e6 - 3600e6, 1767225600e6 + 3600e6, 3, "12-31 23:00 01-01 00:00 01-01 01:00" },
        { 1767225600e6, 1767225600e6 + 2e6, 3, "00:00:00 00:00:01 00:00:02" },
        { 1767225600e6, 1767225600e6 + 1e6, 3, "00:00:00.0 00:00:00.5 00:00:01.0" },
        { 1767225600e6, 1767225600e6 + 2, 3, "00:00:00.000000 00:00:00.000001 00:00:00.000002" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ticks ticks;

        ticks_of_times(cases[i].low, cases[i].high, cases[i].most, &ticks);
        assert_string_equal(labels_of(&ticks), cases[i].labels);
    }
}

static void marks_always_lie_within_the_range_and_never_touch(void **state)
{
    (void)state;
    seed = 6;
    for (int i = 0; i < 20000; i++) {
        double low = (any() - 1e9) * pow(10, any() % 60 - 30);
        double high = low + any() * pow(10, any() % 60 - 30);
        size_t columns = (size_t)(any() % 200) + 10;
        bool are_times = any() % 2 == 0 && fabs(low) < 9e18 && fabs(high) < 9e18 && high - low > 1;
        struct ticks ticks;
        size_t width = 0;

        if (!(low < high))
            continue;
        ticks_across(low, high, are_times, columns, &ticks);
        assert_true(ticks.count <= MOST_TICKS);
        for (size_t t = 0; t < ticks.count; t++) {
            double slack = (high - low) * 1e-6;

            assert_true(ticks.values[t] >= low - slack && ticks.values[t] <= high + slack);
            assert_true(t == 0 || ticks.values[t] > ticks.values[t - 1]);
            width += strlen(ticks.labels[t]) + 2;
        }
        assert_true(ticks.count <= 1 || width <= columns);
    }
}

/* ---- points ---- */

static struct points points;

static void begin_points(void)
{
    points = (struct points){ .count = 0 };
}

/* Everything that the strips tell of the points from x to the end. */
static struct strip whole(void)
{
    struct strip all = { .count = 0 };

    for (size_t i = 0; i < STRIPS; i++) {
        const struct strip *strip = &points.strips[i];

        if (strip->count == 0)
            continue;
        assert_true(all.count == 0 || strip->first_x >= all.last_x);
        if (all.count == 0)
            all = *strip;
        all.least = fmin(all.least, strip->least);
        all.most = fmax(all.most, strip->most);
        all.last_x = strip->last_x;
        all.last_y = strip->last_y;
        all.count += all.count == strip->count && all.first_x == strip->first_x ? 0 : strip->count;
    }
    return all;
}

static void few_points_stay_what_they_are(void **state)
{
    static const double x[] = { 5, -3, 1e6, 0, 0.5 };
    size_t found = 0;

    (void)state;
    begin_points();
    for (size_t i = 0; i < 5; i++)
        points_add(&points, x[i], x[i] * 2);
    for (size_t i = 0; i < STRIPS; i++)
        if (points.strips[i].count > 0) {
            assert_true(points.strips[i].first_y == 2 * points.strips[i].first_x);
            assert_true(points.strips[i].last_y == 2 * points.strips[i].last_x);
            found += points.strips[i].count;
        }
    assert_int_equal(found, 5);
    assert_true(whole().first_x == -3 && whole().last_x == 1e6);
    assert_false(points.repeats);
}

static void strips_hold_the_ends_and_the_extremes_of_any_points_in_any_order(void **state)
{
    (void)state;
    seed = 7;
    for (int run = 0; run < 200; run++) {
        double scale = pow(10, any() % 40 - 20);
        double low = INFINITY;
        double high = -INFINITY;
        double least = INFINITY;
        double most = -INFINITY;
        int count = any() % 3000 + 1;
        struct strip all;

        begin_points();
        for (int i = 0; i < count; i++) {
            double x = (any() % 1000000 - 500000) * scale * (run % 3 == 0 ? i : 1);
            double y = any() - 1e9;

            points_add(&points, x, y);
            low = fmin(low, x);
            high = fmax(high, x);
            least = fmin(least, y);
            most = fmax(most, y);
        }
        all = whole();
        assert_true(all.first_x == low && all.last_x == high && all.least == least && all.most == most);
        assert_int_equal(points.count, count);
    }
}

static void strips_are_much_finer_than_a_terminal(void **state)
{
    size_t used = 0;

    (void)state;
    begin_points();
    for (int i = 0; i < 1000000; i++)
        points_add(&points, (double)i * 7919.0 / 13, 0);
    for (size_t i = 0; i < STRIPS; i++)
        used += points.strips[i].count > 0;
    assert_true(used > 1000);
}

static void an_x_that_comes_again_is_seen(void **state)
{
    (void)state;
    begin_points();
    points_add(&points, 1, 1);
    points_add(&points, 2, 1);
    assert_false(points.repeats);
    points_add(&points, 1, 5);
    assert_true(points.repeats);
    assert_true(whole().most == 5);
}

static void numbers_that_are_none_or_too_large_are_refused(void **state)
{
    (void)state;
    assert_true(points_can_hold(0) && points_can_hold(-1e300));
    assert_false(points_can_hold(NAN) || points_can_hold(INFINITY) || points_can_hold(-INFINITY) ||
                 points_can_hold(1e308));
    begin_points();
    points_add(&points, -1e300, 1);
    points_add(&points, 5e-324, 2);
    points_add(&points, 0, 2);
    points_add(&points, 1e300, 3);
    assert_true(whole().first_x == -1e300 && whole().last_x == 1e300 && whole().most == 3);
}

/* ---- dots ---- */

static const char *drawn(const struct canvas *canvas)
{
    static struct text text;

    text_free(&text);
    for (size_t row = 0; row < canvas->rows; row++) {
        canvas_add_row(canvas, row, &text);
        text_add_char(&text, '\n');
    }
    return text_string(&text);
}

static void lines_are_dots_of_braille_or_characters(void **state)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct canvas canvas;

    (void)state;
    assert_true(canvas_make(arena, 3, 1, true, &canvas));
    canvas_line(&canvas, 0, 0, 5, 3);
    assert_string_equal(drawn(&canvas), "⡠⠔⠊\n");
    assert_true(canvas_make(arena, 2, 2, true, &canvas));
    canvas_line(&canvas, 1, 7, 1, 0);
    assert_string_equal(drawn(&canvas), "⢸\n⢸\n");
    assert_true(canvas_make(arena, 5, 2, false, &canvas));
    canvas_line(&canvas, 0, 0, 4, 5);
    assert_string_equal(drawn(&canvas), "  .-'\n.-'\n");
    assert_true(canvas_make(arena, 2, 1, false, &canvas));
    canvas_line(&canvas, 0, 0, 1, 2);
    assert_string_equal(drawn(&canvas), ".|\n");
    assert_true(canvas_make(arena, 2, 1, false, &canvas));
    canvas_line(&canvas, -5, 1, 100, 1);
    assert_string_equal(drawn(&canvas), "--\n");
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_round_numbers),
        cmocka_unit_test(marks_of_times_are_where_days_months_and_years_begin),
        cmocka_unit_test(marks_always_lie_within_the_range_and_never_touch),
        cmocka_unit_test(few_points_stay_what_they_are),
        cmocka_unit_test(strips_hold_the_ends_and_the_extremes_of_any_points_in_any_order),
        cmocka_unit_test(strips_are_much_finer_than_a_terminal),
        cmocka_unit_test(an_x_that_comes_again_is_seen),
        cmocka_unit_test(numbers_that_are_none_or_too_large_are_refused),
        cmocka_unit_test(lines_are_dots_of_braille_or_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
