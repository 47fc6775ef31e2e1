#ifndef DUCKALOG_CONFIG_VALUE_H
#define DUCKALOG_CONFIG_VALUE_H

/*
 * Values of a free map (`options`): there no schema says what a scalar is, so its looks decide.
 */

#include "config/document.h"

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_MAP };

struct value {
    enum value_kind kind;
    bool boolean;
    struct position position;
    const char *name;    /* in a map: its key */
    const char *text;    /* of a text; of a number: as SQL writes it */
    struct value *items; /* of a list or map */
    size_t count;
};

/*
 * Reads a value. Numbers are decimal, 0x or with an exponent; what YAML 1.1 took for octal or base 60 is refused, as
 * are NaN and infinity (config-language.md D-4, sql-generation.md S-28). `path` is for messages.
 *
 * Returns false after reporting.
 */
bool value_read(struct arena *arena, const struct node *node, const char *path, struct duckalog_report *report,
                struct value *ret_value);

/* The entry of a map with this name, or NULL. */
const struct value *value_get(const struct value *map, const char *name);

/* The entry of a map whose name comes next after `last` in the order of code points; NULL at the end. "" to begin. */
const struct value *value_next_by_name(const struct value *map, const char *last);

/* yes/no/on/off/true/false and, in bool fields only, 1/0/t/f/y/n. */
bool boolean_from_word(const char *word, bool *ret_value);

/*
 * A decimal or 0x number as SQL writes it, or NULL when the text is no number. `ret_problem` says why, if it is close.
 */
const char *number_from_text(struct arena *arena, const char *text, const char **ret_problem);

#endif
