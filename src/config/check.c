/*
 * Checks of a whole config (config-language.md sections 7 and 11, decisions D-21 to D-41; sql-generation.md S-5 to S-9,
 * S-19, S-25). Names are compared as DuckDB does: without regard to ASCII case, no schema is `main` (D-33).
 */

#include "config/check.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/redact.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/config.h"
#include "config/paths.h"
#include "config/read.h"
#include "config/secret_types.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
    struct duckalog_config *config;
    struct arena *arena;
    struct duckalog_report *report;
    struct map *aliases; /* attachments and Iceberg catalogs: name → struct alias */
    bool good;
};

/* A name that views may refer to. */
struct alias {
    const char *name;
    const char *kind; /* "duckdb", …, "iceberg" */
    struct position position;
};

/* An object of the config: its node, and its path for messages, as in views[3]. */
struct subject {
    const struct node *node;
    const char *list;
    size_t index;
};

/* The place of a key's value; of the whole object when the key is not written. */
static struct position place_of(const struct node *node, const char *key)
{
    const struct node *value = key == NULL ? NULL : node_get(node, key);

    return value != NULL ? value->position : node->position;
}

__attribute__((format(printf, 7, 8))) static void complain(struct check *check, duckalog_severity severity,
                                                           const char *code, const struct subject *subject,
                                                           const char *key, const char *hint, const char *format, ...)
{
    struct text path = text_on_heap();
    struct text message = text_on_heap();
    va_list arguments;

    va_start(arguments, format);
    text_vformat(&message, format, arguments);
    va_end(arguments);
    text_add(&path, subject->list);
    if (subject->index != (size_t)-1)
        text_format(&path, "[%zu]", subject->index);
    if (key != NULL)
        text_format(&path, ".%s", key);
    report_add(check->report, severity, code, place_of(subject->node, key), text_string(&path), hint, "%s",
               text_failed(&message) ? "not enough memory to say what is wrong" : text_string(&message));
    text_free(&path);
    text_free(&message);
    if (severity == DUCKALOG_ERROR)
        check->good = false;
}

static struct position *keep_position(struct check *check, const struct node *node, const char *key)
{
    struct position *position = arena_alloc(check->arena, sizeof(*position));

    if (position != NULL)
        *position = place_of(node, key);
    else
        check->good = false;
    return position;
}

/* The words of a key of the schema: words_of("views", NULL, "source"). */
static const char *const *words_of(const char *section, const char *list, const char *key)
{
    const struct mapping *mapping = schema_find_key(&schema_root, section)->of;

    if (list != NULL)
        mapping = schema_find_key(mapping, list)->of;
    return schema_find_key(mapping, key)->words;
}

/* Remembers where a name stands, or reports that it is taken. */
static bool claim(struct check *check, struct map *names, const char *name, const char *shown_name,
                  const struct subject *subject, const char *key, const char *what)
{
    const struct position *first = map_find(names, name);

    if (first == NULL)
        return map_add(names, name, keep_position(check, subject->node, key));
    complain(check, DUCKALOG_ERROR, "duplicate-name", subject, key, "DuckDB does not tell upper from lower case",
             "another %s has the name \"%s\": line %u, column %u", what, shown_name, first->line, first->column);
    return true;
}

/* ---- options ---- */

/* Names go into SQL as they are, so they must be plain; two that differ only in case are one for DuckDB. */
enum option_values { OPTIONS_SCALAR, OPTIONS_WITH_LISTS, OPTIONS_WITH_MAPS };

static void check_options(struct check *check, const struct subject *subject, const struct value *options,
                          enum option_values allowed)
{
    struct map *names = map_create(check->arena, MAP_IGNORING_CASE);

    for (size_t i = 0; names != NULL && options != NULL && i < options->count; i++) {
        const struct value *option = &options->items[i];
        const char *hint = "remove the option";

        if (!sql_is_plain_name(option->name))
            complain(check, DUCKALOG_ERROR, "option-name", subject, "options",
                     "a name is made of letters, digits and _", "\"%s\" can't be the name of an option", option->name);
        if (map_find(names, option->name) != NULL)
            complain(check, DUCKALOG_ERROR, "duplicate-name", subject, "options", NULL,
                     "the option \"%s\" is here twice", option->name);
        map_add(names, option->name, &options->items[i]);
        if (option->kind == VALUE_NULL)
            complain(check, DUCKALOG_ERROR, "option-value", subject, "options", hint, "the option \"%s\" has no value",
                     option->name);
        if ((option->kind == VALUE_MAP && allowed != OPTIONS_WITH_MAPS) ||
            (option->kind == VALUE_LIST && allowed == OPTIONS_SCALAR))
            complain(check, DUCKALOG_ERROR, "option-value", subject, "options", hint, "the option \"%s\" can't be a %s",
                     option->name, option->kind == VALUE_MAP ? "mapping" : "list");
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
        struct subject subject = { names->nodes[i], list, i };
        struct sql_token token = sql_next(names->items[i]);

        bool good = token.kind == SQL_WORD || token.kind == SQL_NAME;

        token = sql_next(token.start + token.length);
        if (good && repository && sql_token_is(&token, "from")) {
            token = sql_next(token.start + token.length);
            good = token.kind == SQL_WORD || token.kind == SQL_NAME || token.kind == SQL_STRING;
            token = sql_next(token.start + token.length);
        }
        if (!good || token.kind != SQL_END)
            complain(check, DUCKALOG_ERROR, "extension", &subject, NULL,
                     repository ? "write the name alone, or NAME FROM community" : "write the name alone",
                     "this is not the name of an extension");
    }
}

static void check_one_statement(struct check *check, const struct subject *subject, const char *key, const char *sql,
                                const char *what)
{
    const char *unclosed;
    size_t count = sql_count_statements(sql, &unclosed);

    if (unclosed != NULL)
        complain(check, DUCKALOG_ERROR, "sql", subject, key, NULL, "a quote or comment does not end in this %s", what);
    else if (count == 0)
        complain(check, DUCKALOG_ERROR, "sql", subject, key, NULL, "there is no SQL in this %s", what);
    else if (count > 1)
        complain(check, DUCKALOG_ERROR, "sql", subject, key, "write one statement only", "this %s holds %zu statements",
                 what, count);
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

/* The place of an item in the list as written, where blank ones count too; none for a text that is no list. */
static size_t index_in(const struct node *list, const struct node *item)
{
    for (size_t i = 0; list->kind == NODE_LIST && i < list->count; i++)
        if (list->items[i] == item)
            return i;
    return (size_t)-1;
}

static void check_statements(struct check *check, const struct texts *statements, const char *list, bool settings)
{
    const struct node *key = node_get(check->config->root.duckdb->node, settings ? "settings" : "pragmas");

    for (size_t i = 0; i < statements->count; i++) {
        const char *sql = statements->items[i];
        struct sql_token first = sql_next(sql);
        struct subject subject = { statements->nodes[i], list, index_in(key, statements->nodes[i]) };

        check_one_statement(check, &subject, NULL, sql, settings ? "setting" : "pragma");
        if (settings && !sql_token_is(&first, "set") && !sql_token_is(&first, "reset"))
            complain(check, DUCKALOG_ERROR, "setting", &subject, NULL,
                     "as in SET threads = 4; other statements go into `pragmas`", "a setting is a SET or a RESET");
        if (!settings && writes_to_catalog(sql))
            complain(check, DUCKALOG_WARNING, "pragma-writes", &subject, NULL,
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

static void check_database(struct check *check)
{
    struct duckdb_section *duckdb = check->config->root.duckdb;

    if (path_kind(duckdb->database) == PATH_MEMORY)
        duckdb->database = ":memory:";
    else
        duckdb->database = path_resolve(check->arena, check->config->directory, duckdb->database);
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

/* ---- secrets ---- */

static const char *advice_for(const struct secret *secret)
{
    if (secret->type == SECRET_GCS)
        return "DuckDB reads Google Cloud Storage with HMAC keys: give `key_id` and `secret`";
    if (secret->type == SECRET_AZURE)
        return "give a `connection_string`, or `tenant_id`, `client_id` and `client_secret`; "
               "or use `provider: credential_chain`";
    return "use `provider: config`, the default";
}

/* Does a key of the secret say what the option of that name would say again? */
static bool is_said_already(struct arena *arena, const struct secret *secret, const struct secret_form *form,
                            const char *option)
{
    if (equal_ignoring_case(option, "type") || equal_ignoring_case(option, "provider") ||
        (equal_ignoring_case(option, "scope") && secret->scope != NULL))
        return true;
    for (const struct secret_parameter *p = form->parameters; p->key != NULL; p++)
        if (equal_ignoring_case(option, p->parameter) && secret_value(arena, secret, p->key) != NULL)
            return true;
    return false;
}

/*
 * Keys that the form does not use: an error where they would be needed, a warning where Duckalog (Python) dropped
 * them.
 */
static void check_secret_keys(struct check *check, const struct subject *subject, const struct secret *secret,
                              const struct secret_form *form)
{
    static const char *const common[] = { "type", "name", "provider", "persistent", "scope", "options" };
    bool split = secret->type == SECRET_POSTGRES || secret->type == SECRET_MYSQL;

    for (size_t i = 0; i < secret->node->count; i++) {
        const char *key = secret->node->entries[i].key;
        bool used = (split && strcmp(key, "connection_string") == 0) || node_is_empty(secret->node->entries[i].value) ||
                    !secret_key_is_known(key);

        for (size_t c = 0; c < sizeof(common) / sizeof(common[0]); c++)
            used = used || strcmp(key, common[c]) == 0;
        for (const struct secret_parameter *p = form->parameters; p->key != NULL; p++)
            used = used || strcmp(key, p->key) == 0 || (p->other_key != NULL && strcmp(key, p->other_key) == 0);
        if (used)
            continue;
        if (secret->provider == PROVIDER_CREDENTIAL_CHAIN)
            complain(check, DUCKALOG_ERROR, "secret-key", subject, key, "remove the key",
                     "a secret of this type with `provider: credential_chain` does not take this key");
        else
            complain(check, DUCKALOG_WARNING, "secret-key", subject, key, "remove the key",
                     "not used for a secret of this type");
    }
    for (size_t i = 0; secret->options != NULL && i < secret->options->count; i++)
        if (is_said_already(check->arena, secret, form, secret->options->items[i].name))
            complain(check, DUCKALOG_ERROR, "duplicate-name", subject, "options", "keep one of the two",
                     "the option \"%s\" is a key of this secret too", secret->options->items[i].name);
}

/* http://host:port turns TLS off, any scheme is cut, a path can't be sent (S-8). */
static void check_endpoint(struct check *check, const struct subject *subject, const struct secret *secret)
{
    const char *host = secret->endpoint;

    if (host == NULL || (secret->type != SECRET_S3 && secret->type != SECRET_GCS))
        return;
    if (strstr(host, "://") != NULL)
        host = strstr(host, "://") + 3;
    if (strpbrk(host, "/?#") != NULL && strcmp(host + strcspn(host, "/?#"), "/") != 0)
        complain(check, DUCKALOG_ERROR, "endpoint", subject, "endpoint", "write HOST or HOST:PORT",
                 "an endpoint has no path");
}

static void check_secret(struct check *check, const struct subject *subject, struct secret *secret)
{
    const struct secret_form *form;
    const char *problem = NULL;

    form = secret_form(secret);
    if (form == NULL) {
        complain(check, DUCKALOG_ERROR, "secret-form", subject, "provider", advice_for(secret),
                 "DuckDB has no secret of this type that is made from these keys");
        return;
    }
    if (secret->type == SECRET_GCS && secret->provider == PROVIDER_CONFIG &&
        (secret->key_id == NULL || secret->secret == NULL)) {
        complain(check, DUCKALOG_ERROR, "secret-form", subject,
                 secret->service_account_key != NULL ? "service_account_key" : "json_key", advice_for(secret),
                 "DuckDB has no secret of this type that is made from a key file");
        return;
    }
    if ((secret->type == SECRET_POSTGRES || secret->type == SECRET_MYSQL) && secret->connection_string != NULL) {
        problem = secret_split_connection_string(check->arena, secret);
        if (secret->password != NULL && !redactor_learn(check->config->redactor, secret->password))
            check->good = false;
    }
    if (problem != NULL)
        complain(check, DUCKALOG_ERROR, "connection-string", subject, "connection_string", NULL, "%s", problem);
    check_endpoint(check, subject, secret);
    check_options(check, subject, secret->options, OPTIONS_WITH_MAPS);
    check_secret_keys(check, subject, secret, form);
}

static void check_secrets(struct check *check)
{
    const char *const *type_names = words_of("duckdb", "secrets", "type");
    struct map *names = map_create(check->arena, MAP_EXACT);
    struct duckdb_section *duckdb = check->config->root.duckdb;

    for (size_t i = 0; names != NULL && i < duckdb->secrets.count; i++) {
        struct secret *secret = &duckdb->secrets.items[i];
        struct subject subject = { secret->node, "duckdb.secrets", i };
        bool named = secret->name != NULL;
        char *folded;

        if (secret->type == NO_WORD || secret->provider == NO_WORD)
            continue;
        /* DuckDB folds the names of secrets to lower case, quoted or not. */
        folded = arena_string(check->arena, named ? secret->name : type_names[secret->type]);
        for (char *c = folded; c != NULL && *c != '\0'; c++)
            *c = ascii_lower(*c);
        if (folded == NULL)
            return;
        secret->name = folded;
        /* The name is the file's name too. */
        if (secret->persistent && strchr(folded, '/') != NULL)
            complain(check, DUCKALOG_ERROR, "secret-name", &subject, "name", "use letters, digits, - and _",
                     "the name of a persistent secret can't hold a \"/\"");
        claim(check, names, folded, folded, &subject, named ? "name" : "type",
              named ? "secret" : "secret, here or by its type,");
        check_secret(check, &subject, secret);
    }
}

/* ---- attachments ---- */

/* The name that DuckDB gives to the catalog's own database: its file's, up to the first dot that is not at its start. */
static bool is_catalog_name(const char *database, const char *name)
{
    const char *slash = strrchr(database, '/');
    const char *stem = slash == NULL ? database : slash + 1;
    size_t length;

    stem += strspn(stem, ".");
    length = strcspn(stem, ".");
    return path_kind(database) == PATH_LOCAL && strlen(name) == length && starts_with_ignoring_case(stem, name);
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
            complain(check, DUCKALOG_ERROR, "reserved-name", subject, key, "choose another name",
                     "\"%s\" is a name of DuckDB's own", name);
            return;
        }
    if (check->config->root.duckdb != NULL && is_catalog_name(check->config->root.duckdb->database, name))
        complain(check, DUCKALOG_ERROR, "reserved-name", subject, key, "choose another name",
                 "the catalog's own database has the name \"%s\", after its file", name);
    first = map_find(check->aliases, name);
    if (first != NULL) {
        complain(check, DUCKALOG_ERROR, "duplicate-name", subject, key, "DuckDB does not tell upper from lower case",
                 "another attachment has the name \"%s\": line %u, column %u", name, first->position.line,
                 first->position.column);
        return;
    }
    alias = arena_alloc(check->arena, sizeof(*alias));
    if (alias == NULL)
        return;
    *alias = (struct alias){ name, kind, place_of(subject->node, key) };
    map_add(check->aliases, name, alias);
}

/* A database attaches itself: DuckDB would say that the file is in use, after the session is half restored. */
static void check_attached_file(struct check *check, const struct subject *subject, const char *path)
{
    if (path != NULL && strcmp(path, check->config->root.duckdb->database) == 0)
        complain(check, DUCKALOG_ERROR, "self-attachment", subject, "path", NULL,
                 "this is the catalog's own database file");
}

static void check_attachments(struct check *check)
{
    struct attachments *attachments = check->config->root.attachments;
    const char *directory = check->config->directory;

    if (attachments == NULL)
        return;
    for (size_t i = 0; i < attachments->duckdb.count; i++) {
        struct duckdb_attachment *a = &attachments->duckdb.items[i];
        struct subject subject = { a->node, "attachments.duckdb", i };

        claim_alias(check, &subject, "alias", a->alias, "duckdb");
        if (a->path != NULL)
            a->path = path_resolve(check->arena, directory, a->path);
        if (a->path != NULL && path_kind(a->path) == PATH_LOCAL)
            check_attached_file(check, &subject, a->path);
    }
    for (size_t i = 0; i < attachments->sqlite.count; i++) {
        struct sqlite_attachment *a = &attachments->sqlite.items[i];
        struct subject subject = { a->node, "attachments.sqlite", i };

        claim_alias(check, &subject, "alias", a->alias, "sqlite");
        if (a->path != NULL)
            a->path = path_resolve(check->arena, directory, a->path);
    }
    for (size_t i = 0; i < attachments->postgres.count; i++) {
        struct postgres_attachment *a = &attachments->postgres.items[i];
        struct subject subject = { a->node, "attachments.postgres", i };

        claim_alias(check, &subject, "alias", a->alias, "postgres");
        check_options(check, &subject, a->options, OPTIONS_SCALAR);
    }
}

static void check_iceberg_catalogs(struct check *check)
{
    static const char *const types[] = { "rest", "glue", "s3_tables", NULL };

    for (size_t i = 0; i < check->config->root.iceberg_catalogs.count; i++) {
        struct iceberg_catalog *catalog = &check->config->root.iceberg_catalogs.items[i];
        struct subject subject = { catalog->node, "iceberg_catalogs", i };
        bool known = false;

        claim_alias(check, &subject, "name", catalog->name, "iceberg");
        check_options(check, &subject, catalog->options, OPTIONS_WITH_LISTS);
        for (size_t t = 0; catalog->catalog_type != NULL && types[t] != NULL; t++)
            known = known || equal_ignoring_case(catalog->catalog_type, types[t]);
        if (catalog->catalog_type != NULL && !known)
            complain(check, DUCKALOG_ERROR, "unknown-value", &subject, "catalog_type", NULL,
                     "DuckDB attaches Iceberg catalogs of the types rest, glue and s3_tables");
        else if (catalog->catalog_type != NULL && equal_ignoring_case(catalog->catalog_type, "rest") &&
                 (catalog->uri == NULL || *catalog->uri == '\0'))
            complain(check, DUCKALOG_ERROR, "missing-key", &subject, "uri", NULL,
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

    if (alias != NULL && strcmp(alias->kind, kind) == 0)
        return;
    if (alias != NULL && !iceberg) {
        complain(check, DUCKALOG_WARNING, "reference", subject, key, NULL, "\"%s\" is attached as %s, not as %s", name,
                 alias->kind, kind);
        return;
    }
    if (!iceberg && (is_catalog_name(check->config->root.duckdb->database, name) || pragmas_attach(check->config)))
        return;
    add_alias_names(check->config, names, MOST);
    closest = closest_word(name, names);
    snprintf(hint, sizeof(hint), "did you mean %s?", closest != NULL ? closest : "");
    complain(check, DUCKALOG_ERROR, "reference", subject, key, closest != NULL ? hint : NULL,
             iceberg ? "there is no Iceberg catalog with the name \"%s\""
                     : "there is no attachment with the name \"%s\"",
             name);
}

static void check_uri(struct check *check, const struct subject *subject, struct view *view)
{
    const char *directory = check->config->directory;
    bool relative;

    if (view->uri == NULL)
        return;
    relative = path_is_relative(view->uri);
    view->uri = path_resolve(check->arena, directory, view->uri);
    if (view->uri != NULL && relative && !path_is_below(view->uri, directory))
        complain(check, DUCKALOG_ERROR, "path", subject, "uri", "write it as an absolute path if that is meant",
                 "this relative path leads out of the config's folder: %s is not below %s", view->uri, directory);
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
                complain(check, DUCKALOG_ERROR, "table", subject, "table", "as in public.users, or \"odd.name\"",
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
        complain(check, DUCKALOG_WARNING, "source-ignored", subject, "source", "remove one of the two",
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
        check_reference(check, subject, "database", view->database, words_of("views", NULL, "source")[view->source]);
}

bool view_has_sql(const struct view *view)
{
    return view->sql != NULL && !is_blank(view->sql);
}

const char *view_schema(const struct view *view)
{
    return view->db_schema == NULL ? "main" : view->db_schema;
}

static void check_views(struct check *check)
{
    struct map *names = map_create(check->arena, MAP_IGNORING_CASE);

    for (size_t i = 0; names != NULL && i < check->config->root.views.count; i++) {
        struct view *view = &check->config->root.views.items[i];
        struct subject subject = { view->node, "views", i };
        struct text name = text_in(check->arena);

        if (view->name == NULL)
            continue;
        /* Quoted, as both parts may hold dots. */
        sql_format(&name, "%I.%I", view_schema(view), view->name);
        if (text_string(&name) == NULL)
            return;
        claim(check, names, text_string(&name), view->name, &subject, "name", "view");
        if (view_has_sql(view))
            check_one_statement(check, &subject, "sql", view->sql, "view");
        check_uri(check, &subject, view);
        check_source(check, &subject, view);
    }
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
    return check.good && !arena_failed(check.arena);
}
