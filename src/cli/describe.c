/*
 * duckalog describe CONFIG [MODEL]: the semantic models of a config, or the parts of one; for people as a table, for
 * programs as JSON.
 */

#include "cli/describe.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/print.h"
#include "config/schema.h"
#include "plan/statement.h"

#include <string.h>

const char *describe_word(const char *list, const char *key, int word)
{
    const struct mapping *models = schema_find_key(&schema_root, "semantic_models")->of;
    const struct mapping *mapping = schema_find_key(models, list)->of;

    return word < 0 ? NULL : schema_find_key(mapping, key)->words[word];
}

const char *describe_text(struct description *description, const char *string)
{
    struct text text = text_in(description->arena);

    if (string == NULL)
        return NULL;
    redact_add(description->config->redactor, &text, string);
    return text_string(&text);
}

const char *describe_sql(struct description *description, const char *sql)
{
    return statement_mask(description->arena, sql, description->config->redactor, false);
}

int describe_config(const struct duckalog_config *config, const char *name, bool in_json)
{
    struct description description = { .config = config, .arena = arena_create(ARENA_PLAIN) };
    int code = exit_code_of(DUCKALOG_CONFIG);

    if (description.arena == NULL)
        return exit_code_of(DUCKALOG_NOMEM);
    if (name != NULL)
        description.model = config_model(config, name);
    if (name != NULL && description.model == NULL) {
        const char *const *names = config_model_names(description.arena, config);

        print_error(config->redactor, hint_of_names(description.arena, name, names),
                    "there is no semantic model with the name \"%s\"", name);
    } else
        code = in_json ? describe_in_json(&description) : describe_in_table(&description);
    arena_destroy(description.arena);
    return code;
}

int command_describe(const struct invocation *invocation)
{
    duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    duckalog_options options;
    duckalog_status status;
    int form;
    int code;

    if (!json_or_form(invocation, OPTION_DESCRIBE_FORMAT, &form))
        return exit_code_of(DUCKALOG_USAGE);
    options_from(invocation, &options);
    status = duckalog_config_load(invocation->operands[0], &options, &config, &report);
    print_report(report, DUCKALOG_NOTICE);
    duckalog_report_free(report);
    if (status != DUCKALOG_OK)
        return exit_code_of(status);
    code = describe_config(config, invocation->operands[1], form != 0);
    duckalog_config_free(config);
    return code != 0 ? code : finish_output();
}
