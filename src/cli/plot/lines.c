/*
 * A line through all points of a result, by their x. It is drawn as finely as the terminal can: what lies between two dots
 * of x goes up and down on the same one.
 */

#include "cli/plot/plot.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/output/rows.h"
#include "cli/plot/canvas.h"
#include "cli/plot/points.h"
#include "cli/plot/ticks.h"
#include "cli/print.h"
#include "engine/session.h"

#include <math.h>
#include <string.h>

enum { LEAST_ROWS = 6, MOST_ROWS = 20, LINES_AROUND = 6, LEAST_CANVAS = 4 };

struct range {
    double low;
    double high;
};

/* ---- reading ---- */

/* Both columns as DOUBLE; of a time its microseconds, and infinity where it has none. */
static void add_sql(const struct plotter *plotter, const char *query, struct text *sql)
{
    text_add(sql, "SELECT ");
    if (!plotter->x_is_time)
        sql_format(sql, "CAST(%I AS DOUBLE)", plotter->x);
    else if (plotter->x_is_clock)
        sql_format(sql, "CAST(epoch_us(%I) AS DOUBLE)", plotter->x);
    else
        sql_format(sql,
                   "CASE WHEN isfinite(%I) THEN CAST(epoch_us(%I) AS DOUBLE) WHEN %I IS NOT NULL THEN CAST('inf' AS "
                   "DOUBLE) END",
                   plotter->x, plotter->x, plotter->x);
    sql_format(sql, ", CAST(%I AS DOUBLE) FROM (%s\n)", plotter->y, query);
}

static void take_chunk(struct plotter *plotter, duckdb_data_chunk chunk, struct points *points)
{
    duckdb_vector x_vector = duckdb_data_chunk_get_vector(chunk, 0);
    duckdb_vector y_vector = duckdb_data_chunk_get_vector(chunk, 1);
    const double *x = duckdb_vector_get_data(x_vector);
    const double *y = duckdb_vector_get_data(y_vector);

    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++)
        if (session_is_null(x_vector, row) || session_is_null(y_vector, row))
            plotter->skipped.null++;
        else if (plot_takes(plotter, x[row]) && plot_takes(plotter, y[row]))
            points_add(points, x[row], y[row]);
}

static int read_points(struct plotter *plotter, const char *query, struct points *points)
{
    struct text sql = text_on_heap();
    duckdb_result result = { 0 };
    duckdb_data_chunk chunk;
    int code;

    add_sql(plotter, query, &sql);
    if (rows_stream(plotter->writer, text_string(&sql), &result, &code)) {
        while ((chunk = duckdb_fetch_chunk(result)) != NULL) {
            take_chunk(plotter, chunk, points);
            duckdb_destroy_data_chunk(&chunk);
        }
        code = rows_stream_error(plotter->writer, &result);
        duckdb_destroy_result(&result);
    }
    text_free(&sql);
    return code;
}

/* ---- drawing ---- */

static struct range wider(struct range range)
{
    double more = range.low == 0 ? 1 : fabs(range.low) / 10;

    return range.low < range.high ? range : (struct range){ range.low - more, range.high + more };
}

static void find_ranges(const struct points *points, bool x_is_time, struct range *ret_x, struct range *ret_y)
{
    struct range x = { INFINITY, -INFINITY };
    struct range y = x;

    for (size_t i = 0; i < STRIPS; i++) {
        const struct strip *strip = &points->strips[i];

        if (strip->count > 0) {
            x = (struct range){ fmin(x.low, strip->first_x), fmax(x.high, strip->last_x) };
            y = (struct range){ fmin(y.low, strip->least), fmax(y.high, strip->most) };
        }
    }
    /* A time by itself has a minute around it. */
    *ret_x = x_is_time && x.low == x.high ? (struct range){ x.low - 30e6, x.high + 30e6 } : wider(x);
    *ret_y = wider(y);
}

static long at(double value, const struct range *range, size_t dots)
{
    return lround((value - range->low) / (range->high - range->low) * (double)(dots - 1));
}

static void draw_points(const struct points *points, const struct range *x, const struct range *y,
                        struct canvas *canvas)
{
    long end_x = -1;
    long end_y = 0;

    for (size_t i = 0; i < STRIPS; i++) {
        const struct strip *strip = &points->strips[i];
        long first_x;
        long first_y;

        if (strip->count == 0)
            continue;
        first_x = at(strip->first_x, x, canvas->width);
        first_y = at(strip->first_y, y, canvas->height);
        if (end_x >= 0)
            canvas_line(canvas, end_x, end_y, first_x, first_y);
        canvas_line(canvas, first_x, at(strip->least, y, canvas->height), first_x, at(strip->most, y, canvas->height));
        end_x = at(strip->last_x, x, canvas->width);
        end_y = at(strip->last_y, y, canvas->height);
        canvas_line(canvas, first_x, first_y, end_x, end_y);
    }
}

static size_t rows_of(const struct plotter *plotter)
{
    size_t most = plotter->terminal.is_there && plotter->terminal.height > LINES_AROUND
                      ? plotter->terminal.height - LINES_AROUND
                      : MOST_ROWS;
    size_t rows = plotter->width / 5;

    rows = rows < LEAST_ROWS ? LEAST_ROWS : rows > MOST_ROWS ? MOST_ROWS : rows;
    return rows > most ? (most < 2 ? 2 : most) : rows;
}

static bool write_rows(const struct plotter *plotter, const struct canvas *canvas, const struct range *y,
                       const struct ticks *ticks, size_t label_width)
{
    bool has_boxes = plotter->terminal.has_boxes;
    size_t dots_in_row = canvas->height / canvas->rows;
    bool good = true;

    for (size_t row = 0; good && row < canvas->rows; row++) {
        struct text line = text_on_heap();
        const char *label = NULL;
        size_t column = 0;

        for (size_t i = 0; i < ticks->count; i++)
            if (canvas->rows - 1 - (size_t)at(ticks->values[i], y, canvas->height) / dots_in_row == row)
                label = ticks->labels[i];
        plot_pad(&line, &column, label_width - (label != NULL ? strlen(label) : 0));
        if (label != NULL)
            text_add(&line, label);
        text_add(&line, has_boxes ? (label != NULL ? " ┤" : " │") : label != NULL ? " +" : " |");
        canvas_add_row(canvas, row, &line);
        good = plot_end_line(plotter, &line);
    }
    return good;
}

static bool write_axis(const struct plotter *plotter, const struct canvas *canvas, const struct ticks *ticks,
                       const struct range *x, size_t left)
{
    bool has_boxes = plotter->terminal.has_boxes;
    size_t dots_in_cell = canvas->width / canvas->columns;
    struct text line = text_on_heap();
    size_t places[MOST_TICKS];
    size_t column = 0;
    size_t next = 0;

    for (size_t i = 0; i < ticks->count; i++)
        places[i] = left + (size_t)at(ticks->values[i], x, canvas->width) / dots_in_cell;
    plot_pad(&line, &column, left - 1);
    text_add(&line, has_boxes ? "└" : "+");
    for (column = left; column < left + canvas->columns; column++) {
        bool is_marked = next < ticks->count && places[next] == column;

        while (next < ticks->count && places[next] <= column)
            next++;
        text_add(&line, has_boxes ? (is_marked ? "┬" : "─") : is_marked ? "+" : "-");
    }
    return plot_end_line(plotter, &line) && plot_write_labels(plotter, ticks, places);
}

static void write_notes(const struct plotter *plotter, const struct points *points, const struct range *x,
                        const struct ticks *ticks)
{
    FILE *out = plotter->writer->out;
    char from[MOST_TICK_LABEL];
    char to[MOST_TICK_LABEL];

    if (plotter->x_is_time && !plotter->x_is_clock && ticks->within_day) {
        time_text(x->low, from);
        time_text(x->high, to);
        fprintf(out, "from %s to %s\n", from, to);
    }
    if (points->repeats)
        fputs("some x have several rows: drawn from the least to the most\n", out);
}

static int draw(const struct plotter *plotter, const struct points *points)
{
    struct canvas canvas;
    struct ticks x_ticks;
    struct ticks y_ticks;
    struct range x;
    struct range y;
    size_t rows = rows_of(plotter);
    size_t label_width = 0;
    double step;
    size_t left;

    find_ranges(points, plotter->x_is_time, &x, &y);
    step = ticks_step(y.low, y.high, rows / 3 + 1);
    y = (struct range){ fmin(y.low, floor(y.low / step) * step), fmax(y.high, ceil(y.high / step) * step) };
    ticks_of_numbers(y.low, y.high, step, &y_ticks);
    for (size_t i = 0; i < y_ticks.count; i++)
        label_width = strlen(y_ticks.labels[i]) > label_width ? strlen(y_ticks.labels[i]) : label_width;
    left = label_width + 2;
    if (!canvas_make(plotter->arena, left + LEAST_CANVAS < plotter->width ? plotter->width - left : LEAST_CANVAS, rows,
                     plotter->terminal.has_boxes, &canvas))
        return exit_code_of(DUCKALOG_NOMEM);
    draw_points(points, &x, &y, &canvas);
    ticks_across(x.low, x.high, plotter->x_is_time, canvas.columns, &x_ticks);
    if (!plot_write_title(plotter) || !write_rows(plotter, &canvas, &y, &y_ticks, label_width) ||
        !write_axis(plotter, &canvas, &x_ticks, &x, left))
        return exit_code_of(DUCKALOG_NOMEM);
    write_notes(plotter, points, &x, &x_ticks);
    return 0;
}

int lines_draw(struct plotter *plotter, const char *query)
{
    struct points *points = arena_alloc(plotter->arena, sizeof(*points));
    int code;

    if (points == NULL)
        return exit_code_of(DUCKALOG_NOMEM);
    code = read_points(plotter, query, points);
    if (code != 0)
        return code;
    return points->count == 0 ? plot_nothing(plotter) : draw(plotter, points);
}
