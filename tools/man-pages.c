/*
 * Writes the manual in mdoc(7) from the tables of commands and options: duckalog.1, and a page for each command.
 *
 *     man-pages FOLDER DATE
 *
 * The pages say what the tables say and nothing else: to change them, change commands.c or surroundings.c.
 */

#include "base/text.h"
#include "cli/command.h"
#include "cli/surroundings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    FILE *file;
    const char *date;
};

enum { LINE_WIDTH = 72 };

/* ---- text ---- */

/* A word as mdoc takes it: minus signs stay minus signs, which people copy, and nothing is a request or an escape. */
static void write_word(const struct page *page, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (word[i] == '-' && (i == 0 || word[0] == '-'))
            fputs("\\-", page->file);
        else if (word[i] == '\\')
            fputs("\\e", page->file);
        else if (i == 0 && (word[i] == '.' || word[i] == '\''))
            fprintf(page->file, "\\&%c", word[i]);
        else
            fputc(word[i], page->file);
}

static bool ends_sentence(const char *word, size_t length)
{
    return length > 1 && word[length - 1] == '.';
}

/* Sentences in lines of their own, as mdoc wants them, and no line too long. */
static void write_text(const struct page *page, const char *text)
{
    size_t column = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, " \n");

        if (length > 0) {
            if (column > 0)
                fputc(column + length > LINE_WIDTH ? '\n' : ' ', page->file);
            column = column > 0 && column + length > LINE_WIDTH ? 0 : column;
            write_word(page, text, length);
            column += length + 1;
        }
        if (text[length] != '\0' && ends_sentence(text, length)) {
            fputc('\n', page->file);
            column = 0;
        }
        text += length;
        if (strncmp(text, "\n\n", 2) == 0)
            fputs(column > 0 ? "\n.Pp\n" : ".Pp\n", page->file);
        column = *text == '\n' ? 0 : column;
        text += strspn(text, " \n");
    }
    if (column > 0)
        fputc('\n', page->file);
}

/* The argument of a macro: one word to mdoc, minus signs kept, and never a macro by itself. */
static void write_argument(const struct page *page, const char *word)
{
    fputs("\\&", page->file);
    for (; *word != '\0'; word++)
        fputs((char[]){ *word == '-' ? '\\' : *word, *word == '-' ? '-' : '\0', '\0' }, page->file);
}

/* Text to be typed as it stands. */
static void write_literal(const struct page *page, const char *text)
{
    fputs(*text == '.' || *text == '\'' ? "\\&" : "", page->file);
    for (; *text != '\0'; text++)
        if (*text == '-' || *text == '\\')
            fputs(*text == '-' ? "\\-" : "\\e", page->file);
        else if (*text == '~' || *text == '^' || *text == '`')
            fputs(*text == '~' ? "\\(ti" : *text == '^' ? "\\(ha" : "\\(ga", page->file);
        else
            fputc(*text, page->file);
    fputc('\n', page->file);
}

/* ---- sections ---- */

static void write_head(const struct page *page, const char *title, const char *name, const char *summary)
{
    char shown[64];
    size_t i;

    for (i = 0; title[i] != '\0' && i < sizeof(shown) - 1; i++)
        shown[i] = (char)(title[i] >= 'a' && title[i] <= 'z' ? title[i] - 'a' + 'A' : title[i]);
    shown[i] = '\0';
    fprintf(page->file, ".Dd %s\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", page->date, shown, name);
    write_literal(page, summary);
}

static void write_option_term(const struct page *page, const struct option_row *row)
{
    fputs(".It ", page->file);
    if (row->letter != 0)
        fprintf(page->file, "Fl %c , ", row->letter);
    fputs("Fl \\-", page->file);
    for (const char *c = row->name; *c != '\0'; c++)
        fputs((char[]){ *c == '-' ? '\\' : *c, *c == '-' ? '-' : '\0', '\0' }, page->file);
    if (row->argument != NULL)
        fprintf(page->file, " Ar %s", row->argument);
    fputc('\n', page->file);
}

static void write_option(const struct page *page, enum option_id option)
{
    const struct option_row *row = &option_rows[option];
    struct text help = text_on_heap();

    write_option_term(page, row);
    option_add_help(&help, row);
    text_add(&help, ".");
    write_text(page, text_string(&help) != NULL ? text_string(&help) : row->help);
    text_free(&help);
}

static void write_options(const struct page *page, const struct command *command)
{
    const enum option_id *option = command->options;

    fputs(".Ss Options\n.Bl -tag -width Ds\n", page->file);
    do
        write_option(page, *option);
    while (*option++ != OPTION_HELP);
    fputs(".El\n", page->file);
    for (size_t group = 0; command->shared[group] != NULL; group++) {
        fprintf(page->file, ".Ss %s\n.Bl -tag -width Ds\n", command->shared[group]->title);
        for (size_t i = 0; i < command->shared[group]->count; i++)
            write_option(page, command->shared[group]->options[i]);
        fputs(".El\n", page->file);
    }
}

static void write_operands(const struct page *page, const struct command *command)
{
    for (size_t i = 0; i < command->operand_count; i++) {
        int length;
        const char *name = operand_name(command, i, &length);
        bool optional = i >= command->operand_count - command->optional_count;

        fprintf(page->file, ".%s%.*s\n", optional ? "Op Ar " : "Ar ", length, name);
    }
}

static bool concerns(const struct surrounding *row, const struct command *command)
{
    enum option_id options[MOST_ALL_OPTIONS];
    size_t count = command == NULL ? 0 : command_options(command, options);

    for (size_t i = 0; i < count; i++)
        if (options[i] == row->option)
            return true;
    return command == NULL || row->option == OPTION_COUNT;
}

/* ENVIRONMENT or FILES, where there is anything to tell. No command: all of them. */
static void write_surroundings(const struct page *page, const char *title, const char *macro,
                               const struct surrounding *rows, const struct command *command)
{
    bool any = false;

    for (; rows->name != NULL; rows++) {
        if (!concerns(rows, command))
            continue;
        if (!any)
            fprintf(page->file, ".Sh %s\n.Bl -tag -width Ds\n", title);
        any = true;
        fprintf(page->file, ".It %s ", macro);
        write_argument(page, rows->name);
        fputc('\n', page->file);
        write_text(page, rows->meaning);
    }
    if (any)
        fputs(".El\n", page->file);
}

static void write_exit_status(const struct page *page)
{
    fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n", page->file);
    for (const struct exit_row *row = exit_rows; row->meaning != NULL; row++) {
        fprintf(page->file, ".It %d\n", row->code);
        write_text(page, row->meaning);
    }
    fputs(".El\n", page->file);
}

static void write_examples(const struct page *page, const struct command *command)
{
    for (const struct example *example = command->examples; example->command != NULL; example++) {
        struct text what = text_on_heap();

        if (example != command->examples)
            fputs(".Pp\n", page->file);
        text_format(&what, "%s:", example->what);
        write_text(page, text_string(&what) != NULL ? text_string(&what) : example->what);
        text_free(&what);
        fputs(".Bd -literal -offset indent\n", page->file);
        write_literal(page, example->command);
        fputs(".Ed\n", page->file);
    }
}

/* The page of the program has all of the others, sorted by name, as mdoc asks for. */
static void write_see_also(const struct page *page)
{
    const struct command *sorted[64];
    size_t count = 0;

    for (const struct command *command = commands; command->name != NULL && count < 64; command++) {
        size_t place = count++;

        for (; place > 0 && strcmp(sorted[place - 1]->name, command->name) > 0; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = command;
    }
    fputs(".Sh SEE ALSO\n", page->file);
    for (size_t i = 0; i < count; i++)
        fprintf(page->file, ".Xr duckalog-%s 1%s\n", sorted[i]->name, i + 1 < count ? " ," : "");
}

/* ---- pages ---- */

static void write_command(const struct page *page, const struct command *command)
{
    char name[64];

    snprintf(name, sizeof(name), "duckalog-%s", command->name);
    write_head(page, name, name, command->summary);
    fprintf(page->file, ".Sh SYNOPSIS\n.Nm duckalog %s\n", command->name);
    write_operands(page, command);
    fputs(".Op Ar options\n.Sh DESCRIPTION\n", page->file);
    write_text(page, command->description);
    write_options(page, command);
    write_surroundings(page, "ENVIRONMENT", "Ev", variable_rows, command);
    write_surroundings(page, "FILES", "Pa", file_rows, command);
    write_exit_status(page);
    fputs(".Sh EXAMPLES\n", page->file);
    write_examples(page, command);
    fputs(".Sh SEE ALSO\n.Xr duckalog 1\n", page->file);
}

static void write_program(const struct page *page)
{
    write_head(page, "duckalog", "duckalog", "a DuckDB catalog from one config file");
    fputs(".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar arguments\n.Nm\n.Fl \\-help\n.Nm\n.Fl \\-version\n.Sh DESCRIPTION\n",
          page->file);
    write_text(page, program_purpose);
    fputs(".Pp\n", page->file);
    write_text(
        page,
        "Each command has a page of its own, and says what it takes with --help. Options come after the command, in "
        "any order and before or after its arguments. Results go to standard output; errors, warnings and the log "
        "go to standard error. Secret values are masked in all of them.");
    fputs(".Ss Commands\n.Bl -tag -width Ds\n", page->file);
    for (const struct command *command = commands; command->name != NULL; command++) {
        struct text summary = text_on_heap();

        fprintf(page->file, ".It Xr duckalog-%s 1\n", command->name);
        text_format(&summary, "%s.", command->summary);
        write_text(page, text_string(&summary) != NULL ? text_string(&summary) : command->summary);
        text_free(&summary);
    }
    fputs(".El\n", page->file);
    write_surroundings(page, "ENVIRONMENT", "Ev", variable_rows, NULL);
    write_surroundings(page, "FILES", "Pa", file_rows, NULL);
    write_exit_status(page);
    fputs(".Sh EXAMPLES\n", page->file);
    write_examples(page, command_find("init"));
    fputs(".Pp\n", page->file);
    write_examples(page, command_find("run"));
    write_see_also(page);
}

/* The page of a command; of the program, without one. */
static bool write_page(const char *folder, struct page page, const struct command *command)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/duckalog%s%s.1", folder, command != NULL ? "-" : "",
                          command != NULL ? command->name : "");
    bool written;

    page.file = length < (int)sizeof(path) ? fopen(path, "w") : NULL;
    if (page.file == NULL) {
        perror(path);
        return false;
    }
    if (command != NULL)
        write_command(&page, command);
    else
        write_program(&page);
    written = ferror(page.file) == 0;
    if (fclose(page.file) != 0 || !written) {
        perror(path);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct page page = { .date = argc > 2 ? argv[2] : NULL };
    bool done;

    if (argc != 3) {
        fputs("usage: man-pages FOLDER DATE\n", stderr);
        return 2;
    }
    done = write_page(argv[1], page, NULL);
    for (const struct command *command = commands; done && command->name != NULL; command++)
        done = write_page(argv[1], page, command);
    return done ? 0 : 1;
}
