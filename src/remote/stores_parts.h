#ifndef DUCKALOG_REMOTE_STORES_PARTS_H
#define DUCKALOG_REMOTE_STORES_PARTS_H

/*
 * The parts of the stores among themselves: what lets a request in, the database, and a call that may have to be given up.
 */

#include "base/duckdb.h"
#include "config/glob.h"
#include "remote/stores.h"

#include <pthread.h>

struct redactor;
struct text;

/* ---- credentials: stores_secrets.c ---- */

/* What the user names by options and DUCKALOG_FS_…. */
struct store_given {
    const duckalog_remote_options *options; /* without a word where they are for another store */
    const char *key;                        /* NULL: none, as all of them */
    const char *secret;
    const char *token;
    bool is_anonymous;
};

struct store_given store_given_find(const struct remote_context *context, const struct uri *uri);

/* Half a pair would be taken for nothing at all. */
bool store_given_is_half(const struct store_given *given);

#define STORE_HALF_PROBLEM "there is only one of key and secret"
#define STORE_HALF_HINT "pass both, as --fs-key and --fs-secret"

enum { STORE_MOST_VALUES = 6 };

/* What DuckDB needs before it can reach a store: texts of the caller's arena. */
struct store_entry {
    enum uri_scheme scheme;
    const char *extensions[3]; /* in this order; ended by NULL */
    const char *secret;        /* CREATE SECRET; NULL: none */
    const char *values[STORE_MOST_VALUES];
    size_t value_count;
    const char *profile;      /* that the secret has to find credentials by; NULL: it may find none */
    const char *problem;      /* why there can be no secret, for "can't be read: …"; or NULL */
    const char *problem_hint; /* what to do about it */
    bool is_transient;        /* the problem may go away */
    int tries;                /* that were made before there was a problem; 0: nobody was asked */
    const char *denied_hint;  /* what to do when the store lets nobody in with it */
};

/* May ask a server, which may be silent for so long, to let in. False: no memory. */
bool store_entry_find(struct arena *arena, const struct remote_context *context, const struct uri *uri, int patience_ms,
                      struct store_entry *ret_entry);

/* The URI as DuckDB spells it; NULL: no memory. */
const char *store_address(struct arena *arena, const struct uri *uri);

/* ---- messages: stores_problem.c ---- */

/* What is done, as in "can't be read". */
enum store_action { STORE_READ, STORE_WRITE, STORE_LIST };

/* An answer for what DuckDB says, without any of the values of the entry. */
void store_explain(struct arena *arena, enum store_action action, const struct store_entry *entry,
                   const char *duckdb_message, struct remote_answer *ret_answer);

/* "can't be read: " and the reason. */
const char *store_message(struct arena *arena, enum store_action action, const char *reason);

/* ---- calls: stores_call.c ---- */

/*
 * A call runs in a thread of its own, as DuckDB waits for a silent server until its own limit: whoever called goes on when
 * the time is over or the user wants it, and the thread ends whenever it can. So it has all it needs in its own arena.
 */
struct store_call {
    struct stores *stores;
    struct arena *arena; /* also of the answer */
    enum store_action action;
    struct store_entry entry;
    const char *uri;     /* as it was asked for */
    const char *address; /* as DuckDB spells it */
    int patience_ms;
    int retries; /* by DuckDB, of a single request */
    void (*work)(struct store_call *call);

    /* What the kinds of work need. */
    size_t largest;
    bool is_head;
    FILE *to; /* used with the lock held, and not when it is given up */
    const char *etag;
    const char *modified;
    size_t most;
    struct glob found;
    const char *file; /* local, that is written to the object */
    uint64_t size;
    const char *replaces;

    struct remote_answer answer;
    duckdb_connection connection; /* while there is one */
    atomic_bool is_given_up;
    _Atomic uint64_t moved; /* bytes, of so many: */
    _Atomic uint64_t total;
    _Atomic double last_sign; /* of life, by clock_ms() */
    atomic_bool is_unwatched; /* what takes its time is not the store, or does not tell how far it is */

    /* Between the thread and whoever called. */
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool is_done;
    bool is_abandoned;
};

/* One with an arena, an entry and an address. NULL after writing the answer. */
struct store_call *store_call_create(const struct remote_context *context, struct arena *arena, const struct uri *uri,
                                     enum store_action action, int patience_ms, struct remote_answer *ret_answer);

/* Whoever waits for a call. */
struct store_watch {
    const struct remote_context *context;
    struct arena *arena;                                         /* of the answer */
    void (*progress)(uint64_t done, uint64_t total, void *user); /* or NULL; called in the thread that waits */
    void *progress_user;
};

/*
 * Does the work, with a connection. True: the call is the caller's to read, and to destroy. False: it was given up, the
 * answer, in the arena, says why, and the call is gone.
 */
bool store_call_run(struct store_call *call, const struct store_watch *watch, struct remote_answer *ret_answer);
void store_call_destroy(struct store_call *call);

/* Copies an answer of a call into the arena of whoever called. */
void store_answer_keep(struct arena *arena, const struct remote_answer *answer, struct remote_answer *ret_answer);

/* The store has shown a sign of life. */
void store_call_goes_on(struct store_call *call);

/* Fails the call with what DuckDB says. */
void store_call_fail(struct store_call *call, const char *duckdb_message);

/* ---- reading: stores_get.c ---- */

/* Reads the object of the call, or looks at it when it is_head, and writes the answer. */
void store_read(struct store_call *call);

/* ---- DuckDB's file systems: stores_file.c ---- */

enum store_file_use { STORE_FILE_READ, STORE_FILE_WRITE };

/* An object that is open, in a transaction of the call's connection. */
struct store_file {
    duckdb_client_context context;
    void *file_system;
    void *handle;
};

/* False after failing the call. */
bool store_file_open(struct store_call *call, enum store_file_use use, struct store_file *ret_file);

/* Fails the call with what went wrong with the file. */
void store_file_fail(struct store_call *call, const struct store_file *file);

/* False after failing the call: what was written is not there then. */
bool store_file_close(struct store_call *call, struct store_file *file);

/*
 * Leaves a file as it is: closing one that is being written would make an object of what has been written so far. Its
 * memory, and the database, stay until the process ends, as threads of DuckDB may still be sending from it.
 */
void store_file_leave(struct store_call *call, struct store_file *file);

/* ---- the database: stores.c ---- */

/* In the call's thread: a connection that lets in to its store; false after failing the call. */
bool stores_connect(struct store_call *call);
void stores_disconnect(struct store_call *call);

/* Who signs in at Google for all requests to these stores. */
struct google_sign_in *stores_sign_in(struct stores *stores);

/* As many threads as there are calls hold the stores, besides their owner. */
void stores_hold(struct stores *stores);
void stores_release(struct stores *stores);

/* ---- statements: stores_query.c ---- */

/*
 * Runs a statement with its values; what went wrong is added to `problem`. With `ret_result` NULL the result is dropped,
 * otherwise it is the caller's to destroy.
 */
bool store_query(duckdb_connection connection, const char *sql, const char *const *values, size_t value_count,
                 duckdb_result *ret_result, struct text *problem);

/* A text or blob of a row of a chunk; NULL for NULL. As long as the chunk. */
const char *store_chars(duckdb_data_chunk chunk, idx_t column, idx_t row, size_t *ret_length);

/* The first column of the first row, as text in the arena; NULL: no row, or NULL. */
const char *store_query_text(struct arena *arena, duckdb_connection connection, const char *sql, const char *value);

#endif
