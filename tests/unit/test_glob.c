/*
 * Patterns of imports (src/config/glob.c): what they find, in which order, and that no link leads them astray
 * (config-language.md 6.1).
 */
#include "given.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/glob.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_create(ARENA_PLAIN);
    return arena == NULL;
}

static int end(void **state)
{
    arena_destroy(arena);
    return forget_all(state);
}

/* What a pattern in the given folder finds, without that folder: a b c. */
static const char *found(const char *pattern)
{
    struct text text = text_in(arena);
    struct glob glob;

    assert_true(glob_find(arena, made_of("%s/%s", given_folder(), pattern), 1000, &glob));
    for (size_t i = 0; i < glob.count; i++)
        text_format(&text, "%s%s", i > 0 ? " " : "", glob.paths[i] + strlen(given_folder()) + 1);
    return text_string(&text);
}

static void pattern_is_told_by_its_characters(void **state)
{
    (void)state;
    assert_true(glob_is_pattern("/a/*.yaml"));
    assert_true(glob_is_pattern("/a/?"));
    assert_true(glob_is_pattern("/a/[b]"));
    assert_true(glob_is_pattern("/**/a"));
    assert_false(glob_is_pattern("/a/{b,c}.yaml"));
    assert_false(glob_is_pattern("/a\\b"));
    assert_false(glob_is_pattern(""));
}

static void patterns_find(void **state)
{
    static const char *const rows[][3] = {
        { "by bytes, not by numbers", "v*.yaml", "v1.yaml v10.yaml v2.yaml v\\x.yaml" },
        { "one character", "v?.yaml", "v1.yaml v2.yaml" },
        { "a character of several bytes", "?.yaml", "\xC3\xA4.yaml" },
        { "one of some", "v[12].yaml", "v1.yaml v2.yaml" },
        { "one of a range", "v[0-9]*.yaml", "v1.yaml v10.yaml v2.yaml" },
        { "one of others", "v[!1].yaml", "v2.yaml" },
        { "folders too", "s*", "sub" },
        { "in a folder with wildcards", "s*/*.yaml", "sub/a.yaml" },
        { "a name in folders", "*/a.yaml", "sub/a.yaml" },
        { "a star does not go into folders", "*a.yaml", "" },
        { "any folders", "**/a.yaml", "sub/a.yaml sub/deep/a.yaml" },
        { "none is any too", "sub/**/a.yaml", "sub/a.yaml sub/deep/a.yaml" },
        { "any folders in the middle", "**/deep/*", "sub/deep/a.yaml sub/deep/b.json" },
        { "twice", "**/**/deep/**/*.yaml", "sub/deep/a.yaml" },
        { "all files below", "sub/**", "sub/a.yaml sub/deep/a.yaml sub/deep/b.json" },
        { "two stars in a part are one", "v**0.yaml", "v10.yaml" },
        { "no names with a dot", "*hidden*", "" },
        { "names with a dot, told", ".h*", ".hidden .hidden.yaml" },
        { "not by a bracket", "[.]hidden.yaml", "" },
        { "no folders with a dot", "**/in.yaml", "" },
        { "a folder with a dot, told", "**/.hidden/*.yaml", ".hidden/in.yaml" },
        { "no braces", "v{1,2}.yaml", "" },
        { "a backslash is a character", "v\\*.yaml", "v\\x.yaml" },
        { "a bracket without an end is one", "[x.yam*", "[x.yaml" },
        { "a bracket in brackets", "[[]x.yaml", "[x.yaml" },
        { "no pattern", "v1.yaml", "v1.yaml" },
        { "nothing", "none*", "" },
        { "below a file", "v1.yaml/*", "" },
        { "a slash at the end", "*/", "" },
        { "slashes", "sub///**//a.yaml", "sub/a.yaml sub/deep/a.yaml" },
    };
    static const char *const files[] = { "v2.yaml",         "v10.yaml",        "v1.yaml",      "sub/a.yaml",
                                         "sub/deep/a.yaml", "sub/deep/b.json", ".hidden.yaml", ".hidden/in.yaml",
                                         "\xC3\xA4.yaml",   "[x.yaml",         "v\\x.yaml" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++)
        given_file(files[i], "");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], found(rows[i][1]), rows[i][2]);
    table_ends();
}

/* As DuckDB 1.5 has it: files alone, whatever their names begin with. */
static void data_is_found_as_duckdb_finds_it(void **state)
{
    static const char *const rows[][3] = {
        { "a dot", "*.parquet", ".b.parquet a.parquet" },
        { "any folders", "**/*.parquet", ".b.parquet .hidden/c.parquet a.parquet k=1/d.parquet" },
        { "no folders", "k=*", "" },
        { "all below", "k=1/**", "k=1/d.parquet" },
        { "brackets", "[!b].parquet", "a.parquet" },
    };
    static const char *const files[] = { "a.parquet", ".b.parquet", ".hidden/c.parquet", "k=1/d.parquet" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++)
        given_file(made_of("data/%s", files[i]), "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text = text_in(arena);
        struct glob glob;

        assert_true(glob_find_data(arena, made_of("%s/data/%s", given_folder(), rows[i][1]), 1000, &glob));
        for (size_t p = 0; p < glob.count; p++)
            text_format(&text, "%s%s", p > 0 ? " " : "", glob.paths[p] + strlen(given_folder()) + strlen("/data/"));
        check_text(rows[i][0], text_string(&text), rows[i][2]);
    }
    table_ends();
}

static void paths_match_as_they_are_found(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } rows[] = {
        { "/a/*.yaml", "/a/b.yaml", true },
        { "/a/*.yaml", "/a/b/c.yaml", false },
        { "/a/*.yaml", "/a/.b.yaml", false },
        { "/a/b.yaml", "/a/b.yaml", true },
        { "/a/b.yaml", "/a/b.yaml.x", false },
        { "/a", "/a/b", false },
        { "/a/b", "/a", false },
        { "/**/c", "/c", true },
        { "/**/c", "/a/b/c", true },
        { "/**/c", "/a/.b/c", false },
        { "/**/.b/c", "/a/.b/c", true },
        { "/**/.b/**/c", "/a/.b/.b/c", false },
        { "/a/**", "/a/b/c", true },
        { "/a/**", "/a", false },
        { "/a/**", "/a/.b", false },
        { "/**/**", "/a", true },
        { "/**/a/**/b/c", "/a/b/x/a/b/b/c", true },
        { "/**/a/*/c", "/a/a/a/b/c", true },
        { "/**/a/*/c", "/a/b/b/c", false },
        { "/a/**/b", "/a/x/b/x", false },
        { "/a/", "/a/", false },
        { "", "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_number(made_of("%s of %s", rows[i].pattern, rows[i].path), glob_matches(rows[i].pattern, rows[i].path),
                     rows[i].matches);
    table_ends();
}

static void links_are_followed_but_never_in_a_ring(void **state)
{
    (void)state;
    given_file("real/x.yaml", "");
    given_link("tree/link", "../real");
    given_link("tree/sub/up", "..");
    given_link("tree/self", ".");
    given_link("tree/file.yaml", "../real/x.yaml");
    given_link("tree/broken.yaml", "nowhere");
    assert_string_equal(found("tree/**/*.yaml"), "tree/broken.yaml tree/file.yaml tree/link/x.yaml");
    assert_string_equal(found("tree/*.yaml"), "tree/broken.yaml tree/file.yaml");
    assert_string_equal(found("tree/*/x.yaml"), "tree/link/x.yaml");
}

static void any_folders_end_at_sixty_four(void **state)
{
    struct text path = text_in(arena);
    struct glob glob;

    (void)state;
    for (unsigned i = 1; i <= GLOB_DEEPEST + 1; i++) {
        text_add(&path, "d/");
        given_file(made_of("%sx.yaml", text_string(&path)), "");
    }
    assert_true(glob_find(arena, made_of("%s/**/x.yaml", given_folder()), 1000, &glob));
    assert_int_equal(glob.count, GLOB_DEEPEST);
}

/* Each folder leads to the next one by two names: 2^30 paths to the last one. */
static void ways_that_double_are_given_up(void **state)
{
    struct glob glob;

    (void)state;
    for (int i = 0; i < 30; i++) {
        given_file(made_of("f%d/x", i), "");
        given_link(made_of("f%d/a", i), made_of("../f%d", i + 1));
        given_link(made_of("f%d/b", i), made_of("../f%d", i + 1));
    }
    assert_false(glob_find(arena, made_of("%s/f0/**/*.yaml", given_folder()), 1000, &glob));
    assert_int_equal(glob.problem, GLOB_TOO_WIDE);
    assert_int_equal(glob.count, 0);
}

static void more_than_wanted_is_told(void **state)
{
    struct glob glob;

    (void)state;
    for (int i = 0; i < 5; i++)
        given_file(made_of("%d", i), "");
    assert_true(glob_find(arena, made_of("%s/*", given_folder()), 5, &glob));
    assert_int_equal(glob.count, 5);
    assert_false(glob_find(arena, made_of("%s/*", given_folder()), 4, &glob));
    assert_int_equal(glob.problem, GLOB_TOO_MANY);
    assert_int_equal(glob.count, 0);
    assert_true(glob_find(arena, made_of("%s/**/**/*", given_folder()), 5, &glob));
}

static void long_patterns_find_nothing(void **state)
{
    enum { PARTS = 1000 * 1000 };
    struct text pattern = text_on_heap();
    struct glob glob;

    (void)state;
    for (int i = 0; i < PARTS; i++)
        text_add(&pattern, "/*");
    assert_true(glob_find(arena, text_string(&pattern), 1, &glob));
    assert_int_equal(glob.count, 0);
    assert_false(glob_matches(text_string(&pattern), "/a"));
    text_free(&pattern);
}

static void folder_without_permission_is_passed_over_and_told(void **state)
{
    const char *closed;
    struct glob glob;

    (void)state;
    if (geteuid() == 0)
        skip();
    given_file("closed/x", "");
    given_file("open/x", "");
    closed = made_of("%s/closed", given_folder());
    chmod(closed, 0);
    assert_true(glob_find(arena, made_of("%s/**/x", given_folder()), 10, &glob));
    chmod(closed, 0700);
    assert_int_equal(glob.count, 1);
    assert_string_equal(glob.unread, closed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pattern_is_told_by_its_characters),
        TEST(patterns_find),
        TEST(data_is_found_as_duckdb_finds_it),
        TEST(paths_match_as_they_are_found),
        TEST(links_are_followed_but_never_in_a_ring),
        TEST(any_folders_end_at_sixty_four),
        TEST(ways_that_double_are_given_up),
        TEST(more_than_wanted_is_told),
        TEST(long_patterns_find_nothing),
        TEST(folder_without_permission_is_passed_over_and_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
