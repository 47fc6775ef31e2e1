#include "cli/watch_patterns.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "cli/watch_folders.h"
#include "config/glob.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* From the folder at hand up to the one where the wildcards begin. */
struct line {
    const struct line *above;
    dev_t device;
    ino_t inode;
};

struct search {
    struct watched_folders *folders;
    struct arena *arena;
};

bool watch_patterns_begin(struct arena *arena, struct watched_patterns *ret_patterns)
{
    *ret_patterns = (struct watched_patterns){ .arena = arena, .known = map_create(arena, MAP_EXACT) };
    return ret_patterns->known != NULL;
}

/* How many characters name the folder where the wildcards begin; there is a slash behind it. */
static size_t length_of_top(const char *pattern)
{
    size_t length = strcspn(pattern, "*?[");

    while (length > 0 && pattern[length - 1] != '/')
        length--;
    return length > 0 ? length - 1 : 0;
}

const char *watch_patterns_top(struct arena *arena, const char *pattern)
{
    size_t length = length_of_top(pattern);

    return length == 0 ? "/" : arena_copy(arena, pattern, length);
}

static bool is_any_depth(const char *rest, size_t length)
{
    return length == 2 && strncmp(rest, "**", 2) == 0;
}

static bool is_in(const struct line *line, const struct stat *status)
{
    for (; line != NULL; line = line->above)
        if (line->device == status->st_dev && line->inode == status->st_ino)
            return true;
    return false;
}

static bool look_into(struct search *search, const char *folder, const char *rest, const struct line *above);

/* The subfolders that the next part of the pattern stands for; with `**` that part stays for those below them. */
static bool look_below(struct search *search, const char *folder, const char *rest, size_t length,
                       const struct line *line)
{
    bool any_depth = is_any_depth(rest, length);
    const char *part = arena_copy(search->arena, rest, length);
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    bool good = part != NULL;

    while (good && directory != NULL && (entry = readdir(directory)) != NULL) {
        const char *below;

        if (entry->d_type == DT_REG || *entry->d_name == '.' ||
            (!any_depth && !glob_part_matches(part, entry->d_name, false)))
            continue;
        below = arena_format(search->arena, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, entry->d_name);
        good = below != NULL && look_into(search, below, any_depth ? rest : rest + length + 1, line);
    }
    if (directory != NULL)
        closedir(directory);
    return good;
}

/* A link may lead into a folder that it is in: then there is nothing new. */
static bool look_into(struct search *search, const char *folder, const char *rest, const struct line *above)
{
    size_t length = strcspn(rest, "/");
    struct line line = { .above = above };
    struct stat status;

    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode) || is_in(above, &status))
        return true;
    line.device = status.st_dev;
    line.inode = status.st_ino;
    if (!watch_folders_add(search->folders, folder))
        return false;
    if (is_any_depth(rest, length) && rest[length] == '/' && !look_into(search, folder, rest + length + 1, above))
        return false;
    return (rest[length] != '/' && !is_any_depth(rest, length)) || look_below(search, folder, rest, length, &line);
}

static bool look_for_folders(struct watched_folders *folders, const char *pattern)
{
    struct search search = { folders, arena_create(ARENA_PLAIN) };
    const char *rest = pattern + length_of_top(pattern) + 1;
    const char *top = search.arena == NULL ? NULL : watch_patterns_top(search.arena, pattern);
    /* Also when it is not there. */
    bool good = top != NULL && watch_folders_add(folders, top) && look_into(&search, top, rest, NULL);

    arena_destroy(search.arena);
    return good;
}

bool watch_patterns_add(struct watched_patterns *patterns, struct watched_folders *folders, const char *pattern)
{
    const char **items;
    const char *kept;

    if (map_find(patterns->known, pattern) == NULL) {
        kept = arena_string(patterns->arena, pattern);
        items = arena_extend(patterns->arena, patterns->items, patterns->count, sizeof(const char *));
        if (kept == NULL || items == NULL || !map_add(patterns->known, kept, patterns))
            return false;
        patterns->items = items;
        items[patterns->count++] = kept;
    }
    return look_for_folders(folders, pattern);
}

bool watch_patterns_look(const struct watched_patterns *patterns, struct watched_folders *folders)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (!look_for_folders(folders, patterns->items[i]))
            return false;
    return true;
}

/* Below the top, and the pattern has more than names of files there. */
static bool may_hold_matches(const char *pattern, const char *folder)
{
    size_t length = length_of_top(pattern);
    const char *rest = pattern + length + 1;

    return strncmp(folder, pattern, length) == 0 && folder[length] == '/' &&
           (strchr(rest, '/') != NULL || is_any_depth(rest, strlen(rest)));
}

bool watch_patterns_concern(const struct watched_patterns *patterns, const char *path, bool is_folder)
{
    const char *name = strrchr(path, '/');

    for (size_t i = 0; i < patterns->count; i++)
        if (glob_matches(patterns->items[i], path) ||
            (is_folder && name != NULL && name[1] != '.' && may_hold_matches(patterns->items[i], path)))
            return true;
    return false;
}
