/*
 * The program: reads the command line by the tables of commands.c and hands it to a command.
 */

#include "cli/help.h"
#include "cli/log.h"
#include "cli/print.h"
#include "config/read.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *find_command(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[16] = { NULL };
    const char *closest;
    char hint[64];

    for (size_t i = 0; commands[i].name != NULL && i < 15; i++)
        names[i] = commands[i].name;
    closest = closest_word(name, names);
    snprintf(hint, sizeof(hint), "did you mean %s?", closest != NULL ? closest : "");
    if (*name == '-')
        print_error(NULL, "options come after the command, as in: duckalog run CONFIG -v",
                    "there is no command before %s", name);
    else
        print_error(NULL, closest != NULL ? hint : "duckalog --help lists the commands", "there is no command \"%s\"",
                    name);
    return exit_code_of(DUCKALOG_USAGE);
}

static int wrong_usage(const struct command *command)
{
    help_print_usage(stderr, command);
    return exit_code_of(DUCKALOG_USAGE);
}

/* All options of a command: its own ones, which end with OPTION_HELP, then those that it shares. */
static size_t options_of(const struct command *command, enum option_id ret_options[MOST_OPTIONS + MOST_SHARED_OPTIONS])
{
    size_t count = 0;

    do
        ret_options[count] = command->options[count];
    while (ret_options[count++] != OPTION_HELP);
    for (size_t group = 0; command->shared[group] != NULL; group++)
        for (size_t i = 0; i < command->shared[group]->count; i++)
            ret_options[count++] = command->shared[group]->options[i];
    return count;
}

/* getopt's tables, made from ours. */
struct getopt_tables {
    struct option long_options[MOST_OPTIONS + MOST_SHARED_OPTIONS + 1];
    char letters[2 * (MOST_OPTIONS + MOST_SHARED_OPTIONS) + 2];
};

static void make_tables(const struct command *command, struct getopt_tables *tables)
{
    enum option_id options[MOST_OPTIONS + MOST_SHARED_OPTIONS];
    size_t count = options_of(command, options);
    size_t length = 0;

    memset(tables, 0, sizeof(*tables));
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
    enum option_id options[MOST_OPTIONS + MOST_SHARED_OPTIONS];
    size_t count = options_of(command, options);

    for (size_t i = 0; i < count; i++)
        if (option_rows[options[i]].letter == letter)
            return options[i];
    return OPTION_HELP;
}

static bool is_number_between(const char *text, int least, int most)
{
    char *end = NULL;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && number >= least && number <= most;
}

/* Returns the exit code. */
static int keep_value(struct invocation *invocation, enum option_id option, const char *value, int place)
{
    const struct option_row *row = &option_rows[option];

    if (row->most > 0 && !is_number_between(value, row->least, row->most)) {
        print_error(NULL, NULL, "--%s takes a number from %d to %d, not \"%s\"", row->name, row->least, row->most,
                    value);
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (row->many && invocation->counts[option] == MOST_VALUES) {
        print_error(NULL, NULL, "--%s can be given %d times at most", row->name, MOST_VALUES);
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (row->many)
        invocation->lists[option][invocation->counts[option]] = value;
    invocation->values[option] = value;
    invocation->counts[option]++;
    invocation->places[option] = place;
    return 0;
}

static int read_options(int count, char **words, struct invocation *invocation)
{
    struct getopt_tables tables;
    int place = 0;
    int code = 0;
    int found;

    make_tables(invocation->command, &tables);
    opterr = 0;
    while (code == 0 && (found = getopt_long(count, words, tables.letters, tables.long_options, NULL)) != -1) {
        enum option_id option;

        if (found == '?' || found == ':') {
            char letter[] = { '-', (char)optopt, '\0' };
            bool long_option = optopt == 0 || optopt >= 256;

            print_error(NULL, NULL, found == ':' ? "the option %s needs a value" : "there is no option %s here",
                        long_option ? words[optind - 1] : letter);
            return wrong_usage(invocation->command);
        }
        option = found >= 256 ? (enum option_id)(found - 256) : option_of_letter(invocation->command, found);
        code = keep_value(invocation, option, optarg != NULL ? optarg : "", ++place);
    }
    return code;
}

static int read_operands(int count, char **words, struct invocation *invocation)
{
    const struct command *command = invocation->command;

    for (; optind < count; optind++) {
        if (invocation->operand_count == command->operand_count) {
            print_error(NULL, NULL, "\"%s\" is one argument too many", words[optind]);
            return wrong_usage(command);
        }
        invocation->operands[invocation->operand_count++] = words[optind];
    }
    if (invocation->operand_count + command->optional_count >= command->operand_count)
        return 0;
    print_error(NULL, NULL, "%.*s is missing", (int)strcspn(command->operands, " "), command->operands);
    return wrong_usage(command);
}

static int run_command(const struct command *command, int count, char **words)
{
    struct invocation invocation = { .command = command };
    int code = read_options(count, words, &invocation);

    if (code == 0 && has_option(&invocation, OPTION_HELP)) {
        help_print_command(stdout, command);
        return finish_output();
    }
    if (code == 0)
        code = read_operands(count, words, &invocation);
    if (code == 0)
        code = log_check(&invocation);
    return code == 0 ? command->run(&invocation) : code;
}

int main(int argc, char **argv)
{
    const struct command *command;

    /* A reader that has seen enough is no reason to die; writing tells. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* so does a file that may not grow */
    if (argc < 2) {
        help_print(stderr);
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help_print(stdout);
        return finish_output();
    }
    if (strcmp(argv[1], "--version") == 0)
        return command_version(NULL);
    command = find_command(argv[1]);
    if (command == NULL)
        return unknown_command(argv[1]);
    return run_command(command, argc - 1, argv + 1);
}
