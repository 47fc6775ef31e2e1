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

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct nesting {
    struct restoration *parent;
    struct arena *arena;
    struct map *done; /* what is prepared, by file and config: the same child may come twice */
};

/* What a child's session told goes to the parent's report, with the names of the attachments that lead to it. */
static void hand_up(const struct nesting *nesting, const struct duckalog_report *report, const char *names)
{
    const duckalog_diagnostic *diagnostic;

    for (size_t i = 0; (diagnostic = duckalog_report_get(report, i)) != NULL; i++) {
        duckalog_diagnostic told = *diagnostic;
        struct text object = text_on_heap();

        text_format(&object, "%s%s%s", names, told.object != NULL ? " > " : "", told.object != NULL ? told.object : "");
        told.object = text_string(&object);
        report_add_diagnostic(nesting->parent->report, &told);
        text_free(&object);
    }
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
                                 .force_rebuild = parent->force_rebuild,
                                 .check_changes = parent->check_changes,
                                 .interrupted = parent->interrupted,
                                 .is_nested = true,
                                 .summary = summary };

    child.log.redactor = nested->config->redactor;
    report_redact_with(report, nested->config->redactor);
    return child;
}

/* Another catalog of this process builds on it too: it can't be opened a second time, and is there. */
static bool is_open_here(const struct nested_catalog *nested)
{
    struct stat status;

    return stat(nested->database, &status) == 0 && files_are_open(&status);
}

/*
 * Are all views there? A look that leaves the file alone; when it can't be taken, the answer is no. What there is to tell
 * of them is told only when nothing more is done to the catalog.
 */
static bool is_complete(const struct nesting *nesting, const struct nested_catalog *nested, const char *names)
{
    struct session_options options = { .read_only = true, .extension_directory = nesting->parent->extension_directory };
    struct duckalog_report *report = report_create();
    struct text ignored = text_on_heap();
    struct session *session = NULL;
    duckalog_summary summary = { 0 };
    const char *hint = NULL;
    const bool *wanted;
    bool complete = false;

    if (report != NULL && access(nested->database, F_OK) == 0 &&
        session_open(nested->database, &options, &session, &ignored, &hint) == DUCKALOG_OK) {
        struct restoration look = restoration_of(nesting, nested, session, report, &summary);

        look.force_rebuild = false;
        complete = inventory_take(&look, &look.inventory) == DUCKALOG_OK &&
                   inventory_compare(&look, &wanted) == DUCKALOG_OK && summary.views_kept == summary.views &&
                   upkeep_look(&look, wanted) == DUCKALOG_OK;
        if (complete)
            hand_up(nesting, report, names);
        inventory_free(look.inventory);
    }
    session_close(session);
    duckalog_report_free(report);
    text_free(&ignored);
    return complete;
}

static duckalog_status restore_child(const struct nesting *nesting, const struct nested_catalog *nested,
                                     struct duckalog_report *report)
{
    struct session_options options = { .extension_directory = nesting->parent->extension_directory };
    struct text problem = text_on_heap();
    struct session *session = NULL;
    duckalog_summary summary = { 0 };
    const char *hint = NULL;
    duckalog_status status = session_open(nested->database, &options, &session, &problem, &hint);

    if (status == DUCKALOG_OK) {
        struct restoration child = restoration_of(nesting, nested, session, report, &summary);

        nesting->parent->at_work(session->connection, nesting->parent->at_work_user);
        status = restore(&child);
        nesting->parent->at_work(nesting->parent->session->connection, nesting->parent->at_work_user);
        report_redact_with(report, NULL);
    } else
        report_event(report, DUCKALOG_ERROR, status == DUCKALOG_LOCKED ? "locked" : "database", hint, "open: %s: %s",
                     nested->database, text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    if (status == DUCKALOG_OK)
        session_close(session);
    else
        session_discard(session);
    text_free(&problem);
    return status;
}

static duckalog_status prepare_all(struct nesting *nesting, const struct duckalog_config *config, const char *names);

static duckalog_status prepare_one(struct nesting *nesting, const struct nested_catalog *nested, const char *above)
{
    const char *alias = nested->attachment->alias;
    const char *names = *above == '\0' ? alias : arena_format(nesting->arena, "%s > %s", above, alias);
    const char *key = arena_format(nesting->arena, "%s\n%p", nested->database, (const void *)nested->config);
    struct duckalog_report *report;
    duckalog_status status;

    if (names == NULL || key == NULL)
        return DUCKALOG_NOMEM;
    if (map_find(nesting->done, key) != NULL)
        return DUCKALOG_OK;
    if (!map_add(nesting->done, key, nesting))
        return DUCKALOG_NOMEM;
    status = prepare_all(nesting, nested->config, names);
    if (status != DUCKALOG_OK ||
        (!nesting->parent->force_rebuild && (is_open_here(nested) || is_complete(nesting, nested, names))))
        return status;
    log_line(&nesting->parent->log, DUCKALOG_LOG_INFO, "nested catalog begins {name=%s database=%s}", names,
             nested->database);
    report = report_create();
    if (report == NULL)
        return DUCKALOG_NOMEM;
    status = restore_child(nesting, nested, report);
    hand_up(nesting, report, names);
    duckalog_report_free(report);
    return status;
}

static duckalog_status prepare_all(struct nesting *nesting, const struct duckalog_config *config, const char *names)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < config->nested_count && status == DUCKALOG_OK; i++)
        status = atomic_load(nesting->parent->interrupted) ? DUCKALOG_INTERRUPTED
                                                           : prepare_one(nesting, &config->nested[i], names);
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
        status = prepare_all(&nesting, restoration->config, "");
    arena_destroy(nesting.arena);
    return status;
}
