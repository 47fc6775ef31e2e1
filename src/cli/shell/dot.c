/*
 * The commands of the shell: one table, from which .help and completion come.
 */

#include "base/arena.h"
#include "base/redact.h"
#include "base/sql.h"
#include "cli/describe.h"
#include "cli/print.h"
#include "cli/shell/shell.h"
#include "cli/shell/signals.h"
#include "config/config.h"
#include "config/read.h"
#include "engine/catalog.h"
#include "engine/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEEPEST_READ = 16 };

static int usage_error(const char *hint, const char *problem, const char *what)
{
    print_error(NULL, hint, problem, what);
    return exit_code_of(DUCKALOG_USAGE);
}

/* Prints the result of a query of ours; `pattern` takes the place of each %L in it. */
static int list(struct shell *shell, const char *query, const char *pattern)
{
    struct text sql = text_on_heap();
    int code;

    sql_format(&sql, query, pattern);
    code = text_string(&sql) == NULL ? exit_code_of(DUCKALOG_NOMEM) : shell_run_sql(shell, text_string(&sql));
    text_free(&sql);
    return code;
}

/* ---- what there is ---- */

static int show_tables(struct shell *shell, const char *pattern)
{
    return list(shell,
                "SELECT database_name AS database, schema_name AS schema, table_name AS name FROM duckdb_tables()"
                " WHERE NOT internal AND contains(lower(table_name), lower(%L)) ORDER BY ALL",
                pattern);
}

static int show_views(struct shell *shell, const char *pattern)
{
    if (strncmp(pattern, "-a", 2) == 0 && (pattern[2] == '\0' || pattern[2] == ' '))
        return list(shell,
                    "SELECT database_name AS database, schema_name AS schema, view_name AS name, internal"
                    " FROM duckdb_views() WHERE contains(lower(view_name), lower(%L)) ORDER BY ALL",
                    pattern + 2 + strspn(pattern + 2, " "));
    return list(shell,
                "SELECT database_name AS database, schema_name AS schema, view_name AS name FROM duckdb_views()"
                " WHERE NOT internal AND contains(lower(view_name), lower(%L)) ORDER BY ALL",
                pattern);
}

/* Where a database is that is no file may be told with a password. */
static int show_attached(struct shell *shell, const char *unused)
{
    return list(shell,
                "SELECT database_name AS name, type, readonly AS read_only,"
                " CASE WHEN type IN ('duckdb', 'sqlite') AND NOT contains(path, '://') THEN path END AS file"
                " FROM duckdb_databases() WHERE NOT internal ORDER BY ALL",
                unused);
}

static int show_secrets(struct shell *shell, const char *unused)
{
    return list(shell,
                "SELECT name, type, provider, persistent, storage, scope FROM duckdb_secrets() ORDER BY name, storage",
                unused);
}

/* Every word of the statements that set something: the names of settings are among them. */
static void add_words(struct text *list, const struct texts *statements)
{
    for (size_t i = 0; i < statements->count; i++)
        for (struct sql_token token = sql_next(statements->items[i]);
             token.kind != SQL_END && token.kind != SQL_UNCLOSED; token = sql_next(token.start + token.length))
            if (token.kind == SQL_WORD) {
                text_add(list, ", lower('");
                text_add_length(list, token.start, token.length);
                text_add(list, "')");
            }
}

#define SETTINGS                                                                                                       \
    "SELECT name, CASE WHEN value <> '' AND regexp_matches(lower(name), 'secret|password|token') THEN '" REDACTED      \
    "' ELSE value END AS value, description FROM duckdb_settings() WHERE "

static int show_settings(struct shell *shell, const char *pattern)
{
    const struct duckalog_config *config = catalog_config(shell->catalog);
    struct text sql = text_on_heap();
    int code;

    if (*pattern != '\0')
        return list(shell, SETTINGS "contains(name, lower(%L)) ORDER BY name", pattern);
    text_add(&sql, SETTINGS "name IN (''");
    if (config->root.duckdb != NULL) {
        add_words(&sql, &config->root.duckdb->pragmas);
        add_words(&sql, &config->root.duckdb->settings);
    }
    text_add(&sql, ") ORDER BY name");
    code = text_string(&sql) == NULL ? exit_code_of(DUCKALOG_NOMEM) : shell_run_sql(shell, text_string(&sql));
    text_free(&sql);
    return code;
}

struct definitions {
    const struct redactor *redactor;
    size_t count;
};

static bool print_definition(const char *const *columns, size_t count, void *user)
{
    struct definitions *definitions = user;
    struct text text = text_on_heap();

    if (count > 0 && columns[0] != NULL)
        redact_add(definitions->redactor, &text, columns[0]);
    text_trim_end(&text);
    if (text.length > 0)
        printf("%s%s\n", text.chars, text.chars[text.length - 1] == ';' ? "" : ";");
    text_free(&text);
    definitions->count++;
    return true;
}

/* A name as it is typed: with its schema and database or without, quoted or not. */
static int show_schema(struct shell *shell, const char *name)
{
    struct definitions definitions = { .redactor = catalog_redactor(shell->catalog) };
    struct text plain = text_on_heap();
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    for (const char *c = name; *c != '\0'; c++)
        if (*c != '"')
            text_add_char(&plain, *c);
    if (text_string(&plain) != NULL)
        sql_format(
            &sql,
            "SELECT sql FROM"
            " (SELECT database_name AS d, schema_name AS s, table_name AS n, sql FROM duckdb_tables()"
            " WHERE NOT internal"
            " UNION ALL SELECT database_name, schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal)"
            " WHERE list_contains(['', lower(n), lower(concat_ws('.', s, n)), lower(concat_ws('.', d, n)),"
            " lower(concat_ws('.', d, s, n))], lower(%L)) ORDER BY d, s, n",
            text_string(&plain));
    signals_begin_work(NULL);
    if (sql.length > 0 && text_string(&sql) != NULL)
        status = session_query(shell->session.connection, text_string(&sql), print_definition, &definitions, &problem);
    shell_end_work(shell);
    if (status != DUCKALOG_OK)
        print_error(definitions.redactor, NULL, "%s",
                    text_string(&problem) != NULL && problem.length > 0 ? text_string(&problem)
                                                                        : duckalog_status_name(status));
    else if (definitions.count == 0 && *name != '\0') {
        print_error(NULL, ".tables and .views list what there is", "there is no table or view %s", name);
        status = DUCKALOG_ENGINE;
    }
    text_free(&plain);
    text_free(&sql);
    text_free(&problem);
    return exit_code_of(status);
}

static int show_warnings(struct shell *shell, const char *unused)
{
    const duckalog_report *report = duckalog_diagnostics(shell->catalog);

    (void)unused;
    fflush(stdout);
    if (duckalog_report_get(report, 0) == NULL)
        puts("There were no warnings when the catalog was opened.");
    else
        print_report(report, DUCKALOG_NOTICE);
    return 0;
}

static int show_models(struct shell *shell, const char *name)
{
    return describe_config(catalog_config(shell->catalog), *name != '\0' ? name : NULL, false);
}

/* ---- what is done ---- */

static int read_script(struct shell *shell, const char *path)
{
    int file;
    int code;

    if (*path == '\0')
        return usage_error(NULL, "%s needs the name of a file", ".read");
    if (shell->depth >= DEEPEST_READ)
        return usage_error(NULL, "%s reads itself, or files are nested too deep", path);
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        print_error(NULL, NULL, "%s can't be read: %s", path, strerror(errno));
        return exit_code_of(DUCKALOG_USAGE);
    }
    code = shell_read(shell, file);
    close(file);
    return code;
}

static int set_format(struct shell *shell, const char *name)
{
    enum result_format format;

    if (*name == '\0') {
        printf("%s\n", result_format_name(shell->form.format));
        return 0;
    }
    if (!result_format_find(name, &format))
        return usage_error("table, csv, tsv, json, jsonl, markdown or html", "there is no format %s here", name);
    if (shell->form.pager == NULL && shell->form.most_rows == result_usual_rows(shell->form.format))
        shell->form.most_rows = result_usual_rows(format);
    shell->form.format = format;
    return 0;
}

static int set_most_rows(struct shell *shell, const char *number)
{
    char *end;
    long long rows;

    if (*number == '\0') {
        printf("%llu\n", (unsigned long long)shell->form.most_rows);
        return 0;
    }
    errno = 0;
    rows = strtoll(number, &end, 10);
    if (*end != '\0' || rows < 0 || errno != 0)
        return usage_error("0 is for all of them", "%s is no number of rows", number);
    shell->form.most_rows = (uint64_t)rows;
    return 0;
}

static int set_timer(struct shell *shell, const char *word)
{
    if (*word == '\0')
        shell->shows_time = !shell->shows_time;
    else if (equal_ignoring_case(word, "on") || equal_ignoring_case(word, "off"))
        shell->shows_time = equal_ignoring_case(word, "on");
    else
        return usage_error(NULL, ".timer is on or off, not %s", word);
    return 0;
}

/* The next word of the argument, which may be quoted; NULL when there is none. */
static const char *next_word(struct arena *arena, const char **argument)
{
    struct sql_token token = sql_next(*argument);

    if (token.kind != SQL_WORD && token.kind != SQL_NAME)
        return NULL;
    *argument = token.start + token.length;
    return sql_token_name(arena, &token);
}

/* The last result once more, drawn. As a part of a query, as nothing else may be run twice. */
static int plot_words(struct shell *shell, struct arena *arena, const char *words)
{
    const char *kind = next_word(arena, &words);
    struct result_form before = shell->form;
    struct plot plot = { 0 };
    const char *sql = text_string(&shell->last);
    const char *unclosed;
    int code;

    plot.x = next_word(arena, &words);
    plot.y = next_word(arena, &words);
    if (kind == NULL || plot.x == NULL || plot.y == NULL || *words != '\0')
        return usage_error("as in .plot bar region total", "%s takes bar or line, and the names of two columns",
                           ".plot");
    if (equal_ignoring_case(kind, "bar"))
        plot.kind = PLOT_BAR;
    else if (equal_ignoring_case(kind, "line"))
        plot.kind = PLOT_LINE;
    else
        return usage_error(NULL, "%s is neither bar nor line", kind);
    if (sql == NULL || sql_count_statements(sql, &unclosed) != 1)
        return usage_error(NULL, "%s draws the result of the query before it, and that has to be one", ".plot");
    shell->form.plot = plot;
    shell->form.format = FORMAT_TABLE;
    shell->form.null_text = NULL;
    code = shell_run_sql(shell, arena_format(arena, "FROM (%s\n)", sql_trim(arena, sql)));
    shell->form = before;
    return code;
}

static int plot(struct shell *shell, const char *words)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    int code = arena == NULL ? exit_code_of(DUCKALOG_NOMEM) : plot_words(shell, arena, words);

    arena_destroy(arena);
    return code;
}

static int reload(struct shell *shell, const char *unused)
{
    const struct duckalog_config *before = catalog_config(shell->catalog);
    duckalog_report *report = NULL;
    duckalog_status status;

    (void)unused;
    signals_begin_work(NULL);
    status = duckalog_reload(shell->catalog, &report);
    shell_end_work(shell);
    print_report(report, DUCKALOG_WARNING);
    if (status != DUCKALOG_OK && catalog_config(shell->catalog) == before)
        fputs("notice: the catalog stays as it was\n", stderr);
    else if (status == DUCKALOG_OK && duckalog_report_get(report, 0) == NULL)
        puts("The catalog is as its config says.");
    if (!print_reloaded(report))
        shell->has_to_end = true;
    duckalog_report_free(report);
    return exit_code_of(status);
}

static int leave(struct shell *shell, const char *unused)
{
    (void)unused;
    shell->has_to_end = true;
    return 0;
}

static int help(struct shell *shell, const char *name);

/* ---- the table ---- */

/* clang-format off */
const struct dot_command dot_commands[] = {
    { ".attached", NULL, "Databases that are attached", show_attached },
    { ".exit", NULL, "The same as .quit", leave },
    { ".format", "[FORMAT]", "How results are printed: table, csv, tsv, json, jsonl, markdown or html", set_format, DOT_FORMAT },
    { ".help", "[COMMAND]", "These lines, or one of them", help, DOT_COMMAND },
    { ".maxrows", "[N]", "How many rows of a result are printed; 0: all", set_most_rows, DOT_TEXT },
    { ".models", "[MODEL]", "Semantic models of the config, or the parts of one", show_models, DOT_MODEL },
    { ".plot", "KIND X Y", "Draw the last result: bar or line, column Y over column X", plot, DOT_PLOT },
    { ".quit", NULL, "Leave; so do exit, quit and Ctrl-D", leave },
    { ".read", "FILE", "Run the statements and commands of a file", read_script, DOT_FILE },
    { ".reload", NULL, "Read the config again, and apply what has changed to this session", reload },
    { ".schema", "[NAME]", "The SQL of a table or view, or of all of them", show_schema, DOT_RELATION },
    { ".secrets", NULL, "Secrets of the session, without their values", show_secrets },
    { ".settings", "[TEXT]", "Settings that the config sets, or all with this in their name", show_settings, DOT_TEXT },
    { ".tables", "[TEXT]", "Tables of all databases, or those with this in their name", show_tables, DOT_TEXT },
    { ".timer", "[on|off]", "Tell how long each statement took", set_timer, DOT_SWITCH },
    { ".views", "[-a] [TEXT]", "Views, or those with this in their name; -a: DuckDB's own ones too", show_views, DOT_TEXT },
    { ".warnings", NULL, "What was told when the catalog was opened", show_warnings },
    { 0 }
};
/* clang-format on */

const struct dot_command *dot_find(const char *name, size_t length)
{
    const struct dot_command *command = dot_commands;

    while (command->name != NULL && (strlen(command->name) != length || strncmp(command->name, name, length) != 0))
        command++;
    return command->name == NULL ? NULL : command;
}

static void print_help(const struct dot_command *command)
{
    char usage[32];

    snprintf(usage, sizeof(usage), "%s %s", command->name, command->argument != NULL ? command->argument : "");
    printf("%-20s %s\n", usage, command->help);
}

static int unknown(const char *name)
{
    const char *names[sizeof(dot_commands) / sizeof(dot_commands[0])];
    const char *meant;
    char hint[64];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        names[i] = dot_commands[i].name;
    meant = closest_word(name, names);
    if (meant != NULL)
        snprintf(hint, sizeof(hint), "did you mean %s?", meant);
    return usage_error(meant != NULL ? hint : NULL, "unknown command %s, try .help", name);
}

static int help(struct shell *shell, const char *name)
{
    (void)shell;
    if (*name == '\0') {
        for (const struct dot_command *command = dot_commands; command->name != NULL; command++)
            print_help(command);
        puts("\nAnything else is SQL; a statement ends with a semicolon at the end of a line.");
        return 0;
    }
    for (const struct dot_command *command = dot_commands; command->name != NULL; command++)
        if (strcmp(command->name + (*name != '.'), name) == 0) {
            print_help(command);
            return 0;
        }
    return unknown(name);
}

int dot_run(struct shell *shell, const char *line)
{
    size_t length = strcspn(line, " \t\r\n\f\v;");
    const struct dot_command *command = dot_find(line, length);
    struct arena *arena = arena_create(ARENA_PLAIN);
    char *argument;
    int code;

    if (arena == NULL)
        return exit_code_of(DUCKALOG_NOMEM);
    argument = arena_string(arena, line + length + strspn(line + length, " \t\r\n\f\v"));
    if (argument == NULL)
        code = exit_code_of(DUCKALOG_NOMEM);
    else if (command == NULL)
        code = unknown(arena_copy(arena, line, length));
    else {
        size_t end = strlen(argument);

        while (end > 0 && strchr(" \t\r\n\f\v;", argument[end - 1]) != NULL)
            argument[--end] = '\0';
        code = *argument != '\0' && command->argument == NULL ? usage_error(NULL, "%s takes no argument", command->name)
                                                              : command->run(shell, argument);
    }
    arena_destroy(arena);
    return code;
}
