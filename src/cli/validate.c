/*
 * duckalog validate CONFIG
 */

#include "cli/print.h"

#include <stdio.h>

int command_validate(const struct invocation *invocation)
{
    duckalog_report *report = NULL;
    duckalog_options options;
    duckalog_status status;

    options_from(invocation, &options);
    status = duckalog_validate(invocation->operands[0], &options, &report);
    print_report(report, DUCKALOG_NOTICE);
    duckalog_report_free(report);
    if (status != DUCKALOG_OK)
        return exit_code_of(status);
    puts("Config is valid.");
    return finish_output();
}
