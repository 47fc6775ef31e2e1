#include "engine/hold.h"

#include "engine/files.h"

#include <pthread.h>
#include <stdlib.h>

struct held_file {
    struct stat status;
    struct held_file *next;
};

struct hold {
    duckdb_database database;
    bool read_only;
    size_t shares;
    struct held_file *files; /* the last one added first */
    bool is_orphan;          /* its session has ended, others have not */
    struct hold *next;       /* of the orphans */
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

/* The files stay in the list until DuckDB has closed them: their locks are gone only then. */
static void end(struct hold *hold)
{
    duckdb_close(&hold->database);
    while (hold->files != NULL) {
        struct held_file *file = hold->files;

        hold->files = file->next;
        files_remove(&file->status);
        free(file);
    }
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

/* The catalog's own file, not one that was attached to it; NULL: it is in memory. */
static const struct held_file *first_file(const struct hold *hold)
{
    const struct held_file *file = hold->files;

    while (file != NULL && file->next != NULL)
        file = file->next;
    return file;
}

struct hold *hold_take_over(const struct stat *status, bool read_only)
{
    struct hold *found;

    pthread_mutex_lock(&lock);
    for (found = orphans; found != NULL; found = found->next)
        if (found->read_only == read_only && first_file(found) != NULL &&
            files_are_same(&first_file(found)->status, status))
            break;
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
