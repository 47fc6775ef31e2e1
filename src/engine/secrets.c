/*
 * Secrets in a session: temporary ones on every connection, persistent ones once (connection.md section 9).
 *
 * DuckDB is asked what is stored, as names in the secret directory belong to the user and all of his catalogs. A stored
 * secret is never replaced or dropped here: see secret_refresh.c.
 */

#include "engine/restore.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/secret_folder.h"

struct stored {
    struct arena *arena;
    struct map *names;
};

static bool note_stored(const char *const *columns, size_t count, void *user)
{
    struct stored *stored = user;
    char *name = count == 1 && columns[0] != NULL ? arena_string(stored->arena, columns[0]) : NULL;

    return name != NULL && map_add(stored->names, name, name);
}

static bool note_file(const char *file, const char *name, void *user)
{
    const char *const columns[] = { name };

    (void)file;
    return note_stored(columns, 1, user);
}

/*
 * DuckDB lists all stored secrets or none: a file that it can't read, of whichever catalog, keeps the others from being
 * listed. The names of the files do as well.
 */
static duckalog_status find_files(struct restoration *restoration, struct stored *stored, enum phase phase,
                                  const char *problem)
{
    const char *folder = secret_folder_of(stored->arena, restoration->session->connection);

    if (phase == PHASE_SECRETS) /* once */
        report_event(restoration->report, DUCKALOG_WARNING, "secret-directory",
                     "repair or remove that file; queries that look for a stored secret fail until then",
                     "secrets: DuckDB can't read what is stored: %s", problem);
    return folder != NULL && secret_folder_each(folder, note_file, stored) ? DUCKALOG_OK : DUCKALOG_NOMEM;
}

static duckalog_status find_stored(struct restoration *restoration, struct stored *stored, enum phase phase)
{
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    stored->arena = arena_create(ARENA_PLAIN);
    stored->names = stored->arena == NULL ? NULL : map_create(stored->arena, MAP_IGNORING_CASE);
    if (stored->names != NULL)
        status = session_query(restoration->session->connection, "SELECT name FROM duckdb_secrets() WHERE persistent",
                               note_stored, stored, &problem);
    if (status == DUCKALOG_ENGINE)
        status =
            find_files(restoration, stored, phase, text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    text_free(&problem);
    return status;
}

/* ---- what is stored, and what the config says ---- */

/* A chain looks for credentials, over the network as well, and finds others every time. */
static bool is_chain(const struct restoration *restoration, const char *name)
{
    for (size_t i = 0; i < restoration->config->root.duckdb->secrets.count; i++) {
        const struct secret *secret = &restoration->config->root.duckdb->secrets.items[i];

        if (equal_ignoring_case(secret->name, name))
            return secret->provider == PROVIDER_CREDENTIAL_CHAIN;
    }
    return false;
}

static bool keep_word(const char *const *columns, size_t count, void *user)
{
    if (count == 1 && columns[0] != NULL)
        text_add(user, columns[0]);
    return false;
}

/* With the secret of the config beside it in memory, as DuckDB shows the two: it hides what is most secret. */
static void find_difference(struct restoration *restoration, const char *name, struct text *difference)
{
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();

    sql_format(
        &sql,
        "SELECT CASE WHEN s.type <> m.type THEN 'another type' WHEN s.provider <> m.provider THEN 'another provider' "
        "WHEN s.scope <> m.scope THEN 'another scope' WHEN s.secret_string <> m.secret_string THEN 'other values' "
        "END FROM duckdb_secrets() s, duckdb_secrets() m "
        "WHERE s.persistent AND NOT m.persistent AND s.name = lower(%L) AND m.name = s.name",
        name);
    if (text_string(&sql) != NULL)
        session_query(restoration->session->connection, text_string(&sql), keep_word, difference, &ignored);
    text_free(&sql);
    text_free(&ignored);
}

static duckalog_status drop_stand_in(struct restoration *restoration, const struct step *step);

/* A stored secret stays as it is; when it is seen to be another one than the config's, that is told. */
static duckalog_status compare_stored(struct restoration *restoration, const struct step *step)
{
    struct text difference = text_on_heap();
    struct text message = text_on_heap();
    struct text ignored = text_on_heap();
    duckalog_status status = DUCKALOG_OK;

    /* It has just been edited, and what DuckDB hides would be hidden here too. */
    if (restoration->previous != NULL) {
        restore_report(restoration, step, DUCKALOG_NOTICE, "secret-differs", NULL,
                       "it is stored already, and left as it is; a run with --refresh-secrets stores it again");
        return DUCKALOG_OK;
    }
    if (restoration->refresh_secrets || is_chain(restoration, step->name))
        return DUCKALOG_OK;
    if (session_run(restoration->session->connection, step->sql, step->bindings, step->binding_count, &ignored) ==
        DUCKALOG_OK) {
        find_difference(restoration, step->name, &difference);
        status = drop_stand_in(restoration, step);
    }
    text_format(&message, "it is stored with %s, and left as it is",
                text_string(&difference) != NULL ? text_string(&difference) : "");
    if (difference.length > 0 && text_string(&message) != NULL)
        restore_report(restoration, step, DUCKALOG_NOTICE, "secret-differs",
                       "--refresh-secrets stores it again with the values of the config", text_string(&message));
    text_free(&difference);
    text_free(&message);
    text_free(&ignored);
    return status;
}

/* ---- making them ---- */

/* Stored, so the stand-in in memory has done its work; as long as both are there, DuckDB finds a DROP ambiguous. */
static duckalog_status drop_stand_in(struct restoration *restoration, const struct step *step)
{
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    sql_format(&sql, "DROP TEMPORARY SECRET %I", step->name);
    if (text_string(&sql) != NULL)
        status = session_run(restoration->session->connection, text_string(&sql), NULL, 0, &problem);
    if (status == DUCKALOG_ENGINE)
        restore_report(restoration, step, DUCKALOG_ERROR, "engine", NULL, text_string(&problem));
    text_free(&sql);
    text_free(&problem);
    return status;
}

/* All parts of it are known to be right, as its stand-in was made of them: what fails here is the writing. */
static duckalog_status store(struct restoration *restoration, const struct step *step)
{
    struct text problem = text_on_heap();
    duckalog_status status;

    if (atomic_load(restoration->interrupted))
        return restore_run_step(restoration, step);
    status = session_run(restoration->session->connection, step->sql, step->bindings, step->binding_count, &problem);
    if (status != DUCKALOG_OK)
        restore_report(
            restoration, step, DUCKALOG_ERROR, "secret-not-stored",
            restoration->session->is_new
                ? "DuckDB has to be able to write to its secret directory"
                : "DuckDB has to be able to write to its secret directory; the views are made and stay, so run "
                  "again when it can",
            text_string(&problem) != NULL ? text_string(&problem) : "failed");
    text_free(&problem);
    return status == DUCKALOG_OK ? drop_stand_in(restoration, step) : status;
}

static duckalog_status apply(struct restoration *restoration, const struct step *step, bool is_stored)
{
    switch (step->kind) {
    case STEP_TEMPORARY_SECRET:
        if (is_stored)
            restore_report(restoration, step, DUCKALOG_WARNING, "secret-shadows", "give one of the two another name",
                           "a stored secret has this name too; it is left alone, and this session has both");
        return restore_run_step(restoration, step);
    case STEP_STAND_IN_SECRET:
        return is_stored ? compare_stored(restoration, step) : restore_run_step(restoration, step);
    case STEP_PERSISTENT_SECRET:
        if (is_stored && !restoration->refresh_secrets)
            log_event(&restoration->log, DUCKALOG_LOG_INFO, NULL, "secret is stored already and left as it is",
                      LOG_FIELDS(log_again("phase", "persistent secrets"), log_text("name", step->name)));
        if (is_stored)
            return DUCKALOG_OK;
        if (restoration->session->read_only) {
            restore_report(restoration, step, DUCKALOG_WARNING, "secret-not-stored",
                           "run once without --read-only to store it",
                           "this session is read-only, so the secret lives only as long as it does");
            return DUCKALOG_OK;
        }
        return store(restoration, step);
    default:
        return DUCKALOG_INTERNAL;
    }
}

duckalog_status secrets_apply(struct restoration *restoration, enum phase phase)
{
    struct stored stored = { 0 };
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++) {
        const struct step *step = &restoration->plan->steps[i];

        if (step->phase != phase)
            continue;
        if (stored.names == NULL)
            status = find_stored(restoration, &stored, phase);
        if (status == DUCKALOG_OK)
            status = apply(restoration, step, map_find(stored.names, step->name) != NULL);
    }
    arena_destroy(stored.arena);
    return status;
}
