/*
 * Which keys go together: the small language of struct combination, as in "host user|key_id". And the shapes of objects,
 * which spare most of them the question.
 */

#include "config/combination.h"

#include "base/text.h"

#include <string.h>

/* Is the word one of those between `|`? Asked some fifty times for each view: most differ in their first letter. */
static bool is_one_of(const char *words, size_t length, const char *word)
{
    const char *end = words + length;

    while (words < end) {
        const char *left = word;

        while (words < end && *words != '|' && *words == *left) {
            words++;
            left++;
        }
        if (*left == '\0' && (words == end || *words == '|'))
            return true;
        while (words < end && *words != '|')
            words++;
        words++;
    }
    return false;
}

static bool applies(const struct combination *combination, const struct node *map, const struct mapping *mapping)
{
    const char *when = combination->when;

    while (when != NULL && *when != '\0') {
        size_t name_length = strcspn(when, "=");
        size_t length = strcspn(when, " ");
        char name[32];
        const struct node *value;
        const struct key *key;
        const char *word;

        if (name_length >= sizeof(name)) /* no key is as long */
            return false;
        memcpy(name, when, name_length); /* snprintf() here took a tenth of the time that checks take */
        name[name_length] = '\0';
        key = schema_find_key(mapping, name);
        value = node_get(map, name);
        word = !node_is_empty(value) && value->kind == NODE_SCALAR ? value->text : key->fallback.text;
        if (word == NULL || !is_one_of(when + name_length + 1, length - name_length - 1, word))
            return false;
        when += length;
        when += strspn(when, " ");
    }
    return true;
}

/* One key of an alternative, or several with `|` between them of which one will do. */
static bool is_there(const struct node *map, const char *keys, size_t length)
{
    for (size_t i = 0; i < map->count; i++)
        if (!node_is_empty(map->entries[i].value) && is_one_of(keys, length, map->entries[i].key))
            return true;
    return false;
}

static bool is_complete(const struct node *map, const char *alternative)
{
    while (*alternative != '\0') {
        size_t length = strcspn(alternative, " ");

        if (!is_there(map, alternative, length))
            return false;
        alternative += length;
        alternative += strspn(alternative, " ");
    }
    return true;
}

/* "`uri`, or `catalog` and `table`" */
static void add_alternatives(struct text *text, const struct combination *combination)
{
    for (size_t i = 0; i < 5 && combination->alternatives[i] != NULL; i++) {
        text_add(text, i > 0 ? ", or `" : "`");
        for (const char *c = combination->alternatives[i]; *c != '\0'; c++)
            text_add(text, *c == ' ' ? "` and `" : *c == '|' ? "` or `" : (char[]){ *c, '\0' });
        text_add_char(text, '`');
    }
}

bool combination_holds(const struct combination *combination, const struct mapping *mapping, const struct node *map,
                       struct text *problem)
{
    bool at_most = combination->kind == AT_MOST_ONE;
    size_t complete = 0;

    if (!applies(combination, map, mapping))
        return true;
    for (size_t i = 0; i < 5 && combination->alternatives[i] != NULL; i++)
        complete += is_complete(map, combination->alternatives[i]);
    if (at_most ? complete <= 1 : complete >= 1)
        return true;
    if (combination->when != NULL)
        text_format(problem, "with %s, this ", combination->when);
    text_add(problem, at_most ? "takes only one of: " : "needs ");
    add_alternatives(problem, combination);
    return false;
}

/* ---- shapes ---- */

void shape_add_key(struct shape *shape, const struct key *key, const struct node *value)
{
    size_t word = 0;

    if (node_is_empty(value))
        return;
    shape->keys |= (uint64_t)1 << (key - shape->mapping->keys);
    if (key->type != TYPE_WORD || value->kind != NODE_SCALAR)
        return;
    for (const struct key *before = shape->mapping->keys; before < key; before++)
        word += before->type == TYPE_WORD;
    if (word < SHAPE_WORDS)
        shape->words[word] = value->text;
}

static bool is_same_word(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool shapes_have(const struct shapes *shapes, const struct shape *shape)
{
    for (size_t i = 0; i < MOST_SHAPES; i++) {
        const struct shape *known = &shapes->items[i];
        bool same = known->mapping == shape->mapping && known->keys == shape->keys;

        for (size_t w = 0; w < SHAPE_WORDS && same; w++)
            same = is_same_word(known->words[w], shape->words[w]);
        if (same)
            return true;
    }
    return false;
}

void shapes_add(struct shapes *shapes, const struct shape *shape)
{
    shapes->items[shapes->next++ % MOST_SHAPES] = *shape;
}
