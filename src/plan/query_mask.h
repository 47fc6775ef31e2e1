#ifndef DUCKALOG_PLAN_QUERY_MASK_H
#define DUCKALOG_PLAN_QUERY_MASK_H

/*
 * Queries of views for people, without the secrets in them. Such a query is read, and never run: so that more of it is
 * masked than of a script (statement_mask()), as a secret that is a part of a string, or of a file's name, goes as well.
 */

#include <stdbool.h>

struct arena;
struct redactor;
struct view;

/* NULL when there is no memory. */
const char *query_mask(struct arena *arena, const char *query, const struct redactor *redactor);

/*
 * Of a query that may hold a secret which no config knows any more: what could be one is masked, unless it stands in
 * `other` as well, the query that takes its place (NULL: none). NULL when there is no memory.
 */
const char *query_mask_doubtful(struct arena *arena, const char *query, const char *other,
                                const struct redactor *redactor);

/* Is there a secret value in the view's query? When in doubt, as for want of memory, there is one. */
bool view_holds_secret(const struct view *view, const struct redactor *redactor);

#endif
