#ifndef DUCKALOG_ENGINE_VERSIONED_H
#define DUCKALOG_ENGINE_VERSIONED_H

/*
 * Structs that the caller fills and whose first field is their size: a program may have been built with an older header
 * than the library, or with a newer one.
 */

#include <stdbool.h>
#include <stddef.h>

/* The struct as a version of the header had it: without the padding at its end, which may hold anything. */
struct form {
    size_t size;
    size_t used;
};

/* The form whose last field this is. */
#define FORM_TO(type, field)                                                                                           \
    {                                                                                                                  \
        (offsetof(type, field) + sizeof(((type *)NULL)->field) + _Alignof(type) - 1) / _Alignof(type) *                \
            _Alignof(type),                                                                                            \
            offsetof(type, field) + sizeof(((type *)NULL)->field)                                                      \
    }

/*
 * Copies what the caller's struct and ours have in common; the rest of `ret_known` stays as it is. `forms` are all that
 * there have been, the oldest first; the last one is that of this library.
 *
 * A larger struct of a newer caller is taken when all that we do not know is zero, which is every field's default. False
 * for any other size.
 */
bool versioned_read(const void *given, const struct form *forms, size_t count, void *ret_known);

#endif
