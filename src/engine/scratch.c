#include "engine/scratch.h"

#include "base/arena.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PREFIX "duckalog-export-"
#define UNIQUE "XXXXXX"
#define INNER "catalog" /* the folder of the database: DuckDB's own lock on it is another one than ours */
#define KEPT "kept"     /* beside it, when it is to stay */

enum { MOST_TRIES = 20, DEEPEST = 16, LITTLE = 1024 * 1024 };

static const char *parent_folder(void)
{
    const char *named = getenv("TMPDIR");

    return named != NULL && *named == '/' ? named : "/tmp";
}

/* ---- taking away ---- */

/* Empties a folder; links are not followed. errno says what was in the way. Takes the descriptor over. */
static bool empty_folder(int folder, int depth)
{
    DIR *entries = fdopendir(folder);
    const struct dirent *entry;
    bool is_empty = true;

    if (entries == NULL) {
        close(folder);
        return false;
    }
    while ((entry = readdir(entries)) != NULL) {
        int inner;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            unlinkat(folder, entry->d_name, 0) == 0)
            continue;
        inner = depth == 0 ? -1 : openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        is_empty = inner >= 0 && empty_folder(inner, depth - 1) && unlinkat(folder, entry->d_name, AT_REMOVEDIR) == 0 &&
                   is_empty;
    }
    closedir(entries);
    return is_empty;
}

static bool remove_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_empty = folder >= 0 && empty_folder(folder, DEEPEST);
    int problem = errno;

    if (rmdir(path) == 0)
        return true;
    if (!is_empty)
        errno = problem;
    return false;
}

/* Is it one of this user's, which nobody uses any more? Who holds the lock does. */
static bool is_left_behind(int folder)
{
    struct stat status;

    return fstat(folder, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 077) == 0 &&
           flock(folder, LOCK_EX | LOCK_NB) == 0 && faccessat(folder, KEPT, F_OK, 0) != 0;
}

static void sweep(struct arena *arena, const char *parent)
{
    DIR *entries = opendir(parent);
    const struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        const char *path;
        int folder;

        if (!starts_with(entry->d_name, PREFIX) || strlen(entry->d_name) != strlen(PREFIX UNIQUE))
            continue;
        folder = openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder < 0)
            continue;
        path = is_left_behind(folder) ? arena_format(arena, "%s/%s", parent, entry->d_name) : NULL;
        if (path != NULL)
            (void)remove_folder(path);
        close(folder);
    }
    if (entries != NULL)
        closedir(entries);
}

/* ---- making ---- */

/*
 * Between the making and the lock another process may take it for one that was left behind, and away. Where there are no
 * such locks, on a file system of a server for one, nobody takes any.
 */
static bool lock_folder(const char *path, int *ret_lock)
{
    struct stat opened;
    struct stat named;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_ours;

    if (folder < 0)
        return false;
    is_ours = (flock(folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && fstat(folder, &opened) == 0 &&
              stat(path, &named) == 0 && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
    if (is_ours)
        *ret_lock = folder;
    else
        close(folder);
    return is_ours;
}

static bool make_locked(char *path, int *ret_lock)
{
    size_t unique = strlen(path) - strlen(UNIQUE);

    for (int tries = 0; tries < MOST_TRIES; tries++) {
        memcpy(path + unique, UNIQUE, sizeof(UNIQUE));
        if (mkdtemp(path) == NULL)
            return false;
        if (lock_folder(path, ret_lock))
            return true;
    }
    errno = EAGAIN;
    return false;
}

bool scratch_make(struct arena *arena, const char *name, struct scratch *ret_scratch, struct text *problem)
{
    const char *parent = parent_folder();
    char *folder = arena_format(arena, "%s/" PREFIX UNIQUE, parent);
    const char *inner;

    *ret_scratch = (struct scratch){ .lock = -1 };
    sweep(arena, parent);
    if (folder == NULL || !make_locked(folder, &ret_scratch->lock)) {
        text_format(problem, "no folder can be made in %s: %s", parent, strerror(folder == NULL ? ENOMEM : errno));
        return false;
    }
    ret_scratch->folder = folder;
    inner = arena_format(arena, "%s/" INNER, folder);
    ret_scratch->path = arena_format(arena, "%s/" INNER "/%s", folder, name);
    if (inner != NULL && ret_scratch->path != NULL && mkdir(inner, 0700) == 0)
        return true;
    text_format(problem, "no folder can be made in %s: %s", folder, strerror(errno));
    (void)scratch_remove(ret_scratch, problem);
    return false;
}

bool scratch_has_room(const struct scratch *scratch, uint64_t size, uint64_t *ret_free)
{
    struct statvfs disk;

    if (statvfs(scratch->folder, &disk) != 0)
        return true;
    *ret_free = (uint64_t)disk.f_bavail * disk.f_frsize;
    return *ret_free >= size && *ret_free - size >= LITTLE;
}

/* ---- the end ---- */

static void forget(struct scratch *scratch)
{
    if (scratch->lock >= 0)
        close(scratch->lock);
    *scratch = (struct scratch){ .lock = -1 };
}

bool scratch_remove(struct scratch *scratch, struct text *problem)
{
    bool is_gone = scratch->folder == NULL || remove_folder(scratch->folder);

    if (!is_gone)
        text_add(problem, strerror(errno));
    forget(scratch);
    return is_gone;
}

void scratch_keep(struct scratch *scratch)
{
    int mark = scratch->lock < 0 ? -1 : openat(scratch->lock, KEPT, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (mark >= 0)
        close(mark);
    forget(scratch);
}
