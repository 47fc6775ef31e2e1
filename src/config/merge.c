#include "config/merge.h"

#include "base/arena.h"
#include "config/imports.h"
#include "config/schema.h"

#include <string.h>

struct merge {
    struct arena *arena;
    bool failed;
};

/* ---- values ---- */

/* What merging has made may grow; what a file holds stays as it was written. */
static struct node *copy_to_grow(struct merge *merge, const struct node *node)
{
    struct node *copy = node_create(merge->arena, node->source, node->kind, node->position);

    if (copy == NULL)
        return NULL;
    copy->joined = true;
    for (size_t i = 0; i < node->count; i++)
        if (node->kind == NODE_MAP ? !node_append_entry(merge->arena, copy, node->entries[i].key,
                                                        node->entries[i].position, node->entries[i].value)
                                   : !node_join_item(merge->arena, copy, node->items[i]))
            return NULL;
    return copy;
}

static bool make_growable(struct merge *merge, struct node **node)
{
    if (!(*node)->joined)
        *node = copy_to_grow(merge, *node);
    merge->failed = merge->failed || *node == NULL;
    return *node != NULL;
}

static void join(struct merge *merge, struct node **into, struct position *key_position, const struct entry *entry,
                 bool weak);

static void join_entry(struct merge *merge, struct node *map, const struct entry *entry, bool weak)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->entries[i].key, entry->key) == 0) {
            join(merge, &map->entries[i].value, &map->entries[i].position, entry, weak);
            return;
        }
    if (!node_append_entry(merge->arena, map, entry->key, entry->position, entry->value))
        merge->failed = true;
}

/* `into` is what stands before; the places of the winner are the ones that messages tell. */
static void join(struct merge *merge, struct node **into, struct position *key_position, const struct entry *entry,
                 bool weak)
{
    struct node *value = entry->value;

    if (value->kind == NODE_NULL)
        return;
    if (value->kind != (*into)->kind || value->kind == NODE_SCALAR) {
        if (!weak || (*into)->kind == NODE_NULL) {
            *into = value;
            *key_position = entry->position;
        }
        return;
    }
    if (!make_growable(merge, into))
        return;
    for (size_t i = 0; i < value->count && !merge->failed; i++)
        if (value->kind == NODE_MAP)
            join_entry(merge, *into, &value->entries[i], weak);
        else if (!node_join_item(merge->arena, *into, value->items[i]))
            merge->failed = true;
    if (!weak) {
        (*into)->position = value->position;
        (*into)->source = value->source;
        *key_position = entry->position;
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
            join_entry(merge, into, &root->entries[i], weak);
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
    own = node_create(merge->arena, &file->source, NODE_MAP, file->root->position);
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
    merged = node_create(config->arena, &main_file->source, NODE_MAP, main_file->root->position);
    if (merged == NULL)
        return NULL;
    gather(&merge, main_file, all_sections, merged, false);
    /* For the reader of the schema, which knows all keys. */
    for (size_t i = 0; i < main_file->root->count && !merge.failed; i++)
        if (!is_merged(main_file->root->entries[i].key))
            join_entry(&merge, merged, &main_file->root->entries[i], false);
    return merge.failed ? NULL : merged;
}
