#include "cli/watch_files.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "cli/paths.h"
#include "cli/watch_folders.h"
#include "cli/watch_patterns.h"
#include "config/config.h"
#include "config/environment.h"
#include "config/glob.h"
#include "config/imports.h"
#include "config/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_LINKS = 40 }; /* on one way, as the system has it */

struct watched_files {
    struct arena *arena;
    struct map *paths;  /* that count: of the files, and the links that lead to them */
    struct map *is_way; /* the same as `ways` */
    const char **ways;  /* paths as they are written, over links or not */
    size_t way_count;
    struct watched_patterns patterns;
    struct watched_folders *folders;
    size_t count; /* of files */
};

struct watched_files *watch_files_begin(void)
{
    struct watched_files *files = calloc(1, sizeof(*files));

    if (files == NULL)
        return NULL;
    files->folders = watch_folders_begin();
    files->arena = files->folders == NULL ? NULL : arena_create(ARENA_PLAIN);
    if (files->arena != NULL) {
        files->paths = map_create(files->arena, MAP_EXACT);
        files->is_way = map_create(files->arena, MAP_EXACT);
        if (files->paths != NULL && files->is_way != NULL && watch_patterns_begin(files->arena, &files->patterns))
            return files;
    }
    watch_files_end(files);
    return NULL;
}

void watch_files_end(struct watched_files *files)
{
    if (files == NULL)
        return;
    watch_folders_end(files->folders);
    arena_destroy(files->arena);
    free(files);
}

/* ---- files, and the links that lead to them ---- */

/* Without links before its last part; that may be one. */
static bool add_path(struct watched_files *files, struct arena *scratch, const char *path)
{
    const char *name = strrchr(path, '/');
    const char *folder = path_directory(scratch, path);
    const char *key = folder == NULL || name == NULL
                          ? NULL
                          : arena_format(scratch, "%s%s", strcmp(folder, "/") == 0 ? "" : folder, name);

    if (key == NULL)
        return false;
    if (map_find(files->paths, key) == NULL) {
        key = arena_string(files->arena, key);
        if (key == NULL || !map_add(files->paths, key, files))
            return false;
    }
    return watch_folders_add(files->folders, folder);
}

/* The first link on the way, and where the way leads with it followed; NULL: there is none, or no memory. */
static const char *first_link(struct arena *scratch, const char *path, const char **ret_beyond)
{
    size_t length = 0;

    while (path[length] != '\0') {
        char target[PATH_MAX];
        const char *part;
        ssize_t size;

        length += strspn(path + length, "/");
        length += strcspn(path + length, "/");
        part = arena_copy(scratch, path, length);
        size = part == NULL ? -1 : readlink(part, target, sizeof(target));
        if (size <= 0 || (size_t)size >= sizeof(target))
            continue;
        *ret_beyond = *target == '/' ? arena_format(scratch, "%.*s%s", (int)size, target, path + length)
                                     : arena_format(scratch, "%.*s/%.*s%s", (int)(strrchr(part, '/') - part), part,
                                                    (int)size, target, path + length);
        return part;
    }
    return NULL;
}

static bool follow_way(struct watched_files *files, const char *path)
{
    struct arena *scratch = arena_create(ARENA_PLAIN);
    bool good = scratch != NULL;

    for (int links = 0; good && links < MOST_LINKS; links++) {
        const char *beyond = NULL;
        const char *link = first_link(scratch, path, &beyond);

        if (link == NULL)
            break;
        good = beyond != NULL && add_path(files, scratch, link);
        path = beyond;
    }
    good = good && add_path(files, scratch, path) && !arena_failed(scratch);
    arena_destroy(scratch);
    return good;
}

static bool add_way(struct watched_files *files, const char *path)
{
    const char **ways;
    const char *kept;

    if (map_find(files->is_way, path) != NULL)
        return true;
    kept = arena_string(files->arena, path);
    ways = arena_extend(files->arena, files->ways, files->way_count, sizeof(const char *));
    if (kept == NULL || ways == NULL || !map_add(files->is_way, kept, files))
        return false;
    files->ways = ways;
    ways[files->way_count++] = kept;
    return follow_way(files, kept);
}

bool watch_files_add(struct watched_files *files, const char *path)
{
    files->count += map_find(files->is_way, path) == NULL;
    return add_way(files, path);
}

bool watch_files_look_again(struct watched_files *files)
{
    bool good = true;

    for (size_t i = 0; i < files->way_count && good; i++)
        good = follow_way(files, files->ways[i]);
    watch_folders_renew(files->folders);
    return good && watch_patterns_look(&files->patterns, files->folders);
}

/* ---- what a config is made of ---- */

static bool is_read(const struct shown_path *path)
{
    return path->section == SECTION_SQL_FILES || path->section == SECTION_IMPORTS ||
           path->section == SECTION_ENV_FILES || (path->section == SECTION_NESTED && strcmp(path->kind, "config") == 0);
}

/* A pattern may match more tomorrow; on the way to where its wildcards begin there may be links as well. */
static bool add_pattern(struct watched_files *files, struct arena *arena, const char *pattern)
{
    const char *top = watch_patterns_top(arena, pattern);

    return top != NULL && (strcmp(top, "/") == 0 || add_way(files, top)) &&
           watch_patterns_add(&files->patterns, files->folders, pattern);
}

/* A file that is missing may come. */
static bool add_import(struct watched_files *files, struct arena *arena, const struct import_edge *edge)
{
    if (edge->found != NULL && path_kind(edge->found) == PATH_LOCAL && !add_way(files, edge->found))
        return false;
    if (edge->searched == NULL || path_kind(edge->searched) != PATH_LOCAL || !glob_is_pattern(edge->searched))
        return true;
    return add_pattern(files, arena, edge->searched);
}

static bool add_imports(struct watched_files *files, struct arena *arena, const struct config_file *file)
{
    for (size_t i = 0; i < file->import_count; i++)
        if (!add_import(files, arena, &file->imports[i]))
            return false;
    return true;
}

static bool add_env_file(struct watched_files *files, struct arena *arena, const char *folder, const char *name,
                         bool is_first)
{
    const char *path = path_resolve(arena, folder, name);
    const char *directory = path == NULL ? NULL : path_directory(arena, path);

    if (path == NULL || *path != '/')
        return path != NULL;
    if (directory == NULL)
        return false;
    /* A folder that is not there is looked for again and again: of those further up that is not worth it. */
    return (!is_first && access(directory, F_OK) != 0) || add_way(files, path);
}

/* One that is named but not there would be read once it is, from the config's folder or one further up. */
static bool add_env_files(struct watched_files *files, struct arena *arena, const struct duckalog_config *config)
{
    const struct texts *names = &config->root.env_files;
    const char *start = path_resolve(arena, config->source.directory, ".");
    char *folder = start == NULL ? NULL : arena_string(arena, start);
    bool good = folder != NULL;

    for (size_t i = 0; good && i < ENVIRONMENT_FOLDERS && *folder == '/'; i++) {
        for (size_t n = 0; n < names->count && good; n++)
            good = names->items[n] == NULL || add_env_file(files, arena, folder, names->items[n], i == 0);
        if (folder[1] == '\0')
            break;
        *strrchr(folder, '/') = '\0';
        if (*folder == '\0')
            folder = arena_string(arena, "/");
        good = good && folder != NULL;
    }
    return good;
}

static bool add_one_config(struct watched_files *files, struct arena *arena, const struct duckalog_config *config)
{
    struct shown_paths paths;

    if (!paths_collect(arena, config, &paths))
        return false;
    for (size_t i = 0; i < paths.count; i++)
        if (is_read(&paths.items[i]) && path_kind(paths.items[i].resolved) == PATH_LOCAL &&
            !watch_files_add(files, paths.items[i].resolved))
            return false;
    for (size_t i = 0; i < config->files.count; i++)
        if (!add_imports(files, arena, config->files.items[i]))
            return false;
    return add_env_files(files, arena, config);
}

/* A catalog that several attach has one config: it is looked at once. */
static bool add_configs(struct watched_files *files, struct arena *arena, struct map *seen,
                        const struct duckalog_config *config)
{
    const char *key = arena_format(arena, "%p", (const void *)config);

    if (key != NULL && map_find(seen, key) != NULL)
        return true;
    if (key == NULL || !map_add(seen, key, files) || !add_one_config(files, arena, config))
        return false;
    for (size_t i = 0; i < config->nested_count; i++) {
        const struct nested_catalog *nested = &config->nested[i];
        const struct duckalog_config *child = nested->config != NULL ? nested->config : nested->incomplete;

        if (child != NULL && !add_configs(files, arena, seen, child))
            return false;
    }
    return true;
}

bool watch_files_add_config(struct watched_files *files, const struct duckalog_config *config)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct map *seen = arena == NULL ? NULL : map_create(arena, MAP_EXACT);
    bool good = seen != NULL && add_configs(files, arena, seen, config);

    arena_destroy(arena);
    return good;
}

/* ---- what happens ---- */

static bool counts(const char *path, bool is_folder, void *user)
{
    const struct watched_files *files = user;

    return map_find(files->paths, path) != NULL || watch_patterns_concern(&files->patterns, path, is_folder);
}

bool watch_files_have_changed(struct watched_files *files)
{
    return watch_folders_have_changed(files->folders, counts, files);
}

bool watch_files_are_written(const struct watched_files *files)
{
    return watch_folders_are_written(files->folders);
}

bool watch_files_find_folders(struct watched_files *files)
{
    return watch_folders_find(files->folders);
}

bool watch_files_lack_folders(const struct watched_files *files)
{
    return watch_folders_lack_any(files->folders);
}

int watch_files_descriptor(const struct watched_files *files)
{
    return watch_folders_descriptor(files->folders);
}

size_t watch_files_count(const struct watched_files *files)
{
    return files->count;
}
