#ifndef DUCKALOG_ENGINE_RESTORE_H
#define DUCKALOG_ENGINE_RESTORE_H

/*
 * Restoration: the Plan of a config, applied to a session phase by phase.
 */

#include "base/log.h"
#include "engine/session.h"
#include "engine/setting.h"
#include "engine/timings.h"
#include "plan/plan.h"

#include <stdatomic.h>

struct changes;
struct inventory;
struct map;
struct secret_refresh;

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
    struct timings *timings;
    bool force_rebuild;
    bool refresh_secrets;
    int check_changes; /* as in duckalog_options */
    bool prune;
    const atomic_bool *interrupted;
    /* Tells whoever interrupts which connection is at work, while it is another one than the session's. */
    void (*at_work)(duckdb_connection connection, void *user);
    void *at_work_user;
    struct attaching attaching;
    const char *extension_directory; /* for the sessions of nested catalogs */
    int lock_timeout_ms;             /* for them too: each file is waited for so long */
    bool is_nested;                  /* its own nested catalogs are there already */
    /* What the session has by now, when it is reloaded: see reload.h. Its views are replaced; NULL: a new session. */
    const struct duckalog_config *previous;
    bool is_reloaded; /* it has the new one now */
    duckalog_summary *summary;

    /* while it runs */
    struct inventory *inventory;
    const struct changes *changes; /* NULL: nobody asked */
    struct plan *plan;
    struct secret_refresh *refresh; /* what was stored anew, and can still be taken back; or NULL */
    struct setting suggestions;     /* the user's own catalog_error_max_schemas, while another one holds */
    bool *put_off;                  /* of each step: a pragma or setting that waits for the extensions */
    bool *is_missed;                /* of each step: an attachment that failed, and is done without */
    struct map *lost_views;         /* what can't be read therefore, see degraded_reason(); NULL: nothing */
    struct map *server_of_views;    /* see server_behind(); NULL: not looked for yet */
};

/* Plans what the session needs and does it. On failure the report says why, and the session is only good for being discarded. */
duckalog_status restore(struct restoration *restoration);

/* Does what the restoration's plan says, phase by phase. */
duckalog_status restore_run_plan(struct restoration *restoration);

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

/*
 * When a name is not found, DuckDB looks for a close one in every attachment, which may take as long as their servers
 * like: not between these two.
 */
void restore_limit_suggestions(struct restoration *restoration);
void restore_reset_suggestions(struct restoration *restoration);

/* nested.c: the catalogs that this one builds on, each built or brought up to date in a session of its own. */
duckalog_status nested_prepare(struct restoration *restoration);

/* attach.c: all attachments, told in the order of the config. */
duckalog_status attach_all(struct restoration *restoration);

/* What the options and the environment say about attaching. False after reporting what is wrong with them. */
bool attach_read_options(const duckalog_options *options, struct duckalog_report *report,
                         struct attaching *ret_attaching);

/* How a failed attachment is told: an error ends the restoration; otherwise it goes on without. */
duckalog_severity attach_severity(const struct restoration *restoration, const struct attach_policy *policy);

/*
 * dependents.c: which views can't be read without the attachments that failed; each is reported. Afterwards they are known
 * by degraded_reason(): the name of the attachment that a view lacks, or NULL.
 */
duckalog_status degraded_find(struct restoration *restoration);
const char *degraded_reason(const struct restoration *restoration, const struct view *view);

/* The attachment over the network that a view reads from, one of them; NULL: none. The first time it looks at all views. */
const struct step *server_behind(struct restoration *restoration, const struct view *view);

/* The name that the graph has for what a step attaches: a file that a nested catalog brings counts as that catalog. */
const char *attachment_in_graph(const struct duckalog_config *config, const struct step *step);

/*
 * inventory.c: what the catalog holds, asked before anything is attached, and which views of the config are to be created.
 * `ret_wanted` is as plan_options has it, and belongs to the inventory.
 */
duckalog_status inventory_take(struct restoration *restoration, struct inventory **ret_inventory);
duckalog_status inventory_compare(struct restoration *restoration, const bool **ret_wanted);
size_t inventory_count(const struct inventory *inventory);
void inventory_free(struct inventory *inventory);

/*
 * upkeep.c: what is told of views that are there, which ones are dropped as the config has them no more, and what is
 * remembered of all. The first one comes before the plan, the next two are for the transaction that changes views; the
 * last one tells what was dropped, once that is certain.
 */
duckalog_status upkeep_look(struct restoration *restoration, const bool *wanted);
bool upkeep_note(const struct restoration *restoration, const bool *wanted); /* a part of it; false: no memory */
bool upkeep_has_to_drop(const struct restoration *restoration);
duckalog_status upkeep_drop(struct restoration *restoration);
duckalog_status upkeep_remember(struct restoration *restoration);
void upkeep_tell_dropped(struct restoration *restoration);

/* views.c: creating them, in one transaction. */
duckalog_status views_apply(struct restoration *restoration);

/* secrets.c: what is stored already decides which secrets are made. */
duckalog_status secrets_apply(struct restoration *restoration, enum phase phase);

/* secret_refresh.c: stored secrets get the values of the config; at the end that stays, or all is as it was. */
duckalog_status secrets_refresh(struct restoration *restoration);
void secrets_refresh_end(struct restoration *restoration, bool keep);

#endif
