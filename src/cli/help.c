/*
 * Help, from the tables of commands and options, wrapped to the width of the terminal.
 */

#include "cli/help.h"

#include "base/text.h"
#include "cli/surroundings.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    COMMAND_COLUMN = 27,
    OPTION_COLUMN = 35,
    NARROW_COLUMN = 10,
    LEAST_WIDTH = 50,
    NARROW_WIDTH = 72,
    DEFAULT_WIDTH = 80,
    MOST_WIDTH = 120
};

/* Lines that are too long are as hard to read as short ones. */
static int width_of(FILE *stream)
{
    struct winsize size;
    int width;

    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return DEFAULT_WIDTH;
    width = size.ws_col;
    return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : width;
}

/* Prints words from this column on; further lines begin at `indent`. Ends the line. */
static void print_wrapped(FILE *stream, const char *words, int column, int indent)
{
    int width = width_of(stream);
    bool is_first = true;

    for (; *words != '\0'; words += strspn(words, " ")) {
        int length = (int)strcspn(words, " ");

        if (!is_first && column + 1 + length > width) {
            fprintf(stream, "\n%*s", indent, "");
            column = indent;
            is_first = true;
        }
        fprintf(stream, "%s%.*s", is_first ? "" : " ", length, words);
        column += length + (is_first ? 0 : 1);
        is_first = false;
        words += length;
    }
    fputc('\n', stream);
}

/* A term at the left, and what it means at the right; below it when the term is too long, or there is no room for both. */
static void print_row(FILE *stream, const char *term, int column, const char *meaning)
{
    if (width_of(stream) < NARROW_WIDTH)
        column = NARROW_COLUMN;
    fprintf(stream, "  %s", term);
    if ((int)strlen(term) + 3 > column)
        fprintf(stream, "\n%*s", column, "");
    else
        fprintf(stream, "%*s", column - 2 - (int)strlen(term), "");
    print_wrapped(stream, meaning, column, column);
}

void help_print_usage(FILE *stream, const struct command *command)
{
    fprintf(stream, "usage: duckalog %s%s%s [options]\n", command->name, *command->operands != '\0' ? " " : "",
            command->operands);
}

static void print_option(FILE *stream, const struct option_row *option)
{
    struct text help = text_on_heap();
    char form[64];

    snprintf(form, sizeof(form), "%c%c%s --%s%s%s", option->letter != 0 ? '-' : ' ',
             option->letter != 0 ? option->letter : ' ', option->letter != 0 ? "," : " ", option->name,
             option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
    option_add_help(&help, option);
    print_row(stream, form, OPTION_COLUMN, text_string(&help) != NULL ? text_string(&help) : option->help);
    text_free(&help);
}

/* They are for copying, so they are never wrapped. */
static void print_examples(FILE *stream, const struct command *command)
{
    fprintf(stream, "\n%s:\n", command->examples[1].command != NULL ? "Examples" : "Example");
    for (const struct example *example = command->examples; example->command != NULL; example++)
        fprintf(stream, "%s  %s:\n    %s\n", example == command->examples ? "" : "\n", example->what, example->command);
}

void help_print_command(FILE *stream, const struct command *command)
{
    const enum option_id *option = command->options;
    struct text summary = text_on_heap();

    help_print_usage(stream, command);
    fputc('\n', stream);
    text_format(&summary, "%s.", command->summary);
    print_wrapped(stream, text_string(&summary) != NULL ? text_string(&summary) : command->summary, 0, 0);
    text_free(&summary);
    fputs("\nOptions:\n", stream);
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
    print_examples(stream, command);
}

static void print_exit_codes(FILE *stream)
{
    static const char title[] = "Exit codes: ";
    struct text list = text_on_heap();

    for (const struct exit_row *row = exit_rows; row->meaning != NULL; row++)
        text_format(&list, "%s%d %s", row == exit_rows ? "" : ", ", row->code, row->meaning);
    fputs(title, stream);
    print_wrapped(stream, text_string(&list) != NULL ? text_string(&list) : "", (int)strlen(title), (int)strlen(title));
    text_free(&list);
}

void help_print(FILE *stream)
{
    fputs("usage: duckalog COMMAND [arguments]\n\n", stream);
    print_wrapped(stream, program_purpose, 0, 0);
    fputs("\nCommands:\n", stream);
    for (const struct command *command = commands; command->name != NULL; command++) {
        char form[64];

        snprintf(form, sizeof(form), "%s%s%s", command->name, *command->operands != '\0' ? " " : "", command->operands);
        print_row(stream, form, COMMAND_COLUMN, command->summary);
    }
    fputc('\n', stream);
    print_wrapped(stream, "duckalog COMMAND --help tells more of one command; duckalog --version tells the version.", 0,
                  0);
    fputc('\n', stream);
    print_exit_codes(stream);
}
