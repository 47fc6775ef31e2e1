/*
 * What the program says beside results.
 */

#include "cli/print.h"

#include "cli/log.h"
#include "cli/output/status_line.h"
#include "cli/remote.h"

#include "base/redact.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

enum { EXIT_UNEXPECTED = 1, EXIT_USAGE = 2, EXIT_DATABASE = 3, EXIT_REMOTE = 4, EXIT_INTERRUPTED = 130 };

int exit_code_of(duckalog_status status)
{
    static const int codes[] = {
        [DUCKALOG_OK] = 0,
        [DUCKALOG_USAGE] = EXIT_USAGE,
        [DUCKALOG_NOMEM] = EXIT_UNEXPECTED,
        [DUCKALOG_INTERNAL] = EXIT_UNEXPECTED,
        [DUCKALOG_CONFIG] = EXIT_USAGE,
        [DUCKALOG_NO_DUCKDB] = EXIT_DATABASE,
        [DUCKALOG_ENGINE] = EXIT_DATABASE,
        [DUCKALOG_DATABASE_NOT_FOUND] = EXIT_DATABASE,
        [DUCKALOG_DATABASE_INVALID] = EXIT_DATABASE,
        [DUCKALOG_LOCKED] = EXIT_DATABASE,
        [DUCKALOG_VIEW_CONFLICT] = EXIT_DATABASE,
        [DUCKALOG_INTERRUPTED] = EXIT_INTERRUPTED,
        [DUCKALOG_TIMEOUT] = EXIT_DATABASE,
        [DUCKALOG_UNAVAILABLE] = EXIT_DATABASE,
        [DUCKALOG_REMOTE] = EXIT_REMOTE,
    };

    return (size_t)status < sizeof(codes) / sizeof(codes[0]) ? codes[status] : EXIT_UNEXPECTED;
}

void print_error(const struct redactor *redactor, const char *hint, const char *format, ...)
{
    struct text message = text_on_heap();
    struct text clean = text_on_heap();
    va_list arguments;

    va_start(arguments, format);
    text_vformat(&message, format, arguments);
    va_end(arguments);
    redact_add(redactor, &clean, text_string(&message) != NULL ? text_string(&message) : "not enough memory");
    status_line_hold();
    fprintf(stderr, "error: %s\n", text_string(&clean) != NULL ? text_string(&clean) : "not enough memory");
    if (hint != NULL)
        fprintf(stderr, "hint: %s\n", hint);
    status_line_release();
    text_free(&message);
    text_free(&clean);
}

static void print_place(const duckalog_diagnostic *diagnostic)
{
    fputs(diagnostic->file, stderr);
    if (diagnostic->line > 0)
        fprintf(stderr, ":%u:%u", diagnostic->line, diagnostic->column);
}

/* The line that the problem is in, with a caret below; tabs stay, so that both lines are as wide. */
static void print_line(const duckalog_diagnostic *diagnostic)
{
    const utf8proc_uint8_t *next = (const utf8proc_uint8_t *)diagnostic->line_text;

    fprintf(stderr, "    %s\n    ", diagnostic->line_text);
    for (unsigned column = 1; column < diagnostic->line_column && *next != '\0'; column++) {
        utf8proc_int32_t character = 0;
        utf8proc_ssize_t length = utf8proc_iterate(next, -1, &character);
        int width = utf8proc_charwidth(character);

        if (length <= 0)
            break;
        next += length;
        if (character == '\t')
            fputc('\t', stderr);
        else
            fprintf(stderr, "%*s", width, "");
    }
    fputs("^\n", stderr);
}

/* For editors and people alike: one line. */
static void print_config_problem(const duckalog_diagnostic *diagnostic)
{
    print_place(diagnostic);
    fprintf(stderr, ": %s",
            diagnostic->severity == DUCKALOG_ERROR     ? ""
            : diagnostic->severity == DUCKALOG_WARNING ? "warning: "
                                                       : "notice: ");
    if (diagnostic->path != NULL && *diagnostic->path != '\0')
        fprintf(stderr, "%s: ", diagnostic->path);
    fputs(diagnostic->message, stderr);
    if (diagnostic->hint != NULL)
        fprintf(stderr, "; %s", diagnostic->hint);
    fputc('\n', stderr);
    if (diagnostic->line_text != NULL && isatty(STDERR_FILENO))
        print_line(diagnostic);
}

/*
 * The message first; its place in the config, where it has one, after the first line. A hint that the next one has too is
 * left to that.
 */
static void print_event(const duckalog_diagnostic *diagnostic, const duckalog_diagnostic *next)
{
    static const char *const words[] = {
        [DUCKALOG_NOTICE] = "notice", [DUCKALOG_WARNING] = "warning", [DUCKALOG_ERROR] = "error"
    };
    size_t first_line = strcspn(diagnostic->message, "\n");

    fprintf(stderr, "%s: ", words[diagnostic->severity]);
    if (diagnostic->phase != NULL)
        fprintf(stderr, "%s: ", diagnostic->phase);
    if (diagnostic->object != NULL)
        fprintf(stderr, "%s: ", diagnostic->object);
    fprintf(stderr, "%.*s", (int)first_line, diagnostic->message);
    if (diagnostic->file != NULL) {
        fputs(" (", stderr);
        print_place(diagnostic);
        fputc(')', stderr);
    }
    fprintf(stderr, "%s\n", diagnostic->message + first_line);
    if (diagnostic->hint != NULL && (next == NULL || next->hint == NULL || strcmp(next->hint, diagnostic->hint) != 0))
        fprintf(stderr, "hint: %s\n", diagnostic->hint);
}

void print_report(const duckalog_report *report, duckalog_severity least)
{
    const duckalog_diagnostic *diagnostic;

    for (size_t i = 0; (diagnostic = duckalog_report_get(report, i)) != NULL; i++) {
        if (diagnostic->severity < least)
            continue;
        if (diagnostic->file != NULL && diagnostic->phase == NULL)
            print_config_problem(diagnostic);
        else
            print_event(diagnostic, duckalog_report_get(report, i + 1));
    }
}

/* Of an option in seconds; 0 when it is not given. */
static int milliseconds_of(const struct invocation *invocation, enum option_id option)
{
    return has_option(invocation, option) ? (int)strtol(invocation->values[option], NULL, 10) * 1000 : 0;
}

void options_from(const struct invocation *invocation, duckalog_options *ret_options)
{
    duckalog_options_init(ret_options);
    ret_options->database_path = invocation->values[OPTION_DB_PATH];
    ret_options->extension_directory = invocation->values[OPTION_EXTENSION_DIRECTORY];
    ret_options->read_only = has_option(invocation, OPTION_READ_ONLY);
    ret_options->force_rebuild = has_option(invocation, OPTION_FORCE_REBUILD);
    ret_options->refresh_secrets = has_option(invocation, OPTION_REFRESH_SECRETS);
    ret_options->prune = has_option(invocation, OPTION_PRUNE);
    ret_options->include_secrets = has_option(invocation, OPTION_INCLUDE_SECRETS);
    /* Of the two the one that comes later counts, so that an alias with one can be given the other. */
    ret_options->skip_env_files = invocation->places[OPTION_NO_LOAD_DOTENV] > invocation->places[OPTION_LOAD_DOTENV];
    ret_options->strict_paths = has_option(invocation, OPTION_STRICT_PATHS);
    ret_options->allowed_roots = invocation->lists[OPTION_ALLOW_ROOT];
    if (has_option(invocation, OPTION_MAX_NESTING))
        ret_options->nesting_limit = (int)strtol(invocation->values[OPTION_MAX_NESTING], NULL, 10);
    ret_options->attach_timeout_ms = milliseconds_of(invocation, OPTION_ATTACH_TIMEOUT);
    ret_options->lock_timeout_ms = milliseconds_of(invocation, OPTION_LOCK_TIMEOUT);
    if (has_option(invocation, OPTION_ATTACH_RETRIES)) {
        int retries = (int)strtol(invocation->values[OPTION_ATTACH_RETRIES], NULL, 10);

        ret_options->attach_retries = retries == 0 ? -1 : retries;
    }
    if (has_option(invocation, OPTION_ATTACH_PARALLEL))
        ret_options->attach_parallel = (int)strtol(invocation->values[OPTION_ATTACH_PARALLEL], NULL, 10);
    ret_options->allow_degraded = has_option(invocation, OPTION_ALLOW_DEGRADED);
    ret_options->remote = remote_options_from(invocation);
    ret_options->keep_temporary = has_option(invocation, OPTION_KEEP_TEMP);
    log_options_from(invocation, ret_options);
}

bool print_reloaded(const duckalog_report *report)
{
    const duckalog_diagnostic *diagnostic;

    for (size_t i = 0; (diagnostic = duckalog_report_get(report, i)) != NULL; i++)
        if (diagnostic->severity == DUCKALOG_NOTICE)
            printf("%s: %s: %s\n", diagnostic->phase != NULL ? diagnostic->phase : "config",
                   diagnostic->object != NULL ? diagnostic->object : "catalog", diagnostic->message);
    return fflush(stdout) == 0;
}

int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    if (errno == EPIPE)
        return 0;
    print_error(NULL, NULL, "standard output can't be written: %s", strerror(errno));
    return EXIT_UNEXPECTED;
}
