#include "remote/base64.h"

#include "base/arena.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(struct arena *arena, const void *bytes, size_t length)
{
    const unsigned char *from = bytes;
    char *text = arena_alloc(arena, (length + 2) / 3 * 4 + 1);
    char *to = text;

    for (size_t i = 0; text != NULL && i < length; i += 3) {
        unsigned long group = 0;

        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (i + j < length ? from[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            *to++ = i + j <= length ? digits[group >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

char *base64url_encode(struct arena *arena, const void *bytes, size_t length)
{
    char *text = base64_encode(arena, bytes, length);

    for (char *c = text; c != NULL && *c != '\0'; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
    return text;
}

unsigned char *base64_decode(struct arena *arena, const char *text, size_t *ret_length)
{
    size_t length = strspn(text, digits);
    size_t padding = strlen(text + length);
    unsigned char *bytes;
    unsigned long group = 0;

    *ret_length = 0;
    if ((length + padding) % 4 != 0 || padding > 2 || strspn(text + length, "=") != padding)
        return NULL;
    bytes = arena_alloc(arena, (length + padding) / 4 * 3 + 1);
    for (size_t i = 0; bytes != NULL && i < length; i++) {
        group = (group << 6 | (unsigned long)(strchr(digits, text[i]) - digits)) & 0xFFFFFF;
        if (i % 4 > 0)
            bytes[(*ret_length)++] = (unsigned char)(group >> (6 - i % 4 * 2));
    }
    return bytes;
}
