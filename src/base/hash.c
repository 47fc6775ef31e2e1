#include "base/hash.h"

#include "base/text.h"

#include <string.h>

/*
 * Eight bytes at a time, as there may be ten thousand queries to look at on each start. Each step is a one-to-one mapping
 * of the hash, so two texts of one length that differ within eight bytes never have the same one.
 */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 29;
}

/* From the least significant byte on, whatever order the machine has. */
static uint64_t word_of(const char *bytes, size_t length)
{
    uint64_t word = 0;

    for (size_t i = 0; i < length; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return word;
}

uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length)
{
    size_t i = 0;

    for (; length - i >= 8; i += 8)
        hash = mix(hash, word_of(bytes + i, 8));
    if (length > i)
        hash = mix(hash, word_of(bytes + i, length - i));
    return mix(hash, length);
}

uint64_t hash_string(uint64_t hash, const char *string)
{
    return string == NULL ? mix(hash, UINT64_MAX) : hash_bytes(hash, string, strlen(string));
}

uint64_t hash_name(uint64_t hash, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++)
        hash = mix(hash, (unsigned char)ascii_lower(name[i]));
    return mix(hash, length);
}
