#ifndef DUCKALOG_REMOTE_TRANSPORT_H
#define DUCKALOG_REMOTE_TRANSPORT_H

/*
 * The ways to what lives elsewhere: HTTP(S), GitHub and SFTP through libcurl, object stores through DuckDB. load.c asks
 * them for documents and decides on the cache and limits; files.c gets and gives them files. ways.h has them by scheme.
 */

#include "config/remote.h"
#include "remote/uri.h"

#include <stdint.h>
#include <stdio.h>

struct connections;
struct glob;
struct stores;

/* What all requests of a load have in common. */
struct remote_context {
    const duckalog_remote_options *options; /* never NULL */
    const atomic_bool *interrupted;         /* may be NULL */
    struct stores *stores;                  /* the DuckDB that object stores are reached through: stores.h */
    struct connections *connections;        /* of libcurl: transfer.h */
    const struct uri *homes[URI_SCHEMES];   /* credentials_set_home(): of each protocol the first URI; or NULL */
    double deadline;                        /* by clock_ms() */
};

struct remote_request {
    const struct remote_context *context;
    struct arena *arena; /* of the answer and its texts: of one thread */
    const struct uri *uri;
    size_t largest;       /* bytes that are taken; a longer document is a failure */
    int patience_ms;      /* in which the server has to answer, and may be silent */
    const char *etag;     /* of the copy that is there already; NULL: none */
    const char *modified; /* the same, as the server wrote its date */
    bool is_head;         /* what is known of it, without the content */
    FILE *to;             /* where the content goes; NULL: into the arena */
    void (*progress)(uint64_t done, uint64_t total, void *user); /* or NULL */
    void *progress_user;
};

enum remote_outcome {
    REMOTE_DONE,
    REMOTE_UNCHANGED, /* the copy is the document */
    REMOTE_REFUSED,   /* not there, or no permission: asking again is no use */
    REMOTE_FAILED     /* the network or the server: asking again may help */
};

struct remote_answer {
    enum remote_outcome outcome;
    struct file_content content;
    uint64_t size;        /* bytes of the content */
    bool has_no_size;     /* asked for what is known of it, the server does not say how large it is */
    bool is_wrong;        /* REMOTE_REFUSED, as the URI is no address of a document: nobody was asked */
    bool is_missing;      /* REMOTE_REFUSED, as there is nothing of this name */
    bool is_changed;      /* REMOTE_REFUSED, as it is not the one that may be replaced */
    const char *etag;     /* for the next time; NULL: the server has none */
    const char *modified; /* the same */
    const char *message;  /* what went wrong, for a message that begins with the URI: "can't be read: …" */
    const char *hint;     /* or NULL */
    int wait_ms;          /* before it is asked again, when the server says so; 0: it does not */
    int tries;            /* that were made of it: retry.h */
};

/* One try. No memory: the outcome is REMOTE_REFUSED. */
typedef void remote_get(const struct remote_request *request, struct remote_answer *ret_answer);

/* The URIs that a pattern matches, sorted, at most `most`. The answer has no content. */
typedef void remote_list(const struct remote_request *request, size_t most, struct glob *ret_found,
                         struct remote_answer *ret_answer);

remote_get http_get;   /* http, https */
remote_get github_get; /* github://owner/repository/path?ref=… */
remote_get sftp_get;   /* sftp, ssh */
remote_get stores_get; /* s3, gs, r2, az, abfss, hf */

/* A file that goes to a URI, which has the whole of it or nothing new at the end. */
struct remote_upload {
    const struct remote_context *context;
    struct arena *arena; /* of the texts of the answer */
    const struct uri *uri;
    const char *file; /* local */
    uint64_t size;    /* bytes */
    int patience_ms;
    /* ETag of the object that may be replaced, and no other; "": nothing may be there; NULL: whatever is there. */
    const char *replaces;
    /* Told how far it is; or NULL. */
    void (*progress)(uint64_t done, uint64_t total, void *user);
    void *progress_user;
};

/* One try; `content` stays empty, `etag` is that of the new object, if the server tells. */
typedef void remote_put(const struct remote_upload *upload, struct remote_answer *ret_answer);

remote_put http_put; /* https with --export-put */
remote_put sftp_put;
remote_put stores_put; /* s3, gs, r2 */
remote_put azure_put;  /* az, abfss */

#endif
