/*
 * The script for fish.
 */

#include "cli/completion.h"

#include "base/text.h"

#include <stdio.h>

static void print_quoted(const char *text)
{
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

/* What is offered for an argument: only that, or files where fish knows them itself. */
static void print_argument(enum argument_kind kind, const char *const *words)
{
    static const char *const offers[] = { [ARGUMENT_TEXT] = "",
                                          [ARGUMENT_CONFIG] = " -k -a '(__duckalog_configs)'",
                                          [ARGUMENT_FILE] = " -F",
                                          [ARGUMENT_FOLDER] = " -a '(__duckalog_folders)'",
                                          [ARGUMENT_SQL] = " -a '(__duckalog_sql)'" };

    if (kind != ARGUMENT_WORD) {
        fputs(offers[kind], stdout);
        return;
    }
    fputs(" -a '", stdout);
    for (; *words != NULL; words++)
        printf("%s%s", *words, words[1] != NULL ? " " : "");
    putchar('\'');
}

static void print_option(const struct command *command, const struct option_row *row)
{
    enum argument_kind kind = argument_kind_of(row);
    struct text help = text_on_heap();

    option_add_help(&help, row);
    printf("complete -c duckalog -n '__duckalog_on %s'", command->name);
    if (row->letter != 0)
        printf(" -s %c", row->letter);
    printf(" -l %s", row->name);
    if (row->argument != NULL) {
        fputs(kind == ARGUMENT_FILE ? " -r" : " -x", stdout);
        print_argument(kind, row->words);
    }
    fputs(" -d ", stdout);
    print_quoted(text_string(&help) != NULL ? text_string(&help) : row->help);
    putchar('\n');
    text_free(&help);
}

static void print_operand(const struct command *command, size_t operand)
{
    enum argument_kind kind = operand_kind_of(command, operand);

    if (kind == ARGUMENT_TEXT)
        return;
    printf("complete -c duckalog -n '__duckalog_at %s %zu'", command->name, operand);
    print_argument(kind, command->words);
    putchar('\n');
}

static void print_command(const struct command *command)
{
    enum option_id options[MOST_ALL_OPTIONS];
    size_t count = command_options(command, options);

    printf("\ncomplete -c duckalog -n __duckalog_first -a %s -d ", command->name);
    print_quoted(command->summary);
    putchar('\n');
    for (size_t i = 0; i < count; i++)
        print_option(command, &option_rows[options[i]]);
    for (size_t i = 0; i < command->operand_count; i++)
        print_operand(command, i);
}

/* Options whose next word is no operand; `sources` are those that name a config or a catalog. */
static void print_lists(void)
{
    enum option_id options[MOST_ALL_OPTIONS];

    fputs("# The options of a command that take an argument.\n"
          "function __duckalog_takers\n"
          "    switch $argv[1]\n",
          stdout);
    for (const struct command *command = commands; command->name != NULL; command++) {
        size_t count = command_options(command, options);

        printf("        case %s\n            string split -n -- ' ' '", command->name);
        for (size_t i = 0; i < count; i++) {
            const struct option_row *row = &option_rows[options[i]];

            if (row->argument != NULL)
                printf("--%s ", row->name);
            if (row->argument != NULL && row->letter != 0)
                printf("-%c ", row->letter);
        }
        fputs("'\n", stdout);
    }
    fputs("    end\n"
          "end\n\n"
          "# How many words follow the first one that an option takes.\n"
          "function __duckalog_further\n"
          "    switch $argv[1]\n",
          stdout);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (argument_count(&option_rows[i]) > 1)
            printf("        case --%s\n            echo %zu\n", option_rows[i].name,
                   argument_count(&option_rows[i]) - 1);
    fputs("        case '*'\n"
          "            echo 0\n"
          "    end\n"
          "end\n\n"
          "# The config or catalog that a word of a command is, told by the word before it or by its place.\n"
          "function __duckalog_is_source --argument-names command before place\n"
          "    switch \"$command $before$place\"\n",
          stdout);
    for (const struct command *command = commands; command->name != NULL; command++) {
        size_t count = command_options(command, options);

        if (command->operand_count > 0 && operand_kind_of(command, 0) == ARGUMENT_CONFIG)
            printf("        case '%s 0'\n            return 0\n", command->name);
        for (size_t i = 0; i < count; i++) {
            const struct option_row *row = &option_rows[options[i]];

            if (argument_kind_of(row) != ARGUMENT_CONFIG && !completion_is_catalog(options[i]))
                continue;
            printf("        case '%s --%s'", command->name, row->name);
            if (row->letter != 0)
                printf(" '%s -%c'", command->name, row->letter);
            fputs("\n            return 0\n", stdout);
        }
    }
    fputs("    end\n"
          "    return 1\n"
          "end\n\n",
          stdout);
}

static const char functions[] =
    "function __duckalog_first\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "\n"
    "# Is this the command on the line?\n"
    "function __duckalog_on\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2; and test \"$words[2]\" = $argv[1]\n"
    "end\n"
    "\n"
    "# Is this the command on the line, with so many operands before the word that is being typed?\n"
    "function __duckalog_at --argument-names command place\n"
    "    __duckalog_on $command; or return 1\n"
    "    set -l takers (__duckalog_takers $command)\n"
    "    set -l count 0\n"
    "    set -l further 0\n"
    "    set -l before\n"
    "    for word in (commandline -opc)[3..]\n"
    "        if contains -- \"$before\" $takers\n"
    "            set further (__duckalog_further $before)\n"
    "            set word\n"
    "        else if test $further -gt 0\n"
    "            set further (math $further - 1)\n"
    "            set word\n"
    "        else if string match -q -- '--*=*' $word\n"
    "            set further (__duckalog_further (string replace -r '=.*' '' -- $word))\n"
    "        else if not string match -q -- '-?*' $word\n"
    "            set count (math $count + 1)\n"
    "        end\n"
    "        set before $word\n"
    "    end\n"
    "    test $count -eq $place -a $further -eq 0\n"
    "end\n"
    "\n"
    "# The argument that is being typed, without a quote that is still open and without the --option= before it.\n"
    "function __duckalog_typed\n"
    "    commandline -ct | string replace -r '^--[a-z-]+=' '' | string replace -r '^[\"\\']' ''\n"
    "end\n"
    "\n"
    "function __duckalog_folders\n"
    "    __fish_complete_directories (__duckalog_typed | string unescape)\n"
    "end\n"
    "\n"
    "function __duckalog_configs\n"
    "    __fish_complete_path (__duckalog_typed | string unescape) | string match -r "
    "'^[^\\t]*(?:/|\\.ya?ml|\\.json)(?:\\t.*)?$'\n"
    "end\n"
    "\n"
    "# The last word of the SQL so far may become the name of a view of the config or catalog on the line.\n"
    "function __duckalog_sql\n"
    "    set -l words (commandline -opc)\n"
    "    set -l takers (__duckalog_takers $words[2])\n"
    "    set -l place 0\n"
    "    set -l further 0\n"
    "    set -l before\n"
    "    set -l file\n"
    "    for word in $words[3..]\n"
    "        if contains -- \"$before\" $takers\n"
    "            __duckalog_is_source $words[2] \"$before\" ''; and set file $word\n"
    "            set further (__duckalog_further $before)\n"
    "            set word\n"
    "        else if test $further -gt 0\n"
    "            set further (math $further - 1)\n"
    "            set word\n"
    "        else if string match -q -- '--*=*' $word\n"
    "            set further (__duckalog_further (string replace -r '=.*' '' -- $word))\n"
    "        else if not string match -q -- '-?*' $word\n"
    "            __duckalog_is_source $words[2] '' $place; and set file $word\n"
    "            set place (math $place + 1)\n"
    "        end\n"
    "        set before $word\n"
    "    end\n"
    "    test -n \"$file\"; and type -q $words[1]; or return\n"
    "    set -l start (__duckalog_typed | string replace -r '[A-Za-z0-9_.]*$' '')\n"
    "    for name in ($words[1] completion --views (string replace -r '^~/' ~/ -- $file) 2>/dev/null)\n"
    "        echo \"$start$name\"\n"
    "    end\n"
    "end\n"
    "\n"
    "complete -c duckalog -f\n"
    "complete -c duckalog -n __duckalog_first -l help -d 'List the commands'\n"
    "complete -c duckalog -n __duckalog_first -l version -d 'Print the version'\n";

void completion_print_fish(void)
{
    fputs("# Completes command lines of duckalog in fish. Printed by: duckalog completion fish\n\n", stdout);
    print_lists();
    fputs(functions, stdout);
    for (const struct command *command = commands; command->name != NULL; command++)
        print_command(command);
}
