/*
 * The list of findings. Nothing gets into it unmasked.
 */

#include "engine/findings.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "duckalog.h"

#include <stdarg.h>
#include <string.h>

static const char *clean(struct findings *findings, const char *string)
{
    struct text plain = text_on_heap();
    struct text masked = text_in(findings->arena);

    if (string == NULL)
        return NULL;
    redact_add_without_credentials(&plain, string);
    if (text_string(&plain) != NULL)
        redact_add(findings->redactor, &masked, text_string(&plain));
    text_free(&plain);
    return text_string(&masked);
}

static const char *object_of(struct findings *findings, const struct doctor_finding *finding)
{
    if (findings->inside == NULL)
        return finding->object;
    return finding->object == NULL ? findings->inside
                                   : arena_format(findings->arena, "%s > %s", findings->inside, finding->object);
}

void findings_add(struct findings *findings, const struct doctor_finding *finding)
{
    bool is_told_as_warning = findings->is_done_without && finding->status == FINDING_FAILED;
    struct doctor_finding *items = arena_extend(findings->arena, findings->items, findings->count, sizeof(*items));

    if (items == NULL)
        return;
    findings->items = items;
    items[findings->count++] = (struct doctor_finding){
        .check = finding->check,
        .object = clean(findings, object_of(findings, finding)),
        .status = is_told_as_warning ? FINDING_WARNING : finding->status,
        .ms = finding->ms,
        .message = clean(findings, finding->message),
        .hint = clean(findings, finding->hint),
    };
}

void findings_note(struct findings *findings, const char *check, const char *object, enum finding_status status,
                   const char *format, ...)
{
    struct text message = text_on_heap();
    va_list arguments;

    va_start(arguments, format);
    text_vformat(&message, format, arguments);
    va_end(arguments);
    findings_add(findings, &(struct doctor_finding){ check, object, status, NOT_TIMED, text_string(&message), NULL });
    text_free(&message);
}

/* A problem of a config with its place; of the engine as it is, as the finding names its object. */
static void add_problem(struct text *message, const duckalog_diagnostic *problem)
{
    if (problem->phase == NULL && problem->file != NULL) {
        text_add(message, problem->file);
        if (problem->line > 0)
            text_format(message, ":%u:%u", problem->line, problem->column);
        text_add(message, ": ");
        if (problem->path != NULL && *problem->path != '\0')
            text_format(message, "%s: ", problem->path);
    }
    text_add(message, problem->message);
}

bool findings_add_report(struct findings *findings, const char *check, const char *object, double ms,
                         const struct duckalog_report *report, const char *but)
{
    const duckalog_diagnostic *problem;
    bool added = false;

    for (size_t i = 0; (problem = duckalog_report_get(report, i)) != NULL; i++) {
        struct text message = text_on_heap();

        if (but != NULL && strcmp(problem->code, but) == 0)
            continue;
        add_problem(&message, problem);
        findings_add(findings,
                     &(struct doctor_finding){ check, object,
                                               problem->severity == DUCKALOG_ERROR ? FINDING_FAILED : FINDING_WARNING,
                                               ms, text_string(&message), problem->hint });
        text_free(&message);
        added = true;
    }
    return added;
}

size_t findings_failed(const struct findings *findings)
{
    size_t failed = 0;

    for (size_t i = 0; i < findings->count; i++)
        failed += findings->items[i].status == FINDING_FAILED;
    return failed;
}
