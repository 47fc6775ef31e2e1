#ifndef DUCKALOG_CLI_INTERRUPT_H
#define DUCKALOG_CLI_INTERRUPT_H

#include "duckalog.h"

#include <stdatomic.h>
#include <stdbool.h>

/* From now on Ctrl-C (or SIGTERM, SIGHUP) stops what the catalog, or the connection, is doing; a second one ends the program. */
void interrupt_catalog(duckalog_catalog *catalog);
void interrupt_connection(duckdb_connection connection);

/* The same for what looks at a flag now and then, until interrupt_nothing(). */
void interrupt_flag(atomic_bool *flag);

/* Has there been such a signal, ever? */
bool interrupt_was_asked(void);

/* While a pager has the terminal, Ctrl-C may be meant for it: it stops what is going on, and never ends the program. */
void interrupt_spares_program(bool spares);
bool interrupt_is_spared(void);

/* Before what Ctrl-C would stop goes away. */
void interrupt_nothing(void);

/* The same, and a first Ctrl-C does nothing: folders of ours are being taken away. Until interrupt_nothing(). */
void interrupt_waits(void);

#endif
