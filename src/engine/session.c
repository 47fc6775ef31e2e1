/*
 * A session: opening a database with care for what is there, and closing it or taking it away again.
 */

#include "engine/session.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/paths.h"
#include "engine/birth.h"
#include "engine/files.h"
#include "engine/hold.h"
#include "engine/session_files.h"
#include "engine/session_hold.h"
#include "plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER_FILE_HINT "the file was left alone; name another one with --db-path"

duckalog_status status_of_error(duckdb_error_type type, const char *message)
{
    if (type == DUCKDB_ERROR_INTERRUPT || strstr(message, "INTERRUPT Error") != NULL)
        return DUCKALOG_INTERRUPTED;
    if (strstr(message, "Could not set lock on file") != NULL)
        return DUCKALOG_LOCKED;
    return DUCKALOG_ENGINE;
}

/* ---- the file ---- */

/*
 * What is at the path, without opening it (files.h). Whether it is a database is for DuckDB to say: while another
 * process makes one, only its lock tells.
 */
static duckalog_status look_at_file(struct session *session, struct text *problem, const char **ret_hint)
{
    struct stat status;

    if (stat(session->path, &status) != 0) {
        struct stat link;

        if (lstat(session->path, &link) == 0 && S_ISLNK(link.st_mode)) {
            text_add(problem, "this is a link to a file that can't be reached");
            return DUCKALOG_DATABASE_INVALID;
        }
        session->is_new = errno == ENOENT || errno == ENOTDIR;
        if (!session->is_new || session->read_only) {
            text_add(problem, strerror(errno));
            *ret_hint = session->is_new ? "run without --read-only to build the catalog" : NULL;
            return session->is_new ? DUCKALOG_DATABASE_NOT_FOUND : DUCKALOG_DATABASE_INVALID;
        }
        return DUCKALOG_OK;
    }
    session->found = status;
    session->found_born = files_birth(session->path);
    if (!S_ISREG(status.st_mode)) {
        text_add(problem, S_ISDIR(status.st_mode) ? "this is a folder" : "this is not a regular file");
        return DUCKALOG_DATABASE_INVALID;
    }
    if (!files_are_open(&status))
        return DUCKALOG_OK;
    session->hold = hold_take_over(session->path, &status, session->read_only);
    if (session->hold != NULL)
        return DUCKALOG_OK;
    text_add(problem, OPEN_HERE);
    *ret_hint = OPEN_HERE_HINT;
    return DUCKALOG_LOCKED;
}

duckalog_status session_keep_file(struct session *session, const char *path, enum file_use use, struct text *problem)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        text_format(problem, "it can't be looked at any more: %s", strerror(errno));
        return DUCKALOG_ENGINE;
    }
    if (!hold_add_file(session->hold, &status))
        return DUCKALOG_NOMEM;
    if (use == FILE_IS_WRITTEN)
        files_mark_written(&status, true);
    if (use == FILE_IS_SQLITE)
        files_mark_sqlite(&status);
    return DUCKALOG_OK;
}

/* ---- opening ---- */

static bool set_option(duckdb_config config, const char *name, const char *value)
{
    return value == NULL || duckdb_set_config(config, name, value) == DuckDBSuccess;
}

/* "Conflicting lock is held in /usr/bin/x (PID 12) by user y. See also https://…": the reader wants who holds it. */
void session_add_lock_problem(struct text *problem, const char *message)
{
    const char *holder = strstr(message, "held in ");
    const char *end = holder == NULL ? NULL : strstr(holder, ")");

    if (end == NULL) {
        text_add(problem, strcmp(message, OPEN_HERE) == 0 ? OPEN_HERE : "another process has it open");
        return;
    }
    holder += strlen("held in ");
    text_add(problem, "another process has it open: ");
    text_add_length(problem, holder, (size_t)(end + 1 - holder));
}

static void add_invalid_problem(struct text *problem, const char *message, const char **ret_hint)
{
    if (strstr(message, "not a valid DuckDB database file") == NULL) {
        text_add(problem, message);
        return;
    }
    text_add(problem, "this is not a DuckDB database");
    *ret_hint = OTHER_FILE_HINT;
}

static const char *extension_directory(const struct session_options *options)
{
    const char *named = getenv("DUCKALOG_EXTENSION_DIRECTORY");

    if (options->extension_directory != NULL)
        return options->extension_directory;
    return named != NULL && *named != '\0' ? named : NULL;
}

static duckalog_status open_database(struct session *session, const struct session_options *options,
                                     struct text *problem, const char **ret_hint)
{
    duckdb_config config = NULL;
    char *message = NULL;
    duckalog_status status = DUCKALOG_OK;

    if (duckdb_create_config(&config) != DuckDBSuccess)
        return DUCKALOG_NOMEM;
    if (!set_option(config, "extension_directory", extension_directory(options)) ||
        !set_option(config, "access_mode", session->read_only && session->is_file ? "READ_ONLY" : NULL))
        status = DUCKALOG_INTERNAL;
    else if (duckdb_open_ext(session->path, &session->database, config, &message) != DuckDBSuccess) {
        const char *told = message == NULL ? "DuckDB can't open it" : message;

        status = status_of_error(DUCKDB_ERROR_INVALID, told);
        if (status == DUCKALOG_LOCKED) {
            session_add_lock_problem(problem, told);
            *ret_hint = SESSION_LOCK_HINT;
        } else {
            add_invalid_problem(problem, told, ret_hint);
            status = DUCKALOG_DATABASE_INVALID;
        }
        session->database = NULL;
    } else {
        session->hold = hold_create(session->database, session->read_only);
        if (session->hold == NULL) {
            duckdb_close(&session->database);
            status = DUCKALOG_NOMEM;
        }
    }
    duckdb_free(message);
    duckdb_destroy_config(&config);
    return status;
}

static duckalog_status connect(struct session *session, const struct session_options *options, struct text *problem,
                               const char **ret_hint)
{
    duckalog_status status;

    if (session->hold != NULL)
        return session_take_over(session, problem);
    status = open_database(session, options, problem, ret_hint);
    if (status == DUCKALOG_OK && duckdb_connect(session->database, &session->connection) != DuckDBSuccess)
        status = DUCKALOG_ENGINE;
    return status;
}

/*
 * A build that fails in another process removes its file: one that was opened just before would be written to no avail.
 * DuckDB does not tell which file it has, so this process's descriptors are looked through.
 */
static bool is_at_its_path(const struct session *session)
{
    struct stat at_path;

    if (stat(session->path, &at_path) != 0)
        return errno != ENOENT;
    return files_have_descriptor(&at_path);
}

static duckalog_status keep_own_file(struct session *session, struct text *problem)
{
    struct stat own;
    duckalog_status status =
        session_keep_file(session, session->path, session->read_only ? FILE_IS_READ : FILE_IS_WRITTEN, problem);

    if (status == DUCKALOG_OK && stat(session->path, &own) == 0)
        hold_set_own_file(session->hold, &own);
    return status;
}

static bool keep_catalog_name(const char *const *columns, size_t count, void *user)
{
    struct session *session = user;

    if (count == 2 && columns[0] != NULL && columns[1] != NULL && strcmp(columns[1], "duckdb") == 0)
        session->catalog = arena_string(session->arena, columns[0]);
    return true;
}

/* DuckDB also opens a SQLite file as if it were a database of its own. */
static duckalog_status ask_for_name(struct session *session, struct text *problem)
{
    duckalog_status status = session_query(session->connection,
                                           "SELECT database_name, type FROM duckdb_databases() "
                                           "WHERE database_name = current_database()",
                                           keep_catalog_name, session, problem);

    if (status != DUCKALOG_OK || session->catalog != NULL || arena_failed(session->arena))
        return arena_failed(session->arena) ? DUCKALOG_NOMEM : status;
    text_add(problem, "this is not a DuckDB database");
    return DUCKALOG_DATABASE_INVALID;
}

/* It was there to be opened, and when DuckDB opened it no more. */
static bool has_gone(const struct session *session, duckalog_status status)
{
    return status == DUCKALOG_DATABASE_INVALID && !session->is_new && access(session->path, F_OK) != 0 &&
           errno == ENOENT;
}

/* Where that can't be done in one step, DuckDB does it in its own way, or tells why it can't. */
static duckalog_status make_file(struct session *session, struct text *problem, const char **ret_hint)
{
    bool made;
    duckalog_status status = birth_of_file(session->path, &made, problem);

    if (status == DUCKALOG_LOCKED) {
        *ret_hint = SESSION_LOCK_HINT;
        return status;
    }
    if (status == DUCKALOG_OK)
        session->is_new = made;
    return DUCKALOG_OK;
}

/* DuckDB has opened something, but not the file at the path. */
static duckalog_status tell_not_open(const struct session *session, struct text *problem, const char **ret_hint)
{
    struct stat now;

    if (stat(session->path, &now) == 0 && files_are_same(&now, &session->found)) {
        /* It reads CSV, JSON and Parquet as if they were databases, which are in memory then. */
        text_add(problem, "this is not a DuckDB database");
        *ret_hint = OTHER_FILE_HINT;
        return DUCKALOG_DATABASE_INVALID;
    }
    text_add(problem, "another process took the file away while it was being opened");
    *ret_hint = "run it again";
    return DUCKALOG_LOCKED;
}

/*
 * Another process's build failed between our look and DuckDB's opening: its file was gone, and DuckDB made one. Inodes are
 * used again, so the time of birth counts; what is done to a file in the meantime (a backup's link, chmod) does not change
 * that.
 */
static bool is_made_anew(const struct session *session)
{
    struct timespec born = files_birth(session->path);
    struct stat now;

    return stat(session->path, &now) == 0 &&
           (!files_are_same(&now, &session->found) || born.tv_sec != session->found_born.tv_sec ||
            born.tv_nsec != session->found_born.tv_nsec);
}

/* Looks at the file, opens it, and is told its name. What has to be taken away after a failure is in the session. */
static duckalog_status open_all(struct session *session, const struct session_options *options, struct text *problem,
                                const char **ret_hint)
{
    duckalog_status status = session->is_file ? look_at_file(session, problem, ret_hint) : DUCKALOG_OK;
    bool was_open = session->hold != NULL;

    if (status != DUCKALOG_OK) {
        session->is_new = false;
        return status;
    }
    if (session->is_file && session->is_new) {
        status = session_make_folders(session, problem);
        if (status == DUCKALOG_OK)
            status = make_file(session, problem, ret_hint);
    }
    if (status == DUCKALOG_OK)
        status = connect(session, options, problem, ret_hint);
    /* Another process made the file in the meantime: it is not ours to remove, however little is in it. */
    if (status == DUCKALOG_LOCKED)
        session->is_new = false;
    if (session->is_file && (status == DUCKALOG_OK ? !is_at_its_path(session) : has_gone(session, status))) {
        text_free(problem);
        status = tell_not_open(session, problem, ret_hint);
        session->is_new = false;
    }
    if (status == DUCKALOG_OK && session->is_file && !was_open)
        status = keep_own_file(session, problem);
    if (status == DUCKALOG_OK && session->is_file && !was_open && !session->is_new && !session->read_only)
        session->is_new = is_made_anew(session);
    /* Nothing was there: unless another process was quicker, or something is in it, this session has made it. */
    if (status == DUCKALOG_OK && session->is_file && session->is_new &&
        !session_answer_for(session, session->path, &session->is_new))
        status = DUCKALOG_NOMEM;
    return status == DUCKALOG_OK ? ask_for_name(session, problem) : status;
}

/* Of the same file only one opening at a time: two that know nothing of each other would both succeed (files.h). */
duckalog_status session_try_open(const char *path, const struct session_options *options, struct session **ret_session,
                                 struct text *problem, const char **ret_hint)
{
    struct session *session = calloc(1, sizeof(*session));
    bool is_file = path_kind(path) == PATH_LOCAL;
    duckalog_status status = DUCKALOG_NOMEM;

    *ret_hint = NULL;
    if (session == NULL)
        return DUCKALOG_NOMEM;
    if (is_file)
        files_begin_opening();
    session->arena = arena_create(ARENA_PLAIN);
    session->path = session->arena == NULL ? NULL : arena_string(session->arena, path);
    session->read_only = options->read_only;
    if (session->path != NULL) {
        session->is_file = is_file;
        session->is_new = path_kind(path) == PATH_MEMORY;
        status = open_all(session, options, problem, ret_hint);
    }
    if (status == DUCKALOG_OK)
        *ret_session = session;
    else
        session_discard(session);
    if (is_file)
        files_end_opening();
    return status;
}

static void disconnect(struct session *session, bool is_good)
{
    struct stat left;

    /* It is not closed now, perhaps never. */
    if (session->connection != NULL && hold_is_shared(session->hold))
        session_leave_database(session, is_good);
    if (session->connection != NULL)
        duckdb_disconnect(&session->connection);
    if (session->hold != NULL) {
        if (session->is_file && stat(session->path, &left) == 0)
            hold_look_again(session->hold, &left);
        hold_leave(session->hold);
    }
    session->hold = NULL;
    session->database = NULL;
}

static void free_session(struct session *session)
{
    arena_destroy(session->arena);
    free(session);
}

void session_close(struct session *session)
{
    if (session == NULL)
        return;
    disconnect(session, true);
    free_session(session);
}

void session_discard(struct session *session)
{
    bool is_unborn;

    if (session == NULL)
        return;
    is_unborn = session->is_file && session->is_new && session->made_files == NULL;
    session_remove_files(session);
    disconnect(session, false);
    if (is_unborn)
        birth_remove_failed(session->path);
    session_remove_folders(session);
    free_session(session);
}
