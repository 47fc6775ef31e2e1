/*
 * Help, from the tables of commands and options.
 */

#include "cli/help.h"

#include <string.h>

void help_print_usage(FILE *stream, const struct command *command)
{
    fprintf(stream, "usage: duckalog %s%s%s [options]\n", command->name, *command->operands != '\0' ? " " : "",
            command->operands);
}

static void print_option(FILE *stream, const struct option_row *option)
{
    char form[64];

    snprintf(form, sizeof(form), "%c%c%s --%s%s%s", option->letter != 0 ? '-' : ' ',
             option->letter != 0 ? option->letter : ' ', option->letter != 0 ? "," : " ", option->name,
             option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
    fprintf(stream, "  %-32s %s\n", form, option->help);
}

void help_print_command(FILE *stream, const struct command *command)
{
    const enum option_id *option = command->options;

    help_print_usage(stream, command);
    fprintf(stream, "\n%s.\n\nOptions:\n", command->summary);
    for (;; option++) {
        print_option(stream, &option_rows[*option]);
        if (*option == OPTION_HELP)
            break;
    }
    for (size_t group = 0; command->shared[group] != NULL; group++) {
        fprintf(stream, "\n%s:\n", command->shared[group]->title);
        for (size_t i = 0; i < command->shared[group]->count; i++)
            print_option(stream, &option_rows[command->shared[group]->options[i]]);
    }
    fprintf(stream, "\nExample:\n  %s\n", command->example);
}

void help_print(FILE *stream)
{
    fputs("usage: duckalog COMMAND [arguments]\n\n"
          "A DuckDB catalog from one config file: settings, extensions, secrets, attached\n"
          "databases and views, restored on every connection.\n\nCommands:\n",
          stream);
    for (const struct command *command = commands; command->name != NULL; command++) {
        char form[32];

        snprintf(form, sizeof(form), "%s%s%s", command->name, *command->operands != '\0' ? " " : "", command->operands);
        fprintf(stream, "  %-24s %s\n", form, command->summary);
    }
    fputs("\nduckalog COMMAND --help tells more of one command; duckalog --version tells the version.\n\n"
          "Exit codes: 0 done, 1 unexpected failure, 2 wrong usage or config,\n"
          "            3 database, SQL or data out of reach, 130 interrupted\n",
          stream);
}
