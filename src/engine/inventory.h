#ifndef DUCKALOG_ENGINE_INVENTORY_H
#define DUCKALOG_ENGINE_INVENTORY_H

/*
 * The inventory: the views and tables that a catalog's file holds, as they were before anything was done to it.
 */

#include "engine/remembered.h"
#include "engine/restore.h"

struct map;

struct catalog_object {
    const char *schema;
    const char *name;
    bool is_view;        /* else a table */
    bool is_wanted;      /* the config has a view of this name */
    const char *created; /* of a view, when definitions were asked for: the CREATE VIEW that DuckDB shows */
};

struct inventory {
    struct arena *arena;
    struct map *objects; /* "schema"."name" → struct catalog_object */
    struct catalog_object **items;
    size_t count;
    struct catalog_object **found; /* for each view of the config what has its name, or NULL: inventory_match() */
    bool has_definitions;
    struct remembered remembered; /* of the views, from when they were made */
    struct remembered next;       /* what is to be remembered from now on */
};

/* An empty one, to be filled. NULL, or false: no memory. */
struct inventory *inventory_create(void);
bool inventory_add(struct inventory *inventory, const char *schema, const char *name, bool is_view);

/* Asks for the definitions of the views as well, if they are not there yet. It takes DuckDB 10 µs for each view. */
duckalog_status inventory_take_definitions(const struct restoration *restoration);

/* Looks up the views of the config. */
duckalog_status inventory_match(const struct restoration *restoration);

/* Reports something of a view, also before there is a plan. */
void inventory_report(struct restoration *restoration, const struct view *view, duckalog_severity severity,
                      const char *code, const char *hint, const char *problem);

/* The quoted name by which objects are found. NULL: no memory. */
const char *inventory_key(struct arena *arena, const char *schema, const char *name);

#endif
