#ifndef DUCKALOG_CONFIG_INTERPOLATE_H
#define DUCKALOG_CONFIG_INTERPOLATE_H

/*
 * ${env:NAME} and ${env:NAME:default} in the values of a document (config-language.md section 4).
 */

#include "config/document.h"

struct redactor;

/*
 * Replaces the placeholders in all values of the tree. `$${env:` stands for the text `${env:`. The value of a variable
 * whose name looks like a secret is taught to the redactor.
 *
 * Returns false after reporting each placeholder that can't be replaced. `ret_all_set` tells whether each variable that
 * was asked for has a value, so that no default was needed either.
 */
bool interpolate(struct arena *arena, struct node *root, struct redactor *redactor, struct duckalog_report *report,
                 bool *ret_all_set);

#endif
