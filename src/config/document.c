/*
 * The Document: its nodes, and what both readers check alike.
 */

#include "config/document.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/paths.h"

#include <stdlib.h>
#include <string.h>

struct node *document_read(struct arena *arena, const struct source *source, const char *chars, size_t length,
                           struct duckalog_report *report)
{
    size_t path_length = path_uri_length(source->shown);
    static const char json[] = ".json";
    size_t ending = strlen(json);

    if (path_length >= ending && starts_with_ignoring_case(source->shown + path_length - ending, json))
        return json_read(arena, source, chars, length, report);
    return yaml_read(arena, source, chars, length, report);
}

const struct entry *node_entry(const struct node *map, const char *key)
{
    if (map == NULL || map->kind != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->entries[i].key, key) == 0)
            return &map->entries[i];
    return NULL;
}

struct node *node_get(const struct node *map, const char *key)
{
    const struct entry *entry = node_entry(map, key);

    return entry == NULL ? NULL : entry->value;
}

size_t utf8_valid_length(const char *chars, size_t length)
{
    size_t valid = 0;

    while (valid < length) {
        size_t step = utf8_length((const unsigned char *)chars + valid, length - valid);

        if (step == 0)
            break;
        valid += step;
    }
    return valid;
}

size_t utf8_count(const char *chars, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += (chars[i] & 0xC0) != 0x80;
    return count;
}

size_t utf8_length(const unsigned char *s, size_t left)
{
    size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xC2 && s[0] <= 0xDF ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : 4;

    if ((s[0] >= 0x80 && s[0] < 0xC2) || s[0] > 0xF4 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
        (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return length;
}

static size_t offset_in_origin(const struct text_origin *origin, size_t offset)
{
    size_t first = 0;           /* the last piece that starts at or before the offset is from here … */
    size_t end = origin->count; /* … to before here */

    while (end - first > 1) {
        size_t middle = first + (end - first) / 2;

        if (origin->pieces[middle].start <= offset)
            first = middle;
        else
            end = middle;
    }
    offset -= origin->pieces[first].start;
    return origin->pieces[first].origin + (origin->pieces[first].replaced ? 0 : offset);
}

const char *node_written(const struct node *scalar)
{
    return scalar->origin != NULL ? scalar->origin->text : scalar->text;
}

struct position node_place_in_text(const struct node *node, size_t offset)
{
    struct position place = { node->position.file, node->text_line, node->text_column };
    const char *text = node->text;
    const char *line;

    if (node->text_line == 0)
        return node->position;
    if (node->origin != NULL) {
        text = node->origin->text;
        offset = offset_in_origin(node->origin, offset);
    }
    line = text;
    for (const char *c = text; c < text + offset; c++)
        if (*c == '\n') {
            place.line++;
            place.column = node->text_indent;
            line = c + 1;
        }
    place.column += (unsigned)utf8_count(line, (size_t)(text + offset - line));
    return place;
}

bool node_is_empty(const struct node *node)
{
    return node == NULL || node->kind == NODE_NULL || (node->kind == NODE_SCALAR && is_blank(node->text));
}

struct node *node_create(struct arena *arena, const struct source *source, enum node_kind kind,
                         struct position position)
{
    struct node *node = arena_alloc(arena, sizeof(*node));

    if (node != NULL) {
        node->kind = kind;
        node->position = position;
        node->source = source;
        node->weight = 1;
    }
    return node;
}

bool node_append_item(struct arena *arena, struct node *list, struct node *item)
{
    list->items = arena_extend(arena, list->items, list->count, sizeof(struct node *));
    if (list->items == NULL)
        return false;
    item->index = (unsigned)list->count;
    list->items[list->count++] = item;
    list->weight += item->weight;
    return true;
}

bool node_append_entry(struct arena *arena, struct node *map, const char *key, struct position position,
                       struct node *value)
{
    map->entries = arena_extend(arena, map->entries, map->count, sizeof(*map->entries));
    if (map->entries == NULL)
        return false;
    map->entries[map->count++] = (struct entry){ .key = key, .position = position, .value = value };
    map->weight += value->weight;
    return true;
}

/* ---- keys that are there twice ---- */

static int compare_keys(const void *left, const void *right)
{
    const struct entry *a = *(const struct entry *const *)left;
    const struct entry *b = *(const struct entry *const *)right;
    int order = strcmp(a->key, b->key);

    return order != 0 ? order : (a > b) - (a < b);
}

/*
 * The entries by their keys, those of one key in written order; NULL when there is no memory. Sorting needs an eighth of
 * the memory of a hash table, and no choice of keys makes it slow. To be freed.
 */
static struct entry **sort_entries(const struct node *map)
{
    struct entry **sorted = malloc(map->count * sizeof(struct entry *));

    if (sorted == NULL)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        sorted[i] = &map->entries[i];
    qsort(sorted, map->count, sizeof(struct entry *), compare_keys);
    return sorted;
}

bool node_check_keys(const struct node *map, struct duckalog_report *report)
{
    struct entry **sorted = map->count < 2 ? NULL : sort_entries(map);
    const struct entry *first = sorted == NULL ? NULL : sorted[0];
    bool unique = map->count < 2 || sorted != NULL;

    for (size_t i = 1; sorted != NULL && i < map->count; i++) {
        if (strcmp(sorted[i]->key, first->key) != 0) {
            first = sorted[i];
            continue;
        }
        unique = false;
        report_add(report, DUCKALOG_ERROR, "duplicate-key", sorted[i]->position, NULL,
                   "keep one of the two: a later one does not replace an earlier one here",
                   "the key \"%s\" is here twice; the first one is at line %u, column %u", first->key,
                   first->position.line, first->position.column);
    }
    free(sorted);
    return unique;
}

bool node_keep_first_of_keys(struct node *map)
{
    struct entry **sorted = map->count < 2 ? NULL : sort_entries(map);
    const char *key = NULL;
    size_t kept = 0;

    if (sorted == NULL)
        return map->count < 2;
    for (size_t i = 0; i < map->count; i++) {
        bool repeated = key != NULL && strcmp(sorted[i]->key, key) == 0;

        key = sorted[i]->key;
        if (repeated)
            sorted[i]->key = NULL;
    }
    free(sorted);
    for (size_t i = 0; i < map->count; i++)
        if (map->entries[i].key != NULL)
            map->entries[kept++] = map->entries[i];
        else
            map->weight -= map->entries[i].value->weight;
    map->count = kept;
    return true;
}

bool document_count_values(size_t *values, size_t more, struct position position, struct duckalog_report *report)
{
    *values += more;
    if (*values <= DOCUMENT_MOST_NODES)
        return true;
    report_add(report, DUCKALOG_ERROR, "too-large", position, NULL,
               "aliases count each time they are used; write less, or split the config",
               "the document has more than %d values", DOCUMENT_MOST_NODES);
    return false;
}
