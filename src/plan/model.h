#ifndef DUCKALOG_PLAN_MODEL_H
#define DUCKALOG_PLAN_MODEL_H

/*
 * Semantic models as SQL: a question (measures, what to group by, a condition) becomes one SELECT. Pure: what the views
 * hold is not looked at.
 */

#include "config/models.h"
#include "duckalog.h"

#include <stdbool.h>

struct arena;
struct duckalog_report;
struct text;

/*
 * The statement for a question, without a semicolon. False after reporting what is wrong with the question, or when there
 * is no memory. Notices tell of joins that were left out.
 */
bool model_sql(struct arena *arena, const struct duckalog_config *config, const duckalog_model_query *query,
               struct duckalog_report *report, const char **ret_sql);

/* ---- conditions: model_conditions.c ---- */

/* An expression that something else stands beside: in parentheses, unless it is the name of a column. */
void model_add_operand(struct text *text, const char *expression);

/* An expression that ends before whatever follows it, also when there is a comment at its end. */
void model_add_expression(struct text *text, const char *expression);

/* An entry of default_filters as a condition. */
void model_add_filter(struct text *text, const struct model_filter *filter);

/*
 * A condition of a user's, in which the names of dimensions stand for their expressions. NULL after reporting, or when
 * there is no memory.
 */
const char *model_condition(struct arena *arena, const struct semantic_model *model, const char *where,
                            struct duckalog_report *report);

#endif
