/*
 * duckalog doctor CONFIG: everything that a run needs, looked at and tried, a line for each.
 */

#include "engine/doctor.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output/frame.h"
#include "cli/paths.h"
#include "cli/print.h"
#include "cli/show.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/exported.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- for people ---- */

static const char *const words[] = { [FINDING_OK] = "ok", [FINDING_WARNING] = "warn", [FINDING_FAILED] = "FAIL" };

static void print_word(enum finding_status status, bool coloured)
{
    static const char *const colours[] = { [FINDING_OK] = "32", [FINDING_WARNING] = "33", [FINDING_FAILED] = "1;31" };

    if (coloured)
        printf("\033[%sm%-4s\033[0m", colours[status], words[status]);
    else
        printf("%-4s", words[status]);
}

/* DuckDB likes to write in paragraphs. */
static const char *on_one_line(struct arena *arena, const char *text)
{
    struct text joined = text_in(arena);
    const char *line;

    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n\t");
        size_t blanks = strspn(text + length, "\r\n\t ");

        text_add_length(&joined, text, length);
        text += length + blanks;
        if (blanks > 0 && *text != '\0')
            text_add_char(&joined, ' ');
    }
    line = text_string(&joined) == NULL ? NULL : frame_escaped(arena, joined.chars, joined.length);
    return line != NULL ? line : "";
}

/* "FAIL attachment pg (postgres) 12 ms: cause; hint" */
static void print_finding(struct arena *arena, const struct doctor_finding *finding, bool coloured)
{
    print_word(finding->status, coloured);
    printf(" %s", finding->check);
    if (finding->object != NULL)
        printf(" %s", on_one_line(arena, finding->object));
    if (finding->ms >= 0)
        printf(" %.0f ms", finding->ms);
    if (finding->message != NULL)
        printf(": %s", on_one_line(arena, finding->message));
    if (finding->hint != NULL)
        printf("; %s", on_one_line(arena, finding->hint));
    putchar('\n');
}

static int print_text(const struct findings *findings)
{
    const char *no_color = getenv("NO_COLOR");
    bool coloured = isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');

    for (size_t i = 0; i < findings->count; i++)
        print_finding(findings->arena, &findings->items[i], coloured);
    return finish_output();
}

/* ---- for programs ---- */

static json_t *finding_in_json(const struct doctor_finding *finding)
{
    static const char *const states[] = {
        [FINDING_OK] = "ok", [FINDING_WARNING] = "warning", [FINDING_FAILED] = "failed"
    };
    json_t *object = json_with_key(json_object(), "check", json_text(finding->check));

    object = json_with_key(object, "object", json_text(finding->object));
    object = json_with_key(object, "status", json_text(states[finding->status]));
    object = json_with_key(object, "ms",
                           finding->ms >= 0 ? json_real((double)(long long)(finding->ms * 10) / 10) : json_null());
    object = json_with_key(object, "message", json_text(finding->message));
    return json_with_key(object, "hint", json_text(finding->hint));
}

static int print_json(const struct findings *findings, const char *config)
{
    json_t *checks = json_array();
    json_t *whole = json_with_key(json_object(), "config", json_text(show_masked(findings->arena, NULL, config)));

    for (size_t i = 0; i < findings->count; i++)
        checks = json_with_item(checks, finding_in_json(&findings->items[i]));
    whole = json_with_key(whole, "failed", json_integer((json_int_t)findings_failed(findings)));
    return json_print(json_with_key(whole, "checks", checks));
}

/* ---- the config and its files ---- */

static const char *counted(struct arena *arena, size_t count, const char *what)
{
    return arena_format(arena, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

static void tell_of_config(struct findings *findings, const struct duckalog_config *config, const char *path)
{
    const struct attachments *a = config->root.attachments;
    size_t attachments = config->root.iceberg_catalogs.count;
    struct arena *arena = findings->arena;

    if (a != NULL)
        attachments += a->duckdb.count + a->sqlite.count + a->postgres.count + a->duckalog.count;
    findings_note(findings, "config", path, FINDING_OK, "%s, %s, %s", counted(arena, config->root.views.count, "view"),
                  counted(arena, attachments, "attachment"),
                  counted(arena, config->root.duckdb->secrets.count, "secret"));
}

/* The config when it is good; what is wrong with it is told, and `ret_code` is the exit code for it. */
static struct duckalog_config *examine_config(struct findings *findings, const struct invocation *invocation,
                                              const duckalog_options *options, int *ret_code)
{
    const char *path = invocation->operands[0];
    duckalog_report *report = NULL;
    struct duckalog_config *config = NULL;
    duckalog_status status = duckalog_validate(path, options, &report);

    *ret_code = exit_code_of(status == DUCKALOG_REMOTE ? DUCKALOG_REMOTE : DUCKALOG_CONFIG);
    findings_add_report(findings, "config", NULL, NOT_TIMED, report, "no-duckdb");
    duckalog_report_free(report);
    if (status == DUCKALOG_OK || status == DUCKALOG_NO_DUCKDB) {
        show_load(invocation, false, &config, &report);
        duckalog_report_free(report);
    }
    if (config != NULL)
        tell_of_config(findings, config, show_masked(findings->arena, NULL, path));
    return config;
}

/* Attachments and catalogs are tried by the doctor itself. */
static bool is_a_file(const struct shown_path *path)
{
    return path->section != SECTION_DATABASE && path->section != SECTION_ATTACHMENTS && path->section != SECTION_NESTED;
}

/* What views read elsewhere is tried by the doctor itself, with a DuckDB. */
static void examine_files(struct findings *findings, const struct duckalog_config *config, bool has_duckdb)
{
    struct shown_paths paths;
    size_t found = 0;
    size_t remote = 0;

    if (!paths_collect(findings->arena, config, &paths) || !paths_check(&paths))
        return;
    for (size_t i = 0; i < paths.count; i++) {
        const struct shown_path *path = &paths.items[i];

        if (!is_a_file(path))
            continue;
        remote += path->finding == FOUND_REMOTE;
        found += path->finding != FOUND_REMOTE && !path_failed(path);
        if (path_failed(path))
            findings_note(findings, "file", path->name, FINDING_FAILED, "%s: %s", path_status(findings->arena, path),
                          path->resolved);
    }
    if (remote > 0 && !has_duckdb)
        findings_note(findings, "files", NULL, FINDING_OK, "%zu found, %zu remote (not checked)", found, remote);
    else if (found > 0)
        findings_note(findings, "files", NULL, FINDING_OK, "%zu found", found);
}

/* ---- the command ---- */

static bool make_absolute(struct arena *arena, const char **path)
{
    if (*path != NULL)
        *path = path_from_user(arena, *path);
    return !arena_failed(arena);
}

/* Returns the exit code for what was found. */
static int examine(struct findings *findings, const struct invocation *invocation, const duckalog_options *options)
{
    bool has_duckdb = doctor_find_duckdb(findings);
    int code;
    struct duckalog_config *config = examine_config(findings, invocation, options, &code);
    struct exported exported = { NULL };
    static atomic_bool interrupted;

    if (config != NULL) {
        code = 0;
        findings->redactor = config->redactor;
        if (options->export_env_files)
            exported_set(&exported, config->environment);
        examine_files(findings, config, has_duckdb);
        if (has_duckdb) {
            interrupt_flag(&interrupted);
            doctor_examine(findings, config, options, &interrupted);
            interrupt_nothing();
        }
        findings->redactor = NULL;
    }
    exported_free(&exported);
    duckalog_config_free(config);
    if (atomic_load(&interrupted))
        return exit_code_of(DUCKALOG_INTERRUPTED);
    return code == 0 && findings_failed(findings) > 0 ? exit_code_of(DUCKALOG_ENGINE) : code;
}

static int print_findings(const struct findings *findings, const struct invocation *invocation)
{
    size_t failed = findings_failed(findings);
    int code =
        has_option(invocation, OPTION_JSON) ? print_json(findings, invocation->operands[0]) : print_text(findings);

    if (failed > 0 && !has_option(invocation, OPTION_JSON))
        print_error(NULL, NULL, "%zu of %zu checks failed", failed, findings->count);
    return code;
}

int command_doctor(const struct invocation *invocation)
{
    struct findings findings = { .arena = arena_create(ARENA_WIPED) };
    duckalog_options options;
    int code = exit_code_of(DUCKALOG_NOMEM);
    int printed = 0;

    options_from(invocation, &options);
    options.export_env_files = 1;
    if (has_option(invocation, OPTION_JSON))
        options.log = NULL;
    if (findings.arena != NULL && make_absolute(findings.arena, &options.database_path) &&
        make_absolute(findings.arena, &options.extension_directory))
        code = examine(&findings, invocation, &options);
    if (findings.arena == NULL || arena_failed(findings.arena)) {
        print_error(NULL, NULL, "not enough memory to look at everything");
        code = exit_code_of(DUCKALOG_NOMEM);
    } else
        printed = print_findings(&findings, invocation);
    arena_destroy(findings.arena);
    return printed != 0 ? printed : code;
}
