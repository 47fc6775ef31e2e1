/*
 * For LD_PRELOAD: counts what the program does to the files below a folder, and at the nth time something happens to it:
 * it is killed, or the disk is full from then on. With tests/functional/test_kills.py and test_machine_limits.py.
 *
 *     STOP_AT_FOLDER  only files below it count
 *     STOP_AT_TRACE   a line for each time, as in "12 pwrite catalog.duckdb"; not below the folder
 *     STOP_AT         the number; without it all is only counted
 *     STOP_AT_MODE    before, after: killed there; torn: killed with half of the data written; full: no space from there on
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The C library calls its parameters __file and the like.
   NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
#define EXPORT __attribute__((visibility("default")))

enum { MOST_FILES = 4096 };

enum mode { BEFORE, AFTER, TORN, FULL };

static atomic_int count;
static atomic_bool watched[MOST_FILES]; /* by descriptor: a file below the folder, open for writing */
static atomic_bool written[MOST_FILES];

/* ---- what is watched ---- */

/* Absolute, without a slash at its end. */
static const char *folder(void)
{
    static const char *found;

    if (found == NULL)
        found = getenv("STOP_AT_FOLDER") != NULL ? getenv("STOP_AT_FOLDER") : "";
    return found;
}

static bool is_below(const char *path)
{
    size_t length = strlen(folder());
    char here[PATH_MAX];

    if (length == 0 || path == NULL)
        return false;
    if (*path != '/')
        return getcwd(here, sizeof(here)) != NULL && strncmp(here, folder(), length) == 0;
    return strncmp(path, folder(), length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool is_watched(int file)
{
    return file >= 0 && file < MOST_FILES && watched[file];
}

/* ---- what happens ---- */

static enum mode mode(void)
{
    const char *name = getenv("STOP_AT_MODE");

    if (name == NULL || strcmp(name, "before") == 0)
        return BEFORE;
    return strcmp(name, "after") == 0 ? AFTER : strcmp(name, "torn") == 0 ? TORN : FULL;
}

static int stop_at(void)
{
    const char *number = getenv("STOP_AT");

    return number == NULL ? 0 : (int)strtol(number, NULL, 10);
}

static void trace(int number, const char *call, const char *path)
{
    const char *name = getenv("STOP_AT_TRACE");
    char line[PATH_MAX + 64];
    int file;
    int length;

    if (name == NULL)
        return;
    length = snprintf(line, sizeof(line), "%d %s %s\n", number, call, path);
    file = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file >= 0) {
        syscall(SYS_write, file, line, length);
        syscall(SYS_close, file);
    }
}

static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

enum turn { GO_ON, DIE_AFTER, TEAR, FAIL };

/* One more time: what is to be done with it. */
static enum turn take_turn(const char *call, const char *path, bool writes)
{
    int number = atomic_fetch_add(&count, 1) + 1;
    int at = stop_at();

    trace(number, call, path);
    if (at == 0 || number < at)
        return GO_ON;
    if (mode() == FULL)
        return writes ? FAIL : GO_ON;
    if (number > at)
        return GO_ON;
    if (mode() == AFTER)
        return DIE_AFTER;
    if (mode() == TORN && writes)
        return TEAR;
    die();
    return GO_ON;
}

static enum turn take_turn_of_file(const char *call, int file, bool writes)
{
    char link[64];
    char path[PATH_MAX];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof(path) - 1);
    path[length < 0 ? 0 : length] = '\0';
    return take_turn(call, path, writes);
}

/* ---- opening and closing ---- */

static int opened(int file, const char *path, int flags)
{
    if (file >= 0 && file < MOST_FILES) {
        watched[file] = (flags & O_ACCMODE) != O_RDONLY && is_below(path);
        written[file] = false;
    }
    return file;
}

static int open_watched(const char *call, const char *path, int flags, mode_t rights)
{
    enum turn turn = GO_ON;
    int file;

    if ((flags & (O_CREAT | O_TRUNC)) != 0 && is_below(path))
        turn = take_turn(call, path, (flags & O_CREAT) != 0 && access(path, F_OK) != 0);
    if (turn == FAIL) {
        errno = ENOSPC;
        return -1;
    }
    file = opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, rights), path, flags);
    if (turn == DIE_AFTER || turn == TEAR)
        die();
    return file;
}

static mode_t rights_of(int flags, va_list arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                                                                                     \
    EXPORT int name(const char *path, int flags, ...)                                                                  \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        mode_t rights;                                                                                                 \
                                                                                                                       \
        va_start(arguments, flags);                                                                                    \
        rights = rights_of(flags, arguments);                                                                          \
        va_end(arguments);                                                                                             \
        return open_watched(#name, path, flags, rights);                                                               \
    }

OPEN(open)
OPEN(open64)

EXPORT int close(int file)
{
    enum turn turn = GO_ON;
    int result;

    if (is_watched(file) && written[file])
        turn = take_turn_of_file("close", file, false);
    if (file >= 0 && file < MOST_FILES)
        watched[file] = false;
    result = (int)syscall(SYS_close, file);
    if (turn == DIE_AFTER)
        die();
    return result;
}

/* ---- writing ---- */

static ssize_t write_watched(const char *call, int file, const struct iovec *data, off_t offset)
{
    enum turn turn = is_watched(file) ? take_turn_of_file(call, file, true) : GO_ON;
    size_t length = turn == TEAR ? data->iov_len / 2 : data->iov_len;
    ssize_t result;

    if (turn == FAIL) {
        errno = ENOSPC;
        return -1;
    }
    result = offset < 0 ? syscall(SYS_write, file, data->iov_base, length)
                        : syscall(SYS_pwrite64, file, data->iov_base, length, offset);
    if (turn != GO_ON)
        die();
    if (is_watched(file))
        written[file] = true;
    return result;
}

EXPORT ssize_t write(int file, const void *data, size_t length)
{
    return write_watched("write", file, &(struct iovec){ (void *)data, length }, -1);
}

EXPORT ssize_t pwrite(int file, const void *data, size_t length, off_t offset)
{
    return write_watched("pwrite", file, &(struct iovec){ (void *)data, length }, offset);
}

EXPORT ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset)
{
    return write_watched("pwrite64", file, &(struct iovec){ (void *)data, length }, offset);
}

EXPORT ssize_t writev(int file, const struct iovec *data, int pieces)
{
    enum turn turn = is_watched(file) ? take_turn_of_file("writev", file, true) : GO_ON;
    ssize_t result;

    if (turn == FAIL) {
        errno = ENOSPC;
        return -1;
    }
    result = syscall(SYS_writev, file, data, turn == TEAR ? pieces / 2 : pieces);
    if (turn != GO_ON)
        die();
    if (is_watched(file))
        written[file] = true;
    return result;
}

/* A change of a file that is open; `makes_larger` needs space. */
static int change_file(const char *call, int file, long number, long argument, bool makes_larger)
{
    enum turn turn = is_watched(file) ? take_turn_of_file(call, file, makes_larger) : GO_ON;
    int result;

    if (turn == FAIL) {
        errno = ENOSPC;
        return -1;
    }
    result = (int)syscall(number, file, argument);
    if (turn != GO_ON)
        die();
    return result;
}

EXPORT int fsync(int file)
{
    return change_file("fsync", file, SYS_fsync, 0, false);
}

EXPORT int fdatasync(int file)
{
    return change_file("fdatasync", file, SYS_fdatasync, 0, false);
}

EXPORT int ftruncate(int file, off_t length)
{
    return change_file("ftruncate", file, SYS_ftruncate, length, false);
}

EXPORT int ftruncate64(int file, off64_t length)
{
    return change_file("ftruncate64", file, SYS_ftruncate, length, false);
}

/* ---- names ---- */

struct request {
    const char *call;
    const char *path;
    long number;
    long arguments[5];
    bool makes;
};

static int change_name(struct request request)
{
    enum turn turn = is_below(request.path) ? take_turn(request.call, request.path, request.makes) : GO_ON;
    const long *arguments = request.arguments;
    int result;

    if (turn == FAIL) {
        errno = ENOSPC;
        return -1;
    }
    result = (int)syscall(request.number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
    if (turn != GO_ON)
        die();
    return result;
}

EXPORT int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return change_name((struct request){
        "renameat2", to, SYS_renameat2, { from_folder, (long)from, to_folder, (long)to, (long)flags } });
}

EXPORT int rename(const char *from, const char *to)
{
    return change_name((struct request){ "rename", to, SYS_renameat2, { AT_FDCWD, (long)from, AT_FDCWD, (long)to } });
}

EXPORT int link(const char *from, const char *to)
{
    return change_name(
        (struct request){ "link", to, SYS_linkat, { AT_FDCWD, (long)from, AT_FDCWD, (long)to }, .makes = true });
}

EXPORT int unlink(const char *path)
{
    return change_name((struct request){ "unlink", path, SYS_unlinkat, { AT_FDCWD, (long)path } });
}

EXPORT int rmdir(const char *path)
{
    return change_name((struct request){ "rmdir", path, SYS_unlinkat, { AT_FDCWD, (long)path, AT_REMOVEDIR } });
}

EXPORT int remove(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) ? rmdir(path) : unlink(path);
}

EXPORT int mkdir(const char *path, mode_t rights)
{
    return change_name(
        (struct request){ "mkdir", path, SYS_mkdirat, { AT_FDCWD, (long)path, (long)rights }, .makes = true });
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
