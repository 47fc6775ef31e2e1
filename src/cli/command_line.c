/*
 * From words to an invocation: getopt_long() with tables made from ours, numbers and words checked, mistakes told with
 * what was probably meant. What the options do is the commands' business.
 */

#include "cli/command_line.h"

#include "base/text.h"
#include "cli/first_run.h"
#include "cli/help.h"
#include "cli/print.h"
#include "config/read.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMES = 64, MOST_HINT = 128 };

/* NULL when no name is close. */
static const char *did_you_mean(char hint[MOST_HINT], const char *dashes, const char *typed, const char *const *names)
{
    const char *closest = closest_word(typed, names);

    if (closest == NULL)
        return NULL;
    snprintf(hint, MOST_HINT, "did you mean %s%s?", dashes, closest);
    return hint;
}

static int wrong_usage(const struct command *command)
{
    help_print_usage(stderr, command);
    return exit_code_of(DUCKALOG_USAGE);
}

int command_line_unknown(const char *name)
{
    const char *names[MOST_NAMES] = { NULL };
    const char *meant;
    char hint[MOST_HINT];

    for (size_t i = 0; commands[i].name != NULL && i < MOST_NAMES - 1; i++)
        names[i] = commands[i].name;
    meant = did_you_mean(hint, "", name, names);
    if (*name == '-')
        print_error(NULL, "options come after the command, as in: duckalog run CONFIG -v",
                    "there is no command before %s", name);
    else
        print_error(NULL, meant != NULL ? meant : "duckalog --help lists the commands", "there is no command \"%s\"",
                    name);
    return exit_code_of(DUCKALOG_USAGE);
}

/* ---- options ---- */

/* getopt's tables, made from ours. */
struct getopt_tables {
    struct option long_options[MOST_ALL_OPTIONS + 1];
    char letters[2 * MOST_ALL_OPTIONS + 3];
};

static void make_tables(const struct command *command, struct getopt_tables *tables)
{
    enum option_id options[MOST_ALL_OPTIONS];
    size_t count = command_options(command, options);
    size_t length = 0;

    memset(tables, 0, sizeof(*tables));
    /* Words come in the order in which they are given, operands as the option 1: the next word is always at optind. */
    tables->letters[length++] = '-';
    tables->letters[length++] = ':'; /* a missing argument is told apart from an unknown option */
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = &option_rows[options[i]];

        tables->long_options[i] = (struct option){ row->name, row->argument != NULL ? required_argument : no_argument,
                                                   NULL, 256 + (int)options[i] };
        if (row->letter != 0) {
            tables->letters[length++] = (char)row->letter;
            if (row->argument != NULL)
                tables->letters[length++] = ':';
        }
    }
}

static enum option_id option_of_letter(const struct command *command, int letter)
{
    enum option_id options[MOST_ALL_OPTIONS];
    size_t count = command_options(command, options);

    for (size_t i = 0; i < count; i++)
        if (option_rows[options[i]].letter == letter)
            return options[i];
    return OPTION_HELP;
}

/* An option that getopt_long() does not know, or that is short for several. */
static void complain_of_long_option(const struct command *command, const char *word)
{
    enum option_id options[MOST_ALL_OPTIONS];
    size_t count = command_options(command, options);
    const char *names[MOST_ALL_OPTIONS + 1] = { NULL };
    const char *starting[MOST_ALL_OPTIONS + 1] = { NULL };
    struct text typed = text_on_heap();
    struct text list = text_on_heap();
    char hint[MOST_HINT];
    size_t several = 0;

    text_add_length(&typed, word + 2, strcspn(word + 2, "="));
    for (size_t i = 0; i < count; i++) {
        names[i] = option_rows[options[i]].name;
        if (text_string(&typed) != NULL && starts_with(names[i], text_string(&typed)))
            starting[several++] = names[i];
    }
    if (several > 1)
        for (size_t i = 0; i < several; i++)
            text_format(&list, "%s--%s", i == 0 ? "" : i + 1 == several ? " or " : ", ", starting[i]);
    if (text_failed(&typed) || text_failed(&list))
        print_error(NULL, NULL, "there is no option %s here", word);
    else if (several > 1)
        print_error(NULL, NULL, "--%s is short for several options: %s", text_string(&typed), text_string(&list));
    else
        print_error(NULL, did_you_mean(hint, "--", text_string(&typed), names), "there is no option --%s here",
                    text_string(&typed));
    text_free(&typed);
    text_free(&list);
}

/* What getopt_long() did not like; `found` is what it returned. Returns the exit code. */
static int complain_of_option(const struct command *command, int found, const char *word)
{
    bool is_long = optopt == 0 || optopt >= 256;
    char letter[] = { '-', (char)optopt, '\0' };

    if (found == ':')
        print_error(NULL, NULL, "the option %s needs a value", is_long ? word : letter);
    else if (optopt >= 256)
        print_error(NULL, NULL, "the option --%s takes no value", option_rows[optopt - 256].name);
    else if (is_long)
        complain_of_long_option(command, word);
    else
        print_error(NULL, NULL, "there is no option %s here", letter);
    return wrong_usage(command);
}

static bool is_number_between(const char *text, int least, int most)
{
    char *end = NULL;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && number >= least && number <= most;
}

static bool is_word_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* `what` takes other words than this one. */
static int complain_of_word(const char *dashes, const char *what, const char *const *words, const char *value)
{
    struct text list = text_on_heap();
    char hint[MOST_HINT];

    words_add(&list, words);
    print_error(NULL, did_you_mean(hint, "", value, words), "%s%s takes %s, not \"%s\"", dashes, what,
                text_string(&list) != NULL ? text_string(&list) : "another word", value);
    text_free(&list);
    return exit_code_of(DUCKALOG_USAGE);
}

/* Returns the exit code. */
static int keep_value(struct invocation *invocation, enum option_id option, const char *value, int place)
{
    const struct option_row *row = &option_rows[option];

    if (row->words != NULL && !is_word_of(value, row->words))
        return complain_of_word("--", row->name, row->words, value);
    if (row->most > 0 && !is_number_between(value, row->least, row->most)) {
        print_error(NULL, NULL, "--%s takes a number from %d to %d, not \"%s\"", row->name, row->least, row->most,
                    value);
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (row->many && invocation->counts[option] == MOST_VALUES) {
        print_error(NULL, NULL, "--%s can be given %d times at most", row->name, MOST_VALUES);
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (row->many) {
        invocation->lists[option][invocation->counts[option]] = value;
        invocation->list_places[option][invocation->counts[option]] = place;
    }
    invocation->values[option] = value;
    invocation->counts[option]++;
    invocation->places[option] = place;
    return 0;
}

/* Takes the words after the first one of an option that has several. Returns the exit code. */
static int take_further(struct invocation *invocation, enum option_id option, int count, char **words)
{
    const struct option_row *row = &option_rows[option];
    int further = (int)argument_count(row) - 1;

    for (int i = optind; i < optind + further; i++)
        if (i >= count || (words[i][0] == '-' && words[i][1] != '\0')) {
            print_error(NULL, NULL, "the option --%s needs %d values: %s", row->name, further + 1, row->argument);
            return wrong_usage(invocation->command);
        }
    if (further > 0) {
        invocation->further[option] = (const char *const *)words + optind;
        optind += further;
    }
    return 0;
}

/* What is no option, as far as it is looked at: one more than any command takes is too many for all of them. */
struct operands {
    const char *words[MOST_OPERANDS + 1];
    size_t count;
};

static void add_operand(struct operands *operands, const char *word)
{
    if (operands->count <= MOST_OPERANDS)
        operands->words[operands->count++] = word;
}

static int read_options(int count, char **words, struct invocation *invocation, struct operands *operands)
{
    struct getopt_tables tables;
    int place = 0;
    int code = 0;
    int found;

    make_tables(invocation->command, &tables);
    opterr = 0;
    while (code == 0 && (found = getopt_long(count, words, tables.letters, tables.long_options, NULL)) != -1) {
        enum option_id option;

        if (found == 1) {
            add_operand(operands, optarg);
            continue;
        }
        if (found == '?' || found == ':')
            return complain_of_option(invocation->command, found, words[optind - 1]);
        option = found >= 256 ? (enum option_id)(found - 256) : option_of_letter(invocation->command, found);
        code = keep_value(invocation, option, optarg != NULL ? optarg : "", ++place);
        if (code == 0)
            code = take_further(invocation, option, count, words);
    }
    for (; optind < count; optind++) /* after -- */
        add_operand(operands, words[optind]);
    return code;
}

/* ---- operands ---- */

static int complain_of_missing(const struct command *command, size_t operand)
{
    char hint[FIRST_RUN_HINT];
    int length;
    const char *name = operand_name(command, operand, &length);

    if (operand_kind_of(command, operand) != ARGUMENT_CONFIG || !first_run_hint(command->name, hint))
        *hint = '\0';
    print_error(NULL, *hint != '\0' ? hint : NULL, "%.*s is missing", length, name);
    return wrong_usage(command);
}

static int read_operands(const struct operands *operands, struct invocation *invocation)
{
    const struct command *command = invocation->command;

    for (size_t i = 0; i < operands->count; i++) {
        if (invocation->operand_count == command->operand_count) {
            print_error(NULL, NULL, "\"%s\" is one argument too many", operands->words[i]);
            return wrong_usage(command);
        }
        if (command->words != NULL && !is_word_of(operands->words[i], command->words))
            return complain_of_word("", command->name, command->words, operands->words[i]);
        invocation->operands[invocation->operand_count++] = operands->words[i];
    }
    if (invocation->operand_count + command->optional_count >= command->operand_count)
        return 0;
    return complain_of_missing(command, invocation->operand_count);
}

int command_line_read(const struct command *command, int count, char **words, struct invocation *ret_invocation)
{
    struct operands operands = { .count = 0 };
    int code;

    *ret_invocation = (struct invocation){ .command = command };
    code = read_options(count, words, ret_invocation, &operands);
    return code != 0 || has_option(ret_invocation, OPTION_HELP) ? code : read_operands(&operands, ret_invocation);
}

/* An option of the group, as it is written in full; NULL: another word. */
static const struct option_row *remote_option(const char *word)
{
    if (!starts_with(word, "--"))
        return NULL;
    for (size_t i = 0; i < remote_options.count; i++) {
        const struct option_row *row = &option_rows[remote_options.options[i]];

        if (strlen(row->name) == strcspn(word + 2, "=") && strncmp(row->name, word + 2, strlen(row->name)) == 0)
            return row;
    }
    return NULL;
}

void command_line_move_options(int count, char **words)
{
    int first = 1;
    int next = 1;
    char *command;

    while (next < count && remote_option(words[next]) != NULL)
        next += remote_option(words[next])->argument != NULL && strchr(words[next], '=') == NULL ? 2 : 1;
    if (next == first || next >= count)
        return;
    command = words[next];
    memmove(words + first + 1, words + first, (size_t)(next - first) * sizeof(*words));
    words[first] = command;
}
