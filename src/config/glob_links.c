/*
 * Links that a pattern goes over. What stands before its first wildcard is easily checked; behind it, any name that it
 * matches may be a link that leads elsewhere.
 *
 * This is a walk of its own, as it is DuckDB that will expand the pattern: there a wildcard also stands for a dot at the
 * beginning of a name, and `**` goes through no links to folders.
 */

#include "config/glob.h"

#include "base/arena.h"
#include "config/paths.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

struct walk {
    struct arena *arena;
    const struct roots *roots;
    size_t looked_at;
    const char *outside;
    enum glob_problem problem;
};

/* Has the walk come to its end? */
static bool is_over(const struct walk *walk)
{
    return walk->outside != NULL || walk->problem != GLOB_FINE;
}

static void walk_below(struct walk *walk, const char *folder, const char *rest);

static const char *join(struct walk *walk, const char *folder, const char *name)
{
    const char *path = arena_format(walk->arena, "%s/%s", folder, name);

    if (path == NULL)
        walk->problem = GLOB_NO_MEMORY;
    return path;
}

/* A name that the pattern stands for up to `rest`. */
static void look_at(struct walk *walk, const char *folder, const char *name, const char *rest)
{
    const char *path = join(walk, folder, name);
    struct stat link;
    struct stat status;

    if (path == NULL || lstat(path, &link) != 0 || stat(path, &status) != 0)
        return;
    if (S_ISLNK(link.st_mode) && !roots_hold(walk->roots, path))
        walk->outside = path;
    else if (S_ISDIR(status.st_mode) && *rest != '\0')
        walk_below(walk, path, rest);
}

/* A name in a folder that a `**` has come to: `rest` begins with it. */
static void go_deeper(struct walk *walk, const char *folder, const char *name, const char *rest)
{
    const char *path = join(walk, folder, name);
    struct stat status;

    if (path == NULL || lstat(path, &status) != 0)
        return;
    if (S_ISDIR(status.st_mode))
        walk_below(walk, path, rest);
    else if (strcmp(rest, "**") == 0 && !(stat(path, &status) == 0 && S_ISDIR(status.st_mode)))
        look_at(walk, folder, name, "");
}

/* All names in a folder that the part stands for. */
static void look_at_names(struct walk *walk, const char *folder, const char *part, const char *rest)
{
    DIR *directory = opendir(*folder == '\0' ? "/" : folder);
    bool any_folders = strcmp(part, "**") == 0;
    const struct dirent *entry;

    while (directory != NULL && !is_over(walk) && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (++walk->looked_at > GLOB_MOST_NAMES)
            walk->problem = GLOB_TOO_WIDE;
        else if (any_folders)
            go_deeper(walk, folder, entry->d_name, rest);
        else if (glob_part_matches(part, entry->d_name, true))
            look_at(walk, folder, entry->d_name, rest);
    }
    if (directory != NULL)
        closedir(directory);
}

static void walk_below(struct walk *walk, const char *folder, const char *rest)
{
    size_t length = strcspn(rest, "/");
    const char *part = arena_copy(walk->arena, rest, length);
    const char *after = rest + length + strspn(rest + length, "/");

    if (part == NULL)
        walk->problem = GLOB_NO_MEMORY;
    else if (strcmp(part, "**") == 0) {
        if (*after != '\0')
            walk_below(walk, folder, after);
        look_at_names(walk, folder, part, rest);
    } else if (glob_is_pattern(part))
        look_at_names(walk, folder, part, after);
    else
        look_at(walk, folder, part, after);
}

enum glob_problem glob_leads_out(struct arena *arena, const char *pattern, const struct roots *roots,
                                 const char **ret_outside)
{
    struct walk walk = { .arena = arena_create(ARENA_PLAIN), .roots = roots };
    size_t folder = strcspn(pattern, "*?[");
    const char *start;

    *ret_outside = NULL;
    if (walk.arena == NULL)
        return GLOB_NO_MEMORY;
    while (folder > 0 && pattern[folder] != '/')
        folder--;
    start = arena_copy(walk.arena, pattern, folder);
    if (start == NULL)
        walk.problem = GLOB_NO_MEMORY;
    else if (pattern[folder] == '/')
        walk_below(&walk, start, pattern + folder + 1);
    if (walk.outside != NULL) {
        *ret_outside = arena_string(arena, walk.outside);
        walk.problem = *ret_outside == NULL ? GLOB_NO_MEMORY : GLOB_FINE;
    }
    arena_destroy(walk.arena);
    return walk.problem;
}
