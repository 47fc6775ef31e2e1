#ifndef DUCKALOG_BASE_ARENA_H
#define DUCKALOG_BASE_ARENA_H

/*
 * Arenas: memory that is taken in small pieces and given back at once.
 *
 * A failed allocation is remembered (arena_failed), so that a long run of allocations may be checked once at its end,
 * as long as each pointer is looked at before it is used.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* What is in a WIPED arena is overwritten before it goes back to the system: for secrets. */
enum arena_kind { ARENA_PLAIN, ARENA_WIPED };

struct arena *arena_create(enum arena_kind kind);
void arena_destroy(struct arena *arena);

/* All that was taken from it is gone; the arena may be used again, and keeps some of the memory. */
void arena_clear(struct arena *arena);

/* Zeroed memory, aligned for any object; NULL when there is none. */
void *arena_alloc(struct arena *arena, size_t size);

/* `count` objects of `size` bytes each; NULL also when the product does not fit a size_t. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/*
 * Room for one more element behind `count` of `size` bytes each. The elements are moved when the room is used up, and that
 * is whenever the count is a power of two, so no capacity has to be kept. NULL when there is no memory.
 */
void *arena_extend(struct arena *arena, void *elements, size_t count, size_t size);

/* How many elements an array must have room for, if there are `count` now and arena_extend() may be asked for more. */
size_t arena_room(size_t count);

char *arena_copy(struct arena *arena, const char *chars, size_t length);
char *arena_string(struct arena *arena, const char *string);
__attribute__((format(printf, 2, 3))) char *arena_format(struct arena *arena, const char *format, ...);

bool arena_failed(const struct arena *arena);

#endif
