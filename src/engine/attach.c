/*
 * Attaching: each attachment of the plan, in the order of the config. Local files are looked at before DuckDB sees
 * them, as DuckDB takes a missing SQLite file, or one of another kind, without a word, and then other commands fail.
 */

#include "engine/restore.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "engine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- local files ---- */

struct format {
    const char *name;
    size_t offset;
    const char *magic;
    size_t length;
};

static const struct format formats[] = {
    [FILE_DUCKDB] = { "DuckDB", 8, "DUCK", 4 },
    [FILE_SQLITE] = { "SQLite", 0, "SQLite format 3", 16 },
};

static bool has_magic(const char *path, const struct format *format)
{
    char header[16];
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, header, sizeof(header));

    if (file >= 0)
        close(file);
    return length >= (ssize_t)(format->offset + format->length) &&
           memcmp(header + format->offset, format->magic, format->length) == 0;
}

static duckalog_status complain_of_file(struct restoration *restoration, const struct step *step, const char *hint,
                                        const char *problem)
{
    struct text cause = text_on_heap();

    text_format(&cause, "%s: %s", problem, step->file);
    restore_report(restoration, step, DUCKALOG_ERROR, "attachment-file", hint,
                   text_string(&cause) != NULL ? text_string(&cause) : problem);
    text_free(&cause);
    return DUCKALOG_ENGINE;
}

static duckalog_status check_file(struct restoration *restoration, const struct step *step)
{
    struct stat status;

    if (step->file == NULL)
        return DUCKALOG_OK;
    if (stat(step->file, &status) != 0) {
        if (errno != ENOENT)
            return complain_of_file(restoration, step, NULL, strerror(errno));
        if (!step->file_is_created)
            return complain_of_file(restoration, step,
                                    strcmp(step->kind_name, "duckalog") == 0
                                        ? "run without --read-only to build it"
                                        : "check the path; with read_only: false, DuckDB creates a missing file",
                                    "file not found");
        log_event(&restoration->log, DUCKALOG_LOG_WARNING, NULL, "attached file does not exist and will be created",
                  LOG_FIELDS(log_again("phase", "attach"), log_text("alias", step->name),
                             log_word("kind", step->kind_name), log_text("name", step->file)));
        return DUCKALOG_OK;
    }
    /* A pipe or device would block, for ever if need be. */
    if (!S_ISREG(status.st_mode))
        return complain_of_file(restoration, step, NULL, "not a regular file");
    if (access(step->file, R_OK) != 0)
        return complain_of_file(restoration, step, NULL, strerror(errno));
    if (status.st_size == 0 && step->file_is_created)
        return DUCKALOG_OK;
    /* What DuckDB has open already must not be opened here, and is a DuckDB file. */
    if (files_are_open(&status) ? step->file_format == FILE_DUCKDB : has_magic(step->file, &formats[step->file_format]))
        return DUCKALOG_OK;
    return complain_of_file(restoration, step, NULL,
                            step->file_format == FILE_SQLITE ? "not a SQLite database" : "not a DuckDB database");
}

/* ---- what is attached already ---- */

struct attached {
    struct arena *arena;
    struct map *paths; /* by alias */
};

static bool note_attached(const char *const *columns, size_t count, void *user)
{
    struct attached *attached = user;
    char *name = arena_string(attached->arena, columns[0]);
    char *path = arena_string(attached->arena, count > 1 && columns[1] != NULL ? columns[1] : "");

    return name != NULL && path != NULL && map_add(attached->paths, name, path);
}

static duckalog_status find_attached(struct restoration *restoration, struct attached *attached)
{
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    attached->arena = arena_create(ARENA_PLAIN);
    attached->paths = attached->arena == NULL ? NULL : map_create(attached->arena, MAP_IGNORING_CASE);
    if (attached->paths != NULL)
        status = session_query(restoration->session->connection,
                               "SELECT database_name, path FROM duckdb_databases() WHERE NOT internal", note_attached,
                               attached, &problem);
    text_free(&problem);
    return status;
}

static duckalog_status attach_one(struct restoration *restoration, const struct attached *attached,
                                  const struct step *step)
{
    const char *path = map_find(attached->paths, step->name);
    duckalog_status status;

    if (path != NULL) {
        /* ATTACH IF NOT EXISTS would keep another file under this name without a word. */
        if (step->file != NULL && strcmp(path, step->file) == 0)
            return DUCKALOG_OK;
        restore_report(restoration, step, DUCKALOG_ERROR, "attachment-name",
                       "choose another alias; the catalog itself has the name of its file",
                       "another database has this name already");
        return DUCKALOG_ENGINE;
    }
    status = check_file(restoration, step);
    if (status == DUCKALOG_OK)
        status = restore_run_step(restoration, step);
    if (status == DUCKALOG_OK && step->file_format == FILE_DUCKDB && step->file != NULL)
        session_keep_file(restoration->session, step->file);
    return status;
}

duckalog_status attach_all(struct restoration *restoration)
{
    struct attached attached = { 0 };
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++) {
        const struct step *step = &restoration->plan->steps[i];

        if (step->phase != PHASE_ATTACH)
            continue;
        if (attached.paths == NULL)
            status = find_attached(restoration, &attached);
        if (status != DUCKALOG_OK)
            break;
        if (step->kind == STEP_ATTACH_SECRET)
            status = restore_run_step(restoration, step);
        else {
            status = attach_one(restoration, &attached, step);
            restoration->summary->attachments++;
        }
    }
    arena_destroy(attached.arena);
    return status;
}
