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

/* `mode`: of the file that is replaced, or of a new one. */
static bool write_new(char *new_path, const char *content, mode_t mode)
{
    int file = mkstemp(new_path); /* 0600 */
    bool good;

    if (file < 0)
        return false;
    good = fchmod(file, mode) == 0 && file_write_all(file, content, strlen(content)) && fsync(file) == 0;
    return close(file) == 0 && good;
}

int file_write(const char *path, const char *content, bool is_private)
{
    struct text new_path = text_on_heap();
    /* What a link leads to is replaced, not the link. */
    char *real = realpath(path, NULL);
    struct stat status;
    bool exists = stat(path, &status) == 0;
    mode_t mode = is_private ? 0600 : exists ? status.st_mode & 0777 : usual_mode();
    bool good;

    text_format(&new_path, "%s.XXXXXX", real != NULL ? real : path);
    if (text_string(&new_path) == NULL) {
        free(real);
        return exit_code_of(DUCKALOG_NOMEM);
    }
    /* /dev/stdout and the like are written to, not replaced. */
    if (exists && !S_ISREG(status.st_mode)) {
        int file = open(path, O_WRONLY | O_CLOEXEC);

        good = file >= 0 && file_write_all(file, content, strlen(content));
        if (file >= 0)
            good = close(file) == 0 && good;
    } else {
        good = write_new(new_path.chars, content, mode) && rename(new_path.chars, real != NULL ? real : path) == 0;
        if (!good) {
            int cause = errno;

            unlink(new_path.chars);
            errno = cause;
        }
    }
    if (!good)
        print_error(NULL, NULL, "%s can't be written: %s", path, strerror(errno));
    text_free(&new_path);
    free(real);
    return good ? 0 : exit_code_of(DUCKALOG_USAGE);
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
