#ifndef DUCKALOG_REMOTE_SHA1_H
#define DUCKALOG_REMOTE_SHA1_H

/* SHA-1 with a key (RFC 2104), as ssh hides the names of hosts with. Good for nothing else today. */

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20 };

void sha1_keyed(const uint8_t *key, size_t key_size, const char *text, uint8_t ret_hash[SHA1_SIZE]);

#endif
