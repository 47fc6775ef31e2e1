/*
 * Semantic models as SQL.
 *
 * In:  a checked Config, where every model has its views, and a question.
 * Out: one SELECT. Columns are the dimensions in the order of the question, then the measures.
 */

#include "plan/model.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/schema.h"
#include "plan/plan.h"

#include <string.h>

struct column {
    const char *expression;
    const char *name; /* in the result */
};

/* A join, by the name that expressions have for its view. */
struct joined {
    const struct join *join;
    const char *name;
    bool is_renamed; /* the view is there already, under its own name */
    bool is_used;
};

struct question {
    struct arena *arena;
    const struct semantic_model *model;
    const duckalog_model_query *query;
    struct duckalog_report *report;
    struct column *columns;
    size_t column_count;
    size_t dimension_count; /* of the columns */
    const char **conditions;
    size_t condition_count;
    struct joined *joins;
    bool good;
};

static void complain(struct question *question, const char *hint, const char *what, const char *name)
{
    report_event(question->report, DUCKALOG_ERROR, "unknown-name", hint, "the model \"%s\" has no %s \"%s\"",
                 question->model->name, what, name);
    question->good = false;
}

/* ---- columns ---- */

static void add_column(struct question *question, const char *expression, const char *name)
{
    struct column *columns;

    for (size_t i = 0; name != NULL && i < question->column_count; i++)
        if (equal_ignoring_case(question->columns[i].name, name)) {
            report_event(question->report, DUCKALOG_ERROR, "duplicate-name", "name each column once",
                         "two columns of the result would have the name \"%s\"", name);
            question->good = false;
            return;
        }
    columns = arena_extend(question->arena, question->columns, question->column_count, sizeof(*columns));
    if (columns == NULL || name == NULL || expression == NULL) {
        question->good = false;
        return;
    }
    columns[question->column_count++] = (struct column){ expression, name };
    question->columns = columns;
}

static const char *const *all_grains(void)
{
    const struct mapping *models = schema_find_key(&schema_root, "semantic_models")->of;

    return schema_find_key(schema_find_key(models, "dimensions")->of, "time_grains")->words;
}

/* The grain as DuckDB knows it; NULL after reporting why the dimension does not have it. */
static const char *find_grain(struct question *question, const struct dimension *dimension, const char *asked)
{
    const char **grains = arena_array(question->arena, dimension->time_grains.count + 1, sizeof(*grains));
    const char *const *allowed = dimension->time_grains.count > 0 ? grains : all_grains();
    bool is_time =
        dimension->type == DIMENSION_TIME || dimension->type == DIMENSION_DATE || dimension->type == DIMENSION_UNTYPED;

    for (size_t i = 0; grains != NULL && i < dimension->time_grains.count; i++)
        grains[i] = dimension->time_grains.items[i];
    for (size_t i = 0; grains != NULL && is_time && allowed[i] != NULL; i++)
        if (equal_ignoring_case(asked, allowed[i]))
            return allowed[i];
    report_event(question->report, DUCKALOG_ERROR, "unknown-name",
                 is_time ? hint_of_names(question->arena, asked, allowed) : "only times have grains",
                 "the dimension \"%s\" has no grain \"%s\"", dimension->name, asked);
    question->good = false;
    return NULL;
}

static void add_dimension(struct question *question, const char *asked)
{
    struct arena *arena = question->arena;
    const struct dimension *dimension = model_dimension(question->model, asked);
    const char *colon = strrchr(asked, ':');
    const char *grain = NULL;
    struct text expression = text_in(arena);

    if (dimension != NULL) {
        add_column(question, dimension->expression, dimension->name);
        return;
    }
    if (colon != NULL) {
        const char *name = arena_copy(arena, asked, (size_t)(colon - asked));

        grain = text_trimmed(arena, colon + 1);
        name = name == NULL ? NULL : text_trimmed(arena, name);
        if (name == NULL || grain == NULL) {
            question->good = false;
            return;
        }
        dimension = model_dimension(question->model, name);
        asked = name;
    }
    if (dimension == NULL) {
        complain(question, hint_of_names(arena, asked, model_dimension_names(arena, question->model)), "dimension",
                 asked);
        return;
    }
    grain = find_grain(question, dimension, grain);
    if (grain == NULL)
        return;
    sql_format(&expression, "date_trunc(%L, ", grain);
    model_add_expression(&expression, dimension->expression);
    text_add_char(&expression, ')');
    add_column(question, text_string(&expression), arena_format(arena, "%s_%s", dimension->name, grain));
}

static void add_measure(struct question *question, const char *asked)
{
    const struct measure *measure = model_measure(question->model, asked);

    if (measure != NULL)
        add_column(question, measure->expression, measure->name);
    else
        complain(question, hint_of_names(question->arena, asked, model_measure_names(question->arena, question->model)),
                 "measure", asked);
}

static void add_columns(struct question *question)
{
    const struct semantic_model *model = question->model;
    const duckalog_model_query *query = question->query;

    for (size_t i = 0; i < query->dimension_count; i++)
        add_dimension(question, query->dimensions[i]);
    question->dimension_count = question->column_count;
    for (size_t i = 0; i < query->measure_count; i++)
        add_measure(question, query->measures[i]);
    if (query->measure_count == 0 && model->defaults != NULL && model->defaults->primary_measure != NULL)
        add_measure(question, model->defaults->primary_measure);
    else if (query->measure_count == 0)
        for (size_t i = 0; i < model->measures.count; i++)
            add_measure(question, model->measures.items[i].name);
    if (question->column_count == 0 && question->good) {
        report_event(question->report, DUCKALOG_ERROR, "nothing-asked", "name a dimension to group by",
                     "the model \"%s\" has no measures", model->name);
        question->good = false;
    }
}

/* ---- conditions ---- */

static void add_condition(struct question *question, const char *condition)
{
    const char **conditions =
        arena_extend(question->arena, question->conditions, question->condition_count, sizeof(*conditions));

    if (conditions == NULL || condition == NULL) {
        question->good = false;
        return;
    }
    conditions[question->condition_count++] = condition;
    question->conditions = conditions;
}

static void add_conditions(struct question *question)
{
    const struct model_defaults *defaults = question->model->defaults;
    const char *where = question->query->where;

    for (size_t i = 0; defaults != NULL && i < defaults->default_filters.count; i++) {
        struct model_filter filter;
        struct text condition = text_in(question->arena);

        /* What can't be applied has its warning from the checks. */
        if (model_filter_read(question->model, &defaults->default_filters.items[i], &filter) != NULL)
            continue;
        model_add_filter(&condition, &filter);
        add_condition(question, text_string(&condition));
    }
    if (where != NULL) {
        const char *expanded = model_condition(question->arena, question->model, where, question->report);
        struct text condition = text_in(question->arena);

        if (expanded != NULL) {
            text_add_char(&condition, '(');
            model_add_expression(&condition, expanded);
            text_add_char(&condition, ')');
        }
        add_condition(question, expanded == NULL ? NULL : text_string(&condition));
    }
}

/* ---- joins ---- */

static bool has_view_named(const struct semantic_model *model, const char *name)
{
    bool found = equal_ignoring_case(model->base->name, name);

    for (size_t i = 0; i < model->joins.count; i++)
        found = found || equal_ignoring_case(model->joins.items[i].view->name, name);
    return found;
}

/* A view that is there again gets a number behind its name: sales, sales_2. */
static void name_joins(struct question *question)
{
    const struct semantic_model *model = question->model;

    question->joins = arena_array(question->arena, model->joins.count, sizeof(*question->joins));
    for (size_t i = 0; question->joins != NULL && i < model->joins.count; i++) {
        struct joined *joined = &question->joins[i];
        const struct view *view = model->joins.items[i].view;
        unsigned number = 1 + (view == model->base);

        for (size_t before = 0; before < i; before++)
            number += model->joins.items[before].view == view;
        joined->join = &model->joins.items[i];
        joined->name = view->name;
        joined->is_renamed = number > 1;
        for (; number > 1 && joined->name != NULL && has_view_named(model, joined->name); number++)
            joined->name = arena_format(question->arena, "%s_%u", view->name, number);
    }
}

/* Each name in some SQL; what is a string or a comment is none. */
static void collect_names(struct question *question, struct map *names, const char *sql)
{
    for (struct sql_token token = sql_next(sql); token.kind != SQL_END; token = sql_next(token.start + token.length))
        if (token.kind == SQL_WORD || token.kind == SQL_NAME) {
            const char *name = sql_token_name(question->arena, &token);

            if (name == NULL || !map_add(names, name, (void *)question))
                question->good = false;
        }
}

static void use_join(struct question *question, struct map *names, struct joined *joined)
{
    joined->is_used = true;
    collect_names(question, names, joined->join->on_condition);
}

static void tell_of_unused_join(struct question *question, const struct joined *joined)
{
    const char *hint =
        arena_format(question->arena, "it is joined as soon as a column is named with it: %s.COLUMN", joined->name);

    report_add(question->report, DUCKALOG_NOTICE, "join-left-out", plan_place(joined->join->node, "to_view"), NULL,
               hint, "%s is not joined, as nothing in this question names it", joined->name);
}

/*
 * A left join takes no row away and adds none but by repeating them. So it is left out when nothing needs its columns:
 * sums and counts would only grow. A condition of a join that stays may need another one.
 */
static void choose_joins(struct question *question)
{
    size_t count = question->model->joins.count;
    struct map *names = map_create(question->arena, MAP_IGNORING_CASE);
    bool changed = true;

    if (names == NULL || question->joins == NULL)
        return;
    for (size_t i = 0; i < question->column_count; i++)
        collect_names(question, names, question->columns[i].expression);
    for (size_t i = 0; i < question->condition_count; i++)
        collect_names(question, names, question->conditions[i]);
    for (size_t i = 0; i < count; i++)
        if (question->joins[i].join->type != JOIN_LEFT)
            use_join(question, names, &question->joins[i]);
    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++)
            if (!question->joins[i].is_used && map_find(names, question->joins[i].name) != NULL) {
                use_join(question, names, &question->joins[i]);
                changed = true;
            }
    }
    for (size_t i = 0; i < count; i++)
        if (!question->joins[i].is_used)
            tell_of_unused_join(question, &question->joins[i]);
}

/* ---- the statement ---- */

static void add_view(struct text *sql, const struct question *question, const struct view *view)
{
    if (question->query->catalog != NULL)
        sql_format(sql, "%I.", question->query->catalog);
    sql_format(sql, "%I.%I", view_schema(view), view->name);
}

static void add_from(struct text *sql, const struct question *question)
{
    static const char *const kinds[] = { "INNER", "LEFT", "RIGHT", "FULL" };

    text_add(sql, "\nFROM ");
    add_view(sql, question, question->model->base);
    for (size_t i = 0; i < question->model->joins.count; i++) {
        const struct joined *joined = &question->joins[i];

        if (!joined->is_used)
            continue;
        text_format(sql, "\n%s JOIN ", kinds[joined->join->type]);
        add_view(sql, question, joined->join->view);
        if (joined->is_renamed)
            sql_format(sql, " AS %I", joined->name);
        text_add(sql, " ON ");
        model_add_expression(sql, joined->join->on_condition);
    }
}

/* By place: a name could be a column's of a view as well as ours. */
static void add_places(struct text *sql, const char *clause, size_t count)
{
    text_add(sql, clause);
    for (size_t i = 1; i <= count; i++)
        text_format(sql, "%s%zu", i > 1 ? ", " : "", i);
}

static const char *write_statement(const struct question *question)
{
    struct text sql = text_in(question->arena);

    text_add(&sql, "SELECT");
    for (size_t i = 0; i < question->column_count; i++) {
        text_add(&sql, i > 0 ? ",\n    " : "\n    ");
        model_add_expression(&sql, question->columns[i].expression);
        sql_format(&sql, " AS %I", question->columns[i].name);
    }
    add_from(&sql, question);
    for (size_t i = 0; i < question->condition_count; i++)
        sql_format(&sql, "%s%s", i > 0 ? "\n  AND " : "\nWHERE ", question->conditions[i]);
    if (question->dimension_count > 0) {
        add_places(&sql, "\nGROUP BY ", question->dimension_count);
        add_places(&sql, "\nORDER BY ", question->dimension_count);
    }
    return text_string(&sql);
}

bool model_sql(struct arena *arena, const struct duckalog_config *config, const duckalog_model_query *query,
               struct duckalog_report *report, const char **ret_sql)
{
    struct question question = { .arena = arena, .query = query, .report = report, .good = true };
    const char *sql;

    question.model = config_model(config, query->model);
    if (question.model == NULL) {
        report_event(report, DUCKALOG_ERROR, "unknown-name",
                     hint_of_names(arena, query->model, config_model_names(arena, config)),
                     "there is no semantic model with the name \"%s\"", query->model);
        return false;
    }
    add_columns(&question);
    add_conditions(&question);
    name_joins(&question);
    if (!question.good || arena_failed(arena))
        return false;
    choose_joins(&question);
    sql = write_statement(&question);
    if (sql == NULL || !question.good || arena_failed(arena))
        return false;
    *ret_sql = sql;
    return true;
}
