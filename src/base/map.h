#ifndef DUCKALOG_BASE_MAP_H
#define DUCKALOG_BASE_MAP_H

/*
 * Maps from names to objects, in an arena. Neither names nor objects are copied.
 */

#include <stdbool.h>

struct arena;
struct map;

enum map_names { MAP_EXACT, MAP_IGNORING_CASE };

/* NULL when there is no memory. */
struct map *map_create(struct arena *arena, enum map_names names);

/* Does nothing when the name is there already. False only when there is no memory. */
bool map_add(struct map *map, const char *name, void *object);

/* Puts the object in the place of one that has the name already. False only when there is no memory. */
bool map_set(struct map *map, const char *name, void *object);

void *map_find(const struct map *map, const char *name);

#endif
