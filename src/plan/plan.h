#ifndef DUCKALOG_PLAN_PLAN_H
#define DUCKALOG_PLAN_PLAN_H

/*
 * A Plan: what has to be done to a connection, step by step, as plain data. `run` executes it, `generate-sql` prints
 * it, tests compare it. It knows nothing of connections, threads or time.
 */

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* In the order of restoration (architecture.md 6). */
enum phase {
    PHASE_PRAGMAS,
    PHASE_SETTINGS,
    PHASE_INSTALL,
    PHASE_LOAD,
    PHASE_SECRETS,
    PHASE_ATTACH,
    PHASE_SCHEMAS,
    PHASE_VIEWS,
    PHASE_PERSISTENT,
    PHASE_COUNT
};

enum step_kind {
    STEP_STATEMENT,         /* run it */
    STEP_INSTALL,           /* unless the extension `name` is there already */
    STEP_TEMPORARY_SECRET,  /* in memory, on every connection */
    STEP_STAND_IN_SECRET,   /* in memory, while the persistent secret `name` is not stored yet */
    STEP_PERSISTENT_SECRET, /* stored, once */
    STEP_ATTACH_SECRET,     /* in memory, of an attachment: it fails as a part of it */
    STEP_ATTACH,            /* unless `name` is attached already */
    STEP_SCHEMA,            /* for the first view that is missing in it */
    STEP_VIEW,              /* when it is missing, or everything is rebuilt */
};

enum file_format { FILE_ANY, FILE_DUCKDB, FILE_SQLITE };

/* A value that does not stand in the SQL: $1 is the first one. */
struct binding {
    const char *value;
};

struct step {
    enum phase phase;
    enum step_kind kind;
    const char *name;
    struct position position; /* in the config */
    const char *sql;          /* one statement, to be executed with the bindings */
    const char *shown;        /* the statement for people and scripts; NULL: not a part of a script */
    struct binding *bindings;
    size_t binding_count;

    /* of attachments */
    const char *kind_name; /* "duckdb", "sqlite", "postgres", "iceberg" */
    const char *file;      /* the local file that it opens, or NULL */
    enum file_format file_format;
    bool file_is_created; /* DuckDB makes it when it is missing */
    bool needs_network;   /* may hang, may fail for a while */
    const struct attach_policy *policy;
    const char *extension; /* of DuckDB, that attaches it; NULL: none, or DuckDB finds it out */
    const char *host;      /* of a PostgreSQL server, to knock at before DuckDB does; NULL: not known, or several */
    int port;
    bool asks_for_tls; /* it is asked for TLS first, and has to answer */

    /* of views */
    const struct view *view;
};

struct plan {
    struct arena *arena; /* wiped at the end */
    struct step *steps;
    size_t count;
};

struct query_reader;

struct plan_options {
    const char *catalog;      /* the database's name in DuckDB, to qualify views and schemas with; NULL: unqualified */
    bool show_secrets;        /* in `shown` */
    const bool *wanted_views; /* of each view of the config: is it to be created? NULL: all */
    bool attach_read_only;    /* whatever the config says: to look, and change nothing */
    int attach_timeout_s;     /* what a server may take where the config says nothing; 0: 10 */
    const struct query_reader *reader; /* for the order of views; NULL: their names decide */
    struct duckalog_report *report;    /* is told of views that read each other in a ring; may be NULL */
};

/* NULL only when there is no memory. The plan points into the config, which must outlive it. */
struct plan *plan_build(const struct duckalog_config *config, const struct plan_options *options);

void plan_free(struct plan *plan);

/* Appends a copy of the step; false when there is no memory. */
bool plan_add(struct plan *plan, const struct step *step);

/* The steps of each kind; in a room of their own. */
bool plan_add_secrets(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options,
                      enum phase phase);
bool plan_add_attachments(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options);
bool plan_add_views(struct plan *plan, const struct duckalog_config *config, const struct plan_options *options);

/* A view's name for people, with its schema if it has one. NULL: no memory. */
const char *plan_view_name(struct arena *arena, const struct view *view);

/* The name of the temporary secret that an attachment has its credentials in, if it has any. NULL: no memory. */
const char *plan_attachment_secret(struct arena *arena, const char *alias);

/* The query of a view, to be executed: secrets are in it. NULL: no memory. */
const char *plan_view_query(struct arena *arena, const struct view *view);

/* The place of an object in the config, for the messages of a step. */
struct position plan_place(const struct node *node, const char *key);

#endif
