#ifndef DUCKALOG_ENGINE_PUBLISHED_H
#define DUCKALOG_ENGINE_PUBLISHED_H

/*
 * Catalogs whose database is behind a URI. DuckDB writes to local files only: the session works on a copy in a folder of
 * its own, which is fetched when the database is there, and published once the session is restored.
 */

#include "config/remote.h"
#include "engine/timings.h"

#include <stdint.h>

struct duckalog_config;
struct duckalog_report;
struct published;
struct session;
struct session_options;

/* What is asked for; all of it outlives the call. */
struct publication {
    const char *uri;
    struct remote_settings remote;
    const duckalog_options *options;
    const struct duckalog_config *config; /* that names it; NULL: none */
    struct duckalog_report *report;
    const struct log *log;
    struct timings *timings;
    const char *overtaken_hint; /* what to do when somebody else has published one meanwhile */
    bool has_to_be_here;        /* the whole of the database, also when only a part of it is going to be read */
    /* It could be published, and is not going to be: there may be nothing yet, and it is opened to read only. */
    bool is_only_looked_at;
};

/*
 * Makes the folder, and fetches the database when it is there and is wanted. On failure the report says why, and nothing
 * is left.
 */
duckalog_status published_open(const struct publication *asked, struct published **ret_published);

/* Was there a database to fetch or attach? Always so of what is opened read-only, and not only looked at. */
bool published_is_there(const struct published *published);

/* The URI for people, without credentials, as long as it is open. */
const char *published_uri(const struct published *published);

/*
 * Opens a session on the copy. A large database that is only read is not fetched, but attached by DuckDB, which reads the
 * parts that it needs; one that DuckDB can't attach is fetched all the same. On failure the report says why.
 */
duckalog_status published_session(struct published *published, const struct publication *asked,
                                  const struct session_options *options, struct session **ret_session);

/*
 * Publishes what the session has made: all of it, or what was there stays. A copy that nothing was written to is not sent
 * back. `ret_bytes`: how many were uploaded; 0: nothing.
 */
duckalog_status published_put(struct published *published, const struct publication *asked,
                              const struct session *session, uint64_t *ret_bytes);

/* Has somebody else published one meanwhile, so that nothing of this session can be? NULL: no. */
bool published_is_overtaken(const struct published *published);

/*
 * Around what the catalog itself does with the session: what was written to the copy between an end and the next begin is
 * the user's own, and a copy that has it is not published any more, but told of. NULL is fine.
 */
void published_begin(struct published *published);
void published_end(struct published *published);

/* Takes the copy away, after the session; what stays for want of permission is told to the log. NULL is fine. */
void published_close(struct published *published, const struct log *log);

/*
 * published_files.c: tells what the catalog reads from this machine, which whoever opens it elsewhere does not have; an
 * error when the options ask for that.
 */
duckalog_status published_check(const struct publication *asked);

#endif
