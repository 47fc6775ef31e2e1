/*
 * What may follow: names of the catalog, columns of what the statement reads, functions, keywords; for the shell's own
 * commands what they take.
 *
 * DuckDB is asked through a connection of our own: whatever goes wrong there, the user's transaction does not notice.
 */

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/deadline.h"
#include "cli/shell/editor.h"
#include "cli/shell/shell.h"
#include "cli/shell/signals.h"
#include "config/config.h"
#include "config/models.h"
#include "engine/catalog.h"
#include "engine/session.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PATIENCE_S = 3, /* for a view over data that is far away, or a server that does not answer */
    MOST_QUALIFIERS = 2,
};

/* A table or view that the statement reads, in the user's words. */
struct mention {
    const char *name;  /* with what qualifies it */
    const char *alias; /* by which columns are qualified */
};

struct search {
    struct shell *shell;
    struct arena *arena;
    struct offers *offers;
    const char *prefix; /* what is typed of the name, without a quote */
    bool is_quoted;
    const char *qualifiers[MOST_QUALIFIERS];
    size_t qualifier_count;
    bool wants_relation; /* FROM or the like is before it */
    struct mention *mentions;
    size_t mention_count;
};

static void add(struct search *search, const char *item)
{
    struct offers *offers = search->offers;

    for (size_t i = 0; i < offers->count; i++)
        if (item != NULL && strcmp(offers->items[i], item) == 0)
            return;
    offers->items = arena_extend(search->arena, offers->items, offers->count, sizeof(*offers->items));
    if (offers->items == NULL || item == NULL) {
        offers->count = 0;
        return;
    }
    offers->items[offers->count++] = item;
}

/* ---- names of DuckDB ---- */

/* Columns: the name, and what it is: a scope is a database or schema. */
static bool take_name(const char *const *columns, size_t count, void *user)
{
    struct search *search = user;
    struct text item = text_in(search->arena);
    const char *kind = count > 1 ? columns[1] : "name";
    struct sql_token token;

    if (columns[0] == NULL || kind == NULL || !starts_with_ignoring_case(columns[0], search->prefix))
        return true;
    token = sql_next(columns[0]);
    if (strcmp(kind, "keyword") == 0) {
        bool is_small = *search->prefix == ascii_lower(*search->prefix);

        for (const char *c = columns[0]; *c != '\0'; c++)
            text_add_char(&item, *c >= 'a' && *c <= 'z' && !is_small ? (char)(*c - 'a' + 'A') : *c);
    } else if (strcmp(kind, "function") == 0)
        text_format(&item, "%s(", columns[0]);
    else if (search->is_quoted || !sql_is_plain_name(columns[0]) || sql_is_keyword(&token))
        sql_add_identifier(&item, columns[0]);
    else
        text_add(&item, columns[0]);
    if (strcmp(kind, "scope") == 0)
        text_add_char(&item, '.');
    add(search, text_string(&item));
    return !arena_failed(search->arena);
}

static void ask(struct search *search, const char *sql)
{
    struct shell *shell = search->shell;
    struct text problem = text_on_heap();
    struct deadline deadline;

    if (sql != NULL && !signals_stopped_work() && deadline_begin(&deadline, shell->offering, PATIENCE_S)) {
        session_query(shell->offering, sql, take_name, search, &problem);
        deadline_end(&deadline);
    }
    text_free(&problem);
}

static void offer_columns(struct search *search, const struct mention *mention)
{
    struct text sql = text_in(search->arena);

    text_format(&sql, "SELECT column_name FROM (DESCRIBE %s)", mention->name);
    ask(search, text_string(&sql));
}

/* As it is typed or as DuckDB has it: small and capital letters are the same. */
static void offer_of_qualifier(struct search *search)
{
    struct text sql = text_in(search->arena);
    const char *first = search->qualifiers[0];
    const char *last = search->qualifiers[search->qualifier_count - 1];

    for (size_t i = 0; i < search->mention_count && search->qualifier_count == 1; i++)
        if (equal_ignoring_case(search->mentions[i].alias, first))
            offer_columns(search, &search->mentions[i]);
    if (search->offers->count == 0 && !search->wants_relation) {
        struct text name = text_in(search->arena);

        sql_add_identifier(&name, first);
        if (search->qualifier_count > 1) {
            text_add_char(&name, '.');
            sql_add_identifier(&name, last);
        }
        offer_columns(search, &(struct mention){ .name = text_string(&name) });
    }
    sql_format(&sql,
               "WITH relations AS (SELECT database_name AS d, schema_name AS s, table_name AS n FROM duckdb_tables()"
               " UNION ALL SELECT database_name, schema_name, view_name FROM duckdb_views())"
               " SELECT DISTINCT n, 'name' FROM relations WHERE ");
    if (search->qualifier_count == 1)
        sql_format(&sql,
                   "lower(s) = lower(%L) OR (lower(d) = lower(%L) AND s IN ('main', 'public'))"
                   " UNION SELECT schema_name, 'scope' FROM duckdb_schemas() WHERE lower(database_name) = lower(%L)"
                   " AND schema_name NOT IN ('information_schema', 'pg_catalog')",
                   first, first, first);
    else
        sql_format(&sql, "lower(d) = lower(%L) AND lower(s) = lower(%L)", first, last);
    text_add(&sql, " ORDER BY 1");
    ask(search, text_string(&sql));
}

static void offer_names(struct search *search)
{
    static const char relations[] = "SELECT table_name AS name, 1 AS rank, 'name' AS kind FROM duckdb_tables()"
                                    " WHERE NOT internal"
                                    " UNION ALL SELECT view_name, 1, 'name' FROM duckdb_views() WHERE NOT internal"
                                    " UNION ALL SELECT schema_name, 2, 'scope' FROM duckdb_schemas() WHERE NOT internal"
                                    " UNION ALL SELECT database_name, 2, 'scope' FROM duckdb_databases()"
                                    " WHERE NOT internal";
    struct text sql = text_in(search->arena);

    if (!search->wants_relation)
        for (size_t i = 0; i < search->mention_count; i++)
            offer_columns(search, &search->mentions[i]);
    text_format(&sql, "SELECT name, kind FROM (%s", relations);
    /* Without a beginning there would be hundreds of them. */
    if (!search->wants_relation && !search->is_quoted && *search->prefix != '\0')
        text_add(&sql, " UNION ALL SELECT keyword_name, 3, 'keyword' FROM duckdb_keywords()"
                       " UNION ALL SELECT DISTINCT function_name, 4, 'function' FROM duckdb_functions()"
                       " WHERE regexp_full_match(function_name, '[a-z][a-z0-9_]*')");
    sql_format(&sql, ") WHERE starts_with(lower(name), lower(%L)) GROUP BY ALL ORDER BY min(rank), name",
               search->prefix);
    ask(search, text_string(&sql));
}

/* ---- the statement ---- */

static const char *const ends_of_from[] = { "where", "group", "order", "limit",  "select", "having", "qualify",
                                            "on",    "using", "set",   "values", "union",  NULL };

static bool is_one_of(const struct sql_token *token, const char *const *words)
{
    while (*words != NULL && !sql_token_is(token, *words))
        words++;
    return *words != NULL;
}

static bool is_name(const struct sql_token *token)
{
    return token->kind == SQL_NAME || token->kind == SQL_WORD;
}

static bool is_symbol(const struct sql_token *token, char symbol)
{
    return token->kind == SQL_SYMBOL && *token->start == symbol;
}

static bool is_after_relation_word(const struct sql_token *token)
{
    static const char *const words[] = { "from", "join", "into", "update", "table", "describe", "summarize", NULL };

    return is_one_of(token, words);
}

/* The name at the token, and its alias; returns the token after it. */
static struct sql_token take_mention(struct search *search, struct sql_token token)
{
    const char *start = token.start;
    const char *end = start;
    struct mention mention = { 0 };

    while (is_name(&token)) {
        mention.alias = sql_token_name(search->arena, &token);
        end = token.start + token.length;
        token = sql_next(end);
        if (!is_symbol(&token, '.'))
            break;
        token = sql_next(token.start + 1);
    }
    if (end == start || is_symbol(&token, '('))
        return token;
    mention.name = arena_copy(search->arena, start, (size_t)(end - start));
    if (sql_token_is(&token, "as"))
        token = sql_next(token.start + token.length);
    if (token.kind == SQL_NAME || (token.kind == SQL_WORD && !sql_is_keyword(&token))) {
        mention.alias = sql_token_name(search->arena, &token);
        token = sql_next(token.start + token.length);
    }
    search->mentions = arena_extend(search->arena, search->mentions, search->mention_count, sizeof(*search->mentions));
    if (search->mentions != NULL && mention.name != NULL && mention.alias != NULL)
        search->mentions[search->mention_count++] = mention;
    return token;
}

static void find_mentions(struct search *search, const char *sql)
{
    struct sql_token token = sql_next(sql);
    bool is_in_from = false;

    while (token.kind != SQL_END && token.kind != SQL_UNCLOSED) {
        bool begins = is_after_relation_word(&token) || (is_in_from && is_symbol(&token, ','));

        if (begins || is_one_of(&token, ends_of_from))
            is_in_from = begins;
        token = sql_next(token.start + token.length);
        if (begins)
            token = take_mention(search, token);
    }
}

/* Is a relation wanted at the end of these tokens: behind FROM or the like, or a comma after that? */
static bool wants_relation(const struct sql_token *tokens, size_t count)
{
    if (count == 0)
        return false;
    if (!is_symbol(&tokens[count - 1], ','))
        return is_after_relation_word(&tokens[count - 1]);
    while (count > 0 && !is_one_of(&tokens[count - 1], ends_of_from) && !is_after_relation_word(&tokens[count - 1]))
        count--;
    return count > 0 && is_after_relation_word(&tokens[count - 1]);
}

/* What is typed of the last name, and what qualifies it. False where no name can be: in a string or comment. */
static bool find_prefix(struct search *search, const char *before)
{
    const char *end = before + strlen(before);
    const char *start = end;
    struct sql_token *tokens = NULL;
    struct sql_token token;
    size_t count = 0;

    for (token = sql_next(before); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        tokens = arena_extend(search->arena, tokens, count, sizeof(*tokens));
        if (tokens == NULL || (token.kind == SQL_UNCLOSED && *token.start != '"'))
            return false;
        tokens[count++] = token;
        if (token.kind == SQL_UNCLOSED)
            break;
    }
    if (sql_ends_in_line_comment(before))
        return false;
    if (count > 0 && (token.kind == SQL_UNCLOSED || (tokens[count - 1].kind == SQL_WORD &&
                                                     tokens[count - 1].start + tokens[count - 1].length == end)))
        start = tokens[--count].start;
    search->is_quoted = *start == '"';
    search->prefix = start + search->is_quoted;
    search->offers->replaced = (size_t)(end - start);
    while (count >= 2 && search->qualifier_count < MOST_QUALIFIERS && is_symbol(&tokens[count - 1], '.') &&
           is_name(&tokens[count - 2])) {
        count -= 2;
        search->qualifiers[1] = search->qualifiers[0];
        search->qualifiers[0] = sql_token_name(search->arena, &tokens[count]);
        search->qualifier_count++;
    }
    search->wants_relation = wants_relation(tokens, count);
    return !arena_failed(search->arena);
}

static void offer_sql(struct search *search, const char *before, const char *after)
{
    struct text whole = text_in(search->arena);

    text_format(&whole, "%s%s", before, after);
    if (!find_prefix(search, before) || text_string(&whole) == NULL)
        return;
    if (search->shell->offering == NULL &&
        duckdb_connect(catalog_database(search->shell->catalog), &search->shell->offering) != DuckDBSuccess)
        return;
    find_mentions(search, text_string(&whole));
    signals_begin_work(search->shell->offering);
    if (search->qualifier_count > 0)
        offer_of_qualifier(search);
    else
        offer_names(search);
    signals_end_work();
}

/* ---- the shell's own commands ---- */

static void add_if_begun(struct search *search, const char *item)
{
    if (starts_with(item, search->prefix))
        add(search, item);
}

static void offer_words(struct search *search, const char *const *words)
{
    while (words != NULL && *words != NULL)
        add_if_begun(search, *words++);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void offer_files(struct search *search)
{
    const char *slash = strrchr(search->prefix, '/');
    size_t folder_length = slash == NULL ? 0 : (size_t)(slash + 1 - search->prefix);
    const char *folder = arena_copy(search->arena, search->prefix, folder_length);
    DIR *listing = folder == NULL ? NULL : opendir(folder_length == 0 ? "." : folder);
    struct dirent *entry;

    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        const char *path = arena_format(search->arena, "%s%s", folder, entry->d_name);
        struct stat status;

        /* Hidden ones only when their dot is typed. */
        if (path == NULL || (entry->d_name[0] == '.' && search->prefix[folder_length] != '.') ||
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (stat(path, &status) == 0)
            add_if_begun(search, S_ISDIR(status.st_mode) ? arena_format(search->arena, "%s/", path) : path);
    }
    if (listing != NULL)
        closedir(listing);
    if (search->offers->count > 0)
        qsort(search->offers->items, search->offers->count, sizeof(*search->offers->items), compare);
}

static void offer_formats(struct search *search)
{
    enum result_format format;

    for (const char *const *word = option_rows[OPTION_FORMAT].words; *word != NULL; word++)
        if (result_format_find(*word, &format))
            add_if_begun(search, *word);
}

static void offer_dot_commands(struct search *search)
{
    for (const struct dot_command *command = dot_commands; command->name != NULL; command++)
        add_if_begun(search, command->name);
}

static void offer_dot(struct search *search, const char *line)
{
    static const char *const switches[] = { "on", "off", NULL };
    static const char *const plots[] = { "bar", "line", NULL };
    size_t length = strcspn(line, " \t");
    const struct dot_command *command = dot_find(line, length);

    search->prefix = line[length] == '\0' ? line : line + length + strspn(line + length, " \t");
    search->offers->replaced = strlen(search->prefix);
    if (line[length] == '\0') {
        offer_dot_commands(search);
        return;
    }
    switch (command == NULL ? DOT_NOTHING : command->kind) {
    case DOT_FORMAT:
        offer_formats(search);
        break;
    case DOT_SWITCH:
        offer_words(search, switches);
        break;
    case DOT_PLOT:
        offer_words(search, plots);
        break;
    case DOT_FILE:
        offer_files(search);
        break;
    case DOT_COMMAND:
        offer_dot_commands(search);
        break;
    case DOT_MODEL:
        offer_words(search, config_model_names(search->arena, catalog_config(search->shell->catalog)));
        break;
    case DOT_RELATION:
        offer_sql(search, arena_format(search->arena, "TABLE %s", search->prefix), "");
        break;
    default:
        break;
    }
}

void offers_find(void *user, const char *before_cursor, const char *after_cursor, struct arena *arena,
                 struct offers *ret_offers)
{
    struct shell *shell = user;
    struct search search = { .shell = shell, .arena = arena, .offers = ret_offers };
    const char *line = before_cursor + strspn(before_cursor, " \t");
    const char *typed = text_string(&shell->pending);

    *ret_offers = (struct offers){ 0 };
    if (shell->pending.length == 0 && *line == '.')
        offer_dot(&search, line);
    else if (typed != NULL)
        offer_sql(&search, arena_format(arena, "%s%s", typed, before_cursor), after_cursor);
    if (arena_failed(arena))
        ret_offers->count = 0;
}
