#ifndef DUCKALOG_CLI_UNIFIED_H
#define DUCKALOG_CLI_UNIFIED_H

/*
 * Two queries side by side: each is laid out in lines, and the lines that differ are told from those that do not.
 */

#include <stdbool.h>

struct arena;
struct text;

/*
 * Adds the difference of two queries, which DuckDB writes in one line each: lines begin with two blanks, "- " or "+ " after
 * the indentation. A NULL query is no line. False when there is no memory.
 */
bool unified_add(struct arena *arena, struct text *text, const char *indentation, const char *old_query,
                 const char *new_query);

#endif
