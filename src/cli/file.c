/*
 * Files that the program writes.
 */

#include "cli/file.h"

#include "base/text.h"
#include "cli/print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_write_all(int file, const char *chars, size_t left)
{
    while (left > 0) {
        ssize_t count = write(file, chars, left);

        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            chars += count;
            left -= (size_t)count;
        }
    }
    return true;
}

static mode_t usual_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

#define ENDING ".XXXXXX"

static int cant_write(const char *path)
{
    print_error(NULL, NULL, "%s can't be written: %s", path, strerror(errno));
    return exit_code_of(DUCKALOG_USAGE);
}

static void forget(struct file_part *part)
{
    free(part->real);
    free(part->part);
    *part = (struct file_part){ .path = part->path };
}

/* A new file beside the one that it will replace. */
static bool make_part(struct file_part *part, mode_t mode)
{
    size_t size = strlen(part->real) + sizeof(ENDING);
    int file;
    bool good;

    part->part = malloc(size);
    if (part->part == NULL)
        return false;
    snprintf(part->part, size, "%s" ENDING, part->real);
    file = mkstemp(part->part); /* 0600 */
    if (file < 0)
        return false;
    good = fchmod(file, mode) == 0;
    good = close(file) == 0 && good;
    if (!good)
        unlink(part->part);
    return good;
}

/* `mode`: of the file; 0: as the one that is replaced has it, or as is usual. False with errno set. */
static bool begin(struct file_part *part, const char *path, mode_t mode)
{
    struct stat status;
    bool exists = stat(path, &status) == 0;

    *part = (struct file_part){ .path = path };
    if (exists && !S_ISREG(status.st_mode)) {
        part->part = strdup(path);
        return part->part != NULL;
    }
    if (mode == 0)
        mode = exists ? status.st_mode & 0777 : usual_mode();
    /* What a link leads to is replaced, not the link. */
    part->real = exists ? realpath(path, NULL) : strdup(path);
    if (part->real != NULL && make_part(part, mode))
        return true;
    forget(part);
    return false;
}

int file_begin(struct file_part *part, const char *path)
{
    return begin(part, path, 0) ? 0 : cant_write(path);
}

/* On the disk before it is in place: a machine that stops now leaves the one or the other. */
static bool put_in_place(const struct file_part *part)
{
    int file = open(part->part, O_RDONLY | O_CLOEXEC);
    bool good = file >= 0 && fsync(file) == 0;

    if (file >= 0)
        close(file);
    return good && rename(part->part, part->real) == 0;
}

int file_end(struct file_part *part, bool is_good)
{
    int code = 0;

    if (part->real != NULL && is_good && !put_in_place(part)) {
        code = cant_write(part->path);
        is_good = false;
    }
    if (part->real != NULL && !is_good)
        unlink(part->part);
    forget(part);
    return code;
}

static bool write_part(const char *part, const char *content)
{
    int file = open(part, O_WRONLY | O_CLOEXEC);
    bool good = file >= 0 && file_write_all(file, content, strlen(content));

    if (file >= 0)
        good = close(file) == 0 && good;
    return good;
}

int file_write(const char *path, const char *content, bool is_private)
{
    struct file_part part;
    int code = 0;

    if (!begin(&part, path, is_private ? 0600 : 0))
        return cant_write(path);
    if (!write_part(part.part, content))
        code = cant_write(path);
    return file_end(&part, code == 0) != 0 ? exit_code_of(DUCKALOG_USAGE) : code;
}

bool file_holds(const char *path, const char *content)
{
    size_t left = strlen(content);
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    bool same = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == (off_t)left;
    char chars[4096];

    while (same && left > 0) {
        ssize_t count = read(file, chars, sizeof(chars));

        if (count < 0 && errno == EINTR)
            continue;
        same = count > 0 && (size_t)count <= left && memcmp(chars, content, (size_t)count) == 0;
        if (same) {
            content += count;
            left -= (size_t)count;
        }
    }
    if (file >= 0)
        close(file);
    return same;
}

int file_make_folders(const char *path)
{
    struct text folder = text_on_heap();
    int code = 0;

    for (const char *slash = strchr(path + 1, '/'); slash != NULL && code == 0; slash = strchr(slash + 1, '/')) {
        text_free(&folder);
        text_add_length(&folder, path, (size_t)(slash - path));
        if (text_string(&folder) == NULL)
            code = exit_code_of(DUCKALOG_NOMEM);
        else if (mkdir(text_string(&folder), 0777) != 0 && errno != EEXIST) {
            print_error(NULL, NULL, "the folder %s can't be made: %s", text_string(&folder), strerror(errno));
            code = exit_code_of(DUCKALOG_USAGE);
        }
    }
    text_free(&folder);
    return code;
}
