#include "engine/exported.h"

#include "config/environment.h"

#include <stdlib.h>
#include <string.h>

struct exported_name {
    struct exported_name *next;
    char *name;
    char *value;
};

static void free_name(struct exported_name *name)
{
    if (name->value != NULL)
        explicit_bzero(name->value, strlen(name->value));
    free(name->value);
    free(name->name);
    free(name);
}

static void set_one(const char *name, const char *value, void *user)
{
    struct exported *exported = user;
    struct exported_name *known;

    if (getenv(name) != NULL)
        return;
    known = calloc(1, sizeof(*known));
    if (known == NULL)
        return;
    known->name = strdup(name);
    known->value = strdup(value);
    if (known->name == NULL || known->value == NULL || setenv(name, value, 0) != 0) {
        free_name(known);
        return;
    }
    known->next = exported->names;
    exported->names = known;
}

void exported_set(struct exported *exported, const struct environment *environment)
{
    environment_each(environment, set_one, exported);
}

void exported_take_back(struct exported *exported)
{
    for (struct exported_name *name = exported->names; name != NULL; name = name->next) {
        const char *value = getenv(name->name);

        if (value != NULL && strcmp(value, name->value) == 0)
            unsetenv(name->name);
    }
    exported_free(exported);
}

void exported_free(struct exported *exported)
{
    while (exported->names != NULL) {
        struct exported_name *name = exported->names;

        exported->names = name->next;
        free_name(name);
    }
}
