#ifndef DUCKALOG_REMOTE_TRANSFER_H
#define DUCKALOG_REMOTE_TRANSFER_H

/*
 * One exchange with a server through libcurl, which is loaded when it is first needed: it brings some thirty libraries
 * along, and most catalogs are local.
 */

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "remote/transport.h"

#include <stdio.h>

/* libcurl's functions that we use; set by curl_functions(). */
struct curl_functions {
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    const char *(*easy_strerror)(CURLcode);
    void (*easy_reset)(CURL *);
    void (*easy_cleanup)(CURL *);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    curl_version_info_data *(*version_info)(CURLversion);
    CURLcode (*global_init)(long);
};

/* NULL with a reason when there is no libcurl on this machine. */
const struct curl_functions *curl_functions(const char **ret_problem);

/* Handles with their open connections, for the threads of a load to take in turn. */
struct connections;

struct connections *connections_create(void); /* NULL: no memory */
void connections_destroy(struct connections *connections);

/* Which way to log in has worked last, for SFTP: the next exchange begins with it. */
atomic_size_t *connections_login(struct connections *connections);

struct transfer {
    const struct remote_context *context;
    struct arena *arena;
    const char *url;
    const char *const *headers; /* ended by NULL; or NULL */
    bool use_netrc;             /* of the user, for the server of the URL */
    bool is_direct;             /* by no proxy, as it is this machine that is meant */
    size_t largest;             /* bytes of the body that are taken */
    int patience_ms;
    const char *form;    /* what is posted, as browsers send forms; NULL: nothing */
    FILE *from;          /* what is sent; NULL: nothing */
    uint64_t from_start; /* where it begins, and where the file stands */
    uint64_t from_size;  /* bytes */
    bool is_for_writing; /* even if nothing is sent: for messages */
    FILE *to;            /* where the body goes; NULL: into memory */
    bool is_head;        /* ask for what is known of it only */
    void (*progress)(uint64_t done, uint64_t total, void *user); /* or NULL */
    void *progress_user;
    /* Sets what a protocol needs besides; or NULL. False: no memory. */
    bool (*prepare)(const struct curl_functions *curl, CURL *handle, void *user);
    void *prepare_user;
};

struct transfer_result {
    CURLcode code;
    const char *problem; /* what libcurl says of a failure; "" */
    long status;         /* of HTTP; 0: there was none */
    int file_error;      /* errno of `from` or `to`; 0: they are well */
    struct file_content content;
    uint64_t size;    /* of the body, or of what the server says it would be */
    bool has_no_size; /* the server does not say it */
    const char *etag; /* these are NULL when the server did not say */
    const char *modified;
    int64_t file_time;      /* when it was changed, as SFTP tells it: seconds since 1970; -1: it does not */
    const char *redirect;   /* absolute */
    const char *limit_left; /* X-RateLimit-Remaining */
    int wait_ms;            /* Retry-After; 0: it did not say, or a date */
    bool is_too_large;
    bool is_interrupted;
    bool is_silent; /* for longer than the patience was */
};

/* False when nothing was asked at all: no libcurl, no memory; `problem` says so. */
bool transfer_run(const struct transfer *transfer, struct transfer_result *ret_result);

/* What an exchange that failed below HTTP means: outcome, message and hint. False when it did not. */
bool transfer_failed(const struct transfer *transfer, const struct transfer_result *result,
                     struct remote_answer *ret_answer);

/* Both: true when there is a result to look at, false after answering. */
bool transfer_ask(const struct transfer *transfer, struct transfer_result *ret_result,
                  struct remote_answer *ret_answer);

#endif
