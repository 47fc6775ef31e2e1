#ifndef DUCKALOG_CLI_MERGED_H
#define DUCKALOG_CLI_MERGED_H

/*
 * A config as it is after its files are merged: every key of the schema with its value or default, secrets masked.
 */

#include <jansson.h>

struct duckalog_config;

/* NULL: no memory. */
json_t *merged_in_json(const struct duckalog_config *config);

#endif
