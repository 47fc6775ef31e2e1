#ifndef DUCKALOG_REMOTE_RSA_H
#define DUCKALOG_REMOTE_RSA_H

/* Signatures with a private key, by OpenSSL's libcrypto: loaded when the first one is needed, which few users ever do. */

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct rsa_signature {
    const unsigned char *bytes;
    size_t length;
};

/*
 * Signs a text (RSASSA-PKCS1-v1_5 with SHA-256, which is RS256) with a key in PEM. False with the reason, and what to do
 * about it (NULL: nothing to say); no reason: no memory.
 */
bool rsa_sign(struct arena *arena, const char *key, const char *text, struct rsa_signature *ret_signature,
              const char **ret_problem, const char **ret_hint);

#endif
