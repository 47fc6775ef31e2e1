/*
 * The program: reads the command line by the tables of commands.c and hands it to a command.
 */

#include "cli/help.h"
#include "cli/print.h"
#include "config/read.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
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

/* getopt's tables, made from ours. */
struct getopt_tables {
    struct option long_options[MOST_OPTIONS + 1];
    char letters[2 * MOST_OPTIONS + 2];
};

static void make_tables(const struct command *command, struct getopt_tables *tables)
{
    size_t count = 0;
    size_t length = 0;

    memset(tables, 0, sizeof(*tables));
    tables->letters[length++] = ':'; /* a missing argument is told apart from an unknown option */
    for (const enum option_id *option = command->options;; option++) {
        const struct option_row *row = &option_rows[*option];

        tables->long_options[count++] =
            (struct option){ row->name, row->argument != NULL ? required_argument : no_argument, NULL,
                             256 + (int)*option };
        if (row->letter != 0) {
            tables->letters[length++] = row->letter;
            if (row->argument != NULL)
                tables->letters[length++] = ':';
        }
        if (*option == OPTION_HELP)
            return;
    }
}

static enum option_id option_of_letter(const struct command *command, int letter)
{
    const enum option_id *option = command->options;

    while (*option != OPTION_HELP && option_rows[*option].letter != letter)
        option++;
    return *option;
}

static int read_options(int count, char **words, struct invocation *invocation)
{
    struct getopt_tables tables;
    int found;

    make_tables(invocation->command, &tables);
    opterr = 0;
    while ((found = getopt_long(count, words, tables.letters, tables.long_options, NULL)) != -1) {
        enum option_id option;

        if (found == '?' || found == ':') {
            char letter[] = { '-', (char)optopt, '\0' };
            bool long_option = optopt == 0 || optopt >= 256;

            print_error(NULL, NULL, found == ':' ? "the option %s needs a value" : "there is no option %s here",
                        long_option ? words[optind - 1] : letter);
            return wrong_usage(invocation->command);
        }
        option = found >= 256 ? (enum option_id)(found - 256) : option_of_letter(invocation->command, found);
        invocation->values[option] = optarg != NULL ? optarg : "";
        invocation->counts[option]++;
    }
    return 0;
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
    return code == 0 ? command->run(&invocation) : code;
}

int main(int argc, char **argv)
{
    const struct command *command;

    /* A reader that has seen enough is no reason to die; writing tells. */
    signal(SIGPIPE, SIG_IGN);
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
