#ifndef DUCKALOG_ENGINE_BIND_H
#define DUCKALOG_ENGINE_BIND_H

/*
 * Binding before creating: DuckDB looks at what a view reads when the view is created, and for a remote file that is some
 * round trips. All such views are bound side by side first, each on a connection of its own; what DuckDB learns from that
 * is kept for as long as the views are created, one after another in their transaction.
 */

#include "engine/restore.h"
#include "engine/setting.h"

/*
 * Binds those of the views that read from a URI, and one view of each attached server, which may be silent by now. A failure is none: the creation tells. But what takes too long is
 * reported, and DUCKALOG_TIMEOUT returned, as its creation would take as long or never end.
 *
 * Whatever is returned, setting_restore() of `ret_cache` is for after the creation.
 */
duckalog_status bind_remote_views(struct restoration *restoration, const struct step *const *steps, size_t count,
                                  struct setting *ret_cache);

/* Does a statement have a URI in quotes that leads elsewhere? */
bool bind_reads_remote(const char *sql);

#endif
