/*
 * JSON into a Document: strict RFC 8259, with the place of each value. (jansson keeps no places, and the YAML reader
 * takes and refuses other texts than JSON does: config-language.md D-1.)
 */

#include "config/document.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

struct reader {
    struct arena *arena;
    const struct source *source;
    struct duckalog_report *report;
    const char *next;
    const char *end;
    unsigned line;
    const char *line_start; /* columns are counted from here when they are asked for */
    size_t continuation;    /* bytes of this line that are not the first of a character */
    size_t depth;
    size_t values; /* read so far */
};

static struct position here(const struct reader *reader)
{
    size_t bytes = (size_t)(reader->next - reader->line_start);

    return (struct position){ reader->source->shown, reader->line, (unsigned)(bytes - reader->continuation) + 1 };
}

static void *refuse(struct reader *reader, const char *hint, const char *problem)
{
    report_add(reader->report, DUCKALOG_ERROR, "syntax", here(reader), NULL, hint, "%s", problem);
    return NULL;
}

/* A value that begins here. */
static struct node *begin(struct reader *reader, enum node_kind kind)
{
    if (!document_count_values(&reader->values, 1, here(reader), reader->report))
        return NULL;
    return node_create(reader->arena, reader->source, kind, here(reader));
}

static bool at_end(const struct reader *reader)
{
    return reader->next == reader->end;
}

static char peek(const struct reader *reader)
{
    return at_end(reader) ? '\0' : *reader->next;
}

static void skip_blanks(struct reader *reader)
{
    for (; !at_end(reader) && strchr(" \t\r\n", *reader->next) != NULL && *reader->next != '\0'; reader->next++)
        if (*reader->next == '\n') {
            reader->line++;
            reader->line_start = reader->next + 1;
            reader->continuation = 0;
        }
}

static void add_utf8(struct text *text, uint32_t c)
{
    if (c < 0x80)
        text_add_char(text, (char)c);
    else if (c < 0x800) {
        text_add_char(text, (char)(0xC0 | (c >> 6)));
        text_add_char(text, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        text_add_char(text, (char)(0xE0 | (c >> 12)));
        text_add_char(text, (char)(0x80 | ((c >> 6) & 0x3F)));
        text_add_char(text, (char)(0x80 | (c & 0x3F)));
    } else {
        text_add_char(text, (char)(0xF0 | (c >> 18)));
        text_add_char(text, (char)(0x80 | ((c >> 12) & 0x3F)));
        text_add_char(text, (char)(0x80 | ((c >> 6) & 0x3F)));
        text_add_char(text, (char)(0x80 | (c & 0x3F)));
    }
}

static bool read_hex(struct reader *reader, uint32_t *ret_unit)
{
    uint32_t unit = 0;

    if (reader->end - reader->next < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = ascii_lower(*reader->next);

        if (c >= '0' && c <= '9')
            unit = unit * 16 + (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            unit = unit * 16 + (uint32_t)(c - 'a') + 10;
        else
            return false;
        reader->next++;
    }
    *ret_unit = unit;
    return true;
}

static bool read_unicode_escape(struct reader *reader, struct text *text)
{
    uint32_t unit;
    uint32_t second;

    if (!read_hex(reader, &unit))
        return refuse(reader, NULL, "\\u needs four hexadecimal digits") != NULL;
    if (unit == 0)
        return refuse(reader, NULL, "a value can't hold a NUL character") != NULL;
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return refuse(reader, NULL, "the second half of a surrogate pair stands alone") != NULL;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        if (reader->end - reader->next < 6 || reader->next[0] != '\\' || reader->next[1] != 'u')
            return refuse(reader, NULL, "the first half of a surrogate pair stands alone") != NULL;
        reader->next += 2;
        if (!read_hex(reader, &second) || second < 0xDC00 || second > 0xDFFF)
            return refuse(reader, NULL, "the first half of a surrogate pair stands alone") != NULL;
        unit = 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
    }
    add_utf8(text, unit);
    return true;
}

static bool read_escape(struct reader *reader, struct text *text)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c;
    const char *found;

    reader->next++;
    c = peek(reader);
    if (c == 'u') {
        reader->next++;
        return read_unicode_escape(reader, text);
    }
    found = c == '\0' ? NULL : strchr(from, c);
    if (found == NULL)
        return refuse(reader, "write \\\\ for a backslash", "no such escape in JSON") != NULL;
    text_add_char(text, to[found - from]);
    reader->next++;
    return true;
}

/* The closing quote of the string at `next`, when it is all ASCII without escapes, as most are: NULL otherwise. */
static const char *end_of_simple_string(const struct reader *reader)
{
    const char *c = reader->next + 1;

    while (c < reader->end && *c >= ' ' && *c != '"' && *c != '\\')
        c++;
    return c < reader->end && *c == '"' ? c : NULL;
}

/* The text between the quotes at `next`. */
static const char *read_string(struct reader *reader)
{
    struct text text = text_in(reader->arena);
    const char *start = reader->next + 1;
    const char *end = end_of_simple_string(reader);

    reader->next++;
    if (end != NULL) {
        reader->next = end + 1;
        return arena_copy(reader->arena, start, (size_t)(end - start));
    }
    while (peek(reader) != '"' || at_end(reader)) {
        size_t length;

        if (at_end(reader))
            return refuse(reader, NULL, "the string has no closing quote");
        if ((unsigned char)*reader->next < 0x20)
            return refuse(reader, "write \\n for a new line and \\t for a tab",
                          "a string can't hold a control character as it is");
        if (*reader->next == '\\') {
            if (!read_escape(reader, &text))
                return NULL;
            continue;
        }
        length = utf8_length((const unsigned char *)reader->next, (size_t)(reader->end - reader->next));
        if (length == 0)
            return refuse(reader, "save the file as UTF-8 text", "not valid UTF-8");
        text_add_length(&text, reader->next, length);
        reader->next += length;
        reader->continuation += length - 1;
    }
    reader->next++;
    return text_string(&text);
}

static size_t skip_digits(struct reader *reader)
{
    const char *start = reader->next;

    while (peek(reader) >= '0' && peek(reader) <= '9')
        reader->next++;
    return (size_t)(reader->next - start);
}

static bool skip_number(struct reader *reader)
{
    if (peek(reader) == '-')
        reader->next++;
    if (peek(reader) == '0') {
        reader->next++;
        if (peek(reader) >= '0' && peek(reader) <= '9')
            return refuse(reader, "remove the leading zero", "a JSON number does not begin with 0") != NULL;
    } else if (skip_digits(reader) == 0)
        return refuse(reader, NULL, "a value is expected here") != NULL;
    if (peek(reader) == '.') {
        reader->next++;
        if (skip_digits(reader) == 0)
            return refuse(reader, NULL, "digits are expected after the point") != NULL;
    }
    if (peek(reader) == 'e' || peek(reader) == 'E') {
        reader->next++;
        if (peek(reader) == '+' || peek(reader) == '-')
            reader->next++;
        if (skip_digits(reader) == 0)
            return refuse(reader, NULL, "digits are expected in the exponent") != NULL;
    }
    return true;
}

static struct node *read_bare(struct reader *reader)
{
    static const char *const words[] = { "true", "false", "null" };
    const char *start = reader->next;
    struct node *node = begin(reader, NODE_SCALAR);
    bool word = false;

    if (node == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !word; i++) {
        size_t length = strlen(words[i]);

        if ((size_t)(reader->end - start) >= length && strncmp(start, words[i], length) == 0) {
            reader->next += length;
            word = true;
            if (i == 2)
                node->kind = NODE_NULL;
        }
    }
    if (!word && !skip_number(reader))
        return NULL;
    node->text = arena_copy(reader->arena, start, (size_t)(reader->next - start));
    return node->text == NULL ? NULL : node;
}

static struct node *read_value(struct reader *reader);

static struct node *read_list(struct reader *reader)
{
    struct node *list = begin(reader, NODE_LIST);

    reader->next++;
    skip_blanks(reader);
    if (list == NULL)
        return NULL;
    if (peek(reader) == ']') {
        reader->next++;
        return list;
    }
    for (;;) {
        struct node *item = read_value(reader);

        if (item == NULL || !node_append_item(reader->arena, list, item))
            return NULL;
        skip_blanks(reader);
        if (peek(reader) == ']')
            break;
        if (peek(reader) != ',')
            return refuse(reader, NULL, "\",\" or \"]\" is expected here");
        reader->next++;
    }
    reader->next++;
    return list;
}

static struct node *read_map(struct reader *reader)
{
    struct node *map = begin(reader, NODE_MAP);

    reader->next++;
    skip_blanks(reader);
    if (map == NULL)
        return NULL;
    if (peek(reader) == '}') {
        reader->next++;
        return map;
    }
    for (;;) {
        struct position position;
        const char *key;
        struct node *value;

        skip_blanks(reader);
        if (peek(reader) != '"')
            return refuse(reader, "keys are written in double quotes, and no comma stands before a \"}\"",
                          "a key in quotes is expected here");
        position = here(reader);
        key = read_string(reader);
        skip_blanks(reader);
        if (key == NULL)
            return NULL;
        if (peek(reader) != ':')
            return refuse(reader, NULL, "\":\" is expected here");
        reader->next++;
        value = read_value(reader);
        if (value == NULL || !node_append_entry(reader->arena, map, key, position, value))
            return NULL;
        skip_blanks(reader);
        if (peek(reader) == '}')
            break;
        if (peek(reader) != ',')
            return refuse(reader, NULL, "\",\" or \"}\" is expected here");
        reader->next++;
    }
    reader->next++;
    return node_check_keys(map, reader->report) ? map : NULL;
}

static struct node *read_nested(struct reader *reader)
{
    struct node *node;

    if (reader->depth == DOCUMENT_DEEPEST) {
        report_add(reader->report, DUCKALOG_ERROR, "too-deep", here(reader), NULL, NULL,
                   "lists and objects are nested more than %d deep", DOCUMENT_DEEPEST);
        return NULL;
    }
    reader->depth++;
    node = peek(reader) == '[' ? read_list(reader) : read_map(reader);
    reader->depth--;
    return node;
}

static struct node *read_value(struct reader *reader)
{
    const char *start;
    struct node *node;

    skip_blanks(reader);
    if (at_end(reader))
        return refuse(reader, NULL, "the file ends where a value is expected");
    if (*reader->next == '{' || *reader->next == '[')
        return read_nested(reader);
    if (*reader->next != '"')
        return read_bare(reader);
    node = begin(reader, NODE_SCALAR);
    if (node == NULL)
        return NULL;
    node->style = SCALAR_QUOTED;
    start = reader->next;
    node->text = read_string(reader);
    if (node->text == NULL)
        return NULL;
    /* Without escapes it is written as it reads. */
    if ((size_t)(reader->next - start) == strlen(node->text) + 2) {
        node->text_line = node->position.line;
        node->text_column = node->position.column + 1;
    }
    return node;
}

struct node *json_read(struct arena *arena, const struct source *source, const char *chars, size_t length,
                       struct duckalog_report *report)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    struct reader reader = { .arena = arena,
                             .source = source,
                             .report = report,
                             .next = chars,
                             .end = chars + length,
                             .line = 1,
                             .line_start = chars };
    size_t errors = duckalog_report_errors(report);
    struct node *root;

    if (length >= 3 && memcmp(chars, byte_order_mark, 3) == 0) {
        reader.next += 3;
        reader.line_start += 3;
    }
    root = read_value(&reader);
    if (root != NULL) {
        skip_blanks(&reader);
        if (!at_end(&reader))
            root = refuse(&reader, NULL, "nothing may come after the end of the value");
    }
    if (root == NULL && duckalog_report_errors(report) == errors)
        report_add(report, DUCKALOG_ERROR, "no-memory", (struct position){ .file = source->shown }, NULL, NULL,
                   "not enough memory to read this file");
    return root;
}
