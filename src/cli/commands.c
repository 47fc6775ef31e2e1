/*
 * The commands and options of the program.
 */

#include "cli/command.h"

/* clang-format off */
const struct option_row option_rows[OPTION_COUNT] = {
    [OPTION_ALLOW_DEGRADED] = { 0,   "allow-degraded", NULL, "Go on without attachments that fail; views that need them are left alone" },
    [OPTION_ALLOW_ROOT]     = { 0,   "allow-root", "FOLDER", "A folder that paths may lead to, beside the config's; may be repeated",
                                .many = true },
    [OPTION_ATTACH_PARALLEL] = { 0,  "attach-parallel", "N", "Databases to attach over the network at a time (8)", .least = 1,
                                .most = 64 },
    [OPTION_ATTACH_RETRIES] = { 0,   "attach-retries", "N", "Further tries after a failure that may go away by itself (2)",
                                .most = 100 },
    [OPTION_ATTACH_TIMEOUT] = { 0,   "attach-timeout", "SECONDS",
                                "How long one try to attach may take (DUCKALOG_ATTACH_TIMEOUT, or 10)", .least = 1,
                                .most = 86400 },
    [OPTION_BY]             = { 0,   "by", "NAMES", "With --model: dimensions to group by, as in region,day:month" },
    [OPTION_CATALOG]        = { 'c', "catalog", "FILE", "Catalog file to query (catalog.duckdb here)" },
    [OPTION_CHECK]          = { 'c', "check", NULL, "Look whether each path is there" },
    [OPTION_CONFIG]         = { 'C', "config", "CONFIG", "Restore the session of this config, read-only, before the query" },
    [OPTION_DATABASE]       = { 'd', "database", "NAME", "Database file of the catalog (analytics_catalog.duckdb)" },
    [OPTION_DB_PATH]        = { 0,   "db-path", "FILE", "Database file, in place of the config's" },
    [OPTION_DESCRIBE_FORMAT] = { 0,  "format", "FORMAT", "Form of the description: table or json (table)" },
    [OPTION_DIAGNOSTICS]    = { 0,   "diagnostics", NULL, "Add figures: depth, files that import, duplicates" },
    [OPTION_DRY_RUN]        = { 0,   "dry-run", NULL, "Print the SQL and touch nothing" },
    [OPTION_EXIT_CODE]      = { 0,   "exit-code", NULL, "End with 1 when views differ" },
    [OPTION_EXTENSION_DIRECTORY] = { 0, "extension-directory", "FOLDER",
                                "Where DuckDB keeps extensions (DUCKALOG_EXTENSION_DIRECTORY)" },
    [OPTION_FORCE]          = { 0,   "force", NULL, "Replace the file if it is there" },
    [OPTION_FORCE_REBUILD]  = { 0,   "force-rebuild", NULL, "Create every view again" },
    [OPTION_FORMAT]         = { 0,   "format", "FORMAT", "Form: table, csv, tsv, json, jsonl, markdown, html or parquet (table)" },
    [OPTION_GRAPH_FORMAT]   = { 0,   "format", "FORMAT", "Form of the graph: mermaid, dot or json (mermaid)" },
    [OPTION_HELP]           = { 'h', "help", NULL, "Show this help" },
    [OPTION_IMPORTS_FORMAT] = { 'f', "format", "FORMAT", "Form of the graph: tree or json (tree)" },
    [OPTION_INCLUDE_SECRETS] = { 0,  "include-secrets", NULL, "Write secret values into the SQL, in place of ***" },
    [OPTION_INCREMENTAL]    = { 0,   "incremental", NULL, "Create only the views that are missing" },
    [OPTION_INIT_FORMAT]    = { 'f', "format", "FORMAT", "Form of the config: yaml or json (yaml)" },
    [OPTION_INIT_OUTPUT]    = { 'o', "output", "FILE", "Config to write (catalog.yaml or catalog.json here)" },
    [OPTION_JSON]           = { 0,   "json", NULL, "Print what was found as one JSON object, for editors and CI" },
    [OPTION_LOAD_DOTENV]    = { 0,   "load-dotenv", NULL, "Read .env files (the default)" },
    [OPTION_LOCK_TIMEOUT]   = { 0,   "lock-timeout", "SECONDS", "How long to wait for another process that has the catalog (0)",
                                .most = 86400 },
    [OPTION_LOG_JSON]       = { 0,   "log-json", NULL, "Lines of the log are JSON objects" },
    [OPTION_LOG_LEVEL]      = { 0,   "log-level", "LEVEL",
                                "Log error, warning, info or debug (DUCKALOG_LOG_LEVEL, or warning)" },
    [OPTION_MAX_NESTING]    = { 0,   "max-nesting", "N", "Levels of catalogs that attach catalogs (5)", .least = 1, .most = 100 },
    [OPTION_MAX_ROWS]       = { 0,   "max-rows", "N", "Rows to show of each result; 0: all (40 on a terminal, else all)",
                                .most = 2147483647 },
    [OPTION_NO_HEADER]      = { 0,   "no-header", NULL, "Leave the names of the columns out" },
    [OPTION_NULL]           = { 0,   "null", "TEXT", "What NULL looks like in a table, CSV, Markdown or HTML" },
    [OPTION_NO_LOAD_DOTENV] = { 0,   "no-load-dotenv", NULL, "Read no .env files" },
    [OPTION_NO_SCHEMA]      = { 0,   "no-schema", NULL, "Write no duckalog.schema.json beside the config" },
    [OPTION_MEASURES]       = { 0,   "measures", "NAMES", "With --model: what to compute (the primary measure, or all)" },
    [OPTION_MODEL]          = { 'm', "model", "MODEL", "Ask a semantic model of the config, in place of SQL" },
    [OPTION_OUTPUT]         = { 'o', "output", "FILE", "Write to a file, not to standard output" },
    [OPTION_PROJECT]        = { 'p', "project", "NAME", "Name in the summary of the sample (my_analytics_project)" },
    [OPTION_PRUNE]          = { 0,   "prune", NULL, "Drop views that are not in the config; never tables" },
    [OPTION_QUERY]          = { 'q', "query", "SQL", "Run this SQL, print its results and end" },
    [OPTION_QUIET]          = { 0,   "quiet", NULL, "Print no summary and no warnings" },
    [OPTION_READ_ONLY]      = { 0,   "read-only", NULL, "Open the catalog read-only; several processes can at a time" },
    [OPTION_REFRESH_SECRETS] = { 0,  "refresh-secrets", NULL, "Store persistent secrets again with the values of the config" },
    [OPTION_SHOW_MERGED]    = { 0,   "show-merged", NULL, "Add the merged config with all defaults, secrets masked" },
    [OPTION_SKIP_EXISTING]  = { 0,   "skip-existing", NULL, "Leave the file as it is if it is there" },
    [OPTION_SQL]            = { 0,   "sql", NULL, "With --model: print the statement and run nothing" },
    [OPTION_STRICT]         = { 0,   "strict", NULL, "End with 3 when the catalog is not what the config says" },
    [OPTION_STRICT_PATHS]   = { 0,   "strict-paths", NULL, "Refuse every path that leads out of the allowed folders" },
    [OPTION_TIMING]         = { 0,   "timing", NULL, "Tell on standard error how long each phase took" },
    [OPTION_USE_CONNECTION] = { 0,   "use-connection", NULL, "The same as --incremental" },
    [OPTION_VERBOSE]        = { 'v', "verbose", NULL, "Tell each step on standard error; twice: more of it" },
    [OPTION_VIEWS_ONLY]     = { 0,   "views-only", NULL, "Only the views, without session and schemas" },
    [OPTION_WATCH]          = { 0,   "watch", NULL, "Stay, and follow the config and its files" },
    [OPTION_WHERE]          = { 0,   "where", "SQL", "With --model: a condition, in which dimensions have their names" },
};

static const enum option_id reading[] = {
    OPTION_ALLOW_ROOT, OPTION_STRICT_PATHS, OPTION_MAX_NESTING, OPTION_LOAD_DOTENV, OPTION_NO_LOAD_DOTENV };

const struct option_group reading_options = {
    "Reading the config", reading, sizeof(reading) / sizeof(reading[0]) };

static const enum option_id connecting[] = {
    OPTION_ATTACH_TIMEOUT, OPTION_ATTACH_RETRIES, OPTION_ATTACH_PARALLEL, OPTION_ALLOW_DEGRADED, OPTION_LOCK_TIMEOUT };

const struct option_group connecting_options = {
    "Connecting", connecting, sizeof(connecting) / sizeof(connecting[0]) };

static const enum option_id result[] = { OPTION_FORMAT, OPTION_OUTPUT, OPTION_MAX_ROWS, OPTION_NULL, OPTION_NO_HEADER };

const struct option_group result_options = { "Results", result, sizeof(result) / sizeof(result[0]) };

const struct command commands[] = {
    { "run", "CONFIG", 1, "Build the catalog when it is missing, restore its session, create missing views",
      "duckalog run catalog.yaml --query \"SELECT * FROM sales\"", command_run,
      { OPTION_QUERY, OPTION_FORCE_REBUILD, OPTION_PRUNE, OPTION_STRICT, OPTION_WATCH, OPTION_JSON, OPTION_READ_ONLY, OPTION_DB_PATH, OPTION_DRY_RUN,
        OPTION_INCLUDE_SECRETS, OPTION_REFRESH_SECRETS, OPTION_EXTENSION_DIRECTORY, OPTION_TIMING, OPTION_VERBOSE, OPTION_LOG_LEVEL,
        OPTION_LOG_JSON, OPTION_QUIET, OPTION_HELP },
      .shared = { &result_options, &reading_options, &connecting_options } },
    { "query", "SQL", 1, "Run SQL on a catalog, read-only; - reads the SQL from standard input",
      "duckalog query \"SELECT 1\" --catalog catalog.duckdb", command_query,
      { OPTION_CATALOG, OPTION_CONFIG, OPTION_MODEL, OPTION_MEASURES, OPTION_BY, OPTION_WHERE, OPTION_SQL,
        OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE, OPTION_LOG_LEVEL, OPTION_LOG_JSON, OPTION_HELP }, .optional_count = 1, .shared = { &result_options, &reading_options, &connecting_options } },
    { "diff", "CONFIG", 1, "Show in what the catalog differs from its config; changes nothing",
      "duckalog diff catalog.yaml", command_diff,
      { OPTION_JSON, OPTION_EXIT_CODE, OPTION_DB_PATH, OPTION_LOCK_TIMEOUT, OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE,
        OPTION_HELP }, .shared = { &reading_options } },
    { "describe", "CONFIG [MODEL]", 2, "List the semantic models of a config, or the parts of one",
      "duckalog describe catalog.yaml sales", command_describe,
      { OPTION_DESCRIBE_FORMAT, OPTION_VERBOSE, OPTION_HELP }, .optional_count = 1, .shared = { &reading_options } },
    { "validate", "CONFIG", 1, "Check a config; opens no database and no data",
      "duckalog validate catalog.yaml", command_validate,
      { OPTION_JSON, OPTION_VERBOSE, OPTION_HELP }, .shared = { &reading_options } },
    { "generate-sql", "CONFIG", 1, "Print the catalog as a SQL script",
      "duckalog generate-sql catalog.yaml -o catalog.sql", command_generate_sql,
      { OPTION_OUTPUT, OPTION_VIEWS_ONLY, OPTION_INCLUDE_SECRETS, OPTION_VERBOSE, OPTION_HELP },
      .shared = { &reading_options } },
    { "show-paths", "CONFIG", 1, "List the files and addresses that a config names",
      "duckalog show-paths catalog.yaml --check", command_show_paths,
      { OPTION_CHECK, OPTION_JSON, OPTION_VERBOSE, OPTION_HELP }, .shared = { &reading_options } },
    { "show-imports", "CONFIG", 1, "Show which files a config is made of, and what they make together",
      "duckalog show-imports catalog.yaml --show-merged", command_show_imports,
      { OPTION_SHOW_MERGED, OPTION_IMPORTS_FORMAT, OPTION_DIAGNOSTICS, OPTION_VERBOSE, OPTION_HELP },
      .shared = { &reading_options } },
    { "graph", "CONFIG", 1, "Draw which views read which files, databases and views",
      "duckalog graph catalog.yaml --format dot | dot -Tsvg >catalog.svg", command_graph,
      { OPTION_GRAPH_FORMAT, OPTION_OUTPUT, OPTION_VERBOSE, OPTION_HELP }, .shared = { &reading_options } },
    { "doctor", "CONFIG", 1, "Try everything that a run needs, and change nothing",
      "duckalog doctor catalog.yaml", command_doctor,
      { OPTION_JSON, OPTION_DB_PATH, OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE, OPTION_HELP },
      .shared = { &reading_options, &connecting_options } },
    { "build", "CONFIG", 1, "Create every view of the catalog (deprecated: use run)",
      "duckalog build catalog.yaml", command_build,
      { OPTION_DB_PATH, OPTION_DRY_RUN, OPTION_USE_CONNECTION, OPTION_INCREMENTAL, OPTION_FORCE_REBUILD, OPTION_PRUNE, OPTION_STRICT, OPTION_JSON,
        OPTION_INCLUDE_SECRETS, OPTION_REFRESH_SECRETS, OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE, OPTION_LOG_LEVEL, OPTION_LOG_JSON, OPTION_QUIET, OPTION_HELP },
      .shared = { &reading_options, &connecting_options } },
    { "init", "", 0, "Write a config to begin with, which runs as it is",
      "duckalog init --output catalog.yaml --project shops", command_init,
      { OPTION_INIT_OUTPUT, OPTION_INIT_FORMAT, OPTION_DATABASE, OPTION_PROJECT, OPTION_FORCE, OPTION_SKIP_EXISTING,
        OPTION_NO_SCHEMA, OPTION_VERBOSE, OPTION_HELP } },
    { "schema", "", 0, "Print the JSON Schema of configs, for editors",
      "duckalog schema > duckalog.schema.json", command_schema, { OPTION_HELP } },
    { "version", "", 0, "Print the version", "duckalog version", command_version, { OPTION_HELP } },
    { 0 }
};
/* clang-format on */
