#ifndef DUCKALOG_CONFIG_TEMPLATE_PARTS_H
#define DUCKALOG_CONFIG_TEMPLATE_PARTS_H

/*
 * What the files of the templates have in common.
 */

#include "config/document.h"

struct template_problems {
    const struct node *text; /* whose places are reported */
    struct duckalog_report *report;
    size_t count;
    bool error;
};

/* A file in a foreign template language has thousands of them: the first ones are enough. */
enum { TEMPLATE_MOST_PROBLEMS = 100 };

__attribute__((format(printf, 6, 7))) void template_complain(struct template_problems *problems,
                                                             duckalog_severity severity, const char *code,
                                                             size_t offset, const char *hint, const char *format, ...);

/* The two braces at or after `from` that a placeholder may begin with, which are the last ones of a row; or NULL. */
const char *template_find_braces(const char *from);

/*
 * Reports the braces of a template that look like a placeholder's. `sql` is the template with all of its placeholders
 * painted over, byte by byte. False only when there is no memory.
 */
bool template_check_braces(struct arena *arena, const char *sql, struct template_problems *problems);

#endif
