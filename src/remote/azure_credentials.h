#ifndef DUCKALOG_REMOTE_AZURE_CREDENTIALS_H
#define DUCKALOG_REMOTE_AZURE_CREDENTIALS_H

/* What lets in to Azure's blobs: for DuckDB, which reads them, and for our own requests that write them. */

#include "remote/stores_parts.h"

#define AZURE_HINT                                                                                                     \
    "credentials come from --azure-connection-string, --fs-key (the account) and --fs-secret, or "                     \
    "AZURE_STORAGE_CONNECTION_STRING, _ACCOUNT, _KEY and _SAS_TOKEN: docs/remote-credentials.md"

struct azure_credentials {
    const char
        *connection_string; /* of the user, or made of what else there is; NULL: none, and no more than an account */
    const char *account;    /* NULL: not named */
    const char *key;        /* of the account, in base64; or NULL */
    const char *signature;  /* a shared access one, without the question mark; or NULL */
    const char *endpoint;   /* the URL of the account's blobs; NULL without a connection string */
    const char *problem;    /* why there are none, for "can't be read: …"; or NULL */
    const char *problem_hint;
};

/* False: no memory. The texts are copies in the arena. */
bool azure_credentials_find(struct arena *arena, const struct store_given *given, struct azure_credentials *ret_found);

#endif
