#ifndef DUCKALOG_CONFIG_REMOTE_H
#define DUCKALOG_CONFIG_REMOTE_H

/*
 * What the loading of configs needs of documents behind URIs. How they are reached is src/remote's business, which is
 * handed over as this table; without it there are none.
 */

#include "config/file.h"
#include "duckalog.h"

#include <stdatomic.h>
#include <stdbool.h>

struct glob;
struct remote_load;

/* Limits of one load (remote.md section 4). */
enum {
    REMOTE_MOST_DOCUMENTS = 64,
    REMOTE_DEEPEST = 10, /* documents that import each other */
    REMOTE_LARGEST_DOCUMENT = 16 * 1024 * 1024,
    REMOTE_LARGEST_SQL_FILE = 4 * 1024 * 1024,
    REMOTE_AT_A_TIME = 8,
};

/* Why there is no document. The texts live as long as the load. */
struct remote_problem {
    const char *message; /* for one that begins with the URI; NULL: all is well */
    const char *hint;    /* or NULL */
    bool is_refused;     /* by ourselves, as the URI or the options are wrong: nobody was asked */
    bool is_transient;   /* it may be there later */
    bool is_changed;     /* what is there is not what may be replaced */
};

/* How things are reached; all of it outlives the use of it. */
struct remote_settings {
    const duckalog_remote_options *options; /* of this version; NULL: the usual */
    const char *extension_directory;        /* of DuckDB; NULL: its own */
    const atomic_bool *interrupted;         /* or NULL */
};

struct remote_access {
    /* The documents of one load of a config: each is fetched once. NULL: no memory. */
    struct remote_load *(*begin)(const struct remote_settings *settings);
    void (*end)(struct remote_load *load);

    /* Tells that the user names the URI, and not a document from elsewhere: credentials are for the first of a protocol. */
    void (*expect)(struct remote_load *load, const char *uri);

    /* Can nobody on the way change what comes from there? Not so with plain http from another machine. */
    bool (*is_safe)(const char *uri);

    /* The spelling of a URI that tells it from others, in the arena; NULL after setting the problem. From any thread. */
    const char *(*name)(struct arena *arena, const char *uri, struct remote_problem *ret_problem);

    /*
     * The document, copied into the arena, of at most so many bytes. Whatever comes, it comes within the time of the load.
     * From any thread.
     */
    bool (*read)(struct remote_load *load, struct arena *arena, const char *uri, size_t largest,
                 struct file_content *ret_content, struct remote_problem *ret_problem);

    /* The URIs that a pattern matches, sorted, at most so many. False after setting the problem. */
    bool (*list)(struct remote_load *load, struct arena *arena, const char *pattern, size_t most,
                 struct glob *ret_found, struct remote_problem *ret_problem);

    /* What the user is to know of how documents were got, as in "… was taken from the cache", one after the other; NULL: no
     * more. */
    const char *(*note)(const struct remote_load *load, size_t index, const char **ret_uri);
};

#endif
