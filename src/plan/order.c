/*
 * The order of views: names found in the queries make a graph, and its strongly connected components, found by
 * Tarjan's walk, come out with what is read before what reads it.
 *
 * A name after FROM, JOIN and the like is a firm reference. Any other name may be a column, or belong to a common table
 * expression: such loose references count as long as they close no ring.
 */

#include "plan/order.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct reference {
    size_t view;
    bool firm;
};

struct references {
    struct reference *items; /* by view, each once */
    size_t count;
};

struct graph {
    struct arena *arena;
    const struct view *views;
    size_t count;
    struct map *names; /* "schema"."view" → the view */
    struct references *references;
};

/* ---- names in queries ---- */

static const char *full_name(struct arena *arena, const char *schema, const char *name)
{
    struct text text = text_in(arena);

    sql_format(&text, "%I.%I", schema, name);
    return text_string(&text);
}

static bool index_names(struct graph *graph)
{
    graph->names = map_create(graph->arena, MAP_IGNORING_CASE);
    if (graph->names == NULL)
        return false;
    for (size_t i = 0; i < graph->count; i++) {
        const char *name = full_name(graph->arena, view_schema(&graph->views[i]), graph->views[i].name);

        if (name == NULL || !map_add(graph->names, name, (void *)&graph->views[i]))
            return false;
    }
    return true;
}

/* The view of that name, or `count`. */
static size_t find_view(const struct graph *graph, struct arena *scratch, const char *schema, const char *name)
{
    const char *key = full_name(scratch, schema, name);
    const struct view *found = key == NULL ? NULL : map_find(graph->names, key);

    return found == NULL ? graph->count : (size_t)(found - graph->views);
}

static bool add_reference(struct graph *graph, size_t from, size_t to, bool firm)
{
    struct references *list = &graph->references[from];

    if (to >= graph->count || to == from)
        return true;
    list->items = arena_extend(graph->arena, list->items, list->count, sizeof(*list->items));
    if (list->items == NULL)
        return false;
    list->items[list->count++] = (struct reference){ to, firm };
    return true;
}

/* a, a.b and a.b.c: the last two parts are schema and view, or catalog and view. */
static bool add_name(struct graph *graph, struct arena *scratch, size_t from, const char *const parts[3], size_t count,
                     bool firm)
{
    const char *name = parts[count - 1];
    const char *schema = count > 1 ? parts[count - 2] : "main";
    size_t to = find_view(graph, scratch, schema, name);

    if (to == graph->count && count == 2)
        to = find_view(graph, scratch, "main", name);
    return add_reference(graph, from, to, firm);
}

static bool is_one_of(const struct sql_token *token, const char *const *words)
{
    for (; *words != NULL; words++)
        if (sql_token_is(token, *words))
            return true;
    return false;
}

static bool precedes_table(const struct sql_token *token)
{
    static const char *const words[] = { "from", "join", "table", "pivot", "unpivot", "describe", "summarize", NULL };

    return is_one_of(token, words);
}

static struct sql_token next_token(const struct sql_token *token)
{
    return sql_next(token->start + token->length);
}

static bool is_symbol(const struct sql_token *token, char symbol)
{
    return token->kind == SQL_SYMBOL && *token->start == symbol;
}

/*
 * The names that WITH defines: `name AS (` and `name (columns) AS (`. Such a name may still be a view's inside of its own
 * definition, so it is not left out, only loose.
 */
static bool find_common_names(struct arena *scratch, const char *sql, struct map *names)
{
    enum { DEEPEST = 64 };
    static const char *const after_as[] = { "materialized", "not", NULL };
    struct sql_token opened_after[DEEPEST]; /* of each open parenthesis, the token before it */
    struct sql_token before = { .kind = SQL_END };
    struct sql_token candidate = { .kind = SQL_END };
    size_t depth = 0;

    for (struct sql_token token = sql_next(sql); token.kind != SQL_END; token = next_token(&token)) {
        struct sql_token next = next_token(&token);

        if (is_symbol(&token, '(') && depth++ < DEEPEST)
            opened_after[depth - 1] = before;
        candidate = before;
        if (is_symbol(&token, ')') && depth > 0 && --depth < DEEPEST)
            before = opened_after[depth];
        else
            before = token;
        if (!sql_token_is(&token, "as") || !(is_symbol(&next, '(') || is_one_of(&next, after_as)))
            continue;
        if (candidate.kind == SQL_WORD || candidate.kind == SQL_NAME) {
            const char *name = sql_token_name(scratch, &candidate);

            if (name == NULL || !map_add(names, name, (void *)name))
                return false;
        }
    }
    return true;
}

/* A dotted name at `token`, which is moved past it; the number of its parts, or 0 when there is no memory. */
static size_t read_name(struct arena *scratch, struct sql_token *token, struct sql_token *last, const char *parts[3])
{
    size_t count = 0;

    while ((token->kind == SQL_WORD || token->kind == SQL_NAME) && count < 3) {
        parts[count] = sql_token_name(scratch, token);
        if (parts[count++] == NULL)
            return 0;
        *last = *token;
        *token = next_token(token);
        if (!is_symbol(token, '.'))
            break;
        *last = *token;
        *token = next_token(token);
    }
    return count;
}

static bool scan_query(struct graph *graph, struct arena *scratch, size_t view, const char *sql)
{
    struct map *common = map_create(scratch, MAP_IGNORING_CASE);
    struct sql_token before = { .kind = SQL_END };
    struct sql_token token = sql_next(sql);

    if (common == NULL || !find_common_names(scratch, sql, common))
        return false;
    while (token.kind != SQL_END) {
        const char *parts[3];
        bool firm = precedes_table(&before);
        size_t count;

        if (token.kind != SQL_WORD && token.kind != SQL_NAME) {
            before = token;
            token = next_token(&token);
            continue;
        }
        count = read_name(scratch, &token, &before, parts);
        firm = firm && !(count == 1 && map_find(common, parts[0]) != NULL);
        if (count == 0 || !add_name(graph, scratch, view, parts, count, firm))
            return false;
    }
    return true;
}

/* By view, firm ones first. */
static int compare_references(const void *left, const void *right)
{
    const struct reference *a = left;
    const struct reference *b = right;

    if (a->view != b->view)
        return a->view < b->view ? -1 : 1;
    return (int)b->firm - (int)a->firm;
}

static void drop_repetitions(struct references *list)
{
    size_t kept = 0;

    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare_references);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || list->items[kept - 1].view != list->items[i].view)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

static bool find_references(struct graph *graph)
{
    graph->references = arena_array(graph->arena, graph->count, sizeof(*graph->references));
    if (graph->references == NULL)
        return false;
    for (size_t i = 0; i < graph->count; i++) {
        struct arena *scratch;
        bool good;

        if (!view_has_sql(&graph->views[i]))
            continue;
        scratch = arena_create(ARENA_PLAIN);
        good = scratch != NULL && scan_query(graph, scratch, i, graph->views[i].sql) && !arena_failed(scratch);
        arena_destroy(scratch);
        if (!good)
            return false;
        drop_repetitions(&graph->references[i]);
    }
    return true;
}

/* ---- the walk ---- */

/* What the walk knows of a view. */
struct mark {
    size_t number; /* in the order of discovery, from 1; 0: not seen yet */
    size_t lowest; /* the lowest number that can be reached from here */
    size_t next;   /* the reference to follow next */
    size_t group;  /* views of other groups are out of bounds */
    bool open;     /* on the stack of views without a component yet */
};

struct walk {
    const struct graph *graph;
    struct mark *marks;
    size_t *path; /* from the start to where the walk is */
    size_t *stack;
    size_t *order;
    size_t placed;
    size_t found;
};

/* The next view to go to from here, or `count`. */
static size_t next_step(struct walk *walk, size_t from, bool firm_only)
{
    const struct references *list = &walk->graph->references[from];
    struct mark *mark = &walk->marks[from];

    while (mark->next < list->count) {
        const struct reference *reference = &list->items[mark->next++];
        const struct mark *target = &walk->marks[reference->view];

        if ((firm_only && !reference->firm) || target->group != mark->group)
            continue;
        if (target->number == 0)
            return reference->view;
        if (target->open && target->number < mark->lowest)
            mark->lowest = target->number;
    }
    return walk->graph->count;
}

static int compare_indexes(const void *left, const void *right)
{
    const size_t *a = left;
    const size_t *b = right;

    return *a < *b ? -1 : *a > *b;
}

static void discover(struct walk *walk, size_t view, size_t *depth, size_t *open)
{
    struct mark *mark = &walk->marks[view];

    mark->number = ++walk->found;
    mark->lowest = mark->number;
    mark->open = true;
    walk->path[(*depth)++] = view;
    walk->stack[(*open)++] = view;
}

/* A ring of loose references is walked again by the firm ones; one of firm references keeps the order of the config. */
static void place_component(struct walk *walk, const size_t *members, size_t count, bool firm_only)
{
    size_t first = walk->placed;
    size_t group = members[0] + 1;

    for (size_t i = 0; i < count; i++)
        walk->marks[members[i]].open = false;
    memcpy(walk->order + first, members, count * sizeof(*members));
    qsort(walk->order + first, count, sizeof(*members), compare_indexes);
    walk->placed += count;
    if (count == 1 || firm_only)
        return;
    for (size_t i = 0; i < count; i++)
        walk->marks[members[i]] = (struct mark){ .group = group };
}

static void walk_from(struct walk *walk, size_t start, bool firm_only)
{
    size_t depth = 0;
    size_t open = 0;

    discover(walk, start, &depth, &open);
    while (depth > 0) {
        size_t here = walk->path[depth - 1];
        size_t there = next_step(walk, here, firm_only);
        struct mark *mark = &walk->marks[here];
        size_t members = open;

        if (there < walk->graph->count) {
            discover(walk, there, &depth, &open);
            continue;
        }
        depth--;
        if (depth > 0 && mark->lowest < walk->marks[walk->path[depth - 1]].lowest)
            walk->marks[walk->path[depth - 1]].lowest = mark->lowest;
        if (mark->lowest < mark->number)
            continue;
        while (walk->stack[members - 1] != here)
            members--;
        place_component(walk, walk->stack + members - 1, open - members + 1, firm_only);
        open = members - 1;
    }
}

static const size_t *walk_views(const struct graph *graph)
{
    struct walk walk = { .graph = graph };
    size_t *rings;

    walk.marks = arena_array(graph->arena, graph->count, sizeof(*walk.marks));
    walk.path = arena_array(graph->arena, graph->count, sizeof(*walk.path));
    walk.stack = arena_array(graph->arena, graph->count, sizeof(*walk.stack));
    walk.order = arena_array(graph->arena, graph->count, sizeof(*walk.order));
    rings = arena_array(graph->arena, graph->count, sizeof(*rings));
    if (walk.marks == NULL || walk.path == NULL || walk.stack == NULL || walk.order == NULL || rings == NULL)
        return NULL;
    for (size_t i = 0; i < graph->count; i++)
        if (walk.marks[i].number == 0 && walk.marks[i].group == 0)
            walk_from(&walk, i, false);
    /* Each ring stands in a row now, in the order of the config: its members are placed again, in their own places. */
    memcpy(rings, walk.order, graph->count * sizeof(*rings));
    walk.placed = 0;
    for (size_t i = 0; i < graph->count; i++)
        if (walk.marks[rings[i]].group == 0)
            walk.order[walk.placed++] = rings[i];
        else if (walk.marks[rings[i]].number == 0)
            walk_from(&walk, rings[i], true);
    return walk.order;
}

const size_t *order_views(struct arena *arena, const struct view *views, size_t count)
{
    struct graph graph = { .arena = arena, .views = views, .count = count };

    if (!index_names(&graph) || !find_references(&graph))
        return NULL;
    return walk_views(&graph);
}
