/*
 * Reading the files of a config. Level by level: what the main file imports, then what those files import, each level
 * side by side; which files there are does not depend on which one is read first. How they are put together is merge.c's
 * business.
 */

#include "config/import_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/parallel.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "config/file.h"
#include "config/interpolate.h"
#include "config/paths.h"
#include "config/place.h"
#include "config/quote.h"
#include "config/reader.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

static bool set_up_file(struct config_file *file)
{
    file->arena = arena_create(ARENA_WIPED);
    file->redactor = redactor_create();
    file->report = report_create();
    return file->arena != NULL && file->redactor != NULL && file->report != NULL;
}

static void free_parts(struct config_file *file)
{
    arena_destroy(file->arena);
    redactor_destroy(file->redactor);
    duckalog_report_free(file->report);
}

struct config_file *import_add_file(struct duckalog_config *config, const char *path, const char *shown,
                                    const char *directory)
{
    struct config_file *file = arena_alloc(config->arena, sizeof(*file));
    struct config_files *files = &config->files;
    struct config_file **items;

    if (file == NULL || path == NULL || shown == NULL || directory == NULL)
        return NULL;
    items = arena_extend(config->arena, files->items, files->count, sizeof(struct config_file *));
    if (items == NULL)
        return NULL;
    files->items = items;
    *file = (struct config_file){ .source = { shown, directory }, .path = path };
    file->import_directory = path_directory(config->arena, path);
    if (!set_up_file(file)) {
        free_parts(file);
        return NULL;
    }
    files->items[files->count++] = file;
    return file->import_directory != NULL && map_add(files->by_path, path, file) ? file : NULL;
}

static void report_whole_file(const struct config_file *file, const char *hint, const char *problem)
{
    report_add(file->report, DUCKALOG_ERROR, "file", (struct position){ .file = file->source.shown }, NULL, hint, "%s",
               problem);
}

/* Bytes to a document. The root stays NULL after a problem. */
static void parse(struct config_file *file, const struct file_content *content)
{
    struct node *root = document_read(file->arena, &file->source, content->chars, content->length, file->report);

    if (root == NULL || root->kind == NODE_MAP) {
        file->root = root;
        return;
    }
    report_add(file->report, DUCKALOG_ERROR, "type", root->position, NULL,
               "a config begins with keys such as `version: 1` and `duckdb:`",
               root->kind == NODE_NULL ? "the file is empty" : "a mapping is expected here");
}

void import_take_given(struct duckalog_config *config, struct config_file *file, const char *path,
                       const struct roots *roots)
{
    file->is_read = true;
    file->problem = reader_read(config->reader, file->arena, path, roots, &file->content);
}

/* What can't be had is told where it was wanted, if it was not by the user. */
static bool fetch(struct config_file *file, struct reader *reader)
{
    struct position position = { .file = file->source.shown };
    struct text message = text_on_heap();
    struct remote_problem problem;

    if (reader_fetch(reader, file->arena, file->path, REMOTE_LARGEST_DOCUMENT, &file->content, &problem))
        return true;
    if (file->wanted.file != NULL) {
        position = file->wanted;
        text_format(&message, "%s ", file->source.shown);
    }
    text_add(&message, problem.message);
    report_add(file->report, DUCKALOG_ERROR, reader_problem_code(&problem), position, NULL, problem.hint, "%s",
               text_string(&message) != NULL ? text_string(&message) : FILE_NO_MEMORY);
    text_free(&message);
    return false;
}

static void read_file(struct config_file *file, struct reader *reader, const struct roots *roots)
{
    const char *problem = file->is_read ? file->problem : NULL;

    report_redact_with(file->report, file->redactor);
    if (file->source.is_remote) {
        if (fetch(file, reader))
            parse(file, &file->content);
        return;
    }
    if (!file->is_read)
        problem = file_read(file->arena, file->path, roots, &file->content);
    if (problem != NULL)
        report_whole_file(file, strcmp(problem, FILE_OUTSIDE) == 0 ? "allow its folder with --allow-root" : NULL,
                          problem);
    else
        parse(file, &file->content);
}

/* What was found goes to the config; after this the file needs no report of its own. */
static bool hand_over(struct loader *loader, struct config_file *file)
{
    bool failed = report_has_errors(file->report) || report_failed(file->report) || arena_failed(file->arena);
    bool good = redactor_learn_all(loader->config->redactor, file->redactor) &&
                (file->content.chars == NULL || quote_keep(loader->config, file->source.shown, file->content.chars,
                                                           file->content.length, file->root != NULL));

    report_merge(loader->report, file->report);
    if (failed || !good || file->unresolved)
        loader->good = false;
    if (file->root == NULL)
        loader->config->incomplete = true;
    redactor_destroy(file->redactor);
    duckalog_report_free(file->report);
    file->redactor = NULL;
    file->report = NULL;
    return good;
}

void import_complain(struct loader *loader, const struct node *node, const struct place *place, const char *code,
                     const char *hint, const char *problem)
{
    struct text path = text_on_heap();

    place_add(&path, place);
    report_add(loader->report, DUCKALOG_ERROR, code, node->position, text_string(&path), hint, "%s",
               problem != NULL ? problem : "not enough memory to say what is wrong");
    text_free(&path);
    loader->good = false;
    loader->config->incomplete = true;
}

struct environment_guard *import_guard(struct config_file *file)
{
    return file->source.is_remote ? &file->guard : NULL;
}

void import_set_remote(struct duckalog_config *config, struct config_file *file, const struct config_file *importer)
{
    const duckalog_remote_options *options = config->remote_options;

    file->source.is_remote = true;
    file->depth = (importer == NULL ? 0 : importer->depth) + 1;
    file->guard.refuses_all =
        (options != NULL && options->no_environment) || !reader_is_safe(config->reader, file->path);
    file->guard.allowed = options != NULL ? options->allowed_environment : NULL;
}

/* ---- all of them ---- */

struct level {
    struct loader *loader;
    size_t first; /* of the files that are to be read */
};

static void read_one(size_t index, void *user)
{
    const struct level *level = user;
    struct config_file *file = level->loader->config->files.items[level->first + index];

    /* Of too many values the rest is not even read. */
    if (atomic_load(&level->loader->values) > DOCUMENT_MOST_NODES)
        return;
    read_file(file, level->loader->config->reader, level->loader->options->roots);
    if (file->root != NULL)
        atomic_fetch_add(&level->loader->values, file->root->weight);
    if (file->root != NULL)
        file->unresolved = !interpolate(file->arena, file->root, level->loader->options->environment,
                                        import_guard(file), file->redactor, file->report);
}

/* Only what the main file says counts (D-12). */
static void mention_env_files(struct loader *loader, const struct config_file *file)
{
    const struct entry *entry = node_entry(file->root, "env_files");

    if (entry != NULL && entry->value->kind != NODE_NULL)
        report_add(loader->report, DUCKALOG_WARNING, "env-files-ignored", entry->position, "env_files",
                   "name the files in the main config", "env_files of an imported file are not used");
}

/* As if none of these files could be read: which of them are depends on threads. */
static void forget_level(struct config_files *files, size_t first)
{
    for (size_t i = first; i < files->count; i++)
        files->items[i]->root = NULL;
}

/* What of the level comes from elsewhere, all at a time. */
static bool fetch_level(struct loader *loader, size_t first)
{
    struct config_files *files = &loader->config->files;
    const char **uris = arena_array(loader->arena, files->count - first, sizeof(*uris));
    size_t count = 0;

    for (size_t i = first; uris != NULL && i < files->count; i++)
        if (files->items[i]->source.is_remote) {
            if (files->items[i]->depth == 1) /* imported by a file of this machine */
                reader_expect(loader->config->reader, files->items[i]->path);
            uris[count++] = files->items[i]->path;
        }
    reader_fetch_ahead(loader->config->reader, uris, count, REMOTE_LARGEST_DOCUMENT);
    return uris != NULL;
}

/* What the files from `first` on import becomes the next level. False only when there is no memory. */
static bool read_level(struct loader *loader, size_t first)
{
    struct config_files *files = &loader->config->files;
    struct level level = { loader, first };
    size_t end = files->count;

    if (!fetch_level(loader, first))
        return false;
    parallel_run(end - first, loader->options->threads, read_one, &level);
    if (atomic_load(&loader->values) > DOCUMENT_MOST_NODES) {
        report_add(loader->report, DUCKALOG_ERROR, "too-large",
                   (struct position){ .file = loader->config->source.shown }, "imports",
                   "import less, or split the config", "the config and its imports have more than %d values",
                   DOCUMENT_MOST_NODES);
        forget_level(files, first);
        loader->config->incomplete = true;
        loader->good = false;
        return true;
    }
    for (size_t i = first; i < end; i++) {
        if (!hand_over(loader, files->items[i]))
            return false;
        mention_env_files(loader, files->items[i]);
        if (!import_find_edges(loader, files->items[i]))
            return false;
    }
    return true;
}

struct config_file *imports_read_main(struct duckalog_config *config, const char *path, const char *text,
                                      const struct roots *roots, bool is_named_elsewhere)
{
    bool is_given = text == NULL && reader_has(config->reader, path);
    bool is_remote = text == NULL && reader_is_remote(config->reader, path);
    struct config_file *file;
    char buffer[PATH_MAX];
    const char *real = is_given || is_remote ? NULL : realpath(path, buffer);

    config->files.by_path = map_create(config->arena, MAP_EXACT);
    if (config->files.by_path == NULL)
        return NULL;
    /* A file that is not there has no real path; reading it tells. */
    file = import_add_file(config, arena_string(config->arena, real != NULL ? real : path), config->source.shown,
                           config->source.directory);
    if (file == NULL)
        return NULL;
    if (is_given)
        import_take_given(config, file, path, roots);
    if (is_remote) {
        import_set_remote(config, file, NULL);
        if (!is_named_elsewhere)
            reader_expect(config->reader, path);
        reader_fetch_ahead(config->reader, &path, 1, REMOTE_LARGEST_DOCUMENT);
    }
    if (text != NULL) {
        file->is_read = true;
        file->problem = file_content_keep(file->arena, text, strlen(text), &file->content);
    }
    read_file(file, config->reader, roots);
    return file;
}

/* Once for all of them: where values of the environment go without the user having said so. */
static void mention_environment(const struct duckalog_config *config, struct duckalog_report *report)
{
    struct text names = text_on_heap();
    struct map *seen = map_create(config->arena, MAP_EXACT);

    for (size_t i = 0; seen != NULL && i < config->files.count; i++) {
        const struct environment_guard *guard = &config->files.items[i]->guard;

        for (size_t j = 0; guard->allowed == NULL && j < guard->used_count; j++)
            if (map_find(seen, guard->used[j]) == NULL && map_add(seen, guard->used[j], (void *)guard->used[j]))
                text_format(&names, "%s%s", names.length > 0 ? "," : "", guard->used[j]);
    }
    if (names.length > 0 && text_string(&names) != NULL) {
        const char *hint = arena_format(
            config->arena, "--allow-env %s says that they may; --no-remote-env, that none may", text_string(&names));

        report_add(report, DUCKALOG_WARNING, "remote-environment", (struct position){ .file = config->source.shown },
                   NULL, hint, "documents from elsewhere use variables of the environment: %s", text_string(&names));
    }
    text_free(&names);
}

bool imports_read_all(struct duckalog_config *config, const struct import_options *options,
                      struct duckalog_report *report)
{
    struct loader loader = {
        .config = config, .options = options, .report = report, .arena = config->arena, .good = true
    };
    struct config_file *main_file = config->files.items[0];
    bool complete = hand_over(&loader, main_file) && import_find_edges(&loader, main_file);

    for (size_t first = 1; complete && first < config->files.count;) {
        size_t next = config->files.count;

        complete = read_level(&loader, first);
        first = next;
    }
    mention_environment(config, report);
    if (!complete || !import_look_for_rings(&loader))
        return false;
    return loader.good && !arena_failed(config->arena);
}

void imports_free(struct config_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free_parts(files->items[i]);
}
