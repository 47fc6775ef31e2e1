#ifndef DUCKALOG_REMOTE_BASE64_H
#define DUCKALOG_REMOTE_BASE64_H

/* Bytes as letters, digits, `+` and `/`, as headers and keys have them. */

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* NULL: no memory. */
char *base64_encode(struct arena *arena, const void *bytes, size_t length);

/* In the alphabet of URLs, `-` and `_` at its end, and without padding, as tokens have it. NULL: no memory. */
char *base64url_encode(struct arena *arena, const void *bytes, size_t length);

/* NULL: this is none, or no memory. */
unsigned char *base64_decode(struct arena *arena, const char *text, size_t *ret_length);

#endif
