/*
 * Text in a frame.
 */

#include "cli/output/frame.h"

#include "base/text.h"
#include "cli/output/width.h"

#include <string.h>

enum {
    LEAST_COLUMN = 6, /* narrower ones say too little: then columns are hidden */
    WIDEST_TYPE = 20  /* for which a column is made wider */
};

struct border {
    const char *left;
    const char *cross;
    const char *right;
};

struct frame_style {
    const char *line;
    const char *side;
    struct border top;
    struct border middle;
    struct border bottom;
    const char *cut; /* in place of what is cut off, one column wide */
    const char *gap; /* in place of rows */
};

const struct frame_style frame_ascii = { "-", "|", { "+", "+", "+" }, { "+", "+", "+" }, { "+", "+", "+" }, "~", ":" };
const struct frame_style frame_boxes = { "─", "│", { "┌", "┬", "┐" }, { "├", "┼", "┤" }, { "└", "┴", "┘" }, "…", "·" };

const char frame_null[] = "NULL";

#define FAINT "\033[2m"
#define PLAIN "\033[0m"

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
        else if (c == 0xC2 && i + 1 < length && ((unsigned char)chars[i + 1] & 0xE0) == 0x80)
            text_format(&text, "\\x%02X", (unsigned char)chars[++i]); /* terminals obey U+0080 to U+009F, too */
        else
            text_add_char(&text, (char)c);
    }
    return text_string(&text);
}

void frame_widen(const struct frame *frame, const char *const *cells)
{
    for (size_t i = 0; i < frame->count; i++) {
        struct frame_column *column = &frame->columns[i];
        size_t width = width_of(cells != NULL ? cells[i] : column->name);

        if (cells == NULL && column->type != NULL) {
            size_t of_type = width_of(column->type);

            of_type = of_type > WIDEST_TYPE ? WIDEST_TYPE : of_type;
            width = of_type > width ? of_type : width;
        }
        column->width = width > column->width ? width : column->width;
    }
}

/* ---- to a terminal's width ---- */

/* Of all columns, none wider than `most`; the mark of hidden ones counts as a column. */
static size_t width_of_frame(const struct frame *frame, size_t most)
{
    size_t width = 1 + (frame->hidden > 0 ? 4 : 0);

    for (size_t i = 0; i < frame->count; i++)
        if (i < frame->hidden_from || i >= frame->hidden_from + frame->hidden)
            width += (frame->columns[i].width < most ? frame->columns[i].width : most) + 3;
    return width;
}

void frame_fit(struct frame *frame, size_t width)
{
    size_t most = width;

    frame->hidden_from = (frame->count + 1) / 2;
    frame->hidden = 0;
    while (most > LEAST_COLUMN && width_of_frame(frame, most) > width)
        most--;
    while (frame->count - frame->hidden > 1 && width_of_frame(frame, most) > width) {
        frame->hidden++;
        if (frame->hidden % 2 == 0 && frame->hidden_from > 1)
            frame->hidden_from--;
    }
    while (most < width && width_of_frame(frame, most + 1) <= width)
        most++;
    while (most > 1 && width_of_frame(frame, most) > width)
        most--;
    for (size_t i = 0; i < frame->count; i++)
        if (frame->columns[i].width > most)
            frame->columns[i].width = most;
}

static bool is_hidden(const struct frame *frame, size_t column)
{
    return column >= frame->hidden_from && column < frame->hidden_from + frame->hidden;
}

/* ---- writing ---- */

static void repeat(const struct frame *frame, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fputs(text, frame->out);
}

static void write_border(const struct frame *frame, const struct border *border)
{
    fputs(border->left, frame->out);
    for (size_t i = 0; i < frame->count; i++) {
        if (is_hidden(frame, i) && i > frame->hidden_from)
            continue;
        if (i > 0)
            fputs(border->cross, frame->out);
        repeat(frame, frame->style->line, (is_hidden(frame, i) ? 1 : frame->columns[i].width) + 2);
    }
    fputs(border->right, frame->out);
    fputc('\n', frame->out);
}

/* As much of the text as there is room for, and the mark; returns how wide that is. */
static size_t write_cut(const struct frame *frame, const char *text, size_t room)
{
    size_t width;
    size_t length = width_cut(text, room - 1, &width);

    fwrite(text, 1, length, frame->out);
    fputs(frame->style->cut, frame->out);
    return width + 1;
}

enum align { TO_THE_LEFT, TO_THE_RIGHT, CENTRED };

static void write_cell(const struct frame *frame, size_t room, const char *text, enum align align, bool is_faint)
{
    size_t width = width_of(text);
    bool is_cut = frame->cuts && width > room;
    size_t blanks = width < room ? room - width : 0;
    size_t before = align == TO_THE_RIGHT ? blanks : align == CENTRED ? blanks / 2 : 0;

    fputc(' ', frame->out);
    repeat(frame, " ", before);
    if (is_faint)
        fputs(FAINT, frame->out);
    if (is_cut)
        blanks = room - write_cut(frame, text, room);
    else
        fputs(text, frame->out);
    if (is_faint)
        fputs(PLAIN, frame->out);
    repeat(frame, " ", blanks - (is_cut ? 0 : before));
    fputc(' ', frame->out);
}

enum line { NAMES, TYPES, CELLS, GAP };

static const char *text_at(const struct frame *frame, enum line line, const char *const *cells, size_t column)
{
    switch (line) {
    case NAMES:
        return frame->columns[column].name;
    case TYPES:
        return frame->columns[column].type;
    case CELLS:
        return cells[column];
    default:
        return frame->style->gap;
    }
}

static enum align align_of(const struct frame *frame, enum line line, size_t column)
{
    if (line == CELLS)
        return frame->columns[column].is_number ? TO_THE_RIGHT : TO_THE_LEFT;
    return line == GAP || frame->style == &frame_boxes ? CENTRED : TO_THE_LEFT;
}

static void write_line(const struct frame *frame, enum line line, const char *const *cells)
{
    for (size_t i = 0; i < frame->count; i++) {
        const char *text;

        if (is_hidden(frame, i) && i > frame->hidden_from)
            continue;
        fputs(frame->style->side, frame->out);
        if (is_hidden(frame, i)) {
            write_cell(frame, 1, frame->style->cut, TO_THE_LEFT, false);
            continue;
        }
        text = text_at(frame, line, cells, i);
        write_cell(frame, frame->columns[i].width, text, align_of(frame, line, i),
                   frame->has_colours && (line == TYPES || text == frame_null));
    }
    fputs(frame->style->side, frame->out);
    fputc('\n', frame->out);
}

void frame_write_head(const struct frame *frame)
{
    write_border(frame, &frame->style->top);
    if (frame->no_head)
        return;
    write_line(frame, NAMES, NULL);
    if (frame->count > 0 && frame->columns[0].type != NULL)
        write_line(frame, TYPES, NULL);
    write_border(frame, &frame->style->middle);
}

void frame_write_row(const struct frame *frame, const char *const *cells)
{
    write_line(frame, CELLS, cells);
}

void frame_write_gap(const struct frame *frame)
{
    write_line(frame, GAP, NULL);
}

void frame_write_foot(const struct frame *frame)
{
    write_border(frame, &frame->style->bottom);
}
