#ifndef DUCKALOG_REMOTE_GOOGLE_ACCOUNT_H
#define DUCKALOG_REMOTE_GOOGLE_ACCOUNT_H

/* The files in which Google's tools keep who somebody is: those of a service account, and those of a user. */

#include <stdbool.h>

struct arena;

#define GOOGLE_TOKEN_SERVER "https://oauth2.googleapis.com/token"

struct google_account {
    bool is_user;             /* or else a service account; what the other one has is NULL */
    const char *token_server; /* the URL that gives tokens: https, or on this machine */
    /* of a service account */
    const char *email;
    const char *key;    /* in PEM */
    const char *key_id; /* or NULL */
    /* of a user */
    const char *client_id;
    const char *client_secret;
    const char *refresh_token;
};

/*
 * What a file says; its texts live as long as the arena, which is to be a wiped one. False with what is wrong with it, in a
 * sentence, and what to do about it; no sentence: no memory.
 */
bool google_account_read(struct arena *arena, const char *path, struct google_account *ret_account,
                         const char **ret_problem, const char **ret_hint);

/* The file that `gcloud auth application-default login` writes. NULL: it is not there, or no memory. */
const char *google_account_of_gcloud(struct arena *arena);

#endif
