/*
 * Semantic models: parts by name, and the entries of `default_filters`.
 */

#include "config/models.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/read.h"

#include <string.h>

const struct semantic_model *config_model(const struct duckalog_config *config, const char *name)
{
    for (size_t i = 0; i < config->root.semantic_models.count; i++) {
        const struct semantic_model *model = &config->root.semantic_models.items[i];

        if (model->name != NULL && equal_ignoring_case(model->name, name))
            return model;
    }
    return NULL;
}

const struct dimension *model_dimension(const struct semantic_model *model, const char *name)
{
    for (size_t i = 0; i < model->dimensions.count; i++) {
        const struct dimension *dimension = &model->dimensions.items[i];

        if (dimension->name != NULL && equal_ignoring_case(dimension->name, name))
            return dimension;
    }
    return NULL;
}

const struct measure *model_measure(const struct semantic_model *model, const char *name)
{
    for (size_t i = 0; i < model->measures.count; i++) {
        const struct measure *measure = &model->measures.items[i];

        if (measure->name != NULL && equal_ignoring_case(measure->name, name))
            return measure;
    }
    return NULL;
}

/* ---- lists of names ---- */

/* Zeroed memory ends the list; what could not be read has no name. */
static const char **room_for_names(struct arena *arena, size_t count)
{
    return arena_array(arena, count + 1, sizeof(const char *));
}

const char *const *config_model_names(struct arena *arena, const struct duckalog_config *config)
{
    const char **names = room_for_names(arena, config->root.semantic_models.count);
    size_t count = 0;

    for (size_t i = 0; names != NULL && i < config->root.semantic_models.count; i++)
        if (config->root.semantic_models.items[i].name != NULL)
            names[count++] = config->root.semantic_models.items[i].name;
    return names;
}

const char *const *model_dimension_names(struct arena *arena, const struct semantic_model *model)
{
    const char **names = room_for_names(arena, model->dimensions.count);
    size_t count = 0;

    for (size_t i = 0; names != NULL && i < model->dimensions.count; i++)
        if (model->dimensions.items[i].name != NULL)
            names[count++] = model->dimensions.items[i].name;
    return names;
}

const char *const *model_measure_names(struct arena *arena, const struct semantic_model *model)
{
    const char **names = room_for_names(arena, model->measures.count);
    size_t count = 0;

    for (size_t i = 0; names != NULL && i < model->measures.count; i++)
        if (model->measures.items[i].name != NULL)
            names[count++] = model->measures.items[i].name;
    return names;
}

const char *hint_of_names(struct arena *arena, const char *typed, const char *const *names)
{
    enum { MOST_SHOWN = 12 };
    struct text hint = text_in(arena);
    const char *closest = names == NULL ? NULL : closest_word(typed, names);

    if (names == NULL || names[0] == NULL)
        return NULL;
    if (closest != NULL)
        text_format(&hint, "did you mean %s?", closest);
    else {
        text_add(&hint, names[1] == NULL ? "there is only " : "choose one of ");
        for (size_t i = 0; names[i] != NULL && i < MOST_SHOWN; i++)
            text_format(&hint, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    return text_string(&hint);
}

/* ---- default_filters ---- */

static const struct filter_operator operators[] = {
    { "=", "=", FILTER_VALUE },
    { "!=", "<>", FILTER_VALUE },
    { "<>", "<>", FILTER_VALUE },
    { "<", "<", FILTER_VALUE },
    { "<=", "<=", FILTER_VALUE },
    { ">", ">", FILTER_VALUE },
    { ">=", ">=", FILTER_VALUE },
    { "like", "LIKE", FILTER_VALUE },
    { "not like", "NOT LIKE", FILTER_VALUE },
    { "in", "IN", FILTER_LIST },
    { "not in", "NOT IN", FILTER_LIST },
    { "between", "BETWEEN", FILTER_RANGE },
    { "is null", "IS NULL", FILTER_ALONE },
    { "is not null", "IS NOT NULL", FILTER_ALONE },
};

/* `words` has one blank between two words; what was typed may have any number of them, in front and behind too. */
static bool equal_words(const char *typed, const char *words)
{
    static const char blanks[] = " \t\r\n";

    typed += strspn(typed, blanks);
    while (*typed != '\0' && *words != '\0') {
        size_t gap = strspn(typed, blanks);

        if (gap == 0 ? ascii_lower(*typed) != *words : *words != ' ')
            return false;
        typed += gap == 0 ? 1 : gap;
        words++;
    }
    return typed[strspn(typed, blanks)] == '\0' && *words == '\0';
}

static const struct filter_operator *find_operator(const char *typed)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
        if (equal_words(typed, operators[i].name))
            return &operators[i];
    return NULL;
}

static bool is_scalar(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER || value->kind == VALUE_BOOL;
}

const char *filter_dimension_name(const struct value *entry)
{
    const struct value *dimension = value_get(entry, "dimension");

    return dimension == NULL || !is_scalar(dimension) || *dimension->text == '\0' ? NULL : dimension->text;
}

static const char *read_operand(const struct filter_operator *operator, const struct value * value)
{
    if (value == NULL || value->kind == VALUE_NULL)
        return "it has no `value`";
    if (operator->form == FILTER_VALUE)
        return is_scalar(value) ? NULL : "its `value` has to be a single value";
    if (operator->form == FILTER_RANGE &&(value->kind != VALUE_LIST || value->count != 2))
        return "its `value` has to be a list of two values";
    if (is_scalar(value))
        return NULL;
    if (value->kind != VALUE_LIST || value->count == 0)
        return "its `value` has to be a list of values";
    for (size_t i = 0; i < value->count; i++)
        if (!is_scalar(&value->items[i]))
            return "its `value` has to be a list of single values";
    return NULL;
}

const char *model_filter_read(const struct semantic_model *model, const struct value *entry,
                              struct model_filter *ret_filter)
{
    const char *name = filter_dimension_name(entry);
    const struct value *operator= value_get(entry, "operator");
    const struct value *value = value_get(entry, "value");
    struct model_filter filter = { .operator= & operators[0] };
    const char *problem = NULL;

    if (name != NULL)
        filter.dimension = model_dimension(model, name);
    if (filter.dimension == NULL || filter.dimension->expression == NULL)
        return "it names no dimension";
    if (operator!= NULL && operator->kind != VALUE_NULL)
        filter.operator= is_scalar(operator) ? find_operator(operator->text) : NULL;
    if (filter.operator== NULL)
        return "its `operator` is unknown";
    if (filter.operator->form != FILTER_ALONE) {
        filter.value = value;
        problem = read_operand(filter.operator, value);
    }
    if (problem == NULL)
        *ret_filter = filter;
    return problem;
}
