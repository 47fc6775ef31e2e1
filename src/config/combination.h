#ifndef DUCKALOG_CONFIG_COMBINATION_H
#define DUCKALOG_CONFIG_COMBINATION_H

#include "config/document.h"
#include "config/schema.h"

struct text;

/*
 * Does a mapping of the config keep to a rule of the schema on which keys go together? When not, what is wrong is appended
 * to `problem`.
 */
bool combination_holds(const struct combination *combination, const struct mapping *mapping, const struct node *map,
                       struct text *problem);

#endif
