#ifndef DUCKALOG_CLI_INTERRUPT_H
#define DUCKALOG_CLI_INTERRUPT_H

#include "duckalog.h"

#include <stdbool.h>

/* From now on Ctrl-C (or SIGTERM, SIGHUP) stops what the catalog, or the connection, is doing; a second one ends the program. */
void interrupt_catalog(duckalog_catalog *catalog);
void interrupt_connection(duckdb_connection connection);

/* While a pager has the terminal, Ctrl-C may be meant for it: it stops what is going on, and never ends the program. */
void interrupt_spares_program(bool spares);
bool interrupt_is_spared(void);

/* Before what Ctrl-C would stop goes away. */
void interrupt_nothing(void);

#endif
