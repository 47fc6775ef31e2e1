#include "config/nested.h"
#include "config/reader.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/check.h"
#include "config/paths.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A child that was met, also one that can't be loaded: its problems are told once. */
struct kin {
    struct duckalog_config *config; /* NULL: it can't be loaded */
    struct duckalog_config *incomplete;
};

struct nesting {
    struct duckalog_config *config;
    const struct config_options *options;
    struct duckalog_report *report;
    struct family *family;
    const struct ancestry *ancestry;
    nested_loader *load;
    bool good;
};

struct family *family_create(void)
{
    struct family *family = calloc(1, sizeof(*family));

    if (family == NULL)
        return NULL;
    family->arena = arena_create(ARENA_PLAIN);
    family->by_path = family->arena == NULL ? NULL : map_create(family->arena, MAP_EXACT);
    if (family->by_path != NULL)
        return family;
    family_free(family);
    return NULL;
}

void family_free(struct family *family)
{
    if (family == NULL)
        return;
    for (size_t i = 0; i < family->count; i++)
        config_free(family->configs[i]);
    arena_destroy(family->arena);
    reader_free(family->reader);
    free(family);
}

__attribute__((format(printf, 6, 7))) static void complain(struct nesting *nesting, duckalog_severity severity,
                                                           const struct duckalog_attachment *attachment,
                                                           const char *code, const char *key, const char *format, ...)
{
    struct text path = text_on_heap();
    struct text message = text_on_heap();
    const struct node *value = node_get(attachment->node, key);
    va_list arguments;

    va_start(arguments, format);
    text_vformat(&message, format, arguments);
    va_end(arguments);
    text_format(&path, "attachments.duckalog[%u].%s", attachment->node->index, key);
    report_add(nesting->report, severity, code, value != NULL ? value->position : attachment->node->position,
               text_string(&path), NULL, "%s", text_string(&message) != NULL ? text_string(&message) : "no memory");
    text_free(&path);
    text_free(&message);
    if (severity == DUCKALOG_ERROR)
        nesting->good = false;
}

/* ---- children ---- */

static void add_ancestors(struct text *chain, const struct ancestry *ancestry)
{
    if (ancestry == NULL)
        return;
    add_ancestors(chain, ancestry->child_of);
    text_format(chain, "%s -> ", ancestry->shown);
}

static void complain_of_chain(struct nesting *nesting, const struct duckalog_attachment *attachment, const char *code,
                              const char *problem, const char *last)
{
    struct text chain = text_on_heap();

    add_ancestors(&chain, nesting->ancestry);
    text_add(&chain, last);
    complain(nesting, DUCKALOG_ERROR, attachment, code, "config_path", "%s: %s", problem,
             text_string(&chain) != NULL ? text_string(&chain) : last);
    text_free(&chain);
}

static bool is_ancestor(const struct ancestry *ancestry, const char *path)
{
    for (; ancestry != NULL; ancestry = ancestry->child_of)
        if (strcmp(ancestry->path, path) == 0)
            return true;
    return false;
}

/* The family frees the config, or this does. */
static bool keep_config(struct family *family, struct duckalog_config *config)
{
    struct duckalog_config **configs =
        arena_extend(family->arena, family->configs, family->count, sizeof(struct duckalog_config *));

    if (configs == NULL) {
        config_free(config);
        return false;
    }
    family->configs = configs;
    family->configs[family->count++] = config;
    return true;
}

static struct kin *load_kin(struct nesting *nesting, const struct duckalog_attachment *attachment, const char *real,
                            const char *shown)
{
    struct family *family = nesting->family;
    struct ancestry ancestry = { nesting->ancestry,
                                 real,
                                 shown,
                                 nesting->ancestry->depth + 1,
                                 nesting->config->strict_paths ? &nesting->config->roots : NULL,
                                 attachment->node->source->is_remote };
    struct kin *kin = arena_alloc(family->arena, sizeof(*kin));
    struct duckalog_config *config;
    bool good;

    if (kin == NULL || !map_add(family->by_path, real, kin))
        return NULL;
    config = nesting->load(attachment->config_path, shown, nesting->options, nesting->report, family, &ancestry, &good);
    if (!good && !nesting->options->keep_incomplete) {
        config_free(config);
        config = NULL;
    }
    if (config != NULL && keep_config(family, config))
        *(good ? &kin->config : &kin->incomplete) = config;
    /* From here on the parent's redactor is the one that messages go through. */
    report_redact_with(nesting->report, nesting->config->redactor);
    return kin;
}

static void complain_of_depth(struct nesting *nesting, const struct duckalog_attachment *attachment, unsigned deepest,
                              const char *last)
{
    complain_of_chain(nesting, attachment, "too-deep",
                      arena_format(nesting->family->arena, "catalogs are nested more than %u deep", deepest), last);
}

/* What the child needs counts for whoever attaches it; false after reporting. */
static bool adopt(struct nesting *nesting, const struct duckalog_attachment *attachment,
                  const struct duckalog_config *child, unsigned deepest, const char *shown)
{
    struct duckalog_config *config = nesting->config;

    /* It may have been met before, on a shorter way. */
    if (nesting->ancestry->depth + 1 + child->nested_levels > deepest) {
        complain_of_depth(nesting, attachment, deepest, arena_format(nesting->family->arena, "%s -> …", shown));
        return false;
    }
    if (config->nested_levels < child->nested_levels + 1)
        config->nested_levels = child->nested_levels + 1;
    if (!redactor_learn_all(config->redactor, child->redactor))
        nesting->good = false;
    return true;
}

/* What tells the config from others; NULL: it is not there. False after reporting. */
static bool find_real(struct nesting *nesting, const struct duckalog_attachment *attachment, char buffer[PATH_MAX],
                      const char **ret_real)
{
    const duckalog_remote_options *remote = nesting->options->remote_settings.options;
    const char *path = attachment->config_path;
    struct remote_problem problem;

    if (reader_has(nesting->family->reader, path)) {
        *ret_real = path;
        return true;
    }
    if (path_kind(path) == PATH_URI) {
        *ret_real = reader_name(nesting->family->reader, nesting->family->arena, path, &problem);
        if (*ret_real == NULL)
            complain(nesting, DUCKALOG_ERROR, attachment, reader_problem_code(&problem), "config_path", "%s %s", path,
                     problem.message);
        return *ret_real != NULL;
    }
    if (attachment->node->source->is_remote && !(remote != NULL && remote->allow_local_refs)) {
        complain(nesting, DUCKALOG_ERROR, attachment, "local-reference", "config_path",
                 "a document from elsewhere may not name a file of this machine: %s", path);
        return false;
    }
    *ret_real = realpath(path, buffer);
    return true;
}

/* The config of an attachment; NULL after reporting. */
static struct duckalog_config *find_child(struct nesting *nesting, struct nested_catalog *nested)
{
    const struct duckalog_attachment *attachment = nested->attachment;
    struct arena *arena = nesting->family->arena;
    const struct source *source = attachment->node->source;
    unsigned deepest = nesting->options->deepest > 0 ? nesting->options->deepest : CONFIG_DEEPEST;
    const char *shown = path_shown(arena, source->shown, source->directory, attachment->config_path);
    char buffer[PATH_MAX];
    const char *real;
    const char *kept;
    struct kin *kin;

    if (!find_real(nesting, attachment, buffer, &real))
        return NULL;
    if (shown == NULL || real == NULL) {
        complain(nesting, DUCKALOG_ERROR, attachment, "file", "config_path", "%s can't be found",
                 attachment->config_path);
        return NULL;
    }
    if (is_ancestor(nesting->ancestry, real)) {
        complain_of_chain(nesting, attachment, "nested-ring", "catalogs attach each other in a ring", shown);
        return NULL;
    }
    if (nesting->ancestry->depth >= deepest) {
        complain_of_depth(nesting, attachment, deepest, shown);
        return NULL;
    }
    kin = map_find(nesting->family->by_path, real);
    nesting->family->told = nesting->family->told || (kin != NULL && kin->config == NULL);
    kept = kin != NULL ? real : arena_string(arena, real);
    if (kin == NULL && kept != NULL)
        kin = load_kin(nesting, attachment, kept, shown);
    if (kin == NULL || kin->config == NULL) {
        nested->incomplete = kin == NULL ? NULL : kin->incomplete;
        nesting->good = false;
        return NULL;
    }
    return adopt(nesting, attachment, kin->config, deepest, shown) ? kin->config : NULL;
}

/* Where the child's catalog is: its own file, or the one that the attachment says (it beats `:memory:`, D-41). */
static const char *find_database(struct nesting *nesting, const struct duckalog_attachment *attachment,
                                 const struct duckalog_config *child)
{
    const char *database = attachment->database != NULL && *attachment->database != '\0' ? attachment->database
                                                                                         : child->root.duckdb->database;

    if (path_kind(database) == PATH_LOCAL && strcmp(database, nesting->config->root.duckdb->database) != 0)
        return database;
    if (path_kind(database) == PATH_LOCAL) {
        complain(nesting, DUCKALOG_ERROR, attachment, "self-attachment", "config_path",
                 "the catalog of %s is in the same file as this one: %s", child->source.shown, database);
        return NULL;
    }
    complain(nesting, DUCKALOG_ERROR, attachment, "nested-database", "config_path",
             path_kind(database) == PATH_MEMORY
                 ? "%s keeps its catalog in memory, which can't be attached: name a file in `database`"
                 : "the catalog of %s is no local file: name one in `database`",
             child->source.shown);
    return NULL;
}

/* ---- what the session needs ---- */

/* What has a name in the session: the catalog itself, an attachment, its own or inherited; NULL: nothing. */
static const char *taken_by(const struct nesting *nesting, const char *alias)
{
    const struct attachments *attachments = nesting->config->root.attachments;

#define LOOK_FOR(list, field, value)                                                                                   \
    for (size_t i = 0; i < (list).count; i++)                                                                          \
        if ((list).items[i].field != NULL && equal_ignoring_case((list).items[i].field, alias))                        \
            return (value);
    LOOK_FOR(attachments->duckdb, alias, attachments->duckdb.items[i].path)
    LOOK_FOR(attachments->sqlite, alias, attachments->sqlite.items[i].path)
    LOOK_FOR(attachments->postgres, alias, "a PostgreSQL database")
    LOOK_FOR(nesting->config->root.iceberg_catalogs, name, "an Iceberg catalog")
#undef LOOK_FOR
    for (size_t i = 0; i < nesting->config->inherited_count; i++)
        if (equal_ignoring_case(nesting->config->inherited[i].alias, alias))
            return nesting->config->inherited[i].path;
    if (is_catalog_name(nesting->config->root.duckdb->database, alias))
        return "this catalog";
    return NULL;
}

/* Adds a file to the session; what is there already under the name is the same, or else `severity` is told. */
static bool inherit(struct nesting *nesting, const struct duckalog_attachment *through,
                    const struct inherited_file *file, duckalog_severity severity)
{
    struct duckalog_config *config = nesting->config;
    const char *taken = taken_by(nesting, file->alias);
    struct inherited_file *files;

    if (taken != NULL) {
        if (strcmp(taken, file->path) != 0)
            complain(nesting, severity, through, "duplicate-name", "alias",
                     severity == DUCKALOG_ERROR
                         ? "its catalog needs the name \"%s\" for %s, but here it stands for %s"
                         : "its views read \"%s\", which is %s there and %s here; those that do can't be queried",
                     file->alias, file->path, taken);
        return true;
    }
    files = arena_extend(config->arena, config->inherited, config->inherited_count, sizeof(*file));
    if (files == NULL)
        return false;
    config->inherited = files;
    config->inherited[config->inherited_count++] = *file;
    return true;
}

/* Does a view of the config read from the attachment? */
static bool is_read(const struct duckalog_config *config, const char *alias)
{
    for (size_t i = 0; i < config->root.views.count; i++) {
        const struct view *view = &config->root.views.items[i];
        const char *named = view->source == SOURCE_ICEBERG ? view->catalog : view->database;

        if (view_has_sql(view) ? sql_mentions(view->sql, alias) : named != NULL && equal_ignoring_case(named, alias))
            return true;
    }
    return false;
}

static void mention_lacking(struct nesting *nesting, const struct duckalog_attachment *through,
                            const struct duckalog_config *child, const char *alias, const char *kind)
{
    if (taken_by(nesting, alias) == NULL && is_read(child, alias))
        complain(nesting, DUCKALOG_WARNING, through, "nested-attachment", "config_path",
                 "views of %s read from its attachment \"%s\" (%s), which comes into this catalog's session only when "
                 "it is attached here too",
                 child->source.shown, alias, kind);
}

/*
 * A view of a child is looked up in the parent's session, so the files that it reads have to be there under the names
 * that the child has for them. What needs a password or the network stays the child's own affair.
 */
static bool inherit_files_of(struct nesting *nesting, const struct duckalog_attachment *through,
                             const struct duckalog_config *child)
{
    const struct attachments *attachments = child->root.attachments;
    bool good = true;

    for (size_t i = 0; i < child->inherited_count && good; i++) {
        struct inherited_file file = child->inherited[i];

        file.node = through->node;
        file.read_only = true;
        file.policy = &through->policy;
        good = inherit(nesting, through, &file, file.is_catalog ? DUCKALOG_ERROR : DUCKALOG_WARNING);
    }
    for (size_t i = 0; attachments != NULL && i < attachments->duckdb.count && good; i++) {
        const struct duckdb_attachment *a = &attachments->duckdb.items[i];
        struct inherited_file file = { through->node, a->alias, a->path, true, false, false, &through->policy };

        if (path_kind(a->path) == PATH_LOCAL && is_read(child, a->alias))
            good = inherit(nesting, through, &file, DUCKALOG_WARNING);
    }
    for (size_t i = 0; attachments != NULL && i < attachments->sqlite.count && good; i++) {
        const struct sqlite_attachment *a = &attachments->sqlite.items[i];
        struct inherited_file file = { through->node, a->alias, a->path, true, false, true, &through->policy };

        if (is_read(child, a->alias))
            good = inherit(nesting, through, &file, DUCKALOG_WARNING);
    }
    for (size_t i = 0; attachments != NULL && i < attachments->postgres.count; i++)
        mention_lacking(nesting, through, child, attachments->postgres.items[i].alias, "postgres");
    for (size_t i = 0; i < child->root.iceberg_catalogs.count; i++)
        mention_lacking(nesting, through, child, child->root.iceberg_catalogs.items[i].name, "iceberg");
    return good;
}

static bool attach_child(struct nesting *nesting, size_t index)
{
    const struct duckalog_attachment *attachment = &nesting->config->root.attachments->duckalog.items[index];
    struct nested_catalog *nested = &nesting->config->nested[index];
    struct inherited_file file;

    nested->attachment = attachment;
    if (attachment->alias == NULL || attachment->config_path == NULL) {
        nesting->good = false;
        return true;
    }
    nested->config = find_child(nesting, nested);
    if (nested->config == NULL)
        return true;
    nested->database = find_database(nesting, attachment, nested->config);
    /* That a name is taken in this config is for the checks to tell. */
    if (nested->database == NULL || taken_by(nesting, attachment->alias) != NULL)
        return true;
    file = (struct inherited_file){
        attachment->node, attachment->alias, nested->database, attachment->read_only, true, false, &attachment->policy
    };
    return inherit(nesting, attachment, &file, DUCKALOG_ERROR);
}

bool nested_load(struct duckalog_config *config, const struct config_options *options, struct duckalog_report *report,
                 struct family *family, const struct ancestry *ancestry, nested_loader *load)
{
    struct nesting nesting = { config, options, report, family, ancestry, load, true };
    size_t count = config->root.attachments == NULL ? 0 : config->root.attachments->duckalog.count;
    bool enough = true;

    config->nested = arena_array(config->arena, count, sizeof(*config->nested));
    if (config->nested == NULL)
        return false;
    config->nested_count = count;
    /* The children first, then what they need: a name that the user gave here comes before an inherited one. */
    for (size_t i = 0; i < count && enough; i++)
        enough = attach_child(&nesting, i);
    for (size_t i = 0; i < count && enough; i++)
        if (config->nested[i].database != NULL)
            enough = inherit_files_of(&nesting, config->nested[i].attachment, config->nested[i].config);
    return enough && nesting.good && !arena_failed(config->arena) && !arena_failed(family->arena);
}
