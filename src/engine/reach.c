#include "engine/reach.h"

#include "base/arena.h"
#include "config/paths.h"
#include "engine/doctor_parts.h"

#include <string.h>

struct reach {
    struct findings findings;
    struct doctor doctor;
    const char *problem; /* why there is no session; NULL: there is one */
};

static const char *last_message(const struct findings *findings)
{
    return findings->count == 0 ? NULL : findings->items[findings->count - 1].message;
}

struct reach *reach_begin(struct arena *arena, const struct duckalog_config *config, const duckalog_options *options,
                          const atomic_bool *interrupted)
{
    struct reach *reach = arena_alloc(arena, sizeof(*reach));

    if (reach == NULL)
        return NULL;
    *reach = (struct reach){ .findings = { .arena = arena } };
    reach->doctor = doctor_of(&reach->findings, config, options, interrupted);
    if (!reach->doctor.can_attach || !doctor_find_duckdb(&reach->findings) || !doctor_begin(&reach->doctor)) {
        reach->problem = last_message(&reach->findings);
        if (reach->problem == NULL)
            reach->problem = "not enough memory";
    }
    return reach;
}

void reach_end(struct reach *reach)
{
    if (reach != NULL)
        doctor_end(&reach->doctor);
}

/* What came of the findings since there were so many, when what is up to `most` is well. */
static struct reached outcome_of(const struct reach *reach, size_t since, enum finding_status most)
{
    const struct findings *findings = &reach->findings;
    const struct doctor_finding *worst = NULL;

    for (size_t i = since; i < findings->count; i++)
        if (worst == NULL || findings->items[i].status > worst->status)
            worst = &findings->items[i];
    if (worst == NULL)
        return (struct reached){ REACH_FAILED, "not enough memory" };
    return (struct reached){ worst->status <= most ? REACH_THERE : REACH_FAILED, worst->message };
}

struct reached reach_catalog(struct reach *reach)
{
    size_t since = reach->findings.count;
    const char *database = reach->doctor.config->root.duckdb->database;
    struct reached reached;
    bool is_missing;

    if (reach->problem != NULL)
        return (struct reached){ REACH_FAILED, reach->problem };
    if (path_kind(database) == PATH_SERVICE)
        return (struct reached){ REACH_NOT_TRIED, "only DuckDB finds it" };
    is_missing = !doctor_catalog(&reach->doctor);
    reached = outcome_of(reach, since, FINDING_WARNING); /* views may be missing in it */
    if (is_missing && reached.outcome == REACH_THERE)
        reached.outcome = REACH_TO_COME;
    return reached;
}

static struct reached lacking(const struct reach *reach, const char *extension)
{
    return (struct reached){ REACH_NOT_TRIED,
                             arena_format(reach->findings.arena, "the extension %s is not there", extension) };
}

void reach_data(struct reach *reach, const struct view *const *views, size_t count, struct reached *ret_reached)
{
    const struct findings *findings = &reach->findings;
    size_t since = findings->count;

    if (reach->problem == NULL)
        doctor_data(&reach->doctor, views, count);
    for (size_t i = 0; i < count; i++) {
        const struct doctor_finding *finding = since + i < findings->count ? &findings->items[since + i] : NULL;
        const char *lack = reach->problem == NULL ? doctor_lacks_for_view(&reach->doctor, views[i]) : NULL;

        if (finding == NULL)
            ret_reached[i] = (struct reached){ REACH_FAILED, reach->problem };
        else if (lack != NULL)
            ret_reached[i] = lacking(reach, lack);
        else
            ret_reached[i] =
                (struct reached){ finding->status == FINDING_OK ? REACH_THERE : REACH_FAILED, finding->message };
    }
}

struct reached reach_attachment(struct reach *reach, const char *alias)
{
    const struct plan *plan = reach->doctor.plan;
    size_t since = reach->findings.count;

    if (reach->problem != NULL)
        return (struct reached){ REACH_FAILED, reach->problem };
    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        const char *lack;

        if (step->kind != STEP_ATTACH || strcmp(step->name, alias) != 0)
            continue;
        lack = doctor_lacks_for_attachment(&reach->doctor, step);
        if (lack != NULL)
            return lacking(reach, lack);
        doctor_attachment(&reach->doctor, i);
        /* One that a run does without is told as a warning. */
        return outcome_of(reach, since, FINDING_OK);
    }
    return (struct reached){ REACH_NOT_TRIED, "a run does not attach it" };
}
