#ifndef DUCKALOG_CLI_STARTER_H
#define DUCKALOG_CLI_STARTER_H

/*
 * The config that `duckalog init` writes: sample data, a view for each day and one for each week, which runs as it is.
 * Project and database may be any UTF-8 text; they are quoted as YAML, JSON and SQL want it.
 */

#include <stdbool.h>

struct text;

#define STARTER_SCHEMA "duckalog.schema.json"

struct starter {
    const char *project;  /* stands in the rows of the weekly summary */
    const char *database; /* relative to the config */
    bool names_schema;    /* tell editors of STARTER_SCHEMA; YAML only */
};

/* Appends the config. When there is no memory the text has failed. */
void starter_add_yaml(struct text *text, const struct starter *starter);
void starter_add_json(struct text *text, const struct starter *starter);

#endif
