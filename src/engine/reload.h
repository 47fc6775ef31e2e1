#ifndef DUCKALOG_ENGINE_RELOAD_H
#define DUCKALOG_ENGINE_RELOAD_H

/*
 * Reloading: a live session gets what is new in its config, and loses what the config has no more. All else stays as it
 * is, and all of it when a step fails.
 */

#include "engine/restore.h"

/*
 * `restoration` is that of a session which was restored with `restoration->previous`; its config is the new one. What was
 * done is told to its report, as notices. On failure the report says why, and the session is what it was; if that can't be
 * had, the report says so too.
 */
duckalog_status reload(struct restoration *restoration);

/* Has the session the new config now? So it is also after a failure that only left a secret not stored. */
bool reload_is_done(const struct restoration *restoration);

/* Is a nested catalog of the restoration's config another one than the session has? Then its views are made anew. */
bool reload_has_changed(const struct duckalog_config *previous, const struct nested_catalog *nested);

#endif
