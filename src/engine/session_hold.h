#ifndef DUCKALOG_ENGINE_SESSION_HOLD_H
#define DUCKALOG_ENGINE_SESSION_HOLD_H

/*
 * A database that outlives its session, as a worker that was given up still has it (hold.h): how a session leaves it, and
 * how the next one takes it over. For session.c.
 */

#include "engine/session.h"

/*
 * What was attached is detached, so that its files are free where DuckDB closes them; and of a good
 * session all that closing would write is written now. Nobody writes the catalog any more then.
 */
void session_leave_database(struct session *session, bool is_good);

/* The database is that of the session's hold, with nothing attached to it. */
duckalog_status session_take_over(struct session *session, struct text *problem);

#endif
