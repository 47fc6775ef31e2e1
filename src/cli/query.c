/*
 * duckalog query SQL: on a catalog file as it is, or with the session of its config; read-only in both cases. With the
 * config, a question to one of its semantic models may take the place of the SQL.
 */

#include "base/arena.h"
#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "cli/question.h"
#include "cli/script.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/catalog.h"
#include "engine/options.h"
#include "engine/published.h"
#include "engine/sandbox.h"
#include "engine/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CATALOG "catalog.duckdb"
#define NO_SESSION "--config CONFIG restores the session that the views of a catalog may need"

static int usage_error(const char *hint, const char *problem)
{
    print_error(NULL, hint, "%s", problem);
    return exit_code_of(DUCKALOG_USAGE);
}

/* With --sandbox: closes the session, whose SQL is a stranger's from here on. Returns the exit code. */
static int enter_sandbox(const struct invocation *invocation, struct result_session *session)
{
    struct text problem = text_on_heap();
    char outlet[OUTLET_PATH_SIZE];
    duckalog_status status;

    if (!has_option(invocation, OPTION_SANDBOX))
        return 0;
    if (!outlet_open(&session->outlet, outlet)) {
        print_error(NULL, NULL, "a pipe can't be made: %s", strerror(errno));
        return exit_code_of(DUCKALOG_INTERNAL);
    }
    status = sandbox_build(session->connection, outlet, &session->sandbox, &problem);
    if (status != DUCKALOG_OK) {
        print_error(session->redactor, "nothing was run; settings of the config can be in the way of it",
                    "the sandbox can't be built: %s",
                    text_string(&problem) != NULL && problem.length > 0 ? text_string(&problem)
                                                                        : duckalog_status_name(status));
        outlet_close(session->outlet);
    }
    text_free(&problem);
    return exit_code_of(status);
}

static void leave_sandbox(struct result_session *session)
{
    if (session->sandbox != NULL)
        outlet_close(session->outlet);
    sandbox_free(session->sandbox);
}

/* Runs the script; the question, when there is none. */
static int query_config(const struct invocation *invocation, const struct script *script,
                        const duckalog_model_query *question, const struct result_form *form)
{
    duckalog_catalog *catalog = NULL;
    duckdb_connection connection = NULL;
    struct result_session session = { .shows_progress = progress_is_wanted(invocation) };
    struct progress progress;
    duckalog_options options;
    duckalog_status status;
    int code;

    options_from(invocation, &options);
    options.export_env_files = 1;
    options.read_only = 1;
    options.database_path = invocation->values[OPTION_CATALOG];
    options.progress = progress_take;
    options.progress_user = &progress;
    status = duckalog_connect(invocation->values[OPTION_CONFIG], &options, &catalog);
    if (status != DUCKALOG_OK)
        return exit_code_of(status);
    if (has_option(invocation, OPTION_SANDBOX))
        catalog_bring_here(catalog);
    interrupt_catalog(catalog);
    progress_begin(&progress, NULL, session.shows_progress);
    status = duckalog_get_connection(catalog, &connection);
    progress_end(&progress);
    print_report(duckalog_diagnostics(catalog), DUCKALOG_WARNING);
    if (script != NULL)
        session = script_session(invocation, script);
    session.redactor = catalog_redactor(catalog);
    session.connection = connection;
    code = status != DUCKALOG_OK ? exit_code_of(status) : enter_sandbox(invocation, &session);
    if (code == 0 && script != NULL)
        code = script_run(&session, script, form);
    else if (code == 0)
        code = question_answer(invocation, catalog, &session, question, form);
    leave_sandbox(&session);
    interrupt_waits();
    duckalog_destroy(&catalog);
    interrupt_nothing();
    return code;
}

/* `redactor` may be NULL. */
static int query_session(const struct invocation *invocation, struct session *session, const struct redactor *redactor,
                         const struct script *script, const struct result_form *form)
{
    struct result_session asked = script_session(invocation, script);
    int code;

    interrupt_connection(session->connection);
    asked.connection = session->connection;
    asked.redactor = redactor;
    asked.hint = NO_SESSION;
    code = enter_sandbox(invocation, &asked);
    if (code == 0)
        code = script_run(&asked, script, form);
    leave_sandbox(&asked);
    interrupt_connection(NULL);
    return code;
}

static int query_path(const struct invocation *invocation, const char *path, const struct session_options *options,
                      const struct script *script, const struct result_form *form)
{
    struct session *session = NULL;
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = session_open(path, options, &session, &problem, &hint);
    int code = exit_code_of(status);

    if (status == DUCKALOG_OK)
        code = query_session(invocation, session, NULL, script, form);
    else
        print_error(NULL, hint, "%s: %s", path,
                    text_string(&problem) != NULL && *text_string(&problem) != '\0' ? text_string(&problem)
                                                                                    : duckalog_status_name(status));
    session_close(session);
    text_free(&problem);
    return code;
}

/* Opens what is behind a URI, or tells why that can't be done. */
static duckalog_status open_uri(const struct publication *asked, const struct session_options *options,
                                bool shows_progress, struct published **ret_published, struct session **ret_session)
{
    struct progress progress = { 0 };
    struct log log = *asked->log;
    struct publication told = *asked;
    duckalog_status status;

    log.progress = progress_take;
    log.progress_user = &progress;
    told.log = &log;
    progress_begin(&progress, NULL, shows_progress);
    status = published_open(&told, ret_published);
    if (status == DUCKALOG_OK)
        status = published_session(*ret_published, &told, options, ret_session);
    progress_end(&progress);
    print_report(asked->report, DUCKALOG_WARNING);
    return status;
}

static int query_uri(const struct invocation *invocation, struct arena *arena, const duckalog_options *common,
                     const struct session_options *options, const struct script *script, const struct result_form *form)
{
    duckalog_options known = *common;
    struct session_options session_options = *options;
    struct config_options reading;
    struct timings timings = { 0 };
    struct published *published = NULL;
    struct session *session = NULL;
    atomic_bool interrupted = false;
    duckalog_report *report = report_create();
    struct redactor *redactor = redactor_create();
    struct log log = { .write = known.log,
                       .user = known.log_user,
                       .level = known.log_level,
                       .json = known.log_json != 0,
                       .catalog = invocation->values[OPTION_CATALOG] };
    struct publication asked = { .uri = invocation->values[OPTION_CATALOG],
                                 .options = &known,
                                 .report = report,
                                 .log = &log,
                                 .timings = &timings,
                                 .has_to_be_here = has_option(invocation, OPTION_SANDBOX) };
    duckalog_status status = DUCKALOG_NOMEM;
    int code;

    known.read_only = 1;
    session_options.interrupted = &interrupted;
    interrupt_flag(&interrupted);
    /* DuckDB tells of what it can't read with the whole address. */
    if (report != NULL && redactor != NULL && redactor_learn_from(redactor, asked.uri) &&
        options_for_config(arena, &known, &reading)) {
        asked.remote = reading.remote_settings;
        asked.remote.interrupted = &interrupted;
        status = open_uri(&asked, &session_options, progress_is_wanted(invocation), &published, &session);
    }
    code = status == DUCKALOG_OK ? query_session(invocation, session, redactor, script, form) : exit_code_of(status);
    session_close(session);
    published_close(published, &log);
    interrupt_nothing();
    redactor_destroy(redactor);
    duckalog_report_free(report);
    return code;
}

static int query_file(const struct invocation *invocation, const struct script *script, const struct result_form *form)
{
    const char *named = invocation->values[OPTION_CATALOG];
    struct session_options options = { .read_only = true,
                                       .extension_directory = invocation->values[OPTION_EXTENSION_DIRECTORY] };
    duckalog_options common;
    const char *missing = NULL;
    struct arena *arena;
    const char *path;
    int code;

    options_from(invocation, &common);
    options.lock_timeout_ms = common.lock_timeout_ms;
    if (named == NULL && access(DEFAULT_CATALOG, F_OK) != 0)
        return usage_error("name a catalog file with --catalog, or a config with --config",
                           "there is no " DEFAULT_CATALOG " in this folder");
    if (named != NULL && path_kind(named) == PATH_LOCAL && access(named, F_OK) != 0) {
        print_error(NULL, NULL, "Catalog file not found: %s", named);
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (!duckdb_load(&missing)) {
        print_error(NULL, NULL, "%s", missing);
        return exit_code_of(DUCKALOG_NO_DUCKDB);
    }
    arena = arena_create(ARENA_PLAIN);
    path = arena == NULL ? NULL : path_from_user(arena, named != NULL ? named : DEFAULT_CATALOG);
    if (path == NULL)
        code = exit_code_of(DUCKALOG_NOMEM);
    else if (path_kind(path) == PATH_URI)
        code = query_uri(invocation, arena, &common, &options, script, form);
    else
        code = query_path(invocation, path, &options, script, form);
    arena_destroy(arena);
    return code;
}

static int query_model(const struct invocation *invocation, const struct result_form *form)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    duckalog_model_query question;
    int code = arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : question_read(invocation, arena, &question);

    if (code == 0)
        code = has_option(invocation, OPTION_SQL) ? question_print(invocation, &question)
                                                  : query_config(invocation, NULL, &question, form);
    arena_destroy(arena);
    return code;
}

static int query_sql(const struct invocation *invocation, const struct result_form *form)
{
    struct script script;
    int code = script_read(invocation, invocation->operand_count > 0 ? invocation->operands[0] : NULL, &script);

    if (code == 0)
        code = has_option(invocation, OPTION_CONFIG) ? query_config(invocation, &script, NULL, form)
                                                     : query_file(invocation, &script, form);
    script_free(&script);
    return code;
}

/* An option that only a config has to do with, without one. */
static const char *useless_option(const struct invocation *invocation)
{
    for (size_t i = 0; i < reading_options.count; i++)
        if (has_option(invocation, reading_options.options[i]))
            return option_rows[reading_options.options[i]].name;
    return NULL;
}

int command_query(const struct invocation *invocation)
{
    struct result_form form;
    int code;

    if (!has_option(invocation, OPTION_CONFIG) && useless_option(invocation) != NULL) {
        print_error(NULL, NULL, "--%s needs --config", useless_option(invocation));
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (!result_form_from(invocation, &form))
        return exit_code_of(DUCKALOG_USAGE);
    if (asks_model(invocation) && has_script(invocation))
        code = usage_error(NULL, "--model takes the place of SQL, and so of --file");
    else if (asks_model(invocation))
        code = query_model(invocation, &form);
    else if (invocation->operand_count == 0 && !has_script(invocation))
        code = usage_error("name a file of it with --file, or ask a semantic model with --model", "SQL is missing");
    else
        code = query_sql(invocation, &form);
    return finish_output() != 0 && code == 0 ? exit_code_of(DUCKALOG_INTERNAL) : code;
}
