/*
 * Attaching local files, one after another on the session's connection: they take a millisecond each. A file is looked at
 * before DuckDB sees it, as DuckDB takes a missing SQLite file, or one of another kind, without a word, and then other
 * commands fail.
 */

#include "engine/attachment.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/birth.h"
#include "engine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two tries while a file is waited for: DuckDB needs next to nothing to find it locked. */
#define LOCK_PAUSE_MS 50

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

static duckalog_status complain(struct attachment *attachment, const char *hint, const char *problem)
{
    struct text cause = text_on_heap();

    text_format(&cause, "%s: %s", problem, attachment->step->file);
    attachment_fail(attachment, DUCKALOG_ENGINE, text_string(&cause) != NULL ? text_string(&cause) : problem);
    attachment->code = "attachment-file";
    attachment->hint = hint;
    text_free(&cause);
    return DUCKALOG_ENGINE;
}

static duckalog_status miss_file(struct restoration *restoration, struct attachment *attachment)
{
    const struct step *step = attachment->step;

    if (errno != ENOENT)
        return complain(attachment, NULL, strerror(errno));
    if (!step->file_is_created)
        return complain(attachment,
                        strcmp(step->kind_name, "duckalog") != 0
                            ? "check the path; with read_only: false, DuckDB creates a missing file"
                        : restoration->session->read_only ? "run without --read-only to build it"
                                                          : NULL,
                        "file not found");
    log_event(&restoration->log, DUCKALOG_LOG_WARNING, NULL, "attached file does not exist and will be created",
              LOG_FIELDS(log_again("phase", "attach"), log_text("alias", step->name), log_word("kind", step->kind_name),
                         log_text("name", step->file)));
    return DUCKALOG_OK;
}

static duckalog_status check_file(struct restoration *restoration, struct attachment *attachment)
{
    const struct step *step = attachment->step;
    struct stat status;

    if (step->file == NULL)
        return DUCKALOG_OK;
    if (stat(step->file, &status) != 0)
        return miss_file(restoration, attachment);
    /* A pipe or device would block, for ever if need be. */
    if (!S_ISREG(status.st_mode))
        return complain(attachment, NULL, "not a regular file");
    if (access(step->file, R_OK) != 0)
        return complain(attachment, NULL, strerror(errno));
    if (status.st_size == 0 && step->file_is_created)
        return DUCKALOG_OK;
    if (files_are_written(&status) || (step->file_is_created && files_are_open(&status))) {
        attachment_fail(attachment, DUCKALOG_LOCKED, OPEN_HERE);
        return DUCKALOG_LOCKED;
    }
    /* What DuckDB has open already must not be opened here, and is a DuckDB file. */
    if (files_are_open(&status) ? step->file_format == FILE_DUCKDB : has_magic(step->file, &formats[step->file_format]))
        return DUCKALOG_OK;
    return complain(attachment, NULL,
                    step->file_format == FILE_SQLITE ? "not a SQLite database" : "not a DuckDB database");
}

static duckalog_status try_file(struct restoration *restoration, struct attachment *attachment)
{
    const struct step *step = attachment->step;
    struct text problem = text_on_heap();
    duckalog_status status =
        session_run(restoration->session->connection, step->sql, step->bindings, step->binding_count, &problem);

    attachment->tries++;
    if (status == DUCKALOG_OK && step->file_format == FILE_DUCKDB && step->file != NULL)
        status = session_keep_file(restoration->session, step->file, step->file_is_created, &problem);
    if (status != DUCKALOG_OK)
        attachment_fail(attachment, status, text_string(&problem) != NULL ? text_string(&problem) : "failed");
    text_free(&problem);
    return status;
}

/*
 * DuckDB has made it, a SQLite file it makes when it is first used: what is in it if the session fails is half-made. One that
 * holds something at once was made by another process in between.
 */
static bool is_empty(const char *file)
{
    struct stat status;

    return stat(file, &status) != 0 || status.st_size <= FIRST_HEADERS;
}

/* Nothing may open the file between the look at it and DuckDB's opening of it (files.h). */
static duckalog_status look_and_try(struct restoration *restoration, struct attachment *attachment)
{
    const char *file = attachment->step->file;
    bool is_missing;
    duckalog_status status;

    files_begin_opening();
    status = check_file(restoration, attachment);
    is_missing = status == DUCKALOG_OK && file != NULL && access(file, F_OK) != 0;
    if (status == DUCKALOG_OK)
        status = try_file(restoration, attachment);
    if (status == DUCKALOG_OK && is_missing && is_empty(file) && !session_answer_for(restoration->session, file)) {
        unlink(file);
        status = DUCKALOG_NOMEM;
    }
    files_end_opening();
    return status;
}

/* Another process may have the file for a moment; for a longer one when the call says so, as with the catalog's own. */
static duckalog_status run_file(struct restoration *restoration, struct attachment *attachment)
{
    struct patience patience = patience_of(restoration, attachment->step);
    double until = clock_ms() + restoration->lock_timeout_ms;
    duckalog_status status = look_and_try(restoration, attachment);

    for (int retry = 1; status == DUCKALOG_LOCKED && (retry <= patience.retries || clock_ms() < until); retry++) {
        double next = clock_ms() + (clock_ms() < until ? LOCK_PAUSE_MS : patience_pause_ms(retry));

        while (clock_ms() < next && !atomic_load(restoration->interrupted))
            clock_sleep_ms(5);
        if (atomic_load(restoration->interrupted))
            return DUCKALOG_INTERRUPTED;
        status = look_and_try(restoration, attachment);
    }
    return status;
}

void attach_file(struct restoration *restoration, struct attachment *attachment)
{
    double began = clock_ms();

    attachment->status = run_file(restoration, attachment);
    attachment->elapsed_ms = clock_ms() - began;
}
