/*
 * Restoration: the phases in their order, and how a failed step is told.
 */

#include "engine/restore.h"

#include "base/redact.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/excerpt.h"
#include "engine/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in the messages and the log (connection.md section 3). */
static const char *const phase_names[PHASE_COUNT] = {
    [PHASE_PRAGMAS] = "pragmas", [PHASE_SETTINGS] = "settings", [PHASE_INSTALL] = "install",
    [PHASE_LOAD] = "load",       [PHASE_SECRETS] = "secrets",   [PHASE_ATTACH] = "attach",
    [PHASE_SCHEMAS] = "schemas", [PHASE_VIEWS] = "views",       [PHASE_PERSISTENT] = "persistent secrets",
};

/* DuckDB cuts long lines of an excerpt, so that a part of a secret would stay that is not found any more. */
static bool holds_secret(const struct redactor *redactor, const char *sql)
{
    struct text masked = text_on_heap();
    bool holds;

    redact_add(redactor, &masked, sql);
    holds = text_string(&masked) == NULL || strcmp(text_string(&masked), sql) != 0;
    text_free(&masked);
    return holds;
}

/*
 * DuckDB's text for a person: of a statement of the user's all of it, as the excerpt shows where it is wrong; of a
 * statement of ours, or one with a secret in it, without the excerpt.
 */
static void add_cause(struct text *cause, const struct step *step, const struct redactor *redactor, const char *problem)
{
    bool theirs = step->kind == STEP_STATEMENT || (step->kind == STEP_VIEW && view_has_sql(step->view));
    const char *excerpt = strstr(problem, "\nLINE ");
    struct text whole = text_on_heap();

    if (excerpt != NULL && (!theirs || step->sql == NULL || holds_secret(redactor, step->sql)))
        text_add_length(&whole, problem, (size_t)(excerpt - problem));
    else if (step->kind == STEP_VIEW)
        excerpt_add(&whole, problem);
    else
        text_add(&whole, problem);
    text_trim_end(&whole);
    for (size_t i = 0; text_string(&whole) != NULL && i < whole.length; i++)
        if (theirs || strchr("\n\t", whole.chars[i]) == NULL)
            text_add_char(cause, whole.chars[i]);
        else if (strchr("\n\t", whole.chars[i + 1]) == NULL)
            text_add_char(cause, ' ');
    text_free(&whole);
}

static const char *hint_for(const char *problem)
{
    if (strstr(problem, "xtension") != NULL &&
        (strstr(problem, "install") != NULL || strstr(problem, "ownload") != NULL))
        return "DuckDB could not fetch the extension; without a network, put it into the extension directory "
               "(--extension-directory)";
    return NULL;
}

/*
 * The values of the step itself, also those that are no secrets by their name: DuckDB quotes what it can't convert. One
 * too short to be found for certain takes the whole message with it.
 */
static void mask_bindings(const struct step *step, const struct text *cause, struct text *masked)
{
    struct redactor *redactor = step->binding_count == 0 ? NULL : redactor_create();

    if (step->binding_count > 0 && redactor == NULL)
        return;
    for (size_t i = 0; i < step->binding_count && text_string(cause) != NULL; i++) {
        const char *value = step->bindings[i].value;
        bool learned = redactor_learn(redactor, value);

        if (*value != '\0' && strlen(value) < REDACTED_FROM && strstr(text_string(cause), value) != NULL)
            learned = false;
        if (!learned) {
            text_add(masked, "DuckDB refused it; its message is withheld, as it may hold a secret value");
            redactor_destroy(redactor);
            return;
        }
    }
    redact_add(redactor, masked, text_string(cause) != NULL ? text_string(cause) : "failed");
    redactor_destroy(redactor);
}

void restore_report(struct restoration *restoration, const struct step *step, duckalog_severity severity,
                    const char *code, const char *hint, const char *problem)
{
    restore_tell(restoration, step,
                 &(struct finding){ .severity = severity, .code = code, .hint = hint, .problem = problem });
}

void restore_tell(struct restoration *restoration, const struct step *step, const struct finding *finding)
{
    const char *problem = finding->problem;
    struct text cause = text_on_heap();
    struct text masked = text_on_heap();
    struct text object = text_on_heap();
    struct position place =
        step->kind == STEP_VIEW && step->sql != NULL ? excerpt_place(step, problem) : step->position;
    const char *told;

    add_cause(&cause, step, restoration->config->redactor, problem);
    mask_bindings(step, &cause, &masked);
    told = text_string(&masked) != NULL ? text_string(&masked) : "failed";
    text_add(&object, step->name);
    if (step->kind_name != NULL)
        text_format(&object, " (%s)", step->kind_name);
    report_add_diagnostic(restoration->report,
                          &(duckalog_diagnostic){
                              .severity = finding->severity,
                              .code = finding->code,
                              .file = place.file,
                              .line = place.line,
                              .column = place.column,
                              .phase = phase_names[step->phase],
                              .object = text_string(&object),
                              .message = told,
                              .hint = finding->hint != NULL ? finding->hint : hint_for(problem),
                              .transient = finding->transient || strcmp(finding->code, "locked") == 0,
                          });
    text_free(&object);
    text_free(&masked);
    text_free(&cause);
}

duckalog_status restore_run_step(struct restoration *restoration, const struct step *step)
{
    struct text problem = text_on_heap();
    duckalog_status status;

    if (atomic_load(restoration->interrupted))
        status = DUCKALOG_INTERRUPTED;
    else
        status =
            session_run(restoration->session->connection, step->sql, step->bindings, step->binding_count, &problem);
    if (status != DUCKALOG_OK)
        restore_report(restoration, step, DUCKALOG_ERROR, status == DUCKALOG_INTERRUPTED ? "interrupted" : "engine",
                       NULL,
                       status == DUCKALOG_INTERRUPTED  ? "interrupted"
                       : text_string(&problem) != NULL ? text_string(&problem)
                                                       : "failed");
    text_free(&problem);
    return status;
}

/* ---- phases that are a run of statements ---- */

static bool has_steps(const struct plan *plan, enum phase phase)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].phase == phase)
            return true;
    return false;
}

/*
 * Pragmas and settings come before extensions, as some of them say where extensions are found. One that needs an
 * extension fails then: it has its turn again once they are loaded, and only that failure counts.
 */
static duckalog_status run_session_statements(struct restoration *restoration, enum phase phase)
{
    const struct plan *plan = restoration->plan;
    bool extensions_follow = has_steps(plan, PHASE_LOAD) || has_steps(plan, PHASE_INSTALL);

    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        duckalog_status status = DUCKALOG_OK;

        if (step->phase != phase)
            continue;
        if (extensions_follow) {
            struct text ignored = text_on_heap();

            restoration->put_off[i] =
                session_run(restoration->session->connection, step->sql, NULL, 0, &ignored) != DUCKALOG_OK;
            text_free(&ignored);
        } else
            status = restore_run_step(restoration, step);
        if (status != DUCKALOG_OK)
            return status;
    }
    return DUCKALOG_OK;
}

static duckalog_status run_pragmas(struct restoration *restoration)
{
    return run_session_statements(restoration, PHASE_PRAGMAS);
}

static duckalog_status run_settings(struct restoration *restoration)
{
    return run_session_statements(restoration, PHASE_SETTINGS);
}

/* ---- extensions ---- */

static bool note_row(const char *const *columns, size_t count, void *user)
{
    (void)columns;
    (void)count;
    *(bool *)user = true;
    return false;
}

static bool is_installed(struct restoration *restoration, const char *extension)
{
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();
    bool installed = false;

    sql_format(&sql,
               "SELECT extension_name FROM duckdb_extensions() WHERE installed AND "
               "(extension_name = lower(%L) OR list_contains(aliases, lower(%L)))",
               extension, extension);
    if (text_string(&sql) != NULL)
        session_query(restoration->session->connection, text_string(&sql), note_row, &installed, &ignored);
    text_free(&sql);
    text_free(&ignored);
    return installed;
}

/* INSTALL of what is built into DuckDB goes to the network all the same, and fails without one (duckdb-facts.md). */
static duckalog_status install_extensions(struct restoration *restoration)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++) {
        const struct step *step = &restoration->plan->steps[i];

        if (step->phase == PHASE_INSTALL && !is_installed(restoration, step->name))
            status = restore_run_step(restoration, step);
    }
    return status;
}

static duckalog_status run_put_off(struct restoration *restoration)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++)
        if (restoration->put_off[i])
            status = restore_run_step(restoration, &restoration->plan->steps[i]);
    return status;
}

static duckalog_status load_extensions(struct restoration *restoration)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++)
        if (restoration->plan->steps[i].phase == PHASE_LOAD)
            status = restore_run_step(restoration, &restoration->plan->steps[i]);
    return status == DUCKALOG_OK ? run_put_off(restoration) : status;
}

/* ---- "did you mean" across attachments ---- */

/*
 * When a name is not found, DuckDB looks for a close one in every attachment: seconds with a slow server, for ever with
 * a silent one. While views are made, that is turned off; then the user's own value is back.
 */
void restore_limit_suggestions(struct restoration *restoration)
{
    if (restoration->suggestions.name == NULL)
        setting_change(&restoration->suggestions, restoration->session->connection, "catalog_error_max_schemas", "0");
}

void restore_reset_suggestions(struct restoration *restoration)
{
    setting_restore(&restoration->suggestions, restoration->session->connection);
}

static bool needs_network(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].needs_network)
            return true;
    return false;
}

/* ---- all phases ---- */

static duckalog_status apply_temporary_secrets(struct restoration *restoration)
{
    duckalog_status status = secrets_refresh(restoration);

    return status == DUCKALOG_OK ? secrets_apply(restoration, PHASE_SECRETS) : status;
}

static duckalog_status apply_persistent_secrets(struct restoration *restoration)
{
    return secrets_apply(restoration, PHASE_PERSISTENT);
}

static size_t count_objects(const struct plan *plan, enum phase phase)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->count; i++)
        count += plan->steps[i].phase == phase && plan->steps[i].kind != STEP_ATTACH_SECRET;
    return count;
}

static duckalog_status attach(struct restoration *restoration)
{
    duckalog_status status;

    if (needs_network(restoration->plan))
        restore_limit_suggestions(restoration);
    status = attach_all(restoration);
    return status == DUCKALOG_OK ? degraded_find(restoration) : status;
}

static duckalog_status make_views(struct restoration *restoration)
{
    duckalog_status status = views_apply(restoration);

    if (status == DUCKALOG_OK)
        restore_reset_suggestions(restoration);
    return status;
}

/* Schemas are made within the views' transaction: a phase of its own all the same (views.c). */
static const struct {
    enum phase phase; /* PHASE_COUNT: of nested catalogs, which the plan knows nothing of */
    duckalog_status (*run)(struct restoration *restoration);
} phases[] = {
    { PHASE_PRAGMAS, run_pragmas },
    { PHASE_SETTINGS, run_settings },
    { PHASE_INSTALL, install_extensions },
    { PHASE_LOAD, load_extensions },
    { PHASE_SECRETS, apply_temporary_secrets },
    { PHASE_COUNT, nested_prepare },
    { PHASE_ATTACH, attach },
    { PHASE_VIEWS, make_views },
    { PHASE_PERSISTENT, apply_persistent_secrets },
};

static const char *name_of_phase(enum phase phase)
{
    return phase < PHASE_COUNT ? phase_names[phase] : "children";
}

static size_t count_of_phase(const struct restoration *restoration, enum phase phase)
{
    if (phase == PHASE_COUNT)
        return restoration->is_nested ? 0 : restoration->config->nested_count;
    return phase == PHASE_VIEWS ? restoration->summary->views : count_objects(restoration->plan, phase);
}

static duckalog_status run_phases(struct restoration *restoration)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && status == DUCKALOG_OK; i++) {
        size_t count = count_of_phase(restoration, phases[i].phase);
        struct phase_timer timer;

        timings_begin(restoration->timings, &restoration->log, name_of_phase(phases[i].phase),
                      log_count("count", count), &timer);
        status = timings_end(&timer, phases[i].run(restoration), count);
    }
    return status;
}

/* Only what has to be done is planned: with thousands of views that are all there, the plan is short. */
static duckalog_status make_plan(struct restoration *restoration)
{
    struct plan_options options = { .catalog = restoration->session->catalog,
                                    .attach_timeout_s = (int)((restoration->attaching.timeout_ms + 999) / 1e3) };
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    duckalog_status status = inventory_compare(restoration, &options.wanted_views);

    if (status == DUCKALOG_OK)
        status = upkeep_look(restoration, options.wanted_views);
    if (status != DUCKALOG_OK)
        return status;
    parser_begin(&parser, restoration->session->connection);
    options.reader = &reader;
    options.report = restoration->report;
    restoration->plan = plan_build(restoration->config, &options);
    parser_end(&parser);
    if (restoration->plan == NULL)
        return DUCKALOG_NOMEM;
    return report_has_errors(restoration->report) ? DUCKALOG_CONFIG : DUCKALOG_OK; /* a ring of views */
}

static duckalog_status look_around(struct restoration *restoration)
{
    struct phase_timer timer;
    duckalog_status status;

    timings_begin(restoration->timings, &restoration->log, "inventory", (struct log_field){ 0 }, &timer);
    status = inventory_take(restoration, &restoration->inventory);
    return timings_end(&timer, status, inventory_count(restoration->inventory));
}

static duckalog_status plan(struct restoration *restoration)
{
    struct phase_timer timer;
    duckalog_status status;

    timings_begin(restoration->timings, &restoration->log, "plan", (struct log_field){ 0 }, &timer);
    status = make_plan(restoration);
    return timings_end(&timer, status, restoration->plan == NULL ? 0 : restoration->plan->count);
}

duckalog_status restore_run_plan(struct restoration *restoration)
{
    duckalog_status status = DUCKALOG_NOMEM;

    restoration->put_off = calloc(restoration->plan->count + 1, sizeof(*restoration->put_off));
    restoration->is_missed = calloc(restoration->plan->count + 1, sizeof(*restoration->is_missed));
    if (restoration->put_off != NULL && restoration->is_missed != NULL)
        status = run_phases(restoration);
    secrets_refresh_end(restoration, status == DUCKALOG_OK);
    free(restoration->put_off);
    free(restoration->is_missed);
    restoration->put_off = NULL;
    restoration->is_missed = NULL;
    return status;
}

duckalog_status restore(struct restoration *restoration)
{
    duckalog_status status = look_around(restoration);

    if (status == DUCKALOG_OK)
        status = plan(restoration);
    if (status == DUCKALOG_OK)
        status = restore_run_plan(restoration);
    plan_free(restoration->plan);
    inventory_free(restoration->inventory);
    return status;
}
