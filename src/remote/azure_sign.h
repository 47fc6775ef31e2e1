#ifndef DUCKALOG_REMOTE_AZURE_SIGN_H
#define DUCKALOG_REMOTE_AZURE_SIGN_H

/* What Azure's blobs are asked by: requests, which the key of the account signs (SharedKey). */

#include <stdint.h>
#include <time.h>

struct arena;

struct azure_pair {
    const char *name; /* in lower case */
    const char *value;
};

struct azure_request {
    const char *method;
    const char *path;               /* of the URL, as it is sent */
    const struct azure_pair *query; /* by name; values as they are meant. Ended by one without a name; or NULL */
    const struct azure_pair *own;   /* the headers x-ms-…, by name; ended by one without a name */
    uint64_t length;                /* of the content */
    const char *md5;                /* headers; or NULL */
    const char *type;
    const char *if_match;
};

/* The header, for an account and its key, which is in base64. NULL: the key is none, or no memory. */
const char *azure_authorization(struct arena *arena, const char *account, const char *key,
                                const struct azure_request *request);

/* What is signed. NULL: no memory. */
const char *azure_canonical(struct arena *arena, const char *account, const struct azure_request *request);

/* As HTTP has it, in English whatever the locale is. NULL: no memory. */
const char *azure_date(struct arena *arena, time_t now);

#endif
