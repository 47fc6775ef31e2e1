#ifndef DUCKALOG_REMOTE_HMAC_H
#define DUCKALOG_REMOTE_HMAC_H

/* Hashes with a key that both sides know (RFC 2104). */

#include <stddef.h>

enum { HMAC_LENGTH = 32, HMAC_SHA1_LENGTH = 20 };

/* Of SHA-256, as Azure signs requests. */
void hmac_sha256(const void *key, size_t key_length, const void *text, size_t length,
                 unsigned char ret_signature[HMAC_LENGTH]);

/* Of SHA-1, as ssh hides the names of hosts. Good for nothing else today. */
void hmac_sha1(const void *key, size_t key_length, const void *text, size_t length,
               unsigned char ret_hash[HMAC_SHA1_LENGTH]);

#endif
