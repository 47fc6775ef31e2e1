/*
 * Descriptions of semantic models for people: a row for each model, or for each part of one.
 */

#include "cli/describe.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/frame.h"
#include "cli/print.h"
#include "plan/model.h"
#include "plan/plan.h"

#include <string.h>

enum { MOST_COLUMNS = 6 };

struct table {
    struct description *description;
    struct frame_column columns[MOST_COLUMNS];
    size_t column_count;
    const char **cells; /* one row after another */
    size_t count;
};

/* NULL stands for an empty cell. */
static void add_row(struct table *table, const char *const *cells)
{
    struct arena *arena = table->description->arena;

    for (size_t i = 0; i < table->column_count; i++) {
        const char *cell = cells[i] == NULL ? "" : cells[i];

        const char **larger = arena_extend(arena, table->cells, table->count, sizeof(*larger));

        if (larger == NULL)
            return;
        larger[table->count++] = frame_escaped(arena, cell, strlen(cell));
        table->cells = larger;
    }
}

static int print_table(struct table *table)
{
    size_t width = table->column_count;
    struct frame frame = { .out = stdout, .style = &frame_ascii, .columns = table->columns, .count = width };

    if (arena_failed(table->description->arena))
        return exit_code_of(DUCKALOG_NOMEM);
    frame_widen(&frame, NULL);
    for (size_t i = 0; i < table->count; i += width)
        frame_widen(&frame, table->cells + i);
    frame_write_head(&frame);
    for (size_t i = 0; i < table->count; i += width)
        frame_write_row(&frame, table->cells + i);
    frame_write_foot(&frame);
    return 0;
}

static int tabulate_models(struct description *description)
{
    struct table table = { .description = description,
                           .columns = { { "model" },
                                        { "base view" },
                                        { "dimensions", .is_number = true },
                                        { "measures", .is_number = true },
                                        { "joins", .is_number = true },
                                        { "description" } },
                           .column_count = 6 };

    for (size_t i = 0; i < description->config->root.semantic_models.count; i++) {
        const struct semantic_model *model = &description->config->root.semantic_models.items[i];
        struct arena *arena = description->arena;
        const char *cells[] = { model->name,
                                plan_view_name(arena, model->base),
                                arena_format(arena, "%zu", model->dimensions.count),
                                arena_format(arena, "%zu", model->measures.count),
                                arena_format(arena, "%zu", model->joins.count),
                                describe_text(description,
                                              model->description != NULL ? model->description : model->label) };

        add_row(&table, cells);
    }
    return print_table(&table);
}

static const char *joined_words(struct arena *arena, const struct texts *words)
{
    struct text text = text_in(arena);

    for (size_t i = 0; i < words->count; i++)
        text_format(&text, "%s%s", i > 0 ? ", " : "", words->items[i]);
    return text_string(&text);
}

static void add_defaults(struct table *table, const struct semantic_model *model)
{
    const struct model_defaults *defaults = model->defaults;

    if (defaults == NULL)
        return;
    if (defaults->time_dimension != NULL)
        add_row(table, (const char *[]){ "time dimension", defaults->time_dimension, NULL, NULL, NULL });
    if (defaults->primary_measure != NULL)
        add_row(table, (const char *[]){ "primary measure", defaults->primary_measure, NULL, NULL, NULL });
    for (size_t i = 0; i < defaults->default_filters.count; i++) {
        struct model_filter filter;
        struct text condition = text_in(table->description->arena);

        if (model_filter_read(model, &defaults->default_filters.items[i], &filter) != NULL)
            continue;
        model_add_filter(&condition, &filter);
        if (text_string(&condition) != NULL)
            add_row(table, (const char *[]){ "filter", filter.dimension->name, NULL,
                                             describe_sql(table->description, text_string(&condition)), NULL });
    }
}

static int tabulate_model(struct description *description, const struct semantic_model *model)
{
    struct table table = { .description = description,
                           .columns = { { "part" }, { "name" }, { "type" }, { "SQL" }, { "description" } },
                           .column_count = 5 };
    struct arena *arena = description->arena;

    add_row(&table, (const char *[]){ "base view", plan_view_name(arena, model->base), NULL, NULL,
                                      describe_text(description, model->description) });
    for (size_t i = 0; i < model->dimensions.count; i++) {
        const struct dimension *part = &model->dimensions.items[i];
        const char *type = describe_word("dimensions", "type", part->type);

        if (part->time_grains.count > 0)
            type = arena_format(arena, "%s: %s", type, joined_words(arena, &part->time_grains));
        add_row(&table, (const char *[]){ "dimension", part->name, type, describe_sql(description, part->expression),
                                          describe_text(description, part->description) });
    }
    for (size_t i = 0; i < model->measures.count; i++) {
        const struct measure *part = &model->measures.items[i];

        add_row(&table, (const char *[]){ "measure", part->name, describe_text(description, part->type),
                                          describe_sql(description, part->expression),
                                          describe_text(description, part->description) });
    }
    for (size_t i = 0; i < model->joins.count; i++) {
        const struct join *part = &model->joins.items[i];

        add_row(&table,
                (const char *[]){ "join", plan_view_name(arena, part->view), describe_word("joins", "type", part->type),
                                  describe_sql(description, part->on_condition), NULL });
    }
    add_defaults(&table, model);
    return print_table(&table);
}

int describe_in_table(struct description *description)
{
    return description->model == NULL ? tabulate_models(description) : tabulate_model(description, description->model);
}
