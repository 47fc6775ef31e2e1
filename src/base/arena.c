/*
 * Arenas: a chain of blocks, each larger than the last one up to a limit; an allocation is a step forward in the
 * newest block.
 */

#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1024 * 1024 };

struct block {
    struct block *previous;
    size_t size;
    size_t used;
    max_align_t memory[];
};

struct arena {
    enum arena_kind kind;
    bool failed;
    size_t next_size;
    struct block *newest;
};

struct arena *arena_create(enum arena_kind kind)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    if (arena == NULL)
        return NULL;
    arena->kind = kind;
    arena->next_size = FIRST_BLOCK;
    return arena;
}

static void free_blocks(const struct arena *arena, struct block *block)
{
    while (block != NULL) {
        struct block *previous = block->previous;

        if (arena->kind == ARENA_WIPED)
            explicit_bzero(block->memory, block->used);
        free(block);
        block = previous;
    }
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    free_blocks(arena, arena->newest);
    free(arena);
}

void arena_clear(struct arena *arena)
{
    struct block *kept = arena->newest;

    arena->failed = false;
    if (kept == NULL)
        return;
    free_blocks(arena, kept->previous);
    kept->previous = NULL;
    explicit_bzero(kept->memory, kept->used);
    kept->used = 0;
}

static struct block *add_block(struct arena *arena, size_t at_least)
{
    size_t size = at_least > arena->next_size ? at_least : arena->next_size;
    struct block *block;

    if (size > SIZE_MAX - sizeof(*block))
        return NULL;
    block = calloc(1, sizeof(*block) + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    block->previous = arena->newest;
    arena->newest = block;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    struct block *block = arena->newest;
    void *memory;

    if (size > SIZE_MAX - unit) {
        arena->failed = true;
        return NULL;
    }
    size = size == 0 ? unit : (size + unit - 1) / unit * unit;
    if (block == NULL || block->size - block->used < size)
        block = add_block(arena, size);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    memory = (char *)block->memory + block->used;
    block->used += size;
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        arena->failed = true;
        return NULL;
    }
    return arena_alloc(arena, count * size);
}

enum { FIRST_ELEMENTS = 4 };

size_t arena_room(size_t count)
{
    size_t room = FIRST_ELEMENTS;

    while (room < count && room <= SIZE_MAX / 2)
        room *= 2;
    return room;
}

void *arena_extend(struct arena *arena, void *elements, size_t count, size_t size)
{
    void *larger;

    if (count != 0 && (count < FIRST_ELEMENTS || (count & (count - 1)) != 0))
        return elements;
    if (count > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    larger = arena_array(arena, count == 0 ? FIRST_ELEMENTS : count * 2, size);
    if (larger != NULL && count > 0)
        memcpy(larger, elements, count * size);
    return larger;
}

char *arena_copy(struct arena *arena, const char *chars, size_t length)
{
    char *copy = length == SIZE_MAX ? NULL : arena_alloc(arena, length + 1);

    if (copy != NULL && length > 0)
        memcpy(copy, chars, length);
    return copy;
}

char *arena_string(struct arena *arena, const char *string)
{
    return arena_copy(arena, string, strlen(string));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_list again;
    char *string = NULL;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0)
        string = arena_alloc(arena, (size_t)length + 1);
    if (string != NULL)
        vsnprintf(string, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return string;
}

bool arena_failed(const struct arena *arena)
{
    return arena->failed;
}
