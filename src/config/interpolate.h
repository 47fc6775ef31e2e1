#ifndef DUCKALOG_CONFIG_INTERPOLATE_H
#define DUCKALOG_CONFIG_INTERPOLATE_H

/*
 * ${env:NAME} and ${env:NAME:default} in the values of a document (config-language.md section 4).
 */

#include "config/document.h"

struct environment;
struct place;
struct redactor;

/*
 * What a document that comes from elsewhere may use of the environment: it decides where its values go, too. A variable
 * that it may not use counts as one that is not set.
 */
struct environment_guard {
    bool refuses_all;
    const char *const *allowed; /* names, ended by NULL; NULL: all */
    const char **used;          /* filled: names, each once; in the arena of the interpolation */
    size_t used_count;
};

/*
 * Replaces the placeholders in all values of the tree. `$${env:` stands for the text `${env:`. The value of a variable
 * whose name looks like a secret is taught to the redactor. Without an environment only the process's own counts; without
 * a guard (NULL) all of it may be used.
 *
 * Returns false after reporting each placeholder that can't be replaced.
 */
bool interpolate(struct arena *arena, struct node *root, const struct environment *environment,
                 struct environment_guard *guard, struct redactor *redactor, struct duckalog_report *report);

/* The same for a part of a document, which has its place there. */
bool interpolate_part(struct arena *arena, struct node *part, const struct place *place,
                      const struct environment *environment, struct environment_guard *guard, struct redactor *redactor,
                      struct duckalog_report *report);

#endif
