/*
 * duckalog version, and --version. It does not load libduckdb: doctor tells which one there is.
 */

#include "cli/json.h"
#include "cli/print.h"

#include <stdio.h>

int command_version(const struct invocation *invocation)
{
    if (invocation != NULL && has_option(invocation, OPTION_JSON))
        return json_print(json_pack("{s:s, s:s}", "name", "duckalog", "version", duckalog_version()));
    printf("duckalog %s\n", duckalog_version());
    return finish_output();
}
