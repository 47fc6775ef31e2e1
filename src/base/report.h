#ifndef DUCKALOG_BASE_REPORT_H
#define DUCKALOG_BASE_REPORT_H

/*
 * A report: what was found wrong, each problem with its place. Checks add to it and go on, so that a user sees all
 * problems at once. Warnings such as a view that could not be created travel in the same way.
 */

#include "duckalog.h"

#include <stdbool.h>
#include <stddef.h>

struct redactor;

struct position {
    const char *file; /* NULL: not in a file */
    unsigned line;    /* from 1; 0: the file as a whole */
    unsigned column;  /* from 1, in characters */
};

struct duckalog_report *report_create(void);

/*
 * Adds a problem. `code` names its kind for programs (lower case, with hyphens) and must outlive the report; all else
 * is copied. `path` (of the key, as in views[0].source) and `hint` may be NULL.
 */
__attribute__((format(printf, 7, 8))) void report_add(struct duckalog_report *report, duckalog_severity severity,
                                                      const char *code, struct position position, const char *path,
                                                      const char *hint, const char *format, ...);

/* Problems with no place in a file: of the engine, of the command line. */
__attribute__((format(printf, 5, 6))) void report_event(struct duckalog_report *report, duckalog_severity severity,
                                                        const char *code, const char *hint, const char *format, ...);

/* A problem with all its parts; everything but `code` and `phase` is copied. */
void report_add_diagnostic(struct duckalog_report *report, const duckalog_diagnostic *diagnostic);

/* From now on the secrets that the redactor knows are masked in whatever is added. It must outlive the report's use. */
void report_redact_with(struct duckalog_report *report, const struct redactor *redactor);

/* Adds all of another report's problems. */
void report_merge(struct duckalog_report *report, const struct duckalog_report *other);

/*
 * Gives a problem the line of the file that it is in, ready to be shown, and where the problem is in that text, from 1,
 * in characters. The text is copied.
 */
void report_set_line(struct duckalog_report *report, size_t index, const char *line, unsigned column);

bool report_has_errors(const struct duckalog_report *report);

/* Was there no memory for a problem? Then the report is short of it. */
bool report_failed(const struct duckalog_report *report);

/* By file, line and column; problems of one place stay in the order in which they were found, each once. */
void report_sort(struct duckalog_report *report);

#endif
