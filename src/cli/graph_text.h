#ifndef DUCKALOG_CLI_GRAPH_TEXT_H
#define DUCKALOG_CLI_GRAPH_TEXT_H

/*
 * A graph as a tree of text, for people: below what is read stands what reads it. Each node has one line of its own; where
 * it is read from several, the other lines only point to that one.
 */

#include "plan/graph.h"

struct text;

struct graph_look {
    const char *title;  /* what all of it belongs to: the config */
    const char *folder; /* files below it are shown without it; may be NULL */
    bool has_boxes;     /* else it is drawn in ASCII */
    size_t width;       /* lines are cut to so many columns; 0: they are as long as they need to be */
};

/* False: no memory. */
bool graph_add_text(struct arena *arena, const struct graph *graph, const struct graph_look *look, struct text *text);

#endif
