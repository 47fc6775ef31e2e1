/*
 * What bars and lines have in common: the columns that are asked for, a title, and what was left out.
 */

#include "cli/plot/plot.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/frame.h"
#include "cli/output/rows.h"
#include "cli/output/width.h"
#include "cli/plot/points.h"
#include "cli/plot/ticks.h"
#include "cli/print.h"
#include "config/read.h"

#include <math.h>
#include <string.h>

enum { MOST_LISTED = 10 };

/* ---- columns ---- */

static const struct row_column *column_named(const struct row_column *columns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (equal_ignoring_case(columns[i].name, name))
            return &columns[i];
    return NULL;
}

/* A name on one line: it may come from data, as with PIVOT. */
static const char *shown(const struct plotter *plotter, const char *name)
{
    const char *escaped = frame_escaped(plotter->arena, name, strlen(name));

    return escaped != NULL ? escaped : "";
}

static int complain_of_column(const struct plotter *plotter, const struct row_column *columns, size_t count,
                              const char *name)
{
    const char **names = arena_array(plotter->arena, count + 1, sizeof(*names));
    struct text hint = text_in(plotter->arena);
    const char *meant;

    for (size_t i = 0; names != NULL && i < count; i++)
        names[i] = columns[i].name;
    meant = names == NULL ? NULL : closest_word(name, names);
    if (meant != NULL)
        text_format(&hint, "did you mean %s?", shown(plotter, meant));
    else {
        text_add(&hint, "it has ");
        for (size_t i = 0; i < count && i < MOST_LISTED; i++)
            text_format(&hint, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", shown(plotter, columns[i].name));
        if (count > MOST_LISTED)
            text_format(&hint, " and %zu more columns", count - MOST_LISTED);
    }
    print_error(plotter->writer->session.redactor, text_string(&hint), "the result has no column \"%s\" to plot", name);
    return exit_code_of(DUCKALOG_USAGE);
}

static int complain_of_type(const struct plotter *plotter, const struct row_column *column, bool is_x)
{
    struct text hint = text_in(plotter->arena);
    const char *type = result_type_name(plotter->arena, column->type);

    if (is_x)
        text_add(&hint, "a bar has any x: --plot bar; or make it one in the SQL, as in CAST(… AS DATE)");
    else
        text_format(&hint, "make it one in the SQL, as in CAST(%s AS DOUBLE), or count(*)",
                    shown(plotter, column->name));
    print_error(plotter->writer->session.redactor, text_string(&hint), "the column \"%s\" is %s, not a number%s",
                shown(plotter, column->name), type != NULL ? type : column->type, is_x ? " or a time" : "");
    return exit_code_of(DUCKALOG_USAGE);
}

/* Returns the exit code. */
static int find_columns(struct plotter *plotter, const struct row_column *columns, size_t count)
{
    const struct row_column *x = column_named(columns, count, plotter->plot->x);
    const struct row_column *y = column_named(columns, count, plotter->plot->y);

    if (x == NULL || y == NULL)
        return complain_of_column(plotter, columns, count, x == NULL ? plotter->plot->x : plotter->plot->y);
    plotter->x_is_number = x->is_number;
    plotter->x_is_clock = strcmp(x->type, "TIME") == 0;
    plotter->x_is_time = plotter->x_is_clock || strcmp(x->type, "DATE") == 0 || starts_with(x->type, "TIMESTAMP");
    if (strchr(x->type, '[') != NULL)
        plotter->x_is_time = false;
    if (!y->is_number)
        return complain_of_type(plotter, y, false);
    if (plotter->plot->kind == PLOT_LINE && !plotter->x_is_number && !plotter->x_is_time)
        return complain_of_type(plotter, x, true);
    plotter->x = x->name;
    plotter->y = y->name;
    return 0;
}

/* ---- what may be drawn ---- */

bool plot_takes(struct plotter *plotter, double number)
{
    if (points_can_hold(number))
        return true;
    if (isnan(number))
        plotter->skipped.nan++;
    else
        plotter->skipped.infinite++;
    return false;
}

static void write_skipped(const struct plotter *plotter)
{
    const struct {
        uint64_t count;
        const char *what;
    } kinds[] = { { plotter->skipped.null, "NULL" },
                  { plotter->skipped.nan, "NaN" },
                  { plotter->skipped.infinite, "infinite" } };
    FILE *out = plotter->writer->out;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].count > 0) {
            result_write_count(out, kinds[i].count);
            fprintf(out, " %s left out\n", kinds[i].what);
        }
}

/* ---- lines of text ---- */

void plot_add_cut(const struct plotter *plotter, struct text *line, const char *words, size_t room)
{
    size_t width;

    if (width_of(words) <= room)
        text_add(line, words);
    else if (room > 0) {
        text_add_length(line, words, width_cut(words, room - 1, &width));
        text_add(line, plotter->terminal.has_boxes ? "…" : "~");
    }
}

void plot_pad(struct text *line, size_t *column, size_t to)
{
    for (; *column < to; ++*column)
        text_add_char(line, ' ');
}

bool plot_end_line(const struct plotter *plotter, struct text *line)
{
    bool good;

    text_trim_end(line);
    text_add_char(line, '\n');
    good = !text_failed(line);
    if (good)
        fputs(text_string(line), plotter->writer->out);
    text_free(line);
    return good;
}

bool plot_write_labels(const struct plotter *plotter, const struct ticks *ticks, const size_t *columns)
{
    struct text line = text_on_heap();
    size_t column = 0;

    for (size_t i = 0; i < ticks->count; i++) {
        size_t width = strlen(ticks->labels[i]);
        size_t start = columns[i] > width / 2 ? columns[i] - width / 2 : 0;

        if (start + width > plotter->width)
            start = plotter->width > width ? plotter->width - width : 0;
        if (column > 0 && start <= column)
            continue;
        plot_pad(&line, &column, start);
        text_add(&line, ticks->labels[i]);
        column += width;
    }
    return plot_end_line(plotter, &line);
}

bool plot_write_title(const struct plotter *plotter)
{
    struct text title = text_in(plotter->arena);
    struct text line = text_on_heap();

    result_begins(plotter->writer);
    text_format(&title, "%s by %s", plotter->y, plotter->x);
    if (text_string(&title) != NULL) {
        const char *words = frame_escaped(plotter->arena, title.chars, title.length);

        if (words != NULL)
            plot_add_cut(plotter, &line, words, plotter->terminal.is_there ? plotter->width : SIZE_MAX);
    }
    return plot_end_line(plotter, &line);
}

int plot_nothing(const struct plotter *plotter)
{
    if (!plot_write_title(plotter))
        return exit_code_of(DUCKALOG_NOMEM);
    fputs("no rows to draw\n", plotter->writer->out);
    return 0;
}

/* ---- the whole ---- */

static int draw(struct plotter *plotter, const char *query)
{
    int code = plotter->plot->kind == PLOT_BAR ? bars_draw(plotter, query) : lines_draw(plotter, query);

    if (code == 0)
        write_skipped(plotter);
    return code;
}

int plot_write(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    struct plotter plotter = {
        .writer = writer, .plot = &writer->form->plot, .arena = arena_create(ARENA_PLAIN), .terminal = writer->terminal
    };
    struct row_column *columns = NULL;
    size_t count = 0;
    int code = plotter.arena == NULL ? exit_code_of(DUCKALOG_NOMEM)
                                     : rows_columns(writer, plotter.arena, query, &columns, &count, ret_is_query);

    plotter.width = plotter.terminal.is_there ? plotter.terminal.width : PLOT_WIDTH;
    if (code == 0 && *ret_is_query)
        code = find_columns(&plotter, columns, count);
    if (code == 0 && *ret_is_query)
        code = draw(&plotter, query);
    arena_destroy(plotter.arena);
    return code;
}
