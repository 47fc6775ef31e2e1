/*
 * duckalog validate CONFIG [--json]
 */

#include "cli/json.h"
#include "cli/print.h"

#include <stdio.h>

static void print_as_text(const duckalog_report *report, bool valid)
{
    print_report(report, DUCKALOG_NOTICE);
    if (valid)
        puts("Config is valid.");
}

/* There is no report of a call that could not even begin. */
static json_t *problems_of(const duckalog_report *report, duckalog_status status)
{
    const duckalog_diagnostic failure = { .severity = DUCKALOG_ERROR,
                                          .code = status == DUCKALOG_NOMEM ? "no-memory" : "usage",
                                          .message = "the config could not be checked" };

    if (report == NULL)
        return json_pack("[o]", json_problem(&failure));
    return json_problems(report);
}

static int print_as_json(const duckalog_report *report, duckalog_status status)
{
    return json_print(json_pack("{s:b, s:o}", "valid", status == DUCKALOG_OK, "problems", problems_of(report, status)));
}

int command_validate(const struct invocation *invocation)
{
    bool json = has_option(invocation, OPTION_JSON);
    duckalog_report *report = NULL;
    duckalog_options options;
    duckalog_status status;
    int code = 0;

    options_from(invocation, &options);
    /* The log would go to standard error: who reads JSON wants to find everything in it. */
    if (json)
        options.log = NULL;
    status = duckalog_validate(invocation->operands[0], &options, &report);
    if (json)
        code = print_as_json(report, status);
    else
        print_as_text(report, status == DUCKALOG_OK);
    duckalog_report_free(report);
    if (status != DUCKALOG_OK)
        return exit_code_of(status);
    return code != 0 ? code : finish_output();
}
