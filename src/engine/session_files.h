#ifndef DUCKALOG_ENGINE_SESSION_FILES_H
#define DUCKALOG_ENGINE_SESSION_FILES_H

/*
 * What a session makes on the disk, and taking it away again when the session is of no use.
 *
 * A file that was made is known by its device and inode, not by its path alone: others may put a file of theirs there, and
 * that one stays. As long as DuckDB has the file open, no other one can get its inode.
 */

#include "duckalog.h"

#include <stdbool.h>

struct session;
struct text;

/* mkdir -p of the folder above the session's file; what was made is remembered. */
duckalog_status session_make_folders(struct session *session, struct text *problem);

/*
 * DuckDB has opened a database where nothing was before, the catalog itself or an attachment: it is the session's own if
 * nothing is in it. If something is, another process has made it in between. False: no memory.
 */
bool session_answer_for(struct session *session, const char *path, bool *ret_made);

/*
 * Makes an empty file for SQLite, which would do so itself when it first uses it: then nobody knew who made it. On failure
 * errno says why; ENOMEM is the session's own want.
 */
bool session_make_sqlite_file(struct session *session, const char *path);

/* The file that was made last is of no use. */
void session_remove_last_file(struct session *session);

/* All files that were made, with their logs. To be called while DuckDB has them open. */
void session_remove_files(struct session *session);

/* Folders that were made and are empty now. To be called when the database is closed. */
void session_remove_folders(struct session *session);

#endif
