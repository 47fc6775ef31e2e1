/*
 * Configs by themselves: loading, checking, and their SQL. Only views with SQL of their own need DuckDB, for its parser.
 */

#include "base/arena.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "engine/options.h"
#include "engine/parser.h"
#include "engine/syntax.h"
#include "engine/versioned.h"
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

/* Where a config comes from: a file, or a text that stands for one. */
struct origin {
    const char *path; /* as the caller has it; of a text, its folder or NULL */
    const char *text; /* NULL: a file */
    duckalog_format format;
};

/* Is it one that can be looked at? */
static bool is_origin(const struct origin *origin)
{
    if (origin->text != NULL)
        return origin->format == DUCKALOG_YAML || origin->format == DUCKALOG_JSON;
    return origin->path != NULL && *origin->path != '\0';
}

static struct duckalog_config *load_from(struct arena *arena, const struct origin *origin,
                                         const struct config_options *options, duckalog_report *report)
{
    const char *name = origin->format == DUCKALOG_JSON ? "<text>.json" : "<text>.yaml";
    const char *path;

    if (origin->text == NULL)
        return config_load(origin->path, origin->path, options, report);
    path = arena_format(arena, "%s/%s", origin->path != NULL && *origin->path != '\0' ? origin->path : ".", name);
    return path == NULL ? NULL : config_load(path, name, options, report);
}

/* With `keep_incomplete` also one with errors. */
static struct duckalog_config *load(const struct origin *origin, const duckalog_options *options, bool keep_incomplete,
                                    duckalog_report *report)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct config_options config_options;
    struct duckalog_config *config = NULL;

    if (arena != NULL && options_for_config(arena, options, &config_options)) {
        config_options.keep_incomplete = keep_incomplete;
        config_options.text = origin->text;
        config = load_from(arena, origin, &config_options, report);
    }
    if (config == NULL && !report_has_errors(report))
        report_event(report, DUCKALOG_ERROR, "no-memory", NULL, "not enough memory");
    arena_destroy(arena);
    return config;
}

static duckalog_status load_for_caller(const struct origin *origin, const duckalog_options *options,
                                       duckalog_config **ret_config, duckalog_report **ret_report)
{
    duckalog_report *report;
    duckalog_options known;
    struct duckalog_config *config;
    duckalog_status status;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (!is_origin(origin) || ret_config == NULL || !options_read(options, &known))
        return DUCKALOG_USAGE;
    report = report_create();
    if (report == NULL)
        return DUCKALOG_NOMEM;
    config = load(origin, &known, false, report);
    status = hand_over(report, ret_report, config != NULL ? DUCKALOG_OK : config_failure(report));
    if (status == DUCKALOG_OK)
        *ret_config = config;
    else
        config_free(config);
    return status;
}

duckalog_status duckalog_config_load(const char *config_path, const duckalog_options *options,
                                     duckalog_config **ret_config, duckalog_report **ret_report)
{
    return load_for_caller(&(struct origin){ .path = config_path }, options, ret_config, ret_report);
}

duckalog_status duckalog_config_load_text(const char *text, duckalog_format format, const char *folder,
                                          const duckalog_options *options, duckalog_config **ret_config,
                                          duckalog_report **ret_report)
{
    struct origin origin = { folder, text, format };

    if (ret_report != NULL)
        *ret_report = NULL;
    return text == NULL ? DUCKALOG_USAGE : load_for_caller(&origin, options, ret_config, ret_report);
}

void duckalog_config_free(duckalog_config *config)
{
    config_free(config);
}

static duckalog_status validate(const struct origin *origin, const duckalog_options *options,
                                duckalog_report **ret_report)
{
    duckalog_report *report;
    duckalog_options known;
    struct duckalog_config *config;
    duckalog_status status = DUCKALOG_OK;
    const char *missing = NULL;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (!is_origin(origin) || !options_read(options, &known))
        return DUCKALOG_USAGE;
    report = report_create();
    if (report == NULL)
        return DUCKALOG_NOMEM;
    config = load(origin, &known, true, report);
    /* With other mistakes too: a user wants to see all that is wrong at once. */
    if (config != NULL && syntax_is_needed(config)) {
        if (duckdb_load(&missing))
            status = syntax_check(config, report);
        else {
            report_event(report, DUCKALOG_ERROR, "no-duckdb", NULL, "%s", missing);
            status = DUCKALOG_NO_DUCKDB;
        }
    }
    if (status == DUCKALOG_OK && report_has_errors(report))
        status = config_failure(report);
    config_free(config);
    return hand_over(report, ret_report, status);
}

duckalog_status duckalog_validate(const char *config_path, const duckalog_options *options,
                                  duckalog_report **ret_report)
{
    return validate(&(struct origin){ .path = config_path }, options, ret_report);
}

duckalog_status duckalog_validate_text(const char *text, duckalog_format format, const char *folder,
                                       const duckalog_options *options, duckalog_report **ret_report)
{
    struct origin origin = { folder, text, format };

    if (ret_report != NULL)
        *ret_report = NULL;
    return text == NULL ? DUCKALOG_USAGE : validate(&origin, options, ret_report);
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

static const struct form query_forms[] = { FORM_TO(duckalog_model_query, include_secrets) };

/* Of the first form: a program built today has no more room. A longer form needs a macro, as options have it. */
void duckalog_model_query_init(duckalog_model_query *query)
{
    if (query == NULL)
        return;
    memset(query, 0, query_forms[0].size);
    query->size = query_forms[0].size;
}

static bool read_query(const duckalog_model_query *query, duckalog_model_query *ret_query)
{
    memset(ret_query, 0, sizeof(*ret_query));
    return query != NULL && versioned_read(query, query_forms, sizeof(query_forms) / sizeof(query_forms[0]), ret_query);
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
    duckalog_model_query known;
    duckalog_status status = DUCKALOG_NOMEM;
    const char *sql = NULL;
    char *copy = NULL;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (config == NULL || ret_sql == NULL || !read_query(query, &known) || known.model == NULL ||
        !are_names(known.measures, known.measure_count) || !are_names(known.dimensions, known.dimension_count))
        return DUCKALOG_USAGE;
    arena = arena_create(ARENA_WIPED);
    report = report_create();
    if (arena != NULL && report != NULL) {
        report_redact_with(report, config->redactor);
        if (model_sql(arena, config, &known, report, &sql) && !known.include_secrets)
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
