/*
 * Settings and pragmas of a config, tried in the doctor's session, but for those that may write somewhere.
 */

#include "engine/doctor_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"

#include <string.h>

enum tryable { TRYABLE, NEEDS_CATALOG, MAY_WRITE };

/*
 * Profiles and logs are written, or printed, for what is run after the setting; and PRAGMA import_database runs what a
 * file says.
 */
static bool writes_later(const char *sql)
{
    static const char *const parts[] = { "profil", "logging", "log_query", "import_database" };
    struct sql_token token = sql_next(sql);

    for (; token.kind != SQL_END; token = sql_next(token.start + token.length))
        for (size_t at = 0; (token.kind == SQL_WORD || token.kind == SQL_NAME) && at < token.length; at++)
            for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
                if (starts_with_ignoring_case(token.start + at, parts[i]))
                    return true;
    return false;
}

/*
 * A pragma is any statement. What writes into the database of the session is lost with it; what may write elsewhere is
 * left alone.
 */
static enum tryable is_tryable(const char *sql)
{
    static const char *const harmless[] = { "set", "reset", "pragma", "load", "select", "from", "create" };
    struct sql_token first = sql_next(sql);
    struct sql_token next = sql_next(first.start + first.length);
    bool known = false;

    if (sql_token_is(&first, "use") ||
        (sql_token_is(&first, "set") && (sql_token_is(&next, "schema") || sql_token_is(&next, "search_path"))))
        return NEEDS_CATALOG;
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        known = known || sql_token_is(&first, harmless[i]);
    if (sql_token_is(&next, "or")) {
        next = sql_next(next.start + next.length);
        next = sql_next(next.start + next.length);
    }
    if (!known || (sql_token_is(&first, "create") && sql_token_is(&next, "persistent")))
        return MAY_WRITE;
    return writes_later(sql) ? MAY_WRITE : TRYABLE;
}

static bool is_statement(const struct step *step)
{
    return step->phase == PHASE_PRAGMAS || step->phase == PHASE_SETTINGS;
}

static duckalog_status run_all(struct restoration *restoration)
{
    duckalog_status status = DUCKALOG_OK;

    for (size_t i = 0; i < restoration->plan->count && status == DUCKALOG_OK; i++)
        status = restore_run_step(restoration, &restoration->plan->steps[i]);
    return status;
}

static bool note_setting(const char *const *columns, size_t count, void *user)
{
    *(bool *)user = count > 0 && columns[0] != NULL && strcmp(columns[0], "true") == 0;
    return false;
}

void doctor_forbid_downloads(struct doctor *doctor, const struct step *after)
{
    struct text ignored = text_on_heap();

    if (after != NULL && !sql_mentions(after->sql, "autoinstall_known_extensions"))
        return;
    if (after != NULL)
        session_query(doctor->session->connection, "SELECT current_setting('autoinstall_known_extensions')::VARCHAR",
                      note_setting, &doctor->fetches, &ignored);
    session_run(doctor->session->connection, "SET autoinstall_known_extensions = false", NULL, 0, &ignored);
    text_free(&ignored);
}

void doctor_apply_statements(struct doctor *doctor, bool *ret_done)
{
    for (size_t i = 0; i < doctor->plan->count; i++) {
        const struct step *step = &doctor->plan->steps[i];
        struct text problem = text_on_heap();

        if (is_statement(step) && !ret_done[i] && is_tryable(step->sql) == TRYABLE) {
            ret_done[i] = session_run(doctor->session->connection, step->sql, NULL, 0, &problem) == DUCKALOG_OK;
            doctor_forbid_downloads(doctor, step);
        }
        if (text_string(&problem) != NULL)
            text_add(&doctor->complaints, text_string(&problem));
        text_free(&problem);
    }
}

static void tell_of_statement(const struct doctor *doctor, size_t index, bool done)
{
    const struct step *step = &doctor->plan->steps[index];
    const char *check = step->phase == PHASE_SETTINGS ? "setting" : "pragma";
    struct plan part = doctor_part(doctor->plan, index, 1);

    if (done)
        return;
    switch (is_tryable(step->sql)) {
    case TRYABLE:
        doctor_try(doctor, &(struct doctor_finding){ .check = check, .object = step->name }, &part, run_all);
        return;
    case NEEDS_CATALOG:
        findings_note(doctor->findings, check, step->name, FINDING_OK, "not tried: it is about the catalog itself");
        return;
    case MAY_WRITE:
        findings_note(doctor->findings, check, step->name, FINDING_OK, "not tried: it may change something");
        return;
    }
}

/* Those that work are told in one line. */
void doctor_tell_of_statements(const struct doctor *doctor, const bool *done)
{
    size_t count = 0;

    for (size_t i = 0; i < doctor->plan->count; i++)
        if (is_statement(&doctor->plan->steps[i])) {
            tell_of_statement(doctor, i, done[i]);
            count += done[i] && strcmp(doctor->plan->steps[i].name, "file_search_path") != 0;
        }
    if (count > 0)
        findings_note(doctor->findings, "settings", NULL, FINDING_OK, "%zu setting%s and pragma%s", count,
                      count == 1 ? "" : "s", count == 1 ? "" : "s");
}
