#include "config/file.h"

#include "base/arena.h"
#include "config/document.h"
#include "config/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int file, char *chars, size_t length)
{
    while (length > 0) {
        ssize_t count = read(file, chars, length);

        if (count <= 0 && !(count < 0 && errno == EINTR))
            return false;
        if (count > 0) {
            chars += count;
            length -= (size_t)count;
        }
    }
    return true;
}

bool file_is_below(int file, const char *path, const struct roots *roots)
{
    char link[64];
    char real[PATH_MAX];
    struct stat opened;
    struct stat now;
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    length = readlink(link, real, sizeof(real) - 1);
    if (length > 0 && *real == '/') {
        real[length] = '\0';
        return roots_hold_real(roots, real);
    }
    /* Without /proc: is it what the path leads to now? */
    return realpath(path, real) != NULL && fstat(file, &opened) == 0 && stat(real, &now) == 0 &&
           now.st_dev == opened.st_dev && now.st_ino == opened.st_ino && roots_hold_real(roots, real);
}

const char *file_content_keep(struct arena *arena, const char *chars, size_t length, struct file_content *ret_content)
{
    char *copy;

    if (length > DOCUMENT_LARGEST_FILE)
        return FILE_TOO_LARGE;
    copy = arena_alloc(arena, length + 1);
    if (copy == NULL)
        return FILE_NO_MEMORY;
    if (length > 0)
        memcpy(copy, chars, length);
    *ret_content = (struct file_content){ copy, length };
    return NULL;
}

static const char *read_open(struct arena *arena, int file, const char *path, const struct roots *roots,
                             struct file_content *ret_content)
{
    struct stat status;
    char *chars;

    if (fstat(file, &status) != 0)
        return arena_format(arena, "can't be read: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? "is a folder, not a file" : "is not a regular file";
    if (status.st_size > DOCUMENT_LARGEST_FILE)
        return FILE_TOO_LARGE;
    if (roots != NULL && !file_is_below(file, path, roots))
        return FILE_OUTSIDE;
    chars = arena_alloc(arena, (size_t)status.st_size + 1);
    if (chars == NULL)
        return FILE_NO_MEMORY;
    if (!read_all(file, chars, (size_t)status.st_size))
        return "could not be read to its end";
    *ret_content = (struct file_content){ chars, (size_t)status.st_size };
    return NULL;
}

const char *file_read(struct arena *arena, const char *path, const struct roots *roots,
                      struct file_content *ret_content)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const char *problem;

    *ret_content = (struct file_content){ NULL, 0 };
    if (file < 0) {
        problem = arena_format(arena, "can't be read: %s", strerror(errno));
        return problem != NULL ? problem : FILE_NO_MEMORY;
    }
    problem = read_open(arena, file, path, roots, ret_content);
    close(file);
    return problem != NULL || ret_content->chars != NULL ? problem : FILE_NO_MEMORY;
}
