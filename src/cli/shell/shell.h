#ifndef DUCKALOG_CLI_SHELL_H
#define DUCKALOG_CLI_SHELL_H

/*
 * The shell: statements and commands, typed by a person or read from a pipe, on one open catalog.
 */

#include "base/sql.h"
#include "base/text.h"
#include "cli/output/results.h"
#include "duckalog.h"

#include <stdbool.h>

/*
 * Runs what standard input says until it ends. The session has the parameters and limits of each statement; its connection
 * is the catalog's. Returns 0 after a terminal, else the exit code of the first failure.
 */
int shell_run(duckalog_catalog *catalog, const struct result_session *session, const struct result_form *form,
              bool is_quiet);

/* ---- between the files of this room ---- */

struct editor;

struct shell {
    duckalog_catalog *catalog;
    struct result_session session;
    struct result_form form;
    struct editor *editor;      /* NULL: nobody types */
    duckdb_connection offering; /* for completion; NULL until it is needed */
    const char *history_path;   /* NULL: what is typed is not kept */
    struct text pending;        /* the lines of a statement that is not complete */
    size_t looked_at;           /* of them: whole tokens, of which `last_token` is the last; SQL_END: there is none */
    enum sql_token_kind last_token;
    struct text last; /* the statements that were run last */
    bool is_on_terminal;
    bool shows_time;
    bool was_stopped; /* what ran last */
    bool has_to_end;
    int code;  /* of the first failure */
    int depth; /* of .read in files that are read */
};

/* Runs SQL as the user's, or one of our own queries, and prints the result. Returns the exit code. */
int shell_run_sql(struct shell *shell, const char *sql);

/* What signals_begin_work() began is over. When somebody has stopped it, no more of a file is wanted, or of anything. */
void shell_end_work(struct shell *shell);

/* Takes one line: a command, or a part of a statement, which is run when it is complete. */
void shell_take_line(struct shell *shell, const char *line, size_t length);

/* Runs what is in a file, to its end. Returns the exit code of the first failure. */
int shell_read(struct shell *shell, int file);

/* A line of dot.c's commands, which begins with a dot. */
int dot_run(struct shell *shell, const char *line);

/* What an argument is: completion offers what fits. */
enum dot_argument {
    DOT_NOTHING,
    DOT_TEXT,
    DOT_FORMAT,
    DOT_SWITCH,
    DOT_FILE,
    DOT_RELATION,
    DOT_MODEL,
    DOT_PLOT,
    DOT_COMMAND
};

struct dot_command {
    const char *name;     /* with its dot */
    const char *argument; /* as in "[NAME]"; NULL: it takes none */
    const char *help;
    /* With the argument, without blanks around it; "" when there is none. Returns the exit code. */
    int (*run)(struct shell *shell, const char *argument);
    enum dot_argument kind;
};

extern const struct dot_command dot_commands[]; /* ended by a row without a name */

/* NULL when there is none with this name, its dot included. */
const struct dot_command *dot_find(const char *name, size_t length);

struct arena;
struct offers;

/* What may stand at the cursor, for editor_open(); `user` is the shell. */
void offers_find(void *user, const char *before_cursor, const char *after_cursor, struct arena *arena,
                 struct offers *ret_offers);

#endif
