#include "engine/workers.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "base/thread.h"
#include "engine/hold.h"

#include <stdlib.h>
#include <string.h>

enum {
    GRACE_MS = 500, /* for a task that was told to stop, until it is given up */
    LOOK_MS = 20 /* how often an interruption is looked for: it comes from a signal handler, which can't wake anyone */
};

enum state { WAITING, RUNNING, ENDED, JOINED, GIVEN_UP };

struct worker {
    struct crew *crew;
    struct worker_task task;
    enum state state;
    bool is_told; /* to who watches that it has ended */
    pthread_t thread;
    duckdb_connection connection;
    atomic_bool is_stopped;
    double began; /* by clock_ms(), as the next two */
    double deadline;
    double stopped; /* when it was told to; 0: not yet */
    struct worker_result result;
};

/* All workers of one call. The caller has a share in it, and so has every thread: the last one frees it. */
struct crew {
    pthread_mutex_t lock; /* of all below, and of the workers' fields but `is_stopped` */
    pthread_cond_t changed;
    size_t shares;
    struct hold *hold;
    duckdb_database database;
    struct arena *arena; /* of the settings; wiped: among them may be keys of stores */
    const char **settings;
    size_t setting_count;
    size_t count;
    struct worker workers[];
};

/* ---- the settings of the session ---- */

struct settings {
    struct crew *crew;
    struct map *values; /* of the session's connection, by name */
};

/* What prints after each query, or as long as one runs, is for the session's own queries. */
static bool is_for_people(const char *name)
{
    return strstr(name, "profil") != NULL || strstr(name, "progress") != NULL;
}

static bool note_setting(const char *const *columns, size_t count, void *user)
{
    struct settings *settings = user;
    const char *name = count == 2 && columns[0] != NULL ? arena_string(settings->crew->arena, columns[0]) : NULL;
    char *value = columns[1] != NULL ? arena_string(settings->crew->arena, columns[1]) : NULL;

    if (name == NULL || value == NULL || is_for_people(name))
        return true;
    return map_add(settings->values, name, value);
}

static bool note_difference(const char *const *columns, size_t count, void *user)
{
    struct settings *settings = user;
    struct crew *crew = settings->crew;
    const char *value = count == 2 && columns[0] != NULL ? map_find(settings->values, columns[0]) : NULL;
    struct text sql = text_in(crew->arena);

    if (value == NULL || (columns[1] != NULL && strcmp(columns[1], value) == 0))
        return true;
    sql_format(&sql, "SET %I = %L", columns[0], value);
    crew->settings = arena_extend(crew->arena, crew->settings, crew->setting_count, sizeof(*crew->settings));
    if (crew->settings == NULL || text_string(&sql) == NULL)
        return false;
    crew->settings[crew->setting_count++] = text_string(&sql);
    return true;
}

/*
 * Many a SET holds for its connection only, those of extensions above all (an endpoint, a proxy). What a new connection
 * has otherwise than the session's is set there too; what can't be set so is left.
 */
static bool find_settings(struct crew *crew, const struct session *session)
{
    static const char sql[] = "SELECT name, value FROM duckdb_settings()";
    struct settings settings = { .crew = crew, .values = map_create(crew->arena, MAP_EXACT) };
    struct text ignored = text_on_heap();
    duckdb_connection fresh = NULL;
    bool good = settings.values != NULL && duckdb_connect(session->database, &fresh) == DuckDBSuccess;

    if (good)
        good = session_query(session->connection, sql, note_setting, &settings, &ignored) == DUCKALOG_OK &&
               session_query(fresh, sql, note_difference, &settings, &ignored) == DUCKALOG_OK;
    if (fresh != NULL)
        duckdb_disconnect(&fresh);
    text_free(&ignored);
    return good && !arena_failed(crew->arena);
}

/* ---- a crew ---- */

static struct crew *crew_create(struct session *session, const struct worker_task *tasks, size_t count)
{
    struct crew *crew = calloc(1, sizeof(*crew) + count * sizeof(crew->workers[0]));

    if (crew == NULL)
        return NULL;
    crew->arena = arena_create(ARENA_WIPED);
    crew->count = count;
    crew->shares = 1;
    crew->hold = session->hold;
    crew->database = session->database;
    if (crew->arena == NULL || !find_settings(crew, session) || pthread_mutex_init(&crew->lock, NULL) != 0)
        goto failed;
    if (!condition_init(&crew->changed)) {
        pthread_mutex_destroy(&crew->lock);
        goto failed;
    }
    for (size_t i = 0; i < count; i++) {
        crew->workers[i].crew = crew;
        crew->workers[i].task = tasks[i];
    }
    return crew;

failed:
    arena_destroy(crew->arena);
    free(crew);
    return NULL;
}

/* With the lock held, which is gone afterwards. */
static void crew_leave(struct crew *crew)
{
    bool is_last = --crew->shares == 0;

    pthread_mutex_unlock(&crew->lock);
    if (!is_last)
        return;
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    arena_destroy(crew->arena);
    free(crew);
}

/* ---- on a worker's thread ---- */

static duckalog_status connect_worker(struct worker *worker, struct text *problem)
{
    struct crew *crew = worker->crew;
    struct text ignored = text_on_heap();
    duckdb_connection connection = NULL;

    if (duckdb_connect(crew->database, &connection) != DuckDBSuccess) {
        text_add(problem, "a further connection to the catalog can't be made");
        return DUCKALOG_ENGINE;
    }
    pthread_mutex_lock(&crew->lock);
    worker->connection = connection;
    pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->setting_count && !worker_is_stopped(worker); i++)
        session_run(connection, crew->settings[i], NULL, 0, &ignored);
    text_free(&ignored);
    return worker_is_stopped(worker) ? DUCKALOG_INTERRUPTED : DUCKALOG_OK;
}

/* From now on nobody interrupts the connection any more. */
static void disconnect_worker(struct worker *worker)
{
    duckdb_connection connection;

    pthread_mutex_lock(&worker->crew->lock);
    connection = worker->connection;
    worker->connection = NULL;
    pthread_mutex_unlock(&worker->crew->lock);
    if (connection != NULL)
        duckdb_disconnect(&connection);
    hold_release(worker->crew->hold);
}

static void *work(void *user)
{
    struct worker *worker = user;
    struct crew *crew = worker->crew;
    struct text problem = text_on_heap();
    duckalog_status status = connect_worker(worker, &problem);

    if (status == DUCKALOG_OK)
        status = worker->task.run(worker, worker->task.data, &problem);
    disconnect_worker(worker);
    worker->task.release(worker->task.data);
    pthread_mutex_lock(&crew->lock);
    if (worker->state == RUNNING) {
        worker->state = ENDED;
        worker->result.status = status;
        worker->result.problem = text_string(&problem) != NULL ? strdup(text_string(&problem)) : NULL;
        worker->result.elapsed_ms = clock_ms() - worker->began;
        pthread_cond_broadcast(&crew->changed);
    }
    crew_leave(crew);
    text_free(&problem);
    return NULL;
}

duckdb_connection worker_connection(const struct worker *worker)
{
    return worker->connection;
}

bool worker_is_stopped(const struct worker *worker)
{
    return atomic_load(&worker->is_stopped);
}

void worker_expect(struct worker *worker, double limit_ms)
{
    pthread_mutex_lock(&worker->crew->lock);
    worker->deadline = clock_ms() + limit_ms;
    pthread_mutex_unlock(&worker->crew->lock);
}

void worker_begin_try(struct worker *worker, double limit_ms)
{
    worker_expect(worker, limit_ms);
    pthread_mutex_lock(&worker->crew->lock);
    worker->result.tries++;
    pthread_mutex_unlock(&worker->crew->lock);
}

bool worker_wait(struct worker *worker, double duration_ms)
{
    double until = clock_ms() + duration_ms;

    pthread_mutex_lock(&worker->crew->lock);
    while (!worker_is_stopped(worker) && clock_ms() < until)
        condition_wait(&worker->crew->changed, &worker->crew->lock, until - clock_ms());
    pthread_mutex_unlock(&worker->crew->lock);
    return !worker_is_stopped(worker);
}

/* ---- on the caller's thread, with the lock held ---- */

static void start(struct worker *worker)
{
    worker->began = clock_ms();
    worker->deadline = worker->began + worker->task.limit_ms;
    worker->state = RUNNING;
    worker->crew->shares++;
    hold_share(worker->crew->hold);
    if (thread_start(&worker->thread, work, worker))
        return;
    worker->crew->shares--;
    hold_release(worker->crew->hold);
    worker->task.release(worker->task.data);
    worker->state = JOINED;
    worker->result.status = DUCKALOG_NOMEM;
}

static void stop(struct worker *worker)
{
    worker->stopped = clock_ms();
    atomic_store(&worker->is_stopped, true);
    if (worker->connection != NULL)
        duckdb_interrupt(worker->connection);
    pthread_cond_broadcast(&worker->crew->changed);
}

static void give_up(struct worker *worker)
{
    worker->state = GIVEN_UP;
    worker->result.status = DUCKALOG_TIMEOUT;
    worker->result.elapsed_ms = clock_ms() - worker->began;
    pthread_detach(worker->thread);
}

static void look_at_running(struct worker *worker, bool interrupted)
{
    double now = clock_ms();

    if (worker->stopped == 0 && (interrupted || now >= worker->deadline))
        stop(worker);
    else if (worker->stopped != 0 && now >= worker->stopped + GRACE_MS)
        give_up(worker);
}

/* It has nothing left to do but to end. */
static void join(struct worker *worker)
{
    pthread_mutex_unlock(&worker->crew->lock);
    pthread_join(worker->thread, NULL);
    pthread_mutex_lock(&worker->crew->lock);
    worker->state = JOINED;
}

/* Never begun, as all was interrupted before. */
static void leave_out(struct worker *worker)
{
    worker->task.release(worker->task.data);
    worker->state = JOINED;
    worker->result.status = DUCKALOG_INTERRUPTED;
}

/* How many there is still to wait for. */
static size_t look_at_all(struct crew *crew, size_t most, bool interrupted)
{
    size_t running = 0;
    size_t waiting = 0;

    for (size_t i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];

        if (worker->state == RUNNING)
            look_at_running(worker, interrupted);
        if (worker->state == ENDED)
            join(worker);
        running += worker->state == RUNNING;
    }
    for (size_t i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];

        if (worker->state != WAITING)
            continue;
        if (interrupted)
            leave_out(worker);
        else if (running < most)
            start(worker);
        running += worker->state == RUNNING;
        waiting += worker->state == WAITING;
    }
    return running + waiting;
}

/* Without the lock for so long, as others need it. True when there was anything to tell. */
static bool tell_ended(struct crew *crew, const struct worker_watch *watch)
{
    bool any = false;

    for (size_t i = 0; watch != NULL && i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];

        if (worker->is_told || (worker->state != JOINED && worker->state != GIVEN_UP))
            continue;
        worker->is_told = true;
        any = true;
        pthread_mutex_unlock(&crew->lock);
        watch->ended(i, watch->user);
        pthread_mutex_lock(&crew->lock);
    }
    return any;
}

/* A task that was stopped fails in its own way; why it was stopped is what counts. */
static void settle(struct worker *worker, bool interrupted)
{
    if (worker->result.status != DUCKALOG_OK && worker->stopped != 0)
        worker->result.status = interrupted ? DUCKALOG_INTERRUPTED : DUCKALOG_TIMEOUT;
}

static void release_all(const struct worker_task *tasks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tasks[i].release(tasks[i].data);
}

bool workers_run(struct session *session, const struct worker_task *tasks, size_t count, size_t most,
                 const atomic_bool *interrupted, const struct worker_watch *watch, struct worker_result *ret_results)
{
    struct crew *crew = crew_create(session, tasks, count);

    if (crew == NULL) {
        release_all(tasks, count);
        return false;
    }
    pthread_mutex_lock(&crew->lock);
    while (look_at_all(crew, most, atomic_load(interrupted)) > 0)
        if (!tell_ended(crew, watch))
            condition_wait(&crew->changed, &crew->lock, LOOK_MS);
    tell_ended(crew, watch);
    for (size_t i = 0; i < count; i++) {
        settle(&crew->workers[i], atomic_load(interrupted));
        ret_results[i] = crew->workers[i].result;
    }
    crew_leave(crew);
    return true;
}
