#ifndef DUCKALOG_ENGINE_TRANSIENT_H
#define DUCKALOG_ENGINE_TRANSIENT_H

/*
 * Which failures of a server may go away by themselves (connection.md section 8). DuckDB, libpq and the servers tell in
 * words only.
 */

#include "duckalog.h"

/* DUCKALOG_UNAVAILABLE or DUCKALOG_TIMEOUT when the message is of such a failure, `otherwise` when not. */
duckalog_status status_of_network_error(const char *message, duckalog_status otherwise);

#endif
