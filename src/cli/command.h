#ifndef DUCKALOG_CLI_COMMAND_H
#define DUCKALOG_CLI_COMMAND_H

/*
 * Commands and their options, as tables: what getopt_long() reads, what --help prints, man pages and completions come
 * from the same rows. To add a command: a file with its function, and a row in commands.c.
 */

#include "duckalog.h"

#include <stdbool.h>
#include <stddef.h>

enum option_id {
    OPTION_ALLOW_DEGRADED,
    OPTION_ALLOW_ENV,
    OPTION_ALLOW_HTTP,
    OPTION_ALLOW_LOCAL_REFS,
    OPTION_ALLOW_ROOT,
    OPTION_ATTACH_PARALLEL,
    OPTION_ATTACH_RETRIES,
    OPTION_ATTACH_TIMEOUT,
    OPTION_AWS_PROFILE,
    OPTION_AZURE_CONNECTION_STRING,
    OPTION_BY,
    OPTION_CATALOG,
    OPTION_CHECK,
    OPTION_CHECK_REMOTE,
    OPTION_CONFIG,
    OPTION_DATABASE,
    OPTION_DB_PATH,
    OPTION_DESCRIBE_FORMAT,
    OPTION_DIAGNOSTICS,
    OPTION_DRY_RUN,
    OPTION_EXIT_CODE,
    OPTION_EXPORT_PUT,
    OPTION_EXTENSION_DIRECTORY,
    OPTION_FILE,
    OPTION_FORCE,
    OPTION_FORCE_REBUILD,
    OPTION_FORMAT,
    OPTION_FS_ANON,
    OPTION_FS_KEY,
    OPTION_FS_PROTOCOL,
    OPTION_FS_SECRET,
    OPTION_FS_SECRET_FILE,
    OPTION_FS_TIMEOUT,
    OPTION_FS_TOKEN,
    OPTION_GCS_CREDENTIALS_FILE,
    OPTION_GRAPH_FORMAT,
    OPTION_HELP,
    OPTION_IMPORTS_FORMAT,
    OPTION_INCLUDE_SECRETS,
    OPTION_INCREMENTAL,
    OPTION_INIT_FORMAT,
    OPTION_INIT_OUTPUT,
    OPTION_INTERACTIVE,
    OPTION_JSON,
    OPTION_KEEP_GOING,
    OPTION_KEEP_TEMP,
    OPTION_LOAD_DOTENV,
    OPTION_LOCK_TIMEOUT,
    OPTION_LOG_JSON,
    OPTION_LOG_LEVEL,
    OPTION_MAX_NESTING,
    OPTION_MAX_ROWS,
    OPTION_NO_CACHE,
    OPTION_NO_HEADER,
    OPTION_NO_LOAD_DOTENV,
    OPTION_NO_PAGER,
    OPTION_NO_PROGRESS,
    OPTION_NO_REMOTE_ENV,
    OPTION_NO_SCHEMA,
    OPTION_NULL,
    OPTION_MEASURES,
    OPTION_MODEL,
    OPTION_OFFLINE,
    OPTION_OUTPUT,
    OPTION_PARAM,
    OPTION_PLOT,
    OPTION_PROJECT,
    OPTION_PRUNE,
    OPTION_QUERY,
    OPTION_QUIET,
    OPTION_READ_ONLY,
    OPTION_REFRESH_SECRETS,
    OPTION_SANDBOX,
    OPTION_SFTP_HOST,
    OPTION_SFTP_KEY_FILE,
    OPTION_SFTP_PORT,
    OPTION_SHOW_MERGED,
    OPTION_SKIP_EXISTING,
    OPTION_SQL,
    OPTION_STRICT,
    OPTION_STRICT_PATHS,
    OPTION_TIMEOUT,
    OPTION_TIMING,
    OPTION_USE_CONNECTION,
    OPTION_VERBOSE,
    OPTION_VIEWS,
    OPTION_VIEWS_ONLY,
    OPTION_WATCH,
    OPTION_WHERE,
    OPTION_COUNT
};

struct option_row { /* NOLINT(clang-analyzer-optin.performance.Padding): rows are written in this order */
    int letter;     /* 0: none */
    const char *name;
    /* As in --query SQL; NULL: a flag. Its name says what it is: argument_kind_of(). An option takes as many words as it
       has names here; only the first one has a kind, and is checked. */
    const char *argument;
    const char *help; /* %s in it stands for the words below */
    bool many;        /* may be given several times, and each of its values counts; of others the last one does */
    int least;        /* the argument is a number from this … */
    int most;         /* … to this; 0: any text */
    const char *const *words; /* the argument is one of these, which end with NULL; the first one is the default */
};

extern const struct option_row option_rows[OPTION_COUNT];

/* Options that several commands have in common. */
struct option_group {
    const char *title;
    const enum option_id *options;
    size_t count;
};

enum {
    MOST_OPERANDS = 2,
    MOST_OPTIONS = 32,
    MOST_GROUPS = 5,
    MOST_SHARED_OPTIONS = 48,
    MOST_ALL_OPTIONS = MOST_OPTIONS + MOST_SHARED_OPTIONS,
    MOST_EXAMPLES = 9,
    MOST_VALUES = 64
};

struct example {
    const char *what; /* as in "Restore the session, and no more" */
    const char *command;
};

/* A command line, read. */
struct invocation {
    const struct command *command;
    const char *operands[MOST_OPERANDS];
    size_t operand_count;
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for a flag */
    int counts[OPTION_COUNT];
    int places[OPTION_COUNT]; /* among all options, from 1, where it was given last; 0: not given */
    /* All values of an option that may have many, ended by NULL. */
    const char *lists[OPTION_COUNT][MOST_VALUES + 1];
    int list_places[OPTION_COUNT][MOST_VALUES]; /* as in `places`, of each value */
    const char *const *further[OPTION_COUNT];   /* the words after the first, of an option that takes several */
};

struct command {
    const char *name;
    const char *operands; /* as in "CONFIG" */
    size_t operand_count; /* all are required, but for the last ones that `optional_count` says */
    const char *summary;
    /* Prints, and returns the exit code. */
    int (*run)(const struct invocation *invocation);
    enum option_id options[MOST_OPTIONS];               /* ended by OPTION_HELP, which every command has */
    size_t optional_count;                              /* of the operands */
    const struct option_group *shared[MOST_GROUPS + 1]; /* further options; ended by NULL */
    const char *const *words;                           /* the operand is one of these */
    struct example examples[MOST_EXAMPLES + 1];         /* ended by one without a command */
    const char *description;                            /* for the man page: sentences; "\n\n" between paragraphs */
};

extern const struct command commands[]; /* ended by a row without a name */

/* NULL when there is none with this name. */
const struct command *command_find(const char *name);

/* All options of a command: its own ones, which end with OPTION_HELP, then those that it shares. Returns how many. */
size_t command_options(const struct command *command, enum option_id ret_options[MOST_ALL_OPTIONS]);

/* What an argument is: completions offer what fits. */
enum argument_kind {
    ARGUMENT_NONE, /* a flag */
    ARGUMENT_TEXT, /* a name, a number: nothing that could be offered */
    ARGUMENT_CONFIG,
    ARGUMENT_FILE,
    ARGUMENT_FOLDER,
    ARGUMENT_SQL,
    ARGUMENT_WORD,
};

enum argument_kind argument_kind_of(const struct option_row *option);

/* How many words an option takes; 0 for a flag. */
size_t argument_count(const struct option_row *option);

enum argument_kind operand_kind_of(const struct command *command, size_t operand);

/* The operand's name, as CONFIG in "CONFIG [MODEL]"; its length goes to `ret_length`. */
const char *operand_name(const struct command *command, size_t operand, int *ret_length);

/* Which of its words an option was given; the first one when it was not given. */
int option_word(const struct invocation *invocation, enum option_id option);

struct text;

/* "table, csv or json" */
void words_add(struct text *text, const char *const *words);

/* The help of an option, its words filled in. */
void option_add_help(struct text *text, const struct option_row *option);

/* How configs are read: of all commands that read one. */
extern const struct option_group reading_options;

/* How what is behind URIs is reached: of all commands that read configs or catalogs. */
extern const struct option_group remote_options;

/* How the catalog's file and its attachments are connected to: of all commands that restore a session. */
extern const struct option_group connecting_options;

/* Which statements are run, and how long: of the same commands. */
extern const struct option_group statement_options;

/* How results look, and where they go: of all commands that run SQL of the user's. */
extern const struct option_group result_options;

int command_run(const struct invocation *invocation);
int command_build(const struct invocation *invocation);
int command_query(const struct invocation *invocation);
int command_validate(const struct invocation *invocation);
int command_diff(const struct invocation *invocation);
int command_describe(const struct invocation *invocation);
int command_generate_sql(const struct invocation *invocation);
int command_doctor(const struct invocation *invocation);
int command_init(const struct invocation *invocation);
int command_show_paths(const struct invocation *invocation);
int command_show_imports(const struct invocation *invocation);
int command_graph(const struct invocation *invocation);
int command_schema(const struct invocation *invocation);
int command_completion(const struct invocation *invocation);
int command_version(const struct invocation *invocation);

static inline bool has_option(const struct invocation *invocation, enum option_id option)
{
    return invocation->values[option] != NULL;
}

#endif
