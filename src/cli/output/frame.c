/*
 * Text in a frame.
 */

#include "cli/output/frame.h"

#include "base/text.h"

#include <stdio.h>
#include <utf8proc.h>

static size_t display_width(const char *text)
{
    const utf8proc_uint8_t *s = (const utf8proc_uint8_t *)text;
    size_t width = 0;

    while (*s != 0) {
        utf8proc_int32_t c;
        utf8proc_ssize_t length = utf8proc_iterate(s, -1, &c);
        int columns;

        if (length <= 0) {
            s++;
            width++;
            continue;
        }
        columns = utf8proc_charwidth(c);
        width += columns > 0 ? (size_t)columns : 0;
        s += length;
    }
    return width;
}

const char *frame_escaped(struct arena *arena, const char *chars, size_t length)
{
    struct text text = text_in(arena);

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)chars[i];

        if (c == '\n')
            text_add(&text, "\\n");
        else if (c == '\r')
            text_add(&text, "\\r");
        else if (c == '\t')
            text_add(&text, "\\t");
        else if (c < 0x20 || c == 0x7F)
            text_format(&text, "\\x%02X", c);
        else
            text_add_char(&text, (char)c);
    }
    return text_string(&text);
}

void frame_widen(struct frame_column *columns, size_t count, const char *const *cells)
{
    for (size_t i = 0; i < count; i++) {
        size_t width = display_width(cells != NULL ? cells[i] : columns[i].name);

        columns[i].width = width > columns[i].width ? width : columns[i].width;
    }
}

void frame_write_border(const struct frame_column *columns, size_t count)
{
    putchar('+');
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < columns[i].width + 2; n++)
            putchar('-');
        putchar('+');
    }
    putchar('\n');
}

static void write_blanks(size_t count)
{
    for (size_t i = 0; i < count; i++)
        putchar(' ');
}

static void write_cell(const struct frame_column *column, const char *text, bool to_the_right)
{
    size_t width = display_width(text);
    size_t blanks = width < column->width ? column->width - width : 0;

    fputs("| ", stdout);
    if (to_the_right)
        write_blanks(blanks);
    fputs(text, stdout);
    if (!to_the_right)
        write_blanks(blanks);
    putchar(' ');
}

void frame_write_row(const struct frame_column *columns, size_t count, const char *const *cells)
{
    for (size_t i = 0; i < count; i++)
        write_cell(&columns[i], cells[i], columns[i].is_number);
    fputs("|\n", stdout);
}

void frame_write_head(const struct frame_column *columns, size_t count)
{
    frame_write_border(columns, count);
    for (size_t i = 0; i < count; i++)
        write_cell(&columns[i], columns[i].name, false);
    fputs("|\n", stdout);
    frame_write_border(columns, count);
}
