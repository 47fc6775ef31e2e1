/*
 * Rows as a table: columns as wide as the first rows need, then rows as they come. On a terminal drawn with boxes, with the
 * types of the columns, and no wider than it is unless there is a pager; elsewhere plain and whole.
 */

#include "cli/output/rows.h"

#include "base/arena.h"
#include "cli/output/frame.h"
#include "cli/print.h"

#include <string.h>

enum { ROWS_MEASURED = 1000 };

struct table {
    const struct result_writer *writer;
    struct arena *arena;   /* names, and the rows that are measured */
    struct arena *scratch; /* of one row */
    struct frame frame;
    const char **cells; /* of the measured rows, one row after another */
    size_t row_count;
    size_t gap_after; /* so many measured rows; SIZE_MAX: nowhere */
    uint64_t shown;
    uint64_t hidden;
    bool begun; /* the frame is open: widths are fixed */
};

static void begin_frame(struct table *table)
{
    struct frame *frame = &table->frame;

    table->begun = true;
    result_begins(table->writer);
    if (!frame->no_head)
        frame_widen(frame, NULL);
    for (size_t row = 0; row < table->row_count; row++)
        frame_widen(frame, table->cells + row * frame->count);
    if (frame->cuts)
        frame_fit(frame, table->writer->terminal.width);
    frame_write_head(frame);
    for (size_t row = 0; row < table->row_count; row++) {
        if (row == table->gap_after)
            frame_write_gap(frame);
        frame_write_row(frame, table->cells + row * frame->count);
    }
    if (table->gap_after == table->row_count)
        frame_write_gap(frame);
}

static bool begin(void *user, const struct row_column *columns, size_t count)
{
    struct table *table = user;
    struct frame_column *shown = arena_array(table->arena, count, sizeof(*shown));

    for (size_t i = 0; shown != NULL && i < count; i++)
        shown[i] = (struct frame_column){ .name = frame_escaped(table->arena, columns[i].name, strlen(columns[i].name)),
                                          .type = table->writer->terminal.is_there
                                                      ? result_type_name(table->arena, columns[i].type)
                                                      : NULL,
                                          .is_number = columns[i].is_number };
    table->frame = (struct frame){ .out = table->writer->out,
                                   .style = table->writer->terminal.has_boxes ? &frame_boxes : &frame_ascii,
                                   .cuts = table->writer->terminal.is_there && table->writer->pager == NULL,
                                   .has_colours = table->writer->terminal.has_colours,
                                   .no_head = table->writer->form->no_header,
                                   .columns = shown,
                                   .count = count };
    table->cells = arena_array(table->arena, count * ROWS_MEASURED, sizeof(*table->cells));
    return !arena_failed(table->arena);
}

static bool take(void *user, const struct row_cell *cells)
{
    struct table *table = user;
    const char *null_text = table->writer->form->null_text;
    size_t count = table->frame.count;
    struct arena *arena = table->begun ? table->scratch : table->arena;
    const char **texts =
        table->begun ? arena_array(arena, count, sizeof(*texts)) : table->cells + table->row_count * count;

    for (size_t i = 0; texts != NULL && i < count; i++)
        texts[i] = cells[i].chars != NULL ? frame_escaped(arena, cells[i].chars, cells[i].length)
                   : null_text != NULL    ? null_text
                                          : frame_null;
    if (texts == NULL || arena_failed(arena))
        return false;
    table->shown++;
    if (table->begun) {
        frame_write_row(&table->frame, texts);
        arena_clear(table->scratch);
    } else if (++table->row_count == ROWS_MEASURED)
        begin_frame(table);
    return true;
}

static bool gap(void *user, uint64_t count)
{
    struct table *table = user;

    table->hidden = count;
    if (table->begun)
        frame_write_gap(&table->frame);
    else
        table->gap_after = table->row_count;
    return true;
}

void result_write_count(FILE *out, uint64_t count)
{
    if (count >= 1000) {
        result_write_count(out, count / 1000);
        fprintf(out, ",%03u", (unsigned)(count % 1000));
    } else
        fprintf(out, "%u", (unsigned)count);
}

static void write_counts(const struct table *table)
{
    FILE *out = table->writer->out;
    size_t hidden = table->frame.hidden;

    if (table->hidden > 0) {
        result_write_count(out, table->shown + table->hidden);
        fputs(" rows (", out);
        result_write_count(out, table->shown);
        fputs(" shown)", out);
    }
    if (hidden > 0)
        fprintf(out, "%s%zu columns (%zu shown)", table->hidden > 0 ? ", " : "", table->frame.count,
                table->frame.count - hidden);
    if (table->hidden > 0 || hidden > 0)
        fputc('\n', out);
}

static bool end(void *user)
{
    struct table *table = user;

    if (!table->begun)
        begin_frame(table);
    frame_write_foot(&table->frame);
    write_counts(table);
    return true;
}

int table_write(const struct result_writer *writer, const char *query, bool *ret_is_query)
{
    static const struct row_sink sink = { begin, take, end, gap };
    struct table table = { .writer = writer,
                           .arena = arena_create(ARENA_PLAIN),
                           .scratch = arena_create(ARENA_PLAIN),
                           .gap_after = SIZE_MAX };
    int code = table.arena == NULL || table.scratch == NULL ? exit_code_of(DUCKALOG_NOMEM)
                                                            : rows_write(writer, query, &sink, &table, ret_is_query);

    arena_destroy(table.arena);
    arena_destroy(table.scratch);
    return code;
}
