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

static int begin(struct file_part *part, const char *path, mode_t mode)
{
    struct stat status;
    bool exists = stat(path, &status) == 0;
    int file;

    *part = (struct file_part){ .path = path };
    if (exists && !S_ISREG(status.st_mode)) {
        part->part = strdup(path);
        return part->part != NULL ? 0 : exit_code_of(DUCKALOG_NOMEM);
    }
    /* What a link leads to is replaced, not the link. */
    part->real = exists ? realpath(path, NULL) : strdup(path);
    part->part = part->real == NULL ? NULL : malloc(strlen(part->real) + sizeof(ENDING));
    if (part->part == NULL) {
        free(part->real);
        return exit_code_of(DUCKALOG_NOMEM);
    }
    snprintf(part->part, strlen(part->real) + sizeof(ENDING), "%s" ENDING, part->real);
    file = mkstemp(part->part); /* 0600 */
    if (file >= 0 &&
        fchmod(file, mode != 0 ? mode
                     : exists  ? status.st_mode & 0777
                               : usual_mode()) == 0 &&
        close(file) == 0)
        return 0;
    if (file >= 0)
        unlink(part->part);
    free(part->real);
    free(part->part);
    return cant_write(path);
}

int file_begin(struct file_part *part, const char *path)
{
    return begin(part, path, 0);
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
    free(part->real);
    free(part->part);
    return code;
}

int file_write(const char *path, const char *content, bool is_private)
{
    struct file_part part;
    int code = begin(&part, path, is_private ? 0600 : 0);
    int file;
    bool good;

    if (code != 0)
        return code;
    file = open(part.part, O_WRONLY | O_CLOEXEC);
    good = file >= 0 && file_write_all(file, content, strlen(content));
    if (!good)
        code = cant_write(path);
    if (file >= 0 && close(file) != 0 && good) {
        code = cant_write(path);
        good = false;
    }
    if (file_end(&part, good) != 0)
        code = exit_code_of(DUCKALOG_USAGE);
    return code;
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
