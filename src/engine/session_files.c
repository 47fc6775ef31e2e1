#include "engine/session_files.h"

#include "base/arena.h"
#include "base/text.h"
#include "engine/birth.h"
#include "engine/files.h"
#include "engine/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct made_folder {
    const char *path;
    struct made_folder *before;
};

struct made_file {
    const char *path;
    struct stat status; /* when it was made */
    bool is_sqlite;
    struct made_file *before;
};

/* ---- folders ---- */

/* There is memory for remembering it before it is made, so that it can be taken away again. */
static duckalog_status make_folder(struct session *session, const char *path, struct text *problem)
{
    struct made_folder *folder = arena_alloc(session->arena, sizeof(*folder));
    const char *kept = arena_string(session->arena, path);
    int error;

    if (folder == NULL || kept == NULL)
        return DUCKALOG_NOMEM;
    if (mkdir(path, 0777) == 0) {
        *folder = (struct made_folder){ .path = kept, .before = session->made_folders };
        session->made_folders = folder;
        return DUCKALOG_OK;
    }
    error = errno;
    if (error != EEXIST && error != EISDIR && access(path, F_OK) != 0) {
        text_format(problem, "the folder %s can't be created: %s", path, strerror(error));
        return DUCKALOG_DATABASE_INVALID;
    }
    return DUCKALOG_OK;
}

duckalog_status session_make_folders(struct session *session, struct text *problem)
{
    char *path = arena_string(session->arena, session->path);
    duckalog_status status = path == NULL ? DUCKALOG_NOMEM : DUCKALOG_OK;

    for (char *slash = path == NULL ? NULL : strchr(path + 1, '/'); slash != NULL && status == DUCKALOG_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_folder(session, path, problem);
        *slash = '/';
    }
    return status;
}

void session_remove_folders(struct session *session)
{
    for (struct made_folder *folder = session->made_folders; folder != NULL; folder = folder->before)
        if (rmdir(folder->path) != 0)
            return;
}

/* ---- files ---- */

static bool remember_file(struct session *session, const struct made_file *file)
{
    struct made_file *made = arena_alloc(session->arena, sizeof(*made));
    const char *path = arena_string(session->arena, file->path);

    if (made == NULL || path == NULL)
        return false;
    *made = *file;
    made->path = path;
    made->before = session->made_files;
    session->made_files = made;
    return true;
}

bool session_answer_for(struct session *session, const char *path, bool *ret_made)
{
    struct made_file file = { .path = path };

    *ret_made = lstat(path, &file.status) == 0 && S_ISREG(file.status.st_mode) &&
                file.status.st_size <= FIRST_HEADERS && !files_have_log(path) && files_have_descriptor(&file.status);
    return !*ret_made || remember_file(session, &file);
}

/* With the rights that SQLite gives. Nobody has it open yet, so that closing it costs no lock (files.h). */
bool session_make_sqlite_file(struct session *session, const char *path)
{
    struct made_file made = { .path = path, .is_sqlite = true };
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool good = file >= 0 && fstat(file, &made.status) == 0;

    if (file >= 0)
        close(file);
    if (good && !remember_file(session, &made)) {
        unlink(path);
        errno = ENOMEM;
        good = false;
    }
    return good;
}

/*
 * Taken away while DuckDB holds its lock: once that is gone, another process may build its own catalog at this path. On a
 * SQLite file nobody holds a lock for long, and the inode of one that was removed is used again: with something in it, it
 * is another's.
 */
static void remove_file(const struct made_file *file)
{
    struct stat now;
    bool is_there = lstat(file->path, &now) == 0 && files_are_same(&now, &file->status);

    if (file->is_sqlite) {
        if (is_there && now.st_size == 0)
            unlink(file->path);
    } else if (is_there) {
        unlink(file->path);
        remove_logs(file->path);
    } else
        remove_own_logs(file->path);
}

void session_remove_last_file(struct session *session)
{
    remove_file(session->made_files);
    session->made_files = session->made_files->before;
}

/* What DuckDB does on closing must not touch files that have come to the paths by then. */
static void write_no_more(struct session *session)
{
    struct text ignored = text_on_heap();

    if (session->connection != NULL)
        session_run(session->connection, "PRAGMA disable_checkpoint_on_shutdown", NULL, 0, &ignored);
    text_free(&ignored);
}

void session_remove_files(struct session *session)
{
    if (session->made_files != NULL)
        write_no_more(session);
    while (session->made_files != NULL)
        session_remove_last_file(session);
}
