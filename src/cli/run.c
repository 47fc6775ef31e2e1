/*
 * duckalog run CONFIG, and build, its older form.
 */

#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "cli/script.h"
#include "cli/shell/shell.h"
#include "cli/timing.h"
#include "cli/watch.h"
#include "engine/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_script(const struct invocation *invocation)
{
    duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    duckalog_options options;
    duckalog_status status;
    char *sql = NULL;

    options_from(invocation, &options);
    status = duckalog_config_load(invocation->operands[0], &options, &config, &report);
    print_report(report, DUCKALOG_NOTICE);
    duckalog_report_free(report);
    if (status == DUCKALOG_OK)
        status = duckalog_generate_sql(config, &options, DUCKALOG_SQL_FULL, &sql);
    duckalog_config_free(config);
    if (status != DUCKALOG_OK)
        return exit_code_of(status);
    fputs(sql, stdout);
    duckalog_string_free(sql);
    return finish_output();
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* "published s3://bucket/x.duckdb: 274432 bytes, 0.4 s" */
static void print_published(duckalog_catalog *catalog, const duckalog_summary *summary)
{
    const duckalog_metric *const *metrics;
    size_t count;
    double ms = 0;

    if (summary->remote_bytes == 0) {
        printf("unchanged %s: nothing was uploaded\n", summary->remote_uri);
        return;
    }
    if (duckalog_metrics(catalog, &metrics, &count) == DUCKALOG_OK) {
        for (size_t i = 0; i < count; i++)
            if (strcmp(metrics[i]->phase, "upload") == 0)
                ms = metrics[i]->total_ms;
        duckalog_metrics_free(metrics);
    }
    printf("published %s: %" PRIu64 " bytes, %.1f s\n", summary->remote_uri, summary->remote_bytes, ms / 1000);
}

/* "catalog x.duckdb: 12 views (3 created, 9 kept), 2 attachments, 1 secret, 41 ms" */
static void print_summary(duckalog_catalog *catalog, bool is_published)
{
    const duckalog_summary *summary = duckalog_get_summary(catalog);

    if (summary == NULL)
        return;
    printf("catalog %s: %zu view%s (%zu created, %zu kept",
           summary->remote_uri != NULL ? summary->remote_uri : summary->database, summary->views,
           plural(summary->views), summary->views_created, summary->views_kept);
    if (summary->views_dropped > 0)
        printf(", %zu dropped", summary->views_dropped);
    if (summary->views_lost > 0)
        printf(", %zu unavailable", summary->views_lost);
    printf("), %zu attachment%s", summary->attachments, plural(summary->attachments));
    if (summary->attachments_failed > 0)
        printf(" (%zu failed)", summary->attachments_failed);
    printf(", %zu secret%s, %.0f ms\n", summary->secrets, plural(summary->secrets), summary->elapsed_ms);
    if (is_published && summary->remote_uri != NULL)
        print_published(catalog, summary);
}

/* With --strict: a catalog that is not what the config says is a failure. Nothing is undone for it. */
static int strict_code(const duckalog_report *report)
{
    size_t count = catalog_departures(report);

    if (count == 0)
        return 0;
    print_error(NULL, NULL, "--strict: the catalog is not what the config says, in %zu case%s", count, plural(count));
    return exit_code_of(DUCKALOG_ENGINE);
}

/* A file that is open read-only is DuckDB's to guard, temporary tables included; memory is not. */
static bool is_memory_to_read(const duckalog_catalog *catalog, const duckalog_options *options)
{
    return options->read_only && strcmp(duckalog_get_summary(catalog)->database, ":memory:") == 0;
}

/* All that there is to tell of the catalog, for programs: warnings and errors too, which are not on standard error then. */
static int print_state(const duckalog_catalog *catalog, int code)
{
    char *json = NULL;
    duckalog_status status = duckalog_status_json(catalog, &json);

    if (status != DUCKALOG_OK) {
        print_error(NULL, NULL, "not enough memory to print the result");
        return code != 0 ? code : exit_code_of(status);
    }
    puts(json);
    duckalog_string_free(json);
    return code;
}

/* A catalog is there also when it could not be opened, unless the call itself was wrong. */
static duckalog_status open_catalog(const struct invocation *invocation, const duckalog_options *options,
                                    struct progress *progress, duckalog_catalog **ret_catalog,
                                    duckdb_connection *ret_connection)
{
    duckalog_options told = *options;
    duckalog_status status;

    told.progress = progress_take;
    told.progress_user = progress;
    status = duckalog_connect(invocation->operands[0], &told, ret_catalog);
    if (status != DUCKALOG_OK)
        return status;
    interrupt_catalog(*ret_catalog);
    progress_begin(progress, NULL, progress_is_wanted(invocation));
    status = duckalog_get_connection(*ret_catalog, ret_connection);
    progress_end(progress);
    return status;
}

static int run_catalog(const struct invocation *invocation, const duckalog_options *options,
                       const struct script *script)
{
    struct progress progress = { 0 }; /* as long as the catalog, which tells of reloads too */
    duckalog_catalog *catalog = NULL;
    duckdb_connection connection = NULL;
    bool is_quiet = has_option(invocation, OPTION_QUIET) || has_option(invocation, OPTION_JSON);
    struct result_session session = script_session(invocation, script);
    struct result_form form;
    struct timing timing;
    duckalog_status status;
    int code;

    timing_begin(&timing, has_option(invocation, OPTION_TIMING));
    if (!result_form_from(invocation, &form))
        return exit_code_of(DUCKALOG_USAGE);
    status = open_catalog(invocation, options, &progress, &catalog, &connection);
    if (catalog == NULL)
        return exit_code_of(status);
    timing_take_phases(&timing, catalog);
    code = exit_code_of(status);
    if (has_option(invocation, OPTION_JSON))
        code = print_state(catalog, code);
    else
        print_report(duckalog_diagnostics(catalog),
                     has_option(invocation, OPTION_QUIET) ? DUCKALOG_ERROR : DUCKALOG_NOTICE);
    session.connection = connection;
    session.redactor = catalog_redactor(catalog);
    session.read_only = status == DUCKALOG_OK && is_memory_to_read(catalog, options);
    if (status == DUCKALOG_OK && script->count > 0)
        code = script_run(&session, script, &form);
    else if (status == DUCKALOG_OK && !is_quiet && !has_option(invocation, OPTION_INTERACTIVE))
        print_summary(catalog, !options->read_only);
    if (status == DUCKALOG_OK && has_option(invocation, OPTION_INTERACTIVE)) {
        int code_of_shell;

        interrupt_nothing();
        code_of_shell = shell_run(catalog, &session, &form, has_option(invocation, OPTION_QUIET));
        interrupt_catalog(catalog);
        code = code != 0 ? code : code_of_shell;
    }
    if (code == 0 && has_option(invocation, OPTION_STRICT))
        code = strict_code(duckalog_diagnostics(catalog));
    if (status == DUCKALOG_OK && has_option(invocation, OPTION_WATCH))
        code = watch_catalog(invocation, catalog, &progress);
    if (finish_output() != 0 && code == 0)
        code = exit_code_of(DUCKALOG_INTERNAL);
    timing_add_step(&timing, script->count > 0 ? "query" : "output");
    interrupt_waits();
    duckalog_destroy(&catalog);
    interrupt_nothing();
    timing_add_step(&timing, "close");
    timing_print(&timing);
    return code;
}

static int usage_error(const char *problem)
{
    print_error(NULL, NULL, "%s", problem);
    return exit_code_of(DUCKALOG_USAGE);
}

/* An option of a group that says nothing without SQL. */
static int check_useless(const struct invocation *invocation, const struct option_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (has_option(invocation, group->options[i])) {
            print_error(NULL, NULL, "--%s goes with --query or --file", option_rows[group->options[i]].name);
            return exit_code_of(DUCKALOG_USAGE);
        }
    return 0;
}

/* What is to be run is read before anything is opened: a file that is not there is no reason to build a catalog. */
static int run_script(const struct invocation *invocation, const duckalog_options *options)
{
    struct script script;
    int code = script_read(invocation, NULL, &script);

    if (code == 0)
        code = run_catalog(invocation, options, &script);
    script_free(&script);
    return code;
}

int command_run(const struct invocation *invocation)
{
    bool has_sql = has_script(invocation);
    bool runs_sql = has_sql || has_option(invocation, OPTION_INTERACTIVE);
    duckalog_options options;

    if (!has_sql && !has_option(invocation, OPTION_INTERACTIVE) &&
        (check_useless(invocation, &statement_options) != 0 || check_useless(invocation, &result_options) != 0))
        return exit_code_of(DUCKALOG_USAGE);
    if (!has_sql && has_option(invocation, OPTION_OUTPUT))
        return usage_error("--output goes with --query or --file; in a shell COPY writes files");
    if (has_option(invocation, OPTION_READ_ONLY) && has_option(invocation, OPTION_FORCE_REBUILD))
        return usage_error("--read-only and --force-rebuild exclude each other");
    if (has_option(invocation, OPTION_READ_ONLY) && has_option(invocation, OPTION_REFRESH_SECRETS))
        return usage_error("--read-only and --refresh-secrets exclude each other");
    if (has_option(invocation, OPTION_READ_ONLY) && has_option(invocation, OPTION_PRUNE))
        return usage_error("--read-only and --prune exclude each other");
    if (has_option(invocation, OPTION_WATCH) &&
        (runs_sql || has_option(invocation, OPTION_DRY_RUN) || has_option(invocation, OPTION_STRICT) ||
         has_option(invocation, OPTION_JSON)))
        return usage_error("--watch goes with none of --query, --interactive, --dry-run, --strict and --json");
    if (has_option(invocation, OPTION_WATCH) && duckalog_uri_is_remote(invocation->operands[0])) {
        print_error(NULL, "run it again when it has changed",
                    "--watch follows files of this machine, and this config is none");
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (has_option(invocation, OPTION_JSON) && (runs_sql || has_option(invocation, OPTION_DRY_RUN)))
        return usage_error("--json tells of the run itself; --format json is for the results of --query");
    if (has_option(invocation, OPTION_DRY_RUN))
        return runs_sql ? usage_error("--dry-run goes with neither --query nor --interactive")
                        : print_script(invocation);
    if (has_option(invocation, OPTION_INCLUDE_SECRETS))
        return usage_error("--include-secrets goes with --dry-run");
    options_from(invocation, &options);
    options.export_env_files = 1;
    options.check_changes = has_option(invocation, OPTION_STRICT) ? 2 : 1;
    options.export_strict = has_option(invocation, OPTION_STRICT);
    return run_script(invocation, &options);
}

int command_build(const struct invocation *invocation)
{
    const char *silenced = getenv("DUCKALOG_NO_DEPRECATION");
    bool incremental = has_option(invocation, OPTION_INCREMENTAL) || has_option(invocation, OPTION_USE_CONNECTION);
    duckalog_options options;

    if (silenced == NULL || strcmp(silenced, "1") != 0)
        fputs("notice: 'build' is deprecated, use 'run' (or 'run --force-rebuild')\n", stderr);
    if (has_option(invocation, OPTION_JSON) && has_option(invocation, OPTION_DRY_RUN))
        return usage_error("--json and --dry-run exclude each other");
    if (has_option(invocation, OPTION_DRY_RUN))
        return print_script(invocation);
    options_from(invocation, &options);
    options.export_env_files = 1;
    options.check_changes = has_option(invocation, OPTION_STRICT) ? 2 : 1;
    options.export_strict = has_option(invocation, OPTION_STRICT);
    options.force_rebuild = !incremental || has_option(invocation, OPTION_FORCE_REBUILD);
    return run_script(invocation, &options);
}
