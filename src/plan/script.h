#ifndef DUCKALOG_PLAN_SCRIPT_H
#define DUCKALOG_PLAN_SCRIPT_H

#include "duckalog.h"

struct plan;
struct text;

/*
 * A plan as a script for DuckDB, each statement ended; `version` is the config's. The script ends with one new line.
 */
void script_add(struct text *script, const struct plan *plan, long long version, duckalog_sql_scope scope);

#endif
