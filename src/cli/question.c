/*
 * Questions to semantic models, from options to a statement.
 */

#include "cli/question.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/print.h"
#include "engine/catalog.h"

#include <stdio.h>

static const enum option_id parts[] = { OPTION_MEASURES, OPTION_BY, OPTION_WHERE, OPTION_SQL };

bool asks_model(const struct invocation *invocation)
{
    bool asks = has_option(invocation, OPTION_MODEL);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        asks = asks || has_option(invocation, parts[i]);
    return asks;
}

static int usage_error(const char *hint, const char *problem, enum option_id option)
{
    print_error(NULL, hint, problem, option_rows[option].name);
    return exit_code_of(DUCKALOG_USAGE);
}

/* ---- options ---- */

static int check_usage(const struct invocation *invocation)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (has_option(invocation, parts[i]) && !has_option(invocation, OPTION_MODEL))
            return usage_error("--model MODEL names a semantic model of the config", "--%s needs --model", parts[i]);
    if (!has_option(invocation, OPTION_CONFIG))
        return usage_error("--config CONFIG names the config that has the model", "--%s needs --config", OPTION_MODEL);
    if (invocation->operand_count > 0)
        return usage_error("leave the SQL out, or --model; --where adds a condition",
                           "--%s makes the SQL by itself: both can't be run", OPTION_MODEL);
    if (has_option(invocation, OPTION_WHERE) && is_blank(invocation->values[OPTION_WHERE]))
        return usage_error(NULL, "--%s is blank", OPTION_WHERE);
    return 0;
}

/* The name at `list`, without quotes; `ret_rest` is at the comma behind it, or at the end. */
static const char *next_name(struct arena *arena, const char *list, const char **ret_rest)
{
    struct text name = text_in(arena);
    bool quoted = false;

    for (; *list != '\0' && (quoted || *list != ','); list++) {
        if (*list != '"')
            text_add_char(&name, *list);
        else if (quoted && list[1] == '"')
            text_add_char(&name, *list++);
        else
            quoted = !quoted;
    }
    *ret_rest = list;
    return text_string(&name) == NULL ? NULL : text_trimmed(arena, text_string(&name));
}

/* Names with commas between them. Double quotes keep a name together, as in SQL. */
static int read_names(const struct invocation *invocation, enum option_id option, struct arena *arena,
                      const char *const **ret_names, size_t *ret_count)
{
    const char *list = invocation->values[option];
    const char **names = NULL;
    size_t count = 0;

    while (list != NULL) {
        const char *name = next_name(arena, list, &list);

        names = arena_extend(arena, names, count, sizeof(*names));
        if (name == NULL || names == NULL)
            return exit_code_of(DUCKALOG_NOMEM);
        if (*name == '\0')
            return usage_error("write names with commas between them", "a name in --%s is blank", option);
        names[count++] = name;
        list = *list == ',' ? list + 1 : NULL;
    }
    *ret_names = names;
    *ret_count = count;
    return 0;
}

int question_read(const struct invocation *invocation, struct arena *arena, duckalog_model_query *ret_question)
{
    int code = check_usage(invocation);

    duckalog_model_query_init(ret_question);
    ret_question->model = invocation->values[OPTION_MODEL];
    ret_question->where = invocation->values[OPTION_WHERE];
    if (code == 0)
        code = read_names(invocation, OPTION_MEASURES, arena, &ret_question->measures, &ret_question->measure_count);
    if (code == 0)
        code = read_names(invocation, OPTION_BY, arena, &ret_question->dimensions, &ret_question->dimension_count);
    return code;
}

/* ---- statements ---- */

static duckalog_severity least_told(const struct invocation *invocation)
{
    return has_option(invocation, OPTION_VERBOSE) ? DUCKALOG_NOTICE : DUCKALOG_WARNING;
}

int question_print(const struct invocation *invocation, const duckalog_model_query *question)
{
    duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    duckalog_options options;
    duckalog_status status;
    char *sql = NULL;

    options_from(invocation, &options);
    status = duckalog_config_load(invocation->values[OPTION_CONFIG], &options, &config, &report);
    print_report(report, least_told(invocation));
    duckalog_report_free(report);
    report = NULL;
    if (status == DUCKALOG_OK) {
        status = duckalog_model_sql(config, question, &sql, &report);
        print_report(report, least_told(invocation));
        duckalog_report_free(report);
    }
    if (status == DUCKALOG_OK)
        printf("%s;\n", sql);
    duckalog_string_free(sql);
    duckalog_config_free(config);
    return exit_code_of(status);
}

int question_answer(const struct invocation *invocation, const duckalog_catalog *catalog,
                    const struct result_session *session, const duckalog_model_query *question,
                    const struct result_form *form)
{
    duckalog_model_query full = *question;
    duckalog_report *report = NULL;
    duckalog_status status;
    char *sql = NULL;
    int code;

    full.catalog = catalog_name(catalog);
    full.include_secrets = 1;
    status = duckalog_model_sql(catalog_config(catalog), &full, &sql, &report);
    print_report(report, least_told(invocation));
    code = status == DUCKALOG_OK ? results_print(session, (const char *[]){ sql, NULL }, form) : exit_code_of(status);
    /* A column that DuckDB does not find may be one of a join that was left out. */
    if (status == DUCKALOG_OK && code != 0 && !has_option(invocation, OPTION_VERBOSE))
        print_report(report, DUCKALOG_NOTICE);
    duckalog_report_free(report);
    duckalog_string_free(sql);
    return code;
}
