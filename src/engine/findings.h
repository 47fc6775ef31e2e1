#ifndef DUCKALOG_ENGINE_FINDINGS_H
#define DUCKALOG_ENGINE_FINDINGS_H

/*
 * Findings: what `doctor` looked at, one by one, good and bad, as plain data. Whoever looks adds; a printer reads.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct duckalog_report;
struct redactor;

enum finding_status { FINDING_OK, FINDING_WARNING, FINDING_FAILED };

struct doctor_finding {
    const char *check;  /* what was looked at: "attachment", "disk"; a constant */
    const char *object; /* which one of them; NULL: there is only one */
    enum finding_status status;
    double ms;           /* how long it took; less than 0: not worth telling */
    const char *message; /* what was found, as in "3 views"; NULL: nothing to say */
    const char *hint;    /* what to do; may be NULL */
};

enum { NOT_TIMED = -1 };

struct findings {
    struct arena *arena;
    const struct redactor *redactor; /* of the config, once there is one */
    const char *inside;              /* names of the nested catalog that is looked at, put before objects; NULL: none */
    bool is_done_without;            /* what is looked at may fail in a run: a failure is a warning */
    struct doctor_finding *items;
    size_t count;
};

/* Copies the finding, without secrets and credentials. A want of memory is the arena's to remember. */
void findings_add(struct findings *findings, const struct doctor_finding *finding);

/* The same without hint and time, as by printf. */
__attribute__((format(printf, 5, 6))) void findings_note(struct findings *findings, const char *check,
                                                         const char *object, enum finding_status status,
                                                         const char *format, ...);

/*
 * Adds what is in a report: errors as failures, the rest as warnings. What has the code `but`, if any, is left out. False
 * when that is nothing at all.
 */
bool findings_add_report(struct findings *findings, const char *check, const char *object, double ms,
                         const struct duckalog_report *report, const char *but);

size_t findings_failed(const struct findings *findings);

#endif
