/*
 * No secret value stays in memory when a config, its plan and its script are freed: neither on the heap nor on the stack.
 *
 * The values are never in this process but through the library: another one writes the files, and the search compares
 * with a form of the marker that is none itself. Two others would leave values too, and are kept from it here, so that
 * what is found is ours: libyaml, which grows its texts with realloc(), and the dynamic linker, which saves the registers
 * on the stack when it looks a function up (this program is linked with -z now).
 *
 * Built again with PLAIN_LIBYAML, libyaml is as it is, and the values are short: then it is our wiping of its buffers and
 * events that counts.
 */
#include "given.h"

#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "duckalog.h"
#include "plan/plan.h"
#include "plan/script.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef PLAIN_LIBYAML
enum { LONG = 1 };
#else
enum { LONG = 60 };
#endif
enum { MARKER = 6, TWIST = 0x5A };

/* "Q7xW9k", twisted. */
static const unsigned char twisted[MARKER] = { 'Q' ^ TWIST, '7' ^ TWIST, 'x' ^ TWIST,
                                               'W' ^ TWIST, '9' ^ TWIST, 'k' ^ TWIST };

#ifndef PLAIN_LIBYAML
/* ---- libyaml's memory, wiped ---- */

struct chunk {
    size_t size;
    max_align_t memory[];
};

/* libyaml calls these by name, and finds those of the program first. */
__attribute__((visibility("default"))) void *yaml_malloc(size_t size);
__attribute__((visibility("default"))) void *yaml_realloc(void *memory, size_t size);
__attribute__((visibility("default"))) void yaml_free(void *memory);
__attribute__((visibility("default"))) char *yaml_strdup(const char *string);

static size_t wiped_chunks;

void *yaml_malloc(size_t size)
{
    struct chunk *chunk = calloc(1, sizeof(*chunk) + size);

    if (chunk == NULL)
        return NULL;
    chunk->size = size;
    return chunk->memory;
}

static struct chunk *chunk_of(void *memory)
{
    return (struct chunk *)(void *)((char *)memory - offsetof(struct chunk, memory));
}

void yaml_free(void *memory)
{
    struct chunk *chunk = memory == NULL ? NULL : chunk_of(memory);

    if (chunk == NULL)
        return;
    explicit_bzero(chunk->memory, chunk->size);
    free(chunk);
    wiped_chunks++;
}

void *yaml_realloc(void *memory, size_t size)
{
    void *larger = yaml_malloc(size);

    if (larger != NULL && memory != NULL) {
        size_t old = chunk_of(memory)->size;

        memcpy(larger, memory, old < size ? old : size);
        yaml_free(memory);
    }
    return larger;
}

char *yaml_strdup(const char *string)
{
    size_t size = string == NULL ? 0 : strlen(string) + 1;
    char *copy = size == 0 ? NULL : yaml_malloc(size);

    if (copy != NULL)
        memcpy(copy, string, size);
    return copy;
}
#endif

/* ---- files, written by a process of their own ---- */

/* @A is the marker and an A, which tells where a value was; #A is a long text of those. */
static void write_value(int file, char letter, int times)
{
    for (int n = 0; n < times; n++) {
        for (size_t i = 0; i < MARKER; i++) {
            char c = (char)(twisted[i] ^ TWIST);

            if (write(file, &c, 1) != 1)
                _exit(1);
        }
        if (write(file, &letter, 1) != 1)
            _exit(1);
    }
}

static void write_file(const char *name, const char *text)
{
    char path[512];
    int file;

    snprintf(path, sizeof(path), "%s/%s", given_folder(), name);
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        _exit(1);
    for (; *text != '\0'; text++)
        if (*text == '@' || *text == '#') {
            write_value(file, text[1], *text == '@' ? 1 : LONG);
            text++;
        } else if (write(file, text, 1) != 1)
            _exit(1);
    close(file);
}

static void in_another_process(void (*work)(void))
{
    pid_t child;
    int status;

    given_folder(); /* before there are two who would remove it */
    child = fork();
    if (child == 0) {
        work();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- looking for the marker ---- */

static bool is_marker(const unsigned char *memory)
{
    for (size_t i = 0; i < MARKER; i++)
        if ((memory[i] ^ TWIST) != twisted[i])
            return false;
    return true;
}

static size_t count_in(const unsigned char *start, const unsigned char *end, const char *name, const char *when)
{
    size_t found = 0;

    for (const unsigned char *c = start; c + MARKER < end; c++)
        if (is_marker(c)) {
            found++;
            if (when != NULL && found <= 20)
                print_error("%s: the value %c is in %s\n", when, c[MARKER], name);
            c += MARKER;
        }
    return found;
}

/* In all memory that can be written to. */
static size_t count_markers(const char *when)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    size_t found = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL) {
        void *start;
        void *end;
        char rights[8];
        char name[256] = "memory without a name";

        if (sscanf(line, "%p-%p %7s %*s %*s %*s %255[^\n]", &start, &end, rights, name) >= 3 && rights[0] == 'r' &&
            rights[1] == 'w')
            found += count_in(start, end, name, when);
    }
    fclose(maps);
    return found;
}

/* ---- what is loaded ---- */

static const char catalog[] = "version: 1\n"
                              "imports: [parts.yaml]\n"
                              "duckdb:\n"
                              "  database: c.duckdb\n"
                              "  settings: [\"SET s3_secret_access_key = '@A'\"]\n"
                              "  pragmas: [\"CREATE TEMPORARY SECRET p (TYPE http, BEARER_TOKEN '@B')\"]\n"
                              "  secrets:\n"
                              "    - {name: plain, type: s3, key_id: '@C', secret: \"@D\"}\n"
                              "    - {name: long, type: http, bearer_token: #E, persistent: true}\n"
                              "    - {name: dsn, type: postgres, connection_string: \"host=h password=@F\"}\n"
                              "    - {name: env, type: http, bearer_token: \"${env:A_TOKEN}\"}\n"
                              "    - name: map\n"
                              "      type: http\n"
                              "      bearer_token: |\n"
                              "        @G\n"
                              "      options: {extra_http_headers: {Authorization: '@H', 'X@I': x}}\n"
                              "attachments:\n"
                              "  postgres:\n"
                              "    - {alias: pg, host: h, port: 1, database: d, user: u, password: @J, options: "
                              "{sslpassword: '@K'}}\n"
                              "iceberg_catalogs:\n"
                              "  - {name: ice, catalog_type: rest, uri: 'http://u:@L@h', options: {token: '@M'}}\n"
                              "views:\n"
                              "  - {name: v, sql: \"SELECT '${env:A_TOKEN}' AS t\"}\n"
                              "  - {name: w, source: parquet, uri: \"https://u:@N@h/x?sig=@O\"}\n";
static const char parts[] = "duckdb:\n  secrets:\n    - {name: imported, type: http, bearer_token: '@P'}\n";
static const char variables[] = "A_TOKEN=@R\nOTHER_TOKEN=\"@S\"\nUNUSED=#T\n";

/* What is wrong with it is found late, at many places, and with the values at hand. */
static const char mistaken[] = "version: 1\n"
                               "duckdb:\n"
                               "  secrets:\n"
                               "    - {type: s3, key_id: '@A', sekret: '@B', secret: {x: '@C'}}\n"
                               "    - {type: s4, secret: '@D'}\n"
                               "    - {type: http, bearer_token: '${env:MISSING:@E', provider: '@F'}\n"
                               "    - {type: postgres, connection_string: '@G @H'}\n"
                               "    - {type: http, bearer_token: ['@I', '#J']}\n"
                               "views: []\n";
static const char unreadable[] = "version: 1\n"
                                 "duckdb:\n"
                                 "  secrets:\n"
                                 "    - {type: s3, key_id: '@A', secret: \"@B}\n"
                                 "#C";
static const char in_json[] =
    "{\"version\": 1, \"duckdb\": {\"secrets\": [{\"type\": \"s3\", \"key_id\": \"@A\", \"secret\": "
    "\"@B\\n\"}, {\"type\": \"http\", \"bearer_token\": \"#C\"}]}, \"views\": []}\n";
static const char broken_json[] = "{\"version\": 1, \"duckdb\": {\"secrets\": [{\"type\": \"s3\", \"secret\": \"@A\", "
                                  "\"key_id\": \"#B\nrest";

static void write_files(void)
{
    write_file("catalog.yaml", catalog);
    write_file("parts.yaml", parts);
    write_file(".env", variables);
    write_file("mistaken.yaml", mistaken);
    write_file("unreadable.yaml", unreadable);
    write_file("good.json", in_json);
    write_file("broken.json", broken_json);
}

static void make_script(const struct duckalog_config *config, bool show_secrets)
{
    struct plan_options options = { .show_secrets = show_secrets };
    struct plan *plan = plan_build(config, &options);
    struct text script = text_on_heap();

    assert_non_null(plan);
    script_add(&script, plan, 1, DUCKALOG_SQL_FULL);
    assert_non_null(text_string(&script));
    text_free(&script);
    plan_free(plan);
}

/* Below this function's frame, what it called is gone, but for what it left there. */
static __attribute__((noinline)) void use(const char *name, bool good)
{
    char path[512];
    struct duckalog_report *report = report_create();
    struct duckalog_config *config;

    snprintf(path, sizeof(path), "%s/%s", given_folder(), name);
    config = config_load(path, name, NULL, report);
    assert_int_equal(config != NULL, good);
    if (config != NULL) {
        assert_true(count_markers(NULL) > 0); /* the search finds what is there */
        make_script(config, false);
        make_script(config, true);
    }
    config_free(config);
    duckalog_report_free(report);
}

static void nothing_is_left_of_a_config(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        { "catalog.yaml", true },     { "good.json", true }, { "mistaken.yaml", false },
#ifndef PLAIN_LIBYAML /* it forgets what it was reading where it stumbles */
        { "unreadable.yaml", false },
#endif
        { "broken.json", false },
    };
    size_t found = 0;

    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* its own memory is beyond searching, and what is freed stays as it is for a while */
#endif
    in_another_process(write_files);
    assert_int_equal(count_markers("before"), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        use(rows[i].name, rows[i].good);
        found += count_markers(rows[i].name);
    }
#ifndef PLAIN_LIBYAML
    assert_true(wiped_chunks > 0);
#endif
    assert_int_equal(found, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left_of_a_config),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
