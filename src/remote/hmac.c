#include "remote/hmac.h"

#include <sha2.h>
#include <string.h>

static const unsigned char INNER = 0x36;
static const unsigned char OUTER = 0x5C;

/* The hash of the key, mixed with a constant, and a text. */
static void hash(const unsigned char key[SHA256_BLOCK_LENGTH], unsigned char mix, const void *text, size_t length,
                 unsigned char ret_hash[HMAC_LENGTH])
{
    unsigned char block[SHA256_BLOCK_LENGTH];
    SHA2_CTX context;

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = key[i] ^ mix;
    SHA256Init(&context);
    SHA256Update(&context, block, sizeof(block));
    SHA256Update(&context, text, length);
    SHA256Final(ret_hash, &context);
    explicit_bzero(block, sizeof(block));
    explicit_bzero(&context, sizeof(context));
}

void hmac_sha256(const void *key, size_t key_length, const void *text, size_t length,
                 unsigned char ret_signature[HMAC_LENGTH])
{
    unsigned char block[SHA256_BLOCK_LENGTH] = { 0 };
    unsigned char inner[HMAC_LENGTH];

    if (key_length > sizeof(block)) {
        SHA2_CTX context;

        SHA256Init(&context);
        SHA256Update(&context, key, key_length);
        SHA256Final(block, &context);
        explicit_bzero(&context, sizeof(context));
    } else
        memcpy(block, key, key_length);
    hash(block, INNER, text, length, inner);
    hash(block, OUTER, inner, sizeof(inner), ret_signature);
    explicit_bzero(block, sizeof(block));
}
