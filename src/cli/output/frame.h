#ifndef DUCKALOG_CLI_FRAME_H
#define DUCKALOG_CLI_FRAME_H

/*
 * Text in a frame: columns as wide as what is in them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arena;
struct frame_style;

struct frame_column {
    const char *name;
    const char *type; /* shown below the name; NULL: not shown */
    bool is_number;   /* set to the right */
    size_t width;     /* in columns of a terminal; what is wider is cut when the frame `cuts` */
};

extern const struct frame_style frame_ascii;
extern const struct frame_style frame_boxes; /* box drawing */

struct frame {
    FILE *out;
    const struct frame_style *style;
    bool cuts;        /* cells that are wider than their column, with a mark */
    bool has_colours; /* types and what is no value are fainter */
    bool no_head;
    struct frame_column *columns;
    size_t count;
    size_t hidden_from; /* columns that are not shown, but for a mark in their place: see frame_fit() */
    size_t hidden;
};

/* What a cell shows for NULL, so that it can be told from the text: the same pointer. */
extern const char frame_null[];

/* The text on one line: a line break or tab would break the frame. NULL: no memory. */
const char *frame_escaped(struct arena *arena, const char *chars, size_t length);

/* Makes each column wide enough for its cell, or for its name when `cells` is NULL. */
void frame_widen(const struct frame *frame, const char *const *cells);

/*
 * Makes a frame fit that is wider than a terminal: wide columns get narrower, and when that is not enough, some in the
 * middle are hidden.
 */
void frame_fit(struct frame *frame, size_t width);

/* A frame begins with a head, and ends with a foot. */
void frame_write_head(const struct frame *frame);
void frame_write_row(const struct frame *frame, const char *const *cells);
void frame_write_gap(const struct frame *frame); /* in place of rows that are not shown */
void frame_write_foot(const struct frame *frame);

#endif
