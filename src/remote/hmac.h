#ifndef DUCKALOG_REMOTE_HMAC_H
#define DUCKALOG_REMOTE_HMAC_H

/* Signatures by a key that both sides know (RFC 2104), of SHA-256. */

#include <stddef.h>

enum { HMAC_LENGTH = 32 };

void hmac_sha256(const void *key, size_t key_length, const void *text, size_t length,
                 unsigned char ret_signature[HMAC_LENGTH]);

#endif
