#include "engine/published_attach.h"

#ifdef DUCKALOG_WITH_REMOTE

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "plan/plan.h"
#include "remote/attachment.h"

#include <string.h>

static bool run(const struct session *session, const char *sql, const struct binding *bindings, size_t count)
{
    struct text unused = text_on_heap();
    bool is_done = sql != NULL && session_run(session->connection, sql, bindings, count, &unused) == DUCKALOG_OK;

    text_free(&unused);
    return is_done;
}

static bool note_row(const char *const *columns, size_t count, void *user)
{
    (void)columns;
    (void)count;
    *(bool *)user = true;
    return false;
}

/* Older versions of DuckDB take any certificate. */
static bool checks_certificates(const struct session *session)
{
    struct text unused = text_on_heap();
    bool checks = false;

    session_query(
        session->connection,
        "SELECT name FROM duckdb_settings() WHERE name = 'enable_curl_server_cert_verification' AND value = 'true'",
        note_row, &checks, &unused);
    text_free(&unused);
    return checks;
}

static bool let_in(struct arena *arena, const struct session *session, const struct remote_attachment *attachment)
{
    struct binding bindings[REMOTE_MOST_VALUES] = { 0 };

    for (size_t i = 0; attachment->extensions[i] != NULL; i++)
        if (!run(session, arena_format(arena, "LOAD %s", attachment->extensions[i]), NULL, 0))
            return false;
    if (attachment->is_https && !checks_certificates(session))
        return false;
    for (size_t i = 0; i < attachment->value_count; i++)
        bindings[i].value = attachment->values[i];
    return attachment->secret == NULL || run(session, attachment->secret, bindings, attachment->value_count);
}

/* By the name that the file would give it here: views may use it. */
static bool attach(struct arena *arena, struct session *session, const struct remote_attachment *attachment)
{
    struct text sql = text_in(arena);
    struct text use = text_in(arena);

    sql_format(&sql, "ATTACH %L AS %I (READ_ONLY)", attachment->address, attachment->name);
    sql_format(&use, "USE %I", attachment->name);
    session->catalog = arena_string(session->arena, attachment->name);
    return session->catalog != NULL && run(session, text_string(&sql), NULL, 0) &&
           run(session, text_string(&use), NULL, 0);
}

bool published_attach(struct arena *arena, const char *uri, const struct remote_settings *remote, const char *shown,
                      const struct session_options *options, struct session **ret_session)
{
    struct remote_attachment attachment;
    struct text unused = text_on_heap();
    struct session *session = NULL;
    const char *hint = NULL;
    bool is_attached;

    is_attached = remote_attachment_find(remote, arena, uri, &attachment) &&
                  session_open(":memory:", options, &session, &unused, &hint) == DUCKALOG_OK &&
                  let_in(arena, session, &attachment) && attach(arena, session, &attachment);
    if (is_attached)
        session->path = arena_string(session->arena, shown);
    text_free(&unused);
    if (!is_attached || session->path == NULL) {
        session_close(session);
        return false;
    }
    session->is_attached = true;
    *ret_session = session;
    return true;
}

#endif
