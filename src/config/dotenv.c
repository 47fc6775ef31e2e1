/*
 * The text of a .env file. Each function that reads a part of a line moves the reader past it, or leaves the reader
 * where it is when the part is not there: what is not understood is skipped from the place that was reached, as
 * python-dotenv does. No part is read twice, so the time is that of one pass.
 */

#include "config/dotenv.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/document.h"

#include <string.h>

bool dotenv_is_utf8(const char *chars, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t step = utf8_length((const unsigned char *)chars + i, length - i);

        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

bool dotenv_open(struct arena *arena, const char *chars, size_t length, struct dotenv_reader *ret_reader)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    size_t mark = length >= 3 && memcmp(chars, byte_order_mark, 3) == 0 ? 3 : 0;
    char *copy = arena_copy(arena, chars + mark, length - mark);
    char *end = copy;

    if (copy == NULL)
        return false;
    /* Every end of a line is a \n from here on, in values of several lines too. */
    for (const char *c = copy; c < copy + length - mark; c++)
        if (*c != '\r')
            *end++ = *c;
        else if (c[1] != '\n')
            *end++ = '\n';
    *end = '\0';
    *ret_reader = (struct dotenv_reader){ arena, copy, end };
    return true;
}

static bool at_end(const struct dotenv_reader *reader)
{
    return reader->next == reader->end;
}

static void skip_blanks(struct dotenv_reader *reader)
{
    while (*reader->next != '\n' && white_space_length(reader->next) > 0)
        reader->next += white_space_length(reader->next);
}

static void skip_blank_lines(struct dotenv_reader *reader)
{
    while (white_space_length(reader->next) > 0)
        reader->next += white_space_length(reader->next);
}

static const char *end_of_line(const struct dotenv_reader *reader)
{
    const char *end = memchr(reader->next, '\n', (size_t)(reader->end - reader->next));

    return end == NULL ? reader->end : end;
}

static void skip_line(struct dotenv_reader *reader)
{
    reader->next = end_of_line(reader);
    if (!at_end(reader))
        reader->next++;
}

static void skip_export(struct dotenv_reader *reader)
{
    const char *start = reader->next;

    if (!starts_with(start, "export"))
        return;
    reader->next += strlen("export");
    if (*reader->next != '\n' && white_space_length(reader->next) > 0)
        skip_blanks(reader);
    else
        reader->next = start; /* a name that begins so */
}

/* The name at the reader, in the text. */
static bool read_name(struct dotenv_reader *reader, const char **ret_start, size_t *ret_length)
{
    const char *start = reader->next;
    const char *end = start;

    if (*start == '\'') {
        end = memchr(start + 1, '\'', (size_t)(reader->end - start - 1));
        if (end == NULL || end == start + 1)
            return false;
        *ret_start = start + 1;
        *ret_length = (size_t)(end - start - 1);
        reader->next = end + 1;
        return true;
    }
    while (end < reader->end && *end != '=' && *end != '#' && white_space_length(end) == 0)
        end++;
    if (end == start)
        return false;
    *ret_start = start;
    *ret_length = (size_t)(end - start);
    reader->next = end;
    return true;
}

/* What stands for a character after a backslash in quotes of this kind, or 0: then the backslash stays. */
static char unescaped(char c, char quote)
{
    static const char from[] = "\\'\"abfnrtv";
    static const char to[] = "\\'\"\a\b\f\n\r\t\v";
    const char *found = c == '\0' ? NULL : strchr(from, c);

    if (quote == '\'' && c != '\\' && c != '\'')
        return '\0';
    return found == NULL ? '\0' : to[found - from];
}

/* The value in quotes at the reader, which may go over several lines. */
static bool read_quoted(struct dotenv_reader *reader, struct text *value)
{
    char quote = *reader->next;

    for (const char *c = reader->next + 1; c < reader->end; c++) {
        if (*c == quote) {
            reader->next = c + 1;
            return true;
        }
        if (*c != '\\') {
            text_add_char(value, *c);
            continue;
        }
        if (++c == reader->end)
            return false;
        if (unescaped(*c, quote) != '\0')
            text_add_char(value, unescaped(*c, quote));
        else {
            text_add_char(value, '\\');
            text_add_char(value, *c);
        }
    }
    return false;
}

/* The rest of the line, without white space at its end and without a comment that white space sets apart. */
static void read_unquoted(struct dotenv_reader *reader, struct text *value)
{
    const char *start = reader->next;
    const char *line_end = end_of_line(reader);
    const char *end = start; /* of what is no white space */

    for (const char *c = start; c < line_end;) {
        size_t blank = white_space_length(c);

        if (blank == 0 && *c == '#' && c > end)
            break;
        c += blank > 0 ? blank : 1;
        if (blank == 0)
            end = c;
    }
    text_add_length(value, start, (size_t)(end - start));
    reader->next = line_end;
}

/* What comes after the `=`. */
static bool read_value(struct dotenv_reader *reader, struct text *value)
{
    const char *start = reader->next;

    skip_blanks(reader);
    /* NAME= # comment */
    if (*reader->next == '#' && reader->next > start)
        return true;
    if (*reader->next == '\'' || *reader->next == '"')
        return read_quoted(reader, value);
    read_unquoted(reader, value);
    return true;
}

/* A comment, and the end of the line. */
static bool read_line_end(struct dotenv_reader *reader)
{
    skip_blanks(reader);
    if (*reader->next == '#')
        reader->next = end_of_line(reader);
    if (!at_end(reader) && *reader->next != '\n')
        return false;
    skip_line(reader);
    return true;
}

static bool has_nul(const char *chars, size_t length)
{
    return length > 0 && memchr(chars, '\0', length) != NULL;
}

/* One line; false when there is nothing in it, or nothing that can be read. */
static bool read_line(struct dotenv_reader *reader, const char **ret_name, size_t *ret_length, bool *ret_has_value,
                      struct text *value)
{
    skip_export(reader);
    if (*reader->next == '#') {
        skip_line(reader);
        return false;
    }
    *ret_has_value = false;
    if (read_name(reader, ret_name, ret_length)) {
        skip_blanks(reader);
        *ret_has_value = *reader->next == '=';
        reader->next += *ret_has_value;
        if ((!*ret_has_value || read_value(reader, value)) && read_line_end(reader))
            return !has_nul(*ret_name, *ret_length) && !has_nul(value->chars, value->length);
    }
    skip_line(reader);
    return false;
}

enum dotenv_result dotenv_next(struct dotenv_reader *reader, struct dotenv_line *ret_line)
{
    for (;;) {
        struct text value = text_in(reader->arena);
        const char *name = NULL;
        size_t length = 0;
        bool has_value = false;
        bool good;

        skip_blank_lines(reader);
        if (at_end(reader))
            return DOTENV_END;
        good = read_line(reader, &name, &length, &has_value, &value);
        if (text_failed(&value))
            return DOTENV_NO_MEMORY;
        if (!good)
            continue;
        ret_line->name = arena_copy(reader->arena, name, length);
        ret_line->value = has_value ? text_string(&value) : NULL;
        return ret_line->name == NULL ? DOTENV_NO_MEMORY : DOTENV_LINE;
    }
}

/* The first ${ at or after `s`, or NULL. */
static const char *find_variable(const char *s)
{
    for (; *s != '\0'; s++)
        if (s[0] == '$' && s[1] == '{')
            return s;
    return NULL;
}

/*
 * The end of the ${…} that begins at `s`. When it is none, NULL, and `ret_rest` is where the next one may be: whatever
 * begins before ends at the same character, so it is none either, and nothing is looked through twice.
 */
static const char *find_variable_end(const char *s, const char **ret_colon, const char **ret_rest)
{
    const char *stop = s + 2;

    *ret_colon = NULL;
    while (*stop != '\0' && *stop != '}' && *stop != ':')
        stop++;
    if (stop[0] == ':' && stop[1] == '-') {
        *ret_colon = stop;
        while (*stop != '\0' && *stop != '}')
            stop++;
    }
    *ret_rest = stop + (*stop != '\0');
    return *stop == '}' ? stop : NULL;
}

bool dotenv_expand(struct arena *arena, const char *value, dotenv_lookup lookup, void *user, size_t longest,
                   struct text *text)
{
    const char *plain = value; /* what is not appended yet */

    for (const char *s = find_variable(value); s != NULL && text->length <= longest; s = find_variable(s)) {
        const char *colon;
        const char *rest;
        const char *end = find_variable_end(s, &colon, &rest);
        const char *name;
        const char *found;

        if (end == NULL) {
            s = rest;
            continue;
        }
        name = arena_copy(arena, s + 2, (size_t)((colon != NULL ? colon : end) - s - 2));
        if (name == NULL)
            return false;
        text_add_length(text, plain, (size_t)(s - plain));
        found = lookup(name, user);
        if (found != NULL)
            text_add(text, found);
        else if (colon != NULL)
            text_add_length(text, colon + 2, (size_t)(end - colon - 2));
        s = plain = end + 1;
    }
    text_add(text, plain);
    return !text_failed(text);
}
