/*
 * Storing persistent secrets anew, with the values of the config (--refresh-secrets).
 *
 * DuckDB's CREATE OR REPLACE PERSISTENT SECRET removes the old file before it writes the new one (1.4.4 to 2.0.0): a full
 * disk or a kill in between loses both. So the new one is made by a session of its own in a folder of its own inside of
 * the secret directory, and renamed over the old one, which is kept beside it until the whole restoration has worked.
 */

#define _GNU_SOURCE /* flock() */
#include "engine/restore.h"

#include "base/arena.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/secret_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STAGING_PREFIX ".duckalog-refresh-"

struct replaced {
    const char *stored;
    const char *kept; /* the old one */
    struct replaced *before;
};

struct secret_refresh {
    struct arena *arena;
    const char *folder;  /* the user's */
    const char *staging; /* ours, in it; NULL: not made yet */
    int lock;            /* tells other processes that the staging folder is in use */
    struct replaced *replaced;
};

/* ---- the staging folder ---- */

static void remove_staging(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory != NULL)
        closedir(directory);
    rmdir(path);
}

static int lock_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0)
        return folder;
    if (folder >= 0)
        close(folder);
    return -1;
}

/* What a process left that was killed in the middle: the folder of one that lives is locked. */
static void remove_leftovers(const struct secret_refresh *refresh)
{
    DIR *directory = opendir(refresh->folder);
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        const char *path = starts_with(entry->d_name, STAGING_PREFIX)
                               ? arena_format(refresh->arena, "%s/%s", refresh->folder, entry->d_name)
                               : NULL;
        int lock = path == NULL ? -1 : lock_folder(path);

        if (lock < 0)
            continue;
        remove_staging(path);
        close(lock);
    }
    if (directory != NULL)
        closedir(directory);
}

static bool make_staging(struct secret_refresh *refresh)
{
    char *path = arena_format(refresh->arena, "%s/" STAGING_PREFIX "XXXXXX", refresh->folder);

    if (path == NULL)
        return false;
    remove_leftovers(refresh);
    if (mkdtemp(path) == NULL)
        return false;
    refresh->staging = path;
    refresh->lock = lock_folder(path);
    return refresh->lock >= 0;
}

/* ---- making the new ones ---- */

/* Where secrets are stored is ours to say here, and until all is done that has to be possible. */
static bool is_in_the_way(const struct step *step)
{
    return step->phase == PHASE_SETTINGS &&
           (sql_mentions(step->sql, "secret_directory") || sql_mentions(step->sql, "lock_configuration"));
}

/* DuckDB's extensions and settings count for secrets too; what fails here is told where it counts. */
static void prepare_session(const struct restoration *restoration, struct session *session)
{
    static const enum phase phases[] = { PHASE_SETTINGS, PHASE_LOAD };

    for (size_t p = 0; p < sizeof(phases) / sizeof(phases[0]); p++)
        for (size_t i = 0; i < restoration->plan->count; i++) {
            const struct step *step = &restoration->plan->steps[i];
            struct text ignored = text_on_heap();

            if (step->phase == phases[p] && !is_in_the_way(step))
                session_run(session->connection, step->sql, step->bindings, step->binding_count, &ignored);
            text_free(&ignored);
        }
}

static duckalog_status use_staging(const struct secret_refresh *refresh, struct session *session, struct text *problem)
{
    struct text sql = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    sql_format(&sql, "SET secret_directory = %L", refresh->staging);
    if (text_string(&sql) != NULL)
        status = session_run(session->connection, text_string(&sql), NULL, 0, problem);
    text_free(&sql);
    return status;
}

static bool is_to_be_replaced(const struct secret_refresh *refresh, const struct step *step)
{
    const char *file =
        step->kind == STEP_PERSISTENT_SECRET ? secret_folder_file(refresh->arena, refresh->folder, step->name) : NULL;

    return file != NULL && access(file, F_OK) == 0;
}

static duckalog_status make_all(struct restoration *restoration, struct session *session)
{
    struct restoration making = *restoration;
    duckalog_status status = DUCKALOG_OK;

    making.session = session;
    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++)
        if (is_to_be_replaced(restoration->refresh, &restoration->plan->steps[i]))
            status = restore_run_step(&making, &restoration->plan->steps[i]);
    return status;
}

static duckalog_status make_in_session(struct restoration *restoration)
{
    struct session_options options = { .extension_directory = restoration->extension_directory };
    struct text problem = text_on_heap();
    struct session *session = NULL;
    const char *hint = NULL;
    duckalog_status status = session_open(":memory:", &options, &session, &problem, &hint);

    if (status == DUCKALOG_OK) {
        restoration->at_work(session->connection, restoration->at_work_user);
        status = use_staging(restoration->refresh, session, &problem);
        prepare_session(restoration, session);
    }
    if (status != DUCKALOG_OK)
        report_event(restoration->report, DUCKALOG_ERROR, "engine", hint, "persistent secrets: %s",
                     text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    else
        status = make_all(restoration, session);
    restoration->at_work(restoration->session->connection, restoration->at_work_user);
    session_close(session);
    text_free(&problem);
    return status;
}

/* ---- putting them into place ---- */

static bool sync_path(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;

    if (file >= 0)
        close(file);
    return synced;
}

/* At each moment one of the two is there, whole. */
static bool replace(struct secret_refresh *refresh, const char *name)
{
    const char *made = secret_folder_file(refresh->arena, refresh->staging, name);
    struct replaced *replaced = arena_alloc(refresh->arena, sizeof(*replaced));

    if (made == NULL || replaced == NULL)
        return false;
    replaced->stored = secret_folder_file(refresh->arena, refresh->folder, name);
    replaced->kept = arena_format(refresh->arena, "%s.old", made);
    replaced->before = refresh->replaced;
    if (replaced->stored == NULL || replaced->kept == NULL || !sync_path(made) ||
        link(replaced->stored, replaced->kept) != 0 || rename(made, replaced->stored) != 0)
        return false;
    refresh->replaced = replaced;
    return true;
}

static duckalog_status replace_all(struct restoration *restoration)
{
    struct secret_refresh *refresh = restoration->refresh;

    for (size_t i = 0; i < restoration->plan->count; i++) {
        const struct step *step = &restoration->plan->steps[i];

        if (!is_to_be_replaced(refresh, step))
            continue;
        if (!replace(refresh, step->name)) {
            restore_report(restoration, step, DUCKALOG_ERROR, "secret-directory", "the stored one is as it was",
                           strerror(errno));
            return DUCKALOG_ENGINE;
        }
        log_event(&restoration->log, DUCKALOG_LOG_INFO, NULL, "secret is stored again, with the values of the config",
                  LOG_FIELDS(log_again("phase", "persistent secrets"), log_text("name", step->name)));
    }
    sync_path(refresh->folder);
    return DUCKALOG_OK;
}

/* ---- all of it ---- */

static bool has_work(const struct restoration *restoration)
{
    for (size_t i = 0; i < restoration->plan->count; i++)
        if (is_to_be_replaced(restoration->refresh, &restoration->plan->steps[i]))
            return true;
    return false;
}

/* Before the session looks at what is stored: DuckDB reads a secret's file when it first needs it, and then no more. */
duckalog_status secrets_refresh(struct restoration *restoration)
{
    struct secret_refresh *refresh;
    struct arena *arena;
    duckalog_status status;

    if (!restoration->refresh_secrets)
        return DUCKALOG_OK;
    arena = arena_create(ARENA_PLAIN);
    refresh = arena == NULL ? NULL : arena_alloc(arena, sizeof(*refresh));
    if (refresh == NULL) {
        arena_destroy(arena);
        return DUCKALOG_NOMEM;
    }
    *refresh = (struct secret_refresh){ .arena = arena, .lock = -1 };
    restoration->refresh = refresh;
    refresh->folder = secret_folder_of(arena, restoration->session->connection);
    if (refresh->folder == NULL || !has_work(restoration))
        return arena_failed(arena) ? DUCKALOG_NOMEM : DUCKALOG_OK;
    if (!make_staging(refresh)) {
        report_event(restoration->report, DUCKALOG_ERROR, "secret-directory",
                     "its owner has to be able to write there; the stored secrets are as they were",
                     "persistent secrets: no folder can be made in %s: %s", refresh->folder, strerror(errno));
        return DUCKALOG_ENGINE;
    }
    status = make_in_session(restoration);
    return status == DUCKALOG_OK ? replace_all(restoration) : status;
}

void secrets_refresh_end(struct restoration *restoration, bool keep)
{
    struct secret_refresh *refresh = restoration->refresh;

    if (refresh == NULL)
        return;
    for (struct replaced *replaced = keep ? NULL : refresh->replaced; replaced != NULL; replaced = replaced->before)
        rename(replaced->kept, replaced->stored);
    if (refresh->staging != NULL)
        remove_staging(refresh->staging);
    if (refresh->lock >= 0)
        close(refresh->lock);
    arena_destroy(refresh->arena);
    restoration->refresh = NULL;
}
