/*
 * Attaching: the local files first, in the order of the config, then what needs the network, side by side. Whatever
 * finished first, it is told in the order of the config; and of all that failed, as one mistake seldom comes alone.
 */

#include "engine/attachment.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/report.h"
#include "base/text.h"
#include "config/schema.h"
#include "engine/options.h"
#include "engine/workers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is attached already ---- */

struct attached {
    struct arena *arena;
    struct map *paths; /* by alias */
};

static bool note_attached(const char *const *columns, size_t count, void *user)
{
    struct attached *attached = user;
    char *name = arena_string(attached->arena, columns[0]);
    char *path = arena_string(attached->arena, count > 1 && columns[1] != NULL ? columns[1] : "");

    return name != NULL && path != NULL && map_add(attached->paths, name, path);
}

static duckalog_status find_attached(struct restoration *restoration, struct attached *attached)
{
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    attached->arena = arena_create(ARENA_PLAIN);
    attached->paths = attached->arena == NULL ? NULL : map_create(attached->arena, MAP_IGNORING_CASE);
    if (attached->paths != NULL)
        status = session_query(restoration->session->connection,
                               "SELECT database_name, path FROM duckdb_databases() WHERE NOT internal", note_attached,
                               attached, &problem);
    text_free(&problem);
    return status;
}

/* ---- patience ---- */

bool attach_read_options(const duckalog_options *options, struct duckalog_report *report,
                         struct attaching *ret_attaching)
{
    int timeout_ms;

    if (!options_attach_timeout(options, &timeout_ms)) {
        report_event(report, DUCKALOG_ERROR, "environment", "give seconds, as in DUCKALOG_ATTACH_TIMEOUT=2.5",
                     "DUCKALOG_ATTACH_TIMEOUT is \"%s\", which is no time to wait", getenv(OPTIONS_ATTACH_TIMEOUT));
        return false;
    }
    *ret_attaching = (struct attaching){
        .timeout_ms = timeout_ms,
        .total_ms = options->attach_total_ms > 0 ? options->attach_total_ms : 30000,
        .retries = options->attach_retries > 0   ? options->attach_retries
                   : options->attach_retries < 0 ? 0
                                                 : 2,
        .parallel = options->attach_parallel > 0 ? (size_t)options->attach_parallel : 8,
        .allow_degraded = options->allow_degraded,
    };
    return true;
}

enum { FIRST_PAUSE_MS = 500, LONGEST_PAUSE_MS = 5000 };

struct patience patience_of(const struct restoration *restoration, const struct step *step)
{
    const struct attach_policy *policy = step->policy;
    struct patience patience = { restoration->attaching.timeout_ms, restoration->attaching.total_ms,
                                 restoration->attaching.retries };

    if (policy != NULL && policy->attach_timeout != LEFT_OPEN)
        patience.timeout_ms = (double)policy->attach_timeout * 1e3;
    if (policy != NULL && policy->retries != LEFT_OPEN)
        patience.retries = (int)policy->retries;
    if (patience.total_ms < patience.timeout_ms)
        patience.total_ms = patience.timeout_ms;
    return patience;
}

double patience_pause_ms(int retry)
{
    double pause = FIRST_PAUSE_MS;
    /* A fifth more or less by the time of the day in nanoseconds: those that failed together shall not come together. */
    double jitter = (double)((uint64_t)(clock_ms() * 1e6) * 2654435761U % 1000) / 1000 - 0.5;

    while (--retry > 0 && pause < LONGEST_PAUSE_MS)
        pause *= 2;
    return (pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS) * (1 + 0.4 * jitter);
}

/* ---- what became of it ---- */

void attachment_fail(struct attachment *attachment, duckalog_status status, const char *problem)
{
    attachment->status = status;
    duckalog_string_free(attachment->problem); /* DuckDB may quote a value in it */
    attachment->problem = strdup(problem);
}

/* An error ends the restoration; otherwise it goes on without the attachment. */
duckalog_severity attach_severity(const struct restoration *restoration, const struct attach_policy *policy)
{
    switch (policy == NULL ? NO_WORD : policy->on_error) {
    case ON_ERROR_FAIL:
        return DUCKALOG_ERROR;
    case ON_ERROR_WARN:
        return DUCKALOG_WARNING;
    case ON_ERROR_SKIP:
        return DUCKALOG_NOTICE;
    default:
        return restoration->attaching.allow_degraded ? DUCKALOG_WARNING : DUCKALOG_ERROR;
    }
}

static const char *code_of(duckalog_status status)
{
    return status == DUCKALOG_TIMEOUT       ? "attachment-timeout"
           : status == DUCKALOG_UNAVAILABLE ? "attachment-unavailable"
           : status == DUCKALOG_LOCKED      ? "locked"
           : status == DUCKALOG_INTERRUPTED ? "interrupted"
                                            : "engine";
}

static const char *hint_of(const struct attachment *attachment, duckalog_severity severity)
{
    if (attachment->hint != NULL)
        return attachment->hint;
    if (severity != DUCKALOG_ERROR)
        return NULL;
    if (attachment->status == DUCKALOG_TIMEOUT) {
        const struct attach_policy *policy = attachment->step->policy;

        return policy != NULL && policy->attach_timeout != LEFT_OPEN
                   ? "is the server up, and may it be reached from here? a longer attach_timeout gives it more time, "
                     "--allow-degraded goes on without it"
                   : "is the server up, and may it be reached from here? --attach-timeout gives it more time, "
                     "--allow-degraded goes on without it";
    }
    if (attachment->status == DUCKALOG_UNAVAILABLE)
        return "this may go away by itself; --attach-retries tries more often, --allow-degraded goes on without it";
    return NULL;
}

/* Does the restoration go on? */
static bool may_be_missed(const struct attachment *attachment, duckalog_severity severity)
{
    return severity != DUCKALOG_ERROR && attachment->status != DUCKALOG_INTERRUPTED &&
           attachment->status != DUCKALOG_NOMEM;
}

static void tell(struct restoration *restoration, const struct attachment *attachment, duckalog_severity severity)
{
    struct text lock = text_on_heap();
    struct finding finding = { .severity = severity,
                               .code = attachment->code != NULL ? attachment->code : code_of(attachment->status),
                               .hint = hint_of(attachment, severity),
                               .problem = attachment->problem != NULL ? attachment->problem : "failed",
                               .transient = duckalog_status_is_transient(attachment->status) };

    if (attachment->status == DUCKALOG_LOCKED) {
        finding.hint = strcmp(finding.problem, OPEN_HERE) == 0 ? OPEN_HERE_HINT : SESSION_LOCK_HINT;
        session_add_lock_problem(&lock, finding.problem);
        finding.problem = text_string(&lock) != NULL ? text_string(&lock) : "locked";
    }
    restore_tell(restoration, attachment->step, &finding);
    text_free(&lock);
}

/* Logs and reports; what may be missed is DUCKALOG_OK, and remembered. */
static duckalog_status settle(struct restoration *restoration, const struct attachment *attachment)
{
    const struct step *step = attachment->step;
    duckalog_severity severity = attach_severity(restoration, step->policy);
    bool good = attachment->status == DUCKALOG_OK;

    log_event(&restoration->log, good ? DUCKALOG_LOG_DEBUG : DUCKALOG_LOG_INFO, NULL,
              good ? "attachment done" : "attachment failed",
              LOG_FIELDS(log_again("phase", "attach"), log_text("alias", step->name), log_word("kind", step->kind_name),
                         log_count("attempt", (size_t)attachment->tries), log_ms("elapsed_ms", attachment->elapsed_ms),
                         log_word("error_class", good ? NULL : duckalog_status_name(attachment->status))));
    if (attachment->status == DUCKALOG_OK)
        return DUCKALOG_OK;
    if (attachment->status != DUCKALOG_INTERRUPTED && attachment->status != DUCKALOG_NOMEM)
        tell(restoration, attachment, severity);
    if (!may_be_missed(attachment, severity))
        return attachment->status;
    restoration->is_missed[attachment->index] = true;
    restoration->summary->attachments_failed++;
    return DUCKALOG_OK;
}

static duckalog_status settle_all(struct restoration *restoration, const struct attachment *attachments, size_t count)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < count; i++) {
        duckalog_status settled = attachments[i].is_put_off ? DUCKALOG_OK : settle(restoration, &attachments[i]);

        if (status == DUCKALOG_OK)
            status = settled;
    }
    return status;
}

/* ---- all of them ---- */

/* True when it needs no attaching any more, for better or worse. */
static bool is_settled(const struct attached *attached, struct attachment *attachment)
{
    const struct step *step = attachment->step;
    const char *path = map_find(attached->paths, step->name);

    if (path == NULL)
        return false;
    /* ATTACH IF NOT EXISTS would keep another file under this name without a word. */
    if (step->file != NULL && strcmp(path, step->file) == 0)
        return true;
    attachment_fail(attachment, DUCKALOG_ENGINE, "another database has this name already");
    attachment->code = "attachment-name";
    attachment->hint = "choose another alias; the catalog itself has the name of its file";
    return true;
}

/* Each attachment with its secret, but for those that are missed already. NULL: no memory. */
static struct attachment *collect(const struct restoration *restoration, size_t *ret_count)
{
    const struct plan *plan = restoration->plan;
    struct attachment *attachments = calloc(plan->count + 1, sizeof(*attachments));
    const struct step *secret = NULL;

    *ret_count = 0;
    for (size_t i = 0; attachments != NULL && i < plan->count; i++) {
        const struct step *step = &plan->steps[i];

        if (step->kind == STEP_ATTACH_SECRET)
            secret = step;
        else if (step->kind == STEP_ATTACH) {
            if (!restoration->is_missed[i])
                attachments[(*ret_count)++] = (struct attachment){ .secret = secret, .step = step, .index = i };
            secret = NULL;
        }
    }
    return attachments;
}

static bool is_fatal(const struct restoration *restoration, const struct attachment *attachment)
{
    return attachment->status != DUCKALOG_OK &&
           !may_be_missed(attachment, attach_severity(restoration, attachment->step->policy));
}

/* For who asks how far it is. */
struct attach_progress {
    const struct restoration *restoration;
    const struct attachment *attachments; /* all of them */
    size_t count;
    struct attachment *const *servers;
};

static void tell_progress(const struct attach_progress *progress)
{
    const char *pending[LOG_MOST_PENDING];
    size_t found = 0;
    size_t done = 0;

    for (size_t i = 0; i < progress->count; i++) {
        done += progress->attachments[i].is_done;
        if (!progress->attachments[i].is_done && found < LOG_MOST_PENDING)
            pending[found++] = progress->attachments[i].step->name;
    }
    log_progress(&progress->restoration->log, "attach", done, progress->count, pending, found);
}

static void note_server(size_t server, void *user)
{
    const struct attach_progress *progress = user;

    progress->servers[server]->is_done = true;
    tell_progress(progress);
}

/* When a file is missing the servers need not be asked. */
static duckalog_status attach_each(struct restoration *restoration, const struct attached *attached,
                                   struct attachment *attachments, size_t count)
{
    struct attachment **servers = calloc(count + 1, sizeof(struct attachment *));
    struct attach_progress progress = { restoration, attachments, count, servers };
    size_t server_count = 0;
    bool fatal = false;

    if (servers == NULL)
        return DUCKALOG_NOMEM;
    for (size_t i = 0; i < count; i++) {
        struct attachment *attachment = &attachments[i];

        tell_progress(&progress);
        if (atomic_load(restoration->interrupted))
            attachment->status = DUCKALOG_INTERRUPTED;
        else if (!is_settled(attached, attachment)) {
            if (attachment->step->needs_network)
                servers[server_count++] = attachment;
            else
                attach_file(restoration, attachment);
        }
        fatal = fatal || is_fatal(restoration, attachment);
        attachment->is_done = server_count == 0 || servers[server_count - 1] != attachment;
    }
    tell_progress(&progress);
    for (size_t i = 0; fatal && i < server_count; i++)
        servers[i]->is_put_off = true;
    if (!fatal && server_count > 0)
        attach_servers(restoration, servers, server_count, &(struct worker_watch){ note_server, &progress });
    free(servers);
    return settle_all(restoration, attachments, count);
}

duckalog_status attach_all(struct restoration *restoration)
{
    struct attached attached = { 0 };
    size_t count;
    struct attachment *attachments = collect(restoration, &count);
    duckalog_status status = attachments == NULL ? DUCKALOG_NOMEM : DUCKALOG_OK;

    restoration->summary->attachments += count;
    if (status == DUCKALOG_OK && count > 0)
        status = find_attached(restoration, &attached);
    if (status == DUCKALOG_OK && count > 0)
        status = attach_each(restoration, &attached, attachments, count);
    for (size_t i = 0; attachments != NULL && i < count; i++)
        duckalog_string_free(attachments[i].problem);
    free(attachments);
    arena_destroy(attached.arena);
    return status;
}
