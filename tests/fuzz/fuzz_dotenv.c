/*
 * Any text as a .env file: names and values that no variable could hold never come out, what is not UTF-8 adds nothing,
 * and a second reading of the same text changes nothing, as each name keeps its value.
 */
#include "base/arena.h"
#include "config/dotenv.h"
#include "config/environment.h"

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

static void check_variable(const char *name, const char *value, void *user)
{
    size_t *count = user;

    require(*name != '\0', "every variable has a name");
    require(dotenv_is_utf8(name, strlen(name)), "names are UTF-8");
    require(strlen(value) <= ENVIRONMENT_LARGEST_VALUES, "values have their limit");
    (*count)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct environment *environment = arena == NULL ? NULL : environment_create(arena);
    const char *text = (const char *)bytes;
    size_t count = 0;
    size_t again = 0;
    bool good;

    require(environment != NULL, "there is memory");
    good = environment_read(environment, text, size);
    require(good || environment_problem(environment) != ENVIRONMENT_FINE, "what is refused has a reason");
    require((environment_problem(environment) == ENVIRONMENT_NOT_UTF8) == !dotenv_is_utf8(text, size),
            "what is not UTF-8 is refused for that");
    environment_each(environment, check_variable, &count);
    require(good || count == 0, "what is refused adds nothing");
    require(environment_read(environment, text, size) || !good ||
                environment_problem(environment) == ENVIRONMENT_TOO_LARGE,
            "what was read once is read again");
    environment_each(environment, check_variable, &again);
    require(again == count, "names that are there keep their values");
    arena_destroy(arena);
    return 0;
}
