/*
 * From any bytes to a config, and from a config to its plan and script. The first byte says whether the rest is JSON
 * (`{`) or YAML (all else), so that a corpus file is easy to read.
 *
 * It fails on what a sanitizer sees, and when what is returned and what is reported do not agree.
 */
#include "base/arena.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/check.h"
#include "config/config.h"
#include "config/interpolate.h"
#include "config/read.h"
#include "config/sql_files.h"
#include "plan/model.h"
#include "plan/plan.h"
#include "plan/script.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

static bool read_into(struct duckalog_config *config, const char *chars, size_t length, struct duckalog_report *report)
{
    struct read_context context = { config->arena, config->redactor, report };
    struct node *root = document_read(config->arena, &config->source, chars, length, report);
    bool good;

    if (root == NULL || root->kind != NODE_MAP) {
        require(root != NULL || report_has_errors(report), "a document that is refused is reported");
        return false;
    }
    good = interpolate(config->arena, root, NULL, NULL, config->redactor, report);
    good = read_object(&context, root, &schema_root, NULL, &config->root) && good;
    good = sql_files_read(config, report) && good;
    good = config_check(config, report) && good;
    require(good == !report_has_errors(report), "a config is accepted when there is no error");
    return good;
}

static void plan_it(const struct duckalog_config *config)
{
    struct text script = text_on_heap();
    struct plan *plan = plan_build(config, &(struct plan_options){ .catalog = "c", .show_secrets = true });

    require(plan != NULL, "an accepted config has a plan");
    for (size_t i = 0; i < plan->count; i++)
        require(plan->steps[i].sql != NULL && plan->steps[i].name != NULL, "every step has SQL and a name");
    script_add(&script, plan, config->root.version, DUCKALOG_SQL_FULL);
    require(text_string(&script) != NULL, "a plan has a script");
    text_free(&script);
    plan_free(plan);
}

/* Every dimension and every measure at once; what they are called goes into the condition too. */
static void ask_model(const struct duckalog_config *config, const struct semantic_model *model,
                      struct duckalog_report *report)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    duckalog_model_query query;
    const char *unclosed;
    const char *sql;

    require(arena != NULL, "there is memory");
    duckalog_model_query_init(&query);
    query.model = model->name;
    query.dimensions = model_dimension_names(arena, model);
    query.dimension_count = model->dimensions.count;
    query.where = model->dimensions.count > 0 ? model->dimensions.items[0].name : NULL;
    if (model_sql(arena, config, &query, report, &sql))
        require(sql_count_statements(sql, &unclosed) == 1 && unclosed == NULL, "a question is one statement");
    else
        require(report_has_errors(report), "a question that is refused is reported");
    arena_destroy(arena);
}

static void ask_models(const struct duckalog_config *config)
{
    struct duckalog_report *report = report_create();

    require(report != NULL, "there is memory");
    for (size_t i = 0; i < config->root.semantic_models.count; i++)
        ask_model(config, &config->root.semantic_models.items[i], report);
    duckalog_report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct duckalog_config config = { .arena = arena_create(ARENA_PLAIN), .redactor = redactor_create() };
    struct duckalog_report *report = report_create();
    bool json = size > 0 && bytes[0] == '{';

    require(config.arena != NULL && config.redactor != NULL && report != NULL, "there is memory");
    config.source.shown = json ? "fuzz.json" : "fuzz.yaml";
    config.source.directory = "/nowhere";
    report_redact_with(report, config.redactor);
    /* A JSON text begins with its own brace. */
    if (size > 0 && read_into(&config, (const char *)bytes + !json, size - !json, report)) {
        plan_it(&config);
        ask_models(&config);
    }
    report_sort(report);
    duckalog_report_free(report);
    arena_destroy(config.arena);
    redactor_destroy(config.redactor);
    return 0;
}
