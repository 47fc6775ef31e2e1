#include "cli/watch_files.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "cli/paths.h"
#include "config/config.h"
#include "config/imports.h"
#include "config/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct folder {
    const char *path;
    int watch; /* of inotify; -1: it is not there */
};

struct watched_files {
    struct arena *arena;
    struct map *paths; /* of the files, and the links that lead to them */
    size_t count;      /* of files */
    struct folder *folders;
    size_t folder_count;
    int notifier;
};

static const uint32_t EVENTS =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

struct watched_files *watch_files_begin(void)
{
    struct watched_files *files = calloc(1, sizeof(*files));

    if (files == NULL)
        return NULL;
    files->notifier = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    files->arena = files->notifier < 0 ? NULL : arena_create(ARENA_PLAIN);
    files->paths = files->arena == NULL ? NULL : map_create(files->arena, MAP_EXACT);
    if (files->paths != NULL)
        return files;
    watch_files_end(files);
    return NULL;
}

void watch_files_end(struct watched_files *files)
{
    if (files == NULL)
        return;
    if (files->notifier >= 0)
        close(files->notifier);
    arena_destroy(files->arena);
    free(files);
}

/* ---- what is watched ---- */

static bool add_folder(struct watched_files *files, const char *path)
{
    struct folder *folders;

    for (size_t i = 0; i < files->folder_count; i++)
        if (strcmp(files->folders[i].path, path) == 0)
            return true;
    folders = arena_extend(files->arena, files->folders, files->folder_count, sizeof(*folders));
    if (folders == NULL)
        return false;
    files->folders = folders;
    folders[files->folder_count++] = (struct folder){ path, inotify_add_watch(files->notifier, path, EVENTS) };
    return true;
}

static bool add_path(struct watched_files *files, const char *path)
{
    const char *kept = arena_string(files->arena, path);
    const char *folder = kept == NULL ? NULL : path_directory(files->arena, kept);

    return folder != NULL && map_add(files->paths, kept, files) && add_folder(files, folder);
}

bool watch_files_add(struct watched_files *files, const char *path)
{
    char real[PATH_MAX];

    if (map_find(files->paths, path) != NULL)
        return true;
    files->count++;
    /* Where a link leads to, the file itself may change too. */
    return add_path(files, path) && (realpath(path, real) == NULL || add_path(files, real));
}

static bool is_read(const struct shown_path *path)
{
    return path->section == SECTION_SQL_FILES || path->section == SECTION_IMPORTS ||
           path->section == SECTION_ENV_FILES || (path->section == SECTION_NESTED && strcmp(path->kind, "config") == 0);
}

/* Imports that are there are among the paths; a pattern may match more tomorrow, and a missing file come. */
static bool add_imports(struct watched_files *files, struct arena *arena, const struct config_file *file)
{
    for (size_t i = 0; i < file->import_count; i++) {
        const char *path = path_resolve_file(arena, file->import_directory, file->imports[i].written);
        char *folder = path == NULL ? NULL : arena_copy(arena, path, strcspn(path, "*?["));
        char *slash = folder == NULL ? NULL : strrchr(folder, '/');

        if (slash == NULL)
            continue;
        *slash = '\0';
        if (!add_folder(files, arena_string(files->arena, *folder == '\0' ? "/" : folder)))
            return false;
    }
    return true;
}

/* A file that is named but not there would be read once it is. */
static bool add_env_files(struct watched_files *files, struct arena *arena, const struct duckalog_config *config)
{
    for (size_t i = 0; i < config->root.env_files.count; i++) {
        const char *path = path_resolve_file(arena, config->source.directory, config->root.env_files.items[i]);

        if (path == NULL || !add_path(files, path))
            return false;
    }
    return true;
}

static bool add_one_config(struct watched_files *files, struct arena *arena, const struct duckalog_config *config)
{
    struct shown_paths paths = { NULL, 0 };

    /* One with errors may lack what every good one has. */
    if (config->root.duckdb != NULL && !paths_collect(arena, config, &paths))
        return false;
    for (size_t i = 0; i < paths.count; i++)
        if (is_read(&paths.items[i]) && !watch_files_add(files, paths.items[i].resolved))
            return false;
    for (size_t i = 0; i < config->files.count; i++)
        if (!add_imports(files, arena, config->files.items[i]))
            return false;
    return add_env_files(files, arena, config);
}

static bool add_configs(struct watched_files *files, struct arena *arena, const struct duckalog_config *config)
{
    if (!add_one_config(files, arena, config))
        return false;
    for (size_t i = 0; i < config->nested_count; i++)
        if (config->nested[i].config != NULL && !add_configs(files, arena, config->nested[i].config))
            return false;
    return true;
}

bool watch_files_add_config(struct watched_files *files, const struct duckalog_config *config)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    bool good = arena != NULL && add_configs(files, arena, config);

    arena_destroy(arena);
    return good;
}

/* ---- what happens ---- */

int watch_files_descriptor(const struct watched_files *files)
{
    return files->notifier;
}

/* Of files that are not known yet: imports by a pattern, .env files further up, the links of a Kubernetes volume. */
static bool may_be_of_config(const char *name)
{
    static const char *const endings[] = { ".yaml", ".yml", ".json" };
    const char *ending = strrchr(name, '.');

    for (size_t i = 0; ending != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (equal_ignoring_case(ending, endings[i]))
            return true;
    return starts_with(name, ".env") || strcmp(name, "..data") == 0;
}

static bool is_of_config(const struct watched_files *files, const struct folder *folder, const char *name)
{
    struct text path = text_on_heap();
    bool known;

    text_format(&path, "%s/%s", strcmp(folder->path, "/") == 0 ? "" : folder->path, name);
    known = text_string(&path) == NULL || map_find(files->paths, text_string(&path)) != NULL;
    text_free(&path);
    return known || may_be_of_config(name);
}

/* Several paths may be one folder, and have one watch then. */
static bool take_in(struct watched_files *files, const struct inotify_event *event)
{
    bool counts = (event->mask & IN_Q_OVERFLOW) != 0;

    for (size_t i = 0; i < files->folder_count; i++) {
        struct folder *folder = &files->folders[i];

        if (folder->watch != event->wd)
            continue;
        if ((event->mask & IN_MOVE_SELF) != 0)
            inotify_rm_watch(files->notifier, folder->watch);
        if ((event->mask & (IN_IGNORED | IN_MOVE_SELF)) != 0)
            folder->watch = -1;
        counts = counts || (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0 ||
                 (event->len > 0 && is_of_config(files, folder, event->name));
    }
    return counts;
}

bool watch_files_have_changed(struct watched_files *files)
{
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    bool changed = false;
    ssize_t length;

    while ((length = read(files->notifier, buffer, sizeof(buffer))) > 0)
        for (ssize_t at = 0; at < length;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);

            if (take_in(files, event))
                changed = true;
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    return changed;
}

bool watch_files_find_folders(struct watched_files *files)
{
    bool found = false;

    for (size_t i = 0; i < files->folder_count; i++)
        if (files->folders[i].watch < 0) {
            files->folders[i].watch = inotify_add_watch(files->notifier, files->folders[i].path, EVENTS);
            found = found || files->folders[i].watch >= 0;
        }
    return found;
}

bool watch_files_lack_folders(const struct watched_files *files)
{
    for (size_t i = 0; i < files->folder_count; i++)
        if (files->folders[i].watch < 0)
            return true;
    return false;
}

size_t watch_files_count(const struct watched_files *files)
{
    return files->count;
}
