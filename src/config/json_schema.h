#ifndef DUCKALOG_CONFIG_JSON_SCHEMA_H
#define DUCKALOG_CONFIG_JSON_SCHEMA_H

/*
 * The config language as a JSON Schema (draft 2020-12), for editors and other tools: made from the schema table, and
 * from nothing else.
 */

#include "config/schema.h"

struct text;

/*
 * Appends the JSON Schema of the documents that `root` describes, and a new line. When there is no memory the text has
 * failed.
 */
void json_schema_add(struct text *text, const struct mapping *root);

#endif
