/*
 * Nested catalogs: before a session attaches them, each has to be there with all its views. One that is gets no session
 * of its own; one that is not is restored like any other catalog, what it builds on first.
 */

#include "engine/restore.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/text.h"
#include "engine/files.h"
#include "engine/hold.h"
#include "engine/reload.h"

#include <string.h>
#include <sys/stat.h>

/* What became of a child, which may come twice. */
struct prepared {
    duckalog_status status;         /* DUCKALOG_INTERNAL: it was not tried yet */
    struct duckalog_report *report; /* of its session; NULL: it had none */
    duckalog_severity told;         /* as what a failure was told */
    struct prepared *next;
};

struct nesting {
    struct restoration *parent;
    struct arena *arena;
    struct map *done;          /* a struct prepared for each child, by file and config */
    struct prepared *prepared; /* all of them */
    duckalog_severity worst;   /* what a failure of the attachment at work is told as */
};

/* What a child's session told goes to the parent's report, with the names of the attachments that lead to it. */
static void hand_up(const struct nesting *nesting, const struct duckalog_report *report, const char *names)
{
    const duckalog_diagnostic *diagnostic;

    for (size_t i = 0; (diagnostic = duckalog_report_get(report, i)) != NULL; i++) {
        duckalog_diagnostic told = *diagnostic;
        struct text object = text_on_heap();

        if (told.severity > nesting->worst)
            told.severity = nesting->worst;
        text_format(&object, "%s%s%s", names, told.object != NULL ? " > " : "", told.object != NULL ? told.object : "");
        told.object = text_string(&object);
        report_add_diagnostic(nesting->parent->report, &told);
        text_free(&object);
    }
}

/* What a session has that is being reloaded was detached before, when its config is another one now. */
static bool is_forced(const struct nesting *nesting, const struct nested_catalog *nested)
{
    const struct restoration *parent = nesting->parent;

    return parent->force_rebuild || (parent->previous != NULL && reload_has_changed(parent->previous, nested));
}

static struct restoration restoration_of(const struct nesting *nesting, const struct nested_catalog *nested,
                                         struct session *session, struct duckalog_report *report,
                                         duckalog_summary *summary)
{
    const struct restoration *parent = nesting->parent;
    struct restoration child = { .session = session,
                                 .config = nested->config,
                                 .report = report,
                                 .log = parent->log,
                                 .force_rebuild = is_forced(nesting, nested),
                                 .lock_timeout_ms = parent->lock_timeout_ms,
                                 .check_changes = parent->check_changes,
                                 .interrupted = parent->interrupted,
                                 .attaching = parent->attaching,
                                 .is_nested = true,
                                 .summary = summary };

    child.log.redactor = nested->config->redactor;
    child.log.is_nested = true;
    report_redact_with(report, nested->config->redactor);
    return child;
}

/* While another process builds or writes it, it is waited for as the catalog's own file is. */
static struct session_options options_for(const struct nesting *nesting)
{
    return (struct session_options){ .extension_directory = nesting->parent->extension_directory,
                                     .lock_timeout_ms = nesting->parent->lock_timeout_ms,
                                     .interrupted = nesting->parent->interrupted };
}

/* Who has a child open in this process. */
enum openness {
    NOT_OPEN,
    OPEN, /* another catalog that builds on it too: it can't be opened a second time, and is there */
    LEFT, /* a worker of ours that was given up: it can be taken over, for writing only */
};

static enum openness openness_of(const struct nested_catalog *nested)
{
    struct stat status;

    if (stat(nested->database, &status) != 0 || !files_are_open(&status))
        return NOT_OPEN;
    return hold_is_left(&status) ? LEFT : OPEN;
}

/*
 * Are all views there? A look that leaves the file alone; when it can't be taken, the answer is no. Only a file that
 * another process keeps is a failure, and reported: it has been waited for then. What there is to tell of the views is
 * told only when nothing more is done to the catalog.
 */
static duckalog_status look_at_child(const struct nesting *nesting, const struct nested_catalog *nested,
                                     struct duckalog_report *report, bool *ret_complete)
{
    struct session_options options = options_for(nesting);
    struct duckalog_report *looked = report_create();
    struct text problem = text_on_heap();
    struct session *session = NULL;
    duckalog_summary summary = { 0 };
    const char *hint = NULL;
    const bool *wanted;
    duckalog_status status = DUCKALOG_NOMEM;

    options.read_only = true;
    *ret_complete = false;
    if (looked != NULL)
        status = session_open(nested->database, &options, &session, &problem, &hint);
    if (status == DUCKALOG_OK) {
        struct restoration look = restoration_of(nesting, nested, session, looked, &summary);

        look.force_rebuild = false;
        *ret_complete = inventory_take(&look, &look.inventory) == DUCKALOG_OK &&
                        inventory_compare(&look, &wanted) == DUCKALOG_OK && summary.views_kept == summary.views &&
                        upkeep_look(&look, wanted) == DUCKALOG_OK;
        if (*ret_complete)
            report_merge(report, looked);
        inventory_free(look.inventory);
    } else if (status == DUCKALOG_LOCKED || status == DUCKALOG_INTERRUPTED)
        session_report(report, nested->database, status, text_string(&problem), hint);
    session_close(session);
    duckalog_report_free(looked);
    text_free(&problem);
    return status == DUCKALOG_LOCKED || status == DUCKALOG_INTERRUPTED ? status : DUCKALOG_OK;
}

static duckalog_status restore_child(const struct nesting *nesting, const struct nested_catalog *nested,
                                     const char *names, struct duckalog_report *report)
{
    struct session_options options = options_for(nesting);
    struct text problem = text_on_heap();
    struct session *session = NULL;
    duckalog_summary summary = { 0 };
    struct timings within = { 0 }; /* of what counts as one phase of the parent */
    const char *hint = NULL;
    duckalog_status status = session_open(nested->database, &options, &session, &problem, &hint);

    if (status == DUCKALOG_OK) {
        struct restoration child = restoration_of(nesting, nested, session, report, &summary);

        child.timings = &within;
        child.log.catalog = names;
        nesting->parent->at_work(session->connection, nesting->parent->at_work_user);
        status = restore(&child);
        nesting->parent->at_work(nesting->parent->session->connection, nesting->parent->at_work_user);
        report_redact_with(report, NULL);
    } else
        session_report(report, nested->database, status, text_string(&problem), hint);
    if (status == DUCKALOG_OK)
        session_close(session);
    else
        session_discard(session);
    text_free(&problem);
    return status;
}

static duckalog_status build_child(const struct nesting *nesting, const struct nested_catalog *nested,
                                   const char *names, struct duckalog_report *report)
{
    enum openness openness = openness_of(nested);
    bool complete = false;
    duckalog_status status = DUCKALOG_OK;

    if (!is_forced(nesting, nested)) {
        if (openness == OPEN)
            return DUCKALOG_OK;
        if (openness == NOT_OPEN)
            status = look_at_child(nesting, nested, report, &complete);
    }
    if (status != DUCKALOG_OK || complete)
        return status;
    log_event(&nesting->parent->log, DUCKALOG_LOG_INFO, NULL, "nested catalog begins",
              LOG_FIELDS(log_again("phase", "children"), log_text("alias", names), log_text("name", nested->database)));
    return restore_child(nesting, nested, names, report);
}

static duckalog_status prepare_all(struct nesting *nesting, const struct duckalog_config *config, const char *names);

/* What there is for the child, which is new when it is met for the first time; NULL: no memory. */
static struct prepared *look_up(struct nesting *nesting, const struct nested_catalog *nested)
{
    const char *key = arena_format(nesting->arena, "%s\n%p", nested->database, (const void *)nested->config);
    struct prepared *prepared = key == NULL ? NULL : map_find(nesting->done, key);

    if (key == NULL || prepared != NULL)
        return prepared;
    prepared = arena_alloc(nesting->arena, sizeof(*prepared));
    if (prepared == NULL || !map_add(nesting->done, key, prepared))
        return NULL;
    *prepared = (struct prepared){ .status = DUCKALOG_INTERNAL, .next = nesting->prepared };
    nesting->prepared = prepared;
    return prepared;
}

/*
 * A child that failed is not tried again. Why it did was told with its first name: where a later one takes it for
 * something worse, it is told once more.
 */
static duckalog_status tell_again(const struct nesting *nesting, struct prepared *prepared, const char *names)
{
    if (nesting->worst > prepared->told) {
        hand_up(nesting, prepared->report, names);
        prepared->told = nesting->worst;
    }
    return prepared->status;
}

static duckalog_status prepare_one(struct nesting *nesting, const struct nested_catalog *nested, const char *above)
{
    const char *alias = nested->attachment->alias;
    const char *names = *above == '\0' ? alias : arena_format(nesting->arena, "%s > %s", above, alias);
    struct prepared *prepared = look_up(nesting, nested);

    if (names == NULL || prepared == NULL)
        return DUCKALOG_NOMEM;
    if (prepared->status == DUCKALOG_OK)
        return DUCKALOG_OK;
    if (prepared->report != NULL)
        return tell_again(nesting, prepared, names);
    /* Also when one of these failed before: then it is the one to tell of. */
    prepared->status = prepare_all(nesting, nested->config, names);
    if (prepared->status != DUCKALOG_OK)
        return prepared->status;
    prepared->report = report_create();
    if (prepared->report == NULL)
        return DUCKALOG_NOMEM;
    prepared->status = build_child(nesting, nested, names, prepared->report);
    hand_up(nesting, prepared->report, names);
    prepared->told = nesting->worst;
    return prepared->status;
}

static duckalog_status prepare_all(struct nesting *nesting, const struct duckalog_config *config, const char *names)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < config->nested_count && status == DUCKALOG_OK; i++)
        status = atomic_load(nesting->parent->interrupted) ? DUCKALOG_INTERRUPTED
                                                           : prepare_one(nesting, &config->nested[i], names);
    return status;
}

/* The step that attaches the catalog has nothing to attach any more. Why has been told. */
static void miss(const struct nesting *nesting, const char *alias)
{
    struct restoration *restoration = nesting->parent;

    for (size_t i = 0; i < restoration->plan->count; i++) {
        const struct step *step = &restoration->plan->steps[i];

        if (step->kind != STEP_ATTACH || !equal_ignoring_case(step->name, alias))
            continue;
        restoration->is_missed[i] = true;
        restoration->summary->attachments++; /* attach_all() counts the others */
        restoration->summary->attachments_failed++;
        restore_report(restoration, step, nesting->worst, "attachment-nested", NULL,
                       "not attached, as its catalog could not be brought up to date");
    }
}

static void tell_progress(const struct restoration *restoration, size_t done)
{
    const struct duckalog_config *config = restoration->config;
    const char *pending[LOG_MOST_PENDING];
    size_t found = 0;

    for (size_t i = done; i < config->nested_count && found < LOG_MOST_PENDING; i++)
        pending[found++] = config->nested[i].attachment->alias;
    log_progress(&restoration->log, "children", done, config->nested_count, pending, found);
}

/* Those of the session itself, which may be done without as any other attachment. */
static duckalog_status prepare_own(struct nesting *nesting)
{
    struct restoration *restoration = nesting->parent;
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->config->nested_count && status == DUCKALOG_OK; i++) {
        const struct nested_catalog *nested = &restoration->config->nested[i];

        tell_progress(restoration, i);
        nesting->worst = attach_severity(restoration, &nested->attachment->policy);
        status = atomic_load(restoration->interrupted) ? DUCKALOG_INTERRUPTED : prepare_one(nesting, nested, "");
        if (status != DUCKALOG_OK && nesting->worst != DUCKALOG_ERROR && status != DUCKALOG_INTERRUPTED &&
            status != DUCKALOG_NOMEM) {
            miss(nesting, nested->attachment->alias);
            status = DUCKALOG_OK;
        }
    }
    return status;
}

duckalog_status nested_prepare(struct restoration *restoration)
{
    struct nesting nesting = { .parent = restoration };
    duckalog_status status = DUCKALOG_NOMEM;

    /* Who only reads builds nothing, also with a catalog in memory. */
    if (restoration->is_nested || restoration->config->nested_count == 0 || restoration->session->read_only)
        return DUCKALOG_OK;
    nesting.arena = arena_create(ARENA_PLAIN);
    nesting.done = nesting.arena == NULL ? NULL : map_create(nesting.arena, MAP_EXACT);
    if (nesting.done != NULL)
        status = prepare_own(&nesting);
    for (struct prepared *one = nesting.prepared; one != NULL; one = one->next)
        duckalog_report_free(one->report);
    arena_destroy(nesting.arena);
    return status;
}
