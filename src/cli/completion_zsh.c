/*
 * The script for zsh, which is found by the name _duckalog in a folder of its fpath.
 */

#include "cli/completion.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Text inside of single quotes, in a place where zsh gives brackets and colons a meaning. */
static void print_escaped(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text) != NULL)
            printf("\\%c", *text);
        else
            putchar(*text);
}

static void print_action(enum argument_kind kind, const char *const *words)
{
    static const char *const actions[] = { [ARGUMENT_TEXT] = " ",
                                           [ARGUMENT_CONFIG] = "_duckalog_configs",
                                           [ARGUMENT_FILE] = "_files",
                                           [ARGUMENT_FOLDER] = "_files -/",
                                           [ARGUMENT_SQL] = "_duckalog_sql" };

    if (kind != ARGUMENT_WORD) {
        fputs(actions[kind], stdout);
        return;
    }
    putchar('(');
    for (; *words != NULL; words++)
        printf("%s%s", *words, words[1] != NULL ? " " : "");
    putchar(')');
}

/* The words after the first, of an option that takes several: nothing is offered for them. */
static void print_further(const char *names)
{
    for (names += strcspn(names, " "); *names != '\0'; names += strcspn(names, " ")) {
        names++;
        printf(":%.*s: ", (int)strcspn(names, " "), names);
    }
}

static void print_option(const struct option_row *row)
{
    struct text help = text_on_heap();
    /* What is repeated is not offered again, but where that has a meaning. */
    bool again = row->many || row == &option_rows[OPTION_VERBOSE];
    const char *equals = row->argument != NULL ? "=" : "";

    option_add_help(&help, row);
    fputs("            ", stdout);
    if (row->letter != 0 && again)
        printf("'*'{-%c%s,--%s%s}'[", row->letter, row->argument != NULL ? "+" : "", row->name, equals);
    else if (row->letter != 0)
        printf("'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter, row->argument != NULL ? "+" : "",
               row->name, equals);
    else
        printf("'%s--%s%s[", again ? "*" : "", row->name, equals);
    print_escaped(text_string(&help) != NULL ? text_string(&help) : row->help);
    putchar(']');
    if (row->argument != NULL) {
        printf(":%.*s:", (int)strcspn(row->argument, " "), row->argument);
        print_action(argument_kind_of(row), row->words);
        print_further(row->argument);
    }
    fputs("' \\\n", stdout);
    text_free(&help);
}

static void print_operand(const struct command *command, size_t operand)
{
    bool optional = operand >= command->operand_count - command->optional_count;
    int length;
    const char *name = operand_name(command, operand, &length);

    printf("            '%zu:%s%.*s:", operand + 1, optional ? ":" : "", length, name);
    print_action(operand_kind_of(command, operand), command->words);
    fputs("' \\\n", stdout);
}

/* Where names of views may come from: options, and whether the first operand is a config. */
static void print_sources(const struct command *command, const enum option_id *options, size_t count)
{
    fputs("        sources=(", stdout);
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = &option_rows[options[i]];

        if (argument_kind_of(row) != ARGUMENT_CONFIG && !completion_is_catalog(options[i]))
            continue;
        printf("--%s ", row->name);
        if (row->letter != 0)
            printf("-%c ", row->letter);
    }
    printf(")\n        config_operand=%d\n",
           command->operand_count > 0 && operand_kind_of(command, 0) == ARGUMENT_CONFIG);
}

static void print_command(const struct command *command)
{
    enum option_id options[MOST_ALL_OPTIONS];
    size_t count = command_options(command, options);

    printf("    %s)\n", command->name);
    print_sources(command, options, count);
    fputs("        _arguments \\\n", stdout);
    for (size_t i = 0; i < count; i++)
        print_option(&option_rows[options[i]]);
    for (size_t i = 0; i < command->operand_count; i++)
        print_operand(command, i);
    fputs("            && result=0\n        ;;\n", stdout);
}

static const char functions[] =
    "_duckalog_configs() {\n"
    "    _files -g '*.(yaml|yml|json)(-.)'\n"
    "}\n"
    "\n"
    "# The last word of the SQL so far may become the name of a view of the config or catalog on the line.\n"
    "_duckalog_sql() {\n"
    "    local option file\n"
    "    local -a names\n"
    "    for option in $sources; do\n"
    "        file=${file:-$opt_args[$option]}\n"
    "    done\n"
    "    if (( config_operand )); then\n"
    "        file=$line[1]\n"
    "    fi\n"
    "    [[ -n $file ]] || return 1\n"
    "    file=${(Q)file}\n"
    "    names=(${(f)\"$(${~program} completion --views ${file/#\\~\\//$HOME/} 2>/dev/null)\"})\n"
    "    compset -P '*[^A-Za-z0-9_.]'\n"
    "    compadd -S '' -a names\n"
    "}\n"
    "\n";

void completion_print_zsh(void)
{
    fputs("#compdef duckalog\n"
          "# Completes command lines of duckalog in zsh. Printed by: duckalog completion zsh\n\n",
          stdout);
    fputs(functions, stdout);
    fputs("_duckalog() {\n"
          "    local program=$words[1] curcontext=$curcontext config_operand=0 result=1\n"
          "    local -a sources commands line\n"
          "    local -A opt_args\n"
          "    if (( CURRENT == 2 )); then\n"
          "        commands=(\n",
          stdout);
    for (const struct command *command = commands; command->name != NULL; command++) {
        printf("            '%s:", command->name);
        print_escaped(command->summary);
        fputs("'\n", stdout);
    }
    fputs("        )\n"
          "        _describe -t commands command commands && result=0\n"
          "        [[ $words[2] == -* ]] && compadd -- --help --version && result=0\n"
          "        return result\n"
          "    fi\n"
          "    local command=$words[2]\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    case $command in\n",
          stdout);
    for (const struct command *command = commands; command->name != NULL; command++)
        print_command(command);
    fputs("    esac\n"
          "    return result\n"
          "}\n\n"
          /* Read by `source` as well as from a folder of fpath, where the file itself is the function. */
          "if [[ $funcstack[1] == _duckalog ]]; then\n"
          "    _duckalog \"$@\"\n"
          "else\n"
          "    compdef _duckalog duckalog\n"
          "fi\n",
          stdout);
}
