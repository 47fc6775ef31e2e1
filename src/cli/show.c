/*
 * Loading and masking for the commands that show something of a config.
 */

#include "cli/show.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "cli/output/frame.h"
#include "cli/print.h"
#include "config/config.h"
#include "engine/options.h"

#include <stdlib.h>
#include <string.h>

/* Into a report that is there already. */
static void load(struct arena *arena, const struct invocation *invocation, bool keep_incomplete,
                 struct duckalog_config **ret_config, duckalog_report *report)
{
    const char *path = invocation->operands[0];
    struct config_options options;
    duckalog_options known;

    options_from(invocation, &known);
    if (*path == '\0')
        report_event(report, DUCKALOG_ERROR, "usage", NULL, "the path of the config is empty");
    else if (!options_for_config(arena, &known, &options))
        report_event(report, DUCKALOG_ERROR, "no-memory", NULL, "not enough memory");
    else {
        options.keep_incomplete = keep_incomplete;
        *ret_config = config_load(path, path, &options, report);
    }
    report_sort(report);
}

int show_load(const struct invocation *invocation, bool keep_incomplete, struct duckalog_config **ret_config,
              duckalog_report **ret_report)
{
    struct arena *arena = arena_create(ARENA_PLAIN);

    *ret_config = NULL;
    *ret_report = report_create();
    if (arena != NULL && *ret_report != NULL)
        load(arena, invocation, keep_incomplete, ret_config, *ret_report);
    arena_destroy(arena);
    if (*ret_report == NULL || report_failed(*ret_report) || (*ret_config == NULL && !report_has_errors(*ret_report))) {
        print_error(NULL, NULL, "not enough memory to read the config");
        return exit_code_of(DUCKALOG_NOMEM);
    }
    return report_has_errors(*ret_report) ? exit_code_of(config_failure(*ret_report)) : 0;
}

struct duckalog_config *show_load_good(const struct invocation *invocation, int *ret_code)
{
    struct duckalog_config *config;
    duckalog_report *report;

    *ret_code = show_load(invocation, false, &config, &report);
    print_report(report, DUCKALOG_NOTICE);
    duckalog_report_free(report);
    if (*ret_code == 0)
        return config;
    duckalog_config_free(config);
    return NULL;
}

const char *show_masked(struct arena *arena, const struct redactor *redactor, const char *text)
{
    struct text clean = text_in(arena);
    struct text masked = text_in(arena);

    if (text == NULL)
        return NULL;
    redact_add_without_credentials(&clean, text);
    if (text_string(&clean) == NULL)
        return NULL;
    redact_add(redactor, &masked, text_string(&clean));
    return text_string(&masked);
}

const char *show_line(struct arena *arena, const struct redactor *redactor, const char *text)
{
    const char *masked = show_masked(arena, redactor, text);

    return masked == NULL ? NULL : frame_escaped(arena, masked, strlen(masked));
}
