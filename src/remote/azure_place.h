#ifndef DUCKALOG_REMOTE_AZURE_PLACE_H
#define DUCKALOG_REMOTE_AZURE_PLACE_H

/* Where a URI leads to among Azure's blobs, for requests of our own, and what lets them in there. */

#include "remote/azure_credentials.h"

struct azure_place {
    struct azure_credentials credentials;
    const char *server; /* "https://account.blob.core.windows.net" */
    const char *path;   /* of the URL of the blob */
};

/* The texts live as long as the arena. False after setting a reason, for "can't be written: …"; NULL: no memory. */
bool azure_place_find(struct arena *arena, const struct remote_context *context, const struct uri *uri,
                      struct azure_place *ret_place, const char **ret_problem, const char **ret_hint);

#endif
