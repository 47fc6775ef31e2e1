/*
 * DuckDB keeps an account of how far a query is only where its progress bar is on, and then draws one itself. It is turned
 * on without being drawn, and only for statements that do not ask for settings, nor make them: the user's own values are
 * back before those.
 */

#include "cli/output/results.h"

#include "base/text.h"
#include "engine/setting.h"

/* Whatever has a setting in it, or sets one of the two: SELECT current_setting(…), FROM duckdb_settings(), SET …, PRAGMA … */
static bool may_see_settings(const char *sql)
{
    return contains_ignoring_case(sql, "setting") || contains_ignoring_case(sql, "progress");
}

/*
 * The user's values outlast the printing of results: within a transaction that is aborted DuckDB does not take them back, and
 * they have to wait for one of the next statements.
 */
static struct {
    duckdb_connection connection; /* whose settings are changed; NULL: none are */
    struct setting bar;
    struct setting print;
} changed;

static void change(duckdb_connection connection)
{
    changed.connection = connection;
    setting_change(&changed.print, connection, "enable_progress_bar_print", "false");
    setting_change(&changed.bar, connection, "enable_progress_bar", "true");
}

static void restore(void)
{
    bool is_bar_back = setting_restore(&changed.bar, changed.connection);

    if (setting_restore(&changed.print, changed.connection) && is_bar_back)
        changed.connection = NULL;
}

void query_progress_prepare(const struct result_writer *writer, const char *sql)
{
    bool is_wanted = sql != NULL && writer->session.shows_progress && !may_see_settings(sql);

    if (is_wanted && changed.connection == NULL)
        change(writer->session.connection);
    else if (!is_wanted && changed.connection == writer->session.connection)
        restore();
}
