#define _XOPEN_SOURCE 700 /* nftw */

#include "given.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[PATH_MAX];
static struct arena *strings;
static struct duckalog_report *report;
static struct duckalog_config *config;
static struct plan *plan;
static size_t failed_rows;

double processor_ms(void)
{
    return (double)clock() * 1000 / CLOCKS_PER_SEC;
}

/* ---- strings and files ---- */

static struct arena *kept(void)
{
    if (strings == NULL)
        strings = arena_create(ARENA_PLAIN);
    if (strings == NULL)
        abort();
    return strings;
}

const char *made_of(const char *format, ...)
{
    struct text text = text_in(kept());
    va_list arguments;

    va_start(arguments, format);
    text_vformat(&text, format, arguments);
    va_end(arguments);
    return text_string(&text);
}

const char *given_folder(void)
{
    char here[PATH_MAX - 32];

    if (*folder != '\0')
        return folder;
    if (getcwd(here, sizeof(here)) == NULL)
        fail_msg("no working directory");
    snprintf(folder, sizeof(folder), "%s/given-XXXXXX", here);
    if (mkdtemp(folder) == NULL)
        fail_msg("no folder to write configs into: %s", strerror(errno));
    return folder;
}

static void make_folders_to(const char *path)
{
    char part[PATH_MAX];

    for (const char *slash = path + strlen(given_folder()) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            fail_msg("no folder %s: %s", part, strerror(errno));
    }
}

const char *given_file(const char *name, const char *text)
{
    const char *path = made_of("%s/%s", given_folder(), name);
    FILE *file;

    make_folders_to(path);
    file = fopen(path, "wb");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        fail_msg("%s could not be written", path);
    return path;
}

void given_link(const char *name, const char *target)
{
    const char *path = made_of("%s/%s", given_folder(), name);

    make_folders_to(path);
    if (symlink(target, path) != 0 && errno != EEXIST)
        fail_msg("no link %s: %s", path, strerror(errno));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

/* ---- configs ---- */

static void forget_config(void)
{
    plan_free(plan);
    config_free(config);
    duckalog_report_free(report);
    plan = NULL;
    config = NULL;
    report = NULL;
}

struct duckalog_report *given_report(void)
{
    forget_config();
    report = report_create();
    assert_non_null(report);
    return report;
}

struct duckalog_report *given_report_now(void)
{
    return report;
}

static void load(const char *name, const char *text)
{
    const char *path = given_file(name, text);

    given_report();
    config = config_load(path, name, NULL, report);
    report_sort(report);
    assert_false(report_failed(report));
    assert_int_equal(config == NULL, report_has_errors(report));
}

static void print_report(void)
{
    const duckalog_diagnostic *d;

    for (size_t i = 0; (d = duckalog_report_get(report, i)) != NULL; i++)
        print_message("    found: %s %s:%u:%u %s: %s\n", d->code, d->file != NULL ? d->file : "-", d->line, d->column,
                      d->path != NULL ? d->path : "-", d->message);
}

static const struct duckalog_config *loaded(const char *name, const char *text)
{
    load(name, text);
    if (config == NULL) {
        print_report();
        fail_msg("not accepted:\n%s", text);
    }
    return config;
}

static void refused(const char *name, const char *text)
{
    load(name, text);
    if (config != NULL)
        fail_msg("accepted, but must not be:\n%s", text);
}

const struct duckalog_config *given_config(const char *yaml)
{
    return loaded("config.yaml", yaml);
}

const struct duckalog_config *given_json_config(const char *json)
{
    return loaded("config.json", json);
}

void given_bad_config(const char *yaml)
{
    refused("config.yaml", yaml);
}

void given_bad_json_config(const char *json)
{
    refused("config.json", json);
}

bool config_is_accepted(const char *yaml)
{
    load("config.yaml", yaml);
    return config != NULL;
}

const char *with_view(const char *view)
{
    return made_of("version: 1\nduckdb: {}\nviews:\n- %s\n", view);
}

const char *with_views(const char *views)
{
    return made_of("version: 1\nduckdb: {}\nviews:\n%s", views);
}

const char *with_secret(const char *secret)
{
    return made_of("version: 1\nduckdb:\n  secrets:\n  - %s\n", secret);
}

const char *with_attachment(const char *kind, const char *attachment)
{
    return made_of("version: 1\nduckdb: {}\nattachments:\n  %s:\n  - %s\n", kind, attachment);
}

const char *with_iceberg(const char *catalog)
{
    return made_of("version: 1\nduckdb: {}\niceberg_catalogs:\n- %s\n", catalog);
}

const char *with_duckdb(const char *keys)
{
    return made_of("version: 1\nduckdb:\n  %s\n", keys);
}

/* ---- plans ---- */

const struct plan *given_plan_with(const char *yaml, const struct plan_options *options)
{
    given_config(yaml);
    plan = plan_build(config, options);
    assert_non_null(plan);
    return plan;
}

const struct plan *given_plan(const char *yaml)
{
    return given_plan_with(yaml, &(struct plan_options){ 0 });
}

size_t count_steps(const struct plan *of, enum phase phase)
{
    size_t count = 0;

    for (size_t i = 0; i < of->count; i++)
        count += of->steps[i].phase == phase;
    return count;
}

const struct step *step_of(const struct plan *of, enum phase phase, size_t index)
{
    for (size_t i = 0; i < of->count; i++)
        if (of->steps[i].phase == phase && index-- == 0)
            return &of->steps[i];
    fail_msg("there are not so many steps of phase %d", (int)phase);
    return NULL;
}

/* ---- what was found ---- */

bool has_problem(duckalog_severity severity, const char *code, unsigned line, unsigned column, const char *path)
{
    const duckalog_diagnostic *d;

    for (size_t i = 0; (d = duckalog_report_get(report, i)) != NULL; i++)
        if (d->severity == severity && strcmp(d->code, code) == 0 &&
            (line == 0 || (d->line == line && d->column == column)) &&
            (path == NULL || (d->path != NULL && strcmp(d->path, path) == 0)))
            return true;
    return false;
}

void expect_problem(const char *code, unsigned line, unsigned column, const char *path)
{
    if (has_problem(DUCKALOG_ERROR, code, line, column, path))
        return;
    print_report();
    fail_msg("no error \"%s\" at %u:%u %s", code, line, column, path != NULL ? path : "");
}

void expect_warning(const char *code, const char *path)
{
    if (has_problem(DUCKALOG_WARNING, code, 0, 0, path))
        return;
    print_report();
    fail_msg("no warning \"%s\" of %s", code, path != NULL ? path : "anything");
}

void expect_no_problem(void)
{
    if (duckalog_report_count(report) == 0)
        return;
    print_report();
    fail_msg("nothing should be found");
}

void expect_errors(size_t count)
{
    if (duckalog_report_errors(report) == count)
        return;
    print_report();
    fail_msg("%zu errors, expected %zu", duckalog_report_errors(report), count);
}

const char *hint_of(const char *code)
{
    const duckalog_diagnostic *d;

    for (size_t i = 0; (d = duckalog_report_get(report, i)) != NULL; i++)
        if (strcmp(d->code, code) == 0)
            return d->hint;
    return NULL;
}

void expect_nowhere(const char *text)
{
    const duckalog_diagnostic *d;

    for (size_t i = 0; (d = duckalog_report_get(report, i)) != NULL; i++)
        if (strstr(d->message, text) != NULL || (d->hint != NULL && strstr(d->hint, text) != NULL) ||
            (d->path != NULL && strstr(d->path, text) != NULL)) {
            print_report();
            fail_msg("\"%s\" is told", text);
        }
}

bool is_masked(const char *value)
{
    struct text text = text_in(kept());

    redact_add(config->redactor, &text, value);
    return strcmp(text_string(&text), REDACTED) == 0;
}

/* ---- documents ---- */

static void show(struct text *text, const struct node *node)
{
    if (node->kind == NODE_NULL)
        text_add(text, "null");
    else if (node->kind == NODE_SCALAR)
        text_format(text, node->style == SCALAR_QUOTED ? "\"%s\"" : "%s", node->text);
    else {
        text_add_char(text, node->kind == NODE_LIST ? '[' : '{');
        for (size_t i = 0; i < node->count; i++) {
            text_add(text, i > 0 ? ", " : "");
            if (node->kind == NODE_MAP)
                text_format(text, "%s: ", node->entries[i].key);
            show(text, node->kind == NODE_LIST ? node->items[i] : node->entries[i].value);
        }
        text_add_char(text, node->kind == NODE_LIST ? ']' : '}');
    }
}

const char *shown(const struct node *node)
{
    struct text text = text_in(kept());

    if (node == NULL)
        return "refused";
    show(&text, node);
    return text_string(&text);
}

/* ---- tables ---- */

void check_text(const char *row, const char *actual, const char *expected)
{
    if (actual == NULL || strcmp(actual, expected) != 0) {
        print_message("    %s\n        expected: %s\n        actual:   %s\n", row, expected,
                      actual != NULL ? actual : "nothing");
        failed_rows++;
    }
}

void check_number(const char *row, long long actual, long long expected)
{
    if (actual != expected) {
        print_message("    %s: expected %lld, actual %lld\n", row, expected, actual);
        failed_rows++;
    }
}

void check_true(const char *row, bool truth)
{
    if (!truth) {
        print_message("    not so: %s\n", row);
        failed_rows++;
    }
}

void table_ends(void)
{
    size_t failed = failed_rows;

    failed_rows = 0;
    if (failed > 0)
        fail_msg("%zu rows failed", failed);
}

int forget_all(void **state)
{
    (void)state;
    forget_config();
    arena_destroy(strings);
    strings = NULL;
    if (*folder != '\0')
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    *folder = '\0';
    return 0;
}
