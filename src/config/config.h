#ifndef DUCKALOG_CONFIG_CONFIG_H
#define DUCKALOG_CONFIG_CONFIG_H

/*
 * A Config: the catalog that the user means. Typed, interpolated, paths absolute, references checked; it does not
 * change once it is loaded.
 *
 * The structs below are filled by the schema table (schema.c), a field for a key. A text that is absent is NULL. Each
 * object keeps its node, for the places of later messages.
 */

#include "config/document.h"
#include "config/paths.h"
#include "config/remote.h"
#include "config/value.h"
#include "duckalog.h"

#include <stdint.h>

struct arena;
struct environment;
struct quoted_text;
struct redactor;

struct texts {
    const char **items;
    const struct node **nodes; /* where each is written */
    size_t count;
};

/* Of any list of objects: `items` points to as many structs as `count` says. */
#define LIST_OF(type)                                                                                                  \
    struct {                                                                                                           \
        type *items;                                                                                                   \
        size_t count;                                                                                                  \
    }

/* In the order of the words in schema.c. */
enum secret_type { SECRET_S3, SECRET_AZURE, SECRET_GCS, SECRET_HTTP, SECRET_POSTGRES, SECRET_MYSQL };
enum secret_provider { PROVIDER_CONFIG, PROVIDER_CREDENTIAL_CHAIN };
enum view_source {
    SOURCE_NONE = -1,
    SOURCE_PARQUET,
    SOURCE_DELTA,
    SOURCE_ICEBERG,
    SOURCE_DUCKDB,
    SOURCE_SQLITE,
    SOURCE_POSTGRES
};
enum dimension_type {
    DIMENSION_UNTYPED = -1,
    DIMENSION_TIME,
    DIMENSION_NUMBER,
    DIMENSION_STRING,
    DIMENSION_BOOLEAN,
    DIMENSION_DATE
};
enum join_type { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL };

struct secret {
    const struct node *node;
    int type;         /* enum secret_type */
    int provider;     /* enum secret_provider */
    const char *name; /* the type's word when the config has none; lower case, as DuckDB folds it */
    bool persistent;
    const char *scope;
    const char *key_id;
    const char *secret;
    const char *region;
    const char *endpoint;
    const char *connection_string;
    const char *tenant_id;
    const char *account_name;
    const char *client_id;
    const char *client_secret;
    const char *service_account_key;
    const char *json_key;
    const char *bearer_token;
    const char *header;
    const char *host;
    const char *database;
    const char *user;
    const char *password;
    int64_t port; /* 0: absent */
    struct value *options;
};

struct duckdb_section {
    const struct node *node;
    const char *database; /* absolute, ":memory:", or a name that DuckDB knows, as in md:sales */
    struct texts install_extensions;
    struct texts load_extensions;
    struct texts pragmas;
    struct texts settings;
    LIST_OF(struct secret) secrets;
};

struct sql_reference {
    const struct node *node;
    const char *path;
    struct value *variables;
    bool as_template;
};

struct view {
    const struct node *node;
    const char *name;
    const char *db_schema;
    const char *sql;             /* also when it comes from a file */
    const struct node *sql_text; /* where `sql` is written: for the places of errors in it */
    struct sql_reference *sql_file;
    struct sql_reference *sql_template;
    int source; /* enum view_source */
    const char *uri;
    const char *database;
    const char *table;
    const char *catalog;
    struct value *options;
    const char *description;
    struct texts tags;
};

/* What to do when an attachment takes long or fails; LEFT_OPEN where the config says nothing. */
enum { LEFT_OPEN = -1 };
enum on_error { ON_ERROR_FAIL, ON_ERROR_WARN, ON_ERROR_SKIP };

struct attach_policy {
    int64_t attach_timeout; /* seconds */
    int64_t retries;
    int on_error; /* enum on_error; NO_WORD: as the options of the call say */
};

struct duckdb_attachment {
    const struct node *node;
    const char *alias;
    const char *path;
    bool read_only;
    struct attach_policy policy;
};

struct sqlite_attachment {
    const struct node *node;
    const char *alias;
    const char *path;
    bool read_only;
    struct attach_policy policy;
};

struct postgres_attachment {
    const struct node *node;
    const char *alias;
    const char *host;
    int64_t port;
    const char *database;
    const char *user;
    const char *password;
    const char *sslmode;
    bool read_only;
    int64_t connect_timeout; /* seconds; LEFT_OPEN: none is written */
    struct attach_policy policy;
    struct value *options;
};

struct duckalog_attachment {
    const struct node *node;
    const char *alias;
    const char *config_path;
    const char *database;
    bool read_only;
    struct attach_policy policy;
};

struct attachments {
    const struct node *node;
    LIST_OF(struct duckdb_attachment) duckdb;
    LIST_OF(struct sqlite_attachment) sqlite;
    LIST_OF(struct postgres_attachment) postgres;
    LIST_OF(struct duckalog_attachment) duckalog;
};

struct iceberg_catalog {
    const struct node *node;
    const char *name;
    const char *catalog_type;
    const char *uri;
    const char *warehouse;
    struct attach_policy policy;
    struct value *options;
};

struct dimension {
    const struct node *node;
    const char *name;
    const char *expression;
    const char *label;
    const char *description;
    int type; /* enum dimension_type */
    struct texts time_grains;
};

struct measure {
    const struct node *node;
    const char *name;
    const char *expression;
    const char *label;
    const char *description;
    const char *type;
};

struct join {
    const struct node *node;
    const char *to_view;
    int type; /* enum join_type */
    const char *on_condition;
    const struct view *view; /* that to_view names: found by the checks */
};

struct model_defaults {
    const struct node *node;
    const char *time_dimension;
    const char *primary_measure;
    LIST_OF(struct value) default_filters;
};

struct semantic_model {
    const struct node *node;
    const char *name;
    const char *base_view;
    LIST_OF(struct dimension) dimensions;
    LIST_OF(struct measure) measures;
    LIST_OF(struct join) joins;
    struct model_defaults *defaults;
    const char *label;
    const char *description;
    struct texts tags;
    const struct view *base; /* that base_view names: found by the checks */
};

struct import {
    const struct node *node;
    const char *path;
    bool override;
};

struct loader_settings {
    const struct node *node;
    bool concurrency_enabled;
    int64_t max_threads; /* 0: absent */
};

/* What a config file holds: the top of the schema. */
struct catalog_section {
    const struct node *node;
    int64_t version;
    struct duckdb_section *duckdb;
    LIST_OF(struct view) views;
    struct attachments *attachments;
    LIST_OF(struct iceberg_catalog) iceberg_catalogs;
    LIST_OF(struct semantic_model) semantic_models;
    const struct node *imports;
    struct texts env_files;
    struct loader_settings *loader_settings;
};

/* The files that the config is made of: see imports.h. */
struct config_files {
    struct config_file **items; /* the main file first, then in the order in which they were met */
    size_t count;
    struct map *by_path;
};

/* A catalog that `attachments.duckalog` names; in the same order. */
struct nested_catalog {
    const struct duckalog_attachment *attachment;
    struct duckalog_config *config;     /* of the family; NULL: it can't be loaded */
    struct duckalog_config *incomplete; /* what can't be loaded, where that is asked for (keep_incomplete); or NULL */
    const char *database;               /* the file that its catalog is in */
};

/* A database file that the session needs for nested catalogs: theirs, or one that their views read. */
struct inherited_file {
    const struct node *node; /* of the attachment that brings it */
    const char *alias;
    const char *path;
    bool read_only;
    bool is_catalog;
    bool is_sqlite;
    const struct attach_policy *policy; /* of that attachment */
};

struct duckalog_config {
    struct arena *arena; /* wiped at the end: passwords are read into it */
    struct redactor *redactor;
    struct config_files files;
    struct reader *reader;                         /* of the family, while it is loaded */
    const duckalog_remote_options *remote_options; /* the same; or NULL */
    struct quoted_text *texts;                     /* what the files hold: see quote.h */
    size_t text_count;
    struct environment *environment; /* variables of .env files */
    struct roots roots;              /* that paths of the config have to lie below, as its policy says */
    struct roots allowed_roots;      /* the caller's among them: where documents from elsewhere may lead to */
    bool strict_paths;
    bool incomplete;      /* an import can't be read: what is not there may be in it */
    struct source source; /* of the main file */
    struct catalog_section root;
    struct nested_catalog *nested;
    size_t nested_count;
    unsigned nested_levels;           /* of catalogs below this one */
    struct inherited_file *inherited; /* each alias once */
    size_t inherited_count;
    struct family *family; /* all configs below this one, where this is the one that the user named; see nested.h */
};

/* Has the view a query of its own? Blank SQL counts as none (D-36). */
bool view_has_sql(const struct view *view);

/* Does it read what its uri names? */
bool view_reads_uri(const struct view *view);

/* The schema of a view in the catalog: DuckDB's default when the config names none. */
const char *view_schema(const struct view *view);

/* The code of a diagnostic that says that something behind a URI can't be had. */
#define CONFIG_REMOTE_CODE "remote"

/* Why a config could not be loaded, by what was reported: DUCKALOG_CONFIG; when that alone is wrong, DUCKALOG_REMOTE. */
duckalog_status config_failure(const struct duckalog_report *report);

/* Refuses to read more files than this. */
enum { CONFIG_MOST_FILES = 10000 };

/* Levels of catalogs that build on catalogs (connection.md 10). */
enum { CONFIG_DEEPEST = 5 };

/* What a caller may want to have otherwise; all zero: the defaults. */
struct config_options {
    bool skip_env_files;              /* no .env files */
    bool strict_paths;                /* every path has to stay below the allowed roots, not only relative ones */
    const char *const *allowed_roots; /* absolute folders, beside those of the config's files; ended by NULL; or NULL */
    const char *text;                 /* what stands in the main file, which is then not read; NULL: read it */
    unsigned deepest;                 /* levels of nested catalogs; 0: CONFIG_DEEPEST */
    duckalog_read_function read;      /* is asked for files first; or NULL */
    void *read_user;
    bool keep_incomplete;               /* hand out a config with errors too: its files are what can be looked at */
    const struct remote_access *remote; /* for what is behind URIs; NULL: nothing is */
    struct remote_settings remote_settings;
};

/*
 * Reads and checks the file at `path`, which messages call `shown`. `options` may be NULL. `report` gets every problem,
 * masked, unsorted. NULL when there is an error, unless the options keep what is incomplete.
 */
struct duckalog_config *config_load(const char *path, const char *shown, const struct config_options *options,
                                    struct duckalog_report *report);

/* The same for a text that is going to be written to `path`; nothing need be there. */
struct duckalog_config *config_load_text(const char *path, const char *text, struct duckalog_report *report);

void config_free(struct duckalog_config *config);

#endif
