#ifndef DUCKALOG_CLI_COMMAND_H
#define DUCKALOG_CLI_COMMAND_H

/*
 * Commands and their options, as tables: what getopt_long() reads, what --help prints, and later man pages and
 * completions come from the same rows. To add a command: a file with its function, and a row in commands.c.
 */

#include "duckalog.h"

#include <stdbool.h>
#include <stddef.h>

enum option_id {
    OPTION_BY,
    OPTION_CATALOG,
    OPTION_CONFIG,
    OPTION_DATABASE,
    OPTION_DB_PATH,
    OPTION_DESCRIBE_FORMAT,
    OPTION_DRY_RUN,
    OPTION_EXTENSION_DIRECTORY,
    OPTION_FORCE,
    OPTION_FORCE_REBUILD,
    OPTION_FORMAT,
    OPTION_HELP,
    OPTION_INCLUDE_SECRETS,
    OPTION_INCREMENTAL,
    OPTION_INIT_FORMAT,
    OPTION_INIT_OUTPUT,
    OPTION_JSON,
    OPTION_NO_SCHEMA,
    OPTION_MEASURES,
    OPTION_MODEL,
    OPTION_OUTPUT,
    OPTION_PROJECT,
    OPTION_QUERY,
    OPTION_QUIET,
    OPTION_READ_ONLY,
    OPTION_SKIP_EXISTING,
    OPTION_SQL,
    OPTION_USE_CONNECTION,
    OPTION_VERBOSE,
    OPTION_VIEWS_ONLY,
    OPTION_WHERE,
    OPTION_COUNT
};

struct option_row {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* as in --query SQL; NULL: a flag */
    const char *help;
};

extern const struct option_row option_rows[OPTION_COUNT];

enum { MOST_OPERANDS = 2, MOST_OPTIONS = 12 };

/* A command line, read. */
struct invocation {
    const struct command *command;
    const char *operands[MOST_OPERANDS];
    size_t operand_count;
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for a flag */
    int counts[OPTION_COUNT];
};

struct command {
    const char *name;
    const char *operands; /* as in "CONFIG" */
    size_t operand_count; /* all are required, but for the last ones that `optional_count` says */
    const char *summary;
    const char *example;
    /* Prints, and returns the exit code. */
    int (*run)(const struct invocation *invocation);
    enum option_id options[MOST_OPTIONS]; /* ended by OPTION_HELP, which every command has */
    size_t optional_count;                /* of the operands */
};

extern const struct command commands[]; /* ended by a row without a name */

int command_run(const struct invocation *invocation);
int command_build(const struct invocation *invocation);
int command_query(const struct invocation *invocation);
int command_validate(const struct invocation *invocation);
int command_describe(const struct invocation *invocation);
int command_generate_sql(const struct invocation *invocation);
int command_init(const struct invocation *invocation);
int command_schema(const struct invocation *invocation);
int command_version(const struct invocation *invocation);

static inline bool has_option(const struct invocation *invocation, enum option_id option)
{
    return invocation->values[option] != NULL;
}

#endif
