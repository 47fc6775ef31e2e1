/*
 * The doctor's session: what it goes through, and secrets and attachments of a config, each tried by itself.
 */

#include "engine/doctor_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool doctor_find_duckdb(struct findings *findings)
{
    double started = clock_ms();
    const char *problem = NULL;

    if (!duckdb_load(&problem)) {
        findings_add(findings, &(struct doctor_finding){ "libduckdb", NULL, FINDING_FAILED, NOT_TIMED, problem, NULL });
        return false;
    }
    findings_add(findings, &(struct doctor_finding){ "libduckdb", duckalog_duckdb_version(), FINDING_OK,
                                                     clock_ms() - started, duckdb_library_file(), NULL });
    return true;
}

/* ---- trying steps ---- */

static void ignore_work(duckdb_connection connection, void *user)
{
    (void)connection;
    (void)user;
}

void doctor_try(const struct doctor *doctor, const struct doctor_finding *what, const struct plan *part,
                doctor_run *run)
{
    struct duckalog_report *report = report_create();
    struct plan steps = *part;
    duckalog_summary summary = { 0 };
    struct restoration restoration = {
        .session = doctor->session,
        .config = doctor->config,
        .report = report,
        .log = { doctor->options->log, doctor->options->log_user, doctor->options->log_level,
                 doctor->config->redactor },
        .interrupted = doctor->interrupted,
        .at_work = ignore_work,
        .attaching = doctor->attaching,
        .extension_directory = doctor->options->extension_directory,
        .summary = &summary,
        .plan = &steps,
        .is_missed = arena_array(doctor->findings->arena, part->count, sizeof(bool)),
    };
    struct doctor_finding found = *what;
    double started = clock_ms();
    duckalog_status status;

    if (report == NULL || restoration.is_missed == NULL) {
        duckalog_report_free(report);
        return;
    }
    report_redact_with(report, doctor->config->redactor);
    status = run(&restoration);
    found.ms = clock_ms() - started;
    if (!findings_add_report(doctor->findings, found.check, found.object, found.ms, report, "secret-directory")) {
        if (status != DUCKALOG_OK) {
            found.status = FINDING_FAILED;
            found.message = duckalog_status_name(status);
        }
        findings_add(doctor->findings, &found);
    }
    duckalog_report_free(report);
}

struct plan doctor_part(const struct plan *plan, size_t first, size_t count)
{
    return (struct plan){ plan->arena, plan->steps + first, count };
}

/* ---- secrets and attachments ---- */

static duckalog_status make_secret(struct restoration *restoration)
{
    return secrets_apply(restoration, PHASE_SECRETS);
}

void doctor_tell_of_lack(const struct doctor *doctor, const char *check, const char *object, const char *extension)
{
    findings_note(doctor->findings, check, object, FINDING_WARNING, "not tried: the extension %s is not there",
                  extension);
}

static const struct secret *secret_of(const struct doctor *doctor, const char *name)
{
    for (size_t i = 0; i < doctor->config->root.duckdb->secrets.count; i++) {
        const struct secret *secret = &doctor->config->root.duckdb->secrets.items[i];

        if (equal_ignoring_case(secret->name, name))
            return secret;
    }
    return NULL;
}

static void try_secret(const struct doctor *doctor, const struct secret *secret, const struct plan *part)
{
    static const char *const words[] = {
        [SECRET_S3] = "s3",     [SECRET_AZURE] = "azure",       [SECRET_GCS] = "gcs",
        [SECRET_HTTP] = "http", [SECRET_POSTGRES] = "postgres", [SECRET_MYSQL] = "mysql",
    };
    const char *type = words[secret->type];
    const char *object = arena_format(doctor->findings->arena, "%s (%s)", secret->name, type);
    const char *lack = doctor_lacks(doctor, type);

    if (lack == NULL && secret->type == SECRET_S3 && secret->provider == PROVIDER_CREDENTIAL_CHAIN)
        lack = doctor_lacks(doctor, "aws");
    if (lack != NULL)
        doctor_tell_of_lack(doctor, "secret", object, lack);
    else
        doctor_try(doctor, &(struct doctor_finding){ .check = "secret", .object = object }, part, make_secret);
}

static void try_secrets(const struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->plan->count; i++) {
        const struct step *step = &doctor->plan->steps[i];
        struct plan part = doctor_part(doctor->plan, i, 1);

        if (step->phase == PHASE_SECRETS && secret_of(doctor, step->name) != NULL)
            try_secret(doctor, secret_of(doctor, step->name), &part);
    }
}

/* What a run makes before it attaches it, or DuckDB when it does; nothing is made here. */
static bool is_to_be_made(const struct step *step, const char **ret_how)
{
    if (step->file == NULL || access(step->file, F_OK) == 0)
        return false;
    *ret_how = strcmp(step->kind_name, "duckalog") == 0 ? "not there yet: a run builds it"
               : step->file_is_created                  ? "not there yet: DuckDB makes it, as it is not read-only"
                                                        : NULL;
    return *ret_how != NULL;
}

/* With the steps of its secret before it. */
static void try_attachment(const struct doctor *doctor, const struct plan *part)
{
    const struct step *step = &part->steps[part->count - 1];
    const char *object = arena_format(doctor->findings->arena, "%s (%s)", step->name, step->kind_name);
    const char *lack = doctor_lacks_for_attachment(doctor, step);
    const char *how;

    if (lack != NULL)
        doctor_tell_of_lack(doctor, "attachment", object, lack);
    else if (is_to_be_made(step, &how))
        findings_note(doctor->findings, "attachment", object, FINDING_WARNING, "%s: %s", how, step->file);
    else
        doctor_try(doctor, &(struct doctor_finding){ .check = "attachment", .object = object }, part, attach_all);
}

void doctor_attachment(const struct doctor *doctor, size_t index)
{
    const struct step *steps = doctor->plan->steps;
    size_t first = index;
    struct plan part;

    while (first > 0 && steps[first - 1].phase == PHASE_ATTACH && steps[first - 1].kind != STEP_ATTACH)
        first--;
    part = doctor_part(doctor->plan, first, index + 1 - first);
    try_attachment(doctor, &part);
}

static void try_attachments(const struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->plan->count && !atomic_load(doctor->interrupted); i++)
        if (doctor->plan->steps[i].kind == STEP_ATTACH)
            doctor_attachment(doctor, i);
}

/* ---- all of it ---- */

static bool open_session(struct doctor *doctor)
{
    struct session_options options = { .extension_directory = doctor->options->extension_directory };
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = session_open(":memory:", &options, &doctor->session, &problem, &hint);

    if (status != DUCKALOG_OK)
        findings_add(doctor->findings, &(struct doctor_finding){ "session", NULL, FINDING_FAILED, NOT_TIMED,
                                                                 text_string(&problem), hint });
    text_free(&problem);
    return status == DUCKALOG_OK;
}

static void begin_session(struct doctor *doctor)
{
    bool *done = arena_array(doctor->findings->arena, doctor->plan->count, sizeof(*done));

    if (done == NULL)
        return;
    doctor_forbid_downloads(doctor, NULL);
    doctor_apply_statements(doctor, done);
    doctor_extensions(doctor);
    doctor_apply_statements(doctor, done);
    doctor_tell_of_statements(doctor, done);
    if (doctor->findings->inside == NULL || doctor_stores_secrets(doctor))
        doctor_secret_directory(doctor);
    try_secrets(doctor);
}

/* As in a run, where what is wrong with them is a mistake of who called. */
static bool read_options(struct doctor *doctor)
{
    struct duckalog_report *report = report_create();
    bool good = report != NULL && attach_read_options(doctor->options, report, &doctor->attaching);

    findings_add_report(doctor->findings, "options", NULL, NOT_TIMED, report, NULL);
    duckalog_report_free(report);
    return good;
}

/* Views are not planned: whether they are there is the catalog's file to tell. */
static bool make_plan(struct doctor *doctor)
{
    struct plan_options options = { .attach_read_only = true,
                                    .attach_timeout_s = (int)((doctor->attaching.timeout_ms + 999) / 1e3),
                                    .wanted_views = arena_array(doctor->findings->arena,
                                                                doctor->config->root.views.count, sizeof(bool)) };

    doctor->complaints = text_in(doctor->findings->arena);
    doctor->missing = map_create(doctor->findings->arena, MAP_EXACT);
    doctor->plan = options.wanted_views == NULL ? NULL : plan_build(doctor->config, &options);
    return doctor->plan != NULL && doctor->missing != NULL;
}

bool doctor_begin(struct doctor *doctor)
{
    if (!make_plan(doctor) || !open_session(doctor))
        return false;
    begin_session(doctor);
    return true;
}

void doctor_end(struct doctor *doctor)
{
    session_close(doctor->session);
    plan_free(doctor->plan);
}

static void examine(struct doctor *doctor)
{
    if (doctor_begin(doctor)) {
        try_attachments(doctor);
        doctor_all_data(doctor);
    }
    doctor_end(doctor);
}

void doctor_nested(const struct doctor *parent, const struct nested_catalog *nested, const char *names)
{
    struct doctor doctor = { .findings = parent->findings,
                             .config = nested->config,
                             .options = parent->options,
                             .interrupted = parent->interrupted,
                             .attaching = parent->attaching,
                             .fetches = true };

    if (!parent->can_attach)
        return;
    parent->findings->inside = names;
    examine(&doctor);
    parent->findings->inside = NULL;
}

struct doctor doctor_of(struct findings *findings, const struct duckalog_config *config,
                        const duckalog_options *options, const atomic_bool *interrupted)
{
    struct doctor doctor = {
        .findings = findings, .config = config, .options = options, .interrupted = interrupted, .fetches = true
    };

    findings->redactor = config->redactor;
    doctor.can_attach = read_options(&doctor);
    return doctor;
}

void doctor_examine(struct findings *findings, const struct duckalog_config *config, const duckalog_options *options,
                    const atomic_bool *interrupted)
{
    struct doctor doctor = doctor_of(findings, config, options, interrupted);

    doctor_catalog(&doctor);
    doctor_nested_catalogs(&doctor);
    if (doctor.can_attach && !atomic_load(interrupted))
        examine(&doctor);
}
