/*
 * Looking things up in the tables of commands and options.
 */

#include "cli/command.h"

#include "base/text.h"

#include <string.h>

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

size_t command_options(const struct command *command, enum option_id ret_options[MOST_ALL_OPTIONS])
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

/* What stands for an argument in help says what it is, so that no row has to say it twice. */
static enum argument_kind kind_of_name(const char *name, size_t length)
{
    static const struct {
        const char *name;
        enum argument_kind kind;
    } rows[] = {
        { "CONFIG", ARGUMENT_CONFIG },
        { "FILE", ARGUMENT_FILE },
        { "FOLDER", ARGUMENT_FOLDER },
        { "SQL", ARGUMENT_SQL },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0)
            return rows[i].kind;
    return ARGUMENT_TEXT;
}

enum argument_kind argument_kind_of(const struct option_row *option)
{
    if (option->argument == NULL)
        return ARGUMENT_NONE;
    return option->words != NULL ? ARGUMENT_WORD : kind_of_name(option->argument, strcspn(option->argument, " "));
}

size_t argument_count(const struct option_row *option)
{
    size_t count = option->argument != NULL;

    for (const char *c = option->argument; c != NULL && *c != '\0'; c++)
        count += *c == ' ';
    return count;
}

const char *operand_name(const struct command *command, size_t operand, int *ret_length)
{
    const char *name = command->operands;

    name += strspn(name, " []");
    for (; operand > 0; operand--) {
        name += strcspn(name, " []");
        name += strspn(name, " []");
    }
    *ret_length = (int)strcspn(name, " []");
    return name;
}

enum argument_kind operand_kind_of(const struct command *command, size_t operand)
{
    int length;
    const char *name = operand_name(command, operand, &length);

    return command->words != NULL ? ARGUMENT_WORD : kind_of_name(name, (size_t)length);
}

int option_word(const struct invocation *invocation, enum option_id option)
{
    const char *const *words = option_rows[option].words;
    const char *value = invocation->values[option];

    for (int i = 0; value != NULL && words[i] != NULL; i++)
        if (strcmp(value, words[i]) == 0)
            return i;
    return 0;
}

void words_add(struct text *text, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        text_format(text, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
}

void option_add_help(struct text *text, const struct option_row *option)
{
    const char *place = option->words != NULL ? strstr(option->help, "%s") : NULL;

    if (place == NULL) {
        text_add(text, option->help);
        return;
    }
    text_add_length(text, option->help, (size_t)(place - option->help));
    words_add(text, option->words);
    text_add(text, place + 2);
}
