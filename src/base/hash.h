#ifndef DUCKALOG_BASE_HASH_H
#define DUCKALOG_BASE_HASH_H

/*
 * Hashes of texts, to tell whether two are the same without keeping them. They stay what they are from one version to
 * the next, on every machine; they keep no one from making two texts of one hash.
 */

#include <stddef.h>
#include <stdint.h>

/* What a hash of several texts begins with. */
#define HASH_START UINT64_C(0x9e3779b97f4a7c15)

/* The hash with so many bytes added; their number counts too, so that "ab" and "c" is not "a" and "bc". */
uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length);

/* The same for a string; NULL is another one than "". */
uint64_t hash_string(uint64_t hash, const char *string);

/* The same, letters of ASCII in lower case: for names, as DuckDB compares them. */
uint64_t hash_name(uint64_t hash, const char *name);

#endif
