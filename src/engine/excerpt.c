/*
 * The excerpt under DuckDB's errors. Long lines are cut at both ends with `...`, so what is left of them is looked for.
 */

#include "engine/excerpt.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct excerpt {
    size_t line;       /* from 1 */
    const char *shown; /* of that line */
    size_t length;
    size_t caret; /* bytes from the beginning of `shown` */
};

static bool find_excerpt(const char *message, struct excerpt *excerpt)
{
    const char *start = strstr(message, "\nLINE ");
    char *colon = NULL;
    const char *caret_line;
    size_t prefix;
    size_t blanks;

    if (start == NULL)
        return false;
    start++;
    excerpt->line = strtoul(start + strlen("LINE "), &colon, 10);
    if (excerpt->line == 0 || !starts_with(colon, ": "))
        return false;
    excerpt->shown = colon + 2;
    excerpt->length = strcspn(excerpt->shown, "\n");
    if (excerpt->shown[excerpt->length] == '\0')
        return false;
    caret_line = excerpt->shown + excerpt->length + 1;
    blanks = strspn(caret_line, " ");
    prefix = (size_t)(excerpt->shown - start);
    if (caret_line[blanks] != '^' || blanks < prefix)
        return false;
    excerpt->caret = blanks - prefix;
    return true;
}

size_t excerpt_start(const char *message)
{
    const char *start = strstr(message, "\n\nLINE ");

    return start == NULL ? strlen(message) : (size_t)(start - message);
}

/* The bytes of so many characters. */
static size_t bytes_of(const char *chars, size_t count)
{
    const char *s = chars;

    while (*s != '\0' && count-- > 0)
        do
            s++;
        while ((*s & 0xC0) == 0x80);
    return (size_t)(s - chars);
}

/* The byte of the statement that the caret is under, or false. */
static bool find_offset(const char *sql, const struct excerpt *excerpt, size_t *ret_offset)
{
    const char *line = sql;
    size_t skipped = starts_with(excerpt->shown, "...") ? 3 : 0;
    const char *piece = excerpt->shown + skipped;
    size_t length = excerpt->length - skipped;
    size_t line_length;

    for (size_t n = 1; n < excerpt->line; n++) {
        line = strchr(line, '\n');
        if (line == NULL)
            return false;
        line++;
    }
    if (length > 3 && strncmp(piece + length - 3, "...", 3) == 0)
        length -= 3;
    line_length = strcspn(line, "\n");
    for (size_t i = 0; i + length <= line_length; i++)
        if (strncmp(line + i, piece, length) == 0 && excerpt->caret >= skipped) {
            *ret_offset = (size_t)(line - sql) + i + bytes_of(line + i, excerpt->caret - skipped);
            return true;
        }
    return false;
}

/*
 * Of a syntax error DuckDB's parser tells the place in characters, and what draws the caret takes them for bytes. The word
 * that it is at is known; of several the one that is closest to where it should be is meant.
 */
static size_t place_of_word(const char *sql, size_t offset, const char *message)
{
    static const char before[] = "syntax error at or near \"";
    const char *word = strstr(message, before);
    size_t expected = bytes_of(sql, offset);
    size_t closest = (size_t)-1;
    size_t found = offset;
    size_t length;

    if (word == NULL || expected == offset)
        return offset;
    word += strlen(before);
    length = strcspn(word, "\n");
    length -= length > 0;
    if (strncmp(sql + offset, word, length) == 0)
        return offset;
    for (const char *s = sql; length > 0 && *s != '\0'; s++) {
        size_t at = (size_t)(s - sql);
        size_t distance = at > expected ? at - expected : expected - at;

        if (distance < closest && strncmp(s, word, length) == 0) {
            closest = distance;
            found = at;
        }
    }
    return found;
}

struct position excerpt_place_in(const char *sql, size_t before, const struct node *node, size_t skipped,
                                 const char *message)
{
    struct excerpt excerpt;
    size_t offset;

    if (!find_excerpt(message, &excerpt) || !find_offset(sql, &excerpt, &offset))
        return node->position;
    offset = place_of_word(sql, offset, message);
    return offset < before ? node->position : node_place_in_text(node, skipped + offset - before);
}

struct position excerpt_place(const struct step *step, const char *message)
{
    const struct node *node = step->view->sql_text;
    const char *body = strstr(step->sql, " AS\n");
    const char *in_text;

    if (!view_has_sql(step->view) || node == NULL || body == NULL)
        return step->position;
    body += strlen(" AS\n");
    in_text = strstr(node->text, body);
    if (in_text == NULL)
        return node->position;
    return excerpt_place_in(step->sql, (size_t)(body - step->sql), node, (size_t)(in_text - node->text), message);
}

void excerpt_add(struct text *text, const char *message)
{
    struct excerpt excerpt;
    char theirs[64];
    char ours[64];

    if (!find_excerpt(message, &excerpt) || excerpt.line < 2) {
        text_add(text, message);
        return;
    }
    snprintf(theirs, sizeof(theirs), "LINE %zu: ", excerpt.line);
    snprintf(ours, sizeof(ours), "LINE %zu: ", excerpt.line - 1);
    text_add_length(text, message, (size_t)(excerpt.shown - message) - strlen(theirs));
    text_add(text, ours);
    text_add_length(text, excerpt.shown, excerpt.length + 1);
    /* One blank less when the number has a digit less. */
    text_add(text, excerpt.shown + excerpt.length + 1 + (strlen(theirs) - strlen(ours)));
}
