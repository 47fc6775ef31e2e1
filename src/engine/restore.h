#ifndef DUCKALOG_ENGINE_RESTORE_H
#define DUCKALOG_ENGINE_RESTORE_H

/*
 * Restoration: the Plan of a config, applied to a session phase by phase.
 */

#include "base/log.h"
#include "engine/session.h"
#include "plan/plan.h"

#include <stdatomic.h>

struct inventory;
struct map;

enum { MOST_DIGITS = 32 };

/* How attachments are treated that say nothing of it themselves. */
struct attaching {
    double timeout_ms; /* of one try */
    double total_ms;   /* of all tries of one attachment */
    int retries;
    size_t parallel;
    bool allow_degraded; /* go on without those that fail */
};

struct restoration {
    struct session *session;
    const struct duckalog_config *config;
    struct duckalog_report *report;
    struct log log;
    bool force_rebuild;
    const atomic_bool *interrupted;
    /* Tells whoever interrupts which connection is at work, while it is another one than the session's. */
    void (*at_work)(duckdb_connection connection, void *user);
    void *at_work_user;
    struct attaching attaching;
    const char *extension_directory; /* for the sessions of nested catalogs */
    int lock_timeout_ms;             /* for them too: each file is waited for so long */
    bool is_nested;                  /* its own nested catalogs are there already */
    duckalog_summary *summary;

    /* while it runs */
    struct inventory *inventory;
    struct plan *plan;
    char suggestions[MOST_DIGITS]; /* the session's own catalog_error_max_schemas, while another one holds */
    bool *put_off;                 /* of each step: a pragma or setting that waits for the extensions */
    bool *is_missed;               /* of each step: an attachment that failed, and is done without */
    struct map *lost_views;        /* what can't be read therefore, see degraded_reason(); NULL: nothing */
};

/* Plans what the session needs and does it. On failure the report says why, and the session is only good for being discarded. */
duckalog_status restore(struct restoration *restoration);

/* ---- between the files of this room ---- */

/*
 * Runs a step. A failure is reported as `phase: object: cause` with the step's place in the config, the step's own
 * values masked.
 */
duckalog_status restore_run_step(struct restoration *restoration, const struct step *step);

/* Reports what went wrong with a step, or is worth knowing of it; `problem` may be as long as DuckDB likes. */
void restore_report(struct restoration *restoration, const struct step *step, duckalog_severity severity,
                    const char *code, const char *hint, const char *problem);

struct finding {
    duckalog_severity severity;
    const char *code;
    const char *hint;
    const char *problem;
    bool transient;
};

/* The same with all there is to tell. */
void restore_tell(struct restoration *restoration, const struct step *step, const struct finding *finding);

/* nested.c: the catalogs that this one builds on, each built or brought up to date in a session of its own. */
duckalog_status nested_prepare(struct restoration *restoration);

/* attach.c: all attachments, told in the order of the config. */
duckalog_status attach_all(struct restoration *restoration);

/* How a failed attachment is told: an error ends the restoration; otherwise it goes on without. */
duckalog_severity attach_severity(const struct restoration *restoration, const struct attach_policy *policy);

/*
 * degraded.c: which views can't be read without the attachments that failed; each is reported. Afterwards they are known
 * by degraded_reason(): the name of the attachment that a view lacks, or NULL.
 */
duckalog_status degraded_find(struct restoration *restoration);
const char *degraded_reason(const struct restoration *restoration, const struct view *view);

/*
 * views.c: what the catalog holds, asked before anything is attached; which views of the config are to be created; and
 * creating them, in one transaction. `ret_wanted` is as plan_options has it, and belongs to the inventory.
 */
duckalog_status inventory_take(struct restoration *restoration, struct inventory **ret_inventory);
duckalog_status inventory_compare(struct restoration *restoration, const bool **ret_wanted);
void inventory_free(struct inventory *inventory);
duckalog_status views_apply(struct restoration *restoration);

/* secrets.c: what is stored already decides which secrets are made. */
duckalog_status secrets_apply(struct restoration *restoration, enum phase phase);

#endif
