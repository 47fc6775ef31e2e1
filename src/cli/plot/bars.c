/*
 * A bar for each row, in the order of the rows. Of more rows than are shown, the first and the last ones are kept while
 * they come, and the rest is counted.
 */

#include "cli/plot/plot.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/output/frame.h"
#include "cli/output/rows.h"
#include "cli/output/width.h"
#include "cli/plot/points.h"
#include "cli/plot/ticks.h"
#include "cli/print.h"
#include "engine/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINES_AROUND = 7,    /* of a terminal: title, gap, axis, its labels, two notes, the prompt */
    ROWS_ELSEWHERE = 40, /* where there is no terminal to fill */
    LEAST_ROWS = 4,
    LEAST_LABEL = 4,
    MOST_NUMBER = 12, /* longer ones are rounded */
    LEAST_BAR = 6,    /* columns; when there are fewer, the numbers are left out */
    EIGHTHS = 8
};

struct bar {
    char *label; /* on the heap, as bars come and go */
    char *number;
    double value;
};

struct bars {
    struct plotter *plotter;
    struct arena *scratch;
    struct bar *kept; /* the first ones, then a ring of the last ones */
    size_t kept_count;
    size_t room;
    size_t head; /* how many of the first ones are kept */
    size_t tail; /* and of the last ones */
    uint64_t dropped;
};

/* ---- reading ---- */

/* How many of a long result are shown. */
static uint64_t most_bars(const struct plotter *plotter)
{
    if (plotter->plot->most_bars > 0)
        return plotter->plot->most_bars;
    if (!plotter->terminal.is_there)
        return ROWS_ELSEWHERE;
    return plotter->terminal.height > LINES_AROUND + LEAST_ROWS ? plotter->terminal.height - LINES_AROUND : LEAST_ROWS;
}

static char *copy(const char *chars, size_t length)
{
    char *copied = malloc(length + 1);

    if (copied != NULL) {
        memcpy(copied, chars, length);
        copied[length] = '\0';
    }
    return copied;
}

static void free_bar(struct bar *bar)
{
    free(bar->label);
    free(bar->number);
    *bar = (struct bar){ .label = NULL };
}

/* Bars are in the order of their rows, but for the ring. */
static struct bar *bar_at(const struct bars *bars, size_t at)
{
    if (at >= bars->head && bars->tail > 0)
        at = bars->head + (at - bars->head + (size_t)(bars->dropped % bars->tail)) % bars->tail;
    return &bars->kept[at];
}

/* False: no memory. `ret_bar` is empty; NULL when this one is not kept. */
static bool next_bar(struct bars *bars, struct bar **ret_bar)
{
    *ret_bar = NULL;
    if (bars->kept_count == bars->head + bars->tail) {
        if (bars->tail > 0) {
            *ret_bar = bar_at(bars, bars->head); /* the oldest one of the ring makes room */
            free_bar(*ret_bar);
        }
        bars->dropped++;
        return true;
    }
    if (bars->kept_count == bars->room) {
        size_t room = bars->room == 0 ? ROWS_ELSEWHERE : 2 * bars->room;
        struct bar *larger = realloc(bars->kept, room * sizeof(*larger));

        if (larger == NULL)
            return false;
        bars->kept = larger;
        bars->room = room;
    }
    *ret_bar = &bars->kept[bars->kept_count++];
    **ret_bar = (struct bar){ .label = NULL };
    return true;
}

/* As the result has it, unless that is long; NULL: no memory. */
static char *number_of(double value, const char *chars, size_t length)
{
    char rounded[32];

    if (length <= MOST_NUMBER)
        return copy(chars, length);
    return copy(rounded, (size_t)snprintf(rounded, sizeof(rounded), "%.6g", value));
}

/* One row, which can be drawn; false: no memory. */
static bool take_bar(struct bars *bars, duckdb_data_chunk chunk, idx_t row, double value)
{
    const struct result_form *form = bars->plotter->writer->form;
    size_t length;
    const char *chars;
    struct bar *bar;

    if (!next_bar(bars, &bar))
        return false;
    if (bar == NULL)
        return true;
    chars = session_text(duckdb_data_chunk_get_vector(chunk, 2), row, &length);
    bar->value = value;
    bar->number = number_of(value, chars, length);
    chars = session_text(duckdb_data_chunk_get_vector(chunk, 0), row, &length);
    if (chars == NULL) {
        chars = form->null_text != NULL ? form->null_text : frame_null;
        length = strlen(chars);
    }
    chars = frame_escaped(bars->scratch, chars, length);
    bar->label = chars == NULL ? NULL : copy(chars, strlen(chars));
    arena_clear(bars->scratch);
    return bar->number != NULL && bar->label != NULL;
}

static bool take_chunk(struct bars *bars, duckdb_data_chunk chunk)
{
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, 1);
    const double *values = duckdb_vector_get_data(vector);
    idx_t count = duckdb_data_chunk_get_size(chunk);
    bool good = true;
    size_t left = 0;

    for (idx_t row = 0; row < count; row++)
        if (session_is_null(vector, row))
            bars->plotter->skipped.null++;
        else
            left += plot_takes(bars->plotter, values[row]);
    for (idx_t row = 0; good && row < count; row++) {
        if (session_is_null(vector, row) || !points_can_hold(values[row]))
            continue;
        if (left-- > bars->tail && bars->kept_count == bars->head + bars->tail)
            bars->dropped++; /* this chunk has enough others for the whole ring */
        else
            good = take_bar(bars, chunk, row, values[row]);
    }
    return good;
}

static int read_bars(struct bars *bars, const char *query)
{
    const struct plotter *plotter = bars->plotter;
    struct text sql = text_on_heap();
    duckdb_result result = { 0 };
    duckdb_data_chunk chunk;
    bool good = true;
    int code;

    sql_format(&sql, "SELECT CAST(%I AS VARCHAR), CAST(%I AS DOUBLE), CAST(%I AS VARCHAR) FROM (%s\n)", plotter->x,
               plotter->y, plotter->y, query);
    if (rows_stream(plotter->writer, text_string(&sql), &result, &code)) {
        while (good && (chunk = duckdb_fetch_chunk(result)) != NULL) {
            good = take_chunk(bars, chunk);
            duckdb_destroy_data_chunk(&chunk);
        }
        code = good ? rows_stream_error(plotter->writer, &result) : exit_code_of(DUCKALOG_NOMEM);
        duckdb_destroy_result(&result);
    }
    text_free(&sql);
    return code;
}

/* ---- layout ---- */

/* Columns from the left: labels, numbers, bars of negative numbers, the axis, bars of positive ones. */
struct layout {
    size_t label;
    size_t number; /* 0: left out */
    size_t axis;
    size_t negative;
    size_t positive;
    double scale; /* of a column */
};

static struct layout layout_of(const struct bars *bars)
{
    const struct plotter *plotter = bars->plotter;
    size_t most_label = plotter->width / 3 > LEAST_LABEL ? plotter->width / 3 : LEAST_LABEL;
    struct layout layout = { .label = 0 };
    double low = 0;
    double high = 0;
    size_t start;
    size_t room;

    for (size_t i = 0; i < bars->kept_count; i++) {
        const struct bar *bar = &bars->kept[i];

        layout.label = width_of(bar->label) > layout.label ? width_of(bar->label) : layout.label;
        layout.number = strlen(bar->number) > layout.number ? strlen(bar->number) : layout.number;
        low = fmin(low, bar->value);
        high = fmax(high, bar->value);
    }
    layout.label = layout.label > most_label ? most_label : layout.label;
    if (layout.label + layout.number + 3 + LEAST_BAR > plotter->width)
        layout.number = 0;
    start = layout.label + (layout.number > 0 ? layout.number + 2 : 1);
    room = plotter->width > start + 2 ? plotter->width - start - 1 : 1;
    if (low < 0 && high > 0 && room > 1) {
        layout.negative = (size_t)lround((double)room * -low / (high - low));
        layout.negative = layout.negative < 1 ? 1 : layout.negative > room - 1 ? room - 1 : layout.negative;
    } else if (low < 0)
        layout.negative = room;
    layout.positive = room - layout.negative;
    layout.axis = start + layout.negative;
    /* One scale for both sides. */
    layout.scale = fmax(layout.negative > 0 ? -low / (double)layout.negative : 0,
                        layout.positive > 0 ? high / (double)layout.positive : 0);
    if (!(layout.scale > 0))
        layout.scale = 1 / (double)room; /* all are 0: the axis goes to 1 */
    return layout;
}

/* ---- drawing ---- */

/* In parts of a column; what is not 0 is never nothing. */
static size_t length_of(double value, const struct layout *layout, size_t parts)
{
    size_t length = (size_t)lround(fabs(value) / layout->scale * (double)parts);

    return length == 0 && value != 0 ? 1 : length;
}

/* To the right of the axis, in eighths of a column. */
static void add_positive(struct text *line, size_t length)
{
    static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };

    for (size_t i = 0; i < length / EIGHTHS; i++)
        text_add(line, "█");
    text_add(line, eighths[length % EIGHTHS]);
}

/* To the left, in halves: there are no other blocks that begin at the right. */
static void add_negative(struct text *line, size_t room, size_t length)
{
    size_t column = 0;

    plot_pad(line, &column, room - (length + 1) / 2);
    if (length % 2 != 0)
        text_add(line, "▐");
    for (size_t i = 0; i < length / 2; i++)
        text_add(line, "█");
}

static void add_ascii(struct text *line, const struct layout *layout, double value)
{
    size_t halves = length_of(value, layout, 2);
    size_t length = halves / 2 + (halves % 2 != 0 && halves > 1);
    size_t column = 0;

    if (length == 0 && value != 0)
        length = 1;
    plot_pad(line, &column,
             value < 0 ? layout->negative - (length < layout->negative ? length : layout->negative) : layout->negative);
    for (size_t i = 0; value < 0 && i < length; i++)
        text_add_char(line, '#');
    text_add_char(line, '|');
    for (size_t i = 0; value > 0 && i < length; i++)
        text_add_char(line, '#');
}

static bool write_bar(const struct bars *bars, const struct layout *layout, const struct bar *bar)
{
    const struct plotter *plotter = bars->plotter;
    size_t label = width_of(bar->label) < layout->label ? width_of(bar->label) : layout->label;
    struct text line = text_on_heap();
    size_t column = 0;

    if (plotter->x_is_number)
        plot_pad(&line, &column, layout->label - label);
    plot_add_cut(plotter, &line, bar->label, layout->label);
    column += label;
    plot_pad(&line, &column, layout->label + 1);
    if (layout->number > 0) {
        plot_pad(&line, &column, layout->label + 1 + layout->number - strlen(bar->number));
        text_format(&line, "%s ", bar->number);
    }
    if (!plotter->terminal.has_boxes)
        add_ascii(&line, layout, bar->value);
    else {
        add_negative(&line, layout->negative, bar->value < 0 ? length_of(bar->value, layout, 2) : 0);
        text_add(&line, "│");
        if (bar->value > 0)
            add_positive(&line, length_of(bar->value, layout, EIGHTHS));
    }
    return plot_end_line(plotter, &line);
}

static bool write_gap(const struct bars *bars, const struct layout *layout)
{
    struct text line = text_on_heap();
    size_t column = 0;

    plot_pad(&line, &column, layout->axis);
    text_add(&line, bars->plotter->terminal.has_boxes ? "·" : ":");
    return plot_end_line(bars->plotter, &line);
}

static bool write_axis(const struct plotter *plotter, const struct layout *layout)
{
    bool has_boxes = plotter->terminal.has_boxes;
    size_t start = layout->axis - layout->negative;
    size_t end = layout->axis + layout->positive;
    struct text line = text_on_heap();
    struct ticks ticks;
    size_t places[MOST_TICKS];
    size_t column = 0;
    size_t next = 0;

    ticks_across(-layout->scale * (double)layout->negative, layout->scale * (double)layout->positive, false,
                 end - start + 1, &ticks);
    for (size_t i = 0; i < ticks.count; i++)
        places[i] = (size_t)((long)layout->axis + lround(ticks.values[i] / layout->scale));
    plot_pad(&line, &column, start);
    for (; column <= end; column++) {
        bool is_marked = next < ticks.count && places[next] == column;

        while (next < ticks.count && places[next] <= column)
            next++;
        if (column == layout->axis)
            text_add(&line, !has_boxes ? "+" : layout->negative == 0 ? "└" : layout->positive == 0 ? "┘" : "┴");
        else
            text_add(&line, has_boxes ? (is_marked ? "┬" : "─") : is_marked ? "+" : "-");
    }
    return plot_end_line(plotter, &line) && plot_write_labels(plotter, &ticks, places);
}

static int draw(const struct bars *bars)
{
    struct layout layout = layout_of(bars);
    FILE *out = bars->plotter->writer->out;
    bool good = plot_write_title(bars->plotter);

    for (size_t i = 0; good && i < bars->kept_count; i++) {
        if (i == bars->head && bars->dropped > 0)
            good = write_gap(bars, &layout);
        good = good && write_bar(bars, &layout, bar_at(bars, i));
    }
    if (good && bars->kept_count == bars->head && bars->dropped > 0)
        good = write_gap(bars, &layout);
    good = good && write_axis(bars->plotter, &layout);
    if (good && bars->dropped > 0) {
        result_write_count(out, bars->kept_count + bars->dropped);
        fprintf(out, " bars (%zu shown)\n", bars->kept_count);
    }
    return good ? 0 : exit_code_of(DUCKALOG_NOMEM);
}

int bars_draw(struct plotter *plotter, const char *query)
{
    uint64_t most = most_bars(plotter);
    struct bars bars = { .plotter = plotter,
                         .scratch = arena_create(ARENA_PLAIN),
                         .head = (size_t)(most / 2 + most % 2),
                         .tail = (size_t)(most / 2) };
    int code = bars.scratch == NULL ? exit_code_of(DUCKALOG_NOMEM) : read_bars(&bars, query);

    if (code == 0 && bars.kept_count == 0)
        code = plot_nothing(plotter);
    else if (code == 0)
        code = draw(&bars);
    for (size_t i = 0; i < bars.kept_count; i++)
        free_bar(&bars.kept[i]);
    free(bars.kept);
    arena_destroy(bars.scratch);
    return code;
}
