#ifndef DUCKALOG_ENGINE_PARSER_H
#define DUCKALOG_ENGINE_PARSER_H

/*
 * DuckDB's parser as a reader of queries: which tables does a query read? Nothing is bound, so nothing has to exist.
 */

#include "base/duckdb.h"
#include "plan/references.h"

struct json_t;
struct session;

struct parser {
    duckdb_connection connection; /* NULL: a database in memory is opened when it is first needed */
    struct session *session;      /* of that database */
    bool failed;                  /* there is no DuckDB: not tried again */
    duckdb_prepared_statement serialize;
};

/* `connection` may be NULL. Costs nothing before the first query. */
void parser_begin(struct parser *parser, duckdb_connection connection);
void parser_end(struct parser *parser);

/* Valid as long as the parser. */
struct query_reader parser_reader(struct parser *parser);

/* The tree of one or more queries, as a jansson value that the caller owns; NULL when the parser has none. */
struct json_t *parser_tree(struct parser *parser, const char *sql);

#endif
