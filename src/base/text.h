#ifndef DUCKALOG_BASE_TEXT_H
#define DUCKALOG_BASE_TEXT_H

/*
 * Text under construction: a growing string. After a failed allocation every further addition does nothing, so one
 * text_failed() at the end is enough.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

struct text {
    char *chars; /* always terminated, once anything was added */
    size_t length;
    size_t capacity;
    bool failed;
    struct arena *arena; /* NULL: on the heap, to be freed with text_free() */
};

struct text text_in(struct arena *arena);
struct text text_on_heap(void);

void text_add(struct text *text, const char *string);
void text_add_length(struct text *text, const char *chars, size_t length);
void text_add_char(struct text *text, char c);
__attribute__((format(printf, 2, 3))) void text_format(struct text *text, const char *format, ...);
void text_vformat(struct text *text, const char *format, va_list arguments);

bool text_failed(const struct text *text);

/* The finished string ("" when nothing was added), or NULL when an allocation failed. */
const char *text_string(const struct text *text);

/* Only for text on the heap. The memory may have held secrets, so it is wiped. */
void text_free(struct text *text);

/* Takes white space off its end. */
void text_trim_end(struct text *text);

/* ---- small questions about strings ---- */

/* ASCII letters only: the rule DuckDB compares names by. */
bool equal_ignoring_case(const char *a, const char *b);
char ascii_lower(char c);

/* Without white space at both ends, Unicode's included. NULL: no memory. */
const char *text_trimmed(struct arena *arena, const char *string);

/* The bytes of the white space character at `s`, Unicode's included, or 0. */
size_t white_space_length(const char *s);

bool is_blank(const char *string);
bool starts_with(const char *string, const char *prefix);
bool starts_with_ignoring_case(const char *string, const char *prefix);
bool contains_ignoring_case(const char *string, const char *part);

/* Does the name of a key, option, setting or variable say that its value is a secret? (connection.md 11) */
bool name_looks_secret(const char *name);

/* The number of single-character edits between two words, for "did you mean"; `limit` + 1 when there are more. */
size_t edit_distance(const char *a, const char *b, size_t limit);

#endif
