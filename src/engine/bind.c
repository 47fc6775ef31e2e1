#include "engine/bind.h"

#include "base/text.h"
#include "config/schema.h"
#include "engine/attachment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is remote ---- */

/* The scheme of a URI that begins in quotes, of which `separator` is the "://"; its length. 0: there is none. */
static size_t scheme_before(const char *sql, const char *separator)
{
    const char *start = separator;

    while (start > sql && (isalnum((unsigned char)start[-1]) || strchr("+-.", start[-1]) != NULL))
        start--;
    if (start == sql || strchr("'\"$", start[-1]) == NULL)
        return 0;
    return (size_t)(separator - start);
}

/* The first URI from here on that is not of this machine: where its "://" is; NULL: there is none. */
static const char *next_remote(const char *sql, const char *from, size_t *ret_scheme)
{
    for (const char *s = strstr(from, "://"); s != NULL; s = strstr(s + 1, "://")) {
        *ret_scheme = scheme_before(sql, s);
        if (*ret_scheme > 0 && !(*ret_scheme == 4 && starts_with_ignoring_case(s - 4, "file")))
            return s;
    }
    return NULL;
}

bool bind_reads_remote(const char *sql)
{
    size_t scheme;

    return next_remote(sql, sql, &scheme) != NULL;
}

/* Are there files that DuckDB's httpfs reads? Its setting would have it loaded where it is of no use. */
static bool is_for_httpfs(const char *sql)
{
    static const char *const schemes[] = { "http", "https", "s3", "s3a", "s3n", "gcs", "gs", "r2", "hf" };
    size_t scheme;

    for (const char *s = next_remote(sql, sql, &scheme); s != NULL; s = next_remote(sql, s + 1, &scheme))
        for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
            if (scheme == strlen(schemes[i]) && starts_with_ignoring_case(s - scheme, schemes[i]))
                return true;
    return false;
}

/* ---- on a worker ---- */

static duckalog_status bind(struct worker *worker, void *data, struct text *problem)
{
    duckdb_prepared_statement statement = NULL;
    duckalog_status status = session_prepare(worker_connection(worker), data, &statement, problem);

    if (status == DUCKALOG_OK)
        duckdb_destroy_prepare(&statement);
    return status;
}

/* ---- on the session's thread ---- */

/* A view of no schema: the schema may still have to be made. */
bool bind_task(const char *query, double limit_ms, struct worker_task *ret_task)
{
    static const char head[] = "CREATE TEMPORARY VIEW \"bound first\" AS\n";
    char *sql = malloc(sizeof(head) + strlen(query));

    if (sql == NULL)
        return false;
    memcpy(sql, head, sizeof(head));
    memcpy(sql + strlen(head), query, strlen(query) + 1);
    *ret_task = (struct worker_task){ bind, sql, free, limit_ms };
    return true;
}

static const char *query_of(const struct step *view)
{
    const char *body = strstr(view->sql, " AS\n");

    return body == NULL ? view->sql : body + strlen(" AS\n");
}

/* A view to be bound first. */
struct remote_view {
    const struct step *step;
    const struct step *server; /* the attachment that it reads from; NULL: it reads files */
    double limit_ms;
    bool is_done;
};

static const char *hint_of(const struct remote_view *view)
{
    if (view->server == NULL)
        return BIND_PATIENCE_HINT;
    if (view->server->policy != NULL && view->server->policy->attach_timeout != LEFT_OPEN)
        return "it was attached before; a longer attach_timeout of the attachment gives it more time";
    return "it was attached before; --attach-timeout gives it more time";
}

static void report_timeout(struct restoration *restoration, const struct remote_view *view)
{
    struct text problem = text_on_heap();

    text_format(&problem, "%s did not answer within %g s", view->server != NULL ? view->server->name : "what it reads",
                view->limit_ms / 1e3);
    restore_tell(restoration, view->step,
                 &(struct finding){ .severity = DUCKALOG_ERROR,
                                    .code = duckalog_status_name(DUCKALOG_TIMEOUT),
                                    .hint = hint_of(view),
                                    .problem = text_string(&problem) != NULL ? text_string(&problem) : "no answer",
                                    .transient = true });
    text_free(&problem);
}

/* For who asks how far it is. */
struct bind_progress {
    const struct restoration *restoration;
    struct remote_view *views;
    size_t count;
    size_t done;
};

static void tell_progress(const struct bind_progress *progress)
{
    const char *pending[LOG_MOST_PENDING];
    size_t found = 0;

    for (size_t i = 0; i < progress->count && found < LOG_MOST_PENDING; i++)
        if (!progress->views[i].is_done)
            pending[found++] = progress->views[i].step->name;
    log_progress(&progress->restoration->log, "bind", progress->done, progress->count, pending, found);
}

static void note_bound(size_t view, void *user)
{
    struct bind_progress *progress = user;

    progress->views[view].is_done = true;
    progress->done++;
    tell_progress(progress);
}

/* One worker for each view, and what became of it. */
static duckalog_status bind_all(struct restoration *restoration, struct remote_view *views, size_t count)
{
    struct bind_progress progress = { restoration, views, count, 0 };
    const struct worker_watch watch = { note_bound, &progress };
    struct worker_task *tasks = calloc(count, sizeof(*tasks));
    struct worker_result *results = calloc(count, sizeof(*results));
    duckalog_status status = DUCKALOG_OK;
    size_t made = 0;

    tell_progress(&progress);
    while (tasks != NULL && results != NULL && made < count &&
           bind_task(query_of(views[made].step), views[made].limit_ms, &tasks[made]))
        made++;
    if (made < count) {
        for (size_t i = 0; i < made; i++)
            free(tasks[i].data);
        status = DUCKALOG_NOMEM;
    } else if (!workers_run(restoration->session, tasks, count, BIND_MOST_AT_A_TIME, restoration->interrupted, &watch,
                            results))
        status = DUCKALOG_NOMEM;
    for (size_t i = 0; status != DUCKALOG_NOMEM && i < count; i++) {
        if (results[i].status == DUCKALOG_TIMEOUT)
            report_timeout(restoration, &views[i]);
        if (results[i].status == DUCKALOG_TIMEOUT || results[i].status == DUCKALOG_INTERRUPTED)
            status = results[i].status;
        free(results[i].problem);
    }
    free(tasks);
    free(results);
    return status;
}

static bool has_servers(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].kind == STEP_ATTACH && plan->steps[i].needs_network)
            return true;
    return false;
}

static bool reads_same_server(const struct remote_view *views, size_t count, const struct step *server)
{
    for (size_t i = 0; i < count; i++)
        if (views[i].server == server)
            return true;
    return false;
}

/*
 * Of the views of each attached server the first one: the server answered when it was attached, and may be silent by now.
 * Then its view would hang on the session's connection, which nothing ends.
 */
static size_t add_one_of_each_server(struct restoration *restoration, const struct step *const *steps, size_t count,
                                     struct remote_view *views)
{
    size_t found = 0;

    if (!has_servers(restoration->plan))
        return 0;
    for (size_t i = 0; i < count; i++) {
        const struct step *server = server_behind(restoration, steps[i]->view);

        if (server != NULL && !reads_same_server(views, found, server))
            views[found++] = (struct remote_view){ .step = steps[i],
                                                   .server = server,
                                                   .limit_ms = patience_of(restoration, server).timeout_ms };
    }
    return found;
}

duckalog_status bind_remote_views(struct restoration *restoration, const struct step *const *steps, size_t count,
                                  struct setting *ret_cache)
{
    struct remote_view *remote = calloc(2 * count + 1, sizeof(*remote));
    duckalog_status status = DUCKALOG_OK;
    struct phase_timer timer;
    bool for_httpfs = false;
    size_t found;

    *ret_cache = (struct setting){ 0 };
    if (remote == NULL)
        return DUCKALOG_NOMEM;
    found = add_one_of_each_server(restoration, steps, count, remote);
    for (size_t i = 0; i < count; i++)
        if (bind_reads_remote(steps[i]->sql)) {
            remote[found++] =
                (struct remote_view){ .step = steps[i],
                                      .limit_ms = restoration->attaching.timeout_ms * BIND_TIMES_AN_ATTACHMENT };
            for_httpfs = for_httpfs || is_for_httpfs(steps[i]->sql);
        }
    if (found > 0) {
        timings_begin(restoration->timings, &restoration->log, "bind", log_count("count", found), &timer);
        /* The workers have it as the session has it, and what they put there the session finds. */
        if (for_httpfs)
            setting_change(ret_cache, restoration->session->connection, "enable_http_metadata_cache", "true");
        status = timings_end(&timer, bind_all(restoration, remote, found), found);
    }
    free(remote);
    return status;
}
