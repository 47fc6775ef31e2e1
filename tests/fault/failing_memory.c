/*
 * Allocations that fail in turn. Pieces of an arena fail one by one, not only its blocks.
 */
#include "failing.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *string);
char *__wrap_strndup(const char *string, size_t length);

void *__real_arena_alloc(struct arena *arena, size_t size);
void *__real_arena_array(struct arena *arena, size_t count, size_t size);
char *__real_arena_copy(struct arena *arena, const char *chars, size_t length);
void *__wrap_arena_alloc(struct arena *arena, size_t size);
void *__wrap_arena_array(struct arena *arena, size_t count, size_t size);
char *__wrap_arena_copy(struct arena *arena, const char *chars, size_t length);
char *__wrap_arena_string(struct arena *arena, const char *string);
__attribute__((format(printf, 2, 3))) char *__wrap_arena_format(struct arena *arena, const char *format, ...);

static bool fails(void)
{
    return failing_now(ALLOCATIONS, "an allocation");
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strndup(const char *string, size_t length)
{
    char *copy = fails() ? NULL : __real_malloc(length + 1);

    if (copy != NULL) {
        memcpy(copy, string, length);
        copy[length] = '\0';
    }
    return copy;
}

char *__wrap_strdup(const char *string)
{
    return __wrap_strndup(string, strlen(string));
}

/* An arena of its own accord fails for what no memory could hold, and remembers that it did. */
static bool arena_fails(struct arena *arena)
{
    if (!fails())
        return false;
    __real_arena_alloc(arena, SIZE_MAX);
    return true;
}

void *__wrap_arena_alloc(struct arena *arena, size_t size)
{
    return arena_fails(arena) ? NULL : __real_arena_alloc(arena, size);
}

void *__wrap_arena_array(struct arena *arena, size_t count, size_t size)
{
    return arena_fails(arena) ? NULL : __real_arena_array(arena, count, size);
}

char *__wrap_arena_copy(struct arena *arena, const char *chars, size_t length)
{
    return arena_fails(arena) ? NULL : __real_arena_copy(arena, chars, length);
}

char *__wrap_arena_string(struct arena *arena, const char *string)
{
    return __wrap_arena_copy(arena, string, strlen(string));
}

char *__wrap_arena_format(struct arena *arena, const char *format, ...)
{
    char formatted[4096];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(formatted, sizeof(formatted), format, arguments);
    va_end(arguments);
    return __wrap_arena_copy(arena, formatted, strlen(formatted));
}
