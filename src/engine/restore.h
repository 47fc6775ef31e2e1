#ifndef DUCKALOG_ENGINE_RESTORE_H
#define DUCKALOG_ENGINE_RESTORE_H

/*
 * Restoration: the Plan of a config, applied to a session phase by phase.
 */

#include "base/log.h"
#include "engine/session.h"
#include "plan/plan.h"

#include <stdatomic.h>

struct changes;
struct inventory;

enum { MOST_DIGITS = 32 };

struct restoration {
    struct session *session;
    const struct duckalog_config *config;
    struct duckalog_report *report;
    struct log log;
    bool force_rebuild;
    int check_changes; /* as in duckalog_options */
    bool prune;
    const atomic_bool *interrupted;
    /* Tells whoever interrupts which connection is at work, while it is another one than the session's. */
    void (*at_work)(duckdb_connection connection, void *user);
    void *at_work_user;
    const char *extension_directory; /* for the sessions of nested catalogs */
    bool is_nested;                  /* its own nested catalogs are there already */
    duckalog_summary *summary;

    /* while it runs */
    struct inventory *inventory;
    const struct changes *changes; /* NULL: nobody asked */
    struct plan *plan;
    char suggestions[MOST_DIGITS]; /* the session's own catalog_error_max_schemas, while another one holds */
    bool *put_off;                 /* of each step: a pragma or setting that waits for the extensions */
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

/* nested.c: the catalogs that this one builds on, each built or brought up to date in a session of its own. */
duckalog_status nested_prepare(struct restoration *restoration);

/* attach.c: all attachments, in the order of the config. */
duckalog_status attach_all(struct restoration *restoration);

/*
 * inventory.c: what the catalog holds, asked before anything is attached, and which views of the config are to be created.
 * `ret_wanted` is as plan_options has it, and belongs to the inventory.
 */
duckalog_status inventory_take(struct restoration *restoration, struct inventory **ret_inventory);
duckalog_status inventory_compare(struct restoration *restoration, const bool **ret_wanted);
void inventory_free(struct inventory *inventory);

/*
 * upkeep.c: what is told of views that are there, which ones are dropped as the config has them no more, and what is
 * remembered of all. The first one comes before the plan, the next two are for the transaction that changes views; the
 * last one tells what was dropped, once that is certain.
 */
duckalog_status upkeep_look(struct restoration *restoration, const bool *wanted);
bool upkeep_has_to_drop(const struct restoration *restoration);
duckalog_status upkeep_drop(struct restoration *restoration);
duckalog_status upkeep_remember(struct restoration *restoration);
void upkeep_tell_dropped(struct restoration *restoration);

/* views.c: creating them, in one transaction. */
duckalog_status views_apply(struct restoration *restoration);

/* secrets.c: what is stored already decides which secrets are made. */
duckalog_status secrets_apply(struct restoration *restoration, enum phase phase);

#endif
