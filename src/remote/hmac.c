#include "remote/hmac.h"

#include <sha1.h>
#include <sha2.h>
#include <string.h>

enum { BLOCK = 64 }; /* bytes that both take at a time */

_Static_assert(SHA1_BLOCK_LENGTH == BLOCK && SHA256_BLOCK_LENGTH == BLOCK, "both have blocks of one length");
_Static_assert(HMAC_SHA1_LENGTH == SHA1_DIGEST_LENGTH && HMAC_LENGTH == SHA256_DIGEST_LENGTH,
               "as long as their hashes");

/* The hash of two texts, one behind the other. */
typedef void hash_function(const void *one, size_t one_length, const void *other, size_t other_length,
                           unsigned char *ret_hash);

static void sha1(const void *one, size_t one_length, const void *other, size_t other_length, unsigned char *ret_hash)
{
    SHA1_CTX context;

    SHA1Init(&context);
    SHA1Update(&context, one, one_length);
    SHA1Update(&context, other, other_length);
    SHA1Final(ret_hash, &context);
    explicit_bzero(&context, sizeof(context));
}

static void sha256(const void *one, size_t one_length, const void *other, size_t other_length, unsigned char *ret_hash)
{
    SHA2_CTX context;

    SHA256Init(&context);
    SHA256Update(&context, one, one_length);
    SHA256Update(&context, other, other_length);
    SHA256Final(ret_hash, &context);
    explicit_bzero(&context, sizeof(context));
}

/* Of the key, mixed with a constant, and a text. */
static void hash_mixed(hash_function *hash, const unsigned char key[BLOCK], unsigned char mix, const void *text,
                       size_t length, unsigned char *ret_hash)
{
    unsigned char block[BLOCK];

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = key[i] ^ mix;
    hash(block, sizeof(block), text, length, ret_hash);
    explicit_bzero(block, sizeof(block));
}

static void hmac(hash_function *hash, size_t hash_length, const void *key, size_t key_length, const void *text,
                 size_t length, unsigned char *ret_hash)
{
    const unsigned char INNER = 0x36;
    const unsigned char OUTER = 0x5C;
    unsigned char block[BLOCK] = { 0 };
    unsigned char inner[HMAC_LENGTH];

    if (key_length > sizeof(block))
        hash(key, key_length, "", 0, block);
    else
        memcpy(block, key, key_length);
    hash_mixed(hash, block, INNER, text, length, inner);
    hash_mixed(hash, block, OUTER, inner, hash_length, ret_hash);
    explicit_bzero(block, sizeof(block));
}

void hmac_sha256(const void *key, size_t key_length, const void *text, size_t length,
                 unsigned char ret_signature[HMAC_LENGTH])
{
    hmac(sha256, HMAC_LENGTH, key, key_length, text, length, ret_signature);
}

void hmac_sha1(const void *key, size_t key_length, const void *text, size_t length,
               unsigned char ret_hash[HMAC_SHA1_LENGTH])
{
    hmac(sha1, HMAC_SHA1_LENGTH, key, key_length, text, length, ret_hash);
}
