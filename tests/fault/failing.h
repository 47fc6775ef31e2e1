/*
 * What seldom fails, made to fail: of one kind of calls, the nth from now on. The linker sends the calls of our own
 * objects to the functions here (--wrap); DuckDB's own are left alone.
 */
#ifndef DUCKALOG_TESTS_FAILING_H
#define DUCKALOG_TESTS_FAILING_H

#include <stdbool.h>
#include <stddef.h>

enum failing { NOTHING, ALLOCATIONS, DUCKDB_CALLS, FILE_CALLS };

/* The nth of these calls will fail, once; 0: they are only counted. */
void failing_begin(enum failing kind, size_t nth);

/* No more; how many there were. */
size_t failing_end(void);

/* For the functions that take the place of others: is it this one's turn? */
bool failing_now(enum failing kind, const char *call);

/* The call that failed last, or NULL. */
const char *failing_call(void);

/* Puts functions that fail in turn into the table through which all calls of DuckDB go; after duckdb_load(). */
void failing_wrap_duckdb(void);

#endif
