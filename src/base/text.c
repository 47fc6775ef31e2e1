/*
 * Text: a growing string in an arena or on the heap, and small questions about strings.
 */

#include "base/text.h"

#include "base/arena.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text text_in(struct arena *arena)
{
    return (struct text){ .arena = arena };
}

struct text text_on_heap(void)
{
    return (struct text){ 0 };
}

static bool grow_to_hold(struct text *text, size_t more)
{
    size_t capacity = text->capacity == 0 ? 64 : text->capacity;
    char *chars;

    if (text->failed)
        return false;
    if (more >= SIZE_MAX / 4 - text->length) {
        text->failed = true;
        return false;
    }
    if (text->length + more + 1 <= text->capacity)
        return true;
    while (capacity < text->length + more + 1)
        capacity *= 2;
    /* Not realloc: an old copy left behind on the heap could hold a secret. */
    chars = text->arena != NULL ? arena_alloc(text->arena, capacity) : malloc(capacity);
    if (chars == NULL) {
        text->failed = true;
        return false;
    }
    if (text->length > 0)
        memcpy(chars, text->chars, text->length);
    chars[text->length] = '\0';
    if (text->arena == NULL && text->chars != NULL) {
        explicit_bzero(text->chars, text->capacity);
        free(text->chars);
    }
    text->chars = chars;
    text->capacity = capacity;
    return true;
}

void text_add_length(struct text *text, const char *chars, size_t length)
{
    if (!grow_to_hold(text, length))
        return;
    if (length > 0)
        memcpy(text->chars + text->length, chars, length);
    text->length += length;
    text->chars[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_length(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
    text_add_length(text, &c, 1);
}

void text_vformat(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        text->failed = true;
    else if (grow_to_hold(text, (size_t)length)) {
        vsnprintf(text->chars + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_vformat(text, format, arguments);
    va_end(arguments);
}

bool text_failed(const struct text *text)
{
    return text->failed;
}

const char *text_string(const struct text *text)
{
    if (text->failed)
        return NULL;
    return text->chars == NULL ? "" : text->chars;
}

void text_free(struct text *text)
{
    if (text->arena == NULL && text->chars != NULL) {
        explicit_bzero(text->chars, text->capacity);
        free(text->chars);
    }
    *text = (struct text){ 0 };
}

void text_trim_end(struct text *text)
{
    while (text->length > 0 && strchr(" \t\r\n", text->chars[text->length - 1]) != NULL)
        text->chars[--text->length] = '\0';
}

char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(const char *a, const char *b)
{
    while (*a != '\0' && ascii_lower(*a) == ascii_lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

size_t white_space_length(const char *s)
{
    static const char *const wide[] = { "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xA8",
                                        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80" };

    if ((unsigned char)*s > ' ' && (unsigned char)*s < 0xC2) /* nearly all there is */
        return 0;
    if (*s != '\0' && strchr(" \t\r\n\v\f\x1C\x1D\x1E\x1F", *s) != NULL)
        return 1;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (starts_with(s, wide[i]))
            return strlen(wide[i]);
    /* U+2000 to U+200A */
    return starts_with(s, "\xE2\x80") && (unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8A ? 3 : 0;
}

const char *text_trimmed(struct arena *arena, const char *string)
{
    const char *end;

    while (white_space_length(string) > 0)
        string += white_space_length(string);
    end = string;
    for (const char *s = string; *s != '\0';) {
        size_t length = white_space_length(s);

        s += length > 0 ? length : 1;
        if (length == 0)
            end = s;
    }
    return arena_copy(arena, string, (size_t)(end - string));
}

bool is_blank(const char *string)
{
    return string[strspn(string, " \t\r\n\v\f")] == '\0';
}

bool starts_with(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool starts_with_ignoring_case(const char *string, const char *prefix)
{
    for (; *prefix != '\0'; string++, prefix++)
        if (ascii_lower(*string) != ascii_lower(*prefix))
            return false;
    return true;
}

bool contains_ignoring_case(const char *string, const char *part)
{
    for (;; string++) {
        if (starts_with_ignoring_case(string, part))
            return true;
        if (*string == '\0')
            return false;
    }
}

/* Is it the word with one letter more, less, or another one, or with two neighbours swapped? */
static bool is_slip(const char *typed, size_t length, const char *word)
{
    size_t word_length = strlen(word);
    size_t same = 0; /* letters from the front, then from the back */
    size_t left;
    size_t word_left;

    while (same < length && same < word_length && ascii_lower(typed[same]) == word[same])
        same++;
    left = length - same;
    word_left = word_length - same;
    while (left > 0 && word_left > 0 && ascii_lower(typed[same + left - 1]) == word[same + word_left - 1]) {
        left--;
        word_left--;
    }
    if (left == 2 && word_left == 2)
        return ascii_lower(typed[same]) == word[same + 1] && ascii_lower(typed[same + 1]) == word[same];
    return left <= 1 && word_left <= 1;
}

static bool contains_slip(const char *name, const char *word)
{
    const size_t length = strlen(name);
    const size_t shortest = strlen(word) - 1;

    for (size_t i = 0; i + shortest <= length; i++)
        for (size_t more = 0; more <= 2 && i + shortest + more <= length; more++)
            if (is_slip(name + i, shortest + more, word))
                return true;
    return false;
}

/* Is `word` one of the parts of `name` that are set apart by anything but letters and digits? */
static bool has_part(const char *name, const char *word)
{
    const size_t length = strlen(word);

    while (*name != '\0') {
        size_t part = 0;

        while (isalnum((unsigned char)name[part]))
            part++;
        if (part == length && starts_with_ignoring_case(name, word))
            return true;
        name += part;
        name += *name != '\0';
    }
    return false;
}

/* The same with a slip; more than one of it is another word, as in `tokens_per_s`. */
static bool has_part_with_slip(const char *name, const char *word)
{
    const size_t length = strlen(word);

    while (*name != '\0') {
        size_t part = 0;

        while (isalnum((unsigned char)name[part]))
            part++;
        if (is_slip(name, part, word) && !(part == length + 1 && ascii_lower(name[part - 1]) == 's'))
            return true;
        name += part;
        name += *name != '\0';
    }
    return false;
}

bool name_looks_secret(const char *name)
{
    static const char *const anywhere[] = { "password",   "passwd", "passphrase",       "secret",
                                            "credential", "bearer", "connection_string" };
    /* Short words: `author` and `monkeys` are no secrets. */
    static const char *const parts[] = { "token", "key", "pwd", "auth", "sas", "pat", "header", "headers" };

    /* A slip in a word as long as these is still that word: a value is not shown for a typo in the name of its option. */
    static const char *const long_words[] = { "password", "passphrase", "secret", "credential", "bearer" };

    /* DuckDB's settings about secrets. */
    static const char *const harmless[] = { "secret_directory", "default_secret_storage", "allow_persistent_secrets" };

    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        if (equal_ignoring_case(name, harmless[i]))
            return false;
    for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
        if (contains_ignoring_case(name, anywhere[i]))
            return true;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (has_part(name, parts[i]))
            return true;
    for (size_t i = 0; i < sizeof(long_words) / sizeof(long_words[0]); i++)
        if (contains_slip(name, long_words[i]))
            return true;
    return has_part_with_slip(name, "token");
}

size_t edit_distance(const char *a, const char *b, size_t limit)
{
    enum { LONGEST = 63 };
    size_t length_a = strlen(a);
    size_t length_b = strlen(b);
    size_t row[LONGEST + 1];

    if (length_a > LONGEST || length_b > LONGEST || length_a > length_b + limit || length_b > length_a + limit)
        return limit + 1;
    for (size_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t replaced = diagonal + (ascii_lower(a[i - 1]) != ascii_lower(b[j - 1]));
            size_t cheapest = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

            diagonal = row[j];
            row[j] = replaced < cheapest ? replaced : cheapest;
        }
    }
    return row[length_b] > limit ? limit + 1 : row[length_b];
}
