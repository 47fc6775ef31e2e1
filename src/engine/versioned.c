/*
 * Structs of another version: which bytes of the caller's can be read. A size is never trusted beyond a bound, as a struct
 * that nobody has initialised may say anything.
 */

#include "engine/versioned.h"

#include <string.h>

/* Bytes: how much a struct may have grown in versions to come. */
enum { MOST_NEWER = 4096 };

static bool is_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

bool versioned_read(const void *given, const struct form *forms, size_t count, void *ret_known)
{
    const struct form *ours = &forms[count - 1];
    size_t size;

    memcpy(&size, given, sizeof(size));
    for (size_t i = 0; i < count; i++)
        if (size == forms[i].size) {
            memcpy(ret_known, given, forms[i].used);
            return true;
        }
    if (size < ours->size || size - ours->size > MOST_NEWER ||
        !is_zero((const unsigned char *)given + ours->size, size - ours->size))
        return false;
    memcpy(ret_known, given, ours->used);
    return true;
}
