/*
 * DuckDB keeps an account of how far a query is only where its progress bar is on, and then draws one itself. It is turned
 * on without being drawn, and only for statements that do not ask for settings, nor make them: the user's own values are
 * back before those.
 */

#include "cli/output/results.h"

#include "base/text.h"

/* Whatever has a setting in it, or sets one of the two: SELECT current_setting(…), FROM duckdb_settings(), SET …, PRAGMA … */
static bool may_see_settings(const char *sql)
{
    return contains_ignoring_case(sql, "setting") || contains_ignoring_case(sql, "progress");
}

void query_progress_prepare(struct result_writer *writer, const char *sql)
{
    bool is_wanted = sql != NULL && writer->session.shows_progress && !may_see_settings(sql);

    if (is_wanted == writer->counts_progress)
        return;
    if (is_wanted) {
        setting_change(&writer->progress_print, writer->session.connection, "enable_progress_bar_print", "false");
        setting_change(&writer->progress_bar, writer->session.connection, "enable_progress_bar", "true");
    } else {
        setting_restore(&writer->progress_bar, writer->session.connection);
        setting_restore(&writer->progress_print, writer->session.connection);
    }
    writer->counts_progress = is_wanted;
}
