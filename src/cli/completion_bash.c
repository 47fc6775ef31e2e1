/*
 * The script for bash, from version 4 on. It needs no other package.
 */

#include "cli/completion.h"

#include <stdio.h>

static const char *kind_word(enum argument_kind kind)
{
    static const char *const words[] = {
        [ARGUMENT_NONE] = "none",     [ARGUMENT_TEXT] = "text", [ARGUMENT_CONFIG] = "config", [ARGUMENT_FILE] = "file",
        [ARGUMENT_FOLDER] = "folder", [ARGUMENT_SQL] = "sql",   [ARGUMENT_WORD] = "word"
    };

    return words[kind];
}

static void print_words(const char *const *words)
{
    fputs(" words=\"", stdout);
    for (; *words != NULL; words++)
        printf("%s%s", *words, words[1] != NULL ? " " : "");
    putchar('"');
}

static void print_option(const struct command *command, enum option_id option)
{
    const struct option_row *row = &option_rows[option];
    enum argument_kind kind = argument_kind_of(row);

    if (kind == ARGUMENT_NONE)
        return;
    printf("    \"%s --%s\"", command->name, row->name);
    if (row->letter != 0)
        printf(" | \"%s -%c\"", command->name, row->letter);
    printf(") takes=%s", completion_is_catalog(option) ? "catalog" : kind_word(kind));
    if (kind == ARGUMENT_WORD)
        print_words(row->words);
    if (argument_count(row) > 1)
        printf(" further=%zu", argument_count(row) - 1);
    fputs(" ;;\n", stdout);
}

static void print_command(const struct command *command)
{
    enum option_id options[MOST_ALL_OPTIONS];
    size_t count = command_options(command, options);

    printf("    %s)\n        options=\"", command->name);
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = &option_rows[options[i]];

        printf("%s--%s", i > 0 ? " " : "", row->name);
        if (row->letter != 0)
            printf(" -%c", row->letter);
    }
    fputs("\"\n        operands=(", stdout);
    for (size_t i = 0; i < command->operand_count; i++)
        printf("%s%s", i > 0 ? " " : "", kind_word(operand_kind_of(command, i)));
    putchar(')');
    if (command->words != NULL)
        print_words(command->words);
    fputs("\n        ;;\n", stdout);
}

/* What the argument of an option is; false for what takes none. */
static void print_options(void)
{
    enum option_id options[MOST_ALL_OPTIONS];

    fputs("# Command and option: sets `takes` and `words` to what its argument is, and `further` to how\n"
          "# many words follow it. Fails for options without one.\n"
          "_duckalog_option() {\n"
          "    takes= words= further=0\n"
          "    case \"$1 $2\" in\n",
          stdout);
    for (const struct command *command = commands; command->name != NULL; command++) {
        size_t count = command_options(command, options);

        for (size_t i = 0; i < count; i++)
            print_option(command, options[i]);
    }
    fputs("    esac\n"
          "    [[ -n $takes ]]\n"
          "}\n\n",
          stdout);
}

static void print_commands(void)
{
    fputs("# Command: sets `options`, and `operands` and `words` to what its operands are.\n"
          "_duckalog_command() {\n"
          "    options= operands=() words=\n"
          "    case $1 in\n",
          stdout);
    for (const struct command *command = commands; command->name != NULL; command++)
        print_command(command);
    fputs("    esac\n"
          "}\n\n",
          stdout);
}

/* What does not depend on the tables. */
static const char functions[] =
    "# Adds each line of standard input to what is offered.\n"
    "_duckalog_offer() {\n"
    "    local line\n"
    "    while IFS= read -r line; do COMPREPLY+=(\"$line\"); done\n"
    "}\n"
    "\n"
    "# A word of the line as the program will get it, as far as that can be known without running anything.\n"
    "_duckalog_unquoted() {\n"
    "    local word=${1//[\\\\\\\"\\']/}\n"
    "    unquoted=${word/#\\~\\//$HOME/}\n"
    "}\n"
    "\n"
    "# Program, config or catalog, and the SQL so far: its last word may become the name of a view.\n"
    "_duckalog_sql() {\n"
    "    local typed=${3#[\\\"\\']} name part\n"
    "    [[ -n $2 ]] || return\n"
    "    part=${typed##*[!A-Za-z0-9_.]}\n"
    "    while IFS= read -r name; do\n"
    "        [[ $name == \"$part\"* ]] && COMPREPLY+=(\"${typed%\"$part\"}$name\")\n"
    "    done < <(\"$1\" completion --views \"$2\" 2>/dev/null)\n"
    "    compopt -o nospace\n"
    "}\n"
    "\n"
    "_duckalog_files() {\n"
    "    local word=${2#[\\\"\\']} ending\n"
    "    word=${word//\\\\/}\n"
    "    compopt -o filenames\n"
    "    case $1 in\n"
    "    folder) _duckalog_offer < <(compgen -d -- \"$word\") ;;\n"
    "    config)\n"
    "        _duckalog_offer < <(compgen -d -- \"$word\")\n"
    "        for ending in yaml yml json; do\n"
    "            _duckalog_offer < <(compgen -f -X \"!*.$ending\" -- \"$word\")\n"
    "        done\n"
    "        ;;\n"
    "    *) _duckalog_offer < <(compgen -f -- \"$word\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_duckalog() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
    "    local takes words further options operands unquoted word i pending= place=0 source=\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        _duckalog_offer < <(compgen -W \"$duckalog_commands\" -- \"$current\")\n"
    "        return\n"
    "    fi\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == : || ${COMP_WORDS[i - 1]} == : || $word == = ]]; then\n"
    "            continue # bash takes --option=value and addresses apart\n"
    "        elif [[ -n $pending ]]; then\n"
    "            _duckalog_unquoted \"$word\"\n"
    "            [[ $takes == config || $takes == catalog && -z $source ]] && source=$unquoted\n"
    "            ((further > 0)) && pending=further || pending=\n"
    "            ((further -= 1))\n"
    "        elif [[ $word == -?* ]]; then\n"
    "            _duckalog_option \"$command\" \"$word\" && pending=$word\n"
    "        else\n"
    "            _duckalog_command \"$command\"\n"
    "            _duckalog_unquoted \"$word\"\n"
    "            [[ ${operands[place]} == config ]] && source=$unquoted\n"
    "            ((place += 1))\n"
    "        fi\n"
    "    done\n"
    "    [[ $current == = ]] && current=\n"
    "    _duckalog_command \"$command\"\n"
    "    if [[ -n $pending ]]; then\n"
    "        _duckalog_option \"$command\" \"$pending\"\n"
    "    elif [[ $current == -* ]]; then\n"
    "        takes=option\n"
    "    else\n"
    "        takes=${operands[place]}\n"
    "    fi\n"
    "    case $takes in\n"
    "    option) _duckalog_offer < <(compgen -W \"$options\" -- \"$current\") ;;\n"
    "    word) _duckalog_offer < <(compgen -W \"$words\" -- \"$current\") ;;\n"
    "    sql) _duckalog_sql \"${1/#\\~\\//$HOME/}\" \"$source\" \"$current\" ;;\n"
    "    config | file | catalog | folder) _duckalog_files \"$takes\" \"$current\" ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "complete -F _duckalog duckalog\n";

void completion_print_bash(void)
{
    fputs("# Completes command lines of duckalog in bash. Printed by: duckalog completion bash\n\n"
          "duckalog_commands=\"",
          stdout);
    for (const struct command *command = commands; command->name != NULL; command++)
        printf("%s ", command->name);
    fputs("--help --version\"\n\n", stdout);
    print_commands();
    print_options();
    fputs(functions, stdout);
}
