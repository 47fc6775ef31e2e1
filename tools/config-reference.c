/*
 * Prints docs/config-reference.md from the schema table: a section for each mapping, a row for each key, a sentence for
 * each combination that is asked for. A test compares the page with what this prints; `docs/config-language.md` has
 * what no table can tell.
 */

#include "config/schema.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Mappings in the order in which they are met; one that two keys share comes once. */
struct sections {
    const struct mapping *items[64];
    size_t count;
};

static void collect(struct sections *sections, const struct mapping *mapping)
{
    for (size_t i = 0; i < sections->count; i++)
        if (sections->items[i] == mapping)
            return;
    if (sections->count == sizeof(sections->items) / sizeof(sections->items[0]))
        return;
    sections->items[sections->count++] = mapping;
    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        if (key->of != NULL)
            collect(sections, key->of);
}

static const char *title_of(const struct mapping *mapping)
{
    return *mapping->name != '\0' ? mapping->name : "Top level";
}

/* As Markdown readers make it from a heading: lower case, blanks to hyphens, other signs dropped. */
static void print_anchor(const char *title)
{
    putchar('#');
    for (; *title != '\0'; title++) {
        if (isalnum((unsigned char)*title) || *title == '_' || *title == '-')
            putchar(tolower((unsigned char)*title));
        else if (*title == ' ')
            putchar('-');
    }
}

/* Inside of a table a bar would begin a new cell. */
static void print_cell(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text);
    }
}

static void print_words(const struct key *key, const char *last)
{
    for (size_t i = 0; key->words[i] != NULL; i++)
        printf("%s`%s`", i == 0 ? "" : key->words[i + 1] == NULL ? last : ", ", key->words[i]);
    if ((key->flags & KEY_FOLD) != 0)
        fputs(", in any case", stdout);
}

static void print_number(const struct key *key)
{
    fputs("whole number", stdout);
    if (key->most == INT64_MAX)
        printf(", %" PRId64 " or more", key->least);
    else
        printf(", %" PRId64 " to %" PRId64, key->least, key->most);
}

static void print_mapping_link(const char *form, const struct key *key)
{
    printf("%s [`%s`](", form, key->of->name);
    print_anchor(key->of->name);
    putchar(')');
}

static void print_type(const struct key *key)
{
    switch (key->type) {
    case TYPE_TEXT:
        fputs((key->flags & KEY_FILE) != 0 ? "path" : "text", stdout);
        break;
    case TYPE_TRIMMED:
        fputs((key->flags & KEY_FILE) != 0 ? "path, not blank" : "text, not blank", stdout);
        break;
    case TYPE_NAME:
        fputs("name", stdout);
        break;
    case TYPE_INT:
        print_number(key);
        break;
    case TYPE_BOOL:
        fputs("`true` or `false`", stdout);
        break;
    case TYPE_WORD:
        print_words(key, " or ");
        break;
    case TYPE_TEXTS:
        fputs("list of texts", stdout);
        break;
    case TYPE_WORDS:
        fputs("list of ", stdout);
        print_words(key, " and ");
        break;
    case TYPE_STATEMENTS:
        fputs("a statement, or a list of them", stdout);
        break;
    case TYPE_OPTIONS:
        fputs("mapping with names of your choice", stdout);
        break;
    case TYPE_MAPPING:
        print_mapping_link("mapping", key);
        break;
    case TYPE_MAPPINGS:
        print_mapping_link("list of", key);
        break;
    case TYPE_OPTIONS_LIST:
        fputs("list of mappings with names of your choice", stdout);
        break;
    case TYPE_IMPORTS:
        print_mapping_link("list of paths or of", key);
        fputs(", or a mapping with such a list for each section", stdout);
        break;
    }
}

static void print_default(const struct key *key)
{
    if ((key->flags & KEY_REQUIRED) != 0)
        fputs("**required**", stdout);
    else if (key->type == TYPE_BOOL)
        fputs(key->fallback.boolean ? "`true`" : "`false`", stdout);
    else if (key->fallback.text != NULL)
        printf("`%s`", key->fallback.text);
    else if (key->type == TYPE_INT && key->fallback.integer > 0)
        printf("`%" PRId64 "`", key->fallback.integer);
    else
        fputs("none", stdout);
}

static void print_key(const struct key *key)
{
    printf("| `%s` | ", key->name);
    print_type(key);
    fputs(" | ", stdout);
    print_default(key);
    fputs(" | ", stdout);
    print_cell(key->help);
    if ((key->flags & KEY_SECRET) != 0)
        fputs(key->type == TYPE_OPTIONS ? ". **Secret where a name says so**" : ". **Secret**", stdout);
    fputs(" |\n", stdout);
}

/* ---- combinations ---- */

/* "type=s3|gcs provider=config" as "`type` is `s3` or `gcs` and `provider` is `config`". */
static void print_condition(const char *when)
{
    while (*when != '\0') {
        size_t name = strcspn(when, "=");
        const char *words = when + name + 1;

        printf("`%.*s` is ", (int)name, when);
        for (;;) {
            size_t length = strcspn(words, "| ");

            printf("`%.*s`", (int)length, words);
            words += length;
            if (*words != '|')
                break;
            words++;
            fputs(strcspn(words, "|") < strcspn(words, " ") ? ", " : " or ", stdout);
        }
        when = words + (*words == ' ');
        fputs(*when != '\0' ? " and " : "", stdout);
    }
}

/* "host user|key_id" as "`host` and (`user` or `key_id`)". */
static void print_alternative(const char *keys)
{
    while (*keys != '\0') {
        size_t length = strcspn(keys, " ");
        size_t first = strcspn(keys, "| ");

        if (first == length)
            printf("`%.*s`", (int)length, keys);
        else
            printf("(`%.*s` or `%.*s`)", (int)first, keys, (int)(length - first - 1), keys + first + 1);
        keys += length;
        keys += *keys == ' ';
        fputs(*keys != '\0' ? " and " : "", stdout);
    }
}

static void print_combination(const struct combination *combination)
{
    static const char *const kinds[] = { [AT_LEAST_ONE] = "at least one of", [AT_MOST_ONE] = "at most one of" };
    bool several = combination->alternatives[1] != NULL;

    fputs("- ", stdout);
    if (combination->when != NULL) {
        fputs("When ", stdout);
        print_condition(combination->when);
        fputs(": ", stdout);
    } else
        fputs("Always: ", stdout);
    if (several)
        printf("%s ", kinds[combination->kind]);
    for (size_t i = 0; i < 5 && combination->alternatives[i] != NULL; i++) {
        fputs(i > 0 ? "; " : "", stdout);
        print_alternative(combination->alternatives[i]);
    }
    if (!several)
        fputs(strchr(combination->alternatives[0], ' ') != NULL ? " are needed" : " is needed", stdout);
    if (combination->hint != NULL)
        printf(" (%s)", combination->hint);
    fputs(".\n", stdout);
}

static void print_section(const struct mapping *mapping)
{
    const struct combination *combination = mapping->combinations;

    printf("\n## %s\n\n| Key | Value | Default | Meaning |\n|---|---|---|---|\n", title_of(mapping));
    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        print_key(key);
    if (combination == NULL)
        return;
    fputs("\nWhat has to go together:\n\n", stdout);
    for (; combination->alternatives[0] != NULL; combination++)
        print_combination(combination);
}

int main(void)
{
    struct sections sections = { .count = 0 };

    fputs(
        "# Config reference\n\n"
        "Every key of a config, with the values that it takes. The program reads configs by the same table from which\n"
        "this page is made (`src/config/schema.c`, printed by `tools/config-reference.c`): change the table, not this\n"
        "page. [The config language](config-language.md) tells what holds for all keys: text and numbers, `null`,\n"
        "placeholders, paths, names.\n\n"
        "- **required**: the config is refused without the key. **none**: nothing happens without it.\n"
        "- **Secret**: the value is masked in every message and in generated SQL.\n"
        "- A path is relative to the folder of the config.\n"
        "- A key that is not here is refused.\n",
        stdout);
    collect(&sections, &schema_root);
    for (size_t i = 0; i < sections.count; i++)
        print_section(sections.items[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}
