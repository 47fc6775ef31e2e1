/*
 * Braces in a template that are no placeholder: DuckDB's own, or a mistake?
 *
 * DuckDB writes a struct {'a': 1} and a map MAP {'a': 1}. Two braces side by side open a map whose first key is a
 * struct, MAP {{'a': 1}: 2}. That is the only thing that they open, so: the inner braces hold a colon, and what follows
 * them is not a second closing brace.
 */

#include "base/arena.h"
#include "base/sql.h"
#include "config/template_parts.h"

#define HINT "write {{name}}, with a variable's name; braces of SQL have a blank between them here: { {"

/* An opening brace that SQL sees, in no quotes and no comment. */
struct brace {
    const char *start;
    const char *end;  /* the brace that closes it, or NULL */
    bool holds_colon; /* of its own, as a struct does */
    size_t outer;     /* the index of the brace around, or NO_BRACE */
};

#define NO_BRACE ((size_t)-1)

struct braces {
    struct arena *arena;
    struct brace *items;
    size_t count;
    size_t open; /* the innermost one that is not closed yet, or NO_BRACE */
};

static bool open_brace(struct braces *braces, const char *start)
{
    braces->items = arena_extend(braces->arena, braces->items, braces->count, sizeof(*braces->items));
    if (braces->items == NULL)
        return false;
    braces->items[braces->count] = (struct brace){ .start = start, .outer = braces->open };
    braces->open = braces->count++;
    return true;
}

static void close_brace(struct braces *braces, const char *end)
{
    if (braces->open == NO_BRACE)
        return;
    braces->items[braces->open].end = end;
    braces->open = braces->items[braces->open].outer;
}

static bool visit_symbol(struct braces *braces, const char *sql, const char *symbol)
{
    if (*symbol == '{')
        return open_brace(braces, symbol);
    if (*symbol == '}')
        close_brace(braces, symbol);
    /* A cast, a::int, has two. */
    if (*symbol == ':' && symbol[1] != ':' && (symbol == sql || symbol[-1] != ':') && braces->open != NO_BRACE)
        braces->items[braces->open].holds_colon = true;
    return true;
}

/*
 * Quotes or a comment. Only what is as good as a placeholder is told: text may hold any braces. `open` goes from braces
 * to braces through the whole template, once.
 */
static void check_text(const char *sql, const char **open, const char *start, const char *end,
                       struct template_problems *problems)
{
    for (; *open != NULL && *open < end; *open = template_find_braces(*open + 2)) {
        const char *content = *open + 2;
        const char *stop = content;

        while (stop < end && *stop != '{' && *stop != '}' && *stop != '\n')
            stop++;
        if (*open >= start && stop > content && end - stop >= 2 && stop[0] == '}' && stop[1] == '}')
            template_complain(problems, DUCKALOG_WARNING, "template", (size_t)(*open - sql), NULL,
                              "this looks like a placeholder and is none: it stays as it is");
    }
}

static void check_code(const char *sql, const struct braces *braces, struct template_problems *problems)
{
    for (size_t i = 0; i + 1 < braces->count; i++) {
        const struct brace *outer = &braces->items[i];
        const struct brace *inner = outer + 1;
        bool side_by_side = inner->start == outer->start + 1;

        if (!side_by_side || inner->start[1] == '{')
            continue;
        if (inner->end != NULL && inner->end[1] == '}')
            template_complain(problems, DUCKALOG_ERROR, "template", (size_t)(outer->start - sql), HINT,
                              "this looks like a placeholder and is none");
        else if (inner->end == NULL || !inner->holds_colon)
            template_complain(problems, DUCKALOG_ERROR, "template", (size_t)(outer->start - sql), HINT,
                              "this begins like a placeholder, but does not end with }}");
    }
}

bool template_check_braces(struct arena *arena, const char *sql, struct template_problems *problems)
{
    struct braces braces = { .arena = arena, .open = NO_BRACE };
    const char *open = template_find_braces(sql);
    const char *from = sql;
    struct sql_token token;

    if (open == NULL)
        return true;
    do {
        token = sql_next(from);
        /* What lies between two tokens is comments. */
        check_text(sql, &open, from, token.start, problems);
        from = token.start + token.length;
        if (token.kind == SQL_SYMBOL && !visit_symbol(&braces, sql, token.start))
            return false;
        if (token.kind == SQL_STRING || token.kind == SQL_NAME || token.kind == SQL_UNCLOSED)
            check_text(sql, &open, token.start, from, problems);
    } while (token.kind != SQL_END);
    check_code(sql, &braces, problems);
    return true;
}
