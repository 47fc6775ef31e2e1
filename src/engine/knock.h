#ifndef DUCKALOG_ENGINE_KNOCK_H
#define DUCKALOG_ENGINE_KNOCK_H

/*
 * Knocking at a PostgreSQL server before DuckDB goes there: it takes a round trip or two, and tells a server that is not
 * there, or accepts and stays silent, from one that works. DuckDB would wait for the latter without end.
 */

#include "duckalog.h"

#include <stdbool.h>

struct text;
struct worker;

struct door {
    const char *host;
    int port;
    bool asks_for_tls; /* ask whether TLS is spoken, and wait for the answer */
    double limit_ms;
};

/*
 * DUCKALOG_OK; DUCKALOG_TIMEOUT; DUCKALOG_UNAVAILABLE: refused, or closed at once; DUCKALOG_ENGINE: there is no such host.
 * `problem` says which. Returns early when the worker is told to stop, as after a timeout.
 */
duckalog_status knock(const struct door *door, const struct worker *worker, struct text *problem);

#endif
