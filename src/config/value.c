/*
 * Values of a free map: what a scalar without a schema stands for.
 */

#include "config/value.h"

#include "base/arena.h"
#include "base/text.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a HUGEINT, DuckDB's largest integer. */
#define LARGEST_INTEGER "170141183460469231731687303715884105727"

bool boolean_from_word(const char *word, bool *ret_value)
{
    static const char *const yes[] = { "true", "yes", "on" };
    static const char *const no[] = { "false", "no", "off" };

    for (size_t i = 0; i < 3; i++) {
        if (equal_ignoring_case(word, yes[i])) {
            *ret_value = true;
            return true;
        }
        if (equal_ignoring_case(word, no[i])) {
            *ret_value = false;
            return true;
        }
    }
    return false;
}

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Numbers have a point, whatever a host program uses. Returns what to give to uselocale() afterwards. */
static locale_t use_c_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_c_locale);
    return uselocale(c_locale != (locale_t)0 ? c_locale : LC_GLOBAL_LOCALE);
}

/*
 * The shortest decimal that reads back as the same number, always with a point or an exponent; an exponent only below
 * 1e-4 and from 1e16 on, as Python writes it, so that generated SQL compares equal (sql-generation.md 1).
 */
static const char *shortest_double(struct arena *arena, double number)
{
    char digits[64];
    int precision = 0;
    int exponent;

    do
        snprintf(digits, sizeof(digits), "%.*e", precision++, number);
    while (strtod(digits, NULL) != number && precision < 17);
    exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
    if (exponent >= -4 && exponent < 16) {
        int decimals = precision - 1 - exponent;

        snprintf(digits, sizeof(digits), "%.*f", decimals < 1 ? 1 : decimals, number);
    }
    return arena_string(arena, digits);
}

static const char *integer_text(struct arena *arena, const char *sign, const char *digits, const char **ret_problem)
{
    struct text clean = text_in(arena);

    for (const char *c = digits; *c != '\0'; c++)
        if (*c != '_')
            text_add_char(&clean, *c);
    if (text_string(&clean) == NULL)
        return NULL;
    if (clean.length > strlen(LARGEST_INTEGER) ||
        (clean.length == strlen(LARGEST_INTEGER) && strcmp(clean.chars, LARGEST_INTEGER) > 0)) {
        *ret_problem = "the number is too large: DuckDB's largest integer is " LARGEST_INTEGER;
        return NULL;
    }
    return arena_format(arena, "%s%s", sign, clean.chars);
}

const char *number_from_text(struct arena *arena, const char *text, const char **ret_problem)
{
    const char *digits = text + (*text == '-' || *text == '+');
    const char *sign = *text == '-' ? "-" : "";
    const char *decimal = NULL;
    char *end = NULL;
    double number;
    locale_t before;

    *ret_problem = NULL;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') && digits[2] != '\0' &&
        digits[2 + strspn(digits + 2, "0123456789abcdefABCDEF")] == '\0' && strlen(digits) <= 2 + 16)
        return arena_format(arena, "%s%llu", sign, strtoull(digits + 2, NULL, 16));
    if (!isdigit((unsigned char)digits[0]) && digits[0] != '.')
        return NULL;
    if (digits[strspn(digits, "0123456789_")] == '\0') {
        if (digits[0] == '0' && digits[1] != '\0') {
            *ret_problem = "a number with a leading zero is octal in some YAML readers and decimal in others";
            return NULL;
        }
        return integer_text(arena, sign, digits, ret_problem);
    }
    if (digits[strspn(digits, "0123456789:")] == '\0' && strchr(digits, ':') != NULL) {
        *ret_problem = "some YAML readers take this for a number of base 60";
        return NULL;
    }
    if (digits[strspn(digits, "0123456789.eE+-")] != '\0')
        return NULL;
    before = use_c_locale();
    number = strtod(text, &end);
    if (end != text && *end == '\0' && isfinite(number))
        decimal = shortest_double(arena, number);
    else if (end != text && *end == '\0')
        *ret_problem = "the number is too large";
    uselocale(before);
    return decimal;
}

static bool read_scalar(struct arena *arena, const struct node *node, const char *path, struct duckalog_report *report,
                        struct value *value)
{
    const char *problem = NULL;

    value->text = node->text;
    value->kind = VALUE_TEXT;
    if (node->style == SCALAR_QUOTED)
        return true;
    if (boolean_from_word(node->text, &value->boolean)) {
        value->kind = VALUE_BOOL;
        return true;
    }
    if (equal_ignoring_case(node->text, ".nan") || equal_ignoring_case(node->text + strspn(node->text, "+-"), ".inf"))
        problem = "NaN and infinity can't be written in SQL";
    else {
        value->text = number_from_text(arena, node->text, &problem);
        value->kind = VALUE_NUMBER;
        if (value->text == NULL && problem == NULL && !arena_failed(arena)) {
            value->text = node->text;
            value->kind = VALUE_TEXT;
        }
    }
    if (problem == NULL)
        return !arena_failed(arena);
    report_add(report, DUCKALOG_ERROR, "value", node->position, path,
               "put it in quotes if it is meant as text; write a number in decimals", "%s", problem);
    return false;
}

bool value_read(struct arena *arena, const struct node *node, const char *path, struct duckalog_report *report,
                struct value *ret_value)
{
    bool good = true;

    ret_value->position = node->position;
    if (node->kind == NODE_NULL) {
        ret_value->kind = VALUE_NULL;
        return true;
    }
    if (node->kind == NODE_SCALAR)
        return read_scalar(arena, node, path, report, ret_value);
    ret_value->kind = node->kind == NODE_LIST ? VALUE_LIST : VALUE_MAP;
    ret_value->items = arena_array(arena, node->count, sizeof(*ret_value->items));
    if (ret_value->items == NULL)
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const struct node *item = node->kind == NODE_LIST ? node->items[i] : node->entries[i].value;

        if (node->kind == NODE_MAP)
            ret_value->items[i].name = node->entries[i].key;
        good = value_read(arena, item, path, report, &ret_value->items[i]) && good;
    }
    ret_value->count = node->count;
    return good;
}

const struct value *value_get(const struct value *map, const char *name)
{
    for (size_t i = 0; map->kind == VALUE_MAP && i < map->count; i++)
        if (strcmp(map->items[i].name, name) == 0)
            return &map->items[i];
    return NULL;
}

const struct value *value_next_by_name(const struct value *map, const char *last)
{
    const struct value *next = NULL;

    for (size_t i = 0; map != NULL && i < map->count; i++)
        if (strcmp(map->items[i].name, last) > 0 && (next == NULL || strcmp(map->items[i].name, next->name) < 0))
            next = &map->items[i];
    return next;
}
