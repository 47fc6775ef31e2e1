#ifndef DUCKALOG_ENGINE_SESSION_FILES_H
#define DUCKALOG_ENGINE_SESSION_FILES_H

/*
 * What a session makes on the disk, and taking it away again when the session is of no use. In session.h there is
 * session_answer_for() for files that attachments make.
 */

#include "duckalog.h"

struct session;
struct text;

/* mkdir -p of the folder above the session's file; what was made is remembered. */
duckalog_status session_make_folders(struct session *session, struct text *problem);

/* The database file, if it is the session's own, its logs, and attached files. To be called while DuckDB has them open. */
void session_remove_files(struct session *session);

/* Folders that were made and are empty now. To be called when the database is closed. */
void session_remove_folders(struct session *session);

#endif
