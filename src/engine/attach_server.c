/*
 * Attaching databases over the network, side by side, each on a worker of its own (workers.h): a slow or dead server
 * costs its own time only, and never more than its deadline.
 */

#include "engine/attachment.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/knock.h"
#include "engine/transient.h"
#include "engine/workers.h"

#include <stdlib.h>
#include <string.h>

/* All that the task needs, in an arena of its own: it may outlive the plan. */
struct server {
    struct arena *arena; /* wiped: it holds the password */
    struct step secret;  /* no SQL: there is none */
    struct step attach;
    struct patience patience;
};

/* ---- on a worker's thread ---- */

static duckalog_status run_step(struct worker *worker, const struct step *step, struct text *problem)
{
    duckalog_status status;

    text_free(problem);
    status = session_run(worker_connection(worker), step->sql, step->bindings, step->binding_count, problem);
    if (status != DUCKALOG_ENGINE)
        return status;
    return status_of_network_error(text_string(problem) != NULL ? text_string(problem) : "", status);
}

/* It succeeded, but too late: nobody counts on it any more. */
static void take_back(struct worker *worker, const struct server *server)
{
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();

    sql_format(&sql, "DETACH %I", server->attach.name);
    if (text_string(&sql) != NULL)
        session_run(worker_connection(worker), text_string(&sql), NULL, 0, &ignored);
    text_free(&sql);
    text_free(&ignored);
}

static duckalog_status try_once(struct worker *worker, const struct server *server, double limit_ms,
                                struct text *problem)
{
    const struct door door = { server->attach.host, server->attach.port, server->attach.asks_for_tls, limit_ms };
    duckalog_status status = DUCKALOG_OK;

    worker_begin_try(worker, limit_ms);
    if (door.host != NULL)
        status = knock(&door, worker, problem);
    if (status == DUCKALOG_OK && server->secret.sql != NULL)
        status = run_step(worker, &server->secret, problem);
    if (status == DUCKALOG_OK)
        status = run_step(worker, &server->attach, problem);
    if (status == DUCKALOG_OK && worker_is_stopped(worker)) {
        take_back(worker, server);
        status = DUCKALOG_TIMEOUT;
    }
    return status;
}

static void add_tries(struct text *problem, int tries)
{
    text_trim_end(problem);
    if (tries > 1)
        text_format(problem, " (tried %d times)", tries);
}

/* A try that ran into its limit is not repeated: the next one would take as long. */
static duckalog_status attach_server(struct worker *worker, void *data, struct text *problem)
{
    const struct server *server = data;
    double end = clock_ms() + server->patience.total_ms;
    double pause = 0;

    for (int tries = 1;; tries++) {
        double left = end - clock_ms();
        double limit = left < server->patience.timeout_ms ? left : server->patience.timeout_ms;
        duckalog_status status = try_once(worker, server, limit, problem);

        pause = patience_pause_ms(tries);
        if (status != DUCKALOG_UNAVAILABLE || tries > server->patience.retries || worker_is_stopped(worker) ||
            clock_ms() + pause >= end) {
            if (status != DUCKALOG_OK)
                add_tries(problem, tries);
            return status;
        }
        worker_expect(worker, 2 * pause);
        if (!worker_wait(worker, pause))
            return DUCKALOG_INTERRUPTED;
    }
}

static void release_server(void *data)
{
    struct server *server = data;

    arena_destroy(server->arena);
    free(server);
}

/* ---- on the session's thread ---- */

static bool copy_step(struct arena *arena, const struct step *step, struct step *ret_copy)
{
    struct binding *bindings = arena_array(arena, step->binding_count, sizeof(*bindings));

    *ret_copy = (struct step){ .name = arena_string(arena, step->name),
                               .sql = arena_string(arena, step->sql),
                               .bindings = bindings,
                               .binding_count = step->binding_count,
                               .host = step->host == NULL ? NULL : arena_string(arena, step->host),
                               .port = step->port,
                               .asks_for_tls = step->asks_for_tls };
    for (size_t i = 0; bindings != NULL && i < step->binding_count; i++)
        bindings[i].value = arena_string(arena, step->bindings[i].value);
    return !arena_failed(arena);
}

static bool make_task(const struct restoration *restoration, const struct attachment *attachment,
                      struct worker_task *ret_task)
{
    struct server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return false;
    server->arena = arena_create(ARENA_WIPED);
    server->patience = patience_of(restoration, attachment->step);
    if (server->arena == NULL || !copy_step(server->arena, attachment->step, &server->attach) ||
        (attachment->secret != NULL && !copy_step(server->arena, attachment->secret, &server->secret))) {
        release_server(server);
        return false;
    }
    *ret_task = (struct worker_task){ attach_server, server, release_server, server->patience.timeout_ms };
    return true;
}

/*
 * Loading takes DuckDB some 100 ms, which is not the server's time. What is not installed is fetched on the worker:
 * that may hang as long as any server.
 */
static void load_extensions(struct restoration *restoration, struct attachment *const *attachments, size_t count)
{
    const char *loaded = "";

    for (size_t i = 0; i < count; i++) {
        const char *extension = attachments[i]->step->extension;
        struct text sql = text_on_heap();
        struct text ignored = text_on_heap();

        if (extension != NULL && strcmp(extension, loaded) != 0) {
            sql_format(&sql, "LOAD %I", extension);
            if (text_string(&sql) != NULL)
                session_run(restoration->session->connection, text_string(&sql), NULL, 0, &ignored);
            loaded = extension;
        }
        text_free(&sql);
        text_free(&ignored);
    }
}

static void settle(struct restoration *restoration, struct attachment *attachment, struct worker_result *result)
{
    struct patience patience = patience_of(restoration, attachment->step);
    struct text problem = text_on_heap();

    attachment->status = result->status;
    attachment->elapsed_ms = result->elapsed_ms;
    attachment->tries = result->tries;
    if (result->status == DUCKALOG_TIMEOUT) {
        text_format(&problem, "no answer within %g s", patience.timeout_ms / 1e3);
        if (result->problem != NULL && attachment->step->host != NULL &&
            strncmp(result->problem, attachment->step->host, strlen(attachment->step->host)) == 0)
            text_format(&problem, ": %s", result->problem);
        attachment_fail(attachment, DUCKALOG_TIMEOUT,
                        text_string(&problem) != NULL ? text_string(&problem) : "no answer in time");
    } else if (result->status != DUCKALOG_OK)
        attachment_fail(attachment, result->status, result->problem != NULL ? result->problem : "failed");
    duckalog_string_free(result->problem);
    text_free(&problem);
}

static void fail_all(struct attachment *const *attachments, size_t count)
{
    for (size_t i = 0; i < count; i++)
        attachment_fail(attachments[i], DUCKALOG_NOMEM, "no memory");
}

void attach_servers(struct restoration *restoration, struct attachment *const *attachments, size_t count,
                    const struct worker_watch *watch)
{
    struct worker_task *tasks = calloc(count, sizeof(*tasks));
    struct worker_result *results = calloc(count, sizeof(*results));
    size_t made = 0;

    load_extensions(restoration, attachments, count);
    while (tasks != NULL && results != NULL && made < count && make_task(restoration, attachments[made], &tasks[made]))
        made++;
    if (made == count && workers_run(restoration->session, tasks, count, restoration->attaching.parallel,
                                     restoration->interrupted, watch, results))
        for (size_t i = 0; i < count; i++)
            settle(restoration, attachments[i], &results[i]);
    else {
        for (size_t i = 0; made < count && i < made; i++)
            release_server(tasks[i].data);
        fail_all(attachments, count);
    }
    free(tasks);
    free(results);
}
