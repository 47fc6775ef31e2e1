/*
 * Redaction: secret values, longest first, so that a secret that holds another one goes as a whole.
 */

#include "base/redact.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct value {
    const char *chars;
    size_t length;
    struct value *next;
};

struct redactor {
    struct arena *arena;
    struct value *longest;
};

struct redactor *redactor_create(void)
{
    struct redactor *redactor = calloc(1, sizeof(*redactor));

    if (redactor == NULL)
        return NULL;
    redactor->arena = arena_create(ARENA_WIPED);
    if (redactor->arena == NULL) {
        free(redactor);
        return NULL;
    }
    return redactor;
}

void redactor_destroy(struct redactor *redactor)
{
    if (redactor == NULL)
        return;
    arena_destroy(redactor->arena);
    free(redactor);
}

bool redactor_learn(struct redactor *redactor, const char *value)
{
    size_t length = strlen(value);
    struct value **place = &redactor->longest;
    struct value *learned;

    if (length < REDACTED_FROM)
        return true;
    while (*place != NULL && (*place)->length >= length) {
        if ((*place)->length == length && strcmp((*place)->chars, value) == 0)
            return true;
        place = &(*place)->next;
    }
    learned = arena_alloc(redactor->arena, sizeof(*learned));
    if (learned == NULL)
        return false;
    learned->chars = arena_copy(redactor->arena, value, length);
    if (learned->chars == NULL)
        return false;
    learned->length = length;
    learned->next = *place;
    *place = learned;
    return true;
}

static const struct value *secret_at(const struct redactor *redactor, const char *string)
{
    for (const struct value *value = redactor->longest; value != NULL; value = value->next)
        if (strncmp(string, value->chars, value->length) == 0)
            return value;
    return NULL;
}

void redact_add(const struct redactor *redactor, struct text *text, const char *string)
{
    const char *clean = string;

    if (redactor == NULL || redactor->longest == NULL) {
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
