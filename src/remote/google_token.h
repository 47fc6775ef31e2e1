#ifndef DUCKALOG_REMOTE_GOOGLE_TOKEN_H
#define DUCKALOG_REMOTE_GOOGLE_TOKEN_H

/*
 * Access tokens for Google Cloud Storage: what DuckDB passes on with its requests, in exchange for the file of an account.
 */

#include "remote/transport.h"

#include <time.h>

struct google_account;

/* Signing in, which is done once: all requests of a load have the same token, or the same problem. */
struct google_sign_in;

struct google_token {
    const char *token;   /* good for an hour; NULL: there is none */
    const char *problem; /* why not, in a sentence; NULL: no memory */
    const char *hint;    /* or NULL */
    bool is_transient;   /* asking again may help */
    int tries;           /* that were made; 0: nobody was asked */
};

struct google_sign_in *google_sign_in_create(void); /* NULL: no memory */
void google_sign_in_destroy(struct google_sign_in *sign_in);

/*
 * The token for the account of a file. It lives as long as `sign_in`. From any thread: who comes while another one asks
 * waits for its answer.
 */
const struct google_token *google_sign_in(struct google_sign_in *sign_in, const struct remote_context *context,
                                          const char *path, int patience_ms);

/* What a service account says of itself, signed with its key (RFC 7523). NULL with the reason, as rsa_sign() has them. */
const char *google_assertion(struct arena *arena, const struct google_account *account, time_t now,
                             const char **ret_problem, const char **ret_hint);

#endif
