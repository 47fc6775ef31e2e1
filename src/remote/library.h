#ifndef DUCKALOG_REMOTE_LIBRARY_H
#define DUCKALOG_REMOTE_LIBRARY_H

/* Libraries of the machine that are loaded when they are first needed, and stay. */

#include <stddef.h>

struct library_function {
    const char *name;
    void *place; /* of the pointer to it */
};

enum library_outcome { LIBRARY_LOADED, LIBRARY_MISSING, LIBRARY_LACKS_FUNCTIONS };

/* The first of the names (ended by NULL) that is there, with all of these functions. */
enum library_outcome library_load(const char *const *names, const struct library_function *wanted, size_t count);

#endif
