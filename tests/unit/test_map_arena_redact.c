/*
 * Memory, names and masks (src/base: arena.c, map.c, redact.c): what is taken from an arena is usable and zeroed, maps
 * find what was added by DuckDB's rule for names, and no secret that was learned gets through.
 */
#include "given.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/redact.h"
#include "base/text.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

/* ---- arenas ---- */

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
    static const enum arena_kind kinds[] = { ARENA_PLAIN, ARENA_WIPED };

    (void)state;
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct arena *arena = arena_create(kinds[k]);
        unsigned char *last = NULL;

        for (size_t size = 0; size < 3000; size += 7) {
            unsigned char *memory = arena_alloc(arena, size);

            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(memory[i], 0);
            memset(memory, 0xAA, size);
            assert_ptr_not_equal(memory, last);
            last = memory;
        }
        assert_false(arena_failed(arena));
        arena_destroy(arena);
    }
}

static void arena_takes_objects_larger_than_its_blocks(void **state)
{
    const size_t size = (size_t)5 * 1024 * 1024;
    struct arena *arena = arena_create(ARENA_WIPED);
    char *before = arena_string(arena, "before");
    char *large = arena_alloc(arena, size);
    char *after = arena_string(arena, "after");

    (void)state;
    assert_non_null(large);
    memset(large, 'x', size);
    assert_string_equal(before, "before");
    assert_string_equal(after, "after");
    arena_destroy(arena);
}

static void arena_that_was_cleared_gives_zeroed_memory_and_forgets_a_failure(void **state)
{
    static const enum arena_kind kinds[] = { ARENA_PLAIN, ARENA_WIPED };

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        struct arena *arena = arena_create(kinds[k]);

        arena_clear(arena); /* nothing was taken yet */
        for (int round = 0; round < 3; round++) {
            for (size_t size = 1; size < 100000; size *= 3) {
                unsigned char *memory = arena_alloc(arena, size);

                for (size_t i = 0; i < size; i++)
                    assert_int_equal(memory[i], 0);
                memset(memory, 0xAB, size);
            }
            assert_null(arena_alloc(arena, SIZE_MAX));
            arena_clear(arena);
            assert_false(arena_failed(arena));
        }
        arena_destroy(arena);
    }
    (void)state;
}

static void arena_remembers_an_impossible_request(void **state)
{
    struct arena *arena = arena_create(ARENA_PLAIN);

    (void)state;
    assert_null(arena_array(arena, SIZE_MAX / 2, 4));
    assert_true(arena_failed(arena));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    assert_non_null(arena_array(arena, 0, 0));
    assert_non_null(arena_array(arena, 10, 0));
    assert_true(arena_failed(arena));
    arena_destroy(arena);
}

static void arena_copies_strings(void **state)
{
    struct arena *arena = arena_create(ARENA_PLAIN);

    (void)state;
    assert_string_equal(arena_copy(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(arena, "", 0), "");
    assert_string_equal(arena_string(arena, "text"), "text");
    assert_string_equal(arena_format(arena, "%s=%d", "n", 42), "n=42");
    assert_int_equal(strlen(arena_format(arena, "%0999d", 1)), 999);
    arena_destroy(arena);
    arena_destroy(NULL);
}

/* ---- maps ---- */

static void exact_map_tells_upper_from_lower_case(void **state)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct map *map = map_create(arena, MAP_EXACT);
    int lower = 1;
    int upper = 2;

    (void)state;
    assert_null(map_find(map, "a"));
    assert_true(map_add(map, "a", &lower));
    assert_true(map_add(map, "A", &upper));
    assert_ptr_equal(map_find(map, "a"), &lower);
    assert_ptr_equal(map_find(map, "A"), &upper);
    assert_null(map_find(map, ""));
    arena_destroy(arena);
}

static void map_keeps_the_first_of_a_name(void **state)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct map *map = map_create(arena, MAP_IGNORING_CASE);
    int first = 1;
    int second = 2;

    (void)state;
    assert_true(map_add(map, "Orders", &first));
    assert_true(map_add(map, "ORDERS", &second));
    assert_ptr_equal(map_find(map, "orders"), &first);
    assert_ptr_equal(map_find(map, "oRdErS"), &first);
    arena_destroy(arena);
}

static void map_finds_names_of_any_length(void **state)
{
    static const size_t lengths[] = { 1, 254, 255, 256, 257, 5000 };
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct map *map = map_create(arena, MAP_IGNORING_CASE);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        char *name = arena_alloc(arena, lengths[i] + 1);
        char *upper = arena_alloc(arena, lengths[i] + 1);

        memset(name, 'n', lengths[i]);
        memset(upper, 'N', lengths[i]);
        assert_null(map_find(map, upper));
        assert_true(map_add(map, name, name));
        assert_ptr_equal(map_find(map, upper), name);
    }
    arena_destroy(arena);
}

static void map_holds_ten_thousand_names(void **state)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct map *map = map_create(arena, MAP_IGNORING_CASE);
    char name[32];

    (void)state;
    for (int i = 0; i < 10000; i++) {
        char *kept = arena_format(arena, "View_%d", i);

        assert_true(map_add(map, kept, kept));
    }
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof(name), "vIEW_%d", i);
        assert_non_null(map_find(map, name));
    }
    assert_null(map_find(map, "view_10000"));
    arena_destroy(arena);
}

/* ---- redaction ---- */

static void expect_redacted(const struct redactor *redactor, const char *from, const char *to)
{
    struct text text = text_on_heap();

    redact_add(redactor, &text, from);
    check_text(from, text_string(&text), to);
    text_free(&text);
}

static void secrets_are_masked_wherever_they_stand(void **state)
{
    struct redactor *redactor = redactor_create();

    (void)state;
    assert_true(redactor_learn(redactor, "hunter22"));
    assert_true(redactor_learn(redactor, "hunter22"));
    assert_true(redactor_learn(redactor, "pa's\\w"));
    expect_redacted(redactor, "", "");
    expect_redacted(redactor, "nothing here", "nothing here");
    expect_redacted(redactor, "hunter22", "***");
    expect_redacted(redactor, "xhunter22y", "x***y");
    expect_redacted(redactor, "hunter22hunter22", "******");
    expect_redacted(redactor, "hunter2", "hunter2");
    expect_redacted(redactor, "huntehunter22", "hunte***");
    expect_redacted(redactor, "p=pa's\\w;", "p=***;");
    table_ends();
    redactor_destroy(redactor);
}

static void longer_secret_that_holds_another_is_masked_as_a_whole(void **state)
{
    static const char *const both_ways[][2] = { { "abcd", "abcdefgh" }, { "abcdefgh", "abcd" } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(both_ways); i++) {
        struct redactor *redactor = redactor_create();

        assert_true(redactor_learn(redactor, both_ways[i][0]));
        assert_true(redactor_learn(redactor, both_ways[i][1]));
        expect_redacted(redactor, "abcdefgh abcd", "*** ***");
        redactor_destroy(redactor);
    }
    table_ends();
}

static void values_shorter_than_four_bytes_are_left_alone(void **state)
{
    struct redactor *redactor = redactor_create();

    (void)state;
    assert_true(redactor_learn(redactor, ""));
    assert_true(redactor_learn(redactor, "abc"));
    expect_redacted(redactor, "abc", "abc");
    assert_true(redactor_learn(redactor, "abcd"));
    expect_redacted(redactor, "abcd", "***");
    expect_redacted(NULL, "abcd", "abcd");
    table_ends();
    redactor_destroy(redactor);
    redactor_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(arena_takes_objects_larger_than_its_blocks),
        cmocka_unit_test(arena_that_was_cleared_gives_zeroed_memory_and_forgets_a_failure),
        cmocka_unit_test(arena_remembers_an_impossible_request),
        cmocka_unit_test(arena_copies_strings),
        cmocka_unit_test(exact_map_tells_upper_from_lower_case),
        cmocka_unit_test(map_keeps_the_first_of_a_name),
        cmocka_unit_test(map_finds_names_of_any_length),
        cmocka_unit_test(map_holds_ten_thousand_names),
        cmocka_unit_test(secrets_are_masked_wherever_they_stand),
        cmocka_unit_test(longer_secret_that_holds_another_is_masked_as_a_whole),
        cmocka_unit_test(values_shorter_than_four_bytes_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
