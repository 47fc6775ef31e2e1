/*
 * Reading by the schema table. One function for each type of value; what differs between keys is in their rows.
 */

#include "config/read.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/config.h"
#include "config/place.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool complain(struct read_context *context, const char *code, struct position position,
                     const struct place *place, const char *hint, const char *message)
{
    struct text path = text_on_heap();

    place_add(&path, place);
    report_add(context->report, DUCKALOG_ERROR, code, position, text_string(&path), hint, "%s", message);
    text_free(&path);
    return false;
}

const char *closest_word(const char *typed, const char *const *words)
{
    const char *closest = NULL;
    size_t limit = strlen(typed) < 4 ? 1 : strlen(typed) < 8 ? 2 : 3;

    for (; *words != NULL; words++) {
        size_t distance = edit_distance(typed, *words, limit);

        if (distance <= limit) {
            closest = *words;
            limit = distance == 0 ? 0 : distance - 1;
        }
        if (distance == 0)
            return closest;
    }
    return closest;
}

static bool learn(struct read_context *context, const char *value)
{
    return redactor_learn(context->redactor, value);
}

static const char *type_name(enum value_type type)
{
    static const char *const names[] = {
        [TYPE_TEXT] = "text",
        [TYPE_TRIMMED] = "text",
        [TYPE_NAME] = "a name",
        [TYPE_INT] = "a whole number",
        [TYPE_BOOL] = "true or false",
        [TYPE_WORD] = "a word",
        [TYPE_TEXTS] = "a list of texts",
        [TYPE_WORDS] = "a list of words",
        [TYPE_STATEMENTS] = "a statement or a list of statements",
        [TYPE_OPTIONS] = "a mapping",
        [TYPE_MAPPING] = "a mapping",
        [TYPE_MAPPINGS] = "a list of mappings",
        [TYPE_OPTIONS_LIST] = "a list of mappings",
        [TYPE_IMPORTS] = "a list of files",
    };

    return names[type];
}

static const char *node_name(const struct node *node)
{
    static const char *const names[] = {
        [NODE_NULL] = "null", [NODE_SCALAR] = "a single value", [NODE_LIST] = "a list", [NODE_MAP] = "a mapping"
    };

    return names[node->kind];
}

static bool complain_of_type(struct read_context *context, const struct node *node, const struct place *place,
                             const char *wanted)
{
    char message[128];

    snprintf(message, sizeof(message), "%s is expected here, not %s", wanted, node_name(node));
    return complain(context, "type", node->position, place, NULL, message);
}

/* ---- single values ---- */

static bool read_text(struct read_context *context, const struct node *node, const struct key *key,
                      const struct place *place, const char **ret_text)
{
    const char *text;

    if (node->kind != NODE_SCALAR)
        return complain_of_type(context, node, place, type_name(key->type));
    text = key->type == TYPE_TEXT ? node->text : text_trimmed(context->arena, node->text);
    if (text == NULL)
        return false;
    if (key->type != TYPE_TEXT && *text == '\0')
        return complain(context, "blank", node->position, place, NULL, "must not be blank");
    if (key->type == TYPE_NAME)
        for (const char *c = text; *c != '\0'; c++)
            if (iscntrl((unsigned char)*c))
                return complain(context, "control-character", node->position, place, NULL,
                                "a name can't hold control characters, such as a new line");
    if ((key->flags & KEY_SECRET) != 0 && !learn(context, text))
        return false;
    *ret_text = text;
    return true;
}

static bool read_int(struct read_context *context, const struct node *node, const struct key *key,
                     const struct place *place, int64_t *ret_int)
{
    const char *text;
    const char *number;
    const char *problem = NULL;
    char message[160];
    char *end = NULL;
    bool truth;

    if (node->kind != NODE_SCALAR)
        return complain_of_type(context, node, place, type_name(key->type));
    text = text_trimmed(context->arena, node->text);
    if (text == NULL)
        return false;
    /* Text such as "01" was a number for Duckalog (Python); bare, some YAML readers take it for octal. */
    while (node->style == SCALAR_QUOTED && text[0] == '0' && isdigit((unsigned char)text[1]))
        text++;
    if (node->style == SCALAR_PLAIN && boolean_from_word(text, &truth))
        text = truth ? "1" : "0";
    number = number_from_text(context->arena, text, &problem);
    if (number == NULL)
        return complain(context, "type", node->position, place, problem != NULL ? "write it as a decimal number" : NULL,
                        problem != NULL ? problem : "a whole number is expected here");
    errno = 0;
    *ret_int = strtoll(number, &end, 10);
    if (strcmp(end, ".0") == 0)
        end += 2;
    if (*end != '\0')
        return complain(context, "type", node->position, place, NULL, "a whole number is expected here");
    if (errno == 0 && *ret_int >= key->least && *ret_int <= key->most)
        return true;
    if (key->most == INT64_MAX)
        snprintf(message, sizeof(message), "must be %lld or more", (long long)key->least);
    else
        snprintf(message, sizeof(message), "must be between %lld and %lld", (long long)key->least,
                 (long long)key->most);
    return complain(context, "range", node->position, place, NULL, message);
}

static bool read_bool(struct read_context *context, const struct node *node, const struct place *place, bool *ret_bool)
{
    static const char *const yes[] = { "1", "t", "y", "1.0" };
    static const char *const no[] = { "0", "f", "n", "0.0" };
    const char *text;

    if (node->kind != NODE_SCALAR)
        return complain_of_type(context, node, place, type_name(TYPE_BOOL));
    text = text_trimmed(context->arena, node->text);
    if (text == NULL)
        return false;
    if (boolean_from_word(text, ret_bool))
        return true;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        *ret_bool = equal_ignoring_case(text, yes[i]);
        if (*ret_bool || equal_ignoring_case(text, no[i]))
            return true;
    }
    return complain(context, "type", node->position, place, NULL, "true or false is expected here");
}

/* "unknown value (expected a, b, c)", with a hint when one of them is close. */
static bool complain_of_word(struct read_context *context, const struct node *node, const struct key *key,
                             const struct place *place, const char *typed)
{
    struct text message = text_on_heap();
    char hint[96];
    const char *closest = closest_word(typed, key->words);

    text_add(&message, "unknown value (expected ");
    for (size_t i = 0; key->words[i] != NULL; i++)
        text_format(&message, "%s%s", i > 0 ? ", " : "", key->words[i]);
    text_add(&message, ")");
    snprintf(hint, sizeof(hint), "did you mean %s?", closest != NULL ? closest : "");
    complain(context, "unknown-value", node->position, place, closest != NULL ? hint : NULL,
             text_failed(&message) ? "unknown value" : text_string(&message));
    text_free(&message);
    return false;
}

static int word_index(const struct key *key, const char *word)
{
    for (int i = 0; key->words[i] != NULL; i++)
        if ((key->flags & KEY_FOLD) != 0 ? equal_ignoring_case(word, key->words[i]) : strcmp(word, key->words[i]) == 0)
            return i;
    return NO_WORD;
}

static bool read_word(struct read_context *context, const struct node *node, const struct key *key,
                      const struct place *place, int *ret_word)
{
    const char *word;

    if (node->kind != NODE_SCALAR)
        return complain_of_type(context, node, place, type_name(key->type));
    word = (key->flags & KEY_FOLD) != 0 ? text_trimmed(context->arena, node->text) : node->text;
    if (word == NULL)
        return false;
    *ret_word = word_index(key, word);
    return *ret_word != NO_WORD || complain_of_word(context, node, key, place, word);
}

/* ---- lists of texts ---- */

static bool read_texts(struct read_context *context, const struct node *node, const struct key *key,
                       const struct place *place, struct texts *ret_texts)
{
    const struct node *single = node;
    const struct node *const *items = &single;
    size_t count = 1;
    bool good = true;

    if (node->kind == NODE_LIST) {
        items = (const struct node *const *)node->items;
        count = node->count;
    } else if (key->type != TYPE_STATEMENTS || node->kind != NODE_SCALAR)
        return complain_of_type(context, node, place, type_name(key->type));
    ret_texts->items = arena_array(context->arena, count, sizeof(*ret_texts->items));
    ret_texts->nodes = arena_array(context->arena, count, sizeof(const struct node *));
    if (ret_texts->items == NULL || ret_texts->nodes == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct place item_place = { place, NULL, node->kind == NODE_LIST ? items[i]->index : NOT_IN_LIST };
        const char *text = NULL;

        if (items[i]->kind != NODE_SCALAR) {
            good = complain_of_type(context, items[i], &item_place, "text");
            continue;
        }
        if (items[i]->unresolved || (key->type == TYPE_STATEMENTS && is_blank(items[i]->text)))
            continue;
        text = key->type == TYPE_TEXTS ? items[i]->text : text_trimmed(context->arena, items[i]->text);
        if (text == NULL)
            return false;
        if (key->type == TYPE_WORDS && word_index(key, text) == NO_WORD) {
            good = complain_of_word(context, items[i], key, &item_place, text);
            continue;
        }
        if (key->type == TYPE_WORDS)
            text = key->words[word_index(key, text)];
        ret_texts->nodes[ret_texts->count] = items[i];
        ret_texts->items[ret_texts->count++] = text;
    }
    return good;
}

/* ---- free maps ---- */

/* An option whose name says so is a secret, and whatever is nested below an option of a secret (HTTP headers). */
static bool learn_options(struct read_context *context, const struct value *value, bool secret)
{
    bool good = true;

    if (secret && (value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER) && value->text != NULL)
        return learn(context, value->text);
    for (size_t i = 0; i < value->count; i++) {
        const struct value *item = &value->items[i];
        bool item_secret = secret || (item->name != NULL && name_looks_secret(item->name));

        good = learn_options(context, item, item_secret) && good;
    }
    return good;
}

static bool read_map(struct read_context *context, const struct node *node, const struct key *key,
                     const struct place *place, struct value *options)
{
    struct text path = text_on_heap();
    bool good;

    if (node->kind != NODE_MAP)
        return complain_of_type(context, node, place, "a mapping");
    place_add(&path, place);
    good = value_read(context->arena, node, text_string(&path), context->report, options);
    text_free(&path);
    good = learn_options(context, options, false) && good;
    for (size_t i = 0; i < options->count; i++)
        if ((key->flags & KEY_SECRET) != 0 && options->items[i].kind == VALUE_MAP)
            good = learn_options(context, &options->items[i], true) && good;
    return good;
}

static bool read_options(struct read_context *context, const struct node *node, const struct key *key,
                         const struct place *place, struct value **ret_options)
{
    struct value *options = arena_alloc(context->arena, sizeof(*options));

    if (options == NULL || !read_map(context, node, key, place, options))
        return false;
    *ret_options = options;
    return true;
}

static bool read_options_list(struct read_context *context, const struct node *node, const struct key *key,
                              const struct place *place, void *field)
{
    LIST_OF(struct value) list = { NULL, 0 };
    bool good = true;

    if (node->kind != NODE_LIST)
        return complain_of_type(context, node, place, type_name(key->type));
    list.items = arena_array(context->arena, node->count, sizeof(*list.items));
    if (list.items == NULL)
        return false;
    list.count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        struct place item_place = { place, NULL, node->items[i]->index };

        good = read_map(context, node->items[i], key, &item_place, &list.items[i]) && good;
    }
    memcpy(field, &list, sizeof(list));
    return good;
}

/* ---- objects ---- */

static bool read_mapping(struct read_context *context, const struct node *node, const struct key *key,
                         const struct place *place, void **ret_object)
{
    void *object = arena_alloc(context->arena, key->of->size);

    if (object == NULL)
        return false;
    *ret_object = object;
    return read_object(context, node, key->of, place, object);
}

static bool read_mappings(struct read_context *context, const struct node *node, const struct key *key,
                          const struct place *place, void *field)
{
    LIST_OF(char) list = { NULL, 0 };
    bool good = true;

    if (node->kind != NODE_LIST)
        return complain_of_type(context, node, place, type_name(key->type));
    list.items = arena_array(context->arena, node->count, key->of->size);
    if (list.items == NULL)
        return false;
    list.count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        struct place item_place = { place, NULL, node->items[i]->index };

        good = read_object(context, node->items[i], key->of, &item_place, list.items + i * key->of->size) && good;
    }
    memcpy(field, &list, sizeof(list));
    return good;
}

static bool read_field(struct read_context *context, const struct node *node, const struct key *key,
                       const struct place *place, char *object)
{
    void *field = object + key->offset;

    switch (key->type) {
    case TYPE_TEXT:
    case TYPE_TRIMMED:
    case TYPE_NAME:
        return read_text(context, node, key, place, field);
    case TYPE_INT:
        return read_int(context, node, key, place, field);
    case TYPE_BOOL:
        return read_bool(context, node, place, field);
    case TYPE_WORD:
        return read_word(context, node, key, place, field);
    case TYPE_TEXTS:
    case TYPE_WORDS:
    case TYPE_STATEMENTS:
        return read_texts(context, node, key, place, field);
    case TYPE_OPTIONS:
        return read_options(context, node, key, place, field);
    case TYPE_MAPPING:
        return read_mapping(context, node, key, place, field);
    case TYPE_MAPPINGS:
        return read_mappings(context, node, key, place, field);
    case TYPE_OPTIONS_LIST:
        return read_options_list(context, node, key, place, field);
    case TYPE_IMPORTS:
        *(const struct node **)field = node;
        return true;
    }
    return false;
}

static void set_default(const struct key *key, char *object)
{
    void *field = object + key->offset;

    switch (key->type) {
    case TYPE_TEXT:
        *(const char **)field = key->fallback.text;
        break;
    case TYPE_BOOL:
        *(bool *)field = key->fallback.boolean;
        break;
    case TYPE_INT:
        *(int64_t *)field = key->fallback.integer;
        break;
    case TYPE_WORD:
        *(int *)field = key->fallback.text == NULL ? NO_WORD : word_index(key, key->fallback.text);
        break;
    default: /* lists and mappings are empty already */
        break;
    }
}

static bool read_key(struct read_context *context, const struct node *map, const struct key *key,
                     const struct place *place, char *object)
{
    struct place key_place = { place, key->name, NOT_IN_LIST };
    const struct entry *entry = node_entry(map, key->name);

    if (entry == NULL) {
        if ((key->flags & KEY_REQUIRED) == 0 || (context->incomplete && place == NULL))
            return true;
        return complain(context, "missing-key", map->position, &key_place, NULL, "this key is required");
    }
    if (entry->value->kind == NODE_NULL) {
        if (schema_may_be_null(key))
            return true;
        return complain(context, "null", entry->value->position, &key_place, "give it a value, or leave the key out",
                        "must not be null");
    }
    /* What is wrong with it is reported; what follows from that is not. */
    if (entry->value->unresolved)
        return false;
    return read_field(context, entry->value, key, &key_place, object);
}

/* A key that differs by what is in front of it, as `schema` from `db_schema`, is close too. */
static const char *closest_key(const struct mapping *mapping, const char *typed)
{
    const char *names[64] = { NULL };
    const char *closest;
    size_t count = 0;

    for (const struct key *key = mapping->keys; key->name != NULL && count < 63; key++)
        names[count++] = key->name;
    closest = closest_word(typed, names);
    for (size_t i = 0; i < count && closest == NULL; i++)
        if (strlen(typed) > 3 && (contains_ignoring_case(names[i], typed) || contains_ignoring_case(typed, names[i])))
            closest = names[i];
    return closest;
}

/* Also finds out the shape of the object. */
static bool check_unknown_keys(struct read_context *context, const struct node *map, const struct mapping *mapping,
                               const struct place *place, struct shape *ret_shape)
{
    bool good = true;

    *ret_shape = (struct shape){ .mapping = mapping };

    for (size_t i = 0; i < map->count; i++) {
        const char *typed = map->entries[i].key;
        struct place key_place = { place, typed, NOT_IN_LIST };
        const struct key *key = schema_find_key(mapping, typed);
        const char *closest;
        char hint[96];

        if (key != NULL) {
            shape_add_key(ret_shape, key, map->entries[i].value);
            continue;
        }
        closest = closest_key(mapping, typed);
        snprintf(hint, sizeof(hint), "did you mean %s?", closest != NULL ? closest : "");
        good = complain(context, "unknown-key", map->entries[i].position, &key_place, closest != NULL ? hint : NULL,
                        "unknown key");
    }
    return good;
}

static bool check_combination(struct read_context *context, const struct node *map, const struct mapping *mapping,
                              const struct combination *combination, const struct place *place)
{
    struct text problem = text_on_heap();
    bool holds = combination_holds(combination, mapping, map, &problem);

    if (!holds)
        complain(context, "combination", map->position, place, combination->hint,
                 text_failed(&problem) ? "keys are missing" : text_string(&problem));
    text_free(&problem);
    return holds;
}

/* What goes together is a matter of an object's keys and words alone, and of ten thousand views most are of a few shapes. */
static bool check_combinations(struct read_context *context, const struct node *map, const struct shape *shape,
                               const struct place *place)
{
    const struct combination *combinations = shape->mapping->combinations;
    bool good = true;

    if (combinations == NULL || shapes_have(&context->shapes, shape))
        return true;
    for (const struct combination *c = combinations; c->alternatives[0] != NULL; c++)
        good = check_combination(context, map, shape->mapping, c, place) && good;
    if (good)
        shapes_add(&context->shapes, shape);
    return good;
}

bool read_object(struct read_context *context, const struct node *node, const struct mapping *mapping,
                 const struct place *place, void *ret_object)
{
    struct shape shape;
    bool good = true;

    /* Also one that can't be read is whole, with its defaults: checks go on. */
    *(const struct node **)ret_object = node;
    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        set_default(key, ret_object);
    if (node->kind != NODE_MAP)
        return complain_of_type(context, node, place, "a mapping");
    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        good = read_key(context, node, key, place, ret_object) && good;
    good = check_unknown_keys(context, node, mapping, place, &shape) && good;
    return check_combinations(context, node, &shape, place) && good;
}
