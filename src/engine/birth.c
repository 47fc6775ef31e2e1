/*
 * The birth of a database file. DuckDB makes it in five steps, and whoever is killed between them leaves a file that
 * nobody can open any more. So DuckDB makes it under another name, and while it still holds its lock on it the file gets
 * the right one. What a killed process left under the first name is taken away by the next.
 *
 * DuckDB locks a file only after it has decided whether to make it anew. A process that is held up in between would write
 * the first headers over a catalog that others have made and filled meanwhile. So one process at a time is at a birth in a
 * folder: it has a lock on the folder itself.
 */

#define _GNU_SOURCE /* renameat2 */

#include "engine/birth.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/files.h"
#include "engine/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".duckalog-new"

/* A birth takes a few milliseconds: who is at it for so long was stopped. */
#define LONGEST_BIRTH_MS 3000

enum { MOST_TRIES = 20, PAUSE_MS = 2 };

/* As far as it goes, the file begins as DuckDB's first header does, after a checksum. */
static bool begins_as_database(int file)
{
    char start[12];
    ssize_t length = pread(file, start, sizeof(start), 0);

    return length >= 0 && (length < (ssize_t)sizeof(start) || memcmp(start + 8, "DUCK", 4) == 0);
}

/* False: a file of this name is none of ours. One that is locked is for DuckDB to tell of. */
static bool clear_remains(const char *name, bool has_to_begin_as_database)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct stat opened;
    struct stat named;
    bool may_go_on;
    int file = open(name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

    if (file < 0)
        return errno == ENOENT;
    may_go_on = fstat(file, &opened) == 0 && S_ISREG(opened.st_mode) && opened.st_size <= FIRST_HEADERS &&
                (!has_to_begin_as_database || begins_as_database(file));
    if (may_go_on && fcntl(file, F_SETLK, &lock) == 0 && lstat(name, &named) == 0 && files_are_same(&named, &opened))
        may_go_on = unlink(name) == 0;
    close(file);
    return may_go_on;
}

void birth_remove_failed(const char *path)
{
    clear_remains(path, true);
}

/* Never onto a file that is there. File systems that can't be told so may know hard links. */
static bool give_name(const char *name, const char *path)
{
    if (renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return true;
    if ((errno != EINVAL && errno != ENOSYS) || link(name, path) != 0) {
        int problem = errno;

        unlink(name);
        errno = problem;
        return false;
    }
    unlink(name);
    return true;
}

static void remove_logs_if(const char *path, bool has_to_be_open)
{
    static const char *const endings[] = { ".wal", ".wal.checkpoint", ".wal.recovery" };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct text log = text_on_heap();
        struct stat status;

        text_format(&log, "%s%s", path, endings[i]);
        if (text_string(&log) != NULL &&
            (!has_to_be_open || (lstat(text_string(&log), &status) == 0 && files_surely_have_descriptor(&status))))
            unlink(text_string(&log));
        text_free(&log);
    }
}

void remove_logs(const char *path)
{
    remove_logs_if(path, false);
}

void remove_own_logs(const char *path)
{
    remove_logs_if(path, true);
}

/*
 * With DuckDB's lock on what it opened: if the name leads there, nobody else can do anything with it, or give any other
 * file the path. The log of a catalog that is gone would be taken for that of the new one.
 */
static duckalog_status move_in(const char *name, const char *path, bool *ret_made)
{
    struct stat named;

    if (stat(name, &named) != 0 || !files_have_descriptor(&named))
        return DUCKALOG_UNAVAILABLE;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        remove_logs(path);
    *ret_made = give_name(name, path);
    return *ret_made || errno == EEXIST ? DUCKALOG_OK : DUCKALOG_ENGINE;
}

/* DuckDB did not open it: someone has it, or has made it but not locked it yet, or no file can be made here. */
static duckalog_status tell_failure(const char *name, const char *message, struct text *problem)
{
    duckalog_status status = status_of_error(DUCKDB_ERROR_INVALID, message);

    if (status == DUCKALOG_LOCKED) {
        session_add_lock_problem(problem, message);
        return status;
    }
    if (strstr(message, "not a valid DuckDB database file") != NULL)
        return DUCKALOG_UNAVAILABLE;
    clear_remains(name, false);
    return DUCKALOG_ENGINE;
}

/* DUCKALOG_UNAVAILABLE: another process was at it in between, so that the next try may do. */
static duckalog_status make(const char *name, const char *path, bool *ret_made, struct text *problem)
{
    duckdb_database database = NULL;
    char *message = NULL;
    duckalog_status status;

    if (!clear_remains(name, false))
        return DUCKALOG_ENGINE;
    if (duckdb_open_ext(name, &database, NULL, &message) == DuckDBSuccess) {
        status = move_in(name, path, ret_made);
        duckdb_close(&database);
    } else
        status = tell_failure(name, message != NULL ? message : "", problem);
    duckdb_free(message);
    return status;
}

/* DUCKALOG_UNAVAILABLE: others, who have no lock on the folder, were always quicker. */
static duckalog_status make_or_find(const char *name, const char *path, bool *ret_made, struct text *problem)
{
    duckalog_status status = DUCKALOG_UNAVAILABLE;

    for (int tries = 0; tries < MOST_TRIES && status == DUCKALOG_UNAVAILABLE; tries++) {
        if (access(path, F_OK) == 0) {
            clear_remains(name, false);
            return DUCKALOG_OK;
        }
        status = make(name, path, ret_made, problem);
    }
    return status;
}

/*
 * `ret_file`: the descriptor with the lock on the folder of the path, or -1 where there can be none: folders that may not
 * be read, file systems that don't know such locks. False: another process has it.
 */
static bool lock_folder(const char *path, int *ret_file)
{
    const char *end = strrchr(path, '/');
    struct text folder = text_on_heap();
    double began_ms = clock_ms();
    bool locked;

    text_add_length(&folder, path, end != NULL ? (size_t)(end + 1 - path) : 0);
    text_add(&folder, ".");
    *ret_file = text_string(&folder) == NULL ? -1 : open(text_string(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text_free(&folder);
    if (*ret_file < 0)
        return true;
    while (!(locked = flock(*ret_file, LOCK_EX | LOCK_NB) == 0) && (errno == EWOULDBLOCK || errno == EINTR) &&
           clock_ms() - began_ms < LONGEST_BIRTH_MS)
        clock_sleep_ms(PAUSE_MS);
    if (!locked) {
        bool is_taken = errno == EWOULDBLOCK;

        close(*ret_file);
        *ret_file = -1;
        return !is_taken;
    }
    return true;
}

duckalog_status birth_of_file(const char *path, bool *ret_made, struct text *problem)
{
    struct text name = text_on_heap();
    duckalog_status status = DUCKALOG_UNAVAILABLE;
    int folder;

    *ret_made = false;
    text_format(&name, "%s" SUFFIX, path);
    if (text_string(&name) == NULL)
        status = DUCKALOG_NOMEM;
    else if (lock_folder(path, &folder)) {
        status = make_or_find(text_string(&name), path, ret_made, problem);
        if (folder >= 0)
            close(folder);
        /* It may have been our descriptor that was one too many. */
        if (folder >= 0 && status == DUCKALOG_ENGINE)
            status = make_or_find(text_string(&name), path, ret_made, problem);
    }
    text_free(&name);
    if (status == DUCKALOG_UNAVAILABLE) {
        text_add(problem, "another process is making it, or has a lock on its folder");
        status = DUCKALOG_LOCKED;
    }
    return status;
}
