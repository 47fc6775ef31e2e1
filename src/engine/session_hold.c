#include "engine/session_hold.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/hold.h"

struct attached_names {
    struct arena *arena;
    const char **items;
    size_t count;
};

static bool note_attached_name(const char *const *columns, size_t count, void *user)
{
    struct attached_names *names = user;
    const char *name = count == 1 && columns[0] != NULL ? arena_string(names->arena, columns[0]) : NULL;

    names->items = arena_extend(names->arena, names->items, names->count, sizeof(*names->items));
    if (name == NULL || names->items == NULL)
        return false;
    names->items[names->count++] = name;
    return true;
}

/* Detaches what the query names. The files that DuckDB closes may be opened again, by this process too. */
static duckalog_status detach_all(struct session *session, const char *query, struct text *problem)
{
    struct attached_names names = { .arena = session->arena };
    duckalog_status status = session_query(session->connection, query, note_attached_name, &names, problem);

    for (size_t i = 0; i < names.count && status == DUCKALOG_OK; i++) {
        struct text sql = text_in(session->arena);

        sql_format(&sql, "DETACH %I", names.items[i]);
        status = text_string(&sql) == NULL ? DUCKALOG_NOMEM
                                           : session_run(session->connection, text_string(&sql), NULL, 0, problem);
    }
    hold_forget_closed(session->hold);
    return status;
}

/* Whatever the user has made the current one: the session's own catalog is the current one. */
static bool return_to_catalog(struct session *session, struct text *problem)
{
    struct text sql = text_in(session->arena);

    sql_format(&sql, "USE %I", session->catalog);
    return text_string(&sql) != NULL &&
           session_run(session->connection, text_string(&sql), NULL, 0, problem) == DUCKALOG_OK;
}

/* When the last worker comes back, the file may be another process's by then: nothing is left to be written. */
static bool write_all(struct session *session, struct text *problem)
{
    return session_run(session->connection, "CHECKPOINT", NULL, 0, problem) == DUCKALOG_OK &&
           session_run(session->connection, "PRAGMA disable_checkpoint_on_shutdown", NULL, 0, problem) == DUCKALOG_OK;
}

void session_leave_database(struct session *session, bool is_good)
{
    struct text ignored = text_on_heap();

    session_run(session->connection, "ROLLBACK", NULL, 0, &ignored); /* of the user's, as disconnecting does */
    if (session->catalog != NULL && return_to_catalog(session, &ignored)) {
        /* A server may take its time to be left, or for ever. */
        detach_all(session,
                   "SELECT database_name FROM duckdb_databases() "
                   "WHERE NOT internal AND type IN ('duckdb', 'sqlite') AND database_name <> current_database()",
                   &ignored);
        if (is_good && !session->read_only && write_all(session, &ignored))
            hold_rest(session->hold);
    }
    text_free(&ignored);
}

duckalog_status session_take_over(struct session *session, struct text *problem)
{
    duckalog_status status;

    session->database = hold_database(session->hold);
    if (duckdb_connect(session->database, &session->connection) != DuckDBSuccess)
        return DUCKALOG_ENGINE;
    /* Its secrets and settings are set again by the restoration. */
    status = session_run(session->connection, "PRAGMA enable_checkpoint_on_shutdown", NULL, 0, problem);
    return status != DUCKALOG_OK ? status
                                 : detach_all(session,
                                              "SELECT database_name FROM duckdb_databases() "
                                              "WHERE NOT internal AND database_name <> current_database()",
                                              problem);
}
