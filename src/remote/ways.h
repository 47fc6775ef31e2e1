#ifndef DUCKALOG_REMOTE_WAYS_H
#define DUCKALOG_REMOTE_WAYS_H

/* Which way leads to what a scheme stands for. */

#include "remote/stores.h"
#include "remote/transport.h"

struct way {
    remote_get *get;   /* also finds, as a request of `is_head`, and downloads, as one with `to` */
    remote_put *put;   /* NULL: nothing can be written there */
    remote_list *list; /* NULL: its files can't be listed */
};

const struct way *way_to(enum uri_scheme scheme);

#endif
