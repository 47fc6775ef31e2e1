/*
 * Collecting the paths of a config, and looking whether they are there.
 */

#include "cli/paths.h"

#include "base/arena.h"
#include "base/map.h"
#include "config/environment.h"
#include "config/glob.h"
#include "config/imports.h"
#include "config/paths.h"
#include "config/schema.h"
#include "engine/reach.h"
#include "plan/plan.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_MATCHES = 100 * 1000 };

struct collector {
    struct arena *arena;
    const struct duckalog_config *config;
    struct shown_paths *paths;
    struct map *seen;                      /* imported files */
    const struct duckalog_config **walked; /* nested configs */
    size_t walked_count;
};

/* An entry that has no name or no path, as it is not written to its end, is none to be shown. */
static bool add(struct collector *collector, struct shown_path path)
{
    struct shown_paths *paths = collector->paths;
    struct shown_path *items;

    if (path.name == NULL || path.resolved == NULL)
        return !arena_failed(collector->arena);
    items = arena_extend(collector->arena, paths->items, paths->count, sizeof(*items));
    if (items == NULL)
        return false;
    items[paths->count++] = path;
    paths->items = items;
    return true;
}

/* What the config says for a key, and where. */
static void set_written(struct shown_path *path, const struct node *object, const char *key)
{
    const struct node *value = node_get(object, key);

    path->position = object->position;
    if (value == NULL || value->kind != NODE_SCALAR)
        return;
    path->original = node_written(value);
    path->position = value->position;
}

/* NULL: it has none, or there is no memory. */
static const char *name_of_view(const struct collector *collector, const struct view *view)
{
    return view->name == NULL ? NULL : plan_view_name(collector->arena, view);
}

/* ---- what there is in a config ---- */

static bool add_database(struct collector *collector)
{
    const struct duckdb_section *duckdb = collector->config->root.duckdb;
    struct shown_path path = { .section = SECTION_DATABASE, .name = "catalog", .may_be_made = true };

    if (duckdb == NULL)
        return true;
    path.resolved = duckdb->database;
    set_written(&path, duckdb->node, "database");
    return add(collector, path);
}

static bool add_views(struct collector *collector)
{
    const struct mapping *mapping = schema_find_key(&schema_root, "views")->of;
    const char *const *sources = schema_find_key(mapping, "source")->words;

    for (size_t i = 0; i < collector->config->root.views.count; i++) {
        const struct view *view = &collector->config->root.views.items[i];
        struct shown_path path = {
            .section = SECTION_VIEWS, .name = name_of_view(collector, view), .resolved = view->uri, .is_folder = true
        };

        if (view->uri == NULL || *view->uri == '\0')
            continue;
        path.kind = view->source == SOURCE_NONE ? NULL : sources[view->source];
        path.is_data = view->source == SOURCE_PARQUET;
        path.is_unused = !view_reads_uri(view);
        path.view = view;
        set_written(&path, view->node, "uri");
        if (!add(collector, path))
            return false;
    }
    return true;
}

static bool add_attachments(struct collector *collector)
{
    const struct attachments *attachments = collector->config->root.attachments;

    for (size_t i = 0; attachments != NULL && i < attachments->duckdb.count; i++) {
        const struct duckdb_attachment *a = &attachments->duckdb.items[i];
        struct shown_path path = { .section = SECTION_ATTACHMENTS, .kind = "duckdb" };

        path.name = a->alias;
        path.resolved = a->path;
        path.may_be_made = !a->read_only;
        set_written(&path, a->node, "path");
        if (!add(collector, path))
            return false;
    }
    for (size_t i = 0; attachments != NULL && i < attachments->sqlite.count; i++) {
        const struct sqlite_attachment *a = &attachments->sqlite.items[i];
        struct shown_path path = { .section = SECTION_ATTACHMENTS, .kind = "sqlite" };

        path.name = a->alias;
        path.resolved = a->path;
        path.may_be_made = !a->read_only;
        set_written(&path, a->node, "path");
        if (!add(collector, path))
            return false;
    }
    for (size_t i = 0; attachments != NULL && i < attachments->postgres.count; i++) {
        const struct postgres_attachment *a = &attachments->postgres.items[i];
        struct shown_path path = { .section = SECTION_ATTACHMENTS, .kind = "postgres", .is_server = true };

        if (a->host == NULL || a->database == NULL)
            continue;
        path.name = a->alias;
        path.resolved = arena_format(collector->arena, "%s:%lld/%s", a->host, (long long)a->port, a->database);
        path.position = a->node->position;
        if (!add(collector, path))
            return false;
    }
    for (size_t i = 0; i < collector->config->root.iceberg_catalogs.count; i++) {
        const struct iceberg_catalog *catalog = &collector->config->root.iceberg_catalogs.items[i];
        const char *key = catalog->uri != NULL ? "uri" : "warehouse";
        struct shown_path path = { .section = SECTION_ATTACHMENTS, .kind = "iceberg", .is_server = true };

        path.name = catalog->name;
        path.resolved = catalog->uri != NULL ? catalog->uri : catalog->warehouse;
        set_written(&path, catalog->node, key);
        if (!add(collector, path))
            return false;
    }
    return true;
}

/* ---- nested catalogs ---- */

static bool add_nested_one(struct collector *collector, const struct nested_catalog *nested, const char *name)
{
    const struct duckalog_attachment *a = nested->attachment;
    struct shown_path config = {
        .section = SECTION_NESTED, .name = name, .kind = "config", .resolved = a->config_path
    };
    struct shown_path database = {
        .section = SECTION_NESTED, .name = name, .kind = "database", .resolved = nested->database, .may_be_made = true
    };

    set_written(&config, a->node, "config_path");
    if (a->database != NULL && *a->database != '\0')
        set_written(&database, a->node, "database");
    else if (nested->config != NULL)
        set_written(&database, nested->config->root.duckdb->node, "database");
    return add(collector, config) && add(collector, database);
}

static bool is_walked(const struct collector *collector, const struct duckalog_config *config)
{
    for (size_t i = 0; i < collector->walked_count; i++)
        if (collector->walked[i] == config)
            return true;
    return false;
}

static bool note_walked(struct collector *collector, const struct duckalog_config *config)
{
    collector->walked = arena_extend(collector->arena, collector->walked, collector->walked_count,
                                     sizeof(const struct duckalog_config *));
    if (collector->walked == NULL)
        return false;
    collector->walked[collector->walked_count++] = config;
    return true;
}

/* At every level, but each config once: catalogs that are shared would be many otherwise. */
static bool add_nested(struct collector *collector, const struct duckalog_config *config, const char *above)
{
    for (size_t i = 0; i < config->nested_count; i++) {
        const struct nested_catalog *nested = &config->nested[i];
        const char *alias = nested->attachment == NULL ? NULL : nested->attachment->alias;
        const char *name;

        if (alias == NULL)
            continue;
        name = *above == '\0' ? alias : arena_format(collector->arena, "%s > %s", above, alias);
        if (name == NULL || !add_nested_one(collector, nested, name))
            return false;
        if (nested->config == NULL || is_walked(collector, nested->config))
            continue;
        if (!note_walked(collector, nested->config) || !add_nested(collector, nested->config, name))
            return false;
    }
    return true;
}

/* ---- files that are read ---- */

static bool add_sql_files(struct collector *collector)
{
    for (size_t i = 0; i < collector->config->root.views.count; i++) {
        const struct view *view = &collector->config->root.views.items[i];
        const struct sql_reference *reference = view->sql_file != NULL ? view->sql_file : view->sql_template;
        struct shown_path path = { .section = SECTION_SQL_FILES, .name = name_of_view(collector, view) };

        if (reference == NULL || reference->path == NULL)
            continue;
        path.kind = view->sql_file != NULL ? "sql_file" : "sql_template";
        path.resolved = path_resolve_file(collector->arena, reference->node->source->directory, reference->path);
        set_written(&path, reference->node, "path");
        if (!add(collector, path))
            return false;
    }
    return true;
}

/* In the order in which they were met, each with the entry that named it first. */
static bool add_imports(struct collector *collector)
{
    const struct config_files *files = &collector->config->files;

    for (size_t i = 0; i < files->count; i++)
        for (size_t e = 0; e < files->items[i]->import_count; e++) {
            const struct import_edge *edge = &files->items[i]->imports[e];
            struct shown_path path = { .section = SECTION_IMPORTS,
                                       .original = edge->written,
                                       .position = edge->position };

            if (edge->file == NULL || edge->file == files->items[0] || map_find(collector->seen, edge->file->path))
                continue;
            path.name = edge->file->source.shown;
            path.resolved = edge->file->path;
            if (!map_add(collector->seen, edge->file->path, collector) || !add(collector, path))
                return false;
        }
    return true;
}

static bool add_env_files(struct collector *collector)
{
    const char *file;

    /* A config that can't be read at all has none. */
    if (collector->config->environment == NULL)
        return true;
    for (size_t i = 0; (file = environment_file(collector->config->environment, i)) != NULL; i++) {
        struct shown_path path = { .section = SECTION_ENV_FILES,
                                   .name = strrchr(file, '/') == NULL ? file : strrchr(file, '/') + 1,
                                   .resolved = file };

        if (!add(collector, path))
            return false;
    }
    return true;
}

bool paths_collect(struct arena *arena, const struct duckalog_config *config, struct shown_paths *ret_paths)
{
    struct collector collector = {
        .arena = arena, .config = config, .paths = ret_paths, .seen = map_create(arena, MAP_EXACT)
    };

    *ret_paths = (struct shown_paths){ NULL, 0 };
    return collector.seen != NULL && add_database(&collector) && add_views(&collector) && add_attachments(&collector) &&
           add_nested(&collector, config, "") && add_sql_files(&collector) && add_imports(&collector) &&
           add_env_files(&collector);
}

/* ---- looking ---- */

static enum path_finding finding_of_file(const struct shown_path *path, const struct stat *status)
{
    if (S_ISDIR(status->st_mode) ? !path->is_folder : !S_ISREG(status->st_mode))
        return FOUND_NO_FILE;
    if (access(path->resolved, R_OK) != 0)
        return FOUND_UNREADABLE;
    return S_ISDIR(status->st_mode) ? FOUND_FOLDER : FOUND_FILE;
}

/* False when there is no memory. */
static bool look_for_matches(struct shown_path *path)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct glob glob;
    bool good = arena != NULL;

    if (good && glob_find_data(arena, path->resolved, MOST_MATCHES, &glob)) {
        path->matches = glob.count;
        path->finding = glob.count > 0 ? FOUND_MATCHES : glob.unread != NULL ? FOUND_UNREADABLE : FOUND_NOTHING;
    } else if (good) {
        path->finding = FOUND_TOO_MANY;
        good = glob.problem != GLOB_NO_MEMORY;
    }
    arena_destroy(arena);
    return good;
}

/* Without it there would be no config. */
static bool is_document(const struct shown_path *path)
{
    return path->section == SECTION_IMPORTS || path->section == SECTION_SQL_FILES ||
           (path->section == SECTION_NESTED && !path->may_be_made);
}

/* A file whose own name looks like a pattern comes first, as for DuckDB. */
static bool look(struct shown_path *path)
{
    enum path_kind kind = path_kind(path->resolved);
    struct stat status;

    if (path->is_unused)
        path->finding = FOUND_UNUSED;
    else if (kind == PATH_URI && is_document(path))
        path->finding = FOUND_READ;
    else if (path->is_server || kind == PATH_URI || kind == PATH_SERVICE)
        path->finding = FOUND_REMOTE;
    else if (kind == PATH_MEMORY)
        path->finding = FOUND_IN_MEMORY;
    else if (stat(path->resolved, &status) == 0)
        path->finding = finding_of_file(path, &status);
    else if (errno == EACCES)
        path->finding = FOUND_UNREADABLE;
    else if (path->is_data && glob_is_pattern(path->resolved))
        return look_for_matches(path);
    else
        path->finding = path->may_be_made ? FOUND_TO_COME : FOUND_NOTHING;
    return true;
}

bool paths_check(struct shown_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        if (!look(&paths->items[i]))
            return false;
    return true;
}

static void set_reached(struct shown_path *path, const struct reached *reached)
{
    static const enum path_finding findings[] = { [REACH_THERE] = FOUND_THERE,
                                                  [REACH_TO_COME] = FOUND_TO_COME,
                                                  [REACH_NOT_TRIED] = FOUND_REMOTE,
                                                  [REACH_FAILED] = FOUND_UNREACHABLE };

    path->finding = findings[reached->outcome];
    path->message = reached->outcome == REACH_THERE ? NULL : reached->message;
}

/* All at once, as each may take its time. */
static bool reach_views(struct arena *arena, struct shown_paths *paths, struct reach *reach)
{
    const struct view **views = arena_array(arena, paths->count, sizeof(const struct view *));
    struct reached *reached = arena_array(arena, paths->count, sizeof(*reached));
    size_t count = 0;

    if (views == NULL || reached == NULL)
        return false;
    for (size_t i = 0; i < paths->count; i++)
        if (paths->items[i].finding == FOUND_REMOTE && paths->items[i].view != NULL)
            views[count++] = paths->items[i].view;
    reach_data(reach, views, count, reached);
    for (size_t i = paths->count; i-- > 0;)
        if (paths->items[i].finding == FOUND_REMOTE && paths->items[i].view != NULL)
            set_reached(&paths->items[i], &reached[--count]);
    return true;
}

bool paths_reach(struct arena *arena, struct shown_paths *paths, struct reach *reach)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct shown_path *path = &paths->items[i];
        struct reached reached;

        if (path->finding != FOUND_REMOTE || path->view != NULL)
            continue;
        reached = path->section == SECTION_DATABASE ? reach_catalog(reach) : reach_attachment(reach, path->name);
        set_reached(path, &reached);
    }
    return reach_views(arena, paths, reach);
}

const char *path_status(struct arena *arena, const struct shown_path *path)
{
    static const char *const words[] = {
        [FOUND_FILE] = "ok",
        [FOUND_FOLDER] = "folder",
        [FOUND_READ] = "ok",
        [FOUND_REMOTE] = "remote (not checked)",
        [FOUND_THERE] = "ok",
        [FOUND_IN_MEMORY] = "in memory",
        [FOUND_UNUSED] = "not used",
        [FOUND_TO_COME] = "to be created",
        [FOUND_NOTHING] = "missing",
        [FOUND_NO_FILE] = "not a file",
        [FOUND_UNREADABLE] = "not readable",
        [FOUND_TOO_MANY] = "too many files to count",
        [FOUND_UNREACHABLE] = "not reachable",
    };

    if (path->finding == FOUND_MATCHES)
        return arena_format(arena, "%zu file%s", path->matches, path->matches == 1 ? "" : "s");
    return words[path->finding];
}
