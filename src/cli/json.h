#ifndef DUCKALOG_CLI_JSON_H
#define DUCKALOG_CLI_JSON_H

/*
 * What the program says to other programs, as JSON on standard output.
 *
 * jansson writes real numbers with the point of the process's locale and changes it afterwards, which other threads may
 * see; the program keeps to the "C" locale.
 */

#include "cli/command.h"

#include <jansson.h>
#include <stdbool.h>

/* A string; null for NULL. Bytes that are no UTF-8, as file names may have them, become U+FFFD. NULL: no memory. */
json_t *json_text(const char *text);

/* A number as SQL writes it. */
json_t *json_number_from(const char *text);

/*
 * An object with one more key, an array with one more item. What can't be made is NULL, and what should hold it becomes
 * NULL too, so one look at the whole is enough; each takes over what it is given.
 */
json_t *json_with_key(json_t *object, const char *key, json_t *value);
json_t *json_with_item(json_t *array, json_t *value);

/* A problem as an object: what it has no value for is null. NULL: no memory. */
json_t *json_problem(const duckalog_diagnostic *diagnostic);

/* A list of all that is in a report. NULL: no memory. */
json_t *json_problems(const duckalog_report *report);

/*
 * Where --json is short for the word json of a --format: the form that was asked for, as the place of its word. False after
 * telling that two different ones were.
 */
bool json_or_form(const struct invocation *invocation, enum option_id format, int *ret_form);

/* Prints the value, which may be NULL for want of memory, and frees it. Returns the exit code. */
int json_print(json_t *value);

#endif
