/*
 * Attachments: each `attachments:` and `iceberg_catalogs:` entry of a Config becomes the steps that attach it
 * (sql-generation.md section 4 and S-11 to S-14).
 *
 * Knows nothing of connections, threads or time: see engine/attach.c.
 */

#include "base/arena.h"
#include "base/text.h"
#include "config/paths.h"
#include "plan/statement.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_TIMEOUT_S = 10, LEAST_CONNECT_TIMEOUT_S = 2 /* libpq takes 1 for 2 */ };

/* The secret that carries an attachment's credentials: DuckDB shows the text of an ATTACH to everyone. */
const char *plan_attachment_secret(struct arena *arena, const char *alias)
{
    char *name = arena_format(arena, "__duckalog_%s", alias);

    for (char *c = name; c != NULL && *c != '\0'; c++)
        *c = ascii_lower(*c);
    return name;
}

/* The name of an option, in upper case as the rest of the statement is. */
static void add_name(struct statement *statement, const char *name)
{
    statement_add(statement, ", ");
    statement_add_upper(statement, name);
    statement_add(statement, " ");
}

/* A file to attach, or an address that DuckDB reads as one. */
struct file_attachment {
    const struct node *node;
    const char *alias;
    const char *path;
    bool read_only;
    bool sqlite;
    const struct attach_policy *policy;
};

static bool add_file(struct plan *plan, const struct file_attachment *file, const struct plan_options *options)
{
    const char *path = file->path;
    bool read_only = file->read_only || options->attach_read_only;
    struct step step = { .phase = PHASE_ATTACH,
                         .kind = STEP_ATTACH,
                         .name = file->alias,
                         .kind_name = file->sqlite ? "sqlite" : "duckdb",
                         .position = plan_place(file->node, "alias"),
                         .file_format = file->sqlite ? FILE_SQLITE : FILE_DUCKDB,
                         .file_is_created = !file->read_only,
                         .policy = file->policy };
    struct statement statement;

    step.file = path_kind(path) == PATH_LOCAL ? path : NULL;
    step.needs_network = path_kind(path) == PATH_URI || path_kind(path) == PATH_SERVICE;
    statement_begin(&statement, plan->arena, options->show_secrets);
    statement_add(&statement, "ATTACH ");
    statement_add_place(&statement, path);
    statement_add(&statement, " AS %I", file->alias);
    if (file->sqlite)
        statement_add(&statement, read_only ? " (TYPE sqlite, READ_ONLY)" : " (TYPE sqlite)");
    else if (read_only && path_kind(path) != PATH_MEMORY) /* DuckDB refuses memory that can't be written */
        statement_add(&statement, " (READ_ONLY)");
    return statement_end(&statement, &step) && plan_add(plan, &step);
}

static bool add_duckdb(struct plan *plan, const struct attachments *attachments, const struct plan_options *options)
{
    for (size_t i = 0; i < attachments->duckdb.count; i++) {
        const struct duckdb_attachment *a = &attachments->duckdb.items[i];

        if (!add_file(plan, &(struct file_attachment){ a->node, a->alias, a->path, a->read_only, false, &a->policy },
                      options))
            return false;
    }
    return true;
}

static bool add_sqlite(struct plan *plan, const struct attachments *attachments, const struct plan_options *options)
{
    for (size_t i = 0; i < attachments->sqlite.count; i++) {
        const struct sqlite_attachment *a = &attachments->sqlite.items[i];

        if (!add_file(plan, &(struct file_attachment){ a->node, a->alias, a->path, a->read_only, true, &a->policy },
                      options))
            return false;
    }
    return true;
}

/* ---- PostgreSQL ---- */

/* keyword='value' with \ before quotes and backslashes: libpq's rule. */
static void add_keyword(struct text *dsn, const char *keyword, const char *value)
{
    text_add(dsn, dsn->length > 0 ? " " : "");
    for (; *keyword != '\0'; keyword++)
        text_add_char(dsn, ascii_lower(*keyword));
    text_add(dsn, "='");
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            text_add_char(dsn, '\\');
        text_add_char(dsn, *value);
    }
    text_add_char(dsn, '\'');
}

/* Options that ATTACH itself takes; all others are libpq's, and go into the secret when they are one (sslpassword). */
static bool is_attach_option(const char *name)
{
    return equal_ignoring_case(name, "schema") || equal_ignoring_case(name, "isolation_level") ||
           equal_ignoring_case(name, "read_only");
}

static const char *scalar_text(const struct value *value)
{
    return value->kind == VALUE_BOOL ? (value->boolean ? "true" : "false") : value->text;
}

static bool has_keyword(const struct postgres_attachment *a, const char *keyword)
{
    for (size_t i = 0; a->options != NULL && i < a->options->count; i++)
        if (equal_ignoring_case(a->options->items[i].name, keyword))
            return true;
    return false;
}

/*
 * For each address of the host. libpq gives up by itself then, which is better than to be given up: it counts only until
 * the server is connected to.
 */
static int64_t connect_timeout(const struct postgres_attachment *a, const struct plan_options *options)
{
    int64_t most = a->policy.attach_timeout != LEFT_OPEN ? a->policy.attach_timeout
                   : options->attach_timeout_s > 0       ? options->attach_timeout_s
                                                         : CONNECT_TIMEOUT_S;
    int64_t timeout = a->connect_timeout != LEFT_OPEN ? a->connect_timeout : CONNECT_TIMEOUT_S;

    if (timeout > most)
        timeout = most;
    return timeout < LEAST_CONNECT_TIMEOUT_S ? LEAST_CONNECT_TIMEOUT_S : timeout;
}

static void add_postgres_dsn(struct text *dsn, const struct postgres_attachment *a, const struct plan_options *options)
{
    char timeout[32];

    if (a->sslmode != NULL && *a->sslmode != '\0')
        add_keyword(dsn, "sslmode", a->sslmode);
    if (!has_keyword(a, "connect_timeout")) {
        snprintf(timeout, sizeof(timeout), "%lld", (long long)connect_timeout(a, options));
        add_keyword(dsn, "connect_timeout", timeout);
    }
    for (size_t i = 0; a->options != NULL && i < a->options->count; i++) {
        const struct value *option = &a->options->items[i];

        if (!is_attach_option(option->name) && !name_looks_secret(option->name) && scalar_text(option) != NULL)
            add_keyword(dsn, option->name, scalar_text(option));
    }
}

static bool add_postgres_secret(struct plan *plan, const struct postgres_attachment *a, const char *secret,
                                const struct plan_options *options)
{
    struct step step = { .phase = PHASE_ATTACH,
                         .kind = STEP_ATTACH_SECRET,
                         .name = a->alias,
                         .kind_name = "postgres",
                         .position = plan_place(a->node, "alias") };
    struct statement statement;

    statement_begin(&statement, plan->arena, options->show_secrets);
    statement_add(&statement, "CREATE OR REPLACE TEMPORARY SECRET %I (TYPE POSTGRES", secret);
    if (*a->host != '\0')
        statement_add(&statement, ", HOST %L", a->host);
    statement_add(&statement, ", PORT %d", (long long)a->port);
    if (*a->database != '\0')
        statement_add(&statement, ", DATABASE %L", a->database);
    if (*a->user != '\0')
        statement_add(&statement, ", USER %L", a->user);
    if (*a->password != '\0') {
        statement_add(&statement, ", PASSWORD ");
        statement_add_text(&statement, a->password, EXPOSURE_SECRET);
    }
    for (size_t i = 0; a->options != NULL && i < a->options->count; i++)
        if (name_looks_secret(a->options->items[i].name)) {
            add_name(&statement, a->options->items[i].name);
            statement_add_value(&statement, &a->options->items[i], MAP_AS_STRUCT, EXPOSURE_SECRET);
        }
    statement_add(&statement, ")");
    return statement_end(&statement, &step) && plan_add(plan, &step);
}

static bool add_postgres_attach(struct plan *plan, const struct postgres_attachment *a, const char *secret,
                                const struct plan_options *options)
{
    struct step step = { .phase = PHASE_ATTACH,
                         .kind = STEP_ATTACH,
                         .name = a->alias,
                         .kind_name = "postgres",
                         .position = plan_place(a->node, "alias"),
                         .needs_network = true,
                         .policy = &a->policy,
                         .port = (int)a->port,
                         .extension = "postgres" };
    struct text dsn = text_in(plan->arena);
    struct statement statement;

    /* A folder is that of a socket; of several hosts libpq takes the first that answers. */
    if (*a->host != '\0' && *a->host != '/' && *a->host != '@' && strchr(a->host, ',') == NULL &&
        !has_keyword(a, "hostaddr") && !has_keyword(a, "service") && !has_keyword(a, "host"))
        step.host = a->host;
    /* Without TLS there are servers that know nothing of the question for it. */
    step.asks_for_tls = (a->sslmode == NULL || !equal_ignoring_case(a->sslmode, "disable")) &&
                        !has_keyword(a, "sslmode") && !has_keyword(a, "sslnegotiation");
    add_postgres_dsn(&dsn, a, options);
    if (text_string(&dsn) == NULL)
        return false;
    statement_begin(&statement, plan->arena, false);
    statement_add(&statement, "ATTACH %L AS %I (TYPE postgres, SECRET %I", text_string(&dsn), a->alias, secret);
    if (options->attach_read_only || (a->read_only && !has_keyword(a, "read_only")))
        statement_add(&statement, ", READ_ONLY");
    for (size_t i = 0; a->options != NULL && i < a->options->count; i++)
        if (is_attach_option(a->options->items[i].name) &&
            !(options->attach_read_only && equal_ignoring_case(a->options->items[i].name, "read_only"))) {
            add_name(&statement, a->options->items[i].name);
            statement_add_value(&statement, &a->options->items[i], MAP_AS_STRUCT, EXPOSURE_PLAIN);
        }
    statement_add(&statement, ")");
    return statement_end(&statement, &step) && plan_add(plan, &step);
}

static bool add_postgres(struct plan *plan, const struct attachments *attachments, const struct plan_options *options)
{
    for (size_t i = 0; i < attachments->postgres.count; i++) {
        const struct postgres_attachment *a = &attachments->postgres.items[i];
        const char *secret = plan_attachment_secret(plan->arena, a->alias);

        if (secret == NULL || !add_postgres_secret(plan, a, secret, options) ||
            !add_postgres_attach(plan, a, secret, options))
            return false;
    }
    return true;
}

/* ---- Iceberg catalogs ---- */

static void add_endpoint(struct statement *statement, const char *uri)
{
    statement_add(statement, ", ENDPOINT ");
    statement_add_place(statement, uri);
}

static bool is_iceberg_credential(const char *name)
{
    return equal_ignoring_case(name, "token") || equal_ignoring_case(name, "client_id") ||
           equal_ignoring_case(name, "client_secret") || starts_with_ignoring_case(name, "oauth2_");
}

static bool add_iceberg_secret(struct plan *plan, const struct iceberg_catalog *catalog, const char *secret,
                               const struct plan_options *options)
{
    struct step step = { .phase = PHASE_ATTACH,
                         .kind = STEP_ATTACH_SECRET,
                         .name = catalog->name,
                         .kind_name = "iceberg",
                         .position = plan_place(catalog->node, "name") };
    struct statement statement;

    statement_begin(&statement, plan->arena, options->show_secrets);
    statement_add(&statement, "CREATE OR REPLACE TEMPORARY SECRET %I (TYPE ICEBERG", secret);
    if (catalog->uri != NULL && *catalog->uri != '\0')
        add_endpoint(&statement, catalog->uri);
    for (size_t i = 0; i < catalog->options->count; i++) {
        const struct value *option = &catalog->options->items[i];

        if (!is_iceberg_credential(option->name))
            continue;
        add_name(&statement, option->name);
        statement_add_value(&statement, option, MAP_AS_MAP,
                            name_looks_secret(option->name) ? EXPOSURE_SECRET : EXPOSURE_BOUND);
    }
    statement_add(&statement, ")");
    return statement_end(&statement, &step) && plan_add(plan, &step);
}

static bool add_iceberg_attach(struct plan *plan, const struct iceberg_catalog *catalog, const char *secret,
                               const struct plan_options *options)
{
    struct step step = { .phase = PHASE_ATTACH,
                         .kind = STEP_ATTACH,
                         .name = catalog->name,
                         .kind_name = "iceberg",
                         .position = plan_place(catalog->node, "name"),
                         .needs_network = true,
                         .policy = &catalog->policy,
                         .extension = "iceberg" };
    struct statement statement;
    bool rest = equal_ignoring_case(catalog->catalog_type, "rest");

    statement_begin(&statement, plan->arena, options->show_secrets);
    statement_add(&statement, "ATTACH %L AS %I (TYPE iceberg", catalog->warehouse != NULL ? catalog->warehouse : "",
                  catalog->name);
    if (catalog->uri != NULL && *catalog->uri != '\0')
        add_endpoint(&statement, catalog->uri);
    if (!rest)
        statement_add(&statement, ", ENDPOINT_TYPE %s",
                      equal_ignoring_case(catalog->catalog_type, "glue") ? "glue" : "s3_tables");
    if (secret != NULL)
        statement_add(&statement, ", SECRET %I", secret);
    for (size_t i = 0; catalog->options != NULL && i < catalog->options->count; i++)
        if (!is_iceberg_credential(catalog->options->items[i].name)) {
            add_name(&statement, catalog->options->items[i].name);
            statement_add_value(&statement, &catalog->options->items[i], MAP_AS_STRUCT,
                                name_looks_secret(catalog->options->items[i].name) ? EXPOSURE_HIDDEN : EXPOSURE_PLAIN);
        }
    statement_add(&statement, ")");
    return statement_end(&statement, &step) && plan_add(plan, &step);
}

static bool add_iceberg(struct plan *plan, const struct iceberg_catalog *catalog, const struct plan_options *options)
{
    const char *secret = NULL;
    bool credentials = false;

    for (size_t i = 0; catalog->options != NULL && i < catalog->options->count; i++)
        credentials = credentials || is_iceberg_credential(catalog->options->items[i].name);
    if (credentials) {
        secret = plan_attachment_secret(plan->arena, catalog->name);
        if (secret == NULL || !add_iceberg_secret(plan, catalog, secret, options))
            return false;
    }
    return add_iceberg_attach(plan, catalog, secret, options);
}

/* ---- what nested catalogs bring ---- */

static bool add_inherited(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options)
{
    for (size_t i = 0; i < config->inherited_count; i++) {
        const struct inherited_file *file = &config->inherited[i];

        if (!add_file(plan,
                      &(struct file_attachment){ file->node, file->alias, file->path, file->read_only, file->is_sqlite,
                                                 file->policy },
                      options))
            return false;
        if (file->is_catalog) {
            plan->steps[plan->count - 1].kind_name = "duckalog";
            /* It is built before; a missing one is a mistake. */
            plan->steps[plan->count - 1].file_is_created = false;
        }
    }
    return true;
}

/* ---- all kinds, in the order in which they are attached ---- */

struct attachment_kind {
    const char *name; /* of the section */
    bool (*add_steps)(struct plan *plan, const struct attachments *attachments, const struct plan_options *options);
};

static const struct attachment_kind kinds[] = {
    { "duckdb", add_duckdb },
    { "sqlite", add_sqlite },
    { "postgres", add_postgres },
};

bool plan_add_attachments(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options)
{
    for (size_t i = 0; config->root.attachments != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!kinds[i].add_steps(plan, config->root.attachments, options))
            return false;
    for (size_t i = 0; i < config->root.iceberg_catalogs.count; i++)
        if (!add_iceberg(plan, &config->root.iceberg_catalogs.items[i], options))
            return false;
    return add_inherited(plan, config, options);
}
