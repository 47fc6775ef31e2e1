#include "engine/session_files.h"

#include "base/arena.h"
#include "base/text.h"
#include "engine/birth.h"
#include "engine/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct created_path {
    const char *path;
    struct created_path *before;
};

/* What will be made is remembered first, so that it can be taken away again. NULL: no memory. */
static struct created_path *remember_path(struct session *session, struct created_path **paths, const char *path)
{
    struct created_path *created = arena_alloc(session->arena, sizeof(*created));
    const char *kept = arena_string(session->arena, path);

    if (created == NULL || kept == NULL)
        return NULL;
    *created = (struct created_path){ .path = kept, .before = *paths };
    *paths = created;
    return created;
}

bool session_answer_for(struct session *session, const char *path)
{
    return remember_path(session, &session->created_files, path) != NULL;
}

static duckalog_status create_folder(struct session *session, const char *path, struct text *problem)
{
    struct created_path *folder = remember_path(session, &session->created_folders, path);

    if (folder == NULL)
        return DUCKALOG_NOMEM;
    if (mkdir(path, 0777) == 0)
        return DUCKALOG_OK;
    session->created_folders = folder->before;
    if (errno != EEXIST && errno != EISDIR && access(path, F_OK) != 0) {
        text_format(problem, "the folder %s can't be created: %s", path, strerror(errno));
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
        status = create_folder(session, path, problem);
        *slash = '/';
    }
    return status;
}

void session_remove_folders(struct session *session)
{
    for (struct created_path *folder = session->created_folders; folder != NULL; folder = folder->before)
        if (rmdir(folder->path) != 0)
            return;
}

/*
 * Taken away while DuckDB holds its lock: once that is gone, another process may build its own catalog at this path.
 */
static void remove_file(const char *path)
{
    unlink(path);
    remove_logs(path);
}

/* What DuckDB does on closing must not touch files that have come to the paths by then. */
static void write_no_more(struct session *session)
{
    struct text ignored = text_on_heap();

    if (session->connection != NULL)
        session_run(session->connection, "PRAGMA disable_checkpoint_on_shutdown", NULL, 0, &ignored);
    text_free(&ignored);
}

/*
 * What a failed opening left behind, on a full disk for one. No lock is held then, so it is only removed when no other
 * process holds one, and nothing but DuckDB's first headers is in it.
 */
static void remove_unborn_file(struct session *session)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct stat status;
    int file = open(session->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (file < 0)
        return;
    if (fcntl(file, F_SETLK, &lock) == 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size <= FIRST_HEADERS)
        unlink(session->path);
    close(file);
}

void session_remove_files(struct session *session)
{
    bool is_ours = session->is_file && session->is_new;

    if (is_ours || session->created_files != NULL)
        write_no_more(session);
    for (struct created_path *file = session->created_files; file != NULL; file = file->before)
        remove_file(file->path);
    if (is_ours && session->database != NULL)
        remove_file(session->path);
    else if (is_ours)
        remove_unborn_file(session);
}
