#ifndef DUCKALOG_CLI_JSON_H
#define DUCKALOG_CLI_JSON_H

/*
 * What the program says to other programs, as JSON on standard output.
 *
 * jansson writes real numbers with the point of the process's locale and changes it afterwards, which other threads may
 * see; the program keeps to the "C" locale, and what is printed here has whole numbers only.
 */

#include "duckalog.h"

#include <jansson.h>

/* A string; null for NULL. Bytes that are no UTF-8, as file names may have them, become U+FFFD. NULL: no memory. */
json_t *json_text(const char *text);

/* A problem as an object: what it has no value for is null. NULL: no memory. */
json_t *json_problem(const duckalog_diagnostic *diagnostic);

/* A list of all that is in a report. NULL: no memory. */
json_t *json_problems(const duckalog_report *report);

/* Prints the value, which may be NULL for want of memory, and frees it. Returns the exit code. */
int json_print(json_t *value);

#endif
