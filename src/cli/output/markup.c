/*
 * Rows as a table of Markdown or HTML, to be put into a page.
 */

#include "cli/output/rows.h"

#include <stdio.h>
#include <string.h>

struct markup {
    const struct result_writer *writer;
    size_t count;
};

static void put(FILE *out, const char *chars, size_t length, const char *const replacements[256])
{
    for (size_t i = 0; i < length; i++) {
        const char *replacement = replacements[(unsigned char)chars[i]];

        if (replacement != NULL)
            fputs(replacement, out);
        else
            fputc(chars[i], out);
    }
}

/* What a cell shows. */
static const char *text_of(const struct markup *markup, const struct row_cell *cell, size_t *ret_length)
{
    const char *null_text = markup->writer->form->null_text;

    if (cell->chars == NULL && null_text == NULL)
        null_text = "NULL";
    *ret_length = cell->chars != NULL ? cell->length : strlen(null_text);
    return cell->chars != NULL ? cell->chars : null_text;
}

/* ---- Markdown ---- */

/* A table's row is one line, and begins no other thing of Markdown or HTML. */
static const char *const in_markdown[256] = {
    ['|'] = "\\|", ['\\'] = "\\\\", ['`'] = "\\`",   ['*'] = "\\*",   ['_'] = "\\_", ['['] = "\\[", [']'] = "\\]",
    ['~'] = "\\~", ['<'] = "&lt;",  ['&'] = "&amp;", ['\n'] = "<br>", ['\r'] = "",   ['\t'] = " ",
};

static void put_markdown_cell(FILE *out, const char *chars, size_t length)
{
    fputs("| ", out);
    put(out, chars, length, in_markdown);
    fputc(' ', out);
}

/* A table of Markdown has a head; without one its names are empty. */
static bool begin_markdown(void *user, const struct row_column *columns, size_t count)
{
    struct markup *markup = user;
    FILE *out = markup->writer->out;

    markup->count = count;
    result_begins(markup->writer);
    for (size_t i = 0; i < count; i++)
        put_markdown_cell(out, columns[i].name, markup->writer->form->no_header ? 0 : strlen(columns[i].name));
    fputs("|\n", out);
    for (size_t i = 0; i < count; i++)
        fputs(columns[i].is_number ? "| ---: " : "| --- ", out);
    fputs("|\n", out);
    return true;
}

static bool take_markdown(void *user, const struct row_cell *cells)
{
    const struct markup *markup = user;

    for (size_t i = 0; i < markup->count; i++) {
        size_t length;
        const char *chars = text_of(markup, &cells[i], &length);

        put_markdown_cell(markup->writer->out, chars, length);
    }
    fputs("|\n", markup->writer->out);
    return true;
}

static bool end_markdown(void *user)
{
    (void)user;
    return true;
}

/* ---- HTML ---- */

static const char *const in_html[256] = { ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;" };

static bool begin_html(void *user, const struct row_column *columns, size_t count)
{
    struct markup *markup = user;
    FILE *out = markup->writer->out;

    markup->count = count;
    result_begins(markup->writer);
    fputs("<table>\n", out);
    if (!markup->writer->form->no_header) {
        fputs("<thead>\n<tr>", out);
        for (size_t i = 0; i < count; i++) {
            fputs("<th>", out);
            put(out, columns[i].name, strlen(columns[i].name), in_html);
            fputs("</th>", out);
        }
        fputs("</tr>\n</thead>\n", out);
    }
    fputs("<tbody>\n", out);
    return true;
}

static bool take_html(void *user, const struct row_cell *cells)
{
    const struct markup *markup = user;
    FILE *out = markup->writer->out;

    fputs("<tr>", out);
    for (size_t i = 0; i < markup->count; i++) {
        size_t length;
        const char *chars = text_of(markup, &cells[i], &length);

        fputs("<td>", out);
        put(out, chars, length, in_html);
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
    return true;
}

static bool end_html(void *user)
{
    fputs("</tbody>\n</table>\n", ((const struct markup *)user)->writer->out);
    return true;
}

int markup_write(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    static const struct row_sink markdown = { begin_markdown, take_markdown, end_markdown, NULL };
    static const struct row_sink html = { begin_html, take_html, end_html, NULL };
    struct markup markup = { .writer = writer };

    return rows_write(writer, query, writer->form->format == FORMAT_HTML ? &html : &markdown, &markup, ret_is_query);
}
