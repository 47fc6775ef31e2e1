#define _GNU_SOURCE /* statx */
#include "engine/files.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct open_file {
    dev_t device;
    ino_t inode;
    bool is_written;
    bool is_sqlite;
    struct open_file *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER; /* taken before the other one */
static struct open_file *files;

bool files_are_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool files_are_unchanged(const struct stat *a, const struct stat *b)
{
    return files_are_same(a, b) && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

struct timespec files_birth(const char *path)
{
    struct timespec born = { 0 };
    struct statx status;

    if (statx(AT_FDCWD, path, 0, STATX_BTIME, &status) == 0 && (status.stx_mask & STATX_BTIME) != 0) {
        born.tv_sec = status.stx_btime.tv_sec;
        born.tv_nsec = status.stx_btime.tv_nsec;
    }
    return born;
}

bool files_have_log(const char *path)
{
    struct text log = text_on_heap();
    bool found;

    text_format(&log, "%s.wal", path);
    found = text_string(&log) == NULL || access(text_string(&log), F_OK) == 0 || errno != ENOENT;
    text_free(&log);
    return found;
}

/* `ret_all_seen`: could all descriptors be looked at, as far as it went? */
static bool find_descriptor(const struct stat *status, bool *ret_all_seen)
{
    DIR *descriptors = opendir("/proc/self/fd");
    struct dirent *entry;
    struct stat open_one;
    bool found = false;
    bool all_seen = descriptors != NULL;

    errno = 0;
    while (descriptors != NULL && !found && (entry = readdir(descriptors)) != NULL) {
        if (fstat((int)strtol(entry->d_name, NULL, 10), &open_one) == 0)
            found = files_are_same(&open_one, status);
        else
            all_seen = all_seen && errno == EBADF;
        errno = 0;
    }
    *ret_all_seen = all_seen && errno == 0;
    if (descriptors != NULL)
        closedir(descriptors);
    return found;
}

bool files_have_descriptor(const struct stat *status)
{
    bool all_seen;

    return find_descriptor(status, &all_seen) || !all_seen;
}

bool files_surely_have_descriptor(const struct stat *status)
{
    bool all_seen;

    return find_descriptor(status, &all_seen);
}

static struct open_file **find_from(struct open_file **place, const struct stat *status)
{
    while (*place != NULL && ((*place)->device != status->st_dev || (*place)->inode != status->st_ino))
        place = &(*place)->next;
    return place;
}

static struct open_file **find(const struct stat *status)
{
    return find_from(&files, status);
}

bool files_are_open(const struct stat *status)
{
    bool found;

    pthread_mutex_lock(&lock);
    found = *find(status) != NULL;
    pthread_mutex_unlock(&lock);
    return found;
}

bool files_are_shared(const struct stat *status)
{
    struct open_file *first;
    bool shared;

    pthread_mutex_lock(&lock);
    first = *find(status);
    shared = first != NULL && *find_from(&first->next, status) != NULL;
    pthread_mutex_unlock(&lock);
    return shared;
}

bool files_are_written(const struct stat *status)
{
    bool written;

    pthread_mutex_lock(&lock);
    written = *find(status) != NULL && (*find(status))->is_written;
    pthread_mutex_unlock(&lock);
    return written;
}

void files_mark_written(const struct stat *status, bool is_written)
{
    pthread_mutex_lock(&lock);
    if (*find(status) != NULL)
        (*find(status))->is_written = is_written;
    pthread_mutex_unlock(&lock);
}

bool files_are_sqlite(const struct stat *status)
{
    bool sqlite;

    pthread_mutex_lock(&lock);
    sqlite = *find(status) != NULL && (*find(status))->is_sqlite;
    pthread_mutex_unlock(&lock);
    return sqlite;
}

void files_mark_sqlite(const struct stat *status)
{
    pthread_mutex_lock(&lock);
    if (*find(status) != NULL)
        (*find(status))->is_sqlite = true;
    pthread_mutex_unlock(&lock);
}

void files_begin_opening(void)
{
    pthread_mutex_lock(&opening);
}

void files_end_opening(void)
{
    pthread_mutex_unlock(&opening);
}

bool files_add(const struct stat *status)
{
    struct open_file *file = malloc(sizeof(*file));

    if (file == NULL)
        return false;
    file->device = status->st_dev;
    file->inode = status->st_ino;
    file->is_written = false;
    file->is_sqlite = false;
    pthread_mutex_lock(&lock);
    file->next = files;
    files = file;
    pthread_mutex_unlock(&lock);
    return true;
}

void files_remove(const struct stat *status)
{
    struct open_file **place;
    struct open_file *file;

    pthread_mutex_lock(&lock);
    place = find(status);
    file = *place;
    if (file != NULL)
        *place = file->next;
    pthread_mutex_unlock(&lock);
    free(file);
}
