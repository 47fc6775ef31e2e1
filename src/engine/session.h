#ifndef DUCKALOG_ENGINE_SESSION_H
#define DUCKALOG_ENGINE_SESSION_H

/*
 * A session: one open DuckDB database and its connection, with the few ways in which this library talks to it.
 */

#include "base/duckdb.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>

struct arena;
struct binding;
struct duckalog_report;
struct hold;
struct text;

struct session {
    struct arena *arena;
    const char *path;    /* absolute, ":memory:", or as DuckDB knows it */
    const char *catalog; /* its name in DuckDB */
    bool is_file;
    bool is_new;                /* there was nothing at `path`, so this session makes it */
    struct stat found;          /* the file that was there … */
    struct timespec found_born; /* … and when it was made */
    bool read_only;
    bool is_attached;  /* the catalog is behind a URI, attached to a database in memory, and can only be read */
    struct hold *hold; /* of the database: others may have a share in it */
    duckdb_database database;
    duckdb_connection connection;
    /* What it has made, the last one first: a failed session takes it away again (session_files.h). */
    struct made_folder *made_folders;
    struct made_file *made_files;
};

/* Does DuckDB refuse to change the catalog? A database in memory is built, whatever was asked for. */
static inline bool session_is_read_only(const struct session *session)
{
    return session->read_only && (session->is_file || session->is_attached);
}

struct session_options {
    bool read_only;
    const char *extension_directory; /* NULL: as the environment says, or DuckDB's own */
    int lock_timeout_ms;             /* to wait for whoever has the file; 0: not at all */
    const atomic_bool *interrupted;  /* ends the wait; NULL: nothing does */
};

/*
 * Opens a database, with the folders above it when it is a new file; waits for a file that someone else has (waiting.c).
 * On failure nothing is left behind, and `problem` says why.
 */
duckalog_status session_open(const char *path, const struct session_options *options, struct session **ret_session,
                             struct text *problem, const char **ret_hint);

/* The same without waiting. */
duckalog_status session_try_open(const char *path, const struct session_options *options, struct session **ret_session,
                                 struct text *problem, const char **ret_hint);

/* Tells why a database could not be opened. */
void session_report(struct duckalog_report *report, const char *path, duckalog_status status, const char *problem,
                    const char *hint);

/* Remembers, as long as the session is open, that DuckDB has the file open, and what for. */
enum file_use { FILE_IS_READ, FILE_IS_WRITTEN, FILE_IS_SQLITE };
duckalog_status session_keep_file(struct session *session, const char *path, enum file_use use, struct text *problem);

void session_close(struct session *session);

/* Closes, and removes what this session created: the database file, its log, the folders above it, attached files. */
void session_discard(struct session *session);

/*
 * Prepares exactly one statement; a text of two, or of none, is refused. On failure `problem` is as DuckDB words it, and
 * the statement is NULL.
 */
duckalog_status session_prepare(duckdb_connection connection, const char *sql, duckdb_prepared_statement *ret_statement,
                                struct text *problem);

/*
 * Runs exactly one statement; a text of two, or of none, is refused. With `problem` as DuckDB words it.
 */
duckalog_status session_run(duckdb_connection connection, const char *sql, const struct binding *bindings,
                            size_t binding_count, struct text *problem);

/* Runs one of the statements that DuckDB's parser found in a text; none of them takes values. */
duckalog_status session_run_extracted(duckdb_connection connection, duckdb_extracted_statements statements,
                                      size_t index, struct text *problem);

/* After an error that ends the transaction every later one only says so. `problem` may be NULL. */
bool session_is_aftermath(const char *problem);

/* Receives the row of a query: one text (or NULL) for each column. Returning false stops. */
typedef bool (*session_row)(const char *const *columns, size_t count, void *user);

/* Runs a query whose columns are all VARCHAR, at most 8 of them. */
duckalog_status session_query(duckdb_connection connection, const char *sql, session_row row, void *user,
                              struct text *problem);

bool session_is_null(duckdb_vector vector, idx_t row);

/* The text at a row of a VARCHAR vector, without a NUL at its end; NULL for NULL. As long as its chunk. */
const char *session_text(duckdb_vector vector, idx_t row, size_t *ret_length);

/* DuckDB's message about a lock, or ours, for people: who holds it. */
#define OPEN_HERE "this process has it open already"
#define OPEN_HERE_HINT "use the catalog that has it, or close that one first"
void session_add_lock_problem(struct text *problem, const char *message);

#define SESSION_LOCK_HINT                                                                                              \
    "wait for it to end, with --lock-timeout for one; several processes can read together with --read-only"

/* What a DuckDB error means for the caller. */
duckalog_status status_of_error(duckdb_error_type type, const char *message);

#endif
