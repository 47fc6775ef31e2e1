/*
 * The log of the program. A line of text begins with time and level, as in `2026-01-31 12:00:00 | INFO | attach done
 * {count=2}`; a line of JSON has both in it.
 */

#include "cli/log.h"

#include "base/text.h"
#include "cli/output/status_line.h"
#include "cli/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VARIABLE "DUCKALOG_LOG_LEVEL"

static void print_line(duckalog_log_level level, const char *line, void *unused)
{
    static const char *const words[] = { "ERROR", "WARNING", "INFO", "DEBUG" };
    time_t now = time(NULL);
    struct tm local;
    char stamp[32] = "";

    (void)unused;
    if (localtime_r(&now, &local) != NULL)
        strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local);
    status_line_hold();
    fprintf(stderr, "%s | %s | %s\n", stamp, words[level], line);
    status_line_release();
}

static void print_object(duckalog_log_level level, const char *line, void *unused)
{
    (void)level;
    (void)unused;
    status_line_hold();
    fprintf(stderr, "%s\n", line);
    status_line_release();
}

/* False for a word that is none. */
static bool level_of(const char *word, duckalog_log_level *ret_level)
{
    const char *const *words = option_rows[OPTION_LOG_LEVEL].words; /* in the order of the levels */

    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0) {
            *ret_level = (duckalog_log_level)i;
            return true;
        }
    return false;
}

/* Commands that open no catalog have no log. */
static bool has_log(const struct command *command)
{
    for (const enum option_id *option = command->options; *option != OPTION_HELP; option++)
        if (*option == OPTION_LOG_LEVEL)
            return true;
    return false;
}

/* The variable, where it counts; NULL where it does not. */
static const char *variable_that_counts(const struct invocation *invocation)
{
    const char *value = getenv(VARIABLE);

    if (value == NULL || *value == '\0' || !has_log(invocation->command) || has_option(invocation, OPTION_LOG_LEVEL) ||
        has_option(invocation, OPTION_QUIET) || has_option(invocation, OPTION_VERBOSE))
        return NULL;
    return value;
}

int log_check(const struct invocation *invocation)
{
    const char *value = variable_that_counts(invocation);
    struct text words = text_on_heap();
    duckalog_log_level unused;

    if (value == NULL || level_of(value, &unused))
        return 0;
    words_add(&words, option_rows[OPTION_LOG_LEVEL].words);
    print_error(NULL, NULL, VARIABLE " in the environment is \"%s\", and may be %s", value,
                text_string(&words) != NULL ? text_string(&words) : "another word");
    text_free(&words);
    return exit_code_of(DUCKALOG_USAGE);
}

static duckalog_log_level level_from(const struct invocation *invocation)
{
    const char *word = variable_that_counts(invocation);
    duckalog_log_level level;

    if (has_option(invocation, OPTION_LOG_LEVEL))
        word = invocation->values[OPTION_LOG_LEVEL];
    if (word != NULL && level_of(word, &level))
        return level;
    return has_option(invocation, OPTION_QUIET)      ? DUCKALOG_LOG_ERROR
           : invocation->counts[OPTION_VERBOSE] == 0 ? DUCKALOG_LOG_WARNING
           : invocation->counts[OPTION_VERBOSE] == 1 ? DUCKALOG_LOG_INFO
                                                     : DUCKALOG_LOG_DEBUG;
}

void log_options_from(const struct invocation *invocation, duckalog_options *options)
{
    options->log_json = has_option(invocation, OPTION_LOG_JSON);
    options->log = options->log_json ? print_object : print_line;
    options->log_level = level_from(invocation);
}
