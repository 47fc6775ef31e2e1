#include "cli/plot/canvas.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>

enum { BRAILLE_WIDE = 2, BRAILLE_HIGH = 4, ASCII_WIDE = 1, ASCII_HIGH = 3 };

bool canvas_make(struct arena *arena, size_t columns, size_t rows, bool is_braille, struct canvas *ret_canvas)
{
    *ret_canvas = (struct canvas){ .columns = columns,
                                   .rows = rows,
                                   .width = columns * (is_braille ? BRAILLE_WIDE : ASCII_WIDE),
                                   .height = rows * (is_braille ? BRAILLE_HIGH : ASCII_HIGH),
                                   .is_braille = is_braille,
                                   .cells = arena_array(arena, columns * rows, 1) };
    return ret_canvas->cells != NULL;
}

/* In braille bits are in the order of Unicode; in ASCII from the top. */
static void dot(struct canvas *canvas, long x, long y)
{
    static const unsigned char braille[BRAILLE_HIGH][BRAILLE_WIDE] = {
        { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 }
    };
    size_t right = (size_t)x;
    size_t down = canvas->height - 1 - (size_t)y;

    if (x < 0 || y < 0 || right >= canvas->width || (size_t)y >= canvas->height)
        return;
    if (canvas->is_braille)
        canvas->cells[down / BRAILLE_HIGH * canvas->columns + right / BRAILLE_WIDE] |=
            braille[down % BRAILLE_HIGH][right % BRAILLE_WIDE];
    else
        canvas->cells[down / ASCII_HIGH * canvas->columns + right] |= (unsigned char)(1U << down % ASCII_HIGH);
}

void canvas_line(struct canvas *canvas, long x, long y, long to_x, long to_y)
{
    long across = labs(to_x - x);
    long up = labs(to_y - y);
    long steps = across > up ? across : up;

    for (long i = 0; i <= steps; i++) {
        /* Rounded to the nearest dot. */
        long right = steps == 0 ? 0 : (2 * across * i + steps) / (2 * steps);
        long above = steps == 0 ? 0 : (2 * up * i + steps) / (2 * steps);

        dot(canvas, to_x >= x ? x + right : x - right, to_y >= y ? y + above : y - above);
    }
}

void canvas_add_row(const struct canvas *canvas, size_t row, struct text *text)
{
    static const char ascii[] = { ' ', '\'', '-', '|', '.', ':', '|', '|' };
    const unsigned char *cells = canvas->cells + row * canvas->columns;
    size_t end = canvas->columns;

    while (end > 0 && cells[end - 1] == 0)
        end--;
    for (size_t i = 0; i < end; i++)
        if (!canvas->is_braille || cells[i] == 0)
            text_add_char(text, cells[i] == 0 ? ' ' : ascii[cells[i]]);
        else /* U+2800 and so many */
            text_add_length(text,
                            (char[]){ (char)0xE2, (char)(0xA0 | cells[i] >> 6), (char)(0x80 | (cells[i] & 0x3F)) }, 3);
}
