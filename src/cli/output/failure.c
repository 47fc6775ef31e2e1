/*
 * What DuckDB says of a statement that failed, told with what can be done about it.
 */

#include "cli/output/results.h"

#include "base/text.h"
#include "cli/deadline.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "engine/excerpt.h"
#include "engine/session.h"

#include <string.h>

/* DuckDB's wall, met by a view: what stands behind it was not found when the sandbox was built. */
static bool is_shut_out(const struct result_writer *writer, const char *message)
{
    return writer->session.sandbox != NULL && message != NULL &&
           (strstr(message, "disabled by configuration") != NULL ||
            strstr(message, "disabled through configuration") != NULL || strstr(message, "needs to be loaded") != NULL);
}

static const char *hint_for(const struct result_writer *writer, const char *message)
{
    if (is_shut_out(writer, message))
        return "with --sandbox a view reads files that its query names, with extensions that the config loads";
    /* CSV and JSON go through a file, as DuckDB sees it: a pipe of ours. */
    if (message != NULL && strstr(message, "/dev/fd/") != NULL)
        return "CSV and JSON need the setting enable_external_access; --format table does not";
    if (message != NULL && strstr(message, "Values were not provided for") != NULL)
        return "--param NAME=VALUE gives one";
    return message != NULL && (starts_with(message, "Catalog Error") || starts_with(message, "IO Error"))
               ? writer->session.hint
               : NULL;
}

static bool is_stopped_by_user(const struct result_writer *writer)
{
    return interrupt_was_asked() || (writer->session.is_stopped != NULL && writer->session.is_stopped());
}

int result_error(const struct result_writer *writer, duckdb_error_type type, const char *message)
{
    duckalog_status status = status_of_error(type, message != NULL ? message : "");

    result_makes_way(writer);
    if (status == DUCKALOG_INTERRUPTED && writer->deadline != NULL && deadline_has_passed(writer->deadline)) {
        print_error(NULL, "--timeout gives it more time", "the statement was stopped after %d s",
                    writer->session.limit_s);
        status = DUCKALOG_TIMEOUT;
    } else if (status == DUCKALOG_INTERRUPTED && !is_stopped_by_user(writer)) {
        /* Of two threads at work the one that did not fail may be the one that is heard, and it was only stopped. */
        print_error(NULL, "SET threads = 1 before it has it told", "the statement failed, and DuckDB does not say why");
        status = DUCKALOG_ENGINE;
    } else if (status == DUCKALOG_INTERRUPTED)
        print_error(NULL, NULL, "interrupted");
    else
        print_error(writer->session.redactor, hint_for(writer, message), "%s",
                    message != NULL ? message : "DuckDB can't run this");
    return exit_code_of(status);
}

int result_error_inside(const struct result_writer *writer, duckdb_error_type type, const char *message)
{
    struct text without_excerpt = text_on_heap();
    int code;

    if (message != NULL)
        text_add_length(&without_excerpt, message, excerpt_start(message));
    code = result_error(writer, type, message != NULL ? text_string(&without_excerpt) : NULL);
    text_free(&without_excerpt);
    return code;
}
