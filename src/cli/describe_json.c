/*
 * Descriptions of semantic models for programs: every key that the config language has, null where there is nothing, and
 * views as what they are found to be.
 */

#include "cli/describe.h"

#include "cli/json.h"

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *texts_in_json(const struct texts *texts)
{
    json_t *array = json_array();

    for (size_t i = 0; i < texts->count; i++)
        array = json_with_item(array, json_string(texts->items[i]));
    return array;
}

static json_t *value_in_json(struct description *description, const struct value *value)
{
    json_t *whole;

    switch (value->kind) {
    case VALUE_NULL:
        return json_null();
    case VALUE_BOOL:
        return json_boolean(value->boolean);
    case VALUE_NUMBER:
        return json_number_from(value->text);
    case VALUE_TEXT:
        return json_string(describe_text(description, value->text));
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    }
    whole = value->kind == VALUE_LIST ? json_array() : json_object();
    for (size_t i = 0; i < value->count; i++) {
        json_t *item = value_in_json(description, &value->items[i]);

        whole =
            value->kind == VALUE_LIST ? json_with_item(whole, item) : json_with_key(whole, value->items[i].name, item);
    }
    return whole;
}

static json_t *dimensions_in_json(struct description *description, const struct semantic_model *model)
{
    json_t *array = json_array();

    for (size_t i = 0; i < model->dimensions.count; i++) {
        const struct dimension *part = &model->dimensions.items[i];
        json_t *object = json_with_key(json_object(), "name", json_string(part->name));

        object = json_with_key(object, "label", text_or_null(describe_text(description, part->label)));
        object = json_with_key(object, "description", text_or_null(describe_text(description, part->description)));
        object = json_with_key(object, "type", text_or_null(describe_word("dimensions", "type", part->type)));
        object = json_with_key(object, "time_grains", texts_in_json(&part->time_grains));
        object = json_with_key(object, "expression", json_string(describe_sql(description, part->expression)));
        array = json_with_item(array, object);
    }
    return array;
}

static json_t *measures_in_json(struct description *description, const struct semantic_model *model)
{
    json_t *array = json_array();

    for (size_t i = 0; i < model->measures.count; i++) {
        const struct measure *part = &model->measures.items[i];
        json_t *object = json_with_key(json_object(), "name", json_string(part->name));

        object = json_with_key(object, "label", text_or_null(describe_text(description, part->label)));
        object = json_with_key(object, "description", text_or_null(describe_text(description, part->description)));
        object = json_with_key(object, "type", text_or_null(describe_text(description, part->type)));
        object = json_with_key(object, "expression", json_string(describe_sql(description, part->expression)));
        array = json_with_item(array, object);
    }
    return array;
}

static json_t *view_in_json(const struct view *view)
{
    return json_with_key(json_with_key(json_object(), "schema", json_string(view_schema(view))), "name",
                         json_string(view->name));
}

static json_t *joins_in_json(struct description *description, const struct semantic_model *model)
{
    json_t *array = json_array();

    for (size_t i = 0; i < model->joins.count; i++) {
        const struct join *part = &model->joins.items[i];
        json_t *object = json_with_key(json_object(), "to_view", view_in_json(part->view));

        object = json_with_key(object, "type", json_string(describe_word("joins", "type", part->type)));
        object = json_with_key(object, "on_condition", json_string(describe_sql(description, part->on_condition)));
        array = json_with_item(array, object);
    }
    return array;
}

static json_t *defaults_in_json(struct description *description, const struct model_defaults *defaults)
{
    json_t *filters;
    json_t *object;

    if (defaults == NULL)
        return json_null();
    filters = json_array();
    for (size_t i = 0; i < defaults->default_filters.count; i++)
        filters = json_with_item(filters, value_in_json(description, &defaults->default_filters.items[i]));
    object = json_with_key(json_object(), "time_dimension", text_or_null(defaults->time_dimension));
    object = json_with_key(object, "primary_measure", text_or_null(defaults->primary_measure));
    return json_with_key(object, "default_filters", filters);
}

static json_t *model_in_json(struct description *description, const struct semantic_model *model)
{
    json_t *object = json_with_key(json_object(), "name", json_string(model->name));

    object = json_with_key(object, "label", text_or_null(describe_text(description, model->label)));
    object = json_with_key(object, "description", text_or_null(describe_text(description, model->description)));
    object = json_with_key(object, "tags", texts_in_json(&model->tags));
    object = json_with_key(object, "base_view", view_in_json(model->base));
    object = json_with_key(object, "dimensions", dimensions_in_json(description, model));
    object = json_with_key(object, "measures", measures_in_json(description, model));
    object = json_with_key(object, "joins", joins_in_json(description, model));
    return json_with_key(object, "defaults", defaults_in_json(description, model->defaults));
}

static json_t *models_in_json(struct description *description)
{
    json_t *array = json_array();

    for (size_t i = 0; i < description->config->root.semantic_models.count; i++)
        array = json_with_item(array, model_in_json(description, &description->config->root.semantic_models.items[i]));
    return array;
}

int describe_in_json(struct description *description)
{
    return json_print(description->model == NULL ? models_in_json(description)
                                                 : model_in_json(description, description->model));
}
