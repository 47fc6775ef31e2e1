#ifndef DUCKALOG_CLI_SHELL_SIGNALS_H
#define DUCKALOG_CLI_SHELL_SIGNALS_H

/*
 * Signals as long as a shell is open. Ctrl-C stops what the catalog is doing; while nothing runs, signals are notes for
 * whoever waits for a line.
 */

#include "duckalog.h"

#include <stdbool.h>

enum signal_note {
    NOTE_NONE,
    NOTE_INTERRUPT, /* SIGINT */
    NOTE_RESIZE,    /* SIGWINCH: the terminal has another size */
    NOTE_END,       /* SIGTERM, SIGHUP; from then on every note is this one */
};

/* False, with errno set, when that can't be. The catalog must stay until signals_end(). */
bool signals_begin(duckalog_catalog *catalog);
void signals_end(void);

/*
 * Around what Ctrl-C is to stop: what the connection does, or when that is NULL, the catalog. When it does not end by the
 * third one, nor within a second, the program does.
 */
void signals_begin_work(duckdb_connection connection);
void signals_end_work(void);

/* Has the work that runs, or that ran last, been told to stop? */
bool signals_stopped_work(void);

/* Has SIGTERM or SIGHUP come, whether or not there is a note of it yet? */
bool signals_want_end(void);

/* Can be read from when there is a note; the note is the caller's then. */
int signals_descriptor(void);
enum signal_note signals_take(void);

#endif
