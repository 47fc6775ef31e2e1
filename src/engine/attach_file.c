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
#include "engine/hold.h"
#include "engine/session_files.h"

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

/* FILE_ANY: neither. */
static enum file_format format_of(const char *path)
{
    char header[16];
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, header, sizeof(header));

    if (file >= 0)
        close(file);
    for (enum file_format i = FILE_DUCKDB; i <= FILE_SQLITE; i++)
        if (length >= (ssize_t)(formats[i].offset + formats[i].length) &&
            memcmp(header + formats[i].offset, formats[i].magic, formats[i].length) == 0)
            return i;
    return FILE_ANY;
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

/* Can the file be made here? DuckDB does not look before SQLite uses it, and then tells it of everything else. */
static duckalog_status check_folder(struct attachment *attachment)
{
    const char *file = attachment->step->file;
    const char *slash = strrchr(file, '/');
    struct text folder = text_on_heap();
    duckalog_status status = DUCKALOG_OK;

    text_add_length(&folder, file, slash == NULL || slash == file ? 1 : (size_t)(slash - file));
    if (text_string(&folder) == NULL)
        status = DUCKALOG_NOMEM;
    else if (access(text_string(&folder), F_OK) != 0)
        status = complain(attachment, "make the folder first, or check the path", "its folder does not exist");
    else if (access(text_string(&folder), W_OK | X_OK) != 0)
        status = complain(attachment, NULL, "it does not exist, and its folder can't be written to");
    text_free(&folder);
    return status;
}

static duckalog_status miss_file(struct restoration *restoration, struct attachment *attachment)
{
    const struct step *step = attachment->step;
    duckalog_status status;
    struct stat link;

    if (errno != ENOENT)
        return complain(attachment, NULL, strerror(errno));
    if (lstat(step->file, &link) == 0)
        return complain(attachment, NULL, "this is a link to a file that can't be reached");
    if (!step->file_is_created || restoration->session->read_only)
        return complain(attachment,
                        restoration->session->read_only &&
                                (step->file_is_created || strcmp(step->kind_name, "duckalog") == 0)
                            ? "run without --read-only to build it"
                        : strcmp(step->kind_name, "duckalog") != 0
                            ? "check the path; with read_only: false, DuckDB creates a missing file"
                            : NULL,
                        "file not found");
    status = check_folder(attachment);
    if (status == DUCKALOG_OK)
        log_event(&restoration->log, DUCKALOG_LOG_WARNING, NULL, "attached file does not exist and will be created",
                  LOG_FIELDS(log_again("phase", "attach"), log_text("alias", step->name),
                             log_word("kind", step->kind_name), log_text("name", step->file)));
    return status;
}

static duckalog_status refuse_format(struct attachment *attachment, enum file_format found, bool is_empty)
{
    bool as_sqlite = attachment->step->file_format == FILE_SQLITE;
    const char *hint = is_empty && attachment->step->file_is_created
                           ? "the file is empty; remove it, and DuckDB makes a new one"
                       : is_empty             ? "the file is empty"
                       : found == FILE_SQLITE ? "it is a SQLite database: attach it under attachments: sqlite"
                       : found == FILE_DUCKDB ? "it is a DuckDB database: attach it under attachments: duckdb"
                                              : "Parquet, CSV and JSON files are not attached, but read by views";

    return complain(attachment, hint, as_sqlite ? "not a SQLite database" : "not a DuckDB database");
}

/* What is open here already must not be opened to look at it, but is known (files.h). */
static duckalog_status check_open_file(const struct restoration *restoration, struct attachment *attachment,
                                       const struct stat *status)
{
    const struct step *step = attachment->step;
    enum file_format format = files_are_sqlite(status) ? FILE_SQLITE : FILE_DUCKDB;
    struct stat own;

    if (step->file_format != format)
        return refuse_format(attachment, format, false);
    if (format == FILE_SQLITE || (!files_are_written(status) && !step->file_is_created))
        return DUCKALOG_OK;
    /* This session itself has it: no waiting helps. */
    if (restoration->session->is_file && stat(restoration->session->path, &own) == 0 && files_are_same(&own, status))
        return complain(attachment, "its tables and views are there without attaching it",
                        "this is the catalog itself");
    if (hold_has_file(restoration->session->hold, status))
        return complain(attachment, "attach it once, with read_only: false when anything writes to it",
                        "another attachment has this file open");
    attachment_fail(attachment, DUCKALOG_LOCKED, OPEN_HERE);
    return DUCKALOG_LOCKED;
}

static duckalog_status check_file(struct restoration *restoration, struct attachment *attachment, bool *ret_missing)
{
    const struct step *step = attachment->step;
    enum file_format format;
    struct stat status;

    *ret_missing = false;
    if (step->file == NULL)
        return DUCKALOG_OK;
    if (stat(step->file, &status) != 0) {
        *ret_missing = true;
        return miss_file(restoration, attachment);
    }
    /* A pipe or device would block, for ever if need be. */
    if (!S_ISREG(status.st_mode))
        return complain(attachment, NULL, "not a regular file");
    if (access(step->file, R_OK) != 0)
        return complain(attachment, NULL, strerror(errno));
    if (files_are_open(&status))
        return check_open_file(restoration, attachment, &status);
    /* SQLite takes an empty file for a database with nothing in it. */
    if (status.st_size == 0 && step->file_is_created && step->file_format == FILE_SQLITE)
        return DUCKALOG_OK;
    format = format_of(step->file);
    return format == step->file_format ? DUCKALOG_OK : refuse_format(attachment, format, status.st_size == 0);
}

static enum file_use use_of(const struct step *step)
{
    return step->file_format == FILE_SQLITE ? FILE_IS_SQLITE : step->file_is_created ? FILE_IS_WRITTEN : FILE_IS_READ;
}

/* DuckDB makes a file of its own kind as it attaches it. What a failure leaves would fail every later run. */
static duckalog_status answer_for_new(struct session *session, const struct step *step, duckalog_status attached)
{
    bool made;

    if (step->file_format == FILE_SQLITE) {
        if (attached != DUCKALOG_OK)
            session_remove_last_file(session);
    } else if (attached == DUCKALOG_OK)
        return session_answer_for(session, step->file, &made) ? DUCKALOG_OK : DUCKALOG_NOMEM;
    else if (attached != DUCKALOG_LOCKED)
        birth_remove_failed(step->file);
    return attached;
}

static duckalog_status try_file(struct restoration *restoration, struct attachment *attachment, bool is_missing)
{
    const struct step *step = attachment->step;
    struct session *session = restoration->session;
    struct text problem = text_on_heap();
    duckalog_status status;

    attachment->tries++;
    if (is_missing && step->file_format == FILE_SQLITE && !session_make_sqlite_file(session, step->file)) {
        if (errno != EEXIST)
            return errno == ENOMEM ? DUCKALOG_NOMEM : complain(attachment, NULL, strerror(errno));
        is_missing = false; /* another process was quicker */
    }
    status = session_run(session->connection, step->sql, step->bindings, step->binding_count, &problem);
    if (is_missing)
        status = answer_for_new(session, step, status);
    if (status == DUCKALOG_OK && step->file != NULL)
        status = session_keep_file(session, step->file, use_of(step), &problem);
    if (status != DUCKALOG_OK)
        attachment_fail(attachment, status, text_string(&problem) != NULL ? text_string(&problem) : "failed");
    text_free(&problem);
    return status;
}

/* Nothing may open the file between the look at it and DuckDB's opening of it (files.h). */
static duckalog_status look_and_try(struct restoration *restoration, struct attachment *attachment)
{
    bool is_missing;
    duckalog_status status;

    files_begin_opening();
    status = check_file(restoration, attachment, &is_missing);
    if (status == DUCKALOG_OK)
        status = try_file(restoration, attachment, is_missing);
    files_end_opening();
    return status;
}

/* Another process may have the file for a moment; for a longer one when the call says so, as with the catalog's own. */
static duckalog_status run_file(struct restoration *restoration, struct attachment *attachment)
{
    struct patience patience = patience_of(restoration, attachment->step);
    double began = clock_ms();
    double until = began + restoration->lock_timeout_ms;
    duckalog_status status = look_and_try(restoration, attachment);

    for (int retry = 1; status == DUCKALOG_LOCKED && (retry <= patience.retries || clock_ms() < until); retry++) {
        bool waits = clock_ms() < until;
        double next = clock_ms() + (waits ? LOCK_PAUSE_MS : patience_pause_ms(retry));

        if (!waits && next > began + patience.total_ms)
            break;
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
