/*
 * Entries of `imports`: what a file says that it imports becomes edges to files (config-language.md 6.1).
 */

#include "config/import_parts.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/glob.h"
#include "config/paths.h"
#include "config/place.h"
#include "config/read.h"
#include "config/reader.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool has_known_ending(const char *path)
{
    static const char *const endings[] = { ".yaml", ".yml", ".json" };
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (equal_ignoring_case(ending, endings[i]))
            return true;
    return false;
}

static size_t size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? (size_t)status.st_size : 0;
}

/* Is there room for one more file? */
static bool count_file(struct loader *loader, size_t size, const struct node *node, const struct place *place)
{
    if (loader->is_full)
        return false;
    loader->bytes += size;
    loader->is_full = loader->config->files.count == CONFIG_MOST_FILES || loader->bytes > DOCUMENT_LARGEST_FILE;
    if (loader->bytes > DOCUMENT_LARGEST_FILE)
        import_complain(loader, node, place, "too-large", NULL,
                        "the files of the config are larger than 64 MiB together");
    else if (loader->is_full)
        import_complain(loader, node, place, "too-large", NULL,
                        arena_format(loader->arena, "the config has more than %d files", CONFIG_MOST_FILES));
    return !loader->is_full;
}

/* What a problem of a URI says, with the URI in front. */
static void complain_of_uri(struct loader *loader, const struct node *node, const struct place *place, const char *uri,
                            const struct remote_problem *problem)
{
    import_complain(loader, node, place, reader_problem_code(problem), problem->hint,
                    arena_format(loader->arena, "%s %s", uri, problem->message));
}

/* A document from elsewhere does not get to look at this machine. */
static bool may_name(struct loader *loader, const struct config_file *importer, const char *path,
                     const struct node *node, const struct place *place)
{
    const duckalog_remote_options *options = loader->config->remote_options;

    if (!importer->source.is_remote || path_kind(path) == PATH_URI || (options != NULL && options->allow_local_refs))
        return true;
    import_complain(
        loader, node, place, "local-reference", "--allow-local-refs allows it",
        arena_format(loader->arena, "a document from elsewhere may not name a file of this machine: %s", path));
    return false;
}

static struct config_file *add_file(struct loader *loader, const struct config_file *importer, const char *name,
                                    const char *path, bool is_given)
{
    const char *shown = path_shown(loader->arena, importer->source.shown, importer->source.directory, path);
    struct config_file *file =
        import_add_file(loader->config, arena_string(loader->arena, name), shown, path_directory(loader->arena, path));

    if (file == NULL || !redactor_learn_from(loader->config->redactor, path)) {
        loader->good = false;
        return NULL;
    }
    if (is_given)
        import_take_given(loader->config, file, path, loader->options->roots);
    loader->bytes += file->content.length;
    return file;
}

/* Once for all who import it; NULL after reporting. It is fetched with the others of its level. */
static struct config_file *find_remote(struct loader *loader, const struct config_file *importer, const char *uri,
                                       const struct node *node, const struct place *place)
{
    struct remote_problem problem;
    const char *name = reader_name(loader->config->reader, loader->arena, uri, &problem);
    struct config_file *file;

    if (name == NULL) {
        complain_of_uri(loader, node, place, uri, &problem);
        return NULL;
    }
    file = map_find(loader->config->files.by_path, name);
    if (file != NULL)
        return file;
    if (importer->depth >= REMOTE_DEEPEST) {
        import_complain(loader, node, place, "too-deep", NULL,
                        arena_format(loader->arena, "documents from elsewhere import each other more than %d deep",
                                     REMOTE_DEEPEST));
        return NULL;
    }
    if (!count_file(loader, 0, node, place))
        return NULL;
    file = add_file(loader, importer, name, name, false);
    if (file != NULL) {
        import_set_remote(loader->config, file, importer);
        file->wanted = node->position;
    }
    return file;
}

/* The file at an absolute path, once for all who import it; NULL after reporting, also when it is not there at all. */
static struct config_file *find_file(struct loader *loader, const struct config_file *importer, const char *path,
                                     const struct node *node, const struct place *place, bool *ret_missing)
{
    bool is_given = reader_has(loader->config->reader, path);
    char buffer[PATH_MAX];
    const char *real;
    struct config_file *file;

    *ret_missing = false;
    if (reader_is_remote(loader->config->reader, path))
        return find_remote(loader, importer, path, node, place);
    if (!is_given && !may_name(loader, importer, path, node, place))
        return NULL;
    real = is_given ? path : realpath(path, buffer);
    *ret_missing = real == NULL;
    if (*ret_missing) {
        import_complain(loader, node, place, "import", "a path starts at the folder of the file that it is written in",
                        arena_format(loader->arena, "%s can't be found", path));
        return NULL;
    }
    file = map_find(loader->config->files.by_path, real);
    if (file != NULL)
        return file;
    if (path_kind(path) != PATH_URI && !has_known_ending(path)) {
        import_complain(loader, node, place, "import", "name it .yaml, .yml or .json",
                        arena_format(loader->arena, "%s is not a config file", path));
        return NULL;
    }
    return count_file(loader, is_given ? 0 : size_of(path), node, place)
               ? add_file(loader, importer, real, path, is_given)
               : NULL;
}

static bool add_edge(struct loader *loader, struct config_file *importer, const struct import_edge *edge)
{
    struct import_edge *imports = arena_extend(loader->arena, importer->imports, importer->import_count, sizeof(*edge));

    if (imports == NULL)
        return false;
    importer->imports = imports;
    imports[importer->import_count++] = *edge;
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
        import_complain(loader, item, place, item->kind == NODE_SCALAR ? "blank" : "type", NULL,
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
        import_complain(loader, entry->node, place, "too-large", "begin the pattern further down",
                        found->problem == GLOB_TOO_MANY ? "this pattern matches too many files"
                                                        : "too many files would have to be looked at for this pattern");
    else if (found->count == 0)
        import_complain(loader, entry->node, place, "import",
                        "a pattern starts at the folder of the file that it is written in",
                        "no file matches this pattern");
}

/* By whatever name. */
static bool is_file(const char *path, const struct config_file *file)
{
    char real[PATH_MAX];

    return realpath(path, real) != NULL && strcmp(real, file->path) == 0;
}

/* Those that match a pattern in a store. */
static bool find_remote_paths(struct loader *loader, const struct entry_text *entry, const struct place *place,
                              const char *pattern, struct glob *ret_found, bool *ret_useless)
{
    struct remote_problem problem;

    if (!entry->node->source->is_remote)
        reader_expect(loader->config->reader, pattern);
    *ret_useless =
        !reader_list(loader->config->reader, loader->arena, pattern, REMOTE_MOST_DOCUMENTS, ret_found, &problem);
    if (*ret_useless)
        complain_of_uri(loader, entry->node, place, pattern, &problem);
    else {
        complain_of_pattern(loader, entry, place, ret_found);
        *ret_useless = ret_found->count == 0;
    }
    return !arena_failed(loader->arena);
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
    *ret_useless = false;
    if (path == NULL || ret_found->paths == NULL)
        return false;
    /* In a URI `?` begins a query, and a name may have brackets. */
    if (path_kind(path) == PATH_URI ? strchr(path, '*') == NULL || !reader_is_remote(loader->config->reader, path)
                                    : !glob_is_pattern(path)) {
        ret_found->paths[ret_found->count++] = path;
        return true;
    }
    if (path_kind(path) == PATH_URI)
        return find_remote_paths(loader, entry, place, path, ret_found, ret_useless);
    if (!may_name(loader, importer, path, entry->node, place)) {
        *ret_useless = true;
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
    edge.searched = path_resolve_file(loader->arena, importer->import_directory, entry->path);
    edge.found = edge.searched == NULL || glob_is_pattern(edge.searched) ? NULL : edge.searched;
    if (edge.searched == NULL || !find_paths(loader, importer, entry, place, &found, &useless))
        return false;
    if (useless) {
        edge.missing = path_kind(edge.searched) != PATH_URI && found.problem == GLOB_FINE;
        return add_edge(loader, importer, &edge);
    }
    for (size_t i = 0; i < found.count; i++) {
        if (is_left_out(loader, importer, entries, count, found.paths[i]))
            continue;
        edge.found = found.paths[i];
        edge.file = find_file(loader, importer, edge.found, entry->node, place, &edge.missing);
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
            import_complain(loader, &(struct node){ .position = entry->position }, &section_place, "unknown-key",
                            "sections are duckdb, views, attachments, iceberg_catalogs and semantic_models",
                            "this is not a section that can be imported");
        else if (entry->value->kind == NODE_LIST) {
            if (!add_list(loader, importer, entry->value, key->name, &section_place))
                return false;
        } else if (entry->value->kind != NODE_NULL)
            import_complain(loader, entry->value, &section_place, "type", "write it in a list: [base.yaml]",
                            "a list of files is expected here");
    }
    return true;
}

bool import_find_edges(struct loader *loader, struct config_file *file)
{
    const struct node *imports = node_get(file->root, "imports");
    struct place place = { NULL, "imports", NOT_IN_LIST };

    if (imports == NULL || imports->kind == NODE_NULL)
        return true;
    if (imports->kind == NODE_LIST)
        return add_list(loader, file, imports, NULL, &place);
    if (imports->kind == NODE_MAP)
        return add_sections(loader, file, imports, &place);
    import_complain(loader, imports, &place, "type", "write it in a list: [base.yaml]",
                    "a list of files, or a mapping with such a list for each section, is expected here");
    return true;
}
