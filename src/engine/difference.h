#ifndef DUCKALOG_ENGINE_DIFFERENCE_H
#define DUCKALOG_ENGINE_DIFFERENCE_H

/*
 * What a run would do: the difference between a config and its catalog, the nested ones included, and what a new session
 * would get. Files are only read, nothing is attached, and no view is bound.
 */

#include "engine/changes.h"

struct catalog_difference {
    const char *names; /* of the attachments that lead to a nested catalog, as in "a > b"; NULL: the catalog itself */
    const char *database; /* a file, ":memory:", or a URI without credentials */
    bool exists;
    size_t views; /* of the config */
    struct changes changes;
    const struct redactor *redactor; /* of its config */
};

/* A thing that the config asks of each session. */
struct session_change {
    enum phase phase;
    const char *kind;   /* "duckdb", "s3", …; NULL: nothing to tell */
    const char *name;   /* of a statement: its number in the config */
    const char *shown;  /* a statement, secrets masked; NULL for what has a name */
    bool is_persistent; /* of secrets */
    bool is_there;      /* a new session has it already: a secret that is stored, a setting of this value */
};

struct difference {
    struct catalog_difference
        *catalogs; /* what is read comes before what reads it: the catalog itself is the last one */
    size_t catalog_count;
    struct session_change *session; /* in the order of restoration */
    size_t session_count;
};

struct difference_options {
    const char *database; /* absolute, in place of the config's; NULL: the config's */
    const char *extension_directory;
    int lock_timeout_ms;
    const atomic_bool *interrupted;  /* not NULL */
    const duckalog_options *reading; /* how a database behind a URI is read */
};

/*
 * Everything found lives as long as the arena and the config. On failure the report says why. DuckDB has to be loaded
 * already.
 */
duckalog_status difference_find(struct arena *arena, const struct duckalog_config *config,
                                const struct difference_options *options, struct duckalog_report *report,
                                struct difference *ret_difference);

#endif
