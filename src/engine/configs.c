/*
 * Configs by themselves: loading, checking, and their SQL. Only views with SQL of their own need DuckDB, for its parser.
 */

#include "base/arena.h"
#include "base/parallel.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "config/nested.h"
#include "config/quote.h"
#include "engine/excerpt.h"
#include "engine/options.h"
#include "engine/parser.h"
#include "engine/session.h"
#include "plan/model.h"
#include "plan/plan.h"
#include "plan/script.h"
#include "plan/statement.h"

#include <stdlib.h>
#include <string.h>

/* A report for the caller, who may not want one. */
static duckalog_status hand_over(duckalog_report *report, duckalog_report **ret_report, duckalog_status status)
{
    if (report_failed(report))
        status = DUCKALOG_NOMEM;
    report_sort(report);
    if (ret_report != NULL && status != DUCKALOG_NOMEM)
        *ret_report = report;
    else
        duckalog_report_free(report);
    return status;
}

static struct duckalog_config *load(const char *config_path, const duckalog_options *options, duckalog_report *report)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct config_options config_options;
    struct duckalog_config *config = NULL;

    if (arena != NULL && options_for_config(arena, options, &config_options))
        config = config_load(config_path, config_path, &config_options, report);
    else
        report_event(report, DUCKALOG_ERROR, "no-memory", NULL, "not enough memory");
    arena_destroy(arena);
    return config;
}

duckalog_status duckalog_config_load(const char *config_path, const duckalog_options *options,
                                     duckalog_config **ret_config, duckalog_report **ret_report)
{
    duckalog_report *report;
    duckalog_options known;
    struct duckalog_config *config;
    duckalog_status status;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (config_path == NULL || *config_path == '\0' || ret_config == NULL || !options_read(options, &known))
        return DUCKALOG_USAGE;
    report = report_create();
    if (report == NULL)
        return DUCKALOG_NOMEM;
    config = load(config_path, &known, report);
    status = hand_over(report, ret_report, config != NULL ? DUCKALOG_OK : DUCKALOG_CONFIG);
    if (status == DUCKALOG_OK)
        *ret_config = config;
    else
        config_free(config);
    return status;
}

void duckalog_config_free(duckalog_config *config)
{
    config_free(config);
}

/* ---- the SQL of views ---- */

static size_t count_own_sql(const struct duckalog_config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->root.views.count; i++)
        count += view_has_sql(&config->root.views.items[i]);
    return count;
}

static size_t count_all_sql(const struct duckalog_config *config)
{
    size_t count = count_own_sql(config);

    for (size_t i = 0; i < config->family->count; i++)
        count += count_own_sql(config->family->configs[i]);
    return count;
}

/*
 * Views are parsed side by side, each thread with a connection of its own; only what fails is looked at again, one after
 * another, so that what is reported does not depend on threads.
 */
enum { MOST_PARSERS = 8 };

struct parsing {
    const struct plan *plan;
    duckdb_connection connections[MOST_PARSERS];
    size_t count;
    bool *failed; /* of each step */
};

/* As a part of the statement it will stand in, so that it can be nothing but a query. */
static bool parses(duckdb_connection connection, const struct step *step, struct text *problem)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(connection, step->sql, &statements);
    const char *message = count > 0 ? NULL : duckdb_extract_statements_error(statements);

    if (count != 1 && problem != NULL)
        text_add(problem, message != NULL ? message : "not one query");
    duckdb_destroy_extracted(&statements);
    return count == 1;
}

static void parse_share(size_t index, void *user)
{
    struct parsing *parsing = user;

    for (size_t i = index; i < parsing->plan->count; i += parsing->count) {
        const struct step *step = &parsing->plan->steps[i];

        if (step->kind == STEP_VIEW && view_has_sql(step->view))
            parsing->failed[i] = !parses(parsing->connections[index], step, NULL);
    }
}

static void report_syntax(const struct session *session, const struct step *step, duckalog_report *report)
{
    struct text path = text_on_heap();
    struct text problem = text_on_heap();
    const char *message = NULL;

    parses(session->connection, step, &problem);
    message = text_string(&problem) != NULL ? text_string(&problem) : "not one query";
    text_format(&path, "views[%u].%s", step->view->node->index,
                step->view->sql_file != NULL       ? "sql_file"
                : step->view->sql_template != NULL ? "sql_template"
                                                   : "sql");
    report_add(report, DUCKALOG_ERROR, "sql", excerpt_place(step, message), text_string(&path), NULL, "%.*s",
               (int)strcspn(message, "\n"), message);
    text_free(&path);
    text_free(&problem);
}

static duckalog_status parse_all(struct session *session, const struct plan *plan, duckalog_report *report)
{
    struct parsing parsing = { .plan = plan, .connections = { session->connection }, .count = 1 };
    unsigned wanted = parallel_processors() < MOST_PARSERS ? parallel_processors() : MOST_PARSERS;

    parsing.failed = calloc(plan->count + 1, sizeof(*parsing.failed));
    if (parsing.failed == NULL)
        return DUCKALOG_NOMEM;
    while (parsing.count < wanted && parsing.count * 100 < plan->count &&
           duckdb_connect(session->database, &parsing.connections[parsing.count]) == DuckDBSuccess)
        parsing.count++;
    parallel_run(parsing.count, (unsigned)parsing.count, parse_share, &parsing);
    for (size_t i = 1; i < parsing.count; i++)
        duckdb_disconnect(&parsing.connections[i]);
    for (size_t i = 0; i < plan->count; i++)
        if (parsing.failed[i])
            report_syntax(session, &plan->steps[i], report);
    free(parsing.failed);
    return DUCKALOG_OK;
}

/* The views of one config. */
static duckalog_status parse_views(struct session *session, const struct duckalog_config *config,
                                   duckalog_report *report)
{
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    struct plan *plan;
    duckalog_status status;

    if (count_own_sql(config) == 0)
        return DUCKALOG_OK;
    parser_begin(&parser, session->connection);
    plan = plan_build(config, &(struct plan_options){ .reader = &reader, .report = report });
    status = plan == NULL ? DUCKALOG_NOMEM : parse_all(session, plan, report);
    parser_end(&parser);
    plan_free(plan);
    quote_lines(config, report);
    return status;
}

/* Those of a config and of the nested catalogs that are built with it. */
static duckalog_status parse_all_views(const struct duckalog_config *config, duckalog_report *report)
{
    struct session_options options = { 0 };
    struct session *session = NULL;
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = session_open(":memory:", &options, &session, &problem, &hint);

    if (status == DUCKALOG_OK)
        status = parse_views(session, config, report);
    else if (status != DUCKALOG_NOMEM)
        report_event(report, DUCKALOG_ERROR, "engine", hint, "DuckDB's parser can't be used: %s",
                     text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    for (size_t i = 0; i < config->family->count && status == DUCKALOG_OK; i++)
        status = parse_views(session, config->family->configs[i], report);
    session_close(session);
    text_free(&problem);
    if (status == DUCKALOG_OK && report_has_errors(report))
        status = DUCKALOG_CONFIG;
    return status;
}

duckalog_status duckalog_validate(const char *config_path, const duckalog_options *options,
                                  duckalog_report **ret_report)
{
    duckalog_report *report;
    duckalog_options known;
    struct duckalog_config *config;
    duckalog_status status = DUCKALOG_OK;
    const char *missing = NULL;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (config_path == NULL || *config_path == '\0' || !options_read(options, &known))
        return DUCKALOG_USAGE;
    report = report_create();
    if (report == NULL)
        return DUCKALOG_NOMEM;
    config = load(config_path, &known, report);
    if (config == NULL)
        status = DUCKALOG_CONFIG;
    else if (count_all_sql(config) > 0) {
        report_redact_with(report, config->redactor);
        if (duckdb_load(&missing))
            status = parse_all_views(config, report);
        else {
            report_event(report, DUCKALOG_ERROR, "no-duckdb", NULL, "%s", missing);
            status = DUCKALOG_NO_DUCKDB;
        }
        report_redact_with(report, NULL);
    }
    config_free(config);
    return hand_over(report, ret_report, status);
}

duckalog_status duckalog_generate_sql(const duckalog_config *config, const duckalog_options *options,
                                      duckalog_sql_scope scope, char **ret_sql)
{
    struct plan_options plan_options = { 0 };
    struct text script = text_on_heap();
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    duckalog_options known;
    struct plan *plan;

    if (config == NULL || ret_sql == NULL || !options_read(options, &known))
        return DUCKALOG_USAGE;
    parser_begin(&parser, NULL);
    plan_options.show_secrets = known.include_secrets;
    plan_options.reader = &reader;
    plan = plan_build(config, &plan_options);
    parser_end(&parser);
    if (plan == NULL)
        return DUCKALOG_NOMEM;
    script_add(&script, plan, config->root.version, scope);
    plan_free(plan);
    *ret_sql = text_string(&script) == NULL ? NULL : strdup(text_string(&script));
    text_free(&script);
    return *ret_sql == NULL ? DUCKALOG_NOMEM : DUCKALOG_OK;
}

/* ---- semantic models ---- */

void duckalog_model_query_init(duckalog_model_query *query)
{
    if (query == NULL)
        return;
    memset(query, 0, sizeof(*query));
    query->size = sizeof(*query);
}

static bool are_names(const char *const *names, size_t count)
{
    if (names == NULL)
        return count == 0;
    for (size_t i = 0; i < count; i++)
        if (names[i] == NULL)
            return false;
    return true;
}

duckalog_status duckalog_model_sql(const duckalog_config *config, const duckalog_model_query *query, char **ret_sql,
                                   duckalog_report **ret_report)
{
    struct arena *arena;
    duckalog_report *report;
    duckalog_status status = DUCKALOG_NOMEM;
    const char *sql = NULL;
    char *copy = NULL;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (config == NULL || ret_sql == NULL || query == NULL || query->size != sizeof(*query) || query->model == NULL ||
        !are_names(query->measures, query->measure_count) || !are_names(query->dimensions, query->dimension_count))
        return DUCKALOG_USAGE;
    arena = arena_create(ARENA_WIPED);
    report = report_create();
    if (arena != NULL && report != NULL) {
        report_redact_with(report, config->redactor);
        if (model_sql(arena, config, query, report, &sql) && !query->include_secrets)
            sql = statement_mask(arena, sql, config->redactor, false);
        report_redact_with(report, NULL);
        copy = sql == NULL ? NULL : strdup(sql);
        /* Without memory, what is reported may not be so. */
        if (copy != NULL)
            status = DUCKALOG_OK;
        else if (!arena_failed(arena) && report_has_errors(report))
            status = DUCKALOG_CONFIG;
    }
    arena_destroy(arena);
    if (report != NULL)
        status = hand_over(report, ret_report, status);
    if (status == DUCKALOG_OK)
        *ret_sql = copy;
    else
        duckalog_string_free(copy);
    return status;
}

void duckalog_string_free(char *string)
{
    if (string == NULL)
        return;
    explicit_bzero(string, strlen(string));
    free(string);
}
