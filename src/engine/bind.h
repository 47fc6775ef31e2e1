#ifndef DUCKALOG_ENGINE_BIND_H
#define DUCKALOG_ENGINE_BIND_H

/*
 * Binding before creating: DuckDB looks at what a view reads when the view is created, and for a remote file that is some
 * round trips. All such views are bound side by side first, each on a connection of its own; what DuckDB learns from that
 * is kept for as long as the views are created, one after another in their transaction.
 */

#include "engine/restore.h"
#include "engine/setting.h"
#include "engine/workers.h"

enum {
    BIND_MOST_AT_A_TIME = 32,    /* they wait for the network, not for processors */
    BIND_TIMES_AN_ATTACHMENT = 6 /* so much longer than a try to attach may it take: a pattern lists many files */
};

#define BIND_PATIENCE_HINT "with a longer --attach-timeout a view has longer too: six times as long"

/* The task of binding a query as that of a view; nothing is executed. False when there is no memory. */
bool bind_task(const char *query, double limit_ms, struct worker_task *ret_task);

/*
 * Binds those of the views that read from a URI, and one view of each attached server, which may be silent by now. A
 * failure is none: the creation tells. But what takes too long is reported, and DUCKALOG_TIMEOUT returned, as its creation
 * would take as long or never end.
 *
 * Whatever is returned, setting_restore() of `ret_cache` is for after the creation.
 */
duckalog_status bind_remote_views(struct restoration *restoration, const struct step *const *steps, size_t count,
                                  struct setting *ret_cache);

/* Does a statement have a URI in quotes that leads elsewhere? */
bool bind_reads_remote(const char *sql);

#endif
