/*
 * A query is broken where its clauses begin, and after the commas of their lists; strings and quoted names are left whole.
 * The common lines are those of the longest common subsequence, so a change of one expression is two lines.
 */

#include "cli/unified.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

/* Around a change, so many lines that are the same are shown. */
enum { CONTEXT = 3, MOST_CELLS = 4 * 1000 * 1000 };

struct lines {
    const char **items;
    size_t count;
};

/* ---- lines ---- */

static bool is_one_of(const struct sql_token *token, const char *const *words)
{
    for (; *words != NULL; words++)
        if (sql_token_is(token, *words))
            return true;
    return false;
}

/* The words of a join stay together; left(x, 2) is a function. */
static bool begins_join(const struct sql_token *token, const struct sql_token *previous)
{
    static const char *const words[] = { "join", "inner", "full", "cross",   "asof",  "positional",
                                         "semi", "anti",  "left", "natural", "right", NULL };

    return is_one_of(token, words) && !is_one_of(previous, words) &&
           sql_next(token->start + token->length).kind == SQL_WORD;
}

static bool begins_clause(const struct sql_token *token, const struct sql_token *previous)
{
    static const char *const words[] = { "select", "from",   "where",     "group",   "having", "order", "limit",
                                         "union",  "except", "intersect", "qualify", "window", NULL };
    struct sql_token next = sql_next(token->start + token->length);

    if (token->kind != SQL_WORD || (next.kind == SQL_SYMBOL && *next.start == '.'))
        return false;
    return is_one_of(token, words) || begins_join(token, previous);
}

static bool add_line(struct arena *arena, struct lines *lines, bool in_list, const char *start, const char *end)
{
    while (end > start && (end[-1] == ' ' || end[-1] == '\n'))
        end--;
    if (end == start)
        return true;
    lines->items = arena_extend(arena, lines->items, lines->count, sizeof(const char *));
    if (lines->items == NULL)
        return false;
    lines->items[lines->count] = arena_format(arena, "%s%.*s", in_list ? "  " : "", (int)(end - start), start);
    return lines->items[lines->count++] != NULL;
}

/* Where a line ends before or after this token; NULL: not here. A comma is in no deeper bracket than its clause. */
static const char *end_at(const struct sql_token *token, const struct sql_token *previous, int *depth, int *clause)
{
    if (begins_clause(token, previous)) {
        *clause = *depth;
        return token->start;
    }
    if (token->kind != SQL_SYMBOL)
        return NULL;
    if (strchr("([{", *token->start) != NULL)
        (*depth)++;
    else if (strchr(")]}", *token->start) != NULL)
        (*depth)--;
    if (*depth < *clause)
        *clause = *depth;
    return *token->start == ',' && *depth == *clause ? token->start + 1 : NULL;
}

static bool break_lines(struct arena *arena, const char *query, struct lines *lines)
{
    const char *start = query;
    struct sql_token previous = { SQL_END, query, 0 };
    struct sql_token token = sql_next(query);
    bool in_list = false;
    int depth = 0;
    int clause = 0;

    while (token.kind != SQL_END && token.kind != SQL_UNCLOSED) {
        const char *end = end_at(&token, &previous, &depth, &clause);

        if (end != NULL && end > start) {
            if (!add_line(arena, lines, in_list, start, end))
                return false;
            in_list = end[-1] == ',';
            start = end + strspn(end, " \n");
        }
        previous = token;
        token = sql_next(token.start + token.length);
    }
    return add_line(arena, lines, in_list, start, start + strlen(start));
}

/* ---- what they have in common ---- */

struct table {
    const struct lines *old_lines;
    const struct lines *new_lines;
    uint32_t *longest; /* common subsequence from these two lines on */
};

static uint32_t *cell(const struct table *table, size_t i, size_t j)
{
    return &table->longest[i * (table->new_lines->count + 1) + j];
}

static bool fill(struct arena *arena, struct table *table)
{
    size_t rows = table->old_lines->count;
    size_t columns = table->new_lines->count;

    if ((rows + 1) * (columns + 1) > MOST_CELLS) /* all of one, then all of the other */
        return true;
    table->longest = arena_array(arena, (rows + 1) * (columns + 1), sizeof(*table->longest));
    if (table->longest == NULL)
        return false;
    for (size_t i = rows; i-- > 0;)
        for (size_t j = columns; j-- > 0;) {
            uint32_t below = *cell(table, i + 1, j);
            uint32_t right = *cell(table, i, j + 1);

            if (strcmp(table->old_lines->items[i], table->new_lines->items[j]) == 0)
                *cell(table, i, j) = *cell(table, i + 1, j + 1) + 1;
            else
                *cell(table, i, j) = below > right ? below : right;
        }
    return true;
}

/* ---- the result ---- */

struct marked {
    char mark; /* ' ', '-' or '+' */
    const char *line;
};

static size_t mark(const struct table *table, struct marked *marked)
{
    size_t count = 0;
    size_t i = 0;
    size_t j = 0;

    while (i < table->old_lines->count || j < table->new_lines->count) {
        bool has_old = i < table->old_lines->count;
        bool has_new = j < table->new_lines->count;

        if (table->longest != NULL && has_old && has_new &&
            strcmp(table->old_lines->items[i], table->new_lines->items[j]) == 0) {
            marked[count++] = (struct marked){ ' ', table->old_lines->items[i++] };
            j++;
        } else if (has_old && (!has_new || table->longest == NULL || *cell(table, i + 1, j) >= *cell(table, i, j + 1)))
            marked[count++] = (struct marked){ '-', table->old_lines->items[i++] };
        else
            marked[count++] = (struct marked){ '+', table->new_lines->items[j++] };
    }
    return count;
}

static bool is_near_change(const struct marked *marked, size_t count, size_t index)
{
    size_t first = index < CONTEXT ? 0 : index - CONTEXT;

    for (size_t i = first; i < count && i <= index + CONTEXT; i++)
        if (marked[i].mark != ' ')
            return true;
    return false;
}

bool unified_add(struct arena *arena, struct text *text, const char *indentation, const char *old_query,
                 const char *new_query)
{
    struct lines old_lines = { NULL, 0 };
    struct lines new_lines = { NULL, 0 };
    struct table table = { &old_lines, &new_lines, NULL };
    struct marked *marked;
    size_t count;
    bool skipped = false;

    if ((old_query != NULL && !break_lines(arena, old_query, &old_lines)) ||
        (new_query != NULL && !break_lines(arena, new_query, &new_lines)) || !fill(arena, &table))
        return false;
    marked = arena_array(arena, old_lines.count + new_lines.count, sizeof(*marked));
    if (marked == NULL)
        return false;
    count = mark(&table, marked);
    for (size_t i = 0; i < count; i++) {
        bool shown = is_near_change(marked, count, i);

        if (shown)
            text_format(text, "%s%c %s\n", indentation, marked[i].mark, marked[i].line);
        else if (!skipped)
            text_format(text, "%s  ...\n", indentation);
        skipped = !shown;
    }
    return !text_failed(text);
}
