/*
 * Paths of a config (src/config/paths.c): which text is what kind of path, where a relative one starts, and that no link
 * leads out of a folder unseen (config-language.md 7, D-25 to D-30).
 */
#include "given.h"

#include "base/arena.h"
#include "config/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_create(ARENA_PLAIN);
    setenv("HOME", "/home/user", 1);
    return arena == NULL;
}

static int drop_arena(void **state)
{
    arena_destroy(arena);
    return forget_all(state);
}

static void path_is_told_by_its_beginning(void **state)
{
    static const struct {
        const char *path;
        enum path_kind kind;
        bool relative;
    } rows[] = {
        { "", PATH_MEMORY, true },
        { ":memory:", PATH_MEMORY, true },
        { "a.db", PATH_LOCAL, true },
        { "a/b.db", PATH_LOCAL, true },
        { "./a", PATH_LOCAL, true },
        { "../a", PATH_LOCAL, true },
        { "/a", PATH_LOCAL, false },
        { "~/a", PATH_LOCAL, false },
        { "~user/a", PATH_LOCAL, true },
        { "data/*.parquet", PATH_LOCAL, true },
        { "file:a.db", PATH_LOCAL, true },
        { "file:/a.db", PATH_LOCAL, false },
        { "file:~/a.db", PATH_LOCAL, false },
        { "file:///a.db", PATH_LOCAL, false },
        { "FILE:///a.db", PATH_LOCAL, false },
        { "file://localhost/a.db", PATH_LOCAL, false },
        { "s3://b/k", PATH_URI, false },
        { "S3://b/k", PATH_URI, false },
        { "https://h/x?y=1", PATH_URI, false },
        { "abfss+x.y-z://c", PATH_URI, false },
        { "s3:/b", PATH_LOCAL, true },
        { "1s://b", PATH_LOCAL, true },
        { "md:sales", PATH_SERVICE, true },
        { "motherduck:sales", PATH_SERVICE, true },
        { "ducklake:m", PATH_SERVICE, true },
        { "ducklake:s3://b/m", PATH_SERVICE, true },
        { "postgres:dbname=x", PATH_SERVICE, true },
        { "mysql:db", PATH_SERVICE, true },
        { "sqlite:x.db", PATH_SERVICE, true },
        { "./md:sales", PATH_LOCAL, true },
        { "mdx:sales", PATH_LOCAL, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_number(rows[i].path, path_kind(rows[i].path), rows[i].kind);
        check_number(made_of("%s is relative as a file", rows[i].path), path_is_relative(rows[i].path),
                     rows[i].relative);
    }
    table_ends();
}

static void what_can_only_be_a_file_is_one_whatever_its_name(void **state)
{
    static const char *const rows[][2] = {
        { "md:x", "/c/f/md:x" },          { "sqlite:/../x", "/c/f/x" }, { "ducklake:/x", "/c/f/ducklake:/x" },
        { ":memory:", "/c/f/:memory:" },  { "a.db", "/c/f/a.db" },      { "/a", "/a" },
        { "s3://b/../k", "s3://b/../k" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], path_resolve_file(arena, "/c/f", rows[i][0]), rows[i][1]);
    table_ends();
}

static void relative_paths_start_at_the_folder(void **state)
{
    static const char *const rows[][2] = {
        { "a.db", "/c/f/a.db" },
        { "./a.db", "/c/f/a.db" },
        { "a//b/./c", "/c/f/a/b/c" },
        { "../a", "/c/a" },
        { "../../../../a", "/a" },
        { "a/..", "/c/f" },
        { "..a/b..", "/c/f/..a/b.." },
        { ".", "/c/f" },
        { "data/*/x_[0-9]?.parquet", "/c/f/data/*/x_[0-9]?.parquet" },
        { "a b\\c%2e", "/c/f/a b\\c%2e" },
        { "file:a.db", "/c/f/a.db" },
        { "./md:x", "/c/f/md:x" },
        { "/x/../y//z", "/y/z" },
        { "/", "/" },
        { "/..", "/" },
        { "file:///x/y", "/x/y" },
        { "file://localhost/x", "/x" },
        { "~/x", "/home/user/x" },
        { "~x", "/c/f/~x" },
        { "s3://b/../k//x", "s3://b/../k//x" },
        { "md:sales", "md:sales" },
        { ":memory:", ":memory:" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], path_resolve(arena, "/c/f", rows[i][0]), rows[i][1]);
    check_text("in the root", path_resolve(arena, "/", "a"), "/a");
    table_ends();
}

/* D-27: a slash at the end says that a folder is meant. */
static void slash_at_the_end_is_kept(void **state)
{
    (void)state;
    assert_string_equal(path_resolve(arena, "/c", "table/"), "/c/table/");
}

static void home_that_is_no_path_is_not_used(void **state)
{
    (void)state;
    setenv("HOME", "relative", 1);
    assert_string_equal(path_resolve(arena, "/c", "~/x"), "/c/~/x");
    unsetenv("HOME");
    assert_string_equal(path_resolve(arena, "/c", "~/x"), "/c/~/x");
    setenv("HOME", "/home/user", 1);
}

static void what_is_relative_in_a_document_elsewhere_stays_on_its_server(void **state)
{
    static const char *const rows[][3] = {
        { "https://h/a/b.yaml", "c.yaml", "https://h/a/c.yaml" },
        { "https://h/a/b.yaml?x=/y/z#/p", "../c.yaml", "https://h/c.yaml" },
        { "https://h/a/b.yaml", "../../../c", "https://h/c" },
        { "https://h", "c", "https://h/c" },
        { "https://h?x=/y", "c", "https://h/c" },
        { "HTTPS://h/a?b/c", "c", "HTTPS://h/c" },
        { "s3://b/a?1/b.yaml", "c.yaml", "s3://b/a?1/c.yaml" },
        { "s3://b/a#1/b.yaml", "../c?.yaml", "s3://b/c?.yaml" },
        { "sftp://u@h/~/a?/b.yaml", "c.yaml", "sftp://u@h/~/a?/c.yaml" },
        { "github://o/r/a/b.yaml?ref=x/y", "c.yaml", "github://o/r/a/c.yaml" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(made_of("%s in %s", rows[i][1], rows[i][0]),
                   path_resolve_file(arena, path_directory(arena, rows[i][0]), rows[i][1]), rows[i][2]);
    table_ends();
}

static void paths_of_the_user_start_at_the_working_directory(void **state)
{
    char here[PATH_MAX];

    (void)state;
    assert_non_null(getcwd(here, sizeof(here)));
    assert_string_equal(path_from_user(arena, "x/../c.yaml"), made_of("%s/c.yaml", here));
    assert_string_equal(path_from_user(arena, "/a/./c.yaml"), "/a/c.yaml");
    assert_string_equal(path_directory(arena, "c.yaml"), here);
    assert_string_equal(path_directory(arena, "/a/c.yaml"), "/a");
    assert_string_equal(path_directory(arena, "/c.yaml"), "/");
}

static void paths_below_a_folder_are_told_from_those_that_lead_out(void **state)
{
    static const struct {
        const char *path; /* in the given folder */
        bool below;       /* its folder `in` */
    } rows[] = {
        { "in", true },
        { "in/file", true },
        { "in/missing", true },
        { "in/missing/deeper/*.parquet", true },
        { "in/file/below a file", true },
        { "in/to_itself/file", true },
        { "in/to_sub/x", true },
        { "out/file", false },
        { "inside", false },
        { "in/to_out", false },
        { "in/to_out/file", false },
        { "in/to_out/missing", false },
        { "in/to_file_out", false },
        { "in/sub/to_parent/out/file", false },
    };
    const char *root = made_of("%s/in", given_folder());

    (void)state;
    given_file("in/file", "");
    given_file("in/sub/file", "");
    given_file("out/file", "");
    given_file("inside", "");
    given_link("in/to_itself", ".");
    given_link("in/to_sub", "sub");
    given_link("in/to_out", "../out");
    given_link("in/to_file_out", "../out/file");
    given_link("in/sub/to_parent", "../..");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_number(rows[i].path, path_is_below(made_of("%s/%s", given_folder(), rows[i].path), root), rows[i].below);
    table_ends();
    assert_true(path_is_below("/anything/at/all", "/"));
    assert_false(path_is_below(root, made_of("%s/no such folder", root)));
}

static void folder_that_is_reached_over_a_link_counts_as_itself(void **state)
{
    (void)state;
    given_file("real/data/x", "");
    given_link("link", "real");
    assert_true(path_is_below(made_of("%s/link/data/x", given_folder()), made_of("%s/link", given_folder())));
    assert_true(path_is_below(made_of("%s/real/data/x", given_folder()), made_of("%s/link", given_folder())));
}

static void path_longer_than_any_file_system_allows_is_not_below(void **state)
{
    const size_t length = (size_t)3 * PATH_MAX;
    char *path = arena_alloc(arena, length + 1);

    (void)state;
    memset(path, 'x', length);
    path[0] = '/';
    assert_false(path_is_below(path, given_folder()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_is_told_by_its_beginning),
        cmocka_unit_test(what_can_only_be_a_file_is_one_whatever_its_name),
        cmocka_unit_test(relative_paths_start_at_the_folder),
        cmocka_unit_test(slash_at_the_end_is_kept),
        cmocka_unit_test(home_that_is_no_path_is_not_used),
        cmocka_unit_test(what_is_relative_in_a_document_elsewhere_stays_on_its_server),
        cmocka_unit_test(paths_of_the_user_start_at_the_working_directory),
        cmocka_unit_test(paths_below_a_folder_are_told_from_those_that_lead_out),
        cmocka_unit_test(folder_that_is_reached_over_a_link_counts_as_itself),
        cmocka_unit_test(path_longer_than_any_file_system_allows_is_not_below),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
