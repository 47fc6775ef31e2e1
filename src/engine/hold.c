#include "engine/hold.h"

#include "engine/files.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct held_file {
    struct stat status;
    struct held_file *next;
};

struct hold {
    duckdb_database database;
    bool read_only;
    size_t shares;
    struct held_file *files;
    bool has_own_file;
    struct stat own_file; /* as the session left it */
    bool is_at_rest;      /* see hold_rest() */
    int lock_file;        /* a descriptor of the own file that has a lock on it; -1: DuckDB's has */
    bool is_orphan;       /* its session has ended, others have not */
    struct hold *next;    /* of the orphans */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hold *orphans;

struct hold *hold_create(duckdb_database database, bool read_only)
{
    struct hold *hold = calloc(1, sizeof(*hold));

    if (hold == NULL)
        return NULL;
    hold->database = database;
    hold->read_only = read_only;
    hold->shares = 1;
    hold->lock_file = -1;
    return hold;
}

void hold_share(struct hold *hold)
{
    pthread_mutex_lock(&lock);
    hold->shares++;
    pthread_mutex_unlock(&lock);
}

static void forget_orphan(struct hold *hold)
{
    struct hold **place = &orphans;

    while (*place != NULL && *place != hold)
        place = &(*place)->next;
    if (*place == hold)
        *place = hold->next;
    hold->is_orphan = false;
}

static void remove_all(struct held_file *files)
{
    while (files != NULL) {
        struct held_file *file = files;

        files = file->next;
        files_remove(&file->status);
        free(file);
    }
}

/* The files stay in the list until DuckDB has closed them: their locks are gone only then. */
static void end(struct hold *hold)
{
    duckdb_close(&hold->database);
    if (hold->lock_file >= 0)
        close(hold->lock_file);
    remove_all(hold->files);
    free(hold);
}

void hold_release(struct hold *hold)
{
    bool is_last;

    pthread_mutex_lock(&lock);
    is_last = --hold->shares == 0;
    if (is_last && hold->is_orphan)
        forget_orphan(hold);
    pthread_mutex_unlock(&lock);
    if (is_last)
        end(hold);
}

void hold_leave(struct hold *hold)
{
    bool is_last;

    pthread_mutex_lock(&lock);
    is_last = --hold->shares == 0;
    if (!is_last) {
        hold->is_orphan = true;
        hold->next = orphans;
        orphans = hold;
    }
    pthread_mutex_unlock(&lock);
    if (is_last)
        end(hold);
}

bool hold_is_shared(struct hold *hold)
{
    bool shared;

    pthread_mutex_lock(&lock);
    shared = hold->shares > 1;
    pthread_mutex_unlock(&lock);
    return shared;
}

bool hold_add_file(struct hold *hold, const struct stat *status)
{
    struct held_file *file = malloc(sizeof(*file));

    if (file == NULL || !files_add(status)) {
        free(file);
        return false;
    }
    file->status = *status;
    pthread_mutex_lock(&lock);
    file->next = hold->files;
    hold->files = file;
    pthread_mutex_unlock(&lock);
    return true;
}

bool hold_has_file(struct hold *hold, const struct stat *status)
{
    const struct held_file *file;

    pthread_mutex_lock(&lock);
    for (file = hold->files; file != NULL && !files_are_same(&file->status, status);)
        file = file->next;
    pthread_mutex_unlock(&lock);
    return file != NULL;
}

void hold_remove_file(struct hold *hold, const struct stat *status)
{
    struct held_file **place = &hold->files;
    struct held_file *file;

    pthread_mutex_lock(&lock);
    while (*place != NULL && !files_are_same(&(*place)->status, status))
        place = &(*place)->next;
    file = *place;
    if (file != NULL)
        *place = file->next;
    pthread_mutex_unlock(&lock);
    if (file != NULL)
        files_remove(&file->status);
    free(file);
}

void hold_forget_closed(struct hold *hold)
{
    struct held_file **place = &hold->files;
    struct held_file *closed = NULL;

    pthread_mutex_lock(&lock);
    while (*place != NULL) {
        struct held_file *file = *place;

        if (files_have_descriptor(&file->status))
            place = &file->next;
        else {
            *place = file->next;
            file->next = closed;
            closed = file;
        }
    }
    pthread_mutex_unlock(&lock);
    remove_all(closed);
}

void hold_set_own_file(struct hold *hold, const struct stat *status)
{
    pthread_mutex_lock(&lock);
    hold->own_file = *status;
    hold->has_own_file = true;
    pthread_mutex_unlock(&lock);
}

void hold_look_again(struct hold *hold, const struct stat *status)
{
    pthread_mutex_lock(&lock);
    if (hold->has_own_file && files_are_same(&hold->own_file, status))
        hold->own_file = *status;
    pthread_mutex_unlock(&lock);
}

/* ---- between two sessions ---- */

void hold_rest(struct hold *hold)
{
    pthread_mutex_lock(&lock);
    hold->is_at_rest = true;
    if (hold->has_own_file)
        files_mark_written(&hold->own_file, false);
    pthread_mutex_unlock(&lock);
}

/* With the lock held. What else reads the file in this process must not see it written. */
static struct hold *find_orphan(const struct stat *status, bool read_only)
{
    struct hold *hold = orphans;

    while (hold != NULL && (hold->read_only != read_only || !hold->has_own_file ||
                            !files_are_same(&hold->own_file, status) || (!read_only && files_are_shared(status))))
        hold = hold->next;
    return hold;
}

bool hold_is_left(const struct stat *status)
{
    bool found;

    pthread_mutex_lock(&lock);
    found = find_orphan(status, false) != NULL;
    pthread_mutex_unlock(&lock);
    return found;
}

/*
 * DuckDB's lock is gone when someone in this process has read the file at rest, and closed it. Then another process may
 * have written it: what the database knows of it has to be true still, and has to stay so from now on.
 */
static bool lock_again(struct hold *hold, const char *path)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct stat now;

    if (hold->lock_file < 0)
        hold->lock_file = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (hold->lock_file < 0)
        return false;
    if (fcntl(hold->lock_file, F_SETLK, &whole) == 0 && fstat(hold->lock_file, &now) == 0 &&
        files_are_unchanged(&now, &hold->own_file) && !files_have_log(path)) {
        files_mark_written(&now, true);
        hold->is_at_rest = false;
        return true;
    }
    close(hold->lock_file);
    hold->lock_file = -1;
    return false;
}

struct hold *hold_take_over(const char *path, const struct stat *status, bool read_only)
{
    struct hold *found;

    pthread_mutex_lock(&lock);
    found = find_orphan(status, read_only);
    if (found != NULL && found->is_at_rest && !lock_again(found, path))
        found = NULL;
    if (found != NULL) {
        forget_orphan(found);
        found->shares++;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

duckdb_database hold_database(const struct hold *hold)
{
    return hold->database;
}
