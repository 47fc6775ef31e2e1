/*
 * duckalog init: a config to begin with, and beside it the schema that editors check it by.
 */

#include "cli/file.h"
#include "cli/json.h"
#include "cli/print.h"
#include "cli/starter.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/config.h"
#include "config/json_schema.h"
#include "config/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

struct request {
    struct starter starter;
    const char *file;
    bool json;          /* the config */
    bool tells_in_json; /* what was done */
    bool force;
    bool skip_existing;
    bool verbose;
};

static bool refuse(const char *hint, const char *problem)
{
    print_error(NULL, hint, "%s", problem);
    return false;
}

static int out_of_memory(void)
{
    print_error(NULL, NULL, "not enough memory to make the config");
    return exit_code_of(DUCKALOG_NOMEM);
}

/* ---- the request ---- */

static bool is_utf8(const char *text)
{
    while (*text != '\0') {
        utf8proc_int32_t unused;
        utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &unused);

        if (length <= 0)
            return false;
        text += length;
    }
    return true;
}

static bool ends_in(const char *file, const char *ending)
{
    size_t length = strlen(file);

    return length > strlen(ending) && equal_ignoring_case(file + length - strlen(ending), ending);
}

static const char *value_of(const struct invocation *invocation, enum option_id option, const char *otherwise)
{
    return has_option(invocation, option) ? invocation->values[option] : otherwise;
}

/* False after saying what is wrong with it. */
static bool read_request(const struct invocation *invocation, struct request *ret_request)
{
    struct request request = {
        .json = option_word(invocation, OPTION_INIT_FORMAT) == 1,
        .tells_in_json = has_option(invocation, OPTION_JSON),
        .force = has_option(invocation, OPTION_FORCE),
        .skip_existing = has_option(invocation, OPTION_SKIP_EXISTING),
        .verbose = has_option(invocation, OPTION_VERBOSE),
    };

    request.starter.project = value_of(invocation, OPTION_PROJECT, "my_analytics_project");
    request.starter.database = value_of(invocation, OPTION_DATABASE, "analytics_catalog.duckdb");
    request.starter.names_schema = !has_option(invocation, OPTION_NO_SCHEMA);
    request.file = value_of(invocation, OPTION_INIT_OUTPUT, request.json ? "catalog.json" : "catalog.yaml");
    if (request.force && request.skip_existing)
        return refuse(NULL, "--force and --skip-existing exclude each other");
    if (request.json && !ends_in(request.file, ".json"))
        return refuse("duckalog knows JSON by the name of the file", "a config in JSON has a name that ends in .json");
    if (!request.json && !ends_in(request.file, ".yaml") && !ends_in(request.file, ".yml"))
        return refuse(ends_in(request.file, ".json") ? "--format json writes JSON" : NULL,
                      "a config in YAML has a name that ends in .yaml or .yml");
    if (is_blank(request.starter.database))
        return refuse("--database :memory: keeps nothing", "the name of the database is blank");
    if (!is_utf8(request.starter.project) || !is_utf8(request.starter.database))
        return refuse(NULL, "the names of project and database have to be UTF-8, as a config is");
    *ret_request = request;
    return true;
}

/* ---- a file that is there ---- */

enum decision { WRITE, KEEP, FAIL };

/* Asks only somebody who sees the question and can answer it. */
static enum decision ask(const char *file, int *ret_code)
{
    char answer[16];

    fprintf(stderr, "%s is there already. Replace it? [y/N] ", file);
    fflush(stderr);
    if (fgets(answer, sizeof(answer), stdin) == NULL) {
        fputc('\n', stderr);
        *ret_code = exit_code_of(DUCKALOG_INTERNAL);
        return FAIL;
    }
    answer[strcspn(answer, "\n")] = '\0';
    return equal_ignoring_case(answer, "y") || equal_ignoring_case(answer, "yes") ? WRITE : KEEP;
}

static enum decision decide(const struct request *request, int *ret_code)
{
    struct stat status;

    *ret_code = exit_code_of(DUCKALOG_USAGE);
    if (lstat(request->file, &status) != 0)
        return WRITE;
    if (S_ISDIR(status.st_mode)) {
        print_error(NULL, NULL, "%s is a folder", request->file);
        return FAIL;
    }
    if (request->skip_existing)
        return KEEP;
    if (request->force)
        return WRITE;
    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
        return ask(request->file, ret_code);
    print_error(NULL, "--force replaces it, --skip-existing leaves it as it is", "%s is there already", request->file);
    return FAIL;
}

/* ---- writing ---- */

/* Nothing is written that duckalog itself would not take. */
static int check(const struct request *request, const char *content)
{
    duckalog_report *report = report_create();
    struct duckalog_config *config;

    if (report == NULL)
        return out_of_memory();
    config = config_load_text(request->file, content, report);
    if (config == NULL)
        print_report(report, DUCKALOG_ERROR);
    duckalog_report_free(report);
    config_free(config);
    return config != NULL ? 0 : exit_code_of(DUCKALOG_CONFIG);
}

/* Beside the config. `ret_what` says what was done. */
static int write_schema(const char *config_file, const char **ret_what)
{
    const char *slash = strrchr(config_file, '/');
    struct text path = text_on_heap();
    struct text schema = text_on_heap();
    int code = 0;

    if (slash != NULL)
        text_add_length(&path, config_file, (size_t)(slash - config_file) + 1);
    text_add(&path, STARTER_SCHEMA);
    json_schema_add(&schema, &schema_root);
    *ret_what = "there already";
    if (text_string(&path) == NULL || text_string(&schema) == NULL)
        code = out_of_memory();
    else if (!file_holds(text_string(&path), text_string(&schema))) {
        *ret_what = access(text_string(&path), F_OK) == 0 ? "replaced" : "written";
        code = file_write(text_string(&path), text_string(&schema), false);
    }
    text_free(&path);
    text_free(&schema);
    return code;
}

/* A word of a shell command that stands for this file. */
static void print_shell_word(const char *file)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

    if (file[strspn(file, plain)] == '\0') {
        fputs(file, stdout);
        return;
    }
    putchar('\'');
    for (; *file != '\0'; file++)
        fputs(*file == '\'' ? "'\\''" : (char[]){ *file, '\0' }, stdout);
    putchar('\'');
}

static void print_next_steps(const char *file)
{
    static const char *const steps[][2] = { { "validate", "" },
                                            { "run", "" },
                                            { "run", " --query \"FROM weekly_summary\"" } };

    puts("\nNext:");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        printf("  duckalog %s ", steps[i][0]);
        print_shell_word(file);
        puts(steps[i][1]);
    }
}

/* Of a file that is kept, only its name is known. */
static int print_json(const struct request *request, const char *path, bool kept, const char *schema)
{
    json_t *whole = json_with_key(json_object(), "state", json_string(kept ? "kept" : "written"));
    json_t *beside = json_null();

    if (schema != NULL)
        beside = json_pack("{s:s, s:s}", "file", STARTER_SCHEMA, "state", schema);
    whole = json_with_key(whole, "file", json_text(request->file));
    whole = json_with_key(whole, "path", json_text(path));
    whole = json_with_key(whole, "format", json_text(kept ? NULL : request->json ? "json" : "yaml"));
    whole = json_with_key(whole, "database", json_text(kept ? NULL : request->starter.database));
    return json_print(json_with_key(whole, "schema", beside));
}

static void print_text(const struct request *request, const char *path, const char *schema)
{
    printf("Created %s\n", request->file);
    printf("  path:     %s\n", path);
    printf("  format:   %s\n", request->json ? "json" : "yaml");
    printf("  database: %s\n", request->starter.database);
    if (schema != NULL)
        printf("  schema:   %s (%s)\n", STARTER_SCHEMA, schema);
    if (request->verbose)
        print_next_steps(request->file);
}

/* `schema` is NULL when none was asked for. */
static int tell(const struct request *request, bool kept, const char *schema)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    const char *path = arena == NULL ? NULL : path_from_user(arena, request->file);
    int code = 0;

    if (path == NULL)
        path = request->file;
    if (request->tells_in_json)
        code = print_json(request, path, kept, schema);
    else if (kept)
        printf("%s is there already and stays as it is.\n", request->file);
    else
        print_text(request, path, schema);
    if (arena != NULL)
        arena_destroy(arena);
    return code != 0 ? code : finish_output();
}

static int write_all(const struct request *request, const char *content)
{
    const char *schema = NULL;
    int code = check(request, content);

    if (code == 0)
        code = file_make_folders(request->file);
    if (code == 0 && request->starter.names_schema)
        code = write_schema(request->file, &schema);
    if (code == 0)
        code = file_write(request->file, content, false);
    return code == 0 ? tell(request, false, schema) : code;
}

int command_init(const struct invocation *invocation)
{
    struct text content = text_on_heap();
    struct request request;
    int code = 0;

    if (!read_request(invocation, &request))
        return exit_code_of(DUCKALOG_USAGE);
    switch (decide(&request, &code)) {
    case FAIL:
        return code;
    case KEEP:
        return tell(&request, true, NULL);
    case WRITE:
        break;
    }
    if (request.json)
        starter_add_json(&content, &request.starter);
    else
        starter_add_yaml(&content, &request.starter);
    code = text_string(&content) != NULL ? write_all(&request, text_string(&content)) : out_of_memory();
    text_free(&content);
    return code;
}
