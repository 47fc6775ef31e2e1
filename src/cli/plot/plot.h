#ifndef DUCKALOG_CLI_PLOT_PLOT_H
#define DUCKALOG_CLI_PLOT_PLOT_H

/*
 * Results as drawings of text: a bar for each row, or a line through all of them. Rows are drawn as they come, in the same
 * memory however many there are.
 */

#include "cli/output/results.h"
#include "cli/output/terminal.h"

/* Draws one result as the form says. Returns the exit code, and tells whether `query` is one, as table_write() does. */
int plot_write(const struct result_writer *writer, const char *query, bool *ret_is_query);

/* ---- between the files of this room ---- */

/* Rows that can't be drawn. */
struct plot_skipped {
    uint64_t null;
    uint64_t nan;
    uint64_t infinite; /* or as good as */
};

/* A drawing that is being made. */
struct plotter {
    const struct result_writer *writer;
    const struct plot *plot;
    struct arena *arena;
    struct terminal terminal;
    size_t width;  /* in columns */
    const char *x; /* the names of the columns as the result has them */
    const char *y;
    bool x_is_number;
    bool x_is_time;
    bool x_is_clock; /* a time of any day */
    struct plot_skipped skipped;
};

/* How many columns what is no terminal has. */
enum { PLOT_WIDTH = 80 };

/* Is the number to be drawn? Else it is counted. */
bool plot_takes(struct plotter *plotter, double number);

/* A text in so many columns at most, with a mark where it is cut. */
void plot_add_cut(const struct plotter *plotter, struct text *line, const char *words, size_t room);

/* Blanks up to a column. */
void plot_pad(struct text *line, size_t *column, size_t to);

/* Writes a line, and ends it; false: no memory. The text may be used again. */
bool plot_end_line(const struct plotter *plotter, struct text *line);

struct ticks;

/* The labels below an axis: each stands in the middle below its mark, at these columns. What would touch is left out. */
bool plot_write_labels(const struct plotter *plotter, const struct ticks *ticks, const size_t *columns);

/* The line above a drawing; false: no memory. */
bool plot_write_title(const struct plotter *plotter);

/* In place of a drawing: nothing is left to be drawn. Returns the exit code. */
int plot_nothing(const struct plotter *plotter);

/* bars.c, lines.c: read what there is to draw, and draw it. They return the exit code. */
int bars_draw(struct plotter *plotter, const char *query);
int lines_draw(struct plotter *plotter, const char *query);

#endif
