#ifndef DUCKALOG_ENGINE_ATTACHMENT_H
#define DUCKALOG_ENGINE_ATTACHMENT_H

/*
 * What the files that attach have in common: an attachment on its way, and how much patience there is with it.
 */

#include "engine/restore.h"

struct attachment {
    const struct step *secret; /* of its credentials; NULL: it has none */
    const struct step *step;
    size_t index; /* of that step in the plan */
    duckalog_status status;
    const char *code; /* of what went wrong; NULL: as the status says */
    const char *hint;
    char *problem;   /* what went wrong; to be freed */
    bool is_put_off; /* not tried, as another one has failed for good */
    bool is_done;    /* for better or worse */
    int tries;
    double elapsed_ms;
};

/* Keeps a copy of the problem in place of the one before. */
void attachment_fail(struct attachment *attachment, duckalog_status status, const char *problem);

/* How long an attachment may take, and how often it is tried: as its config says, or else the options of the call. */
struct patience {
    double timeout_ms; /* of one try */
    double total_ms;   /* of all */
    int retries;
};

struct patience patience_of(const struct restoration *restoration, const struct step *step);

/* How long to wait before a retry, the first one being 1: longer each time, and not for all processes the same. */
double patience_pause_ms(int retry);

/* attach_file.c: sets the status and what went wrong. */
void attach_file(struct restoration *restoration, struct attachment *attachment);

struct worker_watch;

/* attach_server.c: the same for all that need the network, side by side. */
void attach_servers(struct restoration *restoration, struct attachment *const *attachments, size_t count,
                    const struct worker_watch *watch);

#endif
