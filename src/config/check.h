#ifndef DUCKALOG_CONFIG_CHECK_H
#define DUCKALOG_CONFIG_CHECK_H

#include <stdbool.h>

struct duckalog_config;
struct duckalog_report;

/* Is an entry of install_extensions or load_extensions the path of a file, not a name? */
bool is_extension_file(const char *name);

/*
 * Is this the name that DuckDB gives to the database at a path? It is the file's, up to the first dot that is not at its
 * start.
 */
bool is_catalog_name(const char *database, const char *name);

/*
 * Makes the paths of a config absolute, and checks what no single key shows: names that are there twice, references,
 * options, statements, secrets that DuckDB has no form for. Everything is reported, with its place; false when anything
 * is wrong.
 */
bool config_check(struct duckalog_config *config, struct duckalog_report *report);

#endif
