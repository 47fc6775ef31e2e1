#ifndef DUCKALOG_BASE_PARALLEL_H
#define DUCKALOG_BASE_PARALLEL_H

/*
 * Work that is done side by side: a number of items that do not depend on each other.
 */

#include <stddef.h>

/* As many threads as there are processors that this process may use. */
unsigned parallel_processors(void);

/*
 * Calls `work` once for each index below `count`, in any order, on at most `threads` threads, the caller's included. When
 * a thread can't be had, the others do its share. Returns when all is done.
 */
void parallel_run(size_t count, unsigned threads, void (*work)(size_t index, void *user), void *user);

#endif
