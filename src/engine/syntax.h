#ifndef DUCKALOG_ENGINE_SYNTAX_H
#define DUCKALOG_ENGINE_SYNTAX_H

/*
 * The SQL of a config, checked by DuckDB's parser: queries of views, expressions of semantic models, and views that read
 * each other in a ring. Nothing is bound, so nothing has to exist.
 */

#include "config/config.h"

/* Is there any SQL to be checked, here or in nested catalogs? Without it DuckDB need not be loaded. */
bool syntax_is_needed(const struct duckalog_config *config);

/*
 * Checks a config and all that are nested in it; what is wrong is reported at its place. libduckdb has to be loaded. Not
 * DUCKALOG_OK only when the check could not be made.
 */
duckalog_status syntax_check(const struct duckalog_config *config, struct duckalog_report *report);

#endif
