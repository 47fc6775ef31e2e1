/*
 * Maps: uthash over memory of an arena.
 */

#include "base/map.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

/* A full machine is an error to report, never an exit(): uthash then leaves the entry out. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->refused = true)
#define uthash_malloc(size) arena_alloc(map->arena, (size))
#define uthash_free(memory, size) ((void)(memory))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <uthash.h>

struct entry {
    const char *name; /* folded, when the map ignores case */
    void *object;
    bool refused;
    UT_hash_handle hh;
};

struct map {
    struct arena *arena;
    enum map_names names;
    struct entry *entries;
};

struct map *map_create(struct arena *arena, enum map_names names)
{
    struct map *map = arena_alloc(arena, sizeof(*map));

    if (map != NULL) {
        map->arena = arena;
        map->names = names;
    }
    return map;
}

static void fold(char *name)
{
    for (; *name != '\0'; name++)
        *name = ascii_lower(*name);
}

bool map_add(struct map *map, const char *name, void *object)
{
    struct entry *entry;

    if (map_find(map, name) != NULL)
        return true;
    entry = arena_alloc(map->arena, sizeof(*entry));
    if (entry == NULL)
        return false;
    entry->name = name;
    if (map->names == MAP_IGNORING_CASE) {
        char *folded = arena_string(map->arena, name);

        if (folded == NULL)
            return false;
        fold(folded);
        entry->name = folded;
    }
    entry->object = object;
    HASH_ADD_KEYPTR(hh, map->entries, entry->name, strlen(entry->name), entry);
    return !entry->refused;
}

static struct entry *find_entry(const struct map *map, const char *name)
{
    char folded[256];
    const char *key = name;
    size_t length = strlen(name);
    struct entry *entry = NULL;

    if (map->names == MAP_IGNORING_CASE && length >= sizeof(folded)) {
        /* A name this long is rare enough to be looked for one by one. */
        for (entry = map->entries; entry != NULL; entry = entry->hh.next)
            if (equal_ignoring_case(entry->name, name))
                return entry;
        return NULL;
    }
    if (map->names == MAP_IGNORING_CASE) {
        memcpy(folded, name, length + 1);
        fold(folded);
        key = folded;
    }
    HASH_FIND(hh, map->entries, key, length, entry);
    return entry;
}

void *map_find(const struct map *map, const char *name)
{
    const struct entry *entry = find_entry(map, name);

    return entry == NULL ? NULL : entry->object;
}

bool map_set(struct map *map, const char *name, void *object)
{
    struct entry *entry = find_entry(map, name);

    if (entry == NULL)
        return map_add(map, name, object);
    entry->object = object;
    return true;
}

#pragma GCC diagnostic pop
