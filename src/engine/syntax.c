/*
 * Checking SQL. What is parsed stands in a row, so that it can be parsed side by side, each thread with a connection of
 * its own; only what fails is looked at again, one after another, so that what is reported does not depend on threads.
 */

#include "engine/syntax.h"

#include "base/arena.h"
#include "base/parallel.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/nested.h"
#include "config/quote.h"
#include "engine/excerpt.h"
#include "engine/parser.h"
#include "engine/session.h"
#include "plan/order.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_PARSERS = 8,
    WORTH_A_PARSER = 100 /* pieces: a connection more costs about as much as parsing that many */
};

/* Around a query and an expression, so that they can be nothing else. */
#define BEFORE_QUERY "CREATE VIEW v AS\n"
#define BEFORE_EXPRESSION "SELECT (\n"
#define BEHIND_EXPRESSION "\n)"

/* A piece of SQL of the config. */
struct piece {
    const char *before;
    const char *behind;
    const struct node *text; /* where it is written */
    const char *list;        /* for its path: "views", "semantic_models" */
    unsigned index;
    const char *part; /* "dimensions"; NULL for a view */
    unsigned part_index;
    const char *key;
    bool failed;
};

struct pieces {
    struct arena *arena;
    struct piece *items;
    size_t count;
};

/* ---- what there is ---- */

static bool add(struct pieces *pieces, const struct piece *piece)
{
    if (piece->text == NULL || piece->text->kind != NODE_SCALAR || is_blank(piece->text->text))
        return true;
    pieces->items = arena_extend(pieces->arena, pieces->items, pieces->count, sizeof(*pieces->items));
    if (pieces->items == NULL)
        return false;
    pieces->items[pieces->count++] = *piece;
    return true;
}

static const char *key_of_sql(const struct view *view)
{
    return view->sql_file != NULL ? "sql_file" : view->sql_template != NULL ? "sql_template" : "sql";
}

static bool add_part(struct pieces *pieces, const struct semantic_model *model, const char *part,
                     const struct node *node, const char *key)
{
    return add(pieces, &(struct piece){ .before = BEFORE_EXPRESSION,
                                        .behind = BEHIND_EXPRESSION,
                                        .text = node_get(node, key),
                                        .list = "semantic_models",
                                        .index = model->node->index,
                                        .part = part,
                                        .part_index = node->index,
                                        .key = key });
}

static bool add_model(struct pieces *pieces, const struct semantic_model *model)
{
    bool good = true;

    for (size_t i = 0; i < model->dimensions.count && good; i++)
        good = add_part(pieces, model, "dimensions", model->dimensions.items[i].node, "expression");
    for (size_t i = 0; i < model->measures.count && good; i++)
        good = add_part(pieces, model, "measures", model->measures.items[i].node, "expression");
    for (size_t i = 0; i < model->joins.count && good; i++)
        good = add_part(pieces, model, "joins", model->joins.items[i].node, "on_condition");
    return good;
}

static bool collect(struct pieces *pieces, const struct duckalog_config *config)
{
    bool good = true;

    for (size_t i = 0; i < config->root.views.count && good; i++) {
        const struct view *view = &config->root.views.items[i];

        if (view_has_sql(view))
            good = add(pieces, &(struct piece){ .before = BEFORE_QUERY,
                                                .behind = "",
                                                .text = view->sql_text,
                                                .list = "views",
                                                .index = view->node->index,
                                                .key = key_of_sql(view) });
    }
    for (size_t i = 0; i < config->root.semantic_models.count && good; i++)
        good = add_model(pieces, &config->root.semantic_models.items[i]);
    return good;
}

/* ---- parsing ---- */

struct parsing {
    struct pieces *pieces;
    duckdb_connection connections[MOST_PARSERS];
    size_t count;
};

/* Leaves the statement in `sql`. */
static bool parses(duckdb_connection connection, const struct piece *piece, struct text *sql, struct text *problem)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count;

    text_add(sql, piece->before);
    text_add(sql, piece->text->text);
    text_add(sql, piece->behind);
    if (text_string(sql) == NULL)
        return false;
    count = duckdb_extract_statements(connection, text_string(sql), &statements);
    if (count != 1 && problem != NULL) {
        const char *message = count > 0 ? NULL : duckdb_extract_statements_error(statements);

        text_add(problem, message != NULL ? message : "this is not one query");
    }
    duckdb_destroy_extracted(&statements);
    return count == 1;
}

static void parse_share(size_t index, void *user)
{
    struct parsing *parsing = user;

    for (size_t i = index; i < parsing->pieces->count; i += parsing->count) {
        struct text sql = text_on_heap();

        parsing->pieces->items[i].failed = !parses(parsing->connections[index], &parsing->pieces->items[i], &sql, NULL);
        text_free(&sql);
    }
}

static void report_piece(const struct session *session, const struct piece *piece, struct duckalog_report *report)
{
    struct text path = text_on_heap();
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    const char *message = "not enough memory";

    if (!parses(session->connection, piece, &sql, &problem) && text_string(&problem) != NULL)
        message = text_string(&problem);
    text_format(&path, "%s[%u].", piece->list, piece->index);
    if (piece->part != NULL)
        text_format(&path, "%s[%u].", piece->part, piece->part_index);
    text_add(&path, piece->key);
    report_add(report, DUCKALOG_ERROR, "sql",
               text_string(&sql) == NULL
                   ? piece->text->position
                   : excerpt_place_in(text_string(&sql), strlen(piece->before), piece->text, 0, message),
               text_string(&path), NULL, "%.*s", (int)strcspn(message, "\n"), message);
    text_free(&path);
    text_free(&sql);
    text_free(&problem);
}

static void parse_all(const struct session *session, struct pieces *pieces, struct duckalog_report *report)
{
    struct parsing parsing = { .pieces = pieces, .connections = { session->connection }, .count = 1 };
    unsigned wanted = parallel_processors() < MOST_PARSERS ? parallel_processors() : MOST_PARSERS;

    while (parsing.count < wanted && parsing.count * WORTH_A_PARSER < pieces->count &&
           duckdb_connect(session->database, &parsing.connections[parsing.count]) == DuckDBSuccess)
        parsing.count++;
    parallel_run(parsing.count, (unsigned)parsing.count, parse_share, &parsing);
    for (size_t i = 1; i < parsing.count; i++)
        duckdb_disconnect(&parsing.connections[i]);
    for (size_t i = 0; i < pieces->count; i++)
        if (pieces->items[i].failed)
            report_piece(session, &pieces->items[i], report);
}

/* ---- configs ---- */

static duckalog_status check_one(const struct session *session, const struct duckalog_config *config,
                                 struct duckalog_report *report)
{
    struct pieces pieces = { .arena = arena_create(ARENA_WIPED) };
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    duckalog_status status = DUCKALOG_NOMEM;

    report_redact_with(report, config->redactor);
    parser_begin(&parser, session->connection);
    if (pieces.arena != NULL && collect(&pieces, config)) {
        parse_all(session, &pieces, report);
        if (order_views(pieces.arena, config, config->root.views.items, config->root.views.count, &reader, report) !=
            NULL)
            status = DUCKALOG_OK;
    }
    parser_end(&parser);
    arena_destroy(pieces.arena);
    quote_lines(config, report);
    report_redact_with(report, NULL);
    return status;
}

static bool has_sql(const struct duckalog_config *config)
{
    for (size_t i = 0; i < config->root.views.count; i++)
        if (view_has_sql(&config->root.views.items[i]))
            return true;
    return config->root.semantic_models.count > 0;
}

bool syntax_is_needed(const struct duckalog_config *config)
{
    bool needed = has_sql(config);

    for (size_t i = 0; config->family != NULL && i < config->family->count; i++)
        needed = needed || has_sql(config->family->configs[i]);
    return needed;
}

duckalog_status syntax_check(const struct duckalog_config *config, struct duckalog_report *report)
{
    struct session_options options = { 0 };
    struct session *session = NULL;
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = session_open(":memory:", &options, &session, &problem, &hint);

    if (status != DUCKALOG_OK && status != DUCKALOG_NOMEM)
        report_event(report, DUCKALOG_ERROR, "engine", hint, "DuckDB's parser can't be used: %s",
                     text_string(&problem) != NULL ? text_string(&problem) : "no memory");
    if (status == DUCKALOG_OK)
        status = check_one(session, config, report);
    for (size_t i = 0; status == DUCKALOG_OK && config->family != NULL && i < config->family->count; i++)
        status = check_one(session, config->family->configs[i], report);
    session_close(session);
    text_free(&problem);
    return status;
}
