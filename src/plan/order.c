/*
 * The order of views: names in queries, and a walk that puts what is read before what reads it.
 */

#include "plan/order.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"

#include <string.h>

struct reference {
    size_t view;
    struct reference *next;
};

struct walk {
    struct arena *arena;
    const struct view *views;
    size_t count;
    struct map *names;             /* "schema"."view" → the view */
    struct reference **references; /* of each view, those that stand after FROM or JOIN first */
};

static const char *full_name(struct arena *arena, const char *schema, const char *name)
{
    struct text text = text_in(arena);

    sql_format(&text, "%I.%I", schema, name);
    return text_string(&text);
}

static bool index_names(struct walk *walk)
{
    walk->names = map_create(walk->arena, MAP_IGNORING_CASE);
    if (walk->names == NULL)
        return false;
    for (size_t i = 0; i < walk->count; i++) {
        const char *name = full_name(walk->arena, view_schema(&walk->views[i]), walk->views[i].name);

        if (name == NULL || !map_add(walk->names, name, (void *)&walk->views[i]))
            return false;
    }
    return true;
}

/* The view of that name, or `count`. */
static size_t find_view(const struct walk *walk, struct arena *scratch, const char *schema, const char *name)
{
    const char *key = full_name(scratch, schema, name);
    const struct view *found = key == NULL ? NULL : map_find(walk->names, key);

    return found == NULL ? walk->count : (size_t)(found - walk->views);
}

static bool add_reference(struct walk *walk, size_t from, size_t to, bool in_table_position)
{
    struct reference *reference;
    struct reference **end = &walk->references[from];

    if (to >= walk->count || to == from)
        return true;
    reference = arena_alloc(walk->arena, sizeof(*reference));
    if (reference == NULL)
        return false;
    reference->view = to;
    while (*end != NULL && !in_table_position)
        end = &(*end)->next;
    reference->next = *end;
    *end = reference;
    return true;
}

/* a, a.b and a.b.c: the last two parts are schema and view, or catalog and view. */
static bool add_name(struct walk *walk, struct arena *scratch, size_t from, const char *parts[3], size_t count,
                     bool in_table_position)
{
    const char *name = parts[count - 1];
    const char *schema = count > 1 ? parts[count - 2] : "main";
    size_t to = find_view(walk, scratch, schema, name);

    if (to == walk->count && count == 2)
        to = find_view(walk, scratch, "main", name);
    return add_reference(walk, from, to, in_table_position);
}

static bool precedes_table(const struct sql_token *token)
{
    static const char *const words[] = { "from", "join", "table", "pivot", "unpivot", "describe", "summarize" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (sql_token_is(token, words[i]))
            return true;
    return false;
}

static bool scan_query(struct walk *walk, struct arena *scratch, size_t view, const char *sql)
{
    struct sql_token before = { .kind = SQL_END };
    struct sql_token token = sql_next(sql);

    while (token.kind != SQL_END) {
        const char *parts[3];
        size_t count = 0;
        bool in_table_position = precedes_table(&before);

        before = token;
        while ((token.kind == SQL_WORD || token.kind == SQL_NAME) && count < 3) {
            parts[count] = sql_token_name(scratch, &token);
            if (parts[count++] == NULL)
                return false;
            before = token;
            token = sql_next(token.start + token.length);
            if (token.kind != SQL_SYMBOL || *token.start != '.')
                break;
            before = token;
            token = sql_next(token.start + token.length);
        }
        if (count > 0 && !add_name(walk, scratch, view, parts, count, in_table_position))
            return false;
        if (count == 0)
            token = sql_next(token.start + token.length);
    }
    return true;
}

static bool find_references(struct walk *walk)
{
    walk->references = arena_array(walk->arena, walk->count, sizeof(struct reference *));
    if (walk->references == NULL)
        return false;
    for (size_t i = 0; i < walk->count; i++) {
        struct arena *scratch;
        bool good;

        if (walk->views[i].sql == NULL || is_blank(walk->views[i].sql))
            continue;
        scratch = arena_create(ARENA_PLAIN);
        good = scratch != NULL && scan_query(walk, scratch, i, walk->views[i].sql);
        arena_destroy(scratch);
        if (!good)
            return false;
    }
    return true;
}

/* Depth first with a stack of our own: a chain of views may be as long as the config. */
static const size_t *walk_views(struct walk *walk)
{
    size_t *order = arena_array(walk->arena, walk->count, sizeof(*order));
    size_t *stack = arena_array(walk->arena, walk->count, sizeof(*stack));
    bool *seen = arena_array(walk->arena, walk->count, sizeof(*seen));
    size_t placed = 0;

    if (order == NULL || stack == NULL || seen == NULL)
        return NULL;
    for (size_t start = 0; start < walk->count; start++) {
        size_t depth = 0;

        if (seen[start])
            continue;
        seen[start] = true;
        stack[depth++] = start;
        while (depth > 0) {
            struct reference **rest = &walk->references[stack[depth - 1]];

            while (*rest != NULL && seen[(*rest)->view])
                *rest = (*rest)->next;
            if (*rest == NULL)
                order[placed++] = stack[--depth];
            else {
                seen[(*rest)->view] = true;
                stack[depth++] = (*rest)->view;
            }
        }
    }
    return order;
}

const size_t *order_views(struct arena *arena, const struct view *views, size_t count)
{
    struct walk walk = { .arena = arena, .views = views, .count = count };

    if (!index_names(&walk) || !find_references(&walk))
        return NULL;
    return walk_views(&walk);
}
