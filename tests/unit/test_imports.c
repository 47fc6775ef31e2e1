/*
 * The files of a config (src/config/imports.c): which ones an entry names, each read once, and what is wrong with them.
 * How they are put together: test_merge.c.
 */
#include "given.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/report.h"
#include "config/imports.h"

#include <stdlib.h>
#include <string.h>

static struct duckalog_config *config;

static bool read_all(const char *main_file, const struct import_options *options)
{
    static const struct import_options usual = { .threads = 4 };

    config = calloc(1, sizeof(*config));
    assert_non_null(config);
    config->arena = arena_create(ARENA_PLAIN);
    config->redactor = redactor_create();
    config->source = (struct source){ "main.yaml", given_folder() };
    assert_non_null(imports_read_main(config, given_file("main.yaml", main_file), NULL, NULL, false));
    return imports_read_all(config, options != NULL ? options : &usual, given_report());
}

static void forget(void)
{
    config_free(config);
    config = NULL;
}

/* The edges of the main file: "a.yaml b.yaml-" with - for override: false and /views for a section. */
static const char *edges_of(const char *imports)
{
    const struct config_file *file;
    const char *text = "";

    read_all(made_of("imports: %s\n", imports), NULL);
    file = config->files.items[0];
    for (size_t i = 0; i < file->import_count; i++) {
        const struct import_edge *edge = &file->imports[i];

        text = made_of("%s%s%s%s%s%s", text, i > 0 ? " " : "",
                       edge->file == NULL ? "?" : edge->file->path + strlen(given_folder()) + 1,
                       edge->section != NULL ? "/" : "", edge->section != NULL ? edge->section : "",
                       edge->override ? "" : "-");
    }
    forget();
    return text;
}

static void given_files(void)
{
    given_file("d/a.yaml", "views: []\n");
    given_file("d/b.yml", "views: []\n");
    given_file("d/c.json", "{\"views\": []}\n");
    given_file("d/.hidden.yaml", "views: []\n");
    given_file("d/note.txt", "views: []\n");
    given_file("empty.yaml", "");
    given_file("list.yaml", "[1]\n");
    given_file("broken.yaml", "views: [\n");
    given_link("d/link.yaml", "a.yaml");
    given_link("loop.yaml", "loop.yaml");
}

static void entries_name_files(void **state)
{
    static const char *const rows[][2] = {
        { "[]", "" },
        { "~", "" },
        { "[d/a.yaml, d/c.json]", "d/a.yaml d/c.json" },
        { "[d/a.yaml, {path: d/b.yml, override: no}]", "d/a.yaml d/b.yml-" },
        { "{views: [d/a.yaml], duckdb: [d/a.yaml], attachments: ~}", "d/a.yaml/views d/a.yaml/duckdb" },
        { "['d/[ab].*']", "d/a.yaml d/b.yml" },
        { "['d/[!l]*.y*ml', '!d/b*']", "d/a.yaml" },
        { "['!d/b*', 'd/[!l]*.y*ml']", "d/a.yaml" },
        { "['!d/*']", "" },
        { "['**/c.json']", "d/c.json" },
        { "['d/.*.yaml']", "d/.hidden.yaml" },
        { "[d/a.yaml, ./d/./a.yaml, d/link.yaml]", "d/a.yaml d/a.yaml d/a.yaml" },
        { "['m*.yaml', d/a.yaml]", "d/a.yaml" },
        { "['file:d/a.yaml']", "d/a.yaml" },
    };

    (void)state;
    given_files();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_text(rows[i][0], edges_of(rows[i][0]), rows[i][1]);
        check_true(rows[i][0], !report_has_errors(given_report_now()));
    }
    table_ends();
}

static void what_is_wrong_with_an_entry_is_told_at_its_place(void **state)
{
    static const struct {
        const char *imports;
        const char *code;
        unsigned column;
        const char *path;
    } rows[] = {
        { "d/a.yaml", "type", 10, "imports" },
        { "{views: d/a.yaml}", "type", 18, "imports.views" },
        { "{secrets: []}", "unknown-key", 11, "imports.secrets" },
        { "{version: []}", "unknown-key", 11, "imports.version" },
        { "[~]", "type", 11, "imports[0]" },
        { "['']", "blank", 11, "imports[0]" },
        { "[{override: no}]", "missing-key", 11, "imports[0].path" },
        { "{views: [d/a.yaml, {path: d/b.yml, optional: 1}]}", "unknown-key", 45, "imports.views[1].optional" },
        { "[d/z.yaml]", "import", 11, "imports[0]" },
        { "[d/a.yaml, 'd/z*']", "import", 21, "imports[1]" },
        { "[d]", "import", 11, "imports[0]" },
        { "[d/note.txt]", "import", 11, "imports[0]" },
        { "[loop.yaml]", "import", 11, "imports[0]" },
        { "['s3://b/a.yaml']", "remote", 11, "imports[0]" },
        { "[main.yaml]", "import-ring", 11, "imports" },
        { "[empty.yaml]", "type", 0, NULL },
        { "[list.yaml]", "type", 0, NULL },
        { "[broken.yaml]", "syntax", 0, NULL },
    };

    (void)state;
    given_files();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_true(rows[i].imports, !read_all(made_of("imports: %s\n", rows[i].imports), NULL));
        check_true(rows[i].imports, has_problem(DUCKALOG_ERROR, rows[i].code, rows[i].column == 0 ? 0 : 1,
                                                rows[i].column, rows[i].path));
        check_number(rows[i].imports, (long long)duckalog_report_errors(given_report_now()), 1);
        check_true(made_of("%s: something may be missing", rows[i].imports),
                   config->incomplete || strcmp(rows[i].code, "import-ring") == 0);
        forget();
    }
    table_ends();
}

static void files_outside_the_roots_are_not_read(void **state)
{
    const char *below[] = { made_of("%s/d", given_folder()) };
    struct roots roots = { below, 1 };
    const struct import_options options = { .roots = &roots, .threads = 1 };

    (void)state;
    given_files();
    given_file("outside.yaml", "views: []\n");
    given_link("d/out.yaml", "../outside.yaml");
    assert_true(read_all("imports: [d/a.yaml, d/link.yaml]\n", &options));
    forget();
    assert_false(read_all("imports: [outside.yaml]\n", &options));
    expect_problem("file", 0, 0, NULL);
    forget();
    assert_false(read_all("imports: [d/out.yaml]\n", &options));
    expect_problem("file", 0, 0, NULL);
    assert_string_equal(hint_of("file"), "allow its folder with --allow-root");
    forget();
}

static void each_file_is_read_once_whatever_imports_it(void **state)
{
    (void)state;
    given_file("a.yaml", "imports: [b.yaml, c.yaml]\n");
    given_file("b.yaml", "imports: {views: [c.yaml], duckdb: [c.yaml]}\n");
    given_file("c.yaml", "views: []\n");
    given_link("also-c.yaml", "c.yaml");
    assert_true(read_all("imports: [also-c.yaml, a.yaml, b.yaml]\n", NULL));
    assert_int_equal(config->files.count, 4);
    assert_string_equal(config->files.items[1]->source.shown, "also-c.yaml");
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_name_files),
        cmocka_unit_test(what_is_wrong_with_an_entry_is_told_at_its_place),
        cmocka_unit_test(files_outside_the_roots_are_not_read),
        cmocka_unit_test(each_file_is_read_once_whatever_imports_it),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
