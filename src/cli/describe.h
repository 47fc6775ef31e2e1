#ifndef DUCKALOG_CLI_DESCRIBE_H
#define DUCKALOG_CLI_DESCRIBE_H

/*
 * Descriptions of semantic models.
 */

#include "config/models.h"

struct arena;

/* Prints one model, or what models there are when `name` is NULL. Returns the exit code. */
int describe_config(const struct duckalog_config *config, const char *name, bool in_json);

struct description {
    struct arena *arena;
    const struct duckalog_config *config;
    const struct semantic_model *model; /* NULL: all of them */
};

/* Both print, and return the exit code. */
int describe_in_table(struct description *description);
int describe_in_json(struct description *description);

/* Text of the config on its way out, secret values masked; in SQL, only strings. NULL for NULL, or without memory. */
const char *describe_text(struct description *description, const char *string);
const char *describe_sql(struct description *description, const char *sql);

/* The word of a key of a model's list, as in ("joins", "type", 1); NULL when there is none. */
const char *describe_word(const char *list, const char *key, int word);

#endif
