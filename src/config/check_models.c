/*
 * Checks of semantic models (config-language.md 3.8 and 11, D-33, D-39): names that are there twice, views, dimensions
 * and measures that do not exist, expressions that are none. Also finds the views that a model stands on.
 */

#include "config/check_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/models.h"

#include <string.h>

/* The parts of a list of the model, as in semantic_models[0].dimensions, or one mapping of it. NULL: no memory. */
static const char *list_of(struct check *check, const struct semantic_model *model, const char *key)
{
    return arena_format(check->arena, "semantic_models[%u].%s", model->node->index, key);
}

static void check_expression(struct check *check, const struct subject *subject, const char *key, const char *sql)
{
    const char *problem = sql == NULL ? NULL : sql_expression_problem(sql);

    if (problem != NULL)
        check_complain(check, DUCKALOG_ERROR, "sql", subject, key, "write one SQL expression, without a name after it",
                       "%s", problem);
}

/* ---- views ---- */

/*
 * How a reference can mean a view, the best last. With a dot, what is before the first one is the schema; other ways to
 * split it, and names in quotes, come after that (D-39). A bare name is looked for in `main`, then everywhere.
 */
enum fit { FIT_NONE, FIT_OTHER_CASE, FIT_ANY_SCHEMA, FIT_OTHER_SPLIT, FIT_EXACT };

struct reference {
    const char *text;
    const char *schema; /* when it is written with quotes, as in s."a.b"; may be NULL */
    const char *name;   /* NULL: there are no quotes */
};

/* One or two names with a dot between, at least one of them in quotes. */
static void split_quoted(struct check *check, struct reference *reference)
{
    struct sql_token first = sql_next(reference->text);
    struct sql_token dot = sql_next(first.start + first.length);
    struct sql_token second = sql_next(dot.start + dot.length);
    bool quoted = first.kind == SQL_NAME || second.kind == SQL_NAME;

    if (first.kind != SQL_NAME && first.kind != SQL_WORD)
        return;
    if (dot.kind == SQL_END && quoted)
        reference->name = sql_token_name(check->arena, &first);
    else if (dot.kind == SQL_SYMBOL && *dot.start == '.' && (second.kind == SQL_NAME || second.kind == SQL_WORD) &&
             sql_next(second.start + second.length).kind == SQL_END && quoted) {
        reference->schema = sql_token_name(check->arena, &first);
        reference->name = sql_token_name(check->arena, &second);
    }
}

/* Is the text `schema.name`, wherever the dot between them is? */
static bool is_qualified(const char *text, const char *schema, const char *name)
{
    size_t length = strlen(schema);

    return starts_with_ignoring_case(text, schema) && text[length] == '.' &&
           equal_ignoring_case(text + length + 1, name);
}

static enum fit fit_of(const struct reference *reference, const struct view *view)
{
    const char *schema = view_schema(view);
    bool in_main = equal_ignoring_case(schema, "main");

    if (is_qualified(reference->text, schema, view->name))
        return strchr(schema, '.') == NULL ? FIT_EXACT : FIT_OTHER_SPLIT;
    if (equal_ignoring_case(reference->text, view->name) && in_main)
        return strchr(reference->text, '.') == NULL ? FIT_EXACT : FIT_OTHER_SPLIT;
    if (reference->name != NULL && equal_ignoring_case(reference->name, view->name) &&
        (reference->schema != NULL ? equal_ignoring_case(reference->schema, schema) : in_main))
        return FIT_OTHER_SPLIT;
    if (equal_ignoring_case(reference->text, view->name) ||
        (reference->name != NULL && reference->schema == NULL && equal_ignoring_case(reference->name, view->name)))
        return strcmp(reference->text, view->name) == 0 ? FIT_ANY_SCHEMA : FIT_OTHER_CASE;
    return FIT_NONE;
}

static bool is_same_view(const struct view *a, const struct view *b)
{
    return equal_ignoring_case(view_schema(a), view_schema(b)) && equal_ignoring_case(a->name, b->name);
}

/* As a reference would be written. */
static const char *full_name(struct check *check, const struct view *view)
{
    const char *name = arena_format(check->arena, "%s.%s", view_schema(view), view->name);

    return name != NULL ? name : view->name;
}

static void complain_of_undefined(struct check *check, const struct subject *subject, const char *key, const char *text)
{
    size_t count = check->config->root.views.count;
    const char **names = arena_array(check->arena, 2 * count + 1, sizeof(*names));
    size_t n = 0;

    for (size_t i = 0; names != NULL && i < count; i++) {
        const struct view *view = &check->config->root.views.items[i];

        if (view->db_schema != NULL)
            names[n++] = full_name(check, view);
        names[n++] = view->name;
    }
    check_complain(check, DUCKALOG_ERROR, "reference", subject, key, hint_of_names(check->arena, text, names),
                   "there is no view with the name \"%s\"", text);
}

static void complain_of_ambiguous(struct check *check, const struct subject *subject, const char *key, const char *text,
                                  const struct view *const views[2])
{
    const char *hint = arena_format(check->arena, "write the schema in front, as in %s", full_name(check, views[0]));

    check_complain(
        check, DUCKALOG_ERROR, "ambiguous", subject, key, hint, "\"%s\" can be %s (%s) or %s (%s)", text,
        full_name(check, views[0]), check_other_place(check, check_place(views[0]->node, "name"), subject->node),
        full_name(check, views[1]), check_other_place(check, check_place(views[1]->node, "name"), subject->node));
}

/* The view that a key of the subject names; NULL after reporting that there is none, or more than one. */
static const struct view *find_view(struct check *check, const struct subject *subject, const char *key,
                                    const char *text)
{
    struct reference reference = { .text = text };
    const struct view *found[2] = { NULL, NULL };
    enum fit best = FIT_NONE;

    if (text == NULL)
        return NULL;
    split_quoted(check, &reference);
    for (size_t i = 0; i < check->config->root.views.count; i++) {
        const struct view *view = &check->config->root.views.items[i];
        enum fit fit;

        /* One that could not be read is reported; it may be the one that is meant. */
        if (view->name == NULL)
            return NULL;
        fit = fit_of(&reference, view);
        if (fit > best) {
            best = fit;
            found[0] = view;
            found[1] = NULL;
        } else if (fit == best && fit != FIT_NONE && !is_same_view(found[0], view))
            found[1] = view;
    }
    /* A file that could not be read may have it. */
    if (found[0] == NULL && !check->config->incomplete)
        complain_of_undefined(check, subject, key, text);
    else if (found[1] != NULL)
        complain_of_ambiguous(check, subject, key, text, found);
    return found[1] == NULL ? found[0] : NULL;
}

/* ---- dimensions, measures, joins ---- */

static void check_grains(struct check *check, const struct subject *subject, const struct dimension *dimension)
{
    if (dimension->time_grains.count > 0 && dimension->type != DIMENSION_TIME)
        check_complain(check, DUCKALOG_ERROR, "combination", subject, "time_grains",
                       "write `type: time`, or remove them", "only a dimension of the type time has grains");
}

static void check_columns(struct check *check, const struct semantic_model *model)
{
    /* Both become columns of one result. */
    static const char what[] = "dimension or measure of the model";
    struct map *names = map_create(check->arena, MAP_IGNORING_CASE);
    const char *dimensions = list_of(check, model, "dimensions");
    const char *measures = list_of(check, model, "measures");

    if (names == NULL || dimensions == NULL || measures == NULL)
        return;
    for (size_t i = 0; i < model->dimensions.count; i++) {
        const struct dimension *dimension = &model->dimensions.items[i];
        struct subject subject = { dimension->node, dimensions, false };

        if (dimension->name != NULL)
            check_claim(check, names, dimension->name, dimension->name, &subject, "name", what);
        check_expression(check, &subject, "expression", dimension->expression);
        check_grains(check, &subject, dimension);
    }
    for (size_t i = 0; i < model->measures.count; i++) {
        const struct measure *measure = &model->measures.items[i];
        struct subject subject = { measure->node, measures, false };

        if (measure->name != NULL)
            check_claim(check, names, measure->name, measure->name, &subject, "name", what);
        check_expression(check, &subject, "expression", measure->expression);
    }
}

static void check_joins(struct check *check, struct semantic_model *model)
{
    const char *joins = list_of(check, model, "joins");

    for (size_t i = 0; joins != NULL && i < model->joins.count; i++) {
        struct join *join = &model->joins.items[i];
        struct subject subject = { join->node, joins, false };

        join->view = find_view(check, &subject, "to_view", join->to_view);
        check_expression(check, &subject, "on_condition", join->on_condition);
    }
}

/* ---- defaults ---- */

/* A filter that is no condition is only told: for Duckalog (Python) they are remarks. */
static void check_filter(struct check *check, const struct semantic_model *model, const struct subject *subject,
                         const struct value *entry)
{
    const struct value *written = value_get(entry, "dimension");
    const char *name = filter_dimension_name(entry);
    struct model_filter filter;
    const char *problem;

    if (entry->kind != VALUE_MAP)
        return;
    if (written != NULL && (written->kind == VALUE_LIST || written->kind == VALUE_MAP) && written->count > 0) {
        check_complain(check, DUCKALOG_ERROR, "type", subject, "dimension", NULL,
                       "the name of a dimension is expected here, not a %s",
                       written->kind == VALUE_LIST ? "list" : "mapping");
        return;
    }
    if (name != NULL && model_dimension(model, name) == NULL) {
        check_complain(check, DUCKALOG_ERROR, "reference", subject, "dimension",
                       hint_of_names(check->arena, name, model_dimension_names(check->arena, model)),
                       "the model has no dimension with the name \"%s\"", name);
        return;
    }
    problem = model_filter_read(model, entry, &filter);
    if (problem != NULL)
        check_complain(check, DUCKALOG_WARNING, "filter-ignored", subject, NULL,
                       "as in {dimension: region, operator: in, value: [north, south]}; put signs such as \">\" and "
                       "\"!=\" into quotes",
                       "this filter is not applied: %s", problem);
}

static void check_time_dimension(struct check *check, const struct semantic_model *model, const struct subject *subject)
{
    const char *name = model->defaults->time_dimension;
    const struct dimension *dimension = name == NULL ? NULL : model_dimension(model, name);

    if (name == NULL)
        return;
    if (dimension == NULL)
        check_complain(check, DUCKALOG_ERROR, "reference", subject, "time_dimension",
                       hint_of_names(check->arena, name, model_dimension_names(check->arena, model)),
                       "the model has no dimension with the name \"%s\"", name);
    else if (dimension->type != DIMENSION_TIME)
        check_complain(check, DUCKALOG_ERROR, "reference", subject, "time_dimension", "write `type: time` there",
                       "the dimension \"%s\" (%s) is not of the type time", name,
                       check_other_place(check, check_place(dimension->node, "name"), subject->node));
}

static void check_defaults(struct check *check, const struct semantic_model *model)
{
    const struct model_defaults *defaults = model->defaults;
    struct subject subject = { NULL, list_of(check, model, "defaults"), true };
    struct subject filter = { NULL, list_of(check, model, "defaults.default_filters"), false };
    const struct node *filters = defaults == NULL ? NULL : node_get(defaults->node, "default_filters");

    if (defaults == NULL || subject.list == NULL || filter.list == NULL)
        return;
    subject.node = defaults->node;
    check_time_dimension(check, model, &subject);
    if (defaults->primary_measure != NULL && model_measure(model, defaults->primary_measure) == NULL)
        check_complain(check, DUCKALOG_ERROR, "reference", &subject, "primary_measure",
                       hint_of_names(check->arena, defaults->primary_measure, model_measure_names(check->arena, model)),
                       "the model has no measure with the name \"%s\"", defaults->primary_measure);
    for (size_t i = 0; i < defaults->default_filters.count; i++) {
        filter.node = filters->items[i];
        check_filter(check, model, &filter, &defaults->default_filters.items[i]);
    }
}

void check_models(struct check *check)
{
    struct map *names = map_create(check->arena, MAP_IGNORING_CASE);

    for (size_t i = 0; names != NULL && i < check->config->root.semantic_models.count; i++) {
        struct semantic_model *model = &check->config->root.semantic_models.items[i];
        struct subject subject = { model->node, "semantic_models", false };

        if (model->name != NULL)
            check_claim(check, names, model->name, model->name, &subject, "name", "model");
        model->base = find_view(check, &subject, "base_view", model->base_view);
        check_columns(check, model);
        check_joins(check, model);
        check_defaults(check, model);
    }
}
