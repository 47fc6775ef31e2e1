/*
 * From the schema table to a JSON Schema. A mapping becomes a definition, a key a property, a combination a condition.
 *
 * What the schema describes is a document as YAML 1.1, YAML 1.2 and JSON tools have parsed it. Those have decided what
 * a scalar is, where read.c has not, so a property allows each type that a value which read.c accepts may come as: a
 * text may be a number, a number may be text, `on` may be either. Nothing that read.c accepts is refused; what it
 * refuses is let pass only where the parsed document does not show the difference (quotes, `010`, base 60).
 *
 * A definition has no keyword that a property beside its $ref has too: some tools merge the two.
 */

#include "config/json_schema.h"

#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define DEFINITIONS "#/$defs/"

/*
 * Characters stand in patterns as they are, not as \s or \u0085: regular expressions of different languages agree on
 * nothing else. These are the blanks of text_trimmed(), and those of is_blank(), which combinations go by.
 */
#define BLANKS                                                                                                         \
    " \t\n\v\f\r\x1C-\x1F\xC2\x85\xC2\xA0\xE1\x9A\x80\xE2\x80\x80-\xE2\x80\x8A\xE2\x80\xA8\xE2\x80\xA9"                \
    "\xE2\x80\xAF\xE2\x81\x9F\xE3\x80\x80"
#define ASCII_BLANKS " \t\r\n\v\f"
#define CONTROLS "\x01-\x1F\x7F"
#define TRIMMED(pattern) "^[" BLANKS "]*(?:" pattern ")[" BLANKS "]*$"

/* As number_from_text() has them; with an exponent, or a value, they may still be none for a key. */
#define NUMBERS                                                                                                        \
    "[+-]?[0-9][0-9_]*|[+-]?0[xX][0-9a-fA-F]{1,16}|[+-]?(?:[0-9]+\\.0*|\\.0+)|"                                        \
    "[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)[eE][+-]?[0-9]+"
#define YES "[tT][rR][uU][eE]|[yY][eE][sS]|[oO][nN]"
#define NO "[fF][aA][lL][sS][eE]|[nN][oO]|[oO][fF][fF]"

struct maker {
    json_t *definitions;
    bool failed;
};

/* jansson takes NULL for a value that could not be made, and says so here. */
static void put(struct maker *maker, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        maker->failed = true;
}

static void append(struct maker *maker, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        maker->failed = true;
}

static void put_unless_empty(struct maker *maker, json_t *object, const char *name, json_t *array_or_object)
{
    if (json_array_size(array_or_object) > 0 || json_object_size(array_or_object) > 0)
        put(maker, object, name, json_incref(array_or_object));
    else if (array_or_object == NULL)
        maker->failed = true;
    json_decref(array_or_object);
}

static void put_reference(struct maker *maker, json_t *object, const char *definition)
{
    put(maker, object, "$ref", json_sprintf(DEFINITIONS "%s", definition));
}

static json_t *reference(struct maker *maker, const char *definition)
{
    json_t *object = json_object();

    put_reference(maker, object, definition);
    return object;
}

/* ---- definitions that keys of one type share ---- */

static json_t *pattern(const char *regex)
{
    return json_pack("{s:s}", "pattern", regex);
}

/* Text of this form, or with a placeholder. What is no text passes: `type` stands beside the $ref. */
static json_t *pattern_or_placeholder(struct maker *maker, const char *regex)
{
    json_t *object = json_object();
    json_t *either = json_array();

    append(maker, either, pattern(regex));
    append(maker, either, reference(maker, "placeholder"));
    put(maker, object, "anyOf", either);
    return object;
}

static void add_value_definitions(struct maker *maker)
{
    json_t *definitions = maker->definitions;
    json_t *name = pattern_or_placeholder(maker, TRIMMED("[^" CONTROLS "]*"));

    put(maker, definitions, "placeholder",
        json_pack("{s:s, s:s, s:s}", "description", "Text with `${env:NAME}` in it: what it will be is not known here",
                  "type", "string", "pattern", "(?:^|[^$])\\$\\{env:"));
    put(maker, definitions, "not-blank", pattern("[^" BLANKS "]"));
    put(maker, name, "pattern", json_string("[^" BLANKS "]"));
    put(maker, definitions, "name", name);
    put(maker, definitions, "boolean-text",
        pattern_or_placeholder(maker, TRIMMED(YES "|" NO "|[tTfFyYnN]|[01](?:\\.0)?")));
    put(maker, definitions, "number-text", pattern_or_placeholder(maker, TRIMMED(NUMBERS "|" YES "|" NO)));
    put(maker, definitions, "positive-number-text", pattern_or_placeholder(maker, TRIMMED(NUMBERS "|" YES)));
    put(maker, definitions, "given",
        json_pack("{s:s, s:{s:[{s:s}, {s:s, s:s}]}}", "description", "Neither null nor blank", "not", "anyOf", "type",
                  "null", "type", "string", "pattern", "^[" ASCII_BLANKS "]*$"));
}

/* ---- keys ---- */

enum shape { SCALAR = 1, WHOLE = 2, LIST = 4, MAP = 8, NOTHING = 16 };

/* The JSON types that a value may come as. */
static void put_types(struct maker *maker, json_t *object, unsigned shapes)
{
    static const struct {
        unsigned shapes;
        const char *type;
    } rows[] = { { SCALAR | WHOLE, "string" },
                 { SCALAR, "number" },
                 { WHOLE, "integer" },
                 { SCALAR | WHOLE, "boolean" },
                 { LIST, "array" },
                 { MAP, "object" },
                 { NOTHING, "null" } };
    json_t *types = json_array();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if ((rows[i].shapes & shapes) != 0)
            append(maker, types, json_string(rows[i].type));
    if (json_array_size(types) == 1) {
        put(maker, object, "type", json_incref(json_array_get(types, 0)));
        json_decref(types);
    } else
        put(maker, object, "type", types);
}

static json_t *scalar(struct maker *maker)
{
    json_t *object = json_object();

    put_types(maker, object, SCALAR);
    return object;
}

/* "postgres" of "attachments.postgres[]"; of a mapping with two names, the first. */
static void name_definition(const struct mapping *mapping, char *ret_name, size_t size)
{
    size_t length = 0;

    for (const char *c = mapping->name; *c != '\0' && *c != ',' && length + 1 < size; c++)
        if (*c != '[' && *c != ']')
            ret_name[length++] = *c;
    ret_name[length] = '\0';
}

static void put_mapping_reference(struct maker *maker, json_t *object, const struct mapping *mapping)
{
    char name[64];

    name_definition(mapping, name, sizeof(name));
    put_reference(maker, object, name);
}

static json_t *mapping_item(struct maker *maker, const struct mapping *mapping)
{
    json_t *object = json_object();

    put_types(maker, object, MAP);
    put_mapping_reference(maker, object, mapping);
    return object;
}

static void add_in_any_case(struct text *regex, const char *word)
{
    for (; *word != '\0'; word++)
        if (*word >= 'a' && *word <= 'z')
            text_format(regex, "[%c%c]", *word, *word - 'a' + 'A');
        else
            text_add_char(regex, *word);
}

static json_t *words_in_any_case(const struct key *key)
{
    struct text regex = text_on_heap();
    json_t *object = NULL;

    text_add(&regex, "^[" BLANKS "]*(?:");
    for (size_t i = 0; key->words[i] != NULL; i++) {
        text_add(&regex, i > 0 ? "|" : "");
        add_in_any_case(&regex, key->words[i]);
    }
    text_add(&regex, ")[" BLANKS "]*$");
    if (text_string(&regex) != NULL)
        object = json_pack("{s:s, s:s}", "type", "string", "pattern", text_string(&regex));
    text_free(&regex);
    return object;
}

/* The words by themselves come first: editors offer them. */
static void put_words(struct maker *maker, json_t *object, const struct key *key, bool may_be_null)
{
    json_t *ways = json_array();
    json_t *way = json_object();
    json_t *words = json_array();

    for (size_t i = 0; key->words[i] != NULL; i++)
        append(maker, words, json_string(key->words[i]));
    put(maker, way, "enum", words);
    append(maker, ways, way);
    if ((key->flags & KEY_FOLD) != 0)
        append(maker, ways, words_in_any_case(key));
    append(maker, ways, reference(maker, "placeholder"));
    if (may_be_null)
        append(maker, ways, json_pack("{s:s}", "type", "null"));
    put(maker, object, "anyOf", ways);
}

static json_t *word_item(struct maker *maker, const struct key *key)
{
    json_t *object = json_object();

    put_words(maker, object, key, false);
    return object;
}

/* `true` is 1 and `false` is 0 for read.c, so they have to be in the range too. */
static void put_range(struct maker *maker, json_t *object, const struct key *key)
{
    put(maker, object, "minimum", json_integer(key->least));
    put(maker, object, "maximum", json_integer(key->most));
    if (key->least > 0)
        put(maker, object, "not", json_pack("{s:b}", "const", 0));
    put_reference(maker, object, key->least > 0 ? "positive-number-text" : "number-text");
}

/* A path, or what `of` says: each keyword is about one of the two only. */
static json_t *import_item(struct maker *maker, const struct key *key)
{
    json_t *object = json_object();
    json_t *both = json_array();
    json_t *mapping = json_object();

    put_mapping_reference(maker, mapping, key->of);
    append(maker, both, reference(maker, "not-blank"));
    append(maker, both, mapping);
    put_types(maker, object, SCALAR | MAP);
    put(maker, object, "allOf", both);
    return object;
}

/* A list, or a list for each section: again a keyword is about one of the two. */
static void put_imports(struct maker *maker, json_t *object, const struct key *key, const struct mapping *mapping)
{
    json_t *sections = json_object();

    for (const struct key *section = mapping->keys; section->name != NULL; section++) {
        json_t *list;

        if ((section->flags & KEY_SECTION) == 0)
            continue;
        list = json_object();
        put_types(maker, list, LIST | NOTHING);
        put(maker, list, "items", import_item(maker, key));
        put(maker, sections, section->name, list);
    }
    put(maker, object, "items", import_item(maker, key));
    put(maker, object, "properties", sections);
    put(maker, object, "additionalProperties", json_false());
}

/* What is in a value, beside its JSON type. */
static void put_content(struct maker *maker, json_t *object, const struct key *key, const struct mapping *mapping)
{
    switch (key->type) {
    case TYPE_TEXT:
    case TYPE_OPTIONS:
        break;
    case TYPE_TRIMMED:
        put_reference(maker, object, "not-blank");
        break;
    case TYPE_NAME:
        put_reference(maker, object, "name");
        break;
    case TYPE_INT:
        put_range(maker, object, key);
        break;
    case TYPE_BOOL:
        put(maker, object, "minimum", json_integer(0));
        put(maker, object, "maximum", json_integer(1));
        put_reference(maker, object, "boolean-text");
        break;
    case TYPE_WORD:
        put_words(maker, object, key, schema_may_be_null(key));
        break;
    case TYPE_TEXTS:
    case TYPE_STATEMENTS:
        put(maker, object, "items", scalar(maker));
        break;
    case TYPE_WORDS:
        put(maker, object, "items", word_item(maker, key));
        break;
    case TYPE_MAPPING:
        put_mapping_reference(maker, object, key->of);
        break;
    case TYPE_MAPPINGS:
        put(maker, object, "items", mapping_item(maker, key->of));
        break;
    case TYPE_OPTIONS_LIST:
        put(maker, object, "items", json_pack("{s:s}", "type", "object"));
        break;
    case TYPE_IMPORTS:
        put_imports(maker, object, key, mapping);
        break;
    }
}

static unsigned shapes_of(const struct key *key)
{
    static const unsigned shapes[] = {
        [TYPE_TEXT] = SCALAR,        [TYPE_TRIMMED] = SCALAR, [TYPE_NAME] = SCALAR,   [TYPE_INT] = WHOLE,
        [TYPE_BOOL] = WHOLE,         [TYPE_TEXTS] = LIST,     [TYPE_WORDS] = LIST,    [TYPE_STATEMENTS] = SCALAR | LIST,
        [TYPE_OPTIONS] = MAP,        [TYPE_MAPPING] = MAP,    [TYPE_MAPPINGS] = LIST, [TYPE_OPTIONS_LIST] = LIST,
        [TYPE_IMPORTS] = LIST | MAP,
    };

    return shapes[key->type] | (schema_may_be_null(key) ? NOTHING : 0);
}

static void put_default(struct maker *maker, json_t *object, const struct key *key)
{
    if ((key->flags & KEY_REQUIRED) != 0)
        return;
    if (key->type == TYPE_BOOL)
        put(maker, object, "default", json_boolean(key->fallback.boolean));
    else if (key->fallback.text != NULL)
        put(maker, object, "default", json_string(key->fallback.text));
    else if (key->type == TYPE_INT && key->fallback.integer > 0)
        put(maker, object, "default", json_integer(key->fallback.integer));
}

static json_t *property(struct maker *maker, const struct key *key, const struct mapping *mapping)
{
    json_t *object = json_object();

    put(maker, object, "description", json_string(key->help));
    /* A word has all that it may be in its list. */
    if (key->type != TYPE_WORD)
        put_types(maker, object, shapes_of(key));
    put_content(maker, object, key, mapping);
    put_default(maker, object, key);
    if ((key->flags & KEY_SECRET) != 0)
        put(maker, object, "writeOnly", json_true());
    return object;
}

/* ---- what goes together: the small language of struct combination ---- */

/* A key that has to be there, and not blank. */
static void require_key(struct maker *maker, json_t *required, json_t *properties, const char *name, size_t length)
{
    char key[64];

    snprintf(key, sizeof(key), "%.*s", (int)length, name);
    append(maker, required, json_string(key));
    put(maker, properties, key, reference(maker, "given"));
}

/* "user|key_id": one of them will do. */
static json_t *one_of_keys(struct maker *maker, const char *keys, size_t length)
{
    json_t *object = json_object();
    json_t *ways = json_array();

    for (const char *end = keys + length; keys < end; keys += strcspn(keys, "| ") + 1) {
        json_t *required = json_array();
        json_t *properties = json_object();

        require_key(maker, required, properties, keys, strcspn(keys, "| "));
        append(maker, ways, json_pack("{s:o, s:o}", "required", required, "properties", properties));
    }
    put(maker, object, "anyOf", ways);
    return object;
}

/* "host user|key_id": all of them. */
static json_t *all_keys(struct maker *maker, const char *keys)
{
    json_t *object = json_object();
    json_t *required = json_array();
    json_t *properties = json_object();
    json_t *choices = json_array();

    while (*keys != '\0') {
        size_t length = strcspn(keys, " ");

        if (memchr(keys, '|', length) != NULL)
            append(maker, choices, one_of_keys(maker, keys, length));
        else
            require_key(maker, required, properties, keys, length);
        keys += length;
        keys += strspn(keys, " ");
    }
    put_unless_empty(maker, object, "required", required);
    put_unless_empty(maker, object, "properties", properties);
    put_unless_empty(maker, object, "allOf", choices);
    return object;
}

static json_t *alternatives(struct maker *maker, const struct combination *combination)
{
    json_t *array = json_array();

    for (size_t i = 0; i < 5 && combination->alternatives[i] != NULL; i++)
        append(maker, array, all_keys(maker, combination->alternatives[i]));
    return array;
}

/* At most one of some is: exactly one of these and of "none of them". */
static json_t *requirement(struct maker *maker, const struct combination *combination)
{
    json_t *object;
    json_t *ways;

    if (combination->kind == AT_LEAST_ONE && combination->alternatives[1] == NULL)
        return all_keys(maker, combination->alternatives[0]);
    object = json_object();
    ways = alternatives(maker, combination);
    if (combination->kind == AT_MOST_ONE)
        append(maker, ways, json_pack("{s:{s:o}}", "not", "anyOf", alternatives(maker, combination)));
    put(maker, object, combination->kind == AT_MOST_ONE ? "oneOf" : "anyOf", ways);
    return object;
}

/* Is the word one of those in "s3|gcs", which end at a blank? */
static bool is_one_of(const char *words, const char *word)
{
    while (word != NULL && *words != '\0' && *words != ' ') {
        size_t length = strcspn(words, "| ");

        if (strlen(word) == length && strncmp(words, word, length) == 0)
            return true;
        words += length;
        words += *words == '|';
    }
    return false;
}

/* "type=s3|gcs provider=config". A key that is left out stands for its default. */
static json_t *condition(struct maker *maker, const char *when, const struct mapping *mapping)
{
    json_t *object = json_object();
    json_t *properties = json_object();
    json_t *required = json_array();

    while (*when != '\0') {
        char name[64];
        json_t *words = json_array();
        const char *end = when + strcspn(when, " ");
        const char *word = when + strcspn(when, "=") + 1;
        const struct key *key;

        snprintf(name, sizeof(name), "%.*s", (int)(word - when - 1), when);
        key = schema_find_key(mapping, name);
        if (key == NULL || !is_one_of(word, key->fallback.text))
            append(maker, required, json_string(name));
        for (; word < end; word += strcspn(word, "| ") + 1)
            append(maker, words, json_stringn(word, strcspn(word, "| ")));
        put(maker, properties, name, json_pack("{s:o}", "enum", words));
        when = end + strspn(end, " ");
    }
    put_unless_empty(maker, object, "required", required);
    put(maker, object, "properties", properties);
    return object;
}

static json_t *rule(struct maker *maker, const struct combination *combination, const struct mapping *mapping)
{
    json_t *needed = requirement(maker, combination);
    json_t *object;

    if (combination->when == NULL)
        object = needed;
    else {
        object = json_object();
        put(maker, object, "if", condition(maker, combination->when, mapping));
        put(maker, object, "then", needed);
    }
    if (combination->hint != NULL)
        put(maker, object, "$comment", json_string(combination->hint));
    return object;
}

/* ---- mappings ---- */

/* What an import may bring is required only of a config that imports nothing. */
static void put_required(struct maker *maker, json_t *object, json_t *rules, const struct mapping *mapping)
{
    json_t *required = json_array();
    const char *imports = NULL;

    for (const struct key *key = mapping->keys; key->name != NULL; key++) {
        if ((key->flags & KEY_REQUIRED) != 0)
            append(maker, required, json_string(key->name));
        if (key->type == TYPE_IMPORTS)
            imports = key->name;
    }
    if (imports == NULL)
        put_unless_empty(maker, object, "required", required);
    else
        append(maker, rules,
               json_pack("{s:{s:{s:{s:[n,[],{}]}}}, s:{s:o}}", "if", "properties", imports, "enum", "then", "required",
                         required));
}

static void fill_mapping(struct maker *maker, json_t *object, const struct mapping *mapping)
{
    json_t *properties = json_object();
    json_t *rules = json_array();

    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        put(maker, properties, key->name, property(maker, key, mapping));
    put(maker, object, "properties", properties);
    put_required(maker, object, rules, mapping);
    put(maker, object, "additionalProperties", json_false());
    for (const struct combination *c = mapping->combinations; c != NULL && c->alternatives[0] != NULL; c++)
        append(maker, rules, rule(maker, c, mapping));
    put_unless_empty(maker, object, "allOf", rules);
}

/* The definitions of the mappings below this one, each once. */
static void add_mapping_definitions(struct maker *maker, const struct mapping *mapping)
{
    for (const struct key *key = mapping->keys; key->name != NULL && !maker->failed; key++) {
        char name[64];
        json_t *object;

        if (key->of == NULL)
            continue;
        name_definition(key->of, name, sizeof(name));
        if (json_object_get(maker->definitions, name) != NULL)
            continue;
        object = json_object();
        put(maker, object, "title", json_string(key->of->name));
        fill_mapping(maker, object, key->of);
        put(maker, maker->definitions, name, object);
        add_mapping_definitions(maker, key->of);
    }
}

static int add_chars(const char *chars, size_t length, void *text)
{
    text_add_length(text, chars, length);
    return text_failed(text) ? -1 : 0;
}

void json_schema_add(struct text *text, const struct mapping *root)
{
    struct maker maker = { .definitions = json_object() };
    json_t *schema = json_object();

    put(&maker, schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    put(&maker, schema, "title", json_string("duckalog config"));
    put(&maker, schema, "description",
        json_string("A DuckDB catalog: its session (settings, extensions, secrets, attached databases) and its views"));
    put(&maker, schema, "type", json_string("object"));
    fill_mapping(&maker, schema, root);
    add_mapping_definitions(&maker, root);
    add_value_definitions(&maker);
    put(&maker, schema, "$defs", maker.definitions);
    /* ASCII only: the blanks in the patterns would not be seen otherwise. */
    if (maker.failed || json_dump_callback(schema, add_chars, text, JSON_INDENT(2) | JSON_ENSURE_ASCII) != 0)
        text->failed = true;
    text_add_char(text, '\n');
    json_decref(schema);
}
