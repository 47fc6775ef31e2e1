#ifndef DUCKALOG_ENGINE_DOCTOR_PARTS_H
#define DUCKALOG_ENGINE_DOCTOR_PARTS_H

/*
 * Between the files of the doctor.
 */

#include "base/text.h"
#include "engine/doctor.h"
#include "engine/restore.h"

struct doctor {
    struct findings *findings;
    const struct duckalog_config *config;
    const duckalog_options *options;
    struct attaching attaching;
    bool can_attach;         /* the options make sense */
    struct session *session; /* in memory */
    struct plan *plan;
    struct map *missing;    /* extensions that are needed and not there */
    bool fetches;           /* may DuckDB fetch them in a run? */
    struct text complaints; /* of DuckDB about settings and pragmas, before there were extensions */
};

/* Some steps of the plan, run by a function of the engine as a part of a restoration. */
typedef duckalog_status doctor_run(struct restoration *restoration);

/* Adds what came of it: a finding when all went well, or one for each problem. */
void doctor_try(const struct doctor *doctor, const struct doctor_finding *what, const struct plan *part,
                doctor_run *run);

/* So many steps of a plan. */
struct plan doctor_part(const struct plan *plan, size_t first, size_t count);

/*
 * doctor_statements.c: runs the settings and pragmas that are not done yet, and says which of them are now. To be called
 * again when extensions are loaded: one that needs them has another turn then, as in a run.
 */
void doctor_apply_statements(struct doctor *doctor, bool *ret_done);
void doctor_tell_of_statements(const struct doctor *doctor, const bool *done);

/*
 * To look is not to download: what the config says about it is noted, not done. After a statement that may have changed
 * it; NULL: at the beginning.
 */
void doctor_forbid_downloads(struct doctor *doctor, const struct step *after);

/* doctor_extensions.c: those that the config asks for, and those that its attachments, secrets and paths need. */
void doctor_extensions(struct doctor *doctor);

/* The extension that is missing for an attachment or secret of that kind, or NULL. */
const char *doctor_lacks(const struct doctor *doctor, const char *kind);

/*
 * The same for a nested catalog that a run would build, by a session of its own; `names` are those of the attachments that
 * lead to it.
 */
void doctor_nested(const struct doctor *parent, const struct nested_catalog *nested, const char *names);

/* doctor_places.c: where secrets are kept; the catalog's own file, and those of nested catalogs; room on the disk. */
void doctor_secret_directory(const struct doctor *doctor);
bool doctor_stores_secrets(const struct doctor *doctor);
void doctor_catalogs(const struct doctor *doctor);

#endif
