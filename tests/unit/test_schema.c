/*
 * The schema table (src/config/schema.c) and what reads by it (read.c): a walk over the table itself. Every key of every
 * mapping is given a good value, a wrong one, null and none, each time in an object made from the table, one key a line.
 * A key that is added to the table is tested without a line here.
 */
#include "given.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/read.h"

#include <ctype.h>
#include <string.h>

enum { MOST_KEYS = 32, KEY_LINE = 2 };

static struct arena *arena;
static struct redactor *redactor;

/* A JSON object under construction: `{` on line 1, then one key a line. */
struct object {
    const char *names[MOST_KEYS];
    const char *values[MOST_KEYS];
    size_t count;
};

static void put(struct object *object, const char *name, const char *value)
{
    for (size_t i = 0; i < object->count; i++)
        if (strcmp(object->names[i], name) == 0)
            return;
    object->names[object->count] = name;
    object->values[object->count++] = value;
}

static const char *find(const struct object *object, const char *name)
{
    for (size_t i = 0; i < object->count; i++)
        if (strcmp(object->names[i], name) == 0)
            return object->values[i];
    return NULL;
}

static const char *json_of(const struct object *object)
{
    struct text text = text_in(arena);

    text_add(&text, "{");
    for (size_t i = 0; i < object->count; i++)
        text_format(&text, "%s\n\"%s\": %s", i > 0 ? "," : "", object->names[i], object->values[i]);
    text_add(&text, "\n}");
    return text_string(&text);
}

static unsigned value_column(const struct key *key)
{
    return (unsigned)strlen(key->name) + 5;
}

/* ---- objects that are as the table wants them ---- */

static const char *good_value(const struct key *key);

/* The word that the object has for a key of a `when`, without quotes; the default when it has none. */
static const char *word_of(const struct object *object, const struct mapping *mapping, const char *name)
{
    const char *value = find(object, name);

    if (value == NULL)
        return schema_find_key(mapping, name)->fallback.text;
    return arena_copy(arena, value + 1, strlen(value) - 2);
}

/* Is `word` one of those in "a|b|c", up to a blank? */
static bool is_in(const char *words, const char *word)
{
    size_t length = strcspn(words, " ");

    for (const char *start = words; start < words + length; start += strcspn(start, "| ") + 1)
        if (strcspn(start, "| ") == strlen(word) && strncmp(start, word, strlen(word)) == 0)
            return true;
    return false;
}

static bool rule_applies(const struct combination *rule, const struct object *object, const struct mapping *mapping)
{
    for (const char *when = rule->when; when != NULL && *when != '\0';) {
        size_t name_length = strcspn(when, "=");
        const char *word = word_of(object, mapping, arena_copy(arena, when, name_length));

        if (word == NULL || !is_in(when + name_length + 1, word))
            return false;
        when += strcspn(when, " ");
        when += strspn(when, " ");
    }
    return true;
}

static bool has_all(const struct object *object, const char *alternative)
{
    for (const char *keys = alternative; *keys != '\0';) {
        bool found = false;

        for (size_t i = 0; i < object->count; i++)
            found = found || is_in(keys, object->names[i]);
        if (!found)
            return false;
        keys += strcspn(keys, " ");
        keys += strspn(keys, " ");
    }
    return true;
}

static void put_all(struct object *object, const struct mapping *mapping, const char *alternative)
{
    for (const char *keys = alternative; *keys != '\0';) {
        const char *name = arena_copy(arena, keys, strcspn(keys, "| "));

        put(object, name, good_value(schema_find_key(mapping, name)));
        keys += strcspn(keys, " ");
        keys += strspn(keys, " ");
    }
}

/* Adds what is missing: required keys but `without`, and the first alternative that fits for what must go together. */
static void complete(struct object *object, const struct mapping *mapping, const char *without)
{
    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        if ((key->flags & KEY_REQUIRED) != 0 && (without == NULL || strcmp(key->name, without) != 0))
            put(object, key->name, good_value(key));
    for (const struct combination *rule = mapping->combinations; rule != NULL && rule->alternatives[0] != NULL;
         rule++) {
        const char *chosen = NULL;

        if (rule->kind == AT_MOST_ONE || !rule_applies(rule, object, mapping))
            continue;
        for (size_t i = 0; i < COUNT_OF(rule->alternatives) && rule->alternatives[i] != NULL; i++)
            if (has_all(object, rule->alternatives[i]))
                chosen = "";
            else if (chosen == NULL && (without == NULL || strstr(rule->alternatives[i], without) == NULL))
                chosen = rule->alternatives[i];
        if (chosen != NULL)
            put_all(object, mapping, chosen);
    }
}

static const char *good_value(const struct key *key)
{
    struct object object = { 0 };

    switch (key->type) {
    case TYPE_TEXT:
    case TYPE_TRIMMED:
    case TYPE_NAME:
        return "\"some text\"";
    case TYPE_INT:
        return made_of("%lld", (long long)(key->least > 0 ? key->least : key->most > 0 ? key->most : 1));
    case TYPE_BOOL:
        return "true";
    case TYPE_WORD:
        return made_of("\"%s\"", key->words[0]);
    case TYPE_TEXTS:
        return "[\"one\", \"two\"]";
    case TYPE_WORDS:
        return made_of("[\"%s\"]", key->words[0]);
    case TYPE_STATEMENTS:
        return "[\"SET threads = 4\"]";
    case TYPE_OPTIONS:
        return "{\"option\": 1}";
    case TYPE_MAPPING:
    case TYPE_MAPPINGS:
        complete(&object, key->of, NULL);
        return made_of(key->type == TYPE_MAPPING ? "%s" : "[%s]", json_of(&object));
    case TYPE_OPTIONS_LIST:
        return "[{\"option\": 1}]";
    case TYPE_IMPORTS:
        return "[\"other.yaml\"]";
    }
    return NULL;
}

/* ---- reading one object by a mapping ---- */

static void *read_object_of(const struct object *object, const struct mapping *mapping, bool *ret_good)
{
    const char *json = json_of(object);
    struct read_context context = { arena, redactor, given_report() };
    struct node *node = json_read(arena, &(struct source){ "f.json", "/" }, json, strlen(json), context.report);
    void *memory = arena_alloc(arena, mapping->size);

    assert_non_null(node);
    *ret_good = read_object(&context, node, mapping, NULL, memory);
    check_number(made_of("what is returned and what is reported agree:\n%s", json), *ret_good,
                 duckalog_report_errors(context.report) == 0);
    return memory;
}

/* The key with this value on the second line, and whatever else the object needs. */
static void *read_with(const struct mapping *mapping, const struct key *key, const char *value, bool *ret_good)
{
    struct object object = { 0 };

    put(&object, key->name, value);
    complete(&object, mapping, NULL);
    return read_object_of(&object, mapping, ret_good);
}

static const char *label(const struct mapping *mapping, const struct key *key, const char *what)
{
    return made_of("%s%s%s: %s", mapping->name, *mapping->name != '\0' ? "." : "", key->name, what);
}

static void expect_at(const struct mapping *mapping, const struct key *key, const char *what, const char *code,
                      unsigned line, unsigned column, const char *path)
{
    bool found = has_problem(DUCKALOG_ERROR, code, line, column, path);

    if (!found) {
        const duckalog_diagnostic *d;

        for (size_t i = 0; (d = duckalog_report_get(given_report_now(), i)) != NULL; i++)
            print_message("        found %s at %u:%u %s\n", d->code, d->line, d->column, d->path);
    }
    check_true(label(mapping, key, made_of("%s: %s at %u:%u", what, code, line, column)), found);
}

/* ---- the walk ---- */

typedef void check_key(const struct mapping *mapping, const struct key *key);

static void walk(const struct mapping *mapping, check_key *check)
{
    for (const struct key *key = mapping->keys; key->name != NULL; key++) {
        check(mapping, key);
        if (key->of != NULL)
            walk(key->of, check);
    }
}

static void check_good_value(const struct mapping *mapping, const struct key *key)
{
    bool good;

    read_with(mapping, key, good_value(key), &good);
    check_true(label(mapping, key, "a good value is accepted"), good);
    for (size_t i = 0; key->type == TYPE_WORD && key->words[i] != NULL; i++) {
        struct object object = { 0 };

        put(&object, key->name, made_of("\"%s\"", key->words[i]));
        complete(&object, mapping, NULL);
        check_number(label(mapping, key, key->words[i]),
                     *(const int *)((const char *)read_object_of(&object, mapping, &good) + key->offset), (long long)i);
        check_true(label(mapping, key, key->words[i]), good);
    }
}

static void every_key_takes_a_good_value(void **state)
{
    (void)state;
    walk(&schema_root, check_good_value);
    table_ends();
}

static void check_default(const struct mapping *mapping, const struct key *key, const char *memory, const char *when)
{
    const void *field = memory + key->offset;

    if (key->type == TYPE_BOOL)
        check_number(label(mapping, key, when), *(const bool *)field, key->fallback.boolean);
    else if (key->type == TYPE_INT)
        check_number(label(mapping, key, when), *(const int64_t *)field, key->fallback.integer);
    else if (key->type == TYPE_WORD)
        check_text(label(mapping, key, when), *(const int *)field == NO_WORD ? "none" : key->words[*(const int *)field],
                   key->fallback.text == NULL ? "none" : key->fallback.text);
    else if (key->type == TYPE_TEXT && key->fallback.text != NULL)
        check_text(label(mapping, key, when), *(const char *const *)field, key->fallback.text);
    else
        check_true(label(mapping, key, when), *(const void *const *)field == NULL);
}

static void check_missing(const struct mapping *mapping, const struct key *key)
{
    struct object object = { 0 };
    const char *memory;
    bool good;

    complete(&object, mapping, key->name);
    memory = read_object_of(&object, mapping, &good);
    if ((key->flags & KEY_REQUIRED) != 0)
        expect_at(mapping, key, "missing", "missing-key", 1, 1, key->name);
    else if (find(&object, key->name) == NULL) {
        check_true(label(mapping, key, "may be left out"),
                   good || has_problem(DUCKALOG_ERROR, "combination", 1, 1, NULL));
        check_default(mapping, key, memory, "the default of a key that is left out");
    }
}

static void key_that_is_left_out_has_its_default_or_is_reported(void **state)
{
    (void)state;
    walk(&schema_root, check_missing);
    table_ends();
}

static void check_wrong(const struct mapping *mapping, const struct key *key, const char *value, const char *code,
                        unsigned column, const char *item)
{
    bool good;

    column += value_column(key) - 1;
    read_with(mapping, key, value, &good);
    check_true(label(mapping, key, made_of("%s is refused", value)), !good);
    expect_at(mapping, key, value, code, KEY_LINE, column, made_of("%s%s", key->name, item));
}

static void check_mistyped(const struct mapping *mapping, const struct key *key)
{
    switch (key->type) {
    case TYPE_TEXT:
    case TYPE_TRIMMED:
    case TYPE_NAME:
        check_wrong(mapping, key, "[\"x\"]", "type", 1, "");
        check_wrong(mapping, key, "{\"x\": 1}", "type", 1, "");
        break;
    case TYPE_INT:
        check_wrong(mapping, key, "[1]", "type", 1, "");
        check_wrong(mapping, key, "\"x\"", "type", 1, "");
        check_wrong(mapping, key, "1.5", "type", 1, "");
        check_wrong(mapping, key, "\"\"", "type", 1, "");
        break;
    case TYPE_BOOL:
        check_wrong(mapping, key, "[true]", "type", 1, "");
        check_wrong(mapping, key, "\"maybe\"", "type", 1, "");
        check_wrong(mapping, key, "2", "type", 1, "");
        check_wrong(mapping, key, "\"\"", "type", 1, "");
        break;
    case TYPE_WORD:
        check_wrong(mapping, key, "[]", "type", 1, "");
        check_wrong(mapping, key, "\"no such word\"", "unknown-value", 1, "");
        break;
    case TYPE_TEXTS:
    case TYPE_WORDS:
        check_wrong(mapping, key, "\"x\"", "type", 1, "");
        check_wrong(mapping, key, "{\"a\": 1}", "type", 1, "");
        check_wrong(mapping, key, "[[1]]", "type", 2, "[0]");
        check_wrong(mapping, key, "[null]", "type", 2, "[0]");
        break;
    case TYPE_STATEMENTS:
        check_wrong(mapping, key, "{\"a\": 1}", "type", 1, "");
        check_wrong(mapping, key, "[\"SET a = 1\", {}]", "type", 15, "[1]");
        break;
    case TYPE_OPTIONS:
    case TYPE_MAPPING:
        check_wrong(mapping, key, "\"x\"", "type", 1, "");
        check_wrong(mapping, key, "[1]", "type", 1, "");
        break;
    case TYPE_MAPPINGS:
    case TYPE_OPTIONS_LIST:
        check_wrong(mapping, key, "\"x\"", "type", 1, "");
        check_wrong(mapping, key, "{\"a\": 1}", "type", 1, "");
        check_wrong(mapping, key, "[5]", "type", 2, "[0]");
        check_wrong(mapping, key, "[null]", "type", 2, "[0]");
        break;
    case TYPE_IMPORTS: /* the loader reads them before this table does */
        break;
    }
    if (key->type == TYPE_WORDS)
        check_wrong(mapping, key, "[\"no such word\"]", "unknown-value", 2, "[0]");
}

static void every_key_refuses_a_value_of_another_type(void **state)
{
    (void)state;
    walk(&schema_root, check_mistyped);
    table_ends();
}

static void check_blank(const struct mapping *mapping, const struct key *key)
{
    bool good;
    const char *memory;

    if (key->type != TYPE_NAME && key->type != TYPE_TRIMMED)
        return;
    check_wrong(mapping, key, "\"\"", "blank", 1, "");
    check_wrong(mapping, key, "\" \\t\\n \"", "blank", 1, "");
    memory = read_with(mapping, key, "\" \\tsome text\\n \"", &good);
    check_text(label(mapping, key, "is trimmed"), *(const char *const *)(memory + key->offset), "some text");
    if (key->type == TYPE_NAME)
        check_wrong(mapping, key, "\"a\\u0001b\"", "control-character", 1, "");
    if (key->type == TYPE_NAME)
        check_wrong(mapping, key, "\"a\\nb\"", "control-character", 1, "");
}

/* Also D-8. */
static void names_are_trimmed_and_neither_blank_nor_with_control_characters(void **state)
{
    (void)state;
    walk(&schema_root, check_blank);
    table_ends();
}

/* config-language.md 3: stripped of Unicode whitespace. */
static void name_of_a_no_break_space_is_blank(void **state)
{
    (void)state;
    given_bad_config(with_view("{name: \"\\u00a0\", sql: SELECT 1}"));
    expect_problem("blank", 4, 10, "views[0].name");
}

static void check_range(const struct mapping *mapping, const struct key *key)
{
    bool good;

    if (key->type != TYPE_INT)
        return;
    check_wrong(mapping, key, made_of("%lld", (long long)key->least - 1), "range", 1, "");
    if (key->most < INT64_MAX)
        check_wrong(mapping, key, made_of("%lld", (long long)key->most + 1), "range", 1, "");
    check_wrong(mapping, key, "99999999999999999999", "range", 1, "");
    read_with(mapping, key, made_of("%lld", (long long)key->least), &good);
    check_true(label(mapping, key, "the least is accepted"), good);
    read_with(mapping, key, made_of("%lld", (long long)key->most), &good);
    check_true(label(mapping, key, "the most is accepted"), good);
}

static void whole_numbers_have_their_range(void **state)
{
    (void)state;
    walk(&schema_root, check_range);
    table_ends();
}

static void check_null(const struct mapping *mapping, const struct key *key)
{
    struct object object = { 0 };
    const char *memory;
    bool good;
    bool refused = (key->flags & KEY_REQUIRED) != 0 || key->type == TYPE_BOOL || key->fallback.text != NULL;

    put(&object, key->name, "null");
    complete(&object, mapping, NULL);
    memory = read_object_of(&object, mapping, &good);
    if (refused)
        expect_at(mapping, key, "null", "null", KEY_LINE, value_column(key), key->name);
    else {
        /* What it would have had to go together with is another matter. */
        check_true(label(mapping, key, "null is as if it were left out"),
                   good || has_problem(DUCKALOG_ERROR, "combination", 1, 1, NULL));
        check_default(mapping, key, memory, "null");
    }
}

/* D-22, and config-language.md 2: null is accepted where the default is "none". */
static void null_is_no_value(void **state)
{
    (void)state;
    walk(&schema_root, check_null);
    table_ends();
}

static void check_secret(const struct mapping *mapping, const struct key *key)
{
    struct text text = text_in(arena);
    const char *value = made_of("of-%s-%s", mapping->name, key->name);
    bool good;

    if ((key->flags & KEY_SECRET) == 0 || key->type == TYPE_OPTIONS)
        return;
    read_with(mapping, key, made_of("\"%s\"", value), &good);
    redact_add(redactor, &text, value);
    check_text(label(mapping, key, "is never shown"), text_string(&text), "***");
}

/* D-6 */
static void values_of_secret_keys_are_masked(void **state)
{
    (void)state;
    walk(&schema_root, check_secret);
    table_ends();
}

static void check_secret_flag(const struct mapping *mapping, const struct key *key)
{
    if (key->type == TYPE_TEXT && name_looks_secret(key->name))
        check_true(label(mapping, key, "is marked as secret"), (key->flags & KEY_SECRET) != 0);
}

static void keys_that_sound_secret_are_marked(void **state)
{
    (void)state;
    walk(&schema_root, check_secret_flag);
    table_ends();
}

static void check_unknown(const struct mapping *mapping, const struct key *key)
{
    struct object object = { 0 };
    const char *typo = made_of("%sx", key->name);
    bool good;

    put(&object, typo, "1");
    complete(&object, mapping, NULL);
    read_object_of(&object, mapping, &good);
    expect_at(mapping, key, "a typo of it", "unknown-key", KEY_LINE, 1, typo);
    check_number(label(mapping, key, "a typo is one problem"), (long long)duckalog_report_errors(given_report_now()),
                 1);
    check_true(label(mapping, key, "a typo of it has a hint"), hint_of("unknown-key") != NULL);
}

static void every_mapping_refuses_keys_that_it_does_not_know(void **state)
{
    (void)state;
    walk(&schema_root, check_unknown);
    table_ends();
}

static void hint_names_the_key_that_was_meant(void **state)
{
    static const char *const rows[][3] = {
        { "{name: a, sql: SELECT 1, shema: s}", NULL, NULL },
        { "{name: a, sql: SELECT 1, schema: s}", "db_schema", NULL },
        { "{name: a, sq: SELECT 1}", "sql", NULL },
        { "{name: a, sql: SELECT 1, Options: {}}", "options", NULL },
        { "{name: a, sql: SELECT 1, descripton: x}", "description", NULL },
        { "{name: a, sql: SELECT 1, zzzzzz: x}", NULL, "nothing is close" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *hint;

        given_bad_config(with_view(rows[i][0]));
        hint = hint_of("unknown-key");
        if (rows[i][1] != NULL)
            check_text(rows[i][0], hint, made_of("did you mean %s?", rows[i][1]));
        if (rows[i][2] != NULL)
            check_true(rows[i][0], hint == NULL);
    }
    table_ends();
}

static void check_row(const struct mapping *mapping, const struct key *key)
{
    check_true(label(mapping, key, "has help"), key->help != NULL && *key->help != '\0');
    check_true(label(mapping, key, "its field lies in the struct"),
               key->offset >= sizeof(void *) && key->offset < mapping->size);
    for (const char *c = key->name; *c != '\0'; c++)
        check_true(label(mapping, key, "is written in small letters"), islower((unsigned char)*c) || *c == '_');
    for (const struct key *other = mapping->keys; other != key; other++) {
        check_true(label(mapping, key, "has a field of its own"), other->offset != key->offset);
        check_true(label(mapping, key, "is there once"), strcmp(other->name, key->name) != 0);
    }
    check_number(label(mapping, key, "has words"), key->words != NULL,
                 key->type == TYPE_WORD || key->type == TYPE_WORDS);
    check_number(label(mapping, key, "has a mapping"), key->of != NULL,
                 key->type == TYPE_MAPPING || key->type == TYPE_MAPPINGS || key->type == TYPE_IMPORTS);
}

static void every_row_is_complete(void **state)
{
    (void)state;
    walk(&schema_root, check_row);
    table_ends();
}

/* As many as the shape of an object has room for (read.h). */
static void check_mapping(const struct mapping *mapping, const struct key *key)
{
    size_t words = 0;

    for (const struct key *before = mapping->keys; before <= key; before++)
        words += before->type == TYPE_WORD;
    check_true(label(mapping, key, "is one of 64"), key - mapping->keys < 64);
    if (mapping->combinations != NULL)
        check_true(label(mapping, key, "is one of few words"), words <= SHAPE_WORDS);
}

static void every_mapping_fits_into_a_shape(void **state)
{
    (void)state;
    walk(&schema_root, check_mapping);
    table_ends();
}

static size_t keys_counted;

static void count_key(const struct mapping *mapping, const struct key *key)
{
    (void)mapping;
    (void)key;
    keys_counted++;
}

/*
 * config-language.md section 3 has 116 keys. Not in the table: the sections of an `imports` mapping (5), which are keys
 * with a flag. In it twice: the 3 of sql_file and sql_template. New: read_only of sqlite and postgres (S-12), and
 * what to do when an attachment takes long or fails (3 for each of 5 kinds, and connect_timeout of postgres).
 */
static void no_key_of_the_specification_is_missing(void **state)
{
    (void)state;
    keys_counted = 0;
    walk(&schema_root, count_key);
    assert_int_equal(keys_counted,
                     9 + 6 + 24 + 13 + 3 + 3 + (3 + 2 + 8 + 4) + 4 + 5 + (9 + 6 + 5 + 3 + 3) + 2 + 2 + 2 + 3 * 5 + 1);
}

/* ---- types of scalars: config-language.md 2 and D-4 ---- */

static void text_fields_take_the_text_as_it_is_written(void **state)
{
    static const char *const rows[][2] = {
        { "on", "on" },     { "123", "123" },     { "2024-01-01", "2024-01-01" },
        { "010", "010" },   { "12:30", "12:30" }, { "1e5", "1e5" },
        { "0x1F", "0x1F" }, { "true", "true" },   { "'123'", "123" },
        { "1.50", "1.50" }, { ".nan", ".nan" },   { "\"a b\"", "a b" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0],
                   given_config(with_view(made_of("{name: %s, sql: SELECT 1}", rows[i][0])))->root.views.items[0].name,
                   rows[i][1]);
    table_ends();
}

static void whole_numbers_are_read_from_everything_that_means_one(void **state)
{
    static const struct {
        const char *text;
        int64_t number; /* 0: refused */
    } rows[] = {
        { "1", 1 },
        { "+7", 7 },
        { "1.0", 1 },
        { "\" 2 \"", 2 },
        { "\"01\"", 1 },
        { "\"010\"", 10 },
        { "0x1F", 31 },
        { "\"0x1F\"", 31 },
        { "1_000", 1000 },
        { "1e2", 100 },
        { "true", 1 },
        { "\"5.0\"", 5 },
        { "5432.0", 5432 },
        { "9223372036854775807", INT64_MAX },
        { "010", 0 },
        { "12:30", 0 },
        { "1.5", 0 },
        { "x", 0 },
        { "''", 0 },
        { "\"true\"", 0 },
        { "-1", 0 },
        { "0", 0 },
        { "~", 0 },
        { ".inf", 0 },
        { "1e400", 0 },
        { "2024-01-01", 0 },
        { "0x", 0 },
        { "1 2", 0 },
        { "\"1x\"", 0 },
        { "--1", 0 },
        { "[1]", 0 },
        { "false", 0 },
        { "9223372036854775808", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *yaml = made_of("version: %s\nduckdb: {}\n", rows[i].text);

        if (rows[i].number == 0)
            check_true(made_of("%s is refused", rows[i].text), !config_is_accepted(yaml));
        else
            check_number(rows[i].text, given_config(yaml)->root.version, rows[i].number);
    }
    table_ends();
}

/* D-4: these mean different numbers to different YAML readers. */
static void octal_and_base_60_are_refused_with_a_hint(void **state)
{
    static const char *const numbers[] = { "010", "12:30" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        given_bad_config(made_of("version: %s\nduckdb: {}\n", numbers[i]));
        expect_problem("type", 1, 10, "version");
        assert_non_null(hint_of("type"));
    }
}

static void booleans_are_read_from_every_word_for_them(void **state)
{
    static const char *const yes[] = { "true", "True", "TRUE", "yes", "YES",    "on",        "On",  "1",  "1.0",
                                       "t",    "T",    "y",    "Y",   "'true'", "\" yes \"", "'1'", "yEs" };
    static const char *const no[] = { "false", "False", "no", "NO", "off", "0", "0.0", "f", "n", "'off'", "'0'" };
    static const char *const neither[] = { "2", "''", "maybe", "-1", "tr", "[true]", "truee", "0.5", "~" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(yes); i++)
        check_number(yes[i],
                     given_config(with_attachment("duckdb", made_of("{alias: x, path: p, read_only: %s}", yes[i])))
                         ->root.attachments->duckdb.items[0]
                         .read_only,
                     true);
    for (size_t i = 0; i < COUNT_OF(no); i++)
        check_number(no[i],
                     given_config(with_attachment("duckdb", made_of("{alias: x, path: p, read_only: %s}", no[i])))
                         ->root.attachments->duckdb.items[0]
                         .read_only,
                     false);
    for (size_t i = 0; i < COUNT_OF(neither); i++)
        check_true(neither[i], !config_is_accepted(with_attachment(
                                   "duckdb", made_of("{alias: x, path: p, read_only: %s}", neither[i]))));
    table_ends();
}

static void settings_are_one_text_or_a_list_and_blank_ones_are_dropped(void **state)
{
    const struct texts *settings;

    (void)state;
    settings = &given_config(with_duckdb("settings: ' SET threads = 4 '"))->root.duckdb->settings;
    assert_int_equal(settings->count, 1);
    assert_string_equal(settings->items[0], "SET threads = 4");
    settings = &given_config(with_duckdb("settings: ['', SET a = 1, '  ', RESET b]"))->root.duckdb->settings;
    assert_int_equal(settings->count, 2);
    assert_string_equal(settings->items[0], "SET a = 1");
    assert_string_equal(settings->items[1], "RESET b");
    settings = &given_config(with_duckdb("settings: ''"))->root.duckdb->settings;
    assert_int_equal(settings->count, 0);
    settings = &given_config(with_duckdb("settings: null"))->root.duckdb->settings;
    assert_int_equal(settings->count, 0);
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_create(ARENA_PLAIN);
    redactor = redactor_create();
    return arena == NULL || redactor == NULL;
}

static int drop_arena(void **state)
{
    redactor_destroy(redactor);
    arena_destroy(arena);
    return forget_all(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_takes_a_good_value),
        cmocka_unit_test(key_that_is_left_out_has_its_default_or_is_reported),
        cmocka_unit_test(every_key_refuses_a_value_of_another_type),
        cmocka_unit_test(names_are_trimmed_and_neither_blank_nor_with_control_characters),
        cmocka_unit_test(name_of_a_no_break_space_is_blank),
        cmocka_unit_test(whole_numbers_have_their_range),
        cmocka_unit_test(null_is_no_value),
        cmocka_unit_test(values_of_secret_keys_are_masked),
        cmocka_unit_test(keys_that_sound_secret_are_marked),
        cmocka_unit_test(every_mapping_refuses_keys_that_it_does_not_know),
        cmocka_unit_test(hint_names_the_key_that_was_meant),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(every_mapping_fits_into_a_shape),
        cmocka_unit_test(no_key_of_the_specification_is_missing),
        cmocka_unit_test(text_fields_take_the_text_as_it_is_written),
        cmocka_unit_test(whole_numbers_are_read_from_everything_that_means_one),
        cmocka_unit_test(octal_and_base_60_are_refused_with_a_hint),
        cmocka_unit_test(booleans_are_read_from_every_word_for_them),
        cmocka_unit_test(settings_are_one_text_or_a_list_and_blank_ones_are_dropped),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
