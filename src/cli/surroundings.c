/*
 * What is around the commands, as tables.
 */

#include "cli/surroundings.h"

const char program_purpose[] =
    "A DuckDB catalog from one config file: settings, extensions, secrets, attached databases and "
    "views, restored on every connection.";

/* clang-format off */
const struct exit_row exit_rows[] = {
    { 0, "done" },
    { 1, "unexpected failure" },
    { 2, "wrong usage or config" },
    { 3, "database, SQL or data out of reach" },
    { 130, "interrupted" },
    { 0 }
};

const struct surrounding variable_rows[] = {
    { "COLUMNS", OPTION_FORMAT, "How wide a terminal is that does not say so itself." },
    { "DUCKALOG_ATTACH_TIMEOUT", OPTION_ATTACH_TIMEOUT, "How many seconds one try to attach may take, without --attach-timeout." },
    { "DUCKALOG_EXTENSION_DIRECTORY", OPTION_EXTENSION_DIRECTORY,
      "Where DuckDB keeps its extensions, without --extension-directory." },
    { "DUCKALOG_HISTORY", OPTION_INTERACTIVE, "The file in which the shell keeps what is typed. Empty: nothing is kept." },
    { "DUCKALOG_LIBDUCKDB", OPTION_LOAD_DOTENV, "The file of libduckdb to load, in place of the one that is found." },
    { "DUCKALOG_LOG_LEVEL", OPTION_LOG_LEVEL, "What is worth a line of the log, without --log-level, -v and --quiet." },
    { "DUCKALOG_NO_DEPRECATION", OPTION_USE_CONNECTION, "With 1, the notice that the command is deprecated is left out." },
    { "DUCKALOG_PAGER", OPTION_NO_PAGER,
      "The pager for results that are larger than the screen, before PAGER; empty, or cat: none." },
    { "LESS", OPTION_NO_PAGER, "Options of less as a pager; -RSX without it." },
    { "NO_COLOR", OPTION_EXTENSION_DIRECTORY, "Set to anything, it keeps colours out of what is shown on a terminal." },
    { "PAGER", OPTION_NO_PAGER, "The pager, where DUCKALOG_PAGER is not set; none without both." },
    { "XDG_STATE_HOME", OPTION_INTERACTIVE, "The folder below which the shell keeps what is typed, in place of ~/.local/state." },
    { 0 }
};

const struct surrounding file_rows[] = {
    { "catalog.yaml", OPTION_INIT_OUTPUT, "The config that is written when no other is named." },
    { "catalog.duckdb", OPTION_CATALOG, "The catalog that is opened when none is named." },
    { ".env", OPTION_LOAD_DOTENV,
      "Variables for configs, in the config's folder and those above it. What is in the environment wins over them." },
    { "~/.local/state/duckalog/history", OPTION_INTERACTIVE, "What was typed in a shell, for the next one; without secrets." },
    { "~/.editrc", OPTION_INTERACTIVE, "Keys of the shell, as editrc(5) describes them." },
    { "~/.duckdb/extensions", OPTION_EXTENSION_DIRECTORY, "Where DuckDB keeps its extensions unless it is told otherwise." },
    { "~/.duckdb/stored_secrets", OPTION_REFRESH_SECRETS, "Where DuckDB keeps secrets that are persistent." },
    { 0 }
};
/* clang-format on */
