#include "engine/files.h"

#include <pthread.h>
#include <stdlib.h>

struct open_file {
    dev_t device;
    ino_t inode;
    struct open_file *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct open_file *files;

static struct open_file **find(const struct stat *status)
{
    struct open_file **place = &files;

    while (*place != NULL && ((*place)->device != status->st_dev || (*place)->inode != status->st_ino))
        place = &(*place)->next;
    return place;
}

bool files_are_open(const struct stat *status)
{
    bool found;

    pthread_mutex_lock(&lock);
    found = *find(status) != NULL;
    pthread_mutex_unlock(&lock);
    return found;
}

bool files_add(const struct stat *status)
{
    struct open_file *file = malloc(sizeof(*file));

    if (file == NULL)
        return false;
    file->device = status->st_dev;
    file->inode = status->st_ino;
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
