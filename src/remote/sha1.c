#include "remote/sha1.h"

#include <string.h>

enum { BLOCK = 64 };

struct sha1 {
    uint32_t state[5];
    uint8_t block[BLOCK];
    uint64_t size; /* bytes so far */
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* FIPS 180-4, 6.1.2. */
static void take_block(struct sha1 *hash)
{
    static const uint32_t constants[4] = { 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6 };
    uint32_t words[80];
    uint32_t a = hash->state[0];
    uint32_t b = hash->state[1];
    uint32_t c = hash->state[2];
    uint32_t d = hash->state[3];
    uint32_t e = hash->state[4];

    for (size_t i = 0; i < 16; i++)
        words[i] = (uint32_t)hash->block[4 * i] << 24 | (uint32_t)hash->block[4 * i + 1] << 16 |
                   (uint32_t)hash->block[4 * i + 2] << 8 | hash->block[4 * i + 3];
    for (size_t i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (size_t i = 0; i < 80; i++) {
        uint32_t mixed = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
        uint32_t next = rotate(a, 5) + mixed + e + constants[i / 20] + words[i];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    hash->state[0] += a;
    hash->state[1] += b;
    hash->state[2] += c;
    hash->state[3] += d;
    hash->state[4] += e;
}

static struct sha1 start(void)
{
    return (struct sha1){ .state = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 } };
}

static void add(struct sha1 *hash, const void *bytes, size_t size)
{
    for (const uint8_t *byte = bytes; size > 0; size--) {
        hash->block[hash->size++ % BLOCK] = *byte++;
        if (hash->size % BLOCK == 0)
            take_block(hash);
    }
}

static void finish(struct sha1 *hash, uint8_t ret_hash[SHA1_SIZE])
{
    static const uint8_t padding[BLOCK] = { 0x80 };
    uint64_t bits = hash->size * 8;
    uint8_t length[8];

    add(hash, padding, 1 + (BLOCK + 55 - hash->size % BLOCK) % BLOCK);
    for (size_t i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    add(hash, length, sizeof(length));
    for (size_t i = 0; i < SHA1_SIZE; i++)
        ret_hash[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha1_keyed(const uint8_t *key, size_t key_size, const char *text, uint8_t ret_hash[SHA1_SIZE])
{
    uint8_t block[BLOCK] = { 0 };
    struct sha1 inner = start();
    struct sha1 outer = start();

    if (key_size > BLOCK) {
        struct sha1 short_key = start();

        add(&short_key, key, key_size);
        finish(&short_key, block);
    } else
        memcpy(block, key, key_size);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36;
    add(&inner, block, BLOCK);
    add(&inner, text, strlen(text));
    finish(&inner, ret_hash);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36 ^ 0x5C;
    add(&outer, block, BLOCK);
    add(&outer, ret_hash, SHA1_SIZE);
    finish(&outer, ret_hash);
}
