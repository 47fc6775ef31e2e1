/*
 * The first hint that a new user gets, made from what is in the working directory.
 */

#include "cli/first_run.h"

#include <stdio.h>
#include <unistd.h>

bool first_run_hint(const char *command, char ret_hint[FIRST_RUN_HINT])
{
    /* The names that init gives, and what others call them. */
    static const char *const names[] = { "catalog.yaml", "catalog.yml", "catalog.json" };
    const char *found = NULL;
    int count = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (access(names[i], F_OK) == 0) {
            found = names[i];
            count++;
        }
    if (count == 0)
        snprintf(ret_hint, FIRST_RUN_HINT, "duckalog init writes a config to begin with, catalog.yaml");
    else if (count == 1)
        snprintf(ret_hint, FIRST_RUN_HINT, "there is a config in this folder: duckalog %s %s", command, found);
    return count <= 1;
}
