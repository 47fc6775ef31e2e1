#ifndef DUCKALOG_PLAN_REFERENCES_H
#define DUCKALOG_PLAN_REFERENCES_H

/*
 * Which views a view reads.
 *
 * A scan over the query's words finds the names that stand where a table is named, and mostly that is enough. Only where
 * a common table expression has the name of a view it takes DuckDB's parser to tell which of the two is meant; it takes
 * longer than all else that is done to a view, so it is asked only when the answer makes a difference.
 */

#include "config/config.h"

/* A table that a query reads; a part that is not written is "". */
struct table_name {
    const char *catalog;
    const char *schema;
    const char *name;
    size_t offset; /* in the query */
};

struct table_names {
    struct table_name *items;
    size_t count;
};

/* Who parses queries, for rooms that know nothing of DuckDB. */
struct query_reader {
    /*
     * The tables of a query, without common table expressions. False when they can't be told: the parser refuses the
     * query, or there is none.
     */
    bool (*read)(void *user, struct arena *arena, const char *sql, struct table_names *ret_tables);
    void *user;
};

struct reference {
    size_t view;
    size_t offset; /* of the name in the query */
    bool certain;  /* otherwise it may be a common table expression */
    bool guessed;  /* what stands in front of the name is taken for the catalog, but may be another database */
};

struct references {
    struct reference *items; /* in the order of the views, each once */
    size_t count;
};

struct view_index;

/* NULL when there is no memory. `views` are some or all of the config's. */
struct view_index *view_index_create(struct arena *arena, const struct duckalog_config *config,
                                     const struct view *views, size_t count);

/* By the scan. False when there is no memory. */
bool references_scan(const struct view_index *index, struct arena *arena, size_t view,
                     struct references *ret_references);

/* By the parser, so that all are certain. False when it can't tell. */
bool references_read(const struct view_index *index, struct arena *arena, size_t view,
                     const struct query_reader *reader, struct references *ret_references);

/* The parser's answer where the scan's is not certain, the scan's otherwise. False when there is no memory. */
bool references_find(const struct view_index *index, struct arena *arena, size_t view,
                     const struct query_reader *reader, struct references *ret_references);

/*
 * What a query reads beside the views, by the scan, in the order of the query and as often as it is written: tables of
 * attached databases, whose `catalog` is the name of the attachment as the query has it; and files, in FROM 'file' and in
 * calls such as read_csv('file'), which have nothing but a name. False when there is no memory.
 */
bool references_scan_outside(const struct view_index *index, struct arena *arena, size_t view,
                             struct table_names *ret_outside);

#endif
