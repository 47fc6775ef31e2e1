/*
 * Loading a config: file → Document → interpolated → read by the schema → checked.
 */

#include "config/config.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/check.h"
#include "config/interpolate.h"
#include "config/paths.h"
#include "config/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void report_file(struct duckalog_report *report, const char *path, const char *hint, const char *problem)
{
    report_add(report, DUCKALOG_ERROR, "file", (struct position){ .file = path }, NULL, hint, "%s", problem);
}

static bool read_all(int file, char *chars, size_t length)
{
    while (length > 0) {
        ssize_t count = read(file, chars, length);

        if (count <= 0 && !(count < 0 && errno == EINTR))
            return false;
        if (count > 0) {
            chars += count;
            length -= (size_t)count;
        }
    }
    return true;
}

/* The whole file, in the arena. A pipe or device could be endless, so only regular files are read. */
static const char *read_file(struct arena *arena, const char *path, const char *shown, struct duckalog_report *report,
                             size_t *ret_length)
{
    struct stat status;
    char message[128];
    char *chars = NULL;
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (file < 0) {
        snprintf(message, sizeof(message), "can't be read: %s", strerror(errno));
        report_file(report, shown, NULL, message);
        return NULL;
    }
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        report_file(report, shown, NULL, S_ISDIR(status.st_mode) ? "is a folder, not a config file" : "is not a file");
    else if (status.st_size > DOCUMENT_LARGEST_FILE)
        report_file(report, shown, NULL, "is larger than 64 MiB: this can't be a config");
    else {
        chars = arena_alloc(arena, (size_t)status.st_size + 1);
        if (chars == NULL)
            report_file(report, shown, NULL, "not enough memory to read this file");
        else if (!read_all(file, chars, (size_t)status.st_size)) {
            report_file(report, shown, NULL, "could not be read to its end");
            chars = NULL;
        }
        *ret_length = (size_t)status.st_size;
    }
    close(file);
    return chars;
}

/* A hint for who relies on a .env file, which is not read yet. */
static void mention_dotenv(const struct duckalog_config *config, struct duckalog_report *report)
{
    const char *dotenv = arena_format(config->arena, "%s/.env", config->source.directory);

    if (dotenv != NULL && access(dotenv, F_OK) == 0)
        report_add(report, DUCKALOG_NOTICE, "not-supported", (struct position){ .file = config->source.shown }, NULL,
                   "set the variables in the environment: set -a; . ./.env; set +a",
                   "there is a .env file beside this config; reading it is not supported yet by this version of "
                   "duckalog");
}

static bool fill(struct duckalog_config *config, const char *chars, size_t length, struct duckalog_report *report)
{
    struct read_context context = { config->arena, config->redactor, report };
    struct node *root = document_read(config->arena, &config->source, chars, length, report);
    bool all_set;
    bool good;

    if (root == NULL)
        return false;
    if (root->kind != NODE_MAP) {
        report_add(report, DUCKALOG_ERROR, "type", root->position, NULL,
                   "a config begins with keys such as `version: 1` and `duckdb:`",
                   root->kind == NODE_NULL ? "the file is empty" : "a mapping is expected here");
        return false;
    }
    good = interpolate(config->arena, root, config->redactor, report, &all_set);
    if (!all_set)
        mention_dotenv(config, report);
    /* Even with variables unset: a user wants to see all that is wrong at once. */
    good = read_object(&context, root, &schema_root, &config->root) && good;
    return config_check(config, report) && good;
}

/* `chars` is what stands in the file, or NULL when it is to be read. */
static struct duckalog_config *load(const char *path, const char *shown, const char *chars, size_t length,
                                    struct duckalog_report *report)
{
    struct duckalog_config *config = calloc(1, sizeof(*config));
    bool good = false;

    if (config != NULL) {
        config->arena = arena_create(ARENA_WIPED);
        config->redactor = redactor_create();
    }
    if (config == NULL || config->arena == NULL || config->redactor == NULL) {
        report_file(report, shown, NULL, "not enough memory to read this file");
        config_free(config);
        return NULL;
    }
    report_redact_with(report, config->redactor);
    config->source.shown = arena_string(config->arena, shown);
    config->source.directory = path_directory(config->arena, path);
    if (path_kind(shown) == PATH_URI)
        report_file(report, shown, "download it first",
                    "configs behind a URI are not supported yet by this version of duckalog");
    else if (config->source.shown != NULL && config->source.directory != NULL) {
        if (chars == NULL)
            chars = read_file(config->arena, path, shown, report, &length);
        good = chars != NULL && fill(config, chars, length, report);
    }
    if (!good && !report_has_errors(report))
        report_file(report, shown, NULL, "not enough memory to read this file");
    /* The redactor goes with the config; what was reported is masked already. */
    report_redact_with(report, NULL);
    if (good)
        return config;
    config_free(config);
    return NULL;
}

struct duckalog_config *config_load(const char *path, const char *shown, const struct config_options *options,
                                    struct duckalog_report *report)
{
    (void)options;
    return load(path, shown, NULL, 0, report);
}

struct duckalog_config *config_load_text(const char *path, const char *text, struct duckalog_report *report)
{
    return load(path, path, text, strlen(text), report);
}

void config_free(struct duckalog_config *config)
{
    if (config == NULL)
        return;
    arena_destroy(config->arena);
    redactor_destroy(config->redactor);
    free(config);
}
