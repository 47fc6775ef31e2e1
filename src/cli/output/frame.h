#ifndef DUCKALOG_CLI_FRAME_H
#define DUCKALOG_CLI_FRAME_H

/*
 * Text in a frame: columns as wide as what is in them, on standard output.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct frame_column {
    const char *name;
    bool is_number; /* set to the right */
    size_t width;   /* in columns of a terminal */
};

/* The text on one line: a line break or tab would break the frame. NULL: no memory. */
const char *frame_escaped(struct arena *arena, const char *chars, size_t length);

/* Makes each column wide enough for its cell, or for its name when `cells` is NULL. */
void frame_widen(struct frame_column *columns, size_t count, const char *const *cells);

/* A frame begins with a head, and ends with a border. */
void frame_write_head(const struct frame_column *columns, size_t count);
void frame_write_row(const struct frame_column *columns, size_t count, const char *const *cells);
void frame_write_border(const struct frame_column *columns, size_t count);

#endif
