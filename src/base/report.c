/*
 * A report: problems in an arena, in the order in which they were found until they are sorted.
 */

#include "base/report.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/*
 * Nobody reads more than so many errors, so much else, or bytes of one text; a large file of mistakes would fill the
 * memory with them.
 */
enum { MOST_PROBLEMS = 10000, LONGEST_TEXT = 10000 };

struct problem {
    duckalog_diagnostic shown;
    size_t found; /* how many were found before this one */
};

struct duckalog_report {
    struct arena *arena;
    const struct redactor *redactor;
    struct problem *problems;
    size_t count;
    size_t capacity;
    size_t errors;
    size_t others;
    bool failed;
};

struct duckalog_report *report_create(void)
{
    struct duckalog_report *report = calloc(1, sizeof(*report));

    if (report == NULL)
        return NULL;
    report->arena = arena_create(ARENA_PLAIN);
    if (report->arena == NULL) {
        free(report);
        return NULL;
    }
    return report;
}

void duckalog_report_free(duckalog_report *report)
{
    if (report == NULL)
        return;
    arena_destroy(report->arena);
    free(report->problems);
    free(report);
}

static struct problem *next_problem(struct duckalog_report *report)
{
    if (report->count == report->capacity) {
        size_t capacity = report->capacity == 0 ? 16 : report->capacity * 2;
        struct problem *problems = realloc(report->problems, capacity * sizeof(*problems));

        if (problems == NULL)
            return NULL;
        report->problems = problems;
        report->capacity = capacity;
    }
    return &report->problems[report->count];
}

/* Cuts it between two characters. */
static void shorten(struct text *text)
{
    size_t length = LONGEST_TEXT;

    if (text->length <= LONGEST_TEXT)
        return;
    while (length > 0 && (text->chars[length] & 0xC0) == 0x80)
        length--;
    text->length = length;
    text_add(text, "…");
}

static const char *keep(struct duckalog_report *report, const char *string)
{
    struct text text = text_on_heap();
    const char *kept = NULL;

    if (string == NULL)
        return NULL;
    redact_add(report->redactor, &text, string); /* before it is cut: half of a secret is not found */
    if (!text_failed(&text))
        shorten(&text);
    if (text_string(&text) != NULL)
        kept = arena_string(report->arena, text_string(&text));
    text_free(&text);
    if (kept == NULL)
        report->failed = true;
    return kept;
}

/* In place of the first problem that is one too many. */
static duckalog_diagnostic more_problems(const duckalog_diagnostic *diagnostic)
{
    return (duckalog_diagnostic){ .severity = diagnostic->severity,
                                  .code = "more-problems",
                                  .file = diagnostic->file,
                                  .line = diagnostic->line,
                                  .column = diagnostic->column,
                                  .message = "there are more problems than are shown" };
}

void report_add_diagnostic(struct duckalog_report *report, const duckalog_diagnostic *diagnostic)
{
    size_t *count = diagnostic->severity == DUCKALOG_ERROR ? &report->errors : &report->others;
    duckalog_diagnostic last;
    struct problem *problem;

    if (*count == MOST_PROBLEMS)
        return;
    if (++*count == MOST_PROBLEMS) {
        last = more_problems(diagnostic);
        diagnostic = &last;
    }
    problem = next_problem(report);
    if (problem == NULL) {
        report->failed = true;
        return;
    }
    problem->found = report->count;
    problem->shown = *diagnostic;
    problem->shown.file = keep(report, diagnostic->file);
    problem->shown.path = keep(report, diagnostic->path);
    /* A name, and our own word for its kind: a password like `postgres` must not show itself by what is missing. */
    problem->shown.object = diagnostic->object == NULL ? NULL : arena_string(report->arena, diagnostic->object);
    problem->shown.message = keep(report, diagnostic->message);
    problem->shown.hint = keep(report, diagnostic->hint);
    problem->shown.line_text = keep(report, diagnostic->line_text);
    if (!report->failed)
        report->count++;
}

static void add_formatted(struct duckalog_report *report, duckalog_diagnostic *diagnostic, const char *format,
                          va_list arguments)
{
    struct text message = text_on_heap();

    text_vformat(&message, format, arguments);
    diagnostic->message = text_string(&message);
    if (diagnostic->message == NULL)
        diagnostic->message = "out of memory while describing a problem";
    report_add_diagnostic(report, diagnostic);
    text_free(&message);
}

void report_add(struct duckalog_report *report, duckalog_severity severity, const char *code, struct position position,
                const char *path, const char *hint, const char *format, ...)
{
    duckalog_diagnostic diagnostic = { .severity = severity,
                                       .code = code,
                                       .file = position.file,
                                       .line = position.line,
                                       .column = position.column,
                                       .path = path,
                                       .hint = hint };
    va_list arguments;

    va_start(arguments, format);
    add_formatted(report, &diagnostic, format, arguments);
    va_end(arguments);
}

void report_event(struct duckalog_report *report, duckalog_severity severity, const char *code, const char *hint,
                  const char *format, ...)
{
    duckalog_diagnostic diagnostic = { .severity = severity, .code = code, .hint = hint };
    va_list arguments;

    va_start(arguments, format);
    add_formatted(report, &diagnostic, format, arguments);
    va_end(arguments);
}

void report_redact_with(struct duckalog_report *report, const struct redactor *redactor)
{
    report->redactor = redactor;
}

void report_merge(struct duckalog_report *report, const struct duckalog_report *other)
{
    for (size_t i = 0; i < other->count; i++)
        report_add_diagnostic(report, &other->problems[i].shown);
    if (other->failed)
        report->failed = true;
}

void report_set_line(struct duckalog_report *report, size_t index, const char *line, unsigned column)
{
    duckalog_diagnostic *shown = &report->problems[index].shown;

    shown->line_text = keep(report, line);
    shown->line_column = column;
}

bool report_has_errors(const struct duckalog_report *report)
{
    return report->errors > 0;
}

bool report_failed(const struct duckalog_report *report)
{
    return report->failed;
}

static int compare_files(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_problems(const void *left, const void *right)
{
    const struct problem *a = left;
    const struct problem *b = right;
    int files = compare_files(a->shown.file, b->shown.file);

    if (files != 0)
        return files;
    if (a->shown.line != b->shown.line)
        return a->shown.line < b->shown.line ? -1 : 1;
    if (a->shown.column != b->shown.column)
        return a->shown.column < b->shown.column ? -1 : 1;
    return a->found < b->found ? -1 : a->found > b->found;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The same of the same place, as when two views are filled in from one template. */
static bool is_repeated(const duckalog_diagnostic *a, const duckalog_diagnostic *b)
{
    return a->file != NULL && same_text(a->file, b->file) && a->line == b->line && a->column == b->column &&
           a->severity == b->severity && same_text(a->path, b->path) && same_text(a->phase, b->phase) &&
           same_text(a->object, b->object) && same_text(a->message, b->message);
}

void report_sort(struct duckalog_report *report)
{
    size_t kept = 0;

    if (report->count > 1)
        qsort(report->problems, report->count, sizeof(*report->problems), compare_problems);
    for (size_t i = 0; i < report->count; i++) {
        const duckalog_diagnostic *shown = &report->problems[i].shown;

        if (kept > 0 && is_repeated(&report->problems[kept - 1].shown, shown)) {
            *(shown->severity == DUCKALOG_ERROR ? &report->errors : &report->others) -= 1;
            continue;
        }
        report->problems[kept++] = report->problems[i];
    }
    report->count = kept;
}

size_t duckalog_report_count(const duckalog_report *report)
{
    return report == NULL ? 0 : report->count;
}

const duckalog_diagnostic *duckalog_report_get(const duckalog_report *report, size_t index)
{
    return report == NULL || index >= report->count ? NULL : &report->problems[index].shown;
}

size_t duckalog_report_errors(const duckalog_report *report)
{
    return report == NULL ? 0 : report->errors;
}
