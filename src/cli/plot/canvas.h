#ifndef DUCKALOG_CLI_PLOT_CANVAS_H
#define DUCKALOG_CLI_PLOT_CANVAS_H

/*
 * A picture of dots in text: 2 by 4 dots in each character of braille, or 1 by 3 in ASCII.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct text;

struct canvas {
    size_t columns; /* of characters */
    size_t rows;
    size_t width; /* in dots */
    size_t height;
    bool is_braille;
    unsigned char *cells; /* a bit for each dot */
};

/* False: no memory. */
bool canvas_make(struct arena *arena, size_t columns, size_t rows, bool is_braille, struct canvas *ret_canvas);

/* A straight line between two dots, both included; 0, 0 is below at the left. What is outside is not drawn. */
void canvas_line(struct canvas *canvas, long x, long y, long to_x, long to_y);

/* One row of characters, from the top; blanks at its end are left out. */
void canvas_add_row(const struct canvas *canvas, size_t row, struct text *text);

#endif
