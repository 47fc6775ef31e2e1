/*
 * The merged config: a walk over the schema table and the structs that were read by it, so that a new key is here by its
 * row. Text that is a secret by its key is masked whole; whatever else is a secret by its value or form, where it stands.
 */

#include "cli/merged.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/show.h"
#include "config/config.h"
#include "config/paths.h"
#include "config/read.h"
#include "plan/statement.h"

#include <string.h>

struct merging {
    struct arena *arena;
    const struct duckalog_config *config;
    struct duckalog_report *unread; /* of what is read again: it has been reported before */
    bool as_written;                /* in imports: paths stay as they are */
};

static json_t *object_in_json(struct merging *merging, const struct mapping *mapping, const void *object);

/* ---- texts ---- */

static json_t *masked(const struct merging *merging, const char *text)
{
    return json_text(show_masked(merging->arena, merging->config->redactor, text));
}

/* A relative path would mean another file here than where it is written. */
static const char *absolute(const struct merging *merging, const struct key *key, const void *object, const char *text)
{
    const struct node *value = node_get(*(const struct node *const *)object, key->name);

    if (value == NULL || *text == '\0')
        return text;
    return path_resolve(merging->arena, value->source->directory, text);
}

static json_t *text_in_json(const struct merging *merging, const struct key *key, const void *object, const char *text)
{
    if (text == NULL)
        return json_null();
    if ((key->flags & KEY_SECRET) != 0)
        return json_string(REDACTED);
    if (key->type == TYPE_NAME)
        return json_text(text);
    /* Settings and pragmas give secrets to names; a query may well have a column called `key`. */
    if ((key->flags & KEY_SQL) != 0)
        text = statement_mask(merging->arena, text, merging->config->redactor,
                              key->type == TYPE_TEXTS || key->type == TYPE_STATEMENTS);
    else if ((key->flags & KEY_FILE) != 0 && !merging->as_written)
        text = absolute(merging, key, object, text);
    return text == NULL ? NULL : masked(merging, text);
}

static json_t *texts_in_json(const struct merging *merging, const struct key *key, const void *object,
                             const struct texts *texts)
{
    json_t *array = json_array();

    for (size_t i = 0; i < texts->count; i++)
        array = json_with_item(array, text_in_json(merging, key, object, texts->items[i]));
    return array;
}

/* ---- free maps ---- */

static json_t *value_in_json(const struct merging *merging, const struct value *value, bool secret);

static json_t *map_in_json(const struct merging *merging, const struct value *map, bool secret)
{
    json_t *object = json_object();

    for (size_t i = 0; i < map->count; i++) {
        const struct value *item = &map->items[i];
        /* `password: {hunter2}` is a mapping to YAML, whose key is the secret. */
        const char *name = secret && item->kind == VALUE_NULL ? REDACTED : item->name;

        object = json_with_key(object, name, value_in_json(merging, item, secret || name_looks_secret(item->name)));
    }
    return object;
}

static json_t *value_in_json(const struct merging *merging, const struct value *value, bool secret)
{
    json_t *array;

    switch (value->kind) {
    case VALUE_NULL:
        return json_null();
    case VALUE_BOOL:
        return json_boolean(value->boolean);
    case VALUE_NUMBER:
        return secret ? json_string(REDACTED) : json_number_from(value->text);
    case VALUE_TEXT:
        return secret ? json_string(REDACTED) : masked(merging, value->text);
    case VALUE_MAP:
        return map_in_json(merging, value, secret);
    case VALUE_LIST:
        break;
    }
    array = json_array();
    for (size_t i = 0; i < value->count; i++)
        array = json_with_item(array, value_in_json(merging, &value->items[i], secret));
    return array;
}

/* Of a secret, maps such as HTTP headers are secret as a whole; of its other options those whose name says so. */
static json_t *options_in_json(const struct merging *merging, const struct key *key, const struct value *options)
{
    json_t *object = json_object();

    for (size_t i = 0; options != NULL && i < options->count; i++) {
        const struct value *option = &options->items[i];
        bool secret = name_looks_secret(option->name) || ((key->flags & KEY_SECRET) != 0 && option->kind == VALUE_MAP);

        object = json_with_key(object, option->name, value_in_json(merging, option, secret));
    }
    return object;
}

static json_t *options_list_in_json(const struct merging *merging, const struct key *key, const void *field)
{
    LIST_OF(struct value) list;
    json_t *array = json_array();

    memcpy(&list, field, sizeof(list));
    for (size_t i = 0; i < list.count; i++)
        array = json_with_item(array, options_in_json(merging, key, &list.items[i]));
    return array;
}

/* ---- imports: they are kept as they are written ---- */

static json_t *imports_in_list(struct merging *merging, const struct key *key, const struct node *list)
{
    struct read_context context = { merging->arena, merging->config->redactor, merging->unread, false };
    json_t *array = json_array();

    merging->as_written = true;
    for (size_t i = 0; i < list->count; i++) {
        struct import *import = arena_alloc(merging->arena, key->of->size);

        if (import != NULL && list->items[i]->kind == NODE_MAP &&
            read_object(&context, list->items[i], key->of, NULL, import))
            array = json_with_item(array, object_in_json(merging, key->of, import));
        else
            array = json_with_item(array, masked(merging, list->items[i]->text));
    }
    merging->as_written = false;
    return array;
}

static json_t *imports_in_json(struct merging *merging, const struct key *key, const struct node *imports)
{
    json_t *object;

    if (imports == NULL || imports->kind != NODE_MAP)
        return imports == NULL ? json_array() : imports_in_list(merging, key, imports);
    object = json_object();
    for (size_t i = 0; i < imports->count; i++)
        if (imports->entries[i].value->kind == NODE_LIST)
            object = json_with_key(object, imports->entries[i].key,
                                   imports_in_list(merging, key, imports->entries[i].value));
    return object;
}

/* ---- objects ---- */

/* A section that the config does not have, with its defaults; below the top, what is not there is null. */
static json_t *absent_in_json(struct merging *merging, const struct mapping *mapping, const struct key *key)
{
    struct read_context context = { merging->arena, merging->config->redactor, merging->unread, false };
    struct node *nothing;
    void *object;

    if (mapping != &schema_root)
        return json_null();
    nothing = node_create(merging->arena, &merging->config->source, NODE_MAP, (struct position){ NULL, 0, 0 });
    object = arena_alloc(merging->arena, key->of->size);
    if (nothing == NULL || object == NULL)
        return NULL;
    read_object(&context, nothing, key->of, NULL, object);
    return object_in_json(merging, key->of, object);
}

static json_t *mappings_in_json(struct merging *merging, const struct key *key, const void *field)
{
    LIST_OF(const char) list;
    json_t *array = json_array();

    memcpy(&list, field, sizeof(list));
    for (size_t i = 0; i < list.count; i++)
        array = json_with_item(array, object_in_json(merging, key->of, list.items + i * key->of->size));
    return array;
}

static json_t *word_in_json(const struct key *key, int word)
{
    return word == NO_WORD ? json_null() : json_string(key->words[word]);
}

/* 0 is no value of those keys that may be left out. */
static json_t *int_in_json(const struct key *key, int64_t number)
{
    return number == 0 && (key->flags & KEY_REQUIRED) == 0 ? json_null() : json_integer(number);
}

static json_t *field_in_json(struct merging *merging, const struct mapping *mapping, const struct key *key,
                             const char *object)
{
    const void *field = object + key->offset;
    const void *inner;

    switch (key->type) {
    case TYPE_TEXT:
    case TYPE_TRIMMED:
    case TYPE_NAME:
        return text_in_json(merging, key, object, *(const char *const *)field);
    case TYPE_INT:
        return int_in_json(key, *(const int64_t *)field);
    case TYPE_BOOL:
        return json_boolean(*(const bool *)field);
    case TYPE_WORD:
        return word_in_json(key, *(const int *)field);
    case TYPE_TEXTS:
    case TYPE_WORDS:
    case TYPE_STATEMENTS:
        return texts_in_json(merging, key, object, field);
    case TYPE_OPTIONS:
        return options_in_json(merging, key, *(const struct value *const *)field);
    case TYPE_MAPPING:
        memcpy(&inner, field, sizeof(inner));
        return inner != NULL ? object_in_json(merging, key->of, inner) : absent_in_json(merging, mapping, key);
    case TYPE_MAPPINGS:
        return mappings_in_json(merging, key, field);
    case TYPE_OPTIONS_LIST:
        return options_list_in_json(merging, key, field);
    case TYPE_IMPORTS:
        return imports_in_json(merging, key, *(const struct node *const *)field);
    }
    return NULL;
}

static json_t *object_in_json(struct merging *merging, const struct mapping *mapping, const void *object)
{
    json_t *json = json_object();

    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        json = json_with_key(json, key->name, field_in_json(merging, mapping, key, object));
    return json;
}

json_t *merged_in_json(const struct duckalog_config *config)
{
    struct merging merging = { arena_create(ARENA_WIPED), config, report_create(), false };
    json_t *json = NULL;

    if (merging.arena != NULL && merging.unread != NULL)
        json = object_in_json(&merging, &schema_root, &config->root);
    if (merging.arena != NULL && arena_failed(merging.arena)) {
        json_decref(json);
        json = NULL;
    }
    arena_destroy(merging.arena);
    duckalog_report_free(merging.unread);
    return json;
}
