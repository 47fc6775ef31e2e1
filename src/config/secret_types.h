#ifndef DUCKALOG_CONFIG_SECRET_TYPES_H
#define DUCKALOG_CONFIG_SECRET_TYPES_H

/*
 * What DuckDB's CREATE SECRET takes: for each type and provider, the keys of a `secrets` entry that it knows and the
 * parameters they become. Checked against DuckDB 1.5.5 with its httpfs, aws, azure and postgres extensions.
 */

#include "config/config.h"

struct secret_parameter {
    const char *key;       /* of the config */
    const char *parameter; /* of CREATE SECRET */
    const char *other_key; /* used when `key` is absent; may be NULL */
};

struct secret_form {
    enum secret_type type;
    enum secret_provider provider;
    const char *when_key;      /* this form is the right one when the key is there; NULL: always */
    const char *type_word;     /* of CREATE SECRET */
    const char *provider_word; /* NULL: DuckDB's default */
    struct secret_parameter parameters[8];
};

/* The form that a secret takes, or NULL when DuckDB has none for its type and provider. */
const struct secret_form *secret_form(const struct secret *secret);

/* The text of a key of a secret, also of `port`; NULL when it is absent or empty. */
const char *secret_value(struct arena *arena, const struct secret *secret, const char *key);

bool secret_key_is_known(const char *key);

/* Is the value of that key never shown? */
bool secret_key_is_secret(const char *key);

/*
 * Takes the connection string of a postgres or mysql secret apart, in libpq's two forms (key=value pairs, or a URI),
 * into host, port, database, user and password, which CREATE SECRET takes. Keys that are set by themselves win.
 *
 * Returns NULL, or what is wrong with the string: a sentence without any part of it.
 */
const char *secret_split_connection_string(struct arena *arena, struct secret *secret);

#endif
