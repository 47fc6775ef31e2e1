/*
 * The commands and options of the program.
 */

#include "cli/command.h"

/* clang-format off */
/* In the order of enum result_format. */
static const char *const result_formats[] = { "table", "csv", "tsv", "json", "jsonl", "markdown", "html", "parquet", "arrow", NULL };
/* In the order of enum plot_kind, from PLOT_BAR. */
static const char *const plot_kinds[] = { "bar", "line", NULL };
static const char *const description_formats[] = { "table", "json", NULL };
static const char *const graph_formats[] = { "mermaid", "dot", "json", "text", NULL };
static const char *const import_formats[] = { "tree", "json", NULL };
static const char *const config_formats[] = { "yaml", "json", NULL };
static const char *const shells[] = { "bash", "zsh", "fish", NULL };
static const char *const log_levels[] = { "error", "warning", "info", "debug", NULL };

static const char *const remote_protocols[] = { "s3", "r2", "gcs", "gs", "azure", "az", "abfs", "sftp", "github", "hf", "https", "http", NULL };

const struct option_row option_rows[OPTION_COUNT] = {
    [OPTION_ALLOW_DEGRADED] = { 0,   "allow-degraded", NULL, "Go on without attachments that fail; views that need them are left alone" },
    [OPTION_ALLOW_ENV]      = { 0,   "allow-env", "NAMES", "Variables that documents from elsewhere may use, and no others: A,B; may be repeated",
                                .many = true },
    [OPTION_ALLOW_HTTP]     = { 0,   "allow-http", NULL, "Read configs over plain http from other machines, too" },
    [OPTION_ALLOW_LOCAL_REFS] = { 0, "allow-local-refs", NULL, "Documents from elsewhere may name files of this machine" },
    [OPTION_ALLOW_ROOT]     = { 0,   "allow-root", "FOLDER", "A folder that paths may lead to, beside the config's; may be repeated",
                                .many = true },
    [OPTION_ATTACH_PARALLEL] = { 0,  "attach-parallel", "N", "Databases to attach over the network at a time (8)", .least = 1,
                                .most = 64 },
    [OPTION_ATTACH_RETRIES] = { 0,   "attach-retries", "N", "Further tries after a failure that may go away by itself (2)",
                                .most = 100 },
    [OPTION_ATTACH_TIMEOUT] = { 0,   "attach-timeout", "SECONDS",
                                "How long one try to attach may take (DUCKALOG_ATTACH_TIMEOUT, or 10)", .least = 1,
                                .most = 86400 },
    [OPTION_AWS_PROFILE]    = { 0,   "aws-profile", "NAME", "S3: the profile of the AWS files to use" },
    [OPTION_AZURE_CONNECTION_STRING] = { 0, "azure-connection-string", "TEXT", "Azure: all of it in one text" },
    [OPTION_BY]             = { 0,   "by", "NAMES", "With --model: dimensions to group by, as in region,day:month" },
    [OPTION_CATALOG]        = { 'c', "catalog", "FILE", "Catalog file to query (catalog.duckdb here)" },
    [OPTION_CHECK]          = { 'c', "check", NULL, "Look whether each path is there" },
    [OPTION_CHECK_REMOTE]   = { 0,   "check-remote", NULL, "The same, and try what is elsewhere with the secrets of the config" },
    [OPTION_CONFIG]         = { 'C', "config", "CONFIG", "Restore the session of this config, read-only, before the query" },
    [OPTION_DATABASE]       = { 'd', "database", "NAME", "Database file of the catalog (analytics_catalog.duckdb)" },
    [OPTION_DB_PATH]        = { 0,   "db-path", "FILE", "Database file, in place of the config's" },
    [OPTION_DESCRIBE_FORMAT] = { 0,  "format", "FORMAT", "Form of the description: %s (table)",
                                .words = description_formats },
    [OPTION_DIAGNOSTICS]    = { 0,   "diagnostics", NULL, "Add figures: depth, files that import, duplicates" },
    [OPTION_DRY_RUN]        = { 0,   "dry-run", NULL, "Print the SQL and touch nothing" },
    [OPTION_EXIT_CODE]      = { 0,   "exit-code", NULL, "End with 1 when views differ" },
    [OPTION_EXPORT_PUT]     = { 0,   "export-put", NULL, "Publish the catalog to an https:// address with PUT" },
    [OPTION_EXTENSION_DIRECTORY] = { 0, "extension-directory", "FOLDER",
                                "Where DuckDB keeps extensions (DUCKALOG_EXTENSION_DIRECTORY)" },
    [OPTION_FILE]           = { 0,   "file", "FILE", "Run the SQL of this file; - is standard input; may be repeated", .many = true },
    [OPTION_FORCE]          = { 0,   "force", NULL, "Replace the file if it is there" },
    [OPTION_FORCE_REBUILD]  = { 0,   "force-rebuild", NULL, "Create every view again" },
    [OPTION_FORMAT]         = { 0,   "format", "FORMAT", "Form: %s (table)", .words = result_formats },
    [OPTION_FS_ANON]        = { 0,   "fs-anon", NULL, "Use no credentials for what is behind URIs" },
    [OPTION_FS_KEY]         = { 0,   "fs-key", "TEXT", "Access key, account name or user" },
    [OPTION_FS_PROTOCOL]    = { 0,   "fs-protocol", "NAME", "What the credentials are for: %s; without it, by the URI",
                                .words = remote_protocols },
    [OPTION_FS_SECRET]      = { 0,   "fs-secret", "TEXT", "Secret key, account key or password; others can see it here" },
    [OPTION_FS_SECRET_FILE] = { 0,   "fs-secret-file", "FILE", "A file with what --fs-secret would be" },
    [OPTION_FS_TIMEOUT]     = { 0,   "fs-timeout", "SECONDS", "How long a server may take to answer, or be silent (30)", .least = 1,
                                .most = 3600 },
    [OPTION_FS_TOKEN]       = { 0,   "fs-token", "TEXT", "Bearer token (https, github), session token (s3); others can see it here" },
    [OPTION_GCS_CREDENTIALS_FILE] = { 0, "gcs-credentials-file", "FILE", "Google Cloud: the file of an account, as JSON" },
    [OPTION_GRAPH_FORMAT]   = { 0,   "format", "FORMAT", "Form of the graph: %s (text on a terminal, else mermaid)", .words = graph_formats },
    [OPTION_HELP]           = { 'h', "help", NULL, "Show this help" },
    [OPTION_IMPORTS_FORMAT] = { 'f', "format", "FORMAT", "Form of the graph: %s (tree)", .words = import_formats },
    [OPTION_INCLUDE_SECRETS] = { 0,  "include-secrets", NULL, "Write secret values into the SQL, in place of ***" },
    [OPTION_INCREMENTAL]    = { 0,   "incremental", NULL, "Create only the views that are missing" },
    [OPTION_INIT_FORMAT]    = { 'f', "format", "FORMAT", "Form of the config: %s (yaml)", .words = config_formats },
    [OPTION_INIT_OUTPUT]    = { 'o', "output", "FILE", "Config to write (catalog.yaml or catalog.json here)" },
    [OPTION_INTERACTIVE]    = { 'i', "interactive", NULL, "Then a shell for SQL: of what is typed, or read from a pipe" },
    [OPTION_JSON]           = { 0,   "json", NULL, "Print what there is to tell as JSON, for editors, CI and other programs" },
    [OPTION_KEEP_GOING]     = { 0,   "keep-going", NULL, "Go on with the next statement after one that fails" },
    [OPTION_KEEP_TEMP]      = { 0,   "keep-temp", NULL, "Leave the local copy of a catalog that is behind a URI, and tell where" },
    [OPTION_LOAD_DOTENV]    = { 0,   "load-dotenv", NULL, "Read .env files (the default)" },
    [OPTION_LOCK_TIMEOUT]   = { 0,   "lock-timeout", "SECONDS", "How long to wait for another process that has the catalog (0)",
                                .most = 86400 },
    [OPTION_LOG_JSON]       = { 0,   "log-json", NULL, "Lines of the log are JSON objects" },
    [OPTION_LOG_LEVEL]      = { 0,   "log-level", "LEVEL",
                                "Log %s (DUCKALOG_LOG_LEVEL, or warning)", .words = log_levels },
    [OPTION_MAX_NESTING]    = { 0,   "max-nesting", "N", "Levels of catalogs that attach catalogs (5)", .least = 1, .most = 100 },
    [OPTION_MAX_ROWS]       = { 0,   "max-rows", "N", "Rows to show of each result; 0: all (all; on a terminal without a pager 40)",
                                .most = 2147483647 },
    [OPTION_NO_CACHE]       = { 0,   "no-cache", NULL, "Neither use nor keep documents that were fetched before" },
    [OPTION_NO_HEADER]      = { 0,   "no-header", NULL, "Leave the names of the columns out" },
    [OPTION_NULL]           = { 0,   "null", "TEXT", "What NULL looks like in a table, CSV, Markdown or HTML" },
    [OPTION_NO_LOAD_DOTENV] = { 0,   "no-load-dotenv", NULL, "Read no .env files" },
    [OPTION_NO_PAGER]       = { 0,   "no-pager", NULL, "Show what is larger than the screen without a pager" },
    [OPTION_NO_PROGRESS]    = { 0,   "no-progress", NULL, "Show no progress on a terminal of what takes long" },
    [OPTION_NO_REMOTE_ENV]  = { 0,   "no-remote-env", NULL, "Documents from elsewhere may use no variable of the environment" },
    [OPTION_NO_SCHEMA]      = { 0,   "no-schema", NULL, "Write no duckalog.schema.json beside the config" },
    [OPTION_MEASURES]       = { 0,   "measures", "NAMES", "With --model: what to compute (the primary measure, or all)" },
    [OPTION_MODEL]          = { 'm', "model", "MODEL", "Ask a semantic model of the config, in place of SQL" },
    [OPTION_OFFLINE]        = { 0,   "offline", NULL, "Use what was fetched before, and ask nobody" },
    [OPTION_OUTPUT]         = { 'o', "output", "FILE", "Write to a file, not to standard output" },
    [OPTION_PARAM]          = { 0,   "param", "NAME=VALUE", "A value for $NAME in the SQL; may be repeated", .many = true },
    [OPTION_PLOT]           = { 0,   "plot", "KIND X Y", "Draw %s of the column Y over X, in place of a table", .words = plot_kinds },
    [OPTION_PROJECT]        = { 'p', "project", "NAME", "Name in the summary of the sample (my_analytics_project)" },
    [OPTION_PRUNE]          = { 0,   "prune", NULL, "Drop views that are not in the config; never tables" },
    [OPTION_QUERY]          = { 'q', "query", "SQL", "Run this SQL, print its results and end; may be repeated", .many = true },
    [OPTION_QUIET]          = { 0,   "quiet", NULL, "Print no summary and no warnings" },
    [OPTION_READ_ONLY]      = { 0,   "read-only", NULL, "Open the catalog read-only; several processes can at a time" },
    [OPTION_REFRESH_SECRETS] = { 0,  "refresh-secrets", NULL, "Store persistent secrets again with the values of the config" },
    [OPTION_SANDBOX]        = { 0,   "sandbox", NULL, "For SQL of strangers: read what the catalog declares, and nothing else" },
    [OPTION_SFTP_HOST]      = { 0,   "sftp-host", "NAME", "SFTP: the server, in place of that of the URI" },
    [OPTION_SFTP_KEY_FILE]  = { 0,   "sftp-key-file", "FILE", "SFTP: the private key" },
    [OPTION_SFTP_PORT]      = { 0,   "sftp-port", "N", "SFTP: the port (22)", .least = 1, .most = 65535 },
    [OPTION_SHOW_MERGED]    = { 0,   "show-merged", NULL, "Add the merged config with all defaults, secrets masked" },
    [OPTION_SKIP_EXISTING]  = { 0,   "skip-existing", NULL, "Leave the file as it is if it is there" },
    [OPTION_SQL]            = { 0,   "sql", NULL, "With --model: print the statement and run nothing" },
    [OPTION_STRICT]         = { 0,   "strict", NULL, "End with 3 when the catalog is not what the config says" },
    [OPTION_STRICT_PATHS]   = { 0,   "strict-paths", NULL, "Refuse every path that leads out of the allowed folders" },
    [OPTION_TIMEOUT]        = { 0,   "timeout", "SECONDS", "How long each statement may run", .least = 1, .most = 86400 },
    [OPTION_TIMING]         = { 0,   "timing", NULL, "Tell on standard error how long each phase took" },
    [OPTION_USE_CONNECTION] = { 0,   "use-connection", NULL, "The same as --incremental" },
    [OPTION_VERBOSE]        = { 'v', "verbose", NULL, "Tell each step on standard error; twice: more of it" },
    [OPTION_VIEWS]          = { 0,   "views", "CONFIG", "Print the names of the views of a config or catalog file" },
    [OPTION_VIEWS_ONLY]     = { 0,   "views-only", NULL, "Only the views, without session and schemas" },
    [OPTION_WATCH]          = { 0,   "watch", NULL, "Stay, and follow the config and its files" },
    [OPTION_WHERE]          = { 0,   "where", "SQL", "With --model: a condition, in which dimensions have their names" },
};

static const enum option_id reading[] = {
    OPTION_ALLOW_ROOT, OPTION_STRICT_PATHS, OPTION_MAX_NESTING, OPTION_LOAD_DOTENV, OPTION_NO_LOAD_DOTENV };

const struct option_group reading_options = {
    "Reading the config", reading, sizeof(reading) / sizeof(reading[0]) };

static const enum option_id remote[] = {
    OPTION_ALLOW_ENV, OPTION_NO_REMOTE_ENV, OPTION_ALLOW_LOCAL_REFS, OPTION_ALLOW_HTTP, OPTION_OFFLINE, OPTION_NO_CACHE,
    OPTION_FS_PROTOCOL, OPTION_FS_KEY, OPTION_FS_SECRET, OPTION_FS_SECRET_FILE, OPTION_FS_TOKEN, OPTION_FS_ANON, OPTION_FS_TIMEOUT,
    OPTION_AWS_PROFILE, OPTION_GCS_CREDENTIALS_FILE, OPTION_AZURE_CONNECTION_STRING, OPTION_SFTP_HOST, OPTION_SFTP_PORT,
    OPTION_SFTP_KEY_FILE };

const struct option_group remote_options = { "What is behind URIs", remote, sizeof(remote) / sizeof(remote[0]) };

static const enum option_id connecting[] = {
    OPTION_ATTACH_TIMEOUT, OPTION_ATTACH_RETRIES, OPTION_ATTACH_PARALLEL, OPTION_ALLOW_DEGRADED, OPTION_LOCK_TIMEOUT };

const struct option_group connecting_options = {
    "Connecting", connecting, sizeof(connecting) / sizeof(connecting[0]) };

static const enum option_id result[] = { OPTION_FORMAT, OPTION_PLOT, OPTION_OUTPUT, OPTION_MAX_ROWS, OPTION_NULL, OPTION_NO_HEADER, OPTION_NO_PAGER };

static const enum option_id statement[] = { OPTION_FILE, OPTION_PARAM, OPTION_TIMEOUT, OPTION_KEEP_GOING };

const struct option_group statement_options = { "Statements", statement, sizeof(statement) / sizeof(statement[0]) };

const struct option_group result_options = { "Results", result, sizeof(result) / sizeof(result[0]) };

const struct command commands[] = {
    { "run", "CONFIG", 1, "Build the catalog when it is missing, restore its session, create missing views", command_run,
      { OPTION_QUERY, OPTION_INTERACTIVE, OPTION_FORCE_REBUILD, OPTION_PRUNE, OPTION_STRICT, OPTION_WATCH, OPTION_JSON, OPTION_READ_ONLY, OPTION_DB_PATH, OPTION_EXPORT_PUT, OPTION_KEEP_TEMP, OPTION_DRY_RUN,
        OPTION_INCLUDE_SECRETS, OPTION_REFRESH_SECRETS, OPTION_EXTENSION_DIRECTORY, OPTION_TIMING, OPTION_VERBOSE, OPTION_LOG_LEVEL,
        OPTION_LOG_JSON, OPTION_QUIET, OPTION_NO_PROGRESS, OPTION_HELP },
      .shared = { &statement_options, &result_options, &reading_options, &remote_options, &connecting_options },
      .examples = {
          { "Build the catalog, or bring it up to its config", "duckalog run catalog.yaml" },
          { "Ask it something", "duckalog run catalog.yaml --query \"SELECT * FROM sales\"" },
          { "Ask it more, in a shell", "duckalog run catalog.yaml --interactive" },
          { "Write the answer to a file", "duckalog run catalog.yaml --query \"FROM sales\" --output sales.csv" },
          { "Create every view again, and drop those that the config has no more", "duckalog run catalog.yaml --force-rebuild --prune" },
          { "See the SQL of all that, and touch nothing", "duckalog run catalog.yaml --dry-run" },
          { "Run a file of SQL with a value for $day", "duckalog run catalog.yaml --file report.sql --param day=2026-11-21" },
          { "Build the catalog and publish it to a store", "duckalog run catalog.yaml --db-path s3://bucket/catalog.duckdb" },
          { "Follow the config while it is edited", "duckalog run catalog.yaml --watch" } },
      .description =
          "A database file of DuckDB keeps its views, and forgets the session that they need: settings, loaded extensions, secrets "
          "and attached databases. This command restores that session as the config says, and creates the views that are missing, "
          "all of them or none. A database that is not there is built.\n\n"
          "Views that are there are left alone. There is a warning when one of them is not what the config says, or is not in the "
          "config at all; --force-rebuild and --prune change that.\n\n"
          "A database behind a URI is fetched, or built anew, in a temporary folder, and published when all is well and "
          "anything was changed. With --read-only nothing is.\n\n"
          "Without --query a summary of one line is printed." },
    { "query", "SQL", 1, "Run SQL on a catalog, read-only; - reads the SQL from standard input", command_query,
      { OPTION_CATALOG, OPTION_CONFIG, OPTION_MODEL, OPTION_MEASURES, OPTION_BY, OPTION_WHERE, OPTION_SQL, OPTION_SANDBOX,
        OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE, OPTION_LOG_LEVEL, OPTION_LOG_JSON, OPTION_NO_PROGRESS, OPTION_HELP }, .optional_count = 1, .shared = { &statement_options, &result_options, &reading_options, &remote_options, &connecting_options },
      .examples = {
          { "Ask a catalog file", "duckalog query \"FROM sales\" --catalog catalog.duckdb" },
          { "Ask one that is published", "duckalog query \"FROM sales\" --catalog https://example.org/catalog.duckdb" },
          { "Ask it with the session that its views need", "duckalog query \"FROM sales\" --config catalog.yaml" },
          { "Run SQL from a file", "duckalog query --file report.sql --config catalog.yaml" },
          { "See it as bars", "duckalog query \"SELECT region, sum(amount) AS total FROM sales GROUP BY ALL\" --plot bar region total" },
          { "Run SQL that a stranger sent", "duckalog query --file sent.sql --config catalog.yaml --sandbox --timeout 10" },
          { "Ask a semantic model", "duckalog query --config catalog.yaml --model sales --measures revenue --by region" } },
      .description =
          "Runs statements on a catalog file, and prints the results of each. The file is opened read-only. It may be behind a "
          "URI.\n\n"
          "Without --config the file is opened as it is. Views over attached databases need the session, which --config "
          "restores before the query.\n\n"
          "With --model a semantic model of the config is asked in place of SQL: what to compute, by which dimensions, and "
          "under which condition.\n\n"
          "With --sandbox the SQL may be anybody's: it reads the views, tables and attached databases of the catalog, and can "
          "neither reach any other file or address, nor change or write anything, nor see secrets and settings." },
    { "diff", "CONFIG", 1, "Show in what the catalog differs from its config; changes nothing", command_diff,
      { OPTION_JSON, OPTION_EXIT_CODE, OPTION_DB_PATH, OPTION_LOCK_TIMEOUT, OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE,
        OPTION_HELP }, .shared = { &reading_options, &remote_options },
      .examples = {
          { "See what a run would change", "duckalog diff catalog.yaml" },
          { "Fail in CI when somebody forgot to run it", "duckalog diff catalog.yaml --exit-code" } },
      .description =
          "Shows what a run, and a run with --force-rebuild, would do to the catalog and to those that it builds on, and what "
          "each session gets: settings, extensions, secrets by their names, attachments.\n\n"
          "Nothing is changed, created or attached." },
    { "describe", "CONFIG [MODEL]", 2, "List the semantic models of a config, or the parts of one", command_describe,
      { OPTION_DESCRIBE_FORMAT, OPTION_JSON, OPTION_VERBOSE, OPTION_HELP }, .optional_count = 1, .shared = { &reading_options, &remote_options },
      .examples = {
          { "List the models", "duckalog describe catalog.yaml" },
          { "List the dimensions, measures and joins of one", "duckalog describe catalog.yaml sales" } },
      .description =
          "Lists the semantic models of a config with their base views, or the dimensions, measures and joins of one model. "
          "They are what duckalog query --model asks." },
    { "validate", "CONFIG", 1, "Check a config; opens no database and no data", command_validate,
      { OPTION_JSON, OPTION_VERBOSE, OPTION_HELP }, .shared = { &reading_options, &remote_options },
      .examples = {
          { "List every mistake with its place", "duckalog validate catalog.yaml" },
          { "The same for an editor, or for CI", "duckalog validate catalog.yaml --json" } },
      .description =
          "Checks a config, its imports, its SQL files and the catalogs that it attaches, and lists every mistake with file, "
          "line and column. Queries of views are parsed, but no database and no data is opened." },
    { "generate-sql", "CONFIG", 1, "Print the catalog as a SQL script", command_generate_sql,
      { OPTION_OUTPUT, OPTION_VIEWS_ONLY, OPTION_INCLUDE_SECRETS, OPTION_VERBOSE, OPTION_HELP },
      .shared = { &reading_options, &remote_options },
      .examples = {
          { "Write all that a run would do", "duckalog generate-sql catalog.yaml -o catalog.sql" },
          { "Only the views", "duckalog generate-sql catalog.yaml --views-only" } },
      .description =
          "Prints the catalog as a script for DuckDB, in the order in which a session is restored: settings, extensions, "
          "secrets, attachments, schemas, views. Secret values are masked unless --include-secrets is given." },
    { "show-paths", "CONFIG", 1, "List the files and addresses that a config names", command_show_paths,
      { OPTION_CHECK, OPTION_CHECK_REMOTE, OPTION_JSON, OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE, OPTION_HELP },
      .shared = { &reading_options, &remote_options, &connecting_options },
      .examples = {
          { "See what the paths of the config mean", "duckalog show-paths catalog.yaml" },
          { "See which of them are missing", "duckalog show-paths catalog.yaml --check" },
          { "The same of addresses and servers", "duckalog show-paths catalog.yaml --check-remote" } },
      .description =
          "Lists the files and addresses that a config names: its database, the data of its views, attachments, nested "
          "catalogs, SQL files, imports, and the .env files that were read. Each is shown as it is written and as it is "
          "understood.\n\n"
          "With --check it is told whether each is there; the exit status is 3 when one can't be used. What is "
          "elsewhere is not tried, unless with --check-remote: then it is read, or attached, as a run does it, in a session in "
          "memory with the settings and secrets of the config, and nothing is changed." },
    { "show-imports", "CONFIG", 1, "Show which files a config is made of, and what they make together", command_show_imports,
      { OPTION_SHOW_MERGED, OPTION_IMPORTS_FORMAT, OPTION_JSON, OPTION_DIAGNOSTICS, OPTION_VERBOSE, OPTION_HELP },
      .shared = { &reading_options, &remote_options },
      .examples = {
          { "See which file imports which", "duckalog show-imports catalog.yaml" },
          { "See what they make together, with all defaults", "duckalog show-imports catalog.yaml --show-merged" } },
      .description =
          "Shows the files that a config is made of, in the order in which they are written, with the pattern that found a "
          "file and the section that is taken from it. Rings, missing files and files that came before are marked.\n\n"
          "A config with errors is shown as far as it could be read; its errors follow, and the exit status is 2." },
    { "graph", "CONFIG", 1, "Draw which views read which files, databases and views", command_graph,
      { OPTION_GRAPH_FORMAT, OPTION_JSON, OPTION_OUTPUT, OPTION_VERBOSE, OPTION_HELP }, .shared = { &reading_options, &remote_options },
      .examples = {
          { "Look at it in the terminal", "duckalog graph catalog.yaml" },
          { "Print a drawing for Markdown", "duckalog graph catalog.yaml --format mermaid" },
          { "Make a picture with Graphviz", "duckalog graph catalog.yaml --format dot | dot -Tsvg >catalog.svg" } },
      .description =
          "Draws what reads what: files and addresses, attached databases, nested catalogs, views and semantic models. Arrows "
          "go from what is read to what reads it. Only the config and the text of its queries are looked at." },
    { "doctor", "CONFIG", 1, "Try everything that a run needs, and change nothing", command_doctor,
      { OPTION_JSON, OPTION_DB_PATH, OPTION_EXPORT_PUT, OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE, OPTION_HELP },
      .shared = { &reading_options, &remote_options, &connecting_options },
      .examples = {
          { "Find out why a run fails", "duckalog doctor catalog.yaml" },
          { "The same without waiting long for servers", "duckalog doctor catalog.yaml --attach-timeout 2 --attach-retries 0" } },
      .description =
          "Tries everything that a run needs, one after the other, and prints a line for each: libduckdb, the config, the files "
          "that it names, the catalog's file and its disk, extensions, settings, secrets, attachments, the data of views that is "
          "elsewhere. It does not stop at the first problem.\n\n"
          "Nothing is changed: no extension is downloaded and no secret is stored, and attachments are read-only. The exit "
          "status is 2 when the config is wrong, and 3 when something else fails." },
    { "build", "CONFIG", 1, "Create every view of the catalog (deprecated: use run)", command_build,
      { OPTION_DB_PATH, OPTION_EXPORT_PUT, OPTION_KEEP_TEMP, OPTION_DRY_RUN, OPTION_USE_CONNECTION, OPTION_INCREMENTAL, OPTION_FORCE_REBUILD, OPTION_PRUNE, OPTION_STRICT, OPTION_JSON,
        OPTION_INCLUDE_SECRETS, OPTION_REFRESH_SECRETS, OPTION_EXTENSION_DIRECTORY, OPTION_VERBOSE, OPTION_LOG_LEVEL, OPTION_LOG_JSON, OPTION_QUIET,
        OPTION_NO_PROGRESS, OPTION_HELP },
      .shared = { &reading_options, &remote_options, &connecting_options },
      .examples = {
          { "Create every view anew", "duckalog build catalog.yaml" },
          { "The same without being deprecated", "duckalog run catalog.yaml --force-rebuild" } },
      .description =
          "Creates every view of the catalog anew, as older versions of Duckalog did. It is deprecated, and says so on "
          "standard error: duckalog run does what is needed, and duckalog run --force-rebuild all of it." },
    { "init", "", 0, "Write a config to begin with, which runs as it is", command_init,
      { OPTION_INIT_OUTPUT, OPTION_INIT_FORMAT, OPTION_DATABASE, OPTION_PROJECT, OPTION_FORCE, OPTION_SKIP_EXISTING,
        OPTION_NO_SCHEMA, OPTION_JSON, OPTION_VERBOSE, OPTION_HELP },
      .examples = {
          { "Begin in this folder", "duckalog init" },
          { "Begin elsewhere, with a name", "duckalog init --output shops/catalog.yaml --project shops" } },
      .description =
          "Writes a config with sample data, which runs as it is, and beside it the JSON Schema by which editors complete and "
          "check it. A file that is there is only replaced when you say so." },
    { "schema", "", 0, "Print the JSON Schema of configs, for editors", command_schema, { OPTION_HELP },
      .examples = { { "Keep it beside a config", "duckalog schema >duckalog.schema.json" } },
      .description = "Prints the JSON Schema of configs, by which editors complete and check them." },
    { "completion", "[SHELL]", 1, "Print a script that completes command lines in bash, zsh or fish", command_completion,
      { OPTION_VIEWS, OPTION_HELP }, .optional_count = 1, .words = shells,
      .examples = {
          { "Complete command lines in bash from now on", "duckalog completion bash >>~/.bashrc" },
          { "The same in zsh, in a folder of its fpath", "duckalog completion zsh >~/.zfunc/_duckalog" },
          { "The same in fish", "duckalog completion fish >~/.config/fish/completions/duckalog.fish" } },
      .description =
          "Prints a script by which a shell completes commands, their options, files where files are taken, and words where only "
          "some are possible. In SQL it completes names of views, when a config or catalog stands before it on the line. What "
          "make install puts in place does the same.\n\n"
          "The scripts find names of views with --views. It reads the config, or looks into the catalog file, and uses no network. "
          "Names that need quotes in SQL are left out." },
    { "version", "", 0, "Print the version", command_version, { OPTION_JSON, OPTION_HELP },
      .examples = { { "Print the version", "duckalog version" } },
      .description = "Prints the name and the version of the program. So does duckalog --version." },
    { 0 }
};
/* clang-format on */
