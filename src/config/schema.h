#ifndef DUCKALOG_CONFIG_SCHEMA_H
#define DUCKALOG_CONFIG_SCHEMA_H

/*
 * The config language as a table: every key once. What reads a config (read.c), what checks it, what makes the
 * reference page of the docs and the JSON Schema all walk over these rows; there is no second list of keys.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
    TYPE_TEXT,         /* const char *: the scalar as written */
    TYPE_TRIMMED,      /* const char *: trimmed, not blank */
    TYPE_NAME,         /* const char *: trimmed, not blank, no control characters */
    TYPE_INT,          /* int64_t, between `least` and `most` */
    TYPE_BOOL,         /* bool */
    TYPE_WORD,         /* int: the place in `words`; NO_WORD when absent */
    TYPE_TEXTS,        /* struct texts */
    TYPE_WORDS,        /* struct texts, each one of `words` */
    TYPE_STATEMENTS,   /* struct texts, written as one text or as a list; blank ones dropped */
    TYPE_OPTIONS,      /* struct value *: a free map; NULL when absent */
    TYPE_MAPPING,      /* pointer to a struct as `of` says; NULL when absent */
    TYPE_MAPPINGS,     /* LIST_OF a struct as `of` says */
    TYPE_OPTIONS_LIST, /* LIST_OF(struct value): free maps */
    TYPE_IMPORTS, /* const struct node *, for the loader: a list of paths or of what `of` says, or a mapping that has
                        such a list for each of the keys with KEY_SECTION */
};

enum { NO_WORD = -1 };

/*
 * `key: null` is the same as leaving the key out, but for required keys and for those that have a default of their own
 * (config-language.md 2, D-22).
 */
enum key_flags {
    KEY_REQUIRED = 1,
    KEY_SECRET = 2,   /* its value is never shown */
    KEY_FOLD = 4,     /* words: trimmed and in any case */
    KEY_FILE = 8,     /* a path or URI, relative to the file that it is written in */
    KEY_SECTION = 16, /* may be imported by itself */
    KEY_SQL = 32,     /* a statement, a query or an expression */
};

struct default_value {
    bool boolean;
    int64_t integer;
    const char *text; /* also for words */
};

struct mapping;

struct key {
    const char *name;
    enum value_type type;
    unsigned flags;
    struct default_value fallback;
    size_t offset; /* of the field in the struct that the mapping fills */
    const char *help;
    const char *const *words;
    const struct mapping *of;
    int64_t least;
    int64_t most;
};

/*
 * What must go together. `when` limits the rule to objects that have these words, as in "type=s3|gcs provider=config";
 * NULL: all. An alternative is a list of keys that must all be there, as in "host user|key_id": `|` between two keys
 * means that one of them will do.
 */
enum combination_kind { AT_LEAST_ONE, AT_MOST_ONE };

struct combination {
    enum combination_kind kind;
    const char *when;
    const char *alternatives[5];
    const char *hint;
};

struct mapping {
    const char *name; /* for the reference: "views[]" */
    size_t size;      /* of the struct it fills; the first field of each is its node */
    const struct key *keys;
    const struct combination *combinations; /* may be NULL */
};

extern const struct mapping schema_root;

const struct key *schema_find_key(const struct mapping *mapping, const char *name);

/* May `key: null` stand for the key left out? */
bool schema_may_be_null(const struct key *key);

#endif
