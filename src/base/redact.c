/*
 * Redaction. Of several secret values that begin at one place the longest goes, so that one that holds another one goes as
 * a whole.
 */

#include "base/redact.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct value {
    const char *chars;
    size_t length;
    struct value *next;   /* of its bucket */
    struct value *before; /* learned before this one */
};

/* By all of a value and by its first characters, so that thousands are learned and looked for as fast as a few. */
struct redactor {
    struct arena *arena;
    struct map *values;
    struct value **buckets;
    size_t bucket_count; /* a power of two; 0 at first */
    size_t count;
    struct value *last; /* that was learned */
};

struct redactor *redactor_create(void)
{
    struct redactor *redactor = calloc(1, sizeof(*redactor));

    if (redactor == NULL)
        return NULL;
    redactor->arena = arena_create(ARENA_WIPED);
    redactor->values = redactor->arena == NULL ? NULL : map_create(redactor->arena, MAP_EXACT);
    if (redactor->values != NULL)
        return redactor;
    redactor_destroy(redactor);
    return NULL;
}

void redactor_destroy(struct redactor *redactor)
{
    if (redactor == NULL)
        return;
    arena_destroy(redactor->arena);
    free(redactor);
}

_Static_assert(REDACTED_FROM == 4, "the hash is made of four characters");

/* By the first REDACTED_FROM characters, which every value has. */
static struct value **bucket_of(const struct redactor *redactor, const char *chars)
{
    unsigned char c[REDACTED_FROM];
    unsigned hash;

    memcpy(c, chars, sizeof(c));
    hash = ((unsigned)c[0] | (unsigned)c[1] << 8 | (unsigned)c[2] << 16 | (unsigned)c[3] << 24) * 2654435761u;
    return &redactor->buckets[(hash >> 8) & (redactor->bucket_count - 1)];
}

static void put_into_bucket(struct redactor *redactor, struct value *value)
{
    struct value **bucket = bucket_of(redactor, value->chars);

    value->next = *bucket;
    *bucket = value;
}

static bool make_room(struct redactor *redactor)
{
    enum { FIRST = 16 };
    size_t count = redactor->bucket_count == 0 ? FIRST : redactor->bucket_count * 4;
    struct value **buckets;

    if (redactor->count < redactor->bucket_count)
        return true;
    buckets = arena_array(redactor->arena, count, sizeof(struct value *));
    if (buckets == NULL)
        return false;
    redactor->buckets = buckets;
    redactor->bucket_count = count;
    for (struct value *value = redactor->last; value != NULL; value = value->before)
        put_into_bucket(redactor, value);
    return true;
}

bool redactor_learn(struct redactor *redactor, const char *value)
{
    size_t length = strlen(value);
    struct value *learned;

    if (length < REDACTED_FROM || redactor_knows(redactor, value))
        return true;
    learned = arena_alloc(redactor->arena, sizeof(*learned));
    if (learned == NULL || !make_room(redactor))
        return false;
    *learned = (struct value){ arena_copy(redactor->arena, value, length), length, NULL, redactor->last };
    if (learned->chars == NULL || !map_add(redactor->values, learned->chars, learned))
        return false;
    put_into_bucket(redactor, learned);
    redactor->last = learned;
    redactor->count++;
    return true;
}

bool redactor_learn_all(struct redactor *redactor, const struct redactor *other)
{
    for (const struct value *value = other->last; value != NULL; value = value->before)
        if (!redactor_learn(redactor, value->chars))
            return false;
    return true;
}

static const struct value *secret_at(const struct redactor *redactor, const char *string)
{
    const struct value *longest = NULL;

    for (size_t i = 0; i < REDACTED_FROM; i++)
        if (string[i] == '\0')
            return NULL;
    for (const struct value *value = *bucket_of(redactor, string); value != NULL; value = value->next)
        if ((longest == NULL || longest->length < value->length) && strncmp(string, value->chars, value->length) == 0)
            longest = value;
    return longest;
}

void redact_add(const struct redactor *redactor, struct text *text, const char *string)
{
    const char *clean = string;

    if (redactor == NULL || redactor->count == 0) {
        text_add(text, string);
        return;
    }
    while (*string != '\0') {
        const struct value *secret = secret_at(redactor, string);

        if (secret == NULL) {
            string++;
            continue;
        }
        text_add_length(text, clean, (size_t)(string - clean));
        text_add(text, REDACTED);
        string += secret->length;
        clean = string;
    }
    text_add_length(text, clean, (size_t)(string - clean));
}

bool redactor_knows(const struct redactor *redactor, const char *text)
{
    return redactor != NULL && map_find(redactor->values, text) != NULL;
}

bool redactor_finds(const struct redactor *redactor, const char *text)
{
    if (redactor == NULL || redactor->count == 0)
        return false;
    for (; *text != '\0'; text++)
        if (secret_at(redactor, text) != NULL)
            return true;
    return false;
}

/* ---- credentials inside of other texts ---- */

struct piece {
    const char *start;
    size_t length;
};

/* After `://`, up to the `@` of the authority: what follows the first colon. */
static bool find_password(const char *after_scheme, struct piece *ret_piece)
{
    size_t authority = strcspn(after_scheme, "/?# \t\n'\"");
    const char *at = NULL;
    const char *colon;

    for (size_t i = 0; i < authority; i++)
        if (after_scheme[i] == '@')
            at = after_scheme + i;
    colon = at == NULL ? NULL : memchr(after_scheme, ':', (size_t)(at - after_scheme));
    if (colon == NULL || colon + 1 == at)
        return false;
    *ret_piece = (struct piece){ colon + 1, (size_t)(at - colon - 1) };
    return true;
}

/* `name=value` at `s`, when the name is that of a credential: the value, with or without quotes around it. */
static bool find_value(const char *s, struct piece *ret_piece)
{
    static const char *const names[] = {
        "password=",        "passwd=",           "pwd=",     "sslpassword=", "accountkey=",
        "sharedaccesskey=", "signature=",        "sig=",     "token=",       "access_token=",
        "secret=",          "motherduck_token=", "api_key=", "apikey=",      "x-amz-security-token=",
        "x-amz-credential="
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value;
        size_t length;

        if (!starts_with_ignoring_case(s, names[i]))
            continue;
        value = s + strlen(names[i]);
        value += strspn(value, "'");
        length = value[-1] == '\'' ? strcspn(value, "'") : strcspn(value, " &;\t\n'\"");
        if (length == 0)
            return false;
        *ret_piece = (struct piece){ value, length };
        return true;
    }
    return false;
}

/* What is a credential only as a part of the query of a URI; elsewhere the words are too common. */
static bool find_in_query(const char *s, struct piece *ret_piece)
{
    static const char *const names[] = { "key=",           "code=",          "auth=",      "jwt=",
                                         "authorization=", "private_token=", "id_token=",  "refresh_token=",
                                         "x-api-key=",     "api-key=",       "auth_token=" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = s + strlen(names[i]);
        size_t length = starts_with_ignoring_case(s, names[i]) ? strcspn(value, " &#;\t\n'\"") : 0;

        if (length == 0)
            continue;
        *ret_piece = (struct piece){ value, length };
        return true;
    }
    return false;
}

/* The first credential at or after `s`. */
static bool find_credential(const char *s, struct piece *ret_piece)
{
    /* Every value of a config comes by here: most have neither. */
    if (strchr(s, '=') == NULL && strstr(s, "://") == NULL)
        return false;
    for (const char *c = s; *c != '\0'; c++) {
        bool begins = c == s || (!isalnum((unsigned char)c[-1]) && c[-1] != '_');

        if (*c == ':' && starts_with(c, "://") && find_password(c + 3, ret_piece))
            return true;
        if (begins && isalpha((unsigned char)*c) && find_value(c, ret_piece))
            return true;
        if ((*c == '?' || *c == '&') && find_in_query(c + 1, ret_piece))
            return true;
    }
    return false;
}

bool redact_finds_credentials(const char *text)
{
    struct piece piece;

    return find_credential(text, &piece);
}

void redact_add_without_credentials(struct text *text, const char *string)
{
    struct piece piece;

    while (find_credential(string, &piece)) {
        text_add_length(text, string, (size_t)(piece.start - string));
        text_add(text, REDACTED);
        string = piece.start + piece.length;
    }
    text_add(text, string);
}

bool redactor_learn_from(struct redactor *redactor, const char *text)
{
    struct piece piece;

    while (find_credential(text, &piece)) {
        struct text value = text_on_heap();
        bool learned;

        text_add_length(&value, piece.start, piece.length);
        learned = text_string(&value) != NULL && redactor_learn(redactor, text_string(&value));
        text_free(&value);
        if (!learned)
            return false;
        text = piece.start + piece.length;
    }
    return true;
}
