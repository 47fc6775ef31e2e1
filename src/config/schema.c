/*
 * The config language, key by key: config-language.md section 3 as a table. To add a key: a row here, and the field it
 * fills in config.h.
 */

#include "config/schema.h"

#include "config/config.h"

#include <string.h>

#define NONE                                                                                                           \
    {                                                                                                                  \
        .text = NULL                                                                                                   \
    }
#define BOOL(value)                                                                                                    \
    {                                                                                                                  \
        .boolean = (value)                                                                                             \
    }
#define INT(value)                                                                                                     \
    {                                                                                                                  \
        .integer = (value)                                                                                             \
    }
#define WORD(value)                                                                                                    \
    {                                                                                                                  \
        .text = (value)                                                                                                \
    }
#define TEXT(value)                                                                                                    \
    {                                                                                                                  \
        .text = (value)                                                                                                \
    }

/* clang-format off */

static const char *const secret_types[] = { "s3", "azure", "gcs", "http", "postgres", "mysql", NULL };
static const char *const secret_providers[] = { "config", "credential_chain", NULL };
static const char *const view_sources[] = { "parquet", "delta", "iceberg", "duckdb", "sqlite", "postgres", NULL };
static const char *const dimension_types[] = { "time", "number", "string", "boolean", "date", NULL };
static const char *const time_grains[] = {
    "year", "quarter", "month", "week", "day", "hour", "minute", "second", NULL };
static const char *const join_types[] = { "inner", "left", "right", "full", NULL };

/* ---- duckdb.secrets[] ---- */

#define FIELD(field) offsetof(struct secret, field)
static const struct key secret_keys[] = {
    { "type",                TYPE_WORD,    KEY_REQUIRED, NONE, FIELD(type), "What the secret opens", secret_types },
    { "name",                TYPE_NAME,    0,            NONE, FIELD(name),
      "Name in DuckDB; the type when it is left out. DuckDB folds names to lower case" },
    { "provider",            TYPE_WORD,    0,            WORD("config"), FIELD(provider),
      "`config`: the values stand here; `credential_chain`: DuckDB looks for them on the machine", secret_providers },
    { "persistent",          TYPE_BOOL,    0,            BOOL(false), FIELD(persistent),
      "Keep it, unencrypted, in DuckDB's secret directory, once; otherwise it lives as long as the session" },
    { "scope",               TYPE_TEXT,    0,            NONE, FIELD(scope),
      "Use it only for paths that begin with this" },
    { "key_id",              TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(key_id),
      "s3, gcs: access key; postgres, mysql: the user when `user` is not given" },
    { "secret",              TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(secret),
      "s3, gcs: secret key; azure: the client secret; postgres, mysql: the password when `password` is not given" },
    { "region",              TYPE_TEXT,    0,            NONE, FIELD(region), "s3, gcs: region" },
    { "endpoint",            TYPE_TEXT,    0,            NONE, FIELD(endpoint),
      "s3, gcs: host and port of the service; `http://` in front turns TLS off" },
    { "connection_string",   TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(connection_string),
      "azure, postgres, mysql: everything in one string" },
    { "tenant_id",           TYPE_TEXT,    0,            NONE, FIELD(tenant_id), "azure: tenant" },
    { "account_name",        TYPE_TEXT,    0,            NONE, FIELD(account_name), "azure: storage account" },
    { "client_id",           TYPE_TEXT,    0,            NONE, FIELD(client_id), "azure: client" },
    { "client_secret",       TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(client_secret), "azure: secret of the client" },
    { "service_account_key", TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(service_account_key),
      "gcs: not supported by DuckDB; use `key_id` and `secret`" },
    { "json_key",            TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(json_key),
      "gcs: not supported by DuckDB; use `key_id` and `secret`" },
    { "bearer_token",        TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(bearer_token), "http: token" },
    { "header",              TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(header),
      "http: not used; write `options: {extra_http_headers: {Name: value}}`" },
    { "host",                TYPE_TEXT,    0,            NONE, FIELD(host), "postgres, mysql: server" },
    { "port",                TYPE_INT,     0,            INT(0), FIELD(port), "postgres, mysql: TCP port", .most = 65535 },
    { "database",            TYPE_TEXT,    0,            NONE, FIELD(database), "postgres, mysql: database" },
    { "user",                TYPE_TEXT,    0,            NONE, FIELD(user), "postgres, mysql: user" },
    { "password",            TYPE_TEXT,    KEY_SECRET,   NONE, FIELD(password), "postgres, mysql: password" },
    { "options",             TYPE_OPTIONS, KEY_SECRET,   NONE, FIELD(options), "Further parameters of CREATE SECRET" },
    { 0 }
};
#undef FIELD

static const struct combination secret_combinations[] = {
    { AT_LEAST_ONE, "type=s3 provider=config", { "key_id secret" },
      "without keys, use `provider: credential_chain`" },
    { AT_LEAST_ONE, "type=azure provider=config",
      { "connection_string", "tenant_id account_name", "tenant_id client_id client_secret|secret" },
      "without keys, use `provider: credential_chain`" },
    { AT_LEAST_ONE, "type=gcs provider=config", { "key_id secret", "service_account_key", "json_key" },
      "DuckDB reads Google Cloud Storage with HMAC keys" },
    { AT_LEAST_ONE, "type=http", { "bearer_token" }, NULL },
    { AT_LEAST_ONE, "type=postgres|mysql",
      { "connection_string", "host database user|key_id password|secret" }, NULL },
    { 0 }
};

static const struct mapping secret_mapping = {
    "duckdb.secrets[]", sizeof(struct secret), secret_keys, secret_combinations };

/* ---- duckdb ---- */

#define FIELD(field) offsetof(struct duckdb_section, field)
static const struct key duckdb_keys[] = {
    { "database",           TYPE_TEXT,       KEY_FILE,   TEXT(":memory:"), FIELD(database),
      "The catalog's file, relative to this config; `:memory:` keeps nothing" },
    { "install_extensions", TYPE_TEXTS,      0,          NONE, FIELD(install_extensions),
      "Extensions to install when they are not; `NAME FROM REPOSITORY` names where from" },
    { "load_extensions",    TYPE_TEXTS,      0,          NONE, FIELD(load_extensions), "Extensions to load" },
    { "pragmas",            TYPE_TEXTS,      KEY_SQL,    NONE, FIELD(pragmas),
      "One SQL statement each, run on every connection" },
    { "settings",           TYPE_STATEMENTS, KEY_SQL,    NONE, FIELD(settings), "One SET or RESET each" },
    { "secrets",            TYPE_MAPPINGS,   0,          NONE, FIELD(secrets), "Credentials", .of = &secret_mapping },
    { 0 }
};
#undef FIELD

static const struct mapping duckdb_mapping = { "duckdb", sizeof(struct duckdb_section), duckdb_keys, NULL };

/* ---- views[] ---- */

#define FIELD(field) offsetof(struct sql_reference, field)
static const struct key sql_reference_keys[] = {
    { "path",        TYPE_TRIMMED,    KEY_REQUIRED | KEY_FILE, NONE, FIELD(path), "The SQL file, relative to this config" },
    { "variables",   TYPE_OPTIONS, 0,            NONE, FIELD(variables), "Values for `{{name}}`" },
    { "as_template", TYPE_BOOL,    0,                       BOOL(false), FIELD(as_template),
      "`sql_file` only: replace `{{name}}`; `sql_template` always does" },
    { 0 }
};
#undef FIELD

static const struct mapping sql_reference_mapping = {
    "views[].sql_file, views[].sql_template", sizeof(struct sql_reference), sql_reference_keys, NULL };

#define FIELD(field) offsetof(struct view, field)
static const struct key view_keys[] = {
    { "name",         TYPE_NAME,    KEY_REQUIRED, NONE, FIELD(name), "Name of the view" },
    { "db_schema",    TYPE_NAME,    0, NONE, FIELD(db_schema), "Its schema; `main` when it is left out" },
    { "sql",          TYPE_TEXT,    KEY_SQL, NONE, FIELD(sql), "The query, one SELECT" },
    { "sql_file",     TYPE_MAPPING, 0, NONE, FIELD(sql_file), "The query, in a file of its own",
      .of = &sql_reference_mapping },
    { "sql_template", TYPE_MAPPING, 0, NONE, FIELD(sql_template),
      "The query, in a file with `{{name}}` to be replaced", .of = &sql_reference_mapping },
    { "source",       TYPE_WORD,    0, NONE, FIELD(source), "Where the rows are, when there is no query",
      view_sources },
    { "uri",          TYPE_TEXT,    KEY_FILE, NONE, FIELD(uri),
      "parquet, delta, iceberg: path, glob or URI; relative to this config, and below its folder" },
    { "database",     TYPE_TEXT,    0, NONE, FIELD(database),
      "duckdb, sqlite, postgres: alias of an attachment" },
    { "table",        TYPE_TEXT,    0, NONE, FIELD(table), "Table there, with its schema if need be" },
    { "catalog",      TYPE_TEXT,    0, NONE, FIELD(catalog), "iceberg: name of one of the `iceberg_catalogs`" },
    { "options",      TYPE_OPTIONS, 0,            NONE, FIELD(options), "parquet, delta, iceberg: options of the scan" },
    { "description",  TYPE_TEXT,    0, NONE, FIELD(description), "For people" },
    { "tags",         TYPE_TEXTS,   0,            NONE, FIELD(tags), "For people" },
    { 0 }
};
#undef FIELD

static const struct combination view_combinations[] = {
    { AT_LEAST_ONE, NULL, { "sql", "sql_file", "sql_template", "source" }, NULL },
    { AT_MOST_ONE, NULL, { "sql", "sql_file", "sql_template" }, NULL },
    { AT_LEAST_ONE, "source=parquet|delta", { "uri" }, NULL },
    { AT_LEAST_ONE, "source=iceberg", { "uri", "catalog table" }, NULL },
    { AT_MOST_ONE, "source=iceberg", { "uri", "catalog|table" }, "a table is found by its `uri`, or by `catalog` and `table`" },
    { AT_LEAST_ONE, "source=duckdb|sqlite|postgres", { "database table" }, NULL },
    { 0 }
};

static const struct mapping view_mapping = { "views[]", sizeof(struct view), view_keys, view_combinations };

/* ---- attachments ---- */

static const char *const on_error_words[] = { "fail", "warn", "skip", NULL };

/* Of every kind of attachment. */
#define ATTACH_TIMEOUT_HELP "Seconds that one try to attach may take (10)"
#define RETRIES_HELP "Further tries after a failure that may go away by itself (2)"
#define ON_ERROR_HELP                                                                                                  \
    "`fail`: no catalog without it, even with `--allow-degraded`; `warn`: go on with a warning; `skip`: with a notice"

#define FIELD(field) offsetof(struct duckdb_attachment, field)
static const struct key duckdb_attachment_keys[] = {
    { "alias",     TYPE_NAME, KEY_REQUIRED,            NONE, FIELD(alias), "Name of the database in SQL" },
    { "path",      TYPE_TRIMMED, KEY_REQUIRED | KEY_FILE, NONE, FIELD(path), "DuckDB file, relative to this config" },
    { "read_only", TYPE_BOOL, 0,                       BOOL(true), FIELD(read_only),
      "Refuse writes; `false` creates a missing file" },
    { "attach_timeout", TYPE_INT, 0, INT(LEFT_OPEN), FIELD(policy.attach_timeout), ATTACH_TIMEOUT_HELP, .least = 1, .most = 86400 },
    { "retries",   TYPE_INT,  0, INT(LEFT_OPEN), FIELD(policy.retries), RETRIES_HELP, .most = 100 },
    { "on_error",  TYPE_WORD, KEY_FOLD, NONE, FIELD(policy.on_error), ON_ERROR_HELP, on_error_words },
    { 0 }
};
#undef FIELD

#define FIELD(field) offsetof(struct sqlite_attachment, field)
static const struct key sqlite_attachment_keys[] = {
    { "alias",     TYPE_NAME, KEY_REQUIRED,            NONE, FIELD(alias), "Name of the database in SQL" },
    { "path",      TYPE_TRIMMED, KEY_REQUIRED | KEY_FILE, NONE, FIELD(path), "SQLite file, relative to this config" },
    { "read_only", TYPE_BOOL, 0,                       BOOL(true), FIELD(read_only),
      "Refuse writes; `false` creates a missing file" },
    { "attach_timeout", TYPE_INT, 0, INT(LEFT_OPEN), FIELD(policy.attach_timeout), ATTACH_TIMEOUT_HELP, .least = 1, .most = 86400 },
    { "retries",   TYPE_INT,  0, INT(LEFT_OPEN), FIELD(policy.retries), RETRIES_HELP, .most = 100 },
    { "on_error",  TYPE_WORD, KEY_FOLD, NONE, FIELD(policy.on_error), ON_ERROR_HELP, on_error_words },
    { 0 }
};
#undef FIELD

#define FIELD(field) offsetof(struct postgres_attachment, field)
static const struct key postgres_attachment_keys[] = {
    { "alias",     TYPE_NAME,    KEY_REQUIRED, NONE, FIELD(alias), "Name of the database in SQL" },
    { "host",      TYPE_TEXT,    KEY_REQUIRED, NONE, FIELD(host), "Server name, address or socket folder" },
    { "port",      TYPE_INT,     KEY_REQUIRED, NONE, FIELD(port), "TCP port", .least = 1, .most = 65535 },
    { "database",  TYPE_TEXT,    KEY_REQUIRED, NONE, FIELD(database), "Database on the server" },
    { "user",      TYPE_TEXT,    KEY_REQUIRED, NONE, FIELD(user), "User" },
    { "password",  TYPE_TEXT,    KEY_REQUIRED | KEY_SECRET, NONE, FIELD(password),
      "Better as `${env:NAME}` than in the file" },
    { "sslmode",   TYPE_TEXT,    0, NONE, FIELD(sslmode), "As libpq has it: `disable` … `verify-full`" },
    { "read_only", TYPE_BOOL,    0,            BOOL(true), FIELD(read_only), "Refuse writes" },
    { "connect_timeout", TYPE_INT, 0, INT(LEFT_OPEN), FIELD(connect_timeout),
      "Seconds for libpq to connect to each address of the host (10, and never more than `attach_timeout`)", .least = 1,
      .most = 86400 },
    { "attach_timeout", TYPE_INT, 0, INT(LEFT_OPEN), FIELD(policy.attach_timeout), ATTACH_TIMEOUT_HELP, .least = 1, .most = 86400 },
    { "retries",   TYPE_INT,  0, INT(LEFT_OPEN), FIELD(policy.retries), RETRIES_HELP, .most = 100 },
    { "on_error",  TYPE_WORD, KEY_FOLD, NONE, FIELD(policy.on_error), ON_ERROR_HELP, on_error_words },
    { "options",   TYPE_OPTIONS, 0,            NONE, FIELD(options),
      "`schema` and `isolation_level` of DuckDB's ATTACH; all else goes to libpq, as in `connect_timeout: 5`" },
    { 0 }
};
#undef FIELD

#define FIELD(field) offsetof(struct duckalog_attachment, field)
static const struct key duckalog_attachment_keys[] = {
    { "alias",       TYPE_NAME, KEY_REQUIRED,            NONE, FIELD(alias), "Name of the catalog in SQL" },
    { "config_path", TYPE_TRIMMED, KEY_REQUIRED | KEY_FILE, NONE, FIELD(config_path), "Its config, relative to this one" },
    { "database",    TYPE_TEXT, KEY_FILE, NONE, FIELD(database), "In place of its own database file" },
    { "read_only",   TYPE_BOOL, 0,                       BOOL(true), FIELD(read_only), "Refuse writes" },
    { "attach_timeout", TYPE_INT, 0, INT(LEFT_OPEN), FIELD(policy.attach_timeout), ATTACH_TIMEOUT_HELP, .least = 1, .most = 86400 },
    { "retries",   TYPE_INT,  0, INT(LEFT_OPEN), FIELD(policy.retries), RETRIES_HELP, .most = 100 },
    { "on_error",  TYPE_WORD, KEY_FOLD, NONE, FIELD(policy.on_error), ON_ERROR_HELP, on_error_words },
    { 0 }
};
#undef FIELD

static const struct mapping duckdb_attachment_mapping = {
    "attachments.duckdb[]", sizeof(struct duckdb_attachment), duckdb_attachment_keys, NULL };
static const struct mapping sqlite_attachment_mapping = {
    "attachments.sqlite[]", sizeof(struct sqlite_attachment), sqlite_attachment_keys, NULL };
static const struct mapping postgres_attachment_mapping = {
    "attachments.postgres[]", sizeof(struct postgres_attachment), postgres_attachment_keys, NULL };
static const struct mapping duckalog_attachment_mapping = {
    "attachments.duckalog[]", sizeof(struct duckalog_attachment), duckalog_attachment_keys, NULL };

#define FIELD(field) offsetof(struct attachments, field)
static const struct key attachments_keys[] = {
    { "duckdb",   TYPE_MAPPINGS, 0,         NONE, FIELD(duckdb), "DuckDB files", .of = &duckdb_attachment_mapping },
    { "sqlite",   TYPE_MAPPINGS, 0,         NONE, FIELD(sqlite), "SQLite files", .of = &sqlite_attachment_mapping },
    { "postgres", TYPE_MAPPINGS, 0,         NONE, FIELD(postgres), "PostgreSQL databases",
      .of = &postgres_attachment_mapping },
    { "duckalog", TYPE_MAPPINGS, 0, NONE, FIELD(duckalog), "Other catalogs", .of = &duckalog_attachment_mapping },
    { 0 }
};
#undef FIELD

static const struct mapping attachments_mapping = { "attachments", sizeof(struct attachments), attachments_keys, NULL };

/* ---- iceberg_catalogs[] ---- */

#define FIELD(field) offsetof(struct iceberg_catalog, field)
static const struct key iceberg_catalog_keys[] = {
    { "name",         TYPE_NAME,    KEY_REQUIRED, NONE, FIELD(name), "Name of the catalog in SQL" },
    { "catalog_type", TYPE_TEXT,    KEY_REQUIRED, NONE, FIELD(catalog_type), "`rest`, `glue` or `s3_tables`" },
    { "uri",          TYPE_TEXT,    0, NONE, FIELD(uri), "rest: address of the catalog's service" },
    { "warehouse",    TYPE_TEXT,    0, NONE, FIELD(warehouse), "Warehouse, account or bucket" },
    { "attach_timeout", TYPE_INT, 0, INT(LEFT_OPEN), FIELD(policy.attach_timeout), ATTACH_TIMEOUT_HELP, .least = 1, .most = 86400 },
    { "retries",   TYPE_INT,  0, INT(LEFT_OPEN), FIELD(policy.retries), RETRIES_HELP, .most = 100 },
    { "on_error",  TYPE_WORD, KEY_FOLD, NONE, FIELD(policy.on_error), ON_ERROR_HELP, on_error_words },
    { "options",      TYPE_OPTIONS, 0,            NONE, FIELD(options),
      "Further options of ATTACH; `token`, `client_id`, `client_secret` and `oauth2_…` go into a secret" },
    { 0 }
};
#undef FIELD

static const struct mapping iceberg_catalog_mapping = {
    "iceberg_catalogs[]", sizeof(struct iceberg_catalog), iceberg_catalog_keys, NULL };

/* ---- semantic_models[] ---- */

#define FIELD(field) offsetof(struct dimension, field)
static const struct key dimension_keys[] = {
    { "name",        TYPE_NAME,  KEY_REQUIRED, NONE, FIELD(name), "Name" },
    { "expression",  TYPE_TRIMMED,  KEY_REQUIRED | KEY_SQL, NONE, FIELD(expression), "SQL expression" },
    { "label",       TYPE_TEXT,  0, NONE, FIELD(label), "For people" },
    { "description", TYPE_TEXT,  0, NONE, FIELD(description), "For people" },
    { "type",        TYPE_WORD,  KEY_FOLD, NONE, FIELD(type), "Kind of value", dimension_types },
    { "time_grains", TYPE_WORDS, KEY_FOLD,     NONE, FIELD(time_grains), "type time: grains to group by", time_grains },
    { 0 }
};
#undef FIELD

#define FIELD(field) offsetof(struct measure, field)
static const struct key measure_keys[] = {
    { "name",        TYPE_NAME, KEY_REQUIRED, NONE, FIELD(name), "Name" },
    { "expression",  TYPE_TRIMMED, KEY_REQUIRED | KEY_SQL, NONE, FIELD(expression), "SQL aggregate" },
    { "label",       TYPE_TEXT, 0, NONE, FIELD(label), "For people" },
    { "description", TYPE_TEXT, 0, NONE, FIELD(description), "For people" },
    { "type",        TYPE_TEXT, 0, NONE, FIELD(type), "For people" },
    { 0 }
};
#undef FIELD

#define FIELD(field) offsetof(struct join, field)
static const struct key join_keys[] = {
    { "to_view",      TYPE_NAME, KEY_REQUIRED,            NONE, FIELD(to_view), "View to join" },
    { "type",         TYPE_WORD, KEY_REQUIRED | KEY_FOLD, NONE, FIELD(type), "Kind of join", join_types },
    { "on_condition", TYPE_TRIMMED, KEY_REQUIRED | KEY_SQL,  NONE, FIELD(on_condition), "SQL condition" },
    { 0 }
};
#undef FIELD

#define FIELD(field) offsetof(struct model_defaults, field)
static const struct key model_defaults_keys[] = {
    { "time_dimension",  TYPE_NAME, 0, NONE, FIELD(time_dimension), "A dimension of type time" },
    { "primary_measure", TYPE_NAME, 0, NONE, FIELD(primary_measure), "A measure" },
    { "default_filters", TYPE_OPTIONS_LIST, 0,    NONE, FIELD(default_filters),
      "Conditions of every query: mappings with a `dimension`, an `operator` and a `value`" },
    { 0 }
};
#undef FIELD

static const struct mapping dimension_mapping = {
    "semantic_models[].dimensions[]", sizeof(struct dimension), dimension_keys, NULL };
static const struct mapping measure_mapping = {
    "semantic_models[].measures[]", sizeof(struct measure), measure_keys, NULL };
static const struct mapping join_mapping = { "semantic_models[].joins[]", sizeof(struct join), join_keys, NULL };
static const struct mapping model_defaults_mapping = {
    "semantic_models[].defaults", sizeof(struct model_defaults), model_defaults_keys, NULL };

#define FIELD(field) offsetof(struct semantic_model, field)
static const struct key semantic_model_keys[] = {
    { "name",        TYPE_NAME,     KEY_REQUIRED, NONE, FIELD(name), "Name of the model" },
    { "base_view",   TYPE_NAME,     KEY_REQUIRED, NONE, FIELD(base_view), "View that it describes" },
    { "dimensions",  TYPE_MAPPINGS, 0,            NONE, FIELD(dimensions), "What to group by", .of = &dimension_mapping },
    { "measures",    TYPE_MAPPINGS, 0,            NONE, FIELD(measures), "What to add up", .of = &measure_mapping },
    { "joins",       TYPE_MAPPINGS, 0,            NONE, FIELD(joins), "Views to join", .of = &join_mapping },
    { "defaults",    TYPE_MAPPING,  0, NONE, FIELD(defaults), "Defaults", .of = &model_defaults_mapping },
    { "label",       TYPE_TEXT,     0, NONE, FIELD(label), "For people" },
    { "description", TYPE_TEXT,     0, NONE, FIELD(description), "For people" },
    { "tags",        TYPE_TEXTS,    0,            NONE, FIELD(tags), "For people" },
    { 0 }
};
#undef FIELD

static const struct mapping semantic_model_mapping = {
    "semantic_models[]", sizeof(struct semantic_model), semantic_model_keys, NULL };

/* ---- the file as a whole ---- */

#define FIELD(field) offsetof(struct loader_settings, field)
static const struct key loader_settings_keys[] = {
    { "concurrency_enabled", TYPE_BOOL, 0,            BOOL(true), FIELD(concurrency_enabled),
      "Read imported files side by side" },
    { "max_threads",         TYPE_INT,  0, INT(0), FIELD(max_threads), "At most this many at a time",
      .least = 1, .most = 1024 },
    { 0 }
};
#undef FIELD

static const struct mapping loader_settings_mapping = {
    "loader_settings", sizeof(struct loader_settings), loader_settings_keys, NULL };

#define FIELD(field) offsetof(struct import, field)
static const struct key import_keys[] = {
    { "path",     TYPE_TRIMMED, KEY_REQUIRED | KEY_FILE, NONE, FIELD(path),
      "Config file, or a pattern with `*`, `?`, `[…]` and `**`; `!` in front leaves out what matches" },
    { "override", TYPE_BOOL,    0,                       BOOL(true), FIELD(override),
      "`false`: its values do not replace those of files before it" },
    { 0 }
};
#undef FIELD

static const struct mapping import_mapping = { "imports[]", sizeof(struct import), import_keys, NULL };

#define FIELD(field) offsetof(struct catalog_section, field)
static const struct key root_keys[] = {
    { "version",          TYPE_INT,      KEY_REQUIRED, NONE, FIELD(version), "Version of the config, from 1",
      .least = 1, .most = INT64_MAX },
    { "duckdb",           TYPE_MAPPING,  KEY_REQUIRED | KEY_SECTION, NONE, FIELD(duckdb), "Database and session",
      .of = &duckdb_mapping },
    { "views",            TYPE_MAPPINGS, KEY_SECTION,  NONE, FIELD(views), "Views of the catalog", .of = &view_mapping },
    { "attachments",      TYPE_MAPPING,  KEY_SECTION,  NONE, FIELD(attachments), "Databases to attach",
      .of = &attachments_mapping },
    { "iceberg_catalogs", TYPE_MAPPINGS, KEY_SECTION,  NONE, FIELD(iceberg_catalogs), "Iceberg catalogs to attach",
      .of = &iceberg_catalog_mapping },
    { "semantic_models",  TYPE_MAPPINGS, KEY_SECTION,  NONE, FIELD(semantic_models),
      "Dimensions and measures of views", .of = &semantic_model_mapping },
    { "imports",          TYPE_IMPORTS,  0,            NONE, FIELD(imports),
      "Other config files, merged into this one, whole or by section", .of = &import_mapping },
    { "env_files",        TYPE_TEXTS,    0,    NONE, FIELD(env_files), "Files with environment variables" },
    { "loader_settings",  TYPE_MAPPING,  0,            NONE, FIELD(loader_settings), "How files are read",
      .of = &loader_settings_mapping },
    { 0 }
};
#undef FIELD

const struct mapping schema_root = { "", sizeof(struct catalog_section), root_keys, NULL };

/* clang-format on */

const struct key *schema_find_key(const struct mapping *mapping, const char *name)
{
    for (const struct key *key = mapping->keys; key->name != NULL; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

bool schema_may_be_null(const struct key *key)
{
    return (key->flags & KEY_REQUIRED) == 0 && key->type != TYPE_BOOL && key->fallback.text == NULL;
}
