/*
 * Checks of a whole config (config-language.md sections 7 and 11, decisions D-21 to D-41; sql-generation.md S-5 to S-9,
 * S-19, S-25). Names are compared as DuckDB does: without regard to ASCII case, no schema is `main` (D-33).
 */

#include "config/check.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/check_parts.h"
#include "config/paths.h"
#include "config/schema.h"

#include <stdarg.h>
#include <string.h>

struct position check_place(const struct node *node, const char *key)
{
    const struct node *value = key == NULL ? NULL : node_get(node, key);

    return value != NULL ? value->position : node->position;
}

/* Reports what is filled in already with its path and message. */
__attribute__((format(printf, 5, 0))) static void complain(struct check *check, duckalog_diagnostic *diagnostic,
                                                           const struct subject *subject, const char *key,
                                                           const char *format, va_list arguments)
{
    struct text path = text_on_heap();
    struct text message = text_on_heap();

    text_vformat(&message, format, arguments);
    text_add(&path, subject->list);
    if (!subject->alone)
        text_format(&path, "[%u]", subject->node->index);
    if (key != NULL)
        text_format(&path, ".%s", key);
    diagnostic->path = text_string(&path);
    diagnostic->message = text_failed(&message) ? "not enough memory to say what is wrong" : text_string(&message);
    report_add_diagnostic(check->report, diagnostic);
    text_free(&path);
    text_free(&message);
    if (diagnostic->severity == DUCKALOG_ERROR)
        check->good = false;
}

static duckalog_diagnostic problem_at(struct position place, duckalog_severity severity, const char *code,
                                      const char *hint)
{
    return (duckalog_diagnostic){
        .severity = severity, .code = code, .file = place.file, .line = place.line, .column = place.column, .hint = hint
    };
}

/* An error in SQL, at its place in there. */
__attribute__((format(printf, 6, 7))) static void complain_of_sql(struct check *check, struct position place,
                                                                  const struct subject *subject, const char *key,
                                                                  const char *hint, const char *format, ...)
{
    duckalog_diagnostic diagnostic = problem_at(place, DUCKALOG_ERROR, "sql", hint);
    va_list arguments;

    va_start(arguments, format);
    complain(check, &diagnostic, subject, key, format, arguments);
    va_end(arguments);
}

void check_complain(struct check *check, duckalog_severity severity, const char *code, const struct subject *subject,
                    const char *key, const char *hint, const char *format, ...)
{
    duckalog_diagnostic diagnostic = problem_at(check_place(subject->node, key), severity, code, hint);
    va_list arguments;

    va_start(arguments, format);
    complain(check, &diagnostic, subject, key, format, arguments);
    va_end(arguments);
}

/* Who opens what a path names, and so decides what an address is. */
enum opener { OPENED_BY_US, OPENED_BY_DUCKDB, OPENED_BY_SQLITE };

static enum opener opener_of(const struct subject *subject, const char *key)
{
    if (strcmp(key, "path") != 0 && strcmp(key, "uri") != 0)
        return OPENED_BY_US;
    return strcmp(subject->list, "attachments.sqlite") == 0 ? OPENED_BY_SQLITE : OPENED_BY_DUCKDB;
}

/* DuckDB takes what begins in any other way, be it only in capitals, for the name of a file. */
static bool is_elsewhere_to_duckdb(const char *uri)
{
    static const char *const schemes[] = { "http://", "https://", "s3://", "s3a://", "s3n://",   "gs://",
                                           "gcs://",  "r2://",    "hf://", "az://",  "azure://", "abfss://" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (starts_with(uri, schemes[i]))
            return true;
    return false;
}

/* What a path leads to, once it is opened. */
struct aim {
    const char *file; /* of this machine; NULL: none */
    const char *uri;  /* an address that is none to who opens it, and so would be a file, too; or NULL */
};

/*
 * DuckDB's extensions take what follows their name, however often one of them hands on to the next, and look for it in the
 * working directory.
 */
static struct aim aim_of(struct check *check, const char *path, enum opener opener)
{
    bool is_inner = false;

    while (starts_with(path, "sqlite:") || starts_with(path, "ducklake:")) {
        opener = *path == 's' ? OPENED_BY_SQLITE : OPENED_BY_DUCKDB;
        path = strchr(path, ':') + 1;
        is_inner = true;
    }
    if (path_kind(path) == PATH_LOCAL)
        return (struct aim){ .file = is_inner ? path_from_user(check->arena, path) : path };
    if (path_kind(path) == PATH_URI && opener != OPENED_BY_US &&
        (opener == OPENED_BY_SQLITE || !is_elsewhere_to_duckdb(path)))
        return (struct aim){ .uri = path };
    return (struct aim){ NULL };
}

/* Is the value of this key written in a document from elsewhere that may not name files of this machine? */
static bool is_foreign(const struct check *check, const struct subject *subject, const char *key)
{
    const duckalog_remote_options *options = check->config->remote_options;
    const struct node *node = node_get(subject->node, key);

    return (node != NULL ? node : subject->node)->source->is_remote && !(options != NULL && options->allow_local_refs);
}

const struct roots *check_roots_of(const struct check *check, const struct subject *subject, const char *key)
{
    return is_foreign(check, subject, key) ? &check->config->allowed_roots : &check->config->roots;
}

/* Not the folder of the config that imports it, either: who writes the document does not know what lies there. */
static bool complain_of_foreign(struct check *check, const struct subject *subject, const char *key, const char *file)
{
    check_complain(check, DUCKALOG_ERROR, "path", subject, key, "allow its folder with --allow-root",
                   "a document from elsewhere may not name a file of this machine: %s", file);
    return false;
}

static bool complain_of_uri(struct check *check, const struct subject *subject, const char *key, const char *uri)
{
    check_complain(check, DUCKALOG_ERROR, "path", subject, key,
                   strcmp(subject->list, "attachments.sqlite") == 0
                       ? "a SQLite database is a file of this machine"
                       : "views and attachments read what is behind http, https, s3, gs, r2, hf, az and abfss",
                   "what is at this address can't be read from there: %s", uri);
    return false;
}

bool check_roots(struct check *check, const struct subject *subject, const char *key, const char *path)
{
    const struct roots *roots = check_roots_of(check, subject, key);
    struct aim aim = aim_of(check, path, opener_of(subject, key));
    struct text folders = text_on_heap();

    if (aim.uri != NULL)
        return complain_of_uri(check, subject, key, aim.uri);
    if (aim.file == NULL || roots_hold(roots, aim.file))
        return true;
    if (is_foreign(check, subject, key))
        return complain_of_foreign(check, subject, key, aim.file);
    for (size_t i = 0; i < roots->count; i++)
        text_format(&folders, "%s%s", i > 0 ? ", " : "", roots->items[i]);
    check_complain(check, DUCKALOG_ERROR, "path", subject, key,
                   check->config->strict_paths ? "allow its folder with --allow-root"
                                               : "allow its folder with --allow-root, or write an absolute path",
                   "this path leads out of the config's folder: %s is not below %s", aim.file,
                   text_string(&folders) != NULL ? text_string(&folders) : "it");
    text_free(&folders);
    return false;
}

bool check_is_strict(const struct check *check, const struct subject *subject, const char *key)
{
    return check->config->strict_paths || is_foreign(check, subject, key);
}

static const char *keep_to_roots(struct check *check, const struct subject *subject, const char *key, const char *path)
{
    if (path != NULL && check_is_strict(check, subject, key))
        check_roots(check, subject, key, path);
    return path;
}

const char *check_path(struct check *check, const struct subject *subject, const char *key, const char *path)
{
    const char *directory = node_get(subject->node, key)->source->directory;

    return keep_to_roots(check, subject, key, path_resolve(check->arena, directory, path));
}

const char *check_file_path(struct check *check, const struct subject *subject, const char *key, const char *path)
{
    const char *directory = node_get(subject->node, key)->source->directory;

    return keep_to_roots(check, subject, key, path_resolve_file(check->arena, directory, path));
}

static struct position *keep_position(struct check *check, const struct node *node, const char *key)
{
    struct position *position = arena_alloc(check->arena, sizeof(*position));

    if (position != NULL)
        *position = check_place(node, key);
    else
        check->good = false;
    return position;
}

const char *const *check_words(const char *section, const char *list, const char *key)
{
    const struct mapping *mapping = schema_find_key(&schema_root, section)->of;

    if (list != NULL)
        mapping = schema_find_key(mapping, list)->of;
    return schema_find_key(mapping, key)->words;
}

const char *check_other_place(struct check *check, struct position other, const struct node *node)
{
    const char *place = other.file == node->position.file
                            ? arena_format(check->arena, "line %u, column %u", other.line, other.column)
                            : arena_format(check->arena, "%s:%u:%u", other.file, other.line, other.column);

    return place != NULL ? place : "elsewhere";
}

bool check_claim(struct check *check, struct map *names, const char *name, const char *shown_name,
                 const struct subject *subject, const char *key, const char *what)
{
    const struct position *first = map_find(names, name);

    if (first == NULL)
        return map_add(names, name, keep_position(check, subject->node, key));
    check_complain(check, DUCKALOG_ERROR, "duplicate-name", subject, key, "DuckDB does not tell upper from lower case",
                   "another %s has the name \"%s\": %s", what, shown_name,
                   check_other_place(check, *first, subject->node));
    return true;
}

/* ---- options ---- */

void check_options(struct check *check, const struct subject *subject, const struct value *options,
                   enum option_values allowed)
{
    struct map *names = map_create(check->arena, MAP_IGNORING_CASE);

    for (size_t i = 0; names != NULL && options != NULL && i < options->count; i++) {
        const struct value *option = &options->items[i];
        const char *hint = "remove the option";

        if (!sql_is_plain_name(option->name))
            check_complain(check, DUCKALOG_ERROR, "option-name", subject, "options",
                           "a name is made of letters, digits and _", "\"%s\" can't be the name of an option",
                           option->name);
        if (map_find(names, option->name) != NULL)
            check_complain(check, DUCKALOG_ERROR, "duplicate-name", subject, "options", NULL,
                           "the option \"%s\" is here twice", option->name);
        map_add(names, option->name, &options->items[i]);
        if (option->kind == VALUE_NULL)
            check_complain(check, DUCKALOG_ERROR, "option-value", subject, "options", hint,
                           "the option \"%s\" has no value", option->name);
        if ((option->kind == VALUE_MAP && allowed != OPTIONS_WITH_MAPS) ||
            (option->kind == VALUE_LIST && allowed == OPTIONS_SCALAR))
            check_complain(check, DUCKALOG_ERROR, "option-value", subject, "options", hint,
                           "the option \"%s\" can't be a %s", option->name,
                           option->kind == VALUE_MAP ? "mapping" : "list");
    }
}

/* ---- duckdb: extensions, statements, database ---- */

bool is_extension_file(const char *name)
{
    return strchr(name, '/') != NULL && strchr(name, '\'') == NULL;
}

/* `name`, or `name FROM repository` (S-29), or the path of a file. */
static void check_extensions(struct check *check, const struct texts *names, const char *list, bool repository)
{
    for (size_t i = 0; i < names->count; i++) {
        struct subject subject = { names->nodes[i], list, false };
        struct sql_token token = sql_next(names->items[i]);

        bool good = token.kind == SQL_WORD || token.kind == SQL_NAME;

        token = sql_next(token.start + token.length);
        if (good && repository && sql_token_is(&token, "from")) {
            token = sql_next(token.start + token.length);
            good = token.kind == SQL_WORD || token.kind == SQL_NAME || token.kind == SQL_STRING;
            token = sql_next(token.start + token.length);
        }
        if (!good || token.kind != SQL_END)
            check_complain(check, DUCKALOG_ERROR, "extension", &subject, NULL,
                           repository ? "write the name alone, or NAME FROM community" : "write the name alone",
                           "this is not the name of an extension");
    }
}

/* Where the second statement begins; the text has one. */
static const char *second_statement(const char *sql)
{
    bool begun = false;
    bool ended = false;
    struct sql_token token = sql_next(sql);

    for (; token.kind != SQL_END && (!ended || token.kind == SQL_SEMICOLON);
         token = sql_next(token.start + token.length))
        if (token.kind == SQL_SEMICOLON)
            ended = begun;
        else
            begun = true;
    return token.start;
}

void check_one_statement(struct check *check, const struct subject *subject, const char *key, const struct node *text,
                         const char *what)
{
    const char *unclosed;
    size_t count = sql_count_statements(text->text, &unclosed);

    if (unclosed != NULL)
        complain_of_sql(check, node_place_in_text(text, (size_t)(unclosed - text->text)), subject, key, NULL,
                        "a quote or comment does not end in this %s", what);
    else if (count == 0)
        complain_of_sql(check, text->position, subject, key, NULL, "there is no SQL in this %s", what);
    else if (count > 1)
        complain_of_sql(check, node_place_in_text(text, (size_t)(second_statement(text->text) - text->text)), subject,
                        key, "write one statement only", "this %s holds %zu statements", what, count);
}

/* Pragmas run on every connection: one that writes does so each time. Secrets and temporary objects are no writes. */
static bool writes_to_catalog(const char *sql)
{
    static const char *const words[] = {
        "create", "insert", "update", "delete", "drop", "alter", "comment", "truncate"
    };
    static const char *const harmless[] = { "temp", "temporary", "secret", "persistent" };
    struct sql_token token = sql_next(sql);
    bool writes = false;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        writes = writes || sql_token_is(&token, words[i]);
    token = sql_next(token.start + token.length);
    if (sql_token_is(&token, "or")) {
        token = sql_next(token.start + token.length);
        token = sql_next(token.start + token.length);
    }
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        writes = writes && !sql_token_is(&token, harmless[i]);
    return writes;
}

static void check_statements(struct check *check, const struct texts *statements, const char *list, bool settings)
{
    const struct node *key = node_get(check->config->root.duckdb->node, settings ? "settings" : "pragmas");

    for (size_t i = 0; i < statements->count; i++) {
        const char *sql = statements->items[i];
        struct sql_token first = sql_next(sql);
        struct subject subject = { statements->nodes[i], list, key == statements->nodes[i] };

        check_one_statement(check, &subject, NULL, statements->nodes[i], settings ? "setting" : "pragma");
        if (settings && !sql_token_is(&first, "set") && !sql_token_is(&first, "reset"))
            check_complain(check, DUCKALOG_ERROR, "setting", &subject, NULL,
                           "as in SET threads = 4; other statements go into `pragmas`",
                           "a setting is a SET or a RESET");
        if (!settings && writes_to_catalog(sql))
            check_complain(check, DUCKALOG_WARNING, "pragma-writes", &subject, NULL,
                           "a pragma runs on every connection; with --read-only it fails",
                           "this pragma writes to the catalog's file");
    }
}

/* Statements may hold credentials: SET s3_secret_access_key='…'. */
static void learn_statement(struct check *check, const char *sql)
{
    enum sql_name_state state = SQL_NO_NAME;
    struct sql_token token;

    for (token = sql_next(sql); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        const char *text;

        if (!sql_is_secret_string(check->arena, &token, &state))
            continue;
        text = sql_token_string(check->arena, &token);
        if (text == NULL || !redactor_learn(check->config->redactor, text))
            check->good = false;
    }
}

const char *check_database_path(struct check *check, const struct subject *subject, const char *path)
{
    bool is_from_here = node_get(subject->node, "database")->source->is_remote && path_kind(path) == PATH_LOCAL &&
                        path_is_relative(path);
    const char *here;

    if (!is_from_here)
        return check_path(check, subject, "database", path);
    here = path_from_user(check->arena, path);
    if (here != NULL && strstr(path, "..") != NULL)
        check_roots(check, subject, "database", here);
    return here;
}

static void check_database(struct check *check)
{
    struct duckdb_section *duckdb = check->config->root.duckdb;
    struct subject subject = { duckdb->node, "duckdb", true };

    if (path_kind(duckdb->database) == PATH_MEMORY)
        duckdb->database = ":memory:";
    else
        duckdb->database = check_database_path(check, &subject, duckdb->database);
}

static void check_duckdb(struct check *check)
{
    struct duckdb_section *duckdb = check->config->root.duckdb;

    check_extensions(check, &duckdb->install_extensions, "duckdb.install_extensions", true);
    check_extensions(check, &duckdb->load_extensions, "duckdb.load_extensions", false);
    check_statements(check, &duckdb->pragmas, "duckdb.pragmas", false);
    check_statements(check, &duckdb->settings, "duckdb.settings", true);
    for (size_t i = 0; i < duckdb->pragmas.count; i++)
        learn_statement(check, duckdb->pragmas.items[i]);
    for (size_t i = 0; i < duckdb->settings.count; i++)
        learn_statement(check, duckdb->settings.items[i]);
}

bool config_check(struct duckalog_config *config, struct duckalog_report *report)
{
    struct check check = { .config = config, .arena = config->arena, .report = report, .good = true };

    check.aliases = map_create(check.arena, MAP_IGNORING_CASE);
    if (check.aliases == NULL)
        return false;
    if (config->root.duckdb != NULL)
        check_database(&check);
    if (arena_failed(check.arena))
        return false;
    if (config->root.duckdb != NULL) {
        check_duckdb(&check);
        check_secrets(&check);
        check_attachments(&check);
    }
    check_iceberg_catalogs(&check);
    check_views(&check);
    check_models(&check);
    return check.good && !arena_failed(check.arena);
}
