/*
 * Calls about files that fail in turn. Those that take away or close are left out: what they fail to take away stays.
 */
#define _GNU_SOURCE

#include "failing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A call with its parameters, and with its arguments; what it returns when it fails, and why. */
#define FAIL_IN_TURN(type, name, parameters, arguments, failure, reason)                                               \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters                                                                                      \
    {                                                                                                                  \
        if (!failing_now(FILE_CALLS, #name))                                                                           \
            return __real_##name arguments;                                                                            \
        errno = reason;                                                                                                \
        return failure;                                                                                                \
    }

FAIL_IN_TURN(ssize_t, read, (int file, void *data, size_t length), (file, data, length), -1, EIO)
FAIL_IN_TURN(int, stat, (const char *path, struct stat *ret_status), (path, ret_status), -1, EIO)
FAIL_IN_TURN(int, lstat, (const char *path, struct stat *ret_status), (path, ret_status), -1, EIO)
FAIL_IN_TURN(int, fstat, (int file, struct stat *ret_status), (file, ret_status), -1, EIO)
FAIL_IN_TURN(int, mkdir, (const char *path, mode_t rights), (path, rights), -1, ENOSPC)
FAIL_IN_TURN(int, access, (const char *path, int mode), (path, mode), -1, EIO)
FAIL_IN_TURN(int, link, (const char *from, const char *to), (from, to), -1, ENOSPC)
FAIL_IN_TURN(int, renameat2, (int from_folder, const char *from, int to_folder, const char *to, unsigned flags),
             (from_folder, from, to_folder, to, flags), -1, ENOSPC)
FAIL_IN_TURN(DIR *, opendir, (const char *path), (path), NULL, EMFILE)
FAIL_IN_TURN(struct dirent *, readdir, (DIR * folder), (folder), NULL, EIO)
FAIL_IN_TURN(char *, realpath, (const char *path, char *ret_path), (path, ret_path), NULL, EIO)
FAIL_IN_TURN(char *, getcwd, (char *ret_path, size_t size), (ret_path, size), NULL, EIO)
FAIL_IN_TURN(ssize_t, readlink, (const char *path, char *ret_target, size_t size), (path, ret_target, size), -1, EIO)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t rights = 0;

    va_start(arguments, flags);
    if ((flags & O_CREAT) != 0)
        rights = va_arg(arguments, mode_t);
    va_end(arguments);
    if (!failing_now(FILE_CALLS, "open"))
        return __real_open(path, flags, rights);
    errno = EMFILE;
    return -1;
}

/* Of the locks only; other uses are not the library's. */
int __real_fcntl(int file, int command, ...);
int __wrap_fcntl(int file, int command, ...);
int __wrap_fcntl(int file, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (!failing_now(FILE_CALLS, "fcntl"))
        return __real_fcntl(file, command, argument);
    errno = ENOLCK;
    return -1;
}
