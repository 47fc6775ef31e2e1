/*
 * Reading the files of a config. Level by level: what the main file imports, then what those files import, each level
 * side by side; which files there are does not depend on which one is read first. How they are put together is merge.c's
 * business.
 */

#include "config/imports.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/parallel.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "config/file.h"
#include "config/glob.h"
#include "config/interpolate.h"
#include "config/paths.h"
#include "config/place.h"
#include "config/quote.h"
#include "config/read.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct loader {
    struct duckalog_config *config;
    const struct import_options *options;
    struct duckalog_report *report;
    struct arena *arena;
    size_t bytes;         /* of all files */
    atomic_size_t values; /* of those that are read */
    bool is_full;         /* there are too many files, or they are too large, which is told once */
    bool good;
};

/* ---- files ---- */

static bool set_up_file(struct config_file *file)
{
    file->arena = arena_create(ARENA_WIPED);
    file->redactor = redactor_create();
    file->report = report_create();
    return file->arena != NULL && file->redactor != NULL && file->report != NULL;
}

/* NULL only when there is no memory; the config frees it. */
static struct config_file *add_file(struct duckalog_config *config, const char *path, const char *shown,
                                    const char *directory)
{
    struct config_file *file = arena_alloc(config->arena, sizeof(*file));
    struct config_files *files = &config->files;

    if (file == NULL || path == NULL || shown == NULL || directory == NULL)
        return NULL;
    files->items = arena_extend(config->arena, files->items, files->count, sizeof(struct config_file *));
    if (files->items == NULL)
        return NULL;
    *file = (struct config_file){ .source = { shown, directory }, .path = path };
    file->import_directory = path_directory(config->arena, path);
    files->items[files->count++] = file;
    return file->import_directory != NULL && set_up_file(file) && map_add(files->by_path, path, file) ? file : NULL;
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

static void read_file(struct config_file *file, const struct roots *roots)
{
    const char *problem = file_read(file->arena, file->path, roots, &file->content);

    report_redact_with(file->report, file->redactor);
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
    if (failed || !good)
        loader->good = false;
    if (file->root == NULL)
        loader->config->incomplete = true;
    redactor_destroy(file->redactor);
    duckalog_report_free(file->report);
    file->redactor = NULL;
    file->report = NULL;
    return good;
}

/* ---- entries ---- */

static void complain(struct loader *loader, const struct node *node, const struct place *place, const char *code,
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

static bool has_known_ending(const char *path)
{
    static const char *const endings[] = { ".yaml", ".yml", ".json" };
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (equal_ignoring_case(ending, endings[i]))
            return true;
    return false;
}

/* Is there room for one more file? */
static bool count_file(struct loader *loader, const char *path, const struct node *node, const struct place *place)
{
    struct stat status;

    if (loader->is_full)
        return false;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
        loader->bytes += (size_t)status.st_size;
    loader->is_full = loader->config->files.count == CONFIG_MOST_FILES || loader->bytes > DOCUMENT_LARGEST_FILE;
    if (loader->bytes > DOCUMENT_LARGEST_FILE)
        complain(loader, node, place, "too-large", NULL, "the files of the config are larger than 64 MiB together");
    else if (loader->is_full)
        complain(loader, node, place, "too-large", NULL,
                 arena_format(loader->arena, "the config has more than %d files", CONFIG_MOST_FILES));
    return !loader->is_full;
}

/* The file at an absolute path, once for all who import it; NULL after reporting, also when it is not there at all. */
static struct config_file *find_file(struct loader *loader, const struct config_file *importer, const char *path,
                                     const struct node *node, const struct place *place, bool *ret_missing)
{
    struct config_files *files = &loader->config->files;
    char real[PATH_MAX];
    struct config_file *file;
    const char *shown;

    *ret_missing = realpath(path, real) == NULL;
    if (*ret_missing) {
        complain(loader, node, place, "import", "a path starts at the folder of the file that it is written in",
                 arena_format(loader->arena, "%s can't be found", path));
        return NULL;
    }
    file = map_find(files->by_path, real);
    if (file != NULL)
        return file;
    if (!has_known_ending(path)) {
        complain(loader, node, place, "import", "name it .yaml, .yml or .json",
                 arena_format(loader->arena, "%s is not a config file", path));
        return NULL;
    }
    if (!count_file(loader, path, node, place))
        return NULL;
    shown = path_shown(loader->arena, importer->source.shown, importer->source.directory, path);
    file = add_file(loader->config, arena_string(loader->arena, real), shown, path_directory(loader->arena, path));
    if (file == NULL)
        loader->good = false;
    return file;
}

static bool add_edge(struct loader *loader, struct config_file *importer, const struct import_edge *edge)
{
    importer->imports = arena_extend(loader->arena, importer->imports, importer->import_count, sizeof(*edge));
    if (importer->imports == NULL)
        return false;
    importer->imports[importer->import_count++] = *edge;
    return true;
}

/* An item of a list of imports. */
struct entry_text {
    const struct node *node;
    const char *path;    /* NULL: not to be used */
    const char *written; /* the same with its placeholders */
    bool override;
};

static bool read_entry(struct loader *loader, const struct node *item, const struct place *place,
                       struct entry_text *ret_entry)
{
    static const char only_path[] = "a path, or a mapping with the keys path and override, is expected here";
    const struct mapping *mapping = schema_find_key(&schema_root, "imports")->of;
    struct read_context context = { loader->arena, loader->config->redactor, loader->report };
    struct import import = { .override = true };

    *ret_entry = (struct entry_text){ .node = item, .override = true };
    if (item->unresolved)
        return true;
    if (item->kind == NODE_MAP) {
        if (!read_object(&context, item, mapping, place, &import)) {
            loader->good = false;
            loader->config->incomplete = true;
        }
        ret_entry->override = import.override;
        ret_entry->path = import.path;
        ret_entry->written = import.path == NULL ? NULL : node_written(node_get(item, "path"));
        return true;
    }
    if (item->kind != NODE_SCALAR || is_blank(item->text)) {
        complain(loader, item, place, item->kind == NODE_SCALAR ? "blank" : "type", NULL,
                 item->kind == NODE_SCALAR ? "must not be blank" : only_path);
        return true;
    }
    ret_entry->path = text_trimmed(loader->arena, item->text);
    ret_entry->written = node_written(item);
    return ret_entry->path != NULL;
}

static bool is_left_out(struct loader *loader, const struct config_file *importer, const struct entry_text *entries,
                        size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i].path != NULL && *entries[i].path == '!') {
            const char *pattern = path_resolve_file(loader->arena, importer->import_directory, entries[i].path + 1);

            if (pattern != NULL && glob_matches(pattern, path))
                return true;
        }
    return false;
}

static void complain_of_pattern(struct loader *loader, const struct entry_text *entry, const struct place *place,
                                const struct glob *found)
{
    if (found->unread != NULL)
        report_add(loader->report, DUCKALOG_WARNING, "import", entry->node->position, NULL, NULL,
                   "the folder %s can't be read; what this pattern matches in it is left out", found->unread);
    if (found->problem == GLOB_TOO_MANY || found->problem == GLOB_TOO_WIDE)
        complain(loader, entry->node, place, "too-large", "begin the pattern further down",
                 found->problem == GLOB_TOO_MANY ? "this pattern matches too many files"
                                                 : "too many files would have to be looked at for this pattern");
    else if (found->count == 0)
        complain(loader, entry->node, place, "import",
                 "a pattern starts at the folder of the file that it is written in", "no file matches this pattern");
}

/* By whatever name. */
static bool is_file(const char *path, const struct config_file *file)
{
    char real[PATH_MAX];

    return realpath(path, real) != NULL && strcmp(real, file->path) == 0;
}

/*
 * The files of an entry: one, or those that its pattern matches, without the importer itself (D-19). `ret_useless`: there
 * are none, which is reported.
 */
static bool find_paths(struct loader *loader, const struct config_file *importer, const struct entry_text *entry,
                       const struct place *place, struct glob *ret_found, bool *ret_useless)
{
    const char *path = path_resolve_file(loader->arena, importer->import_directory, entry->path);
    size_t kept = 0;

    *ret_found = (struct glob){ .paths = arena_alloc(loader->arena, sizeof(*ret_found->paths)) };
    *ret_useless = path_kind(entry->path) == PATH_URI;
    if (path == NULL || ret_found->paths == NULL)
        return false;
    if (*ret_useless) {
        complain(loader, entry->node, place, "not-supported", "download it first",
                 "imports behind a URI are not supported yet by this version of duckalog");
        return true;
    }
    if (!glob_is_pattern(path)) {
        ret_found->paths[ret_found->count++] = path;
        return true;
    }
    if (!glob_find(loader->arena, path, CONFIG_MOST_FILES, ret_found) && ret_found->problem == GLOB_NO_MEMORY)
        return false;
    complain_of_pattern(loader, entry, place, ret_found);
    *ret_useless = ret_found->count == 0;
    for (size_t i = 0; i < ret_found->count; i++)
        if (!is_file(ret_found->paths[i], importer))
            ret_found->paths[kept++] = ret_found->paths[i];
    ret_found->count = kept;
    return true;
}

static bool add_entry(struct loader *loader, struct config_file *importer, const struct entry_text *entries,
                      size_t count, size_t index, const char *section, const struct place *place)
{
    const struct entry_text *entry = &entries[index];
    struct glob found;
    struct import_edge edge = {
        .written = entry->written, .section = section, .override = entry->override, .position = entry->node->position
    };
    bool useless;

    if (entry->path == NULL || *entry->path == '!')
        return true;
    if (!find_paths(loader, importer, entry, place, &found, &useless))
        return false;
    if (useless) {
        edge.missing = path_kind(entry->path) != PATH_URI && found.problem == GLOB_FINE;
        return add_edge(loader, importer, &edge);
    }
    for (size_t i = 0; i < found.count; i++) {
        if (is_left_out(loader, importer, entries, count, found.paths[i]))
            continue;
        edge.file = find_file(loader, importer, found.paths[i], entry->node, place, &edge.missing);
        if (arena_failed(loader->arena) || !add_edge(loader, importer, &edge))
            return false;
    }
    return true;
}

static bool add_list(struct loader *loader, struct config_file *importer, const struct node *list, const char *section,
                     const struct place *place)
{
    struct entry_text *entries = arena_array(loader->arena, list->count, sizeof(*entries));

    if (entries == NULL)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        struct place item_place = { place, NULL, i };

        if (!read_entry(loader, list->items[i], &item_place, &entries[i]))
            return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct place item_place = { place, NULL, i };

        if (!add_entry(loader, importer, entries, list->count, i, section, &item_place))
            return false;
    }
    return true;
}

/* A mapping has a list for each section; no other key can be imported by itself. */
static bool add_sections(struct loader *loader, struct config_file *importer, const struct node *map,
                         const struct place *place)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct entry *entry = &map->entries[i];
        const struct key *key = schema_find_key(&schema_root, entry->key);
        struct place section_place = { place, entry->key, NOT_IN_LIST };

        if (key == NULL || (key->flags & KEY_SECTION) == 0)
            complain(loader, &(struct node){ .position = entry->position }, &section_place, "unknown-key",
                     "sections are duckdb, views, attachments, iceberg_catalogs and semantic_models",
                     "this is not a section that can be imported");
        else if (entry->value->kind == NODE_LIST) {
            if (!add_list(loader, importer, entry->value, key->name, &section_place))
                return false;
        } else if (entry->value->kind != NODE_NULL)
            complain(loader, entry->value, &section_place, "type", "write it in a list: [base.yaml]",
                     "a list of files is expected here");
    }
    return true;
}

/* Fills the file's edges; false only when there is no memory. */
static bool find_imports(struct loader *loader, struct config_file *file)
{
    const struct node *imports = node_get(file->root, "imports");
    struct place place = { NULL, "imports", NOT_IN_LIST };

    if (imports == NULL || imports->kind == NODE_NULL)
        return true;
    if (imports->kind == NODE_LIST)
        return add_list(loader, file, imports, NULL, &place);
    if (imports->kind == NODE_MAP)
        return add_sections(loader, file, imports, &place);
    complain(loader, imports, &place, "type", "write it in a list: [base.yaml]",
             "a list of files, or a mapping with such a list for each section, is expected here");
    return true;
}

/* ---- rings ---- */

enum { NOT_WALKED, ON_THE_WAY, WALKED };

/* "a.yaml:3:5 imports b.yaml, b.yaml:2:5 imports a.yaml" */
static void report_ring(struct loader *loader, const struct import_edge *const *way, size_t length,
                        const struct config_file *from, const struct import_edge *last)
{
    struct text chain = text_on_heap();
    size_t first = length;

    while (first > 0 && way[first - 1]->file != last->file)
        first--;
    /* From the edge after the one that led to where the ring begins; from the main file when no edge did. */
    for (size_t i = first; i < length; i++)
        text_format(&chain, "%s:%u:%u imports %s, ", way[i]->position.file, way[i]->position.line,
                    way[i]->position.column, way[i]->file->source.shown);
    text_format(&chain, "%s:%u:%u imports %s", last->position.file, last->position.line, last->position.column,
                last->file->source.shown);
    complain(loader, &(struct node){ .position = last->position }, &(struct place){ NULL, "imports", NOT_IN_LIST },
             "import-ring", "move what both need into a file that imports neither",
             last->file == from ? "this file imports itself"
                                : arena_format(loader->arena, "files import each other in a ring: %s",
                                               text_string(&chain) != NULL ? text_string(&chain) : ""));
    text_free(&chain);
}

static void look_for_rings(struct loader *loader, struct config_file *file, const struct import_edge **way,
                           size_t length)
{
    file->walked = ON_THE_WAY;
    for (size_t i = 0; i < file->import_count; i++) {
        const struct import_edge *edge = &file->imports[i];

        if (edge->file == NULL || edge->file->walked == WALKED)
            continue;
        if (edge->file->walked == ON_THE_WAY) {
            report_ring(loader, way, length, file, edge);
            continue;
        }
        way[length] = edge;
        look_for_rings(loader, edge->file, way, length + 1);
    }
    file->walked = WALKED;
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
    read_file(file, level->loader->options->roots);
    if (file->root != NULL)
        atomic_fetch_add(&level->loader->values, file->root->weight);
    if (file->root != NULL)
        interpolate(file->arena, file->root, level->loader->options->environment, file->redactor, file->report);
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

/* What the files from `first` on import becomes the next level. False only when there is no memory. */
static bool read_level(struct loader *loader, size_t first)
{
    struct config_files *files = &loader->config->files;
    struct level level = { loader, first };
    size_t end = files->count;

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
        if (!find_imports(loader, files->items[i]))
            return false;
    }
    return true;
}

struct config_file *imports_read_main(struct duckalog_config *config, const char *path, const char *text,
                                      const struct roots *roots)
{
    struct config_file *file;
    char real[PATH_MAX];

    config->files.by_path = map_create(config->arena, MAP_EXACT);
    if (config->files.by_path == NULL)
        return NULL;
    /* A file that is not there has no real path; reading it tells. */
    file = add_file(config, arena_string(config->arena, realpath(path, real) != NULL ? real : path),
                    config->source.shown, config->source.directory);
    if (file != NULL && text != NULL) {
        file->content = (struct file_content){ text, strlen(text) };
        report_redact_with(file->report, file->redactor);
        parse(file, &file->content);
    } else if (file != NULL)
        read_file(file, roots);
    return file;
}

bool imports_read_all(struct duckalog_config *config, const struct import_options *options,
                      struct duckalog_report *report)
{
    struct loader loader = {
        .config = config, .options = options, .report = report, .arena = config->arena, .good = true
    };
    struct config_file *main_file = config->files.items[0];
    const struct import_edge **way;
    bool complete = hand_over(&loader, main_file) && find_imports(&loader, main_file);

    for (size_t first = 1; complete && first < config->files.count;) {
        size_t next = config->files.count;

        complete = read_level(&loader, first);
        first = next;
    }
    if (!complete)
        return false;
    way = arena_array(config->arena, config->files.count, sizeof(const struct import_edge *));
    if (way == NULL)
        return false;
    look_for_rings(&loader, main_file, way, 0);
    return loader.good && !arena_failed(config->arena);
}

void imports_free(struct config_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        arena_destroy(files->items[i]->arena);
        redactor_destroy(files->items[i]->redactor);
        duckalog_report_free(files->items[i]->report);
    }
}
