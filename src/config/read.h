#ifndef DUCKALOG_CONFIG_READ_H
#define DUCKALOG_CONFIG_READ_H

/*
 * From a Document to the structs of a Config, by the schema table: types, defaults, required keys, what must go
 * together, unknown keys with "did you mean".
 */

#include "config/combination.h"
#include "config/document.h"
#include "config/schema.h"

struct place;
struct redactor;

struct read_context {
    struct arena *arena;
    struct redactor *redactor; /* learns the values of secret keys */
    struct duckalog_report *report;
    bool incomplete;      /* a key of the top that is missing may be in a file that could not be read */
    struct shapes shapes; /* that keep to all rules */
};

/*
 * Fills `ret_object` (zeroed, as large as the mapping says) from the node at `place` (NULL: the whole config).
 * Everything that is wrong is reported, and
 * the rest read all the same; false when anything was.
 */
bool read_object(struct read_context *context, const struct node *node, const struct mapping *mapping,
                 const struct place *place, void *ret_object);

/*
 * The word of `words` (ended by NULL) that a mistyped one was probably meant to be, or NULL.
 */
const char *closest_word(const char *typed, const char *const *words);

#endif
