#ifndef DUCKALOG_ENGINE_DOCTOR_PARTS_H
#define DUCKALOG_ENGINE_DOCTOR_PARTS_H

/*
 * Between the files of the doctor.
 */

#include "engine/doctor.h"
#include "engine/restore.h"

struct doctor {
    struct findings *findings;
    const struct duckalog_config *config;
    const duckalog_options *options;
    struct attaching attaching;
    struct session *session; /* in memory */
    struct plan *plan;
    struct map *missing; /* extensions that are needed and not there */
    bool fetches;        /* may DuckDB fetch them in a run? */
};

/* Some steps of the plan, run by a function of the engine as a part of a restoration. */
typedef duckalog_status doctor_run(struct restoration *restoration);

/* Adds what came of it: a finding when all went well, or one for each problem. */
void doctor_try(const struct doctor *doctor, const struct doctor_finding *what, const struct plan *part,
                doctor_run *run);

/* doctor_extensions.c: those that the config asks for, and those that its attachments, secrets and paths need. */
void doctor_extensions(struct doctor *doctor);

/* The extension that is missing for an attachment or secret of that kind, or NULL. */
const char *doctor_lacks(const struct doctor *doctor, const char *kind);

/* doctor_places.c: where secrets are kept; the catalog's own file, and those of nested catalogs; room on the disk. */
void doctor_secret_directory(const struct doctor *doctor);
void doctor_catalogs(const struct doctor *doctor);

#endif
