/*
 * The order of views: a walk from each view, in the order of the config, to what it reads.
 *
 * A view whose candidates for a reference are all placed already can be placed too, whatever they are; this is so for
 * every view of a config that is written from bottom to top. Only where one is not, it counts what it is.
 */

#include "plan/order.h"

#include "base/arena.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"

#include <string.h>

enum state { NOT_SEEN, ON_THE_WAY, PLACED };

/* A view whose references are being placed. */
struct stop {
    size_t view;
    struct references references;
    size_t next; /* of the references */
};

struct walk {
    struct arena *arena;
    const struct duckalog_config *config;
    const struct view_index *index;
    const struct view *views;
    const struct query_reader *reader;
    struct duckalog_report *report; /* NULL: rings are not told */
    unsigned char *states;
    struct stop *way; /* from where the walk began to where it is */
    size_t depth;
    size_t *order;
    size_t placed;
};

/* ---- rings ---- */

/* After such a statement an unqualified name may be a table elsewhere: by the search path, or a temporary one. */
static bool hides_views(const char *sql)
{
    struct sql_token first = sql_next(sql);
    bool sets = sql_token_is(&first, "set");
    bool creates = sql_token_is(&first, "create");

    if (sql_token_is(&first, "use") || contains_ignoring_case(sql, "search_path"))
        return true;
    for (struct sql_token token = first; token.kind == SQL_WORD; token = sql_next(token.start + token.length))
        if ((sets && sql_token_is(&token, "schema")) ||
            (creates && (sql_token_is(&token, "temp") || sql_token_is(&token, "temporary"))))
            return true;
    return false;
}

static bool hide_views(const struct texts *statements)
{
    for (size_t i = 0; i < statements->count; i++)
        if (hides_views(statements->items[i]))
            return true;
    return false;
}

static const struct reference *find_reference(const struct references *references, size_t view)
{
    for (size_t i = 0; i < references->count; i++)
        if (references->items[i].view == view)
            return &references->items[i];
    return NULL;
}

/* "a reads b (catalog.yaml:4:30), b reads a (catalog.yaml:6:22)"; false when the parser does not see it so. */
static bool tell_ring(struct walk *walk, size_t first, struct text *chain, struct position *ret_place)
{
    for (size_t i = first; i < walk->depth; i++) {
        const struct view *view = &walk->views[walk->way[i].view];
        size_t to = i + 1 < walk->depth ? walk->way[i + 1].view : walk->way[first].view;
        const struct reference *seen;
        const struct reference *reference;
        struct references read;
        struct references scanned;
        struct position place;

        if (!references_read(walk->index, walk->arena, walk->way[i].view, walk->reader, &read) ||
            !references_scan(walk->index, walk->arena, walk->way[i].view, &scanned))
            return false;
        reference = find_reference(&read, to);
        if (reference == NULL || reference->guessed)
            return false;
        /* The parser counts characters where the scan counts bytes. */
        seen = find_reference(&scanned, to);
        place = node_place_in_text(view->sql_text, seen != NULL ? seen->offset : reference->offset);
        if (i == first)
            *ret_place = place;
        text_format(chain, "%s%s reads %s (%s:%u:%u)", i > first ? ", " : "", view->name, walk->views[to].name,
                    place.file, place.line, place.column);
    }
    return true;
}

/* From the view `to`, which is on the way, around to itself. */
static void report_ring(struct walk *walk, size_t to)
{
    const struct duckdb_section *duckdb = walk->config->root.duckdb;
    struct text chain = text_on_heap();
    struct text path = text_on_heap();
    struct position place = { 0 };
    size_t first = walk->depth - 1;

    if (walk->report == NULL || walk->reader == NULL || hide_views(&duckdb->pragmas) || hide_views(&duckdb->settings))
        return;
    while (walk->way[first].view != to)
        first--;
    if (tell_ring(walk, first, &chain, &place)) {
        text_format(&path, "views[%u]", walk->views[to].node->index);
        report_add(walk->report, DUCKALOG_ERROR, "view-ring", place, text_string(&path),
                   "a view can't read itself, however many others are between",
                   first + 1 == walk->depth ? "the view reads itself: %s" : "views read each other in a ring: %s",
                   text_string(&chain) != NULL ? text_string(&chain) : "");
    }
    text_free(&chain);
    text_free(&path);
}

/* ---- the walk ---- */

static bool all_placed(const struct walk *walk, const struct references *references)
{
    for (size_t i = 0; i < references->count; i++)
        if (walk->states[references->items[i].view] != PLACED)
            return false;
    return true;
}

static void place(struct walk *walk, size_t view)
{
    walk->states[view] = PLACED;
    walk->order[walk->placed++] = view;
}

/* Without a parser a name that a query defines by itself is taken for that. */
static void keep_certain(struct references *references)
{
    size_t kept = 0;

    for (size_t i = 0; i < references->count; i++)
        if (references->items[i].certain)
            references->items[kept++] = references->items[i];
    references->count = kept;
}

/* Is there anything that must be placed before? Then the view becomes the end of the way. */
static bool arrive(struct walk *walk, size_t view)
{
    struct stop stop = { .view = view };
    struct references read;
    bool certain = true;

    if (!references_scan(walk->index, walk->arena, view, &stop.references))
        return false;
    if (all_placed(walk, &stop.references)) {
        place(walk, view);
        return true;
    }
    for (size_t i = 0; i < stop.references.count; i++)
        certain =
            certain && (stop.references.items[i].certain || walk->states[stop.references.items[i].view] == PLACED);
    if (!certain && references_read(walk->index, walk->arena, view, walk->reader, &read))
        stop.references = read;
    else if (!certain)
        keep_certain(&stop.references);
    walk->states[view] = ON_THE_WAY;
    walk->way[walk->depth++] = stop;
    return !arena_failed(walk->arena);
}

static bool walk_from(struct walk *walk, size_t start)
{
    if (!arrive(walk, start))
        return false;
    while (walk->depth > 0) {
        struct stop *here = &walk->way[walk->depth - 1];
        size_t to;

        if (here->next == here->references.count) {
            place(walk, here->view);
            walk->depth--;
            continue;
        }
        to = here->references.items[here->next++].view;
        if (walk->states[to] == ON_THE_WAY)
            report_ring(walk, to);
        else if (walk->states[to] == NOT_SEEN && !arrive(walk, to))
            return false;
    }
    return true;
}

const size_t *order_views(struct arena *arena, const struct duckalog_config *config, const struct view *views,
                          size_t count, const struct query_reader *reader, struct duckalog_report *report)
{
    struct arena *scratch = arena_create(ARENA_PLAIN);
    struct walk walk = { .arena = scratch, .config = config, .views = views, .reader = reader, .report = report };
    bool good = scratch != NULL;

    walk.order = arena_array(arena, count, sizeof(*walk.order));
    if (good && walk.order != NULL) {
        walk.index = view_index_create(scratch, config, views, count);
        walk.states = arena_array(scratch, count, sizeof(*walk.states));
        walk.way = arena_array(scratch, count, sizeof(*walk.way));
    }
    good = good && walk.index != NULL && walk.states != NULL && walk.way != NULL;
    for (size_t i = 0; good && i < count; i++)
        if (walk.states[i] == NOT_SEEN)
            good = walk_from(&walk, i);
    arena_destroy(scratch);
    return good ? walk.order : NULL;
}
