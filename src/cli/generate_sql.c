/*
 * duckalog generate-sql CONFIG
 */

#include "cli/file.h"
#include "cli/print.h"

#include <stdio.h>

int command_generate_sql(const struct invocation *invocation)
{
    const char *file = invocation->values[OPTION_OUTPUT];
    duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    duckalog_options options;
    duckalog_status status;
    char *sql = NULL;
    int code;

    options_from(invocation, &options);
    status = duckalog_config_load(invocation->operands[0], &options, &config, &report);
    print_report(report, DUCKALOG_NOTICE);
    duckalog_report_free(report);
    if (status == DUCKALOG_OK)
        status = duckalog_generate_sql(
            config, &options, has_option(invocation, OPTION_VIEWS_ONLY) ? DUCKALOG_SQL_VIEWS_ONLY : DUCKALOG_SQL_FULL,
            &sql);
    duckalog_config_free(config);
    if (status != DUCKALOG_OK)
        return exit_code_of(status);
    if (file != NULL)
        code = file_write(file, sql, options.include_secrets);
    else {
        fputs(sql, stdout);
        code = finish_output();
    }
    if (code == 0 && file != NULL && has_option(invocation, OPTION_VERBOSE))
        fprintf(stderr, "written: %s\n", file);
    duckalog_string_free(sql);
    return code;
}
