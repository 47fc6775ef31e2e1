#ifndef DUCKALOG_ENGINE_CHANGES_H
#define DUCKALOG_ENGINE_CHANGES_H

/*
 * Changes: in what a catalog's views differ from those of its config, as plain data. `run` tells of them, `diff` prints
 * them. Nothing is done to the catalog here, and no view is bound.
 */

#include "engine/restore.h"

struct inventory;

enum change_kind {
    CHANGE_CREATE,   /* the config has a view that is not in the catalog */
    CHANGE_REPLACE,  /* both have it, with another definition */
    CHANGE_STALE,    /* the catalog has a view that is not in the config */
    CHANGE_CONFLICT, /* the catalog has a table of this name */
};

struct change {
    enum change_kind kind;
    const char *schema;
    const char *name;
    const struct view *view; /* of the config; NULL for CHANGE_STALE */
    const char *old_query;   /* as the catalog shows it; NULL when it was not asked for */
    bool old_is_doubtful;    /* it may hold a secret value that the config does not know: see remembered.h */
    const char *new_query;   /* as the catalog would show it; NULL when it was not asked for */
};

struct changes {
    struct change *items; /* by the config's order; what is stale comes last */
    size_t count;
    size_t same;
    bool *is_same; /* of each view of the config */
};

/* How well to look at views that are on both sides. */
enum changes_depth {
    CHANGES_BY_NAME, /* not at all: a view of the name is the view */
    /*
     * By what duckalog remembers of its statements, which takes next to no time. That someone else replaced a view is
     * only seen in a catalog of at most CHANGES_FEW views.
     */
    CHANGES_BY_FINGERPRINT,
    CHANGES_BY_DEFINITION, /* by each definition: 0.1 ms a view */
    CHANGES_WITH_QUERIES   /* the same, with the queries of both sides in the result */
};

enum { CHANGES_FEW = 100 };

/*
 * Compares the restoration's config with its inventory. All that is found lives as long as the inventory. Has to be asked
 * before anything is attached.
 */
duckalog_status changes_find(const struct restoration *restoration, enum changes_depth depth,
                             struct changes *ret_changes);

/* Does a statement of the config name the view, so that it may be the one that makes it? */
bool changes_is_made_by_config(const struct duckalog_config *config, const char *name);

#endif
