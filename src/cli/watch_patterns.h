#ifndef DUCKALOG_CLI_WATCH_PATTERNS_H
#define DUCKALOG_CLI_WATCH_PATTERNS_H

/*
 * Patterns of imports, for a watch: the folders in which they may match a file, now or later.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct map;
struct watched_folders;

struct watched_patterns {
    struct arena *arena;
    struct map *known;
    const char **items; /* absolute */
    size_t count;
};

/* False when there is no memory, as below. */
bool watch_patterns_begin(struct arena *arena, struct watched_patterns *ret_patterns);

/* The folder in which the wildcards of an absolute pattern begin. NULL: no memory. */
const char *watch_patterns_top(struct arena *arena, const char *pattern);

/* One more, with its folders. */
bool watch_patterns_add(struct watched_patterns *patterns, struct watched_folders *folders, const char *pattern);

/* Adds the folders that there are by now. */
bool watch_patterns_look(const struct watched_patterns *patterns, struct watched_folders *folders);

/* May what is at the path be a file that one of them matches, or a folder with such files? */
bool watch_patterns_concern(const struct watched_patterns *patterns, const char *path, bool is_folder);

#endif
