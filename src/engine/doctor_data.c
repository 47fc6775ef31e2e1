/*
 * What views read elsewhere. Whether it is there, and may be read, only a reader finds out: DuckDB, with the secrets of the
 * config.
 */

#include "engine/doctor_parts.h"

#include "base/arena.h"
#include "config/paths.h"
#include "engine/bind.h"
#include "engine/excerpt.h"
#include "plan/plan.h"

#include <stdlib.h>

struct trial {
    const struct doctor *doctor;
    double limit_ms; /* of each */
    struct worker_task *tasks;
    struct worker_result *results;
    size_t count;
};

static void tell(const struct trial *trial, const struct view *view, const struct worker_result *result)
{
    struct findings *findings = trial->doctor->findings;
    struct doctor_finding finding = { .check = "data",
                                      .object = plan_view_name(findings->arena, view),
                                      .status = result->status == DUCKALOG_OK ? FINDING_OK : FINDING_FAILED,
                                      .ms = result->elapsed_ms };

    if (result->status == DUCKALOG_OK)
        finding.message = view->uri;
    else if (result->status == DUCKALOG_TIMEOUT) {
        finding.message =
            arena_format(findings->arena, "%s did not answer within %g s", view->uri, trial->limit_ms / 1e3);
        finding.hint = BIND_PATIENCE_HINT;
    } else if (result->status == DUCKALOG_INTERRUPTED)
        finding.message = "interrupted";
    else
        /* Without the excerpt: the statement is none that the user has written. */
        finding.message = result->problem == NULL
                              ? NULL
                              : arena_copy(findings->arena, result->problem, excerpt_start(result->problem));
    findings_add(findings, &finding);
}

static bool add_task(struct trial *trial, const struct view *view)
{
    const char *query = plan_view_query(trial->doctor->findings->arena, view);

    if (query == NULL || !bind_task(query, trial->limit_ms, &trial->tasks[trial->count]))
        return false;
    trial->count++;
    return true;
}

/* False when there is no memory. */
static bool run_tasks(struct trial *trial)
{
    return trial->count == 0 || workers_run(trial->doctor->session, trial->tasks, trial->count, BIND_MOST_AT_A_TIME,
                                            trial->doctor->interrupted, NULL, trial->results);
}

/* What the extensions are there for. False when there is no memory; no task was begun then. */
static bool try_views(struct trial *trial, const struct view *const *views, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (doctor_lacks_for_view(trial->doctor, views[i]) == NULL && !add_task(trial, views[i])) {
            for (size_t made = 0; made < trial->count; made++)
                trial->tasks[made].release(trial->tasks[made].data);
            return false;
        }
    return run_tasks(trial);
}

void doctor_data(const struct doctor *doctor, const struct view *const *views, size_t count)
{
    struct arena *arena = doctor->findings->arena;
    struct trial trial = { .doctor = doctor,
                           .limit_ms = doctor->attaching.timeout_ms * BIND_TIMES_AN_ATTACHMENT,
                           .tasks = arena_array(arena, count, sizeof(*trial.tasks)),
                           .results = arena_array(arena, count, sizeof(*trial.results)) };
    size_t tried = 0;

    if (trial.tasks == NULL || trial.results == NULL || !try_views(&trial, views, count))
        return;
    for (size_t i = 0; i < count; i++) {
        const char *lack = doctor_lacks_for_view(doctor, views[i]);

        if (lack != NULL)
            doctor_tell_of_lack(doctor, "data", plan_view_name(arena, views[i]), lack);
        else
            tell(&trial, views[i], &trial.results[tried++]);
    }
    while (tried > 0)
        free(trial.results[--tried].problem);
}

void doctor_all_data(const struct doctor *doctor)
{
    const struct catalog_section *root = &doctor->config->root;
    const struct view **views = arena_array(doctor->findings->arena, root->views.count, sizeof(const struct view *));
    size_t count = 0;

    for (size_t i = 0; views != NULL && i < root->views.count; i++)
        if (view_reads_uri(&root->views.items[i]) && path_kind(root->views.items[i].uri) == PATH_URI)
            views[count++] = &root->views.items[i];
    doctor_data(doctor, views, count);
}
