/*
 * Several files to one mapping. Which keys there are, and what a value of them looks like, the schema knows: only its
 * mappings are joined, and what belongs in none of them is handed on to be reported.
 */

#include "config/merge.h"

#include "base/arena.h"
#include "config/imports.h"
#include "config/schema.h"

#include <string.h>

/*
 * A list of several files' items. It is put together at the end only: a list that goes up through thousands of importers
 * would be copied by each of them.
 */
struct piece {
    const struct node *list;
    struct piece *next;
};

struct joined_list {
    struct node node; /* `joined`; without items as yet, but with their count */
    struct piece *first;
    struct piece **end; /* where the next one is put */
};

struct merge {
    struct arena *arena;
    bool misfits; /* something is no value of its key, and hides what others say */
    bool failed;
};

/* ---- what the schema says ---- */

static const struct key *key_of(const struct mapping *mapping, const char *name)
{
    return mapping == NULL ? NULL : schema_find_key(mapping, name);
}

/* Can this be a value of the key at all? */
static bool fits(const struct node *value, const struct key *key)
{
    switch (key->type) {
    case TYPE_IMPORTS:
        return true;
    case TYPE_STATEMENTS:
        return value->kind != NODE_MAP;
    case TYPE_TEXTS:
    case TYPE_WORDS:
    case TYPE_MAPPINGS:
    case TYPE_OPTIONS_LIST:
        return value->kind == NODE_LIST;
    case TYPE_MAPPING:
    case TYPE_OPTIONS:
        return value->kind == NODE_MAP;
    default:
        return value->kind == NODE_SCALAR;
    }
}

/* ---- lists ---- */

static bool add_piece(struct merge *merge, struct joined_list *list, const struct node *added)
{
    struct piece *piece = arena_alloc(merge->arena, sizeof(*piece));

    if (piece == NULL)
        return false;
    piece->list = added;
    *list->end = piece;
    list->end = &piece->next;
    return true;
}

/* What merging has made may grow; what a file holds stays as it was written. */
static struct joined_list *list_to_grow(struct merge *merge, struct node *node)
{
    struct joined_list *list = (struct joined_list *)node; /* when it is joined: the node is its first member */

    if (node->joined)
        return list;
    list = arena_alloc(merge->arena, sizeof(*list));
    if (list == NULL)
        return NULL;
    list->node = *node;
    list->node.items = NULL;
    list->node.joined = true;
    list->end = &list->first;
    return add_piece(merge, list, node) ? list : NULL;
}

/* Puts the items of `value` behind those of the list; what merging made of `value` is used up. */
static bool join_lists(struct merge *merge, struct node **into, struct node *value)
{
    struct joined_list *list = list_to_grow(merge, *into);
    struct joined_list *added = (struct joined_list *)value;

    if (list == NULL)
        return false;
    *into = &list->node;
    list->node.count += value->count;
    list->node.weight += value->weight - 1;
    if (!value->joined)
        return add_piece(merge, list, value);
    *list->end = added->first;
    list->end = added->end;
    return true;
}

static bool put_together(struct merge *merge, struct joined_list *list)
{
    size_t count = 0;

    list->node.items = arena_array(merge->arena, list->node.count, sizeof(struct node *));
    if (list->node.items == NULL)
        return false;
    for (const struct piece *piece = list->first; piece != NULL; piece = piece->next) {
        if (piece->list->count > 0)
            memcpy(list->node.items + count, piece->list->items, piece->list->count * sizeof(struct node *));
        count += piece->list->count;
    }
    return true;
}

/* All lists of the result. Joined are those and the mappings of the schema, which are two deep. */
static bool put_all_together(struct merge *merge, struct node *node)
{
    if (!node->joined)
        return true;
    if (node->kind == NODE_LIST)
        return put_together(merge, (struct joined_list *)node);
    for (size_t i = 0; i < node->count; i++)
        if (!put_all_together(merge, node->entries[i].value))
            return false;
    return true;
}

/* ---- mappings ---- */

static struct node *map_to_grow(struct merge *merge, const struct source *source, struct position position)
{
    struct node *map = node_create(merge->arena, source, NODE_MAP, position);

    if (map != NULL)
        map->joined = true;
    return map;
}

static void join_values(struct merge *merge, struct entry *into, const struct entry *from, const struct key *key,
                        bool weak);

/* Unknown keys stand side by side, each for its own error; nobody reads more than so many. */
static void join_entry(struct merge *merge, struct node *map, const struct entry *entry, const struct mapping *mapping,
                       bool weak)
{
    enum { MOST_KEYS = 1000 };
    const struct key *key = key_of(mapping, entry->key);

    for (size_t i = 0; key != NULL && i < map->count; i++)
        if (strcmp(map->entries[i].key, entry->key) == 0) {
            join_values(merge, &map->entries[i], entry, key, weak);
            return;
        }
    if ((key != NULL || map->count < MOST_KEYS) &&
        !node_append_entry(merge->arena, map, entry->key, entry->position, entry->value))
        merge->failed = true;
}

static void join_maps(struct merge *merge, struct node **into, const struct node *value, const struct mapping *mapping,
                      bool weak)
{
    struct node *map = *into;

    if (!map->joined) {
        map = map_to_grow(merge, (*into)->source, (*into)->position);
        for (size_t i = 0; map != NULL && i < (*into)->count && !merge->failed; i++)
            join_entry(merge, map, &(*into)->entries[i], mapping, false);
    }
    if (map == NULL) {
        merge->failed = true;
        return;
    }
    *into = map;
    for (size_t i = 0; i < value->count && !merge->failed; i++)
        join_entry(merge, map, &value->entries[i], mapping, weak);
}

/* `into` is what stands before; the places of the winner are the ones that messages tell. */
static void join_values(struct merge *merge, struct entry *into, const struct entry *from, const struct key *key,
                        bool weak)
{
    struct node *value = from->value;

    if (value->kind == NODE_NULL)
        return;
    if (into->value->kind != NODE_NULL && fits(into->value, key) != fits(value, key)) {
        /* The one that is wrong wins, so that it is told of and no file's mistake is passed over (D-16). */
        merge->misfits = true;
        weak = fits(value, key);
    }
    if (value->kind != into->value->kind || value->kind == NODE_SCALAR) {
        if (!weak || into->value->kind == NODE_NULL) {
            into->value = value;
            into->position = from->position;
        }
        return;
    }
    if (value->kind == NODE_MAP)
        join_maps(merge, &into->value, value, key->of, weak);
    else if (!join_lists(merge, &into->value, value))
        merge->failed = true;
    if (!weak && !merge->failed) {
        into->value->position = value->position;
        into->value->source = value->source;
        into->position = from->position;
    }
}

/* ---- sections ---- */

static const unsigned all_sections = ~0u;

/* The bit of a section; that of the keys that nobody knows comes after all others. */
static unsigned section_bit(const char *name)
{
    unsigned bit = 1;

    for (const struct key *key = schema_root.keys; key->name != NULL && strcmp(key->name, name) != 0; key++)
        bit <<= 1;
    return bit;
}

/* These are each file's own business. */
static bool is_merged(const char *name)
{
    return strcmp(name, "imports") != 0 && strcmp(name, "env_files") != 0;
}

static void join_sections(struct merge *merge, struct node *into, const struct node *root, unsigned sections, bool weak)
{
    for (size_t i = 0; i < root->count && !merge->failed; i++)
        if (is_merged(root->entries[i].key) && (section_bit(root->entries[i].key) & sections) != 0)
            join_entry(merge, into, &root->entries[i], &schema_root, weak);
}

/* What a file says, with its imports, joined to what was said before it. */
static void gather(struct merge *merge, struct config_file *file, unsigned sections, struct node *into, bool weak)
{
    struct node *own;

    sections &= ~file->taken;
    file->taken |= sections;
    if (sections == 0 || file->root == NULL || merge->failed)
        return;
    if (file->import_count == 0) {
        join_sections(merge, into, file->root, sections, weak);
        return;
    }
    /* Apart, as `override: false` looks back no further than to the beginning of its own file's list. */
    own = map_to_grow(merge, &file->source, file->root->position);
    merge->failed = merge->failed || own == NULL;
    for (size_t i = 0; i < file->import_count && !merge->failed; i++) {
        const struct import_edge *edge = &file->imports[i];

        if (edge->file != NULL)
            gather(merge, edge->file, sections & (edge->section != NULL ? section_bit(edge->section) : all_sections),
                   own, !edge->override);
    }
    if (merge->failed)
        return;
    join_sections(merge, own, file->root, sections, false);
    join_sections(merge, into, own, all_sections, weak);
}

struct node *merge_files(struct duckalog_config *config)
{
    struct config_file *main_file = config->files.items[0];
    struct merge merge = { .arena = config->arena };
    struct node *merged;

    if (main_file->import_count == 0)
        return main_file->root;
    merged = map_to_grow(&merge, &main_file->source, main_file->root->position);
    if (merged == NULL)
        return NULL;
    gather(&merge, main_file, all_sections, merged, false);
    /* For the reader of the schema, which knows all keys. */
    for (size_t i = 0; i < main_file->root->count && !merge.failed; i++)
        if (!is_merged(main_file->root->entries[i].key))
            join_entry(&merge, merged, &main_file->root->entries[i], &schema_root, false);
    if (merge.failed || !put_all_together(&merge, merged))
        return NULL;
    config->incomplete = config->incomplete || merge.misfits;
    return merged;
}
