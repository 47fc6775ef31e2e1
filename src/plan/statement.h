#ifndef DUCKALOG_PLAN_STATEMENT_H
#define DUCKALOG_PLAN_STATEMENT_H

/*
 * A statement in two forms at once: the one to execute, where secrets are parameters, and the one to show, where they
 * are masked, or written out when the user asked for it.
 */

#include "base/text.h"
#include "plan/plan.h"

struct redactor;

/* How a value stands in the two forms. */
enum exposure {
    EXPOSURE_PLAIN,  /* written out in both */
    EXPOSURE_BOUND,  /* a parameter, but shown: DuckDB's errors may quote it, and it could be meant as a secret */
    EXPOSURE_HIDDEN, /* masked, but no parameter, for statements that take none */
    EXPOSURE_SECRET  /* a parameter, and masked */
};

struct statement {
    struct arena *arena;
    struct text executed;
    struct text shown;
    bool show_secrets;
    struct binding *bindings;
    size_t binding_count;
};

/* How a map is written: {'a': 1} as an option of a scan, MAP {'a': 1} in a secret. */
enum map_form { MAP_AS_STRUCT, MAP_AS_MAP };

void statement_begin(struct statement *statement, struct arena *arena, bool show_secrets);

/* As sql_format(), into both forms. */
void statement_add(struct statement *statement, const char *format, ...);

/* A path or URI: shown without the credentials in it. */
void statement_add_place(struct statement *statement, const char *place);

/* The name of an option or parameter, in upper case. */
void statement_add_upper(struct statement *statement, const char *name);

/* A text. */
void statement_add_text(struct statement *statement, const char *value, enum exposure exposure);

/* Any value of a free map. */
void statement_add_value(struct statement *statement, const struct value *value, enum map_form form,
                         enum exposure exposure);

/*
 * SQL that a user wrote, for people: strings in it that are a secret value of the config, or hold credentials by their
 * form, are masked; nothing else, as a short password may well be a part of other texts. With `by_name`, strings that are
 * given to a name that looks like a secret's are masked as well: right for a SET, but a query may have a column called
 * `key`. Nothing is masked without a redactor. NULL when there is no memory.
 */
const char *statement_mask(struct arena *arena, const char *sql, const struct redactor *redactor, bool by_name);

/* Moves the finished statement into the step; false when there was no memory. */
bool statement_end(struct statement *statement, struct step *step);

#endif
