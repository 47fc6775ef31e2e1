/*
 * How long phases take (src/engine/timings.c).
 */
#include "given.h"

#include "base/clock.h"
#include "engine/timings.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static char events[512];

static void keep_event(duckalog_log_level level, const char *line, void *unused)
{
    (void)unused;
    snprintf(events + strlen(events), sizeof(events) - strlen(events), "%d %.*s;", (int)level, (int)strcspn(line, "{e"),
             line);
}

static void wait_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static void run(struct timings *timings, const struct log *log, const char *name, long ms)
{
    struct phase_timer timer;

    timings_begin(timings, log, name, log_count("count", 2), &timer);
    wait_ms(ms);
    assert_int_equal(timings_end(&timer, DUCKALOG_OK, 2), DUCKALOG_OK);
}

static void each_phase_has_a_row_over_all_of_its_runs(void **state)
{
    struct timings timings = { 0 };
    struct log log = { 0 };
    const duckalog_metric *row = &timings.items[0];

    (void)state;
    run(&timings, &log, "attach", 2);
    run(&timings, &log, "views", 1);
    run(&timings, &log, "attach", 20);
    assert_int_equal(timings.count, 2);
    assert_string_equal(row->phase, "attach");
    assert_string_equal(timings.items[1].phase, "views");
    assert_int_equal(row->count, 2);
    assert_int_equal(row->objects, 4);
    assert_true(row->min_ms >= 2 && row->max_ms >= 20 && row->min_ms < row->max_ms);
    assert_true(row->total_ms == row->min_ms + row->max_ms);
    assert_true(row->average_ms == row->total_ms / 2);
}

static void what_runs_within_a_phase_counts_once(void **state)
{
    struct timings timings = { 0 };
    struct log log = { 0 };
    struct phase_timer outer;
    double started = clock_ms();
    double all_ms;

    (void)state;
    timings_begin(&timings, &log, "views", (struct log_field){ 0 }, &outer);
    run(&timings, &log, "schemas", 30);
    wait_ms(5);
    run(&timings, &log, "schemas", 30);
    timings_end(&outer, DUCKALOG_OK, 0);
    all_ms = clock_ms() - started;
    assert_string_equal(timings.items[0].phase, "schemas");
    assert_true(timings.items[0].total_ms >= 60);
    assert_string_equal(timings.items[1].phase, "views");
    assert_true(timings.items[1].total_ms >= 5 && timings.items[1].total_ms <= all_ms - 60);
    assert_null(timings.running);
}

static void a_phase_has_one_event_at_each_end_also_when_it_fails(void **state)
{
    struct timings timings = { 0 };
    struct log log = { .write = keep_event, .level = DUCKALOG_LOG_DEBUG };
    struct phase_timer timer;

    (void)state;
    *events = '\0';
    run(&timings, &log, "load", 0);
    timings_begin(&timings, &log, "install", log_text("name", "x"), &timer);
    assert_int_equal(timings_end(&timer, DUCKALOG_LOCKED, 1), DUCKALOG_LOCKED);
    assert_string_equal(events, "3 load b;2 load don;3 install b;2 install fail;");
    assert_int_equal(timings.items[1].count, 1);
}

static void phases_beyond_the_last_row_are_not_kept(void **state)
{
    struct timings timings = { 0 };
    struct log log = { 0 };

    (void)state;
    for (int i = 0; i < TIMINGS_MOST + 2; i++)
        run(&timings, &log, made_of("phase %d", i), 0);
    assert_int_equal(timings.count, TIMINGS_MOST);
    assert_string_equal(timings.items[TIMINGS_MOST - 1].phase, made_of("phase %d", TIMINGS_MOST - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_phase_has_a_row_over_all_of_its_runs),
        cmocka_unit_test(what_runs_within_a_phase_counts_once),
        cmocka_unit_test(a_phase_has_one_event_at_each_end_also_when_it_fails),
        cmocka_unit_test(phases_beyond_the_last_row_are_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
