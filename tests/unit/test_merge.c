/*
 * Joining files to one mapping (src/config/merge.c, D-13 to D-16, D-22). A row is a set of files, "name: content" with |
 * between, the main one first, and the catalog that comes of them, on one line.
 */
#include "given.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/report.h"
#include "config/imports.h"
#include "config/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the main file's path: a config that has been read, and no more. */
static struct duckalog_config *read_config(const char *path)
{
    static const struct import_options options = { .threads = 3 };
    struct duckalog_config *config = calloc(1, sizeof(*config));
    struct config_file *file;

    assert_non_null(config);
    config->arena = arena_create(ARENA_PLAIN);
    config->redactor = redactor_create();
    config->source = (struct source){ "main.yaml", given_folder() };
    file = imports_read_main(config, path, NULL, NULL, false);
    assert_non_null(file);
    assert_non_null(file->root);
    imports_read_all(config, &options, given_report());
    return config;
}

/* Each row in a folder of its own. */
static const char *write_files(const char *row, size_t number)
{
    const char *main_path = NULL;

    for (const char *start = row;; start += strcspn(start, "|") + 1) {
        size_t length = strcspn(start, "|");
        const char *colon = strstr(start, ": ");
        const char *name = made_of("%zu/%.*s.yaml", number, (int)(colon - start), start);
        const char *path = given_file(name, made_of("{%.*s}", (int)(length - (size_t)(colon + 2 - start)), colon + 2));

        main_path = main_path == NULL ? path : main_path;
        if (start[length] == '\0')
            return main_path;
    }
}

static size_t rows_so_far;

/* Without what is the main file's own. */
static const char *merged(const char *files)
{
    struct duckalog_config *config = read_config(write_files(files, ++rows_so_far));
    struct node *root = merge_files(config);
    const char *text;

    assert_non_null(root);
    for (size_t i = 0; i < root->count; i++)
        if (strcmp(root->entries[i].key, "imports") == 0)
            root->entries[i--] = root->entries[--root->count];
    text = made_of("%s", shown(root));
    config_free(config);
    return text;
}

static void check_merged(const char *const rows[][2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_text(rows[i][0], merged(rows[i][0]), rows[i][1]);
    table_ends();
}

static void of_scalars_the_later_one_wins_and_the_importer_over_all(void **state)
{
    static const char *const rows[][2] = {
        { "m: version: 1", "{version: 1}" },
        { "m: imports: [a.yaml], version: 1|a: version: 2", "{version: 1}" },
        { "m: imports: [a.yaml, b.yaml]|a: version: 1|b: version: 2", "{version: 2}" },
        { "m: imports: [a.yaml, {path: b.yaml, override: false}]|a: version: 1|b: version: 2", "{version: 1}" },
        { "m: imports: [{path: a.yaml, override: false}]|a: version: 1", "{version: 1}" },
        { "m: imports: [a.yaml]|a: imports: [{path: b.yaml, override: false}], version: 1|b: version: 2",
          "{version: 1}" },
        { "m: imports: [a.yaml, {path: b.yaml, override: false}]|a: version: 1|b: imports: [c.yaml]|c: version: 3",
          "{version: 1}" },
        { "m: imports: [a.yaml, b.yaml]|a: imports: [c.yaml], version: 1|b: imports: [c.yaml]|c: version: 3",
          "{version: 1}" },
    };

    (void)state;
    check_merged(rows, COUNT_OF(rows));
}

static void mappings_are_joined_and_lists_stand_behind_each_other(void **state)
{
    static const char *const rows[][2] = {
        { "m: imports: [a.yaml, b.yaml], views: [m]|a: views: [a]|b: views: [b]", "{views: [a, b, m]}" },
        { "m: imports: [a.yaml, {path: b.yaml, override: false}], views: [m]|a: views: [a]|b: views: [b]",
          "{views: [a, b, m]}" },
        { "m: imports: [a.yaml], duckdb: {pragmas: [m]}|a: duckdb: {pragmas: [a], database: a}",
          "{duckdb: {pragmas: [a, m], database: a}}" },
        { "m: imports: [a.yaml], views: []|a: views: []", "{views: []}" },
        { "m: imports: [a.yaml], views: [m]|a: imports: [b.yaml], views: [a]|b: views: [b]", "{views: [b, a, m]}" },
        { "m: imports: [a.yaml, b.yaml]|a: imports: [c.yaml], views: [a]|b: imports: [c.yaml], views: [b]|c: views: "
          "[c]",
          "{views: [c, a, b]}" },
        { "m: imports: [{path: a.yaml, override: false}, b.yaml], duckdb: {settings: m}"
          "|a: duckdb: {pragmas: [a], database: a}|b: duckdb: {pragmas: [b], database: b, settings: b}",
          "{duckdb: {pragmas: [a, b], database: b, settings: m}}" },
        { "m: imports: [a.yaml], attachments: {sqlite: [m]}|a: attachments: {duckdb: [a], sqlite: [a]}",
          "{attachments: {duckdb: [a], sqlite: [a, m]}}" },
    };

    (void)state;
    check_merged(rows, COUNT_OF(rows));
}

static void null_says_nothing(void **state)
{
    static const char *const rows[][2] = {
        { "m: imports: [a.yaml], version: ~, views: ~, duckdb: ~|a: version: 2, views: [a], duckdb: {database: a}",
          "{version: 2, views: [a], duckdb: {database: a}}" },
        { "m: imports: [a.yaml, b.yaml]|a: version: 2, duckdb: {database: a}|b: version: ~, duckdb: {database: ~}",
          "{version: 2, duckdb: {database: a}}" },
        { "m: imports: [a.yaml]|a: views: ~", "{views: null}" },
    };

    (void)state;
    check_merged(rows, COUNT_OF(rows));
}

static void sections_count_each_once(void **state)
{
    static const char *const rows[][2] = {
        { "m: imports: {views: [a.yaml]}|a: version: 1, views: [a], duckdb: {database: a}", "{views: [a]}" },
        { "m: imports: {views: [a.yaml], duckdb: [a.yaml]}|a: version: 1, views: [a], duckdb: {database: a}",
          "{views: [a], duckdb: {database: a}}" },
        { "m: imports: [a.yaml, b.yaml]|a: imports: {views: [b.yaml]}|b: views: [b], duckdb: {pragmas: [b]}",
          "{views: [b], duckdb: {pragmas: [b]}}" },
        { "m: imports: {views: [a.yaml]}|a: imports: {duckdb: [b.yaml], views: [b.yaml]}|b: views: [b], duckdb: "
          "{pragmas: [b]}",
          "{views: [b]}" },
        { "m: imports: {views: [a.yaml]}|a: views: [a], zzz: 1", "{views: [a]}" },
    };

    (void)state;
    check_merged(rows, COUNT_OF(rows));
}

/* D-16: a mistake in one file must not be lost as another file writes the same key. */
static void what_fits_no_key_is_left_to_be_reported(void **state)
{
    static const char *const rows[][2] = {
        { "m: imports: [a.yaml], views: [m]|a: views: {}", "{views: {}}" },
        { "m: imports: [a.yaml], views: 5|a: views: [a]", "{views: 5}" },
        { "m: imports: [a.yaml, {path: b.yaml, override: false}]|a: duckdb: {pragmas: [a]}|b: duckdb: {pragmas: b}",
          "{duckdb: {pragmas: b}}" },
        { "m: imports: [a.yaml], version: 1|a: version: [2]", "{version: [2]}" },
        { "m: imports: [a.yaml], zzz: 1|a: zzz: 2", "{zzz: 2, zzz: 1}" },
        { "m: imports: [a.yaml], duckdb: {y: 1}|a: duckdb: {x: {z: 1}, y: 2}", "{duckdb: {x: {z: 1}, y: 2, y: 1}}" },
        { "m: imports: [a.yaml], duckdb: {settings: m}|a: duckdb: {settings: [a]}", "{duckdb: {settings: m}}" },
        { "m: imports: [a.yaml], duckdb: {settings: [m]}|a: duckdb: {settings: a}", "{duckdb: {settings: [m]}}" },
    };

    (void)state;
    check_merged(rows, COUNT_OF(rows));
}

static void values_that_two_keys_share_are_not_mixed(void **state)
{
    static const char *const rows[][2] = {
        { "m: imports: [a.yaml], duckdb: {pragmas: &x [p], install_extensions: *x}|a: duckdb: {pragmas: [a]}",
          "{duckdb: {pragmas: [a, p], install_extensions: [p]}}" },
        { "m: imports: [a.yaml, b.yaml]|a: duckdb: {pragmas: &x [p], install_extensions: *x}"
          "|b: duckdb: {pragmas: [b], install_extensions: [c]}",
          "{duckdb: {pragmas: [p, b], install_extensions: [p, c]}}" },
    };

    (void)state;
    check_merged(rows, COUNT_OF(rows));
}

/* A list that goes up through all of them is not copied by each. */
static void long_chain_of_files_is_merged_in_no_time(void **state)
{
    enum { COUNT = 3000, ITEMS = 200 };
    struct duckalog_config *config;
    struct node *root;
    const char *items = "";

    (void)state;
    for (size_t i = 0; i < ITEMS; i++)
        items = made_of("%sx,", items);
    given_file("chain/small.yaml", "views: [y]\n");
    for (size_t i = 0; i < COUNT; i++)
        given_file(made_of("chain/%zu.yaml", i),
                   made_of("imports: [%s]\nviews: [%s]\n",
                           i + 1 < COUNT ? made_of("small.yaml, {path: %zu.yaml, override: false}", i + 1) : "",
                           items));
    config = read_config(made_of("%s/chain/0.yaml", given_folder()));
    root = merge_files(config);
    assert_non_null(root);
    assert_int_equal(node_get(root, "views")->count, COUNT * ITEMS + 1);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_scalars_the_later_one_wins_and_the_importer_over_all),
        cmocka_unit_test(mappings_are_joined_and_lists_stand_behind_each_other),
        cmocka_unit_test(null_says_nothing),
        cmocka_unit_test(sections_count_each_once),
        cmocka_unit_test(what_fits_no_key_is_left_to_be_reported),
        cmocka_unit_test(values_that_two_keys_share_are_not_mixed),
        cmocka_unit_test(long_chain_of_files_is_merged_in_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
