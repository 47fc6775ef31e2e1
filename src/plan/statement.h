#ifndef DUCKALOG_PLAN_STATEMENT_H
#define DUCKALOG_PLAN_STATEMENT_H

/*
 * A statement in two forms at once: the one to execute, where secrets are parameters, and the one to show, where they
 * are masked, or written out when the user asked for it.
 */

#include "base/text.h"
#include "plan/plan.h"

enum { STATEMENT_MOST_BINDINGS = 256 };

struct statement {
    struct arena *arena;
    struct text executed;
    struct text shown;
    bool show_secrets;
    struct binding bindings[STATEMENT_MOST_BINDINGS];
    size_t binding_count;
};

/* How a map is written: {'a': 1} as an option of a scan, MAP {'a': 1} in a secret. */
enum map_form { MAP_AS_STRUCT, MAP_AS_MAP };

void statement_begin(struct statement *statement, struct arena *arena, bool show_secrets);

/* As sql_format(), into both forms. */
void statement_add(struct statement *statement, const char *format, ...);

/* A text literal, or a parameter when it is a secret. */
void statement_add_text(struct statement *statement, const char *value, bool secret);

/* Any value of a free map. */
void statement_add_value(struct statement *statement, const struct value *value, enum map_form form, bool secret);

/* Moves the finished statement into the step; false when there was no memory. */
bool statement_end(struct statement *statement, struct step *step);

#endif
