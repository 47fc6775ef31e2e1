#ifndef DUCKALOG_ENGINE_EXCERPT_H
#define DUCKALOG_ENGINE_EXCERPT_H

/*
 * The excerpt that DuckDB puts under an error: `LINE 2: SELECT …` and a caret below. For a view it counts the line of our
 * own CREATE VIEW; these turn it into a place in the SQL of the config.
 */

#include "plan/plan.h"

struct text;

/* How long a message is without its excerpt. */
size_t excerpt_start(const char *message);

/*
 * Where in a text of the config the error of a statement is, that has the text behind its first `before` bytes, without
 * the first `skipped` bytes of it; the place of the text when the message does not tell.
 */
struct position excerpt_place_in(const char *sql, size_t before, const struct node *node, size_t skipped,
                                 const char *message);

/* Where in the config the error of a view's step is; the place of its query or, without one, of its name. */
struct position excerpt_place(const struct step *step, const char *message);

/* Appends the message of a view's step with the line number that the user's SQL has. */
void excerpt_add(struct text *text, const char *message);

#endif
