#ifndef DUCKALOG_CONFIG_SQL_FILES_H
#define DUCKALOG_CONFIG_SQL_FILES_H

/*
 * SQL in files of its own: what `sql_file` and `sql_template` name becomes the `sql` of the view (config-language.md
 * section 8, D-25, D-31, D-32).
 */

#include <stdbool.h>

struct duckalog_config;
struct duckalog_report;

/* Reads the files of all views. Every problem is reported; false when there is one. */
bool sql_files_read(struct duckalog_config *config, struct duckalog_report *report);

#endif
