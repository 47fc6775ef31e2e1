#ifndef DUCKALOG_PLAN_GRAPH_H
#define DUCKALOG_PLAN_GRAPH_H

/*
 * What reads what in a catalog, as plain data: files, databases, views and semantic models, and the ways of data between
 * them. Nothing is looked up: the config and the text of its queries tell.
 */

#include "plan/references.h"

enum graph_kind {
    GRAPH_FILE,       /* or an address, of views and in their queries */
    GRAPH_ATTACHMENT, /* a database */
    GRAPH_ICEBERG,    /* an Iceberg catalog */
    GRAPH_NESTED,     /* the catalog of another config */
    GRAPH_VIEW,
    GRAPH_MODEL,
    GRAPH_KINDS
};

struct graph_node {
    enum graph_kind kind;
    size_t number;      /* among those of its kind, from 1 */
    const char *name;   /* of a file with secrets masked; of a view without its schema */
    const char *schema; /* of a view; NULL: none is written */
    const char *type;   /* "parquet", "duckdb", "rest", …; NULL: nothing to tell */
};

struct graph_edge {
    size_t from;       /* what is read */
    size_t to;         /* what reads it */
    const char *label; /* the tables that are read, how a model joins a view; NULL */
};

struct graph {
    struct graph_node *nodes; /* by their kinds; of each kind in the order of the config */
    size_t node_count;
    struct graph_edge *edges; /* by what reads, then by what is read; each pair once */
    size_t edge_count;
};

/*
 * The reader tells tables from common table expressions of the same name; without one, such names are taken for the latter.
 * False when there is no memory. The graph lives as long as the arena and the config.
 */
bool graph_build(struct arena *arena, const struct duckalog_config *config, const struct query_reader *reader,
                 struct graph *ret_graph);

#endif
