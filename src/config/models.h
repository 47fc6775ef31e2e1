#ifndef DUCKALOG_CONFIG_MODELS_H
#define DUCKALOG_CONFIG_MODELS_H

/*
 * Semantic models: their parts by name, and what an entry of `default_filters` means. For the checks and for the plan.
 * Names are compared as DuckDB compares those of columns, which they become.
 */

#include "config/config.h"

/* NULL when there is none of that name. */
const struct semantic_model *config_model(const struct duckalog_config *config, const char *name);
const struct dimension *model_dimension(const struct semantic_model *model, const char *name);
const struct measure *model_measure(const struct semantic_model *model, const char *name);

/* The names of all of them, ended by NULL. NULL: no memory. */
const char *const *config_model_names(struct arena *arena, const struct duckalog_config *config);
const char *const *model_dimension_names(struct arena *arena, const struct semantic_model *model);
const char *const *model_measure_names(struct arena *arena, const struct semantic_model *model);

/* A hint for a name that is none of these: the one that was probably meant, or what there is. May be NULL. */
const char *hint_of_names(struct arena *arena, const char *typed, const char *const *names);

/* ---- default_filters ---- */

/* What stands behind the operator. */
enum filter_form { FILTER_ALONE, FILTER_VALUE, FILTER_LIST, FILTER_RANGE };

struct filter_operator {
    const char *name; /* in the config, in any case */
    const char *sql;
    enum filter_form form;
};

struct model_filter {
    const struct dimension *dimension;
    const struct filter_operator *operator;
    const struct value *value; /* NULL when the operator stands alone */
};

/*
 * Reads an entry. Duckalog (Python) knows no key but `dimension`, so an entry may hold anything else.
 *
 * NULL when all went well; otherwise why the entry can't be a condition.
 */
const char *model_filter_read(const struct semantic_model *model, const struct value *entry,
                              struct model_filter *ret_filter);

/* The dimension that an entry names; NULL: none. Any scalar is taken as it is written. */
const char *filter_dimension_name(const struct value *entry);

#endif
