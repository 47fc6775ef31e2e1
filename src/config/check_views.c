/*
 * Checks of what views stand on, and of the views: aliases that are free and known, paths that stay where they belong,
 * queries of one statement (D-21 to D-37).
 */

#include "config/check.h"
#include "config/check_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/glob.h"
#include "config/paths.h"
#include "config/read.h"

#include <stdio.h>
#include <string.h>

/* ---- attachments ---- */

bool is_catalog_name(const char *database, const char *name)
{
    bool is_uri = path_kind(database) == PATH_URI;
    const char *end = database + (is_uri ? path_uri_length(database) : strlen(database));
    const char *stem = database;
    size_t length;

    for (const char *c = database; c < end; c++)
        if (*c == '/')
            stem = c + 1;
    while (stem < end && *stem == '.')
        stem++;
    length = strcspn(stem, ".");
    if (length > (size_t)(end - stem))
        length = (size_t)(end - stem);
    return (path_kind(database) == PATH_LOCAL || is_uri) && strlen(name) == length &&
           starts_with_ignoring_case(stem, name);
}

static void claim_alias(struct check *check, const struct subject *subject, const char *key, const char *name,
                        const char *kind)
{
    static const char *const reserved[] = { "main", "temp", "system", "memory" };
    struct alias *alias;
    const struct alias *first;

    if (name == NULL)
        return;
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (equal_ignoring_case(name, reserved[i])) {
            check_complain(check, DUCKALOG_ERROR, "reserved-name", subject, key, "choose another name",
                           "\"%s\" is a name of DuckDB's own", name);
            return;
        }
    if (check->config->root.duckdb != NULL && is_catalog_name(check->config->root.duckdb->database, name))
        check_complain(check, DUCKALOG_ERROR, "reserved-name", subject, key, "choose another name",
                       "the catalog's own database has the name \"%s\", after its file", name);
    first = map_find(check->aliases, name);
    if (first != NULL) {
        check_complain(check, DUCKALOG_ERROR, "duplicate-name", subject, key,
                       "DuckDB does not tell upper from lower case", "another attachment has the name \"%s\": %s", name,
                       check_other_place(check, first->position, subject->node));
        return;
    }
    alias = arena_alloc(check->arena, sizeof(*alias));
    if (alias == NULL)
        return;
    *alias = (struct alias){ name, kind, check_place(subject->node, key) };
    map_add(check->aliases, name, alias);
}

/* A database attaches itself: DuckDB would say that the file is in use, after the session is half restored. */
static void check_attached_file(struct check *check, const struct subject *subject, const char *path)
{
    if (path != NULL && strcmp(path, check->config->root.duckdb->database) == 0)
        check_complain(check, DUCKALOG_ERROR, "self-attachment", subject, "path", NULL,
                       "this is the catalog's own database file");
}

/* NULL for one that may not be read. */
static const char *check_config_path(struct check *check, const struct subject *subject, const char *path)
{
    size_t errors = duckalog_report_errors(check->report);

    path = check_file_path(check, subject, "config_path", path);
    return duckalog_report_errors(check->report) == errors ? path : NULL;
}

static void check_nested_catalogs(struct check *check, struct attachments *attachments)
{
    for (size_t i = 0; i < attachments->duckalog.count; i++) {
        struct duckalog_attachment *a = &attachments->duckalog.items[i];
        struct subject subject = { a->node, "attachments.duckalog", false };

        claim_alias(check, &subject, "alias", a->alias, "duckalog");
        if (a->config_path != NULL)
            a->config_path = check_config_path(check, &subject, a->config_path);
        if (a->database != NULL && *a->database != '\0')
            a->database = check_database_path(check, &subject, a->database);
    }
}

void check_attachments(struct check *check)
{
    struct attachments *attachments = check->config->root.attachments;

    if (attachments == NULL)
        return;
    for (size_t i = 0; i < attachments->duckdb.count; i++) {
        struct duckdb_attachment *a = &attachments->duckdb.items[i];
        struct subject subject = { a->node, "attachments.duckdb", false };

        claim_alias(check, &subject, "alias", a->alias, "duckdb");
        if (a->path != NULL)
            a->path = check_path(check, &subject, "path", a->path);
        if (a->path != NULL && path_kind(a->path) == PATH_LOCAL)
            check_attached_file(check, &subject, a->path);
    }
    for (size_t i = 0; i < attachments->sqlite.count; i++) {
        struct sqlite_attachment *a = &attachments->sqlite.items[i];
        struct subject subject = { a->node, "attachments.sqlite", false };

        claim_alias(check, &subject, "alias", a->alias, "sqlite");
        if (a->path != NULL)
            a->path = check_path(check, &subject, "path", a->path);
    }
    for (size_t i = 0; i < attachments->postgres.count; i++) {
        struct postgres_attachment *a = &attachments->postgres.items[i];
        struct subject subject = { a->node, "attachments.postgres", false };

        claim_alias(check, &subject, "alias", a->alias, "postgres");
        check_options(check, &subject, a->options, OPTIONS_SCALAR);
    }
    check_nested_catalogs(check, attachments);
}

void check_iceberg_catalogs(struct check *check)
{
    static const char *const types[] = { "rest", "glue", "s3_tables", NULL };

    for (size_t i = 0; i < check->config->root.iceberg_catalogs.count; i++) {
        struct iceberg_catalog *catalog = &check->config->root.iceberg_catalogs.items[i];
        struct subject subject = { catalog->node, "iceberg_catalogs", false };
        bool known = false;

        claim_alias(check, &subject, "name", catalog->name, "iceberg");
        check_options(check, &subject, catalog->options, OPTIONS_WITH_LISTS);
        for (size_t t = 0; catalog->catalog_type != NULL && types[t] != NULL; t++)
            known = known || equal_ignoring_case(catalog->catalog_type, types[t]);
        if (catalog->catalog_type != NULL && !known)
            check_complain(check, DUCKALOG_ERROR, "unknown-value", &subject, "catalog_type", NULL,
                           "DuckDB attaches Iceberg catalogs of the types rest, glue and s3_tables");
        else if (catalog->catalog_type != NULL && equal_ignoring_case(catalog->catalog_type, "rest") &&
                 (catalog->uri == NULL || *catalog->uri == '\0'))
            check_complain(check, DUCKALOG_ERROR, "missing-key", &subject, "uri", NULL,
                           "a catalog of the type rest needs the address of its service");
    }
}

/* ---- views ---- */

static size_t add_alias_names(const struct duckalog_config *config, const char *names[], size_t most)
{
    const struct attachments *attachments = config->root.attachments;
    size_t count = 0;

    for (size_t i = 0; attachments != NULL && i < attachments->duckdb.count && count < most; i++)
        names[count++] = attachments->duckdb.items[i].alias;
    for (size_t i = 0; attachments != NULL && i < attachments->sqlite.count && count < most; i++)
        names[count++] = attachments->sqlite.items[i].alias;
    for (size_t i = 0; attachments != NULL && i < attachments->duckalog.count && count < most; i++)
        names[count++] = attachments->duckalog.items[i].alias;
    for (size_t i = 0; attachments != NULL && i < attachments->postgres.count && count < most; i++)
        names[count++] = attachments->postgres.items[i].alias;
    for (size_t i = 0; i < config->root.iceberg_catalogs.count && count < most; i++)
        names[count++] = config->root.iceberg_catalogs.items[i].name;
    return count;
}

/* A pragma may attach what the config does not name. */
static bool pragmas_attach(const struct duckalog_config *config)
{
    for (size_t i = 0; i < config->root.duckdb->pragmas.count; i++) {
        struct sql_token token = sql_next(config->root.duckdb->pragmas.items[i]);

        if (sql_token_is(&token, "attach"))
            return true;
    }
    return false;
}

/*
 * The alias that a view names must be known (D-34). Its kind makes no difference to the SQL, so another one is only
 * worth a warning; the catalog's own name is one too.
 */
static void check_reference(struct check *check, const struct subject *subject, const char *key, const char *name,
                            const char *kind)
{
    enum { MOST = 255 };
    const struct alias *alias = map_find(check->aliases, name);
    bool iceberg = strcmp(kind, "iceberg") == 0;
    const char *names[MOST + 1] = { NULL };
    const char *closest;
    char hint[192];

    if (check->config->incomplete || (alias != NULL && strcmp(alias->kind, kind) == 0))
        return;
    /* A nested catalog is a DuckDB database. */
    if (alias != NULL && strcmp(alias->kind, "duckalog") == 0 && strcmp(kind, "duckdb") == 0)
        return;
    if (alias != NULL && !iceberg) {
        check_complain(check, DUCKALOG_WARNING, "reference", subject, key, NULL, "\"%s\" is attached as %s, not as %s",
                       name, alias->kind, kind);
        return;
    }
    if (!iceberg && (is_catalog_name(check->config->root.duckdb->database, name) || pragmas_attach(check->config)))
        return;
    add_alias_names(check->config, names, MOST);
    closest = closest_word(name, names);
    snprintf(hint, sizeof(hint), "did you mean %s?", closest != NULL ? closest : "");
    check_complain(check, DUCKALOG_ERROR, "reference", subject, key, closest != NULL ? hint : NULL,
                   iceberg ? "there is no Iceberg catalog with the name \"%s\""
                           : "there is no attachment with the name \"%s\"",
                   name);
}

/* DuckDB expands patterns itself: a link that one goes over would lead it elsewhere. */
static void check_pattern(struct check *check, const struct subject *subject, const char *uri)
{
    const char *outside = NULL;
    enum glob_problem problem = glob_leads_out(check->arena, uri, check_roots_of(check, subject, "uri"), &outside);

    if (outside != NULL)
        check_roots(check, subject, "uri", outside);
    else if (problem == GLOB_TOO_WIDE)
        check_complain(check, check_is_strict(check, subject, "uri") ? DUCKALOG_ERROR : DUCKALOG_WARNING, "path",
                       subject, "uri", "begin the pattern further down, or write an absolute path",
                       "too many files would have to be looked at for this pattern; whether one of them is a link that "
                       "leads out of the config's folder is not known");
}

/* A relative path has to stay below the config's folders, an absolute one only when the caller wants it so (D-21). */
static void check_uri(struct check *check, const struct subject *subject, struct view *view)
{
    bool is_checked;

    if (view->uri == NULL)
        return;
    is_checked = check_is_strict(check, subject, "uri") || path_is_relative(view->uri);
    view->uri = path_resolve_file(check->arena, node_get(view->node, "uri")->source->directory, view->uri);
    if (view->uri == NULL || !is_checked)
        return;
    if (check_roots(check, subject, "uri", view->uri) && path_kind(view->uri) == PATH_LOCAL &&
        glob_is_pattern(view->uri))
        check_pattern(check, subject, view->uri);
}

static bool has_sql(const struct view *view)
{
    return view_has_sql(view) || view->sql_file != NULL || view->sql_template != NULL;
}

/* The parts of schema.table, each of which has to be a name (S-17). */
static void check_table(struct check *check, const struct subject *subject, const char *table)
{
    bool quoted = false;
    size_t length = 0;

    for (const char *c = table;; c++) {
        if (*c == '"')
            quoted = !quoted;
        else if ((*c == '.' && !quoted) || *c == '\0') {
            if (length == 0 || quoted) {
                check_complain(check, DUCKALOG_ERROR, "table", subject, "table", "as in public.users, or \"odd.name\"",
                               "this is not the name of a table");
                return;
            }
            if (*c == '\0')
                return;
            length = 0;
        } else
            length++;
    }
}

static void check_source(struct check *check, const struct subject *subject, const struct view *view)
{
    if (view->source == SOURCE_NONE)
        return;
    if (has_sql(view)) {
        check_complain(check, DUCKALOG_WARNING, "source-ignored", subject, "source", "remove one of the two",
                       "not used, as the view has its own SQL");
        return;
    }
    if (view->table != NULL && (view->source > SOURCE_ICEBERG || (view->catalog != NULL && *view->catalog != '\0')))
        check_table(check, subject, view->table);
    if (view->source <= SOURCE_ICEBERG) {
        check_options(check, subject, view->options, OPTIONS_WITH_MAPS);
        if (view->source == SOURCE_ICEBERG && view->catalog != NULL && *view->catalog != '\0')
            check_reference(check, subject, "catalog", view->catalog, "iceberg");
    } else if (view->database != NULL && check->config->root.duckdb != NULL)
        check_reference(check, subject, "database", view->database, check_words("views", NULL, "source")[view->source]);
}

bool view_has_sql(const struct view *view)
{
    return view->sql != NULL && !is_blank(view->sql);
}

bool view_reads_uri(const struct view *view)
{
    return view->uri != NULL && *view->uri != '\0' && !view_has_sql(view) && view->source >= SOURCE_PARQUET &&
           view->source <= SOURCE_ICEBERG;
}

const char *view_schema(const struct view *view)
{
    return view->db_schema == NULL ? "main" : view->db_schema;
}

void check_views(struct check *check)
{
    struct map *names = map_create(check->arena, MAP_IGNORING_CASE);

    for (size_t i = 0; names != NULL && i < check->config->root.views.count; i++) {
        struct view *view = &check->config->root.views.items[i];
        struct subject subject = { view->node, "views", false };
        struct text name = text_in(check->arena);

        if (view->name == NULL)
            continue;
        /* Quoted, as both parts may hold dots. */
        sql_format(&name, "%I.%I", view_schema(view), view->name);
        if (text_string(&name) == NULL)
            return;
        check_claim(check, names, text_string(&name), view->name, &subject, "name", "view");
        if (view_has_sql(view))
            check_one_statement(check, &subject,
                                view->sql_file != NULL       ? "sql_file"
                                : view->sql_template != NULL ? "sql_template"
                                                             : "sql",
                                view->sql_text, "view");
        check_uri(check, &subject, view);
        check_source(check, &subject, view);
    }
}
