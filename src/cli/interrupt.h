#ifndef DUCKALOG_CLI_INTERRUPT_H
#define DUCKALOG_CLI_INTERRUPT_H

#include "duckalog.h"

/* From now on Ctrl-C (or SIGTERM, SIGHUP) stops what the catalog, or the connection, is doing; a second one ends the program. */
void interrupt_catalog(duckalog_catalog *catalog);
void interrupt_connection(duckdb_connection connection);

/* Before what Ctrl-C would stop goes away. */
void interrupt_nothing(void);

#endif
