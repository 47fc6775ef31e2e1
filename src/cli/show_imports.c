/*
 * duckalog show-imports CONFIG: the files that a config is made of, as a tree or as JSON, and what they make together. A
 * config with errors is shown as far as it could be read.
 */

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "cli/import_walk.h"
#include "cli/json.h"
#include "cli/merged.h"
#include "cli/print.h"
#include "cli/show.h"
#include "config/glob.h"
#include "config/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE "================================================================================"

struct showing {
    struct arena *arena;
    const struct duckalog_config *config;
    const duckalog_report *report;
    bool merged;
    bool diagnostics;
    json_t *imports; /* of the walk */
    json_t *cycles;
    json_t *missing;
};

/* ---- figures ---- */

struct file_figures {
    bool met;
    size_t depth;    /* the fewest entries that lead to it */
    size_t imported; /* by how many entries */
};

struct figures {
    size_t depth;
    size_t importing; /* files with imports */
    size_t local;     /* entries that name a file */
    size_t remote;
    struct map *files; /* path → struct file_figures */
};

static void count_edge(struct figures *figures, const struct file_figures *importer, const struct import_edge *edge)
{
    struct file_figures *file = edge->file == NULL ? NULL : map_find(figures->files, edge->file->path);

    if (path_kind(edge->written) == PATH_URI)
        figures->remote++;
    else
        figures->local++;
    if (file == NULL)
        return;
    file->imported++;
    /* Files are in the order in which they were met, level by level, so the first entry is one of the shortest way. */
    if (!file->met)
        file->depth = importer->depth + 1;
    file->met = true;
    if (file->depth > figures->depth)
        figures->depth = file->depth;
}

static bool figures_of(const struct showing *showing, struct figures *ret_figures)
{
    const struct config_files *files = &showing->config->files;
    struct figures figures = { .files = map_create(showing->arena, MAP_EXACT) };

    for (size_t i = 0; i < files->count; i++) {
        struct file_figures *file = arena_alloc(showing->arena, sizeof(*file));

        if (figures.files == NULL || file == NULL || !map_add(figures.files, files->items[i]->path, file))
            return false;
        file->met = i == 0;
    }
    for (size_t i = 0; i < files->count; i++) {
        const struct config_file *file = files->items[i];

        figures.importing += file->import_count > 0;
        for (size_t e = 0; e < file->import_count; e++)
            count_edge(&figures, map_find(figures.files, file->path), &file->imports[e]);
    }
    *ret_figures = figures;
    return figures.files != NULL;
}

static size_t times_imported(const struct figures *figures, const struct config_file *file)
{
    const struct file_figures *found = map_find(figures->files, file->path);

    return found == NULL ? 0 : found->imported;
}

/* ---- for people ---- */

/* A local path is what it is; an address may hold what is nobody else's business. */
static const struct redactor *redactor_for(const struct showing *showing, const char *path)
{
    return path_kind(path) == PATH_URI ? showing->config->redactor : NULL;
}

static const char *shown_file(const struct showing *showing, const struct config_file *file)
{
    return show_line(showing->arena, redactor_for(showing, file->path), file->source.shown);
}

/* What leads to the entry: a line for each file that has more to come. */
static void print_branches(const struct import_step *outer)
{
    if (outer == NULL)
        return;
    print_branches(outer->outer);
    fputs(outer->last ? "    " : "│   ", stdout);
}

static void print_step(const struct import_step *step, void *user)
{
    static const char *const marks[] = {
        [IMPORT_FINE] = "",
        [IMPORT_SHOWN] = " (already shown)",
        [IMPORT_CYCLE] = " (cycle)",
        [IMPORT_MISSING] = " (missing)",
        [IMPORT_REMOTE] = " [REMOTE]",
        [IMPORT_UNREAD] = " (not read)",
    };
    const struct showing *showing = user;
    const struct import_edge *edge = step->edge;
    const char *written = show_line(showing->arena, showing->config->redactor, edge->written);
    const char *shown = edge->file == NULL ? written : shown_file(showing, edge->file);

    print_branches(step->outer);
    printf("%s%s", step->last ? "└── " : "├── ", shown != NULL ? shown : "");
    if (edge->file != NULL && written != NULL && glob_is_pattern(edge->written))
        printf(" (by %s)", written);
    if (edge->section != NULL)
        printf(" [%s]", edge->section);
    if (!edge->override)
        fputs(" (override: false)", stdout);
    puts(marks[step->mark]);
}

static bool print_figures(const struct showing *showing)
{
    const struct config_files *files = &showing->config->files;
    struct figures figures;
    bool first = true;

    if (!figures_of(showing, &figures))
        return false;
    printf("\nImport Diagnostics:\n"
           "  Total files: %zu\n  Maximum depth: %zu\n  Files with imports: %zu\n"
           "  Remote imports: %zu\n  Local imports: %zu\n",
           files->count, figures.depth, figures.importing, figures.remote, figures.local);
    for (size_t i = 0; i < files->count; i++) {
        size_t times = times_imported(&figures, files->items[i]);

        if (times < 2)
            continue;
        if (first)
            puts("  Duplicates:");
        first = false;
        printf("    %s (%zu times)\n", shown_file(showing, files->items[i]), times);
    }
    return true;
}

static bool print_merged(const struct showing *showing)
{
    json_t *merged = merged_in_json(showing->config);
    char *printed = merged == NULL ? NULL : json_dumps(merged, JSON_INDENT(2));

    json_decref(merged);
    if (printed == NULL)
        return false;
    printf("\nMerged Configuration:\n" RULE "\n%s\n", printed);
    free(printed);
    return true;
}

static int no_memory(void)
{
    print_error(NULL, NULL, "not enough memory to show the imports");
    return exit_code_of(DUCKALOG_NOMEM);
}

static int print_text(struct showing *showing, bool valid)
{
    const struct config_files *files = &showing->config->files;
    bool good;

    printf("Import Graph:\n" RULE "\n%s\n", shown_file(showing, files->items[0]));
    good = import_walk(showing->config, print_step, showing);
    if (showing->diagnostics)
        good = print_figures(showing) && good;
    else
        printf("\nTotal files in import graph: %zu\n", files->count);
    if (showing->merged && valid)
        good = print_merged(showing) && good;
    return good ? finish_output() : no_memory();
}

/* ---- for programs ---- */

/* The path of a file, for programs to open it; of an address what may be shown. */
static json_t *path_in_json(const struct showing *showing, const char *path)
{
    return json_text(path == NULL || path_kind(path) != PATH_URI
                         ? path
                         : show_masked(showing->arena, showing->config->redactor, path));
}

static json_t *object_with(const struct showing *showing, json_t *object, const char *path, json_t *value)
{
    json_t *name = path_in_json(showing, path); /* a key has to be UTF-8 too */

    object = json_with_key(object, name != NULL ? json_string_value(name) : "", value);
    json_decref(name);
    return object;
}

static json_t *import_graph_of(const struct showing *showing)
{
    const struct config_files *files = &showing->config->files;
    json_t *graph = json_object();

    for (size_t i = 0; i < files->count; i++) {
        json_t *imports = json_array();

        for (size_t e = 0; e < files->items[i]->import_count; e++)
            if (files->items[i]->imports[e].file != NULL)
                imports = json_with_item(imports, path_in_json(showing, files->items[i]->imports[e].file->path));
        graph = object_with(showing, graph, files->items[i]->path, imports);
    }
    return graph;
}

static json_t *import_chain_of(const struct showing *showing)
{
    const struct config_files *files = &showing->config->files;
    json_t *chain = json_array();

    for (size_t i = 0; i < files->count; i++)
        chain = json_with_item(chain, path_in_json(showing, files->items[i]->path));
    return chain;
}

/* The files of a ring, from the one that it comes back to, which is there at its end again. */
static json_t *ring_of(const struct showing *showing, const struct import_step *step, const struct config_file *from)
{
    json_t *ring;

    if (step->importer == from)
        ring = json_with_item(json_array(), path_in_json(showing, from->path));
    else
        ring = ring_of(showing, step->outer, from);
    return json_with_item(ring, path_in_json(showing, step->edge->file->path));
}

static void collect_step(const struct import_step *step, void *user)
{
    static const char *const states[] = {
        [IMPORT_FINE] = "ok",         [IMPORT_SHOWN] = "ok",      [IMPORT_CYCLE] = "cycle",
        [IMPORT_MISSING] = "missing", [IMPORT_REMOTE] = "remote", [IMPORT_UNREAD] = "unread",
    };
    struct showing *showing = user;
    const struct import_edge *edge = step->edge;
    const char *written = show_masked(showing->arena, showing->config->redactor, edge->written);
    json_t *object = json_with_key(json_object(), "importer", path_in_json(showing, step->importer->path));

    object = json_with_key(object, "file", path_in_json(showing, edge->file == NULL ? NULL : edge->file->path));
    object = json_with_key(object, "written", json_text(written));
    object = json_with_key(object, "section", json_text(edge->section));
    object = json_with_key(object, "override", json_boolean(edge->override));
    object = json_with_key(object, "line", json_integer(edge->position.line));
    object = json_with_key(object, "column", json_integer(edge->position.column));
    object = json_with_key(object, "state", json_string(states[step->mark]));
    showing->imports = json_with_item(showing->imports, object);
    if (step->mark == IMPORT_CYCLE && edge->file != NULL)
        showing->cycles = json_with_item(showing->cycles, ring_of(showing, step, edge->file));
    if (step->mark == IMPORT_MISSING)
        showing->missing = json_with_item(showing->missing, json_text(written));
}

static json_t *figures_in_json(const struct showing *showing)
{
    const struct config_files *files = &showing->config->files;
    json_t *duplicates = json_object();
    struct figures figures;
    json_t *object;

    if (!figures_of(showing, &figures)) {
        json_decref(duplicates);
        return NULL;
    }
    for (size_t i = 0; i < files->count; i++) {
        size_t times = times_imported(&figures, files->items[i]);

        if (times > 1)
            duplicates = object_with(showing, duplicates, files->items[i]->path, json_integer((json_int_t)times));
    }
    object = json_pack("{s:I, s:I, s:I, s:I, s:I}", "total_files", (json_int_t)files->count, "maximum_depth",
                       (json_int_t)figures.depth, "files_with_imports", (json_int_t)figures.importing, "remote_imports",
                       (json_int_t)figures.remote, "local_imports", (json_int_t)figures.local);
    return json_with_key(object, "duplicates", duplicates);
}

static int print_json(struct showing *showing, bool valid)
{
    json_t *whole = json_with_key(json_object(), "import_chain", import_chain_of(showing));
    bool good;

    whole = json_with_key(whole, "import_graph", import_graph_of(showing));
    whole = json_with_key(whole, "total_files", json_integer((json_int_t)showing->config->files.count));
    showing->imports = json_array();
    showing->cycles = json_array();
    showing->missing = json_array();
    good = import_walk(showing->config, collect_step, showing);
    whole = json_with_key(whole, "imports", showing->imports);
    whole = json_with_key(whole, "cycles", showing->cycles);
    whole = json_with_key(whole, "missing", showing->missing);
    if (showing->diagnostics)
        whole = json_with_key(whole, "diagnostics", figures_in_json(showing));
    if (showing->merged)
        whole = json_with_key(whole, "merged_config", valid ? merged_in_json(showing->config) : json_null());
    whole = json_with_key(whole, "problems", json_problems(showing->report));
    if (good && !arena_failed(showing->arena))
        return json_print(whole);
    json_decref(whole);
    return no_memory();
}

/* ---- the command ---- */

/* A main file that can't be read has no imports to show. */
static bool is_readable(const struct duckalog_config *config)
{
    return config != NULL && config->files.count > 0 && config->files.items[0]->root != NULL;
}

int command_show_imports(const struct invocation *invocation)
{
    struct showing showing = { .merged = has_option(invocation, OPTION_SHOW_MERGED),
                               .diagnostics = has_option(invocation, OPTION_DIAGNOSTICS) };
    struct duckalog_config *config;
    duckalog_report *report;
    int printed = 0;
    int format;
    int code;

    if (!json_or_form(invocation, OPTION_IMPORTS_FORMAT, &format))
        return exit_code_of(DUCKALOG_USAGE);
    code = show_load(invocation, true, &config, &report);
    showing.config = config;
    showing.report = report;
    showing.arena = arena_create(ARENA_WIPED);
    if (showing.arena == NULL)
        printed = no_memory();
    else if (is_readable(config))
        printed = format == 0 ? print_text(&showing, code == 0) : print_json(&showing, code == 0);
    if (format == 0 || !is_readable(config))
        print_report(report, DUCKALOG_NOTICE);
    arena_destroy(showing.arena);
    duckalog_report_free(report);
    duckalog_config_free(config);
    return code != 0 ? code : printed;
}
