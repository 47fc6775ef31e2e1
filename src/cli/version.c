#include "cli/print.h"

#include <stdio.h>

int command_version(const struct invocation *invocation)
{
    (void)invocation;
    printf("duckalog %s\n", duckalog_version());
    return finish_output();
}
