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
    const atomic_bool *interrupted;
    struct attaching attaching;
    bool can_attach;         /* the options make sense */
    struct session *session; /* in memory */
    struct plan *plan;
    struct map *missing;    /* extensions that are needed and not there */
    bool fetches;           /* may DuckDB fetch them in a run? */
    struct text complaints; /* of DuckDB about settings and pragmas, before there were extensions */
};

/* With nothing begun yet; the options are read. */
struct doctor doctor_of(struct findings *findings, const struct duckalog_config *config,
                        const duckalog_options *options, const atomic_bool *interrupted);

/* A session with settings, extensions and secrets, as far as they work, and a plan. False: a finding says why. */
bool doctor_begin(struct doctor *doctor);
void doctor_end(struct doctor *doctor);

/* One attachment, by the index of its step. */
void doctor_attachment(const struct doctor *doctor, size_t index);

/* A warning that something could not be tried without the extension. */
void doctor_tell_of_lack(const struct doctor *doctor, const char *check, const char *object, const char *extension);

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

/* The extension that is missing for an attachment or secret of that kind, or for a view's data; or NULL. */
const char *doctor_lacks(const struct doctor *doctor, const char *kind);
const char *doctor_lacks_for_view(const struct doctor *doctor, const struct view *view);
const char *doctor_lacks_for_attachment(const struct doctor *doctor, const struct step *step);

/*
 * The same for a nested catalog that a run would build, by a session of its own; `names` are those of the attachments that
 * lead to it.
 */
void doctor_nested(const struct doctor *parent, const struct nested_catalog *nested, const char *names);

/* doctor_places.c: where secrets are kept; the catalog's own database, and those of nested catalogs; room on the disk. */
void doctor_secret_directory(const struct doctor *doctor);
bool doctor_stores_secrets(const struct doctor *doctor);
bool doctor_catalog(const struct doctor *doctor); /* false: it is well, and is not there yet */
void doctor_nested_catalogs(const struct doctor *doctor);

/*
 * doctor_data.c: what views read elsewhere, tried side by side as the views read it. A finding for each view, in their
 * order.
 */
void doctor_data(const struct doctor *doctor, const struct view *const *views, size_t count);
void doctor_all_data(const struct doctor *doctor);

#endif
