/*
 * The JSON Schema (src/config/json_schema.c) of small tables made here: what each type of key, flag and combination
 * becomes. That the schema of real configs judges as read.c does is tested from outside (tests/functional/test_schema.py).
 */
#include "given.h"

#include "base/text.h"
#include "config/json_schema.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const colours[] = { "red", "light blue", NULL };

static const struct key inner_keys[] = {
    { "path", TYPE_TRIMMED, KEY_REQUIRED, { .text = NULL }, 0, "Where" },
    { 0 },
};
static const struct mapping inner = { "outer.inner[], other", 0, inner_keys, NULL };

static const struct key keys[] = {
    { "text", TYPE_TEXT, KEY_SECRET, { .text = "a \"default\"" }, 0, "Some text" },
    { "name", TYPE_NAME, KEY_REQUIRED, { .text = NULL }, 0, "Some name" },
    { "number", TYPE_INT, 0, { .integer = 7 }, 0, "Some number", .least = 2, .most = 9 },
    { "any", TYPE_INT, 0, { .integer = 0 }, 0, "Any number", .least = 0, .most = 9 },
    { "truth", TYPE_BOOL, 0, { .boolean = true }, 0, "Some truth" },
    { "word", TYPE_WORD, 0, { .text = "red" }, 0, "Some colour", colours },
    { "words", TYPE_WORDS, KEY_FOLD, { .text = NULL }, 0, "Some colours", colours },
    { "free", TYPE_OPTIONS, KEY_SECTION, { .text = NULL }, 0, "Free" },
    { "one", TYPE_MAPPING, 0, { .text = NULL }, 0, "One", .of = &inner },
    { "many", TYPE_MAPPINGS, KEY_SECTION, { .text = NULL }, 0, "Many", .of = &inner },
    { 0 },
};

static const struct combination combinations[] = {
    { AT_LEAST_ONE, "word=red|green", { "text" }, "a hint" },
    { AT_LEAST_ONE, "text=x word=blue", { "name number|any", "truth" }, NULL },
    { AT_MOST_ONE, NULL, { "one", "many" }, NULL },
    { 0 },
};

static const struct mapping table = { "", 0, keys, combinations };

static const struct key importing_keys[] = {
    { "version", TYPE_INT, KEY_REQUIRED, { .text = NULL }, 0, "Version", .least = 1, .most = INT64_MAX },
    { "views", TYPE_MAPPINGS, KEY_SECTION, { .text = NULL }, 0, "Views", .of = &inner },
    { "files", TYPE_IMPORTS, 0, { .text = NULL }, 0, "Files", .of = &inner },
    { 0 },
};
static const struct mapping importing = { "", 0, importing_keys, NULL };

static json_t *schema_of(const struct mapping *mapping)
{
    struct text text = text_on_heap();
    json_t *schema;

    json_schema_add(&text, mapping);
    assert_false(text_failed(&text));
    schema = json_loads(text_string(&text), JSON_REJECT_DUPLICATES, NULL);
    text_free(&text);
    assert_non_null(schema);
    return schema;
}

/* The part of the schema at a path such as "properties/text/type", as compact JSON; "" when there is none. */
static const char *part(json_t *schema, const char *path)
{
    const char *shown;
    char *json;

    while (schema != NULL && *path != '\0') {
        size_t length = strcspn(path, "/");
        const char *name = made_of("%.*s", (int)length, path);

        schema =
            json_is_array(schema) ? json_array_get(schema, strtoul(name, NULL, 10)) : json_object_get(schema, name);
        path += length;
        path += *path == '/';
    }
    json = schema == NULL ? NULL : json_dumps(schema, JSON_COMPACT | JSON_ENCODE_ANY);
    shown = made_of("%s", json == NULL ? "" : json);
    free(json);
    return shown;
}

struct row {
    const char *path;
    const char *expected;
};

static void check_parts(const struct mapping *mapping, const struct row *rows, size_t count)
{
    json_t *schema = schema_of(mapping);

    for (size_t i = 0; i < count; i++)
        check_text(rows[i].path, part(schema, rows[i].path), rows[i].expected);
    json_decref(schema);
    table_ends();
}

static void key_becomes_a_property(void **state)
{
    static const struct row rows[] = {
        { "properties/text/description", "\"Some text\"" },
        { "properties/text/type", "[\"string\",\"number\",\"boolean\"]" },
        { "properties/text/default", "\"a \\\"default\\\"\"" },
        { "properties/text/writeOnly", "true" },
        { "properties/name/description", "\"Some name\"" },
        { "properties/name/$ref", "\"#/$defs/name\"" },
        { "properties/name/writeOnly", "" },
        { "properties/number",
          "{\"description\":\"Some number\",\"type\":[\"string\",\"integer\",\"boolean\",\"null\"],\"minimum\":2,"
          "\"maximum\":9,\"not\":{\"const\":false},\"$ref\":\"#/$defs/positive-number-text\",\"default\":7}" },
        { "properties/any/not", "" },
        { "properties/any/default", "" },
        { "properties/any/$ref", "\"#/$defs/number-text\"" },
        { "properties/truth",
          "{\"description\":\"Some truth\",\"type\":[\"string\",\"integer\",\"boolean\"],\"minimum\":0,\"maximum\":1,"
          "\"$ref\":\"#/$defs/boolean-text\",\"default\":true}" },
        { "properties/word/anyOf", "[{\"enum\":[\"red\",\"light blue\"]},{\"$ref\":\"#/$defs/placeholder\"}]" },
        { "properties/words/items/anyOf/0", "{\"enum\":[\"red\",\"light blue\"]}" },
        { "properties/free", "{\"description\":\"Free\",\"type\":[\"object\",\"null\"]}" },
        { "properties/one/$ref", "\"#/$defs/outer.inner\"" },
        { "properties/many/items", "{\"type\":\"object\",\"$ref\":\"#/$defs/outer.inner\"}" },
        { "required", "[\"name\"]" },
        { "additionalProperties", "false" },
    };

    (void)state;
    check_parts(&table, rows, COUNT_OF(rows));
}

static void mapping_becomes_a_definition(void **state)
{
    static const struct row rows[] = {
        { "$defs/outer.inner/title", "\"outer.inner[], other\"" },
        { "$defs/outer.inner/properties",
          "{\"path\":{\"description\":\"Where\",\"type\":[\"string\",\"number\",\"boolean\"],"
          "\"$ref\":\"#/$defs/not-blank\"}}" },
        { "$defs/outer.inner/required", "[\"path\"]" },
        { "$defs/outer.inner/additionalProperties", "false" },
        { "$defs/outer.inner/allOf", "" },
    };

    (void)state;
    check_parts(&table, rows, COUNT_OF(rows));
}

#define GIVEN(key) "\"" key "\":{\"$ref\":\"#/$defs/given\"}"

static void combination_becomes_a_condition(void **state)
{
    static const struct row rows[] = {
        /* The default is one of the words, so the key may be left out. */
        { "allOf/0/if", "{\"properties\":{\"word\":{\"enum\":[\"red\",\"green\"]}}}" },
        { "allOf/0/then", "{\"required\":[\"text\"],\"properties\":{" GIVEN("text") "}}" },
        { "allOf/0/$comment", "\"a hint\"" },
        { "allOf/1/if", "{\"required\":[\"text\",\"word\"],\"properties\":{\"text\":{\"enum\":[\"x\"]},"
                        "\"word\":{\"enum\":[\"blue\"]}}}" },
        { "allOf/1/then/anyOf/0",
          "{\"required\":[\"name\"],\"properties\":{" GIVEN(
              "name") "},\"allOf\":[{\"anyOf\":["
                      "{\"required\":[\"number\"],\"properties\":{" GIVEN(
                          "number") "}},"
                                    "{\"required\":[\"any\"],\"properties\":{" GIVEN("any") "}}]}]}" },
        { "allOf/1/then/anyOf/1", "{\"required\":[\"truth\"],\"properties\":{" GIVEN("truth") "}}" },
        { "allOf/2/oneOf/0", "{\"required\":[\"one\"],\"properties\":{" GIVEN("one") "}}" },
        { "allOf/2/oneOf/2", "{\"not\":{\"anyOf\":[{\"required\":[\"one\"],\"properties\":{" GIVEN(
                                 "one") "}},"
                                        "{\"required\":[\"many\"],\"properties\":{" GIVEN("many") "}}]}}" },
        { "allOf/3", "" },
    };

    (void)state;
    check_parts(&table, rows, COUNT_OF(rows));
}

static void imports_come_in_three_forms(void **state)
{
    static const char item[] = "{\"type\":[\"string\",\"number\",\"boolean\",\"object\"],"
                               "\"allOf\":[{\"$ref\":\"#/$defs/not-blank\"},{\"$ref\":\"#/$defs/outer.inner\"}]}";
    const struct row rows[] = {
        { "properties/files/type", "[\"array\",\"object\",\"null\"]" },
        { "properties/files/items", item },
        { "properties/files/properties", made_of("{\"views\":{\"type\":[\"array\",\"null\"],\"items\":%s}}", item) },
        { "properties/files/additionalProperties", "false" },
        { "required", "" },
        { "allOf/0",
          "{\"if\":{\"properties\":{\"files\":{\"enum\":[null,[],{}]}}},\"then\":{\"required\":[\"version\"]}}" },
    };

    (void)state;
    check_parts(&importing, rows, COUNT_OF(rows));
}

/* ---- without memory ---- */

static size_t allocations;
static size_t failing;

static void *allocate(size_t size)
{
    return ++allocations == failing ? NULL : malloc(size);
}

static void every_allocation_of_jansson_may_fail(void **state)
{
    size_t total;

    (void)state;
    json_set_alloc_funcs(allocate, free);
    failing = 0;
    allocations = 0;
    json_decref(schema_of(&table));
    total = allocations;
    for (failing = 1; failing <= total; failing++) {
        struct text text = text_on_heap();

        allocations = 0;
        json_schema_add(&text, &table);
        /* What is past the end of json_schema_add() was an allocation of schema_of(). */
        if (allocations >= failing)
            check_true(made_of("allocation %zu of %zu", failing, total), text_failed(&text));
        text_free(&text);
    }
    json_set_alloc_funcs(malloc, free);
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_becomes_a_property),
        cmocka_unit_test(mapping_becomes_a_definition),
        cmocka_unit_test(combination_becomes_a_condition),
        cmocka_unit_test(imports_come_in_three_forms),
        cmocka_unit_test(every_allocation_of_jansson_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
