/* Workers: tasks side by side, each with its deadline (engine/workers.h). */

#include "engine/workers.h"

#include "base/clock.h"
#include "base/text.h"
#include "given.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct session *session;
static atomic_bool interrupted;

static int open_session(void **state)
{
    struct session_options options = { 0 };
    struct text problem = text_on_heap();
    const char *missing;
    const char *hint;
    duckalog_status status;

    (void)state;
    atomic_store(&interrupted, false);
    if (!duckdb_load(&missing))
        return -1;
    status = session_open(":memory:", &options, &session, &problem, &hint);
    text_free(&problem);
    return status == DUCKALOG_OK ? 0 : -1;
}

static int close_session(void **state)
{
    (void)state;
    session_close(session);
    return 0;
}

/* What the tasks of a test share; it outlives those that are given up. */
static struct {
    atomic_int running;
    atomic_int most;
    atomic_int begun;
    atomic_int released;
} seen;

static void forget(void)
{
    atomic_store(&seen.running, 0);
    atomic_store(&seen.most, 0);
    atomic_store(&seen.begun, 0);
    atomic_store(&seen.released, 0);
}

static void release(void *data)
{
    free(data);
    atomic_fetch_add(&seen.released, 1);
}

/* The data of a task is a number. */
static struct worker_task task(duckalog_status (*run)(struct worker *, void *, struct text *), int number,
                               double limit_ms)
{
    int *data = malloc(sizeof(*data));

    assert_non_null(data);
    *data = number;
    return (struct worker_task){ run, data, release, limit_ms };
}

static void run(const struct worker_task *tasks, size_t count, size_t most, struct worker_result *ret_results)
{
    assert_true(workers_run(session, tasks, count, most, &interrupted, NULL, ret_results));
}

static void free_problems(struct worker_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(results[i].problem);
}

/* ---- tasks ---- */

static duckalog_status tell_number(struct worker *worker, void *data, struct text *problem)
{
    int now = atomic_fetch_add(&seen.running, 1) + 1;
    int most = atomic_load(&seen.most);

    while (now > most && !atomic_compare_exchange_weak(&seen.most, &most, now))
        ;
    worker_wait(worker, 20 - *(int *)data);
    text_format(problem, "%d", *(int *)data);
    atomic_fetch_sub(&seen.running, 1);
    return *(int *)data % 2 == 0 ? DUCKALOG_OK : DUCKALOG_ENGINE;
}

static duckalog_status wait_to_be_stopped(struct worker *worker, void *data, struct text *problem)
{
    (void)data;
    (void)problem;
    atomic_fetch_add(&seen.begun, 1);
    return worker_wait(worker, 1e6) ? DUCKALOG_OK : DUCKALOG_ENGINE;
}

/* As a call of DuckDB that nothing ends: it looks at nothing. */
static duckalog_status hang(struct worker *worker, void *data, struct text *problem)
{
    (void)worker;
    (void)problem;
    clock_sleep_ms(*(int *)data);
    return DUCKALOG_OK;
}

static duckalog_status query_for_long(struct worker *worker, void *data, struct text *problem)
{
    (void)data;
    atomic_fetch_add(&seen.begun, 1);
    return session_run(worker_connection(worker), "SELECT count(*) FROM range(100000000000) a(i) WHERE hash(i) = 1",
                       NULL, 0, problem);
}

static bool keep_text(const char *const *columns, size_t count, void *user)
{
    text_add(user, count == 1 && columns[0] != NULL ? columns[0] : "NULL");
    return true;
}

static duckalog_status tell_setting(struct worker *worker, void *data, struct text *problem)
{
    (void)data;
    return session_query(worker_connection(worker), "SELECT current_setting('schema')::VARCHAR", keep_text, problem,
                         problem);
}

static duckalog_status expect_more(struct worker *worker, void *data, struct text *problem)
{
    (void)data;
    (void)problem;
    worker_expect(worker, 5000);
    return worker_wait(worker, 300) ? DUCKALOG_OK : DUCKALOG_ENGINE;
}

/* ---- tests ---- */

static struct {
    pthread_t thread;
    int ended[3];
    double when[3]; /* by clock_ms() */
} watched;

static void note_end(size_t task, void *user)
{
    assert_ptr_equal(user, &watched);
    assert_true(pthread_equal(watched.thread, pthread_self()));
    watched.ended[task]++;
    watched.when[task] = clock_ms();
}

static void who_watches_hears_of_each_end_once_and_in_time(void **state)
{
    const struct worker_watch watch = { note_end, &watched };
    struct worker_task tasks[] = { task(hang, 150, 5000), task(hang, 0, 5000), task(hang, 1500, 20) };
    struct worker_result results[COUNT_OF(tasks)];

    (void)state;
    watched.thread = pthread_self();
    assert_true(workers_run(session, tasks, COUNT_OF(tasks), 3, &interrupted, &watch, results));
    for (size_t i = 0; i < COUNT_OF(tasks); i++)
        check_number("told once", watched.ended[i], 1);
    table_ends();
    /* The last one is given up. */
    assert_true(watched.when[1] < watched.when[0] && watched.when[0] < watched.when[2]);
    free_problems(results, COUNT_OF(tasks));
    clock_sleep_ms(1600);
}

static void every_task_has_its_own_result_whichever_ended_first(void **state)
{
    struct worker_task tasks[12];
    struct worker_result results[COUNT_OF(tasks)];

    (void)state;
    forget();
    for (int i = 0; i < (int)COUNT_OF(tasks); i++)
        tasks[i] = task(tell_number, i, 5000);
    run(tasks, COUNT_OF(tasks), 4, results);
    for (int i = 0; i < (int)COUNT_OF(tasks); i++) {
        check_number(made_of("status of %d", i), results[i].status, i % 2 == 0 ? DUCKALOG_OK : DUCKALOG_ENGINE);
        check_text(made_of("text of %d", i), results[i].problem, made_of("%d", i));
    }
    table_ends();
    assert_in_range(atomic_load(&seen.most), 1, 4);
    assert_int_equal(atomic_load(&seen.released), COUNT_OF(tasks));
    free_problems(results, COUNT_OF(tasks));
}

static void a_task_is_stopped_at_its_limit(void **state)
{
    struct worker_task tasks[] = { task(wait_to_be_stopped, 0, 50), task(query_for_long, 0, 50) };
    struct worker_result results[COUNT_OF(tasks)];
    double began = clock_ms();

    (void)state;
    run(tasks, COUNT_OF(tasks), 8, results);
    assert_true(clock_ms() - began < 5000);
    for (size_t i = 0; i < COUNT_OF(tasks); i++) {
        assert_int_equal(results[i].status, DUCKALOG_TIMEOUT);
        assert_true(results[i].elapsed_ms >= 50);
    }
    free_problems(results, COUNT_OF(tasks));
}

static void a_task_that_does_not_come_back_is_given_up_and_the_others_go_on(void **state)
{
    struct worker_task tasks[] = { task(hang, 5000, 50), task(tell_number, 2, 5000), task(tell_number, 4, 5000) };
    struct worker_result results[COUNT_OF(tasks)];
    struct text ignored = text_on_heap();
    double began = clock_ms();

    (void)state;
    forget();
    run(tasks, COUNT_OF(tasks), 1, results);
    assert_true(clock_ms() - began < 4500);
    assert_int_equal(results[0].status, DUCKALOG_TIMEOUT);
    assert_null(results[0].problem);
    assert_int_equal(results[1].status, DUCKALOG_OK);
    assert_int_equal(results[2].status, DUCKALOG_OK);
    assert_int_equal(atomic_load(&seen.released), 2);
    /* The session works meanwhile. */
    assert_int_equal(session_run(session->connection, "SELECT 1", NULL, 0, &ignored), DUCKALOG_OK);
    free_problems(results, COUNT_OF(tasks));
    /* It frees what it has when it comes back, also after its session is gone. */
    close_session(NULL);
    while (atomic_load(&seen.released) < 3 && clock_ms() - began < 20000)
        clock_sleep_ms(10);
    assert_int_equal(atomic_load(&seen.released), 3);
    assert_int_equal(open_session(NULL), 0);
}

static void a_task_may_ask_for_more_time(void **state)
{
    struct worker_task tasks[] = { task(expect_more, 0, 50) };
    struct worker_result results[1];

    (void)state;
    run(tasks, 1, 1, results);
    assert_int_equal(results[0].status, DUCKALOG_OK);
    free_problems(results, 1);
}

static void *interrupt_when_two_have_begun(void *unused)
{
    (void)unused;
    while (atomic_load(&seen.begun) < 2)
        clock_sleep_ms(1);
    atomic_store(&interrupted, true);
    return NULL;
}

static void an_interruption_stops_all_and_begins_no_more(void **state)
{
    struct worker_task tasks[] = { task(query_for_long, 0, 1e6), task(wait_to_be_stopped, 0, 1e6),
                                   task(wait_to_be_stopped, 0, 1e6) };
    struct worker_result results[COUNT_OF(tasks)];
    double began = clock_ms();
    pthread_t other;

    (void)state;
    forget();
    assert_int_equal(pthread_create(&other, NULL, interrupt_when_two_have_begun, NULL), 0);
    run(tasks, COUNT_OF(tasks), 2, results);
    pthread_join(other, NULL);
    assert_true(clock_ms() - began < 5000);
    for (size_t i = 0; i < COUNT_OF(tasks); i++)
        assert_int_equal(results[i].status, DUCKALOG_INTERRUPTED);
    assert_int_equal(atomic_load(&seen.begun), 2);
    assert_int_equal(atomic_load(&seen.released), COUNT_OF(tasks));
    free_problems(results, COUNT_OF(tasks));
}

static void what_was_set_for_the_session_holds_for_its_workers(void **state)
{
    struct worker_task tasks[] = { task(tell_setting, 0, 5000) };
    struct worker_result results[1];
    struct text ignored = text_on_heap();

    (void)state;
    assert_int_equal(session_run(session->connection, "CREATE SCHEMA \"it's\"", NULL, 0, &ignored), DUCKALOG_OK);
    assert_int_equal(session_run(session->connection, "USE \"it's\"", NULL, 0, &ignored), DUCKALOG_OK);
    run(tasks, 1, 1, results);
    assert_int_equal(results[0].status, DUCKALOG_OK);
    assert_string_equal(results[0].problem, "it's");
    free_problems(results, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_watches_hears_of_each_end_once_and_in_time, open_session, close_session),
        cmocka_unit_test_setup_teardown(every_task_has_its_own_result_whichever_ended_first, open_session,
                                        close_session),
        cmocka_unit_test_setup_teardown(a_task_is_stopped_at_its_limit, open_session, close_session),
        cmocka_unit_test_setup_teardown(a_task_that_does_not_come_back_is_given_up_and_the_others_go_on, open_session,
                                        close_session),
        cmocka_unit_test_setup_teardown(a_task_may_ask_for_more_time, open_session, close_session),
        cmocka_unit_test_setup_teardown(an_interruption_stops_all_and_begins_no_more, open_session, close_session),
        cmocka_unit_test_setup_teardown(what_was_set_for_the_session_holds_for_its_workers, open_session,
                                        close_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
