#ifndef DUCKALOG_ENGINE_CATALOG_PARTS_H
#define DUCKALOG_ENGINE_CATALOG_PARTS_H

/*
 * What a catalog is made of; only for catalog.c, catalog_anew.c, catalog_reload.c, questions.c and status.c.
 */

#include "config/config.h"
#include "engine/catalog.h"
#include "engine/exported.h"
#include "engine/published.h"
#include "engine/restore.h"
#include "engine/timings.h"

#include <pthread.h>
#include <stdatomic.h>

struct duckalog_catalog {
    pthread_mutex_t lock;
    struct arena *arena;     /* of the paths below */
    const char *config_path; /* absolute */
    const char *shown_path;  /* as the caller wrote it */
    duckalog_options options;
    struct config_options config_options;
    struct attaching attaching;
    struct exported exported; /* by the last opening or reload */
    bool has_to_be_here;      /* see catalog_bring_here() */
    bool may_begin_anew;      /* see catalog_let_begin_anew() */
    bool is_reloaded;         /* see catalog_is_reloaded() */

    /* of the session; NULL without one */
    struct session *session;
    struct published *published; /* where its database is behind a URI */
    struct duckalog_config *config;
    struct duckalog_config *base; /* of what is published, after a reload that could not be; NULL: `config` */
    duckalog_report *report;      /* of the last opening; never NULL */
    duckalog_summary summary;

    struct timings timings; /* of all openings */

    /* for duckalog_interrupt(), which takes no lock, as it may be called by a signal handler */
    _Atomic(duckdb_connection) running;
    atomic_int interrupting; /* how many are in it: the connection stays as long as any is */
    atomic_bool interrupted;
};

/*
 * Holds the catalog, so that no other thread opens or closes it meanwhile. The lock is no part of what a catalog is: also
 * who only asks holds it.
 */
static inline void catalog_hold(const duckalog_catalog *catalog)
{
    pthread_mutex_lock((pthread_mutex_t *)&catalog->lock);
}

static inline void catalog_release(const duckalog_catalog *catalog)
{
    pthread_mutex_unlock((pthread_mutex_t *)&catalog->lock);
}

/* catalog.c: what an opening and a reload have in common. */
struct log catalog_log(const duckalog_catalog *catalog);
struct restoration catalog_restoration(duckalog_catalog *catalog, const struct log *log);

/* What the session has made of a database that is behind a URI goes there. */
duckalog_status catalog_publish(duckalog_catalog *catalog, const struct log *log, duckalog_report *report);

/* Of the catalog as it is; the log outlives it. */
struct publication catalog_publication(duckalog_catalog *catalog, const struct log *log);
struct session_options catalog_session_options(const duckalog_catalog *catalog);

/* From now on this is the connection that is interrupted, or none; `user` is the catalog. */
void catalog_set_running(duckdb_connection connection, void *user);

/* After a failure nothing is open, and what the opening created is gone, but for a copy that is to be kept. */
void catalog_give_up(duckalog_catalog *catalog);

/*
 * catalog_anew.c: opens the session anew with what somebody else has published meanwhile, and with the config that was
 * published last. When it can't be fetched, all is as before; after another failure nothing is open.
 */
duckalog_status catalog_begin_anew(duckalog_catalog *catalog, const struct log *log, duckalog_report *report);

/* Puts the variables of .env files into the environment of the process, when the options ask for that. */
void catalog_export(duckalog_catalog *catalog, const struct duckalog_config *config);

#endif
