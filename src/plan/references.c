#include "plan/references.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/check.h"

#include <stdlib.h>
#include <string.h>

/* Longer names are only looked for by the parser. */
enum { LONGEST_NAME = 256 };

struct view_index {
    const struct view *views;
    size_t count;
    struct map *names;    /* bare name → the element of `next` of the first view of that name */
    size_t *next;         /* of each view: the next one of its name, in another schema; or `count` */
    struct map *aliases;  /* of attached databases */
    const char *database; /* the catalog's own, or NULL */
};

/* ---- the index ---- */

static bool add_view(struct view_index *index, size_t view)
{
    const char *name = index->views[view].name;
    const size_t *first = name == NULL ? NULL : map_find(index->names, name);

    index->next[view] = first == NULL ? index->count : (size_t)(first - index->next);
    return name == NULL || map_set(index->names, name, &index->next[view]);
}

static bool add_aliases(struct view_index *index, const struct duckalog_config *config)
{
    const struct attachments *attachments = config->root.attachments;
    bool good = true;

#define ADD_ALL(list, field)                                                                                           \
    for (size_t i = 0; i < (list).count && good; i++)                                                                  \
        good = (list).items[i].field == NULL || map_add(index->aliases, (list).items[i].field, index);
    if (attachments != NULL) {
        ADD_ALL(attachments->duckdb, alias)
        ADD_ALL(attachments->sqlite, alias)
        ADD_ALL(attachments->postgres, alias)
        ADD_ALL(attachments->duckalog, alias)
    }
    ADD_ALL(config->root.iceberg_catalogs, name)
#undef ADD_ALL
    return good;
}

struct view_index *view_index_create(struct arena *arena, const struct duckalog_config *config,
                                     const struct view *views, size_t count)
{
    struct view_index *index = arena_alloc(arena, sizeof(*index));

    if (index == NULL)
        return NULL;
    *index = (struct view_index){ .views = views, .count = count };
    index->database = config->root.duckdb == NULL ? NULL : config->root.duckdb->database;
    index->names = map_create(arena, MAP_IGNORING_CASE);
    index->aliases = map_create(arena, MAP_IGNORING_CASE);
    index->next = arena_array(arena, count, sizeof(*index->next));
    if (index->names == NULL || index->aliases == NULL || index->next == NULL || !add_aliases(index, config))
        return NULL;
    /* From the end, so that the chain of a name is in the order of the config. */
    for (size_t i = count; i > 0; i--)
        if (!add_view(index, i - 1))
            return NULL;
    return index;
}

static size_t find_in_schema(const struct view_index *index, const char *schema, const char *name)
{
    const size_t *first = map_find(index->names, name);
    size_t view = first == NULL ? index->count : (size_t)(first - index->next);

    while (view < index->count && !equal_ignoring_case(view_schema(&index->views[view]), schema))
        view = index->next[view];
    return view;
}

static bool is_own_name(const struct view_index *index, const char *name)
{
    return index->database != NULL && is_catalog_name(index->database, name);
}

/*
 * The view that a name stands for. False when it is none. A part in front that is no schema is taken for the name of the
 * catalog, which may be another one than the config says; the tables of attached databases are none of ours.
 */
static bool find_view(const struct view_index *index, const struct table_name *table, struct reference *reference)
{
    const char *prefix = *table->catalog != '\0' ? table->catalog : table->schema;
    bool is_schema = *table->catalog == '\0' && *table->schema != '\0';

    reference->guessed = false;
    reference->view = find_in_schema(index, *table->schema == '\0' ? "main" : table->schema, table->name);
    if (*prefix == '\0' || (is_schema && reference->view < index->count))
        return reference->view < index->count;
    if (map_find(index->aliases, prefix) != NULL)
        return false;
    if (is_schema)
        reference->view = find_in_schema(index, "main", table->name);
    reference->guessed = !is_own_name(index, prefix);
    return reference->view < index->count;
}

/* ---- lists ---- */

static bool add_reference(struct references *list, struct arena *arena, const struct reference *reference)
{
    list->items = arena_extend(arena, list->items, list->count, sizeof(*list->items));
    if (list->items == NULL)
        return false;
    list->items[list->count++] = *reference;
    return true;
}

static int compare_references(const void *left, const void *right)
{
    const struct reference *a = left;
    const struct reference *b = right;

    if (a->view != b->view)
        return a->view < b->view ? -1 : 1;
    if (a->certain != b->certain)
        return a->certain ? -1 : 1;
    if (a->guessed != b->guessed)
        return a->guessed ? 1 : -1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* In the order of the views, so that those that are needed keep theirs. */
static void sort_references(struct references *list)
{
    size_t kept = 0;

    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare_references);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || list->items[kept - 1].view != list->items[i].view)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

/* ---- the scan ---- */

enum { DEEPEST = 64 };

/* What is known of an open parenthesis. */
struct level {
    bool in_from; /* the walk is between FROM and what ends its list */
    bool is_call; /* of a function in which FROM is a word like others: extract(year FROM x) */
};

struct scan {
    const struct view_index *index;
    struct arena *arena;
    const char *sql;
    struct map *common;             /* names that WITH defines; NULL without a WITH */
    struct sql_token before;        /* the token before the one at hand */
    struct sql_token before_before; /* and the one before that */
    struct level levels[DEEPEST];
    size_t depth;
    struct references *references; /* NULL: not wanted */
    struct table_names *outside;   /* NULL: not wanted */
};

static struct sql_token next_token(const struct sql_token *token)
{
    return sql_next(token->start + token->length);
}

static bool is_symbol(const struct sql_token *token, char symbol)
{
    return token->kind == SQL_SYMBOL && *token->start == symbol;
}

static bool is_one_of(const struct sql_token *token, const char *const *words)
{
    if (token->kind != SQL_WORD)
        return false;
    for (; *words != NULL; words++)
        if (sql_token_is(token, *words))
            return true;
    return false;
}

static void move_on(struct scan *scan, const struct sql_token *token)
{
    scan->before_before = scan->before;
    scan->before = *token;
}

/* The names that WITH defines: `name AS (` and `name (columns) AS (`. */
static bool find_common_names(struct scan *scan)
{
    static const char *const after_as[] = { "materialized", "not", NULL };
    struct sql_token opened_after[DEEPEST]; /* of each open parenthesis, the token before it */
    struct sql_token before = { .kind = SQL_END };
    struct sql_token candidate = { .kind = SQL_END };
    size_t depth = 0;

    for (struct sql_token token = sql_next(scan->sql); token.kind != SQL_END; token = next_token(&token)) {
        struct sql_token next;

        if (sql_token_is(&token, "with") && scan->common == NULL) {
            scan->common = map_create(scan->arena, MAP_IGNORING_CASE);
            if (scan->common == NULL)
                return false;
        }
        if (is_symbol(&token, '(') && depth++ < DEEPEST)
            opened_after[depth - 1] = before;
        candidate = before;
        before = is_symbol(&token, ')') && depth > 0 && --depth < DEEPEST ? opened_after[depth] : token;
        if (scan->common == NULL || !sql_token_is(&token, "as") ||
            (candidate.kind != SQL_WORD && candidate.kind != SQL_NAME))
            continue;
        next = next_token(&token);
        if (is_symbol(&next, '(') || is_one_of(&next, after_as)) {
            const char *name = sql_token_name(scan->arena, &candidate);

            if (name == NULL || !map_add(scan->common, name, scan))
                return false;
        }
    }
    return true;
}

/* Does a table's name come next? */
static bool expects_table(const struct scan *scan)
{
    static const char *const statements[] = { "table", "pivot", "unpivot", "describe", "summarize", NULL };
    const struct level *level = &scan->levels[scan->depth < DEEPEST ? scan->depth : DEEPEST - 1];

    if (sql_token_is(&scan->before, "from")) /* IS DISTINCT FROM compares */
        return !level->is_call && !sql_token_is(&scan->before_before, "distinct");
    if (sql_token_is(&scan->before, "join") || is_one_of(&scan->before, statements))
        return true;
    /* FROM a, b and FROM (a JOIN b) and FROM x: a */
    return level->in_from &&
           (is_symbol(&scan->before, ',') || is_symbol(&scan->before, '(') || is_symbol(&scan->before, ':'));
}

/* Keeps the levels, at a token that is no name. */
static void note_symbol(struct scan *scan, const struct sql_token *token)
{
    static const char *const calls[] = { "extract", "trim", "substring", "overlay", NULL };

    if (is_symbol(token, '(')) {
        struct level level = { .in_from = expects_table(scan), .is_call = is_one_of(&scan->before, calls) };

        if (++scan->depth < DEEPEST)
            scan->levels[scan->depth] = level;
    } else if (is_symbol(token, ')') && scan->depth > 0)
        scan->depth--;
}

static void note_word(struct scan *scan, const struct sql_token *word)
{
    static const char *const ends[] = { "select", "where",     "group",  "having",  "order",
                                        "limit",  "offset",    "window", "qualify", "union",
                                        "except", "intersect", "values", "sample",  NULL };
    struct level *level = &scan->levels[scan->depth < DEEPEST ? scan->depth : DEEPEST - 1];

    if (sql_token_is(word, "from"))
        level->in_from = !level->is_call && !sql_token_is(&scan->before, "distinct");
    else if (is_one_of(word, ends))
        level->in_from = false;
}

/* The text of a WORD, NAME or STRING without quotes; false when it is too long. */
static bool copy_name(const struct sql_token *token, char ret_name[LONGEST_NAME])
{
    size_t length = 0;
    bool quoted = token->kind != SQL_WORD;

    for (size_t i = quoted; i + quoted < token->length; i++) {
        if (length + 1 == LONGEST_NAME)
            return false;
        ret_name[length++] = token->start[i];
        i += quoted && token->start[i] == *token->start;
    }
    ret_name[length] = '\0';
    return true;
}

/* a, a.b and a.b.c at `token`, which is moved behind it. Each part is "" when it is not there. */
static bool copy_parts(struct sql_token *token, char ret_parts[3][LONGEST_NAME], struct sql_token *ret_last)
{
    size_t count = 0;
    bool good = true;

    ret_parts[0][0] = '\0';
    ret_parts[1][0] = '\0';
    ret_parts[2][0] = '\0';
    for (;;) {
        struct sql_token dot = next_token(token);
        struct sql_token after = is_symbol(&dot, '.') ? next_token(&dot) : dot;

        memcpy(ret_parts[0], ret_parts[1], LONGEST_NAME);
        memcpy(ret_parts[1], ret_parts[2], LONGEST_NAME);
        good = copy_name(token, ret_parts[2]) && good;
        count++;
        *ret_last = *token;
        if (!is_symbol(&dot, '.') || token->kind == SQL_STRING || (after.kind != SQL_WORD && after.kind != SQL_NAME)) {
            *token = dot;
            return good && count <= 3;
        }
        *token = after;
    }
}

/* ---- what is outside ---- */

static bool add_outside(struct scan *scan, const char *catalog, const char *schema, const char *name, size_t offset)
{
    struct table_name table = { arena_string(scan->arena, catalog), arena_string(scan->arena, schema),
                                arena_string(scan->arena, name), offset };
    struct table_name *items;

    items = arena_extend(scan->arena, scan->outside->items, scan->outside->count, sizeof(*items));
    if (items == NULL || table.catalog == NULL || table.schema == NULL || table.name == NULL)
        return false;
    items[scan->outside->count++] = table;
    scan->outside->items = items;
    return true;
}

static bool add_file(struct scan *scan, const struct sql_token *string)
{
    const char *file = sql_token_string(scan->arena, string);

    return file != NULL && add_outside(scan, "", "", file, (size_t)(string->start - scan->sql));
}

/* A table of an attachment: alias.table or alias.schema.table. */
static bool add_attached(struct scan *scan, char parts[3][LONGEST_NAME], size_t offset)
{
    const char *alias = *parts[0] != '\0' ? parts[0] : parts[1];

    if (*alias == '\0' || map_find(scan->index->aliases, alias) == NULL)
        return true;
    return add_outside(scan, alias, *parts[0] != '\0' ? parts[1] : "", parts[2], offset);
}

static bool reads_files(const char *function)
{
    static const char ending[] = "_scan";
    size_t length = strlen(function);

    return starts_with_ignoring_case(function, "read_") ||
           (length >= sizeof(ending) && equal_ignoring_case(function + length + 1 - sizeof(ending), ending));
}

/* The files of a call: its first argument, a string or a list of strings. */
static bool add_files_of_call(struct scan *scan, const struct sql_token *parenthesis)
{
    struct sql_token token = next_token(parenthesis);
    bool list = is_symbol(&token, '[');

    if (list)
        token = next_token(&token);
    while (token.kind == SQL_STRING) {
        if (!add_file(scan, &token))
            return false;
        token = next_token(&token);
        if (!list || !is_symbol(&token, ','))
            break;
        token = next_token(&token);
    }
    return true;
}

/* ---- the walk ---- */

static bool add_table(struct scan *scan, struct sql_token *token)
{
    char parts[3][LONGEST_NAME];
    struct reference reference = { .offset = (size_t)(token->start - scan->sql) };
    struct sql_token first = *token;
    struct sql_token last;
    bool whole = copy_parts(token, parts, &last);
    bool found;

    move_on(scan, &last);
    if (scan->outside != NULL && whole && is_symbol(token, '(') && reads_files(parts[2]))
        return add_files_of_call(scan, token);
    if (!whole && first.kind == SQL_STRING && scan->outside != NULL) /* longer than any name */
        return add_file(scan, &first);
    /* Behind a function's name a parenthesis opens; behind an alias in front of a table stands a colon. */
    if (!whole || is_symbol(token, '(') || is_symbol(token, ':'))
        return true;
    found = find_view(scan->index, &(struct table_name){ parts[0], parts[1], parts[2], 0 }, &reference);
    if (scan->outside != NULL && !found)
        return first.kind == SQL_STRING ? add_file(scan, &first) : add_attached(scan, parts, reference.offset);
    if (scan->references == NULL || !found)
        return true;
    reference.certain = scan->common == NULL || *parts[1] != '\0' || map_find(scan->common, parts[2]) == NULL;
    return add_reference(scan->references, scan->arena, &reference);
}

static bool run_scan(struct scan *scan)
{
    struct sql_token token = sql_next(scan->sql);

    while (token.kind != SQL_END) {
        bool name = token.kind == SQL_WORD || token.kind == SQL_NAME;

        /* DuckDB also takes 'a' for a table before it looks for a file. */
        if (token.kind == SQL_STRING && *token.start == '\'')
            name = expects_table(scan);
        /* FROM (SELECT …: a keyword that looks like a name is one that no view has. */
        if (name && expects_table(scan)) {
            note_word(scan, &token);
            if (!add_table(scan, &token))
                return false;
            continue;
        }
        if (name)
            note_word(scan, &token);
        else
            note_symbol(scan, &token);
        move_on(scan, &token);
        token = next_token(&token);
    }
    return true;
}

bool references_scan(const struct view_index *index, struct arena *arena, size_t view,
                     struct references *ret_references)
{
    struct scan scan = { .index = index, .arena = arena, .sql = index->views[view].sql, .references = ret_references };

    *ret_references = (struct references){ NULL, 0 };
    if (!view_has_sql(&index->views[view]))
        return true;
    if (!find_common_names(&scan) || !run_scan(&scan))
        return false;
    sort_references(ret_references);
    return true;
}

bool references_scan_outside(const struct view_index *index, struct arena *arena, size_t view,
                             struct table_names *ret_outside)
{
    struct scan scan = { .index = index, .arena = arena, .sql = index->views[view].sql, .outside = ret_outside };

    *ret_outside = (struct table_names){ NULL, 0 };
    return !view_has_sql(&index->views[view]) || run_scan(&scan);
}

/* ---- the parser ---- */

bool references_read(const struct view_index *index, struct arena *arena, size_t view,
                     const struct query_reader *reader, struct references *ret_references)
{
    struct table_names tables = { NULL, 0 };

    *ret_references = (struct references){ NULL, 0 };
    if (reader == NULL || !view_has_sql(&index->views[view]) ||
        !reader->read(reader->user, arena, index->views[view].sql, &tables))
        return false;
    for (size_t i = 0; i < tables.count; i++) {
        const struct table_name *table = &tables.items[i];
        struct reference reference = { .offset = table->offset, .certain = true };

        if (find_view(index, table, &reference) && !add_reference(ret_references, arena, &reference))
            return false;
    }
    sort_references(ret_references);
    return true;
}

bool references_find(const struct view_index *index, struct arena *arena, size_t view,
                     const struct query_reader *reader, struct references *ret_references)
{
    struct references read;
    bool certain = true;

    if (!references_scan(index, arena, view, ret_references))
        return false;
    for (size_t i = 0; i < ret_references->count; i++)
        certain = certain && ret_references->items[i].certain;
    if (!certain && references_read(index, arena, view, reader, &read))
        *ret_references = read;
    return !arena_failed(arena);
}
