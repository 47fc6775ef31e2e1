#include "cli/watch_folders.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITING_MS = 3000 }; /* then a file counts, whether it is closed or not */

struct folder {
    const char *path;
    int watch; /* of inotify; -1: it is not there */
};

/* A file that was created, and is not closed yet. */
struct begun {
    char *path;
    double since_ms;
};

struct watched_folders {
    struct arena *arena;
    struct map *known; /* paths of the folders */
    struct folder *items;
    size_t count;
    struct begun *begun;
    size_t begun_count;
    int notifier;
};

static const uint32_t EVENTS =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

struct watched_folders *watch_folders_begin(void)
{
    struct watched_folders *folders = calloc(1, sizeof(*folders));

    if (folders == NULL)
        return NULL;
    folders->notifier = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    folders->arena = folders->notifier < 0 ? NULL : arena_create(ARENA_PLAIN);
    folders->known = folders->arena == NULL ? NULL : map_create(folders->arena, MAP_EXACT);
    if (folders->known != NULL)
        return folders;
    watch_folders_end(folders);
    return NULL;
}

void watch_folders_end(struct watched_folders *folders)
{
    if (folders == NULL)
        return;
    if (folders->notifier >= 0)
        close(folders->notifier);
    for (size_t i = 0; i < folders->begun_count; i++)
        free(folders->begun[i].path);
    free(folders->begun);
    arena_destroy(folders->arena);
    free(folders);
}

/* ---- what is watched ---- */

static int watch_folder(const struct watched_folders *folders, const char *path)
{
    return inotify_add_watch(folders->notifier, path, EVENTS);
}

bool watch_folders_add(struct watched_folders *folders, const char *path)
{
    struct folder *items;
    const char *kept;

    if (map_find(folders->known, path) != NULL)
        return true;
    kept = arena_string(folders->arena, path);
    items = arena_extend(folders->arena, folders->items, folders->count, sizeof(*items));
    if (kept == NULL || items == NULL || !map_add(folders->known, kept, folders))
        return false;
    folders->items = items;
    items[folders->count++] = (struct folder){ kept, watch_folder(folders, kept) };
    return true;
}

/* Several paths may be one folder, and have one watch then. */
static bool is_used(const struct watched_folders *folders, int watch)
{
    for (size_t i = 0; i < folders->count; i++)
        if (folders->items[i].watch == watch)
            return true;
    return false;
}

void watch_folders_renew(struct watched_folders *folders)
{
    for (size_t i = 0; i < folders->count; i++) {
        int before = folders->items[i].watch;

        folders->items[i].watch = watch_folder(folders, folders->items[i].path);
        if (before >= 0 && before != folders->items[i].watch && !is_used(folders, before))
            inotify_rm_watch(folders->notifier, before);
    }
}

bool watch_folders_find(struct watched_folders *folders)
{
    bool found = false;

    for (size_t i = 0; i < folders->count; i++)
        if (folders->items[i].watch < 0) {
            folders->items[i].watch = watch_folder(folders, folders->items[i].path);
            found = found || folders->items[i].watch >= 0;
        }
    return found;
}

bool watch_folders_lack_any(const struct watched_folders *folders)
{
    return is_used(folders, -1);
}

int watch_folders_descriptor(const struct watched_folders *folders)
{
    return folders->notifier;
}

/* ---- files that are being written ---- */

static void forget_begun(struct watched_folders *folders, size_t index)
{
    free(folders->begun[index].path);
    folders->begun[index] = folders->begun[--folders->begun_count];
}

static void end_writing(struct watched_folders *folders, const char *path)
{
    for (size_t i = 0; i < folders->begun_count; i++)
        if (strcmp(folders->begun[i].path, path) == 0)
            forget_begun(folders, i--);
}

/* False when there is no memory. */
static bool begin_writing(struct watched_folders *folders, const char *path)
{
    struct begun *begun = realloc(folders->begun, (folders->begun_count + 1) * sizeof(*begun));
    char *kept = strdup(path);

    if (begun != NULL)
        folders->begun = begun;
    if (begun == NULL || kept == NULL) {
        free(kept);
        return false;
    }
    begun[folders->begun_count++] = (struct begun){ kept, clock_ms() };
    return true;
}

/* True when there was one that takes too long. */
static bool lose_patience(struct watched_folders *folders)
{
    double since_ms = clock_ms() - WRITING_MS;
    bool lost = false;

    for (size_t i = 0; i < folders->begun_count; i++)
        if (folders->begun[i].since_ms < since_ms) {
            forget_begun(folders, i--);
            lost = true;
        }
    return lost;
}

bool watch_folders_are_written(const struct watched_folders *folders)
{
    return folders->begun_count > 0;
}

/* ---- what happens ---- */

static bool is_folder(const struct inotify_event *event, const char *path)
{
    struct stat status;

    return (event->mask & IN_ISDIR) != 0 || (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

/* A further hard link is whole, and a symbolic one too. */
static bool is_to_be_written(const struct inotify_event *event, const char *path)
{
    struct stat status;

    return (event->mask & IN_CREATE) != 0 && lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_nlink == 1;
}

/* Does it count now? */
static bool take_in_file(struct watched_folders *folders, const struct folder *folder,
                         const struct inotify_event *event, watch_folders_question counts, void *user)
{
    struct text text = text_on_heap();
    const char *path;
    bool result = true; /* without memory, rather once too often */

    text_format(&text, "%s/%s", strcmp(folder->path, "/") == 0 ? "" : folder->path, event->name);
    path = text_string(&text);
    if (path != NULL) {
        end_writing(folders, path);
        result = counts(path, is_folder(event, path), user) &&
                 !(is_to_be_written(event, path) && begin_writing(folders, path));
    }
    text_free(&text);
    return result;
}

static bool take_in(struct watched_folders *folders, const struct inotify_event *event, watch_folders_question counts,
                    void *user)
{
    bool result = (event->mask & IN_Q_OVERFLOW) != 0;

    for (size_t i = 0; i < folders->count; i++) {
        struct folder *folder = &folders->items[i];

        if (folder->watch != event->wd)
            continue;
        if ((event->mask & IN_MOVE_SELF) != 0)
            inotify_rm_watch(folders->notifier, folder->watch);
        if ((event->mask & (IN_IGNORED | IN_MOVE_SELF)) != 0)
            folder->watch = -1;
        if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0 ||
            (event->len > 0 && take_in_file(folders, folder, event, counts, user)))
            result = true;
    }
    return result;
}

bool watch_folders_have_changed(struct watched_folders *folders, watch_folders_question counts, void *user)
{
    _Alignas(struct inotify_event) char buffer[16 * 1024];
    bool changed = false;
    ssize_t length;

    while ((length = read(folders->notifier, buffer, sizeof(buffer))) > 0)
        for (ssize_t at = 0; at < length;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);

            if (take_in(folders, event, counts, user))
                changed = true;
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    return lose_patience(folders) || changed;
}
