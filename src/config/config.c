/*
 * Loading a config: files → Documents → interpolated → merged → read by the schema → checked.
 */

#include "config/config.h"

#include "base/arena.h"
#include "base/parallel.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "config/check.h"
#include "config/environment.h"
#include "config/imports.h"
#include "config/interpolate.h"
#include "config/merge.h"
#include "config/nested.h"
#include "config/place.h"
#include "config/quote.h"
#include "config/read.h"
#include "config/reader.h"
#include "config/sql_files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void report_file(struct duckalog_report *report, const char *path, const char *hint, const char *problem)
{
    report_add(report, DUCKALOG_ERROR, "file", (struct position){ .file = path }, NULL, hint, "%s", problem);
}

/* ---- .env files ---- */

/*
 * The names in `env_files`, or NULL for the usual one. They are needed before there is a schema's reading of the file, so
 * what is wrong with them is left for that.
 */
static bool find_env_files(struct duckalog_config *config, struct config_file *file, struct texts *names,
                           const struct texts **ret_names)
{
    struct node *list = node_get(file->root, "env_files");
    struct place place = { NULL, "env_files", NOT_IN_LIST };

    *ret_names = NULL;
    if (list == NULL || list->kind == NODE_NULL)
        return true;
    /* By the process's own variables: those of the files are not there yet (D-12). */
    file->unresolved =
        !interpolate_part(file->arena, list, &place, NULL, import_guard(file), file->redactor, file->report);
    names->items = arena_array(config->arena, list->count, sizeof(*names->items));
    names->nodes = arena_array(config->arena, list->count, sizeof(const struct node *));
    if (names->items == NULL || names->nodes == NULL)
        return false;
    for (size_t i = 0; list->kind == NODE_LIST && i < list->count; i++)
        if (list->items[i]->kind == NODE_SCALAR && !list->items[i]->unresolved) {
            names->nodes[names->count] = list->items[i];
            names->items[names->count++] = list->items[i]->text;
        }
    *ret_names = names;
    return true;
}

static bool load_environment(struct duckalog_config *config, const struct config_options *options,
                             struct config_file *file)
{
    struct texts names = { 0 };
    const struct texts *found;

    config->environment = environment_create(config->arena);
    if (config->environment == NULL || !find_env_files(config, file, &names, &found))
        return false;
    environment_keep_below(config->environment, options->strict_paths ? &config->roots : NULL);
    environment_read_with(config->environment, config->reader);
    if (file->source.is_remote) {
        if (found != NULL)
            report_add(file->report, DUCKALOG_WARNING, "env-files-ignored",
                       node_entry(file->root, "env_files")->position, "env_files",
                       "set the variables where the program runs", "env_files of a config from elsewhere are not used");
        return true;
    }
    return options->skip_env_files ||
           environment_load(config->environment, config->source.directory, found, file->report);
}

/* ---- the parts ---- */

/* Before all is read by the schema: how the rest is to be read. What is wrong with it is told later. */
static unsigned reading_threads(struct duckalog_config *config, const struct node *root)
{
    const struct key *key = schema_find_key(&schema_root, "loader_settings");
    const struct node *node = node_get(root, key->name);
    struct duckalog_report *unread = report_create();
    struct loader_settings settings = { .concurrency_enabled = true };
    struct read_context context = { config->arena, config->redactor, unread };

    if (unread != NULL && node != NULL)
        read_object(&context, node, key->of, NULL, &settings);
    duckalog_report_free(unread);
    if (unread == NULL || !settings.concurrency_enabled)
        return 1;
    return settings.max_threads > 0 ? (unsigned)settings.max_threads : parallel_processors();
}

/* Below which folders files may lie: that of the config, those that the caller allows. */
static bool set_roots(struct duckalog_config *config, const struct config_options *options)
{
    struct roots *roots = &config->roots;
    size_t count = 0;

    while (options->allowed_roots != NULL && options->allowed_roots[count] != NULL)
        count++;
    roots->items = arena_array(config->arena, count + 1, sizeof(*roots->items));
    if (roots->items == NULL)
        return false;
    roots->items[roots->count++] = config->source.directory;
    for (size_t i = 0; i < count; i++) {
        const char *root = arena_string(config->arena, options->allowed_roots[i]);

        if (root == NULL)
            return false;
        roots->items[roots->count++] = root;
    }
    config->allowed_roots = (struct roots){ roots->items + 1, count };
    config->strict_paths = options->strict_paths;
    return true;
}

/* A file that says what is relative in it starts at its own folder (D-18), so that folder is a root too. */
static bool add_roots_of_files(struct duckalog_config *config)
{
    struct roots all = { NULL, 0 };

    all.items = arena_array(config->arena, config->roots.count + config->files.count, sizeof(*all.items));
    if (all.items == NULL)
        return false;
    for (size_t i = 0; i < config->roots.count; i++)
        all.items[all.count++] = config->roots.items[i];
    for (size_t i = 1; i < config->files.count; i++) {
        const char *directory = config->files.items[i]->source.directory;

        if (!roots_hold(&all, directory))
            all.items[all.count++] = directory;
    }
    config->roots = all;
    return true;
}

/* False only when there is nothing more to be said about the config. */
static bool read_files(struct duckalog_config *config, const char *path, const struct config_options *options,
                       struct duckalog_report *report, const struct ancestry *ancestry, bool *ret_good)
{
    const char *text = ancestry->child_of == NULL ? options->text : NULL;
    struct config_file *file = imports_read_main(config, path, text, ancestry->roots, ancestry->is_named_elsewhere);
    struct import_options import_options = { .roots = options->strict_paths ? &config->roots : NULL, .threads = 1 };

    if (file == NULL)
        return false;
    if (file->root != NULL) {
        if (!load_environment(config, options, file))
            return false;
        file->unresolved = !interpolate(file->arena, file->root, config->environment, import_guard(file),
                                        file->redactor, file->report) ||
                           file->unresolved;
        import_options.threads = reading_threads(config, file->root);
    }
    import_options.environment = config->environment;
    *ret_good = imports_read_all(config, &import_options, report);
    return file->root != NULL && add_roots_of_files(config);
}

static struct duckalog_config *load_anyhow(const char *path, const char *shown, const struct config_options *options,
                                           struct duckalog_report *report, struct family *family,
                                           const struct ancestry *ancestry, bool *ret_good);

/* As for the reading of them: without the key, and with null. */
static void set_usual_env_files(struct duckalog_config *config)
{
    static const char *usual[] = { ENVIRONMENT_USUAL_FILE };

    if (node_is_empty(node_get(config->root.node, "env_files")))
        config->root.env_files = (struct texts){ .items = usual, .count = 1 };
}

static bool fill(struct duckalog_config *config, const char *path, const struct config_options *options,
                 struct duckalog_report *report, struct family *family, const struct ancestry *ancestry)
{
    struct read_context context = { config->arena, config->redactor, report };
    struct node *root;
    bool good;

    if (!set_roots(config, options) || !read_files(config, path, options, report, ancestry, &good))
        return false;
    root = merge_files(config);
    if (root == NULL)
        return false;
    context.incomplete = config->incomplete;
    /* Even with variables unset: a user wants to see all that is wrong at once. */
    good = read_object(&context, root, &schema_root, NULL, &config->root) && good;
    set_usual_env_files(config);
    good = sql_files_read(config, report) && good;
    good = config_check(config, report) && good;
    return (config->root.duckdb == NULL || nested_load(config, options, report, family, ancestry, load_anyhow)) && good;
}

/* ---- the whole ---- */

static struct duckalog_config *create_config(const char *path, const char *shown)
{
    struct duckalog_config *config = calloc(1, sizeof(*config));

    if (config == NULL)
        return NULL;
    config->arena = arena_create(ARENA_WIPED);
    config->redactor = redactor_create();
    if (config->arena != NULL && config->redactor != NULL && redactor_learn_from(config->redactor, shown)) {
        config->source.shown = arena_string(config->arena, shown);
        config->source.directory = path_directory(config->arena, path);
        if (config->source.shown != NULL && config->source.directory != NULL)
            return config;
    }
    config_free(config);
    return NULL;
}

/* Also with errors, which `ret_good` tells; NULL only when there is no memory. */
static struct duckalog_config *load_anyhow(const char *path, const char *shown, const struct config_options *options,
                                           struct duckalog_report *report, struct family *family,
                                           const struct ancestry *ancestry, bool *ret_good)
{
    struct duckalog_config *config = create_config(path, shown);
    size_t errors = duckalog_report_errors(report);
    bool good = false;

    *ret_good = false;
    if (config == NULL) {
        report_file(report, shown, NULL, "not enough memory to read this file");
        return NULL;
    }
    config->reader = family->reader;
    report_redact_with(report, config->redactor);
    config->remote_options = options->remote_settings.options;
    good = fill(config, path, options, report, family, ancestry);
    if (!good && duckalog_report_errors(report) == errors && !family->told)
        report_file(report, shown, NULL, "not enough memory to read this file");
    quote_lines(config, report);
    config->reader = NULL;
    config->remote_options = NULL;
    /* The redactor goes with the config; what was reported is masked already. */
    report_redact_with(report, NULL);
    *ret_good = good;
    return config;
}

struct duckalog_config *config_load(const char *path, const char *shown, const struct config_options *options,
                                    struct duckalog_report *report)
{
    static const struct config_options defaults = { 0 };
    struct family *family = family_create();
    struct duckalog_config *config = NULL;
    char real[PATH_MAX];
    struct ancestry ancestry = { NULL, realpath(path, real) != NULL ? real : path, shown, 0, NULL, false };
    bool good = false;

    if (options == NULL)
        options = &defaults;
    if (family != NULL)
        family->reader = reader_create(options);
    if (family == NULL || family->reader == NULL)
        report_file(report, shown, NULL, "not enough memory to read this file");
    else
        config = load_anyhow(path, shown, options, report, family, &ancestry, &good);
    if (family != NULL && family->reader != NULL) {
        report_redact_with(report, config == NULL ? NULL : config->redactor);
        reader_report_notes(family->reader, report);
        report_redact_with(report, NULL);
    }
    if (family != NULL) {
        reader_free(family->reader);
        family->reader = NULL;
    }
    if (config == NULL)
        family_free(family);
    else
        config->family = family;
    if (good || options->keep_incomplete)
        return config;
    config_free(config);
    return NULL;
}

duckalog_status config_failure(const struct duckalog_report *report)
{
    const duckalog_diagnostic *problem;
    bool is_remote = false;

    for (size_t i = 0; (problem = duckalog_report_get(report, i)) != NULL; i++) {
        if (problem->severity == DUCKALOG_ERROR && strcmp(problem->code, CONFIG_REMOTE_CODE) != 0)
            return DUCKALOG_CONFIG;
        is_remote = is_remote || problem->severity == DUCKALOG_ERROR;
    }
    return is_remote ? DUCKALOG_REMOTE : DUCKALOG_CONFIG;
}

struct duckalog_config *config_load_text(const char *path, const char *text, struct duckalog_report *report)
{
    return config_load(path, path, &(struct config_options){ .text = text }, report);
}

void config_free(struct duckalog_config *config)
{
    if (config == NULL)
        return;
    family_free(config->family);
    imports_free(&config->files);
    arena_destroy(config->arena);
    redactor_destroy(config->redactor);
    free(config);
}
