#ifndef DUCKALOG_CONFIG_COMBINATION_H
#define DUCKALOG_CONFIG_COMBINATION_H

#include "config/document.h"
#include "config/schema.h"

struct text;

/*
 * Does a mapping of the config keep to a rule of the schema on which keys go together? When not, what is wrong is appended
 * to `problem`.
 */
bool combination_holds(const struct combination *combination, const struct mapping *mapping, const struct node *map,
                       struct text *problem);

enum { SHAPE_WORDS = 2, MOST_SHAPES = 8 };

/* Which keys an object has, and which words: by these it keeps to the rules, or not. Zeroed, but for the mapping. */
struct shape {
    const struct mapping *mapping;
    uint64_t keys;                  /* those that are not empty, the first row being the lowest bit */
    const char *words[SHAPE_WORDS]; /* of the keys whose values are words, in the order of the rows */
};

void shape_add_key(struct shape *shape, const struct key *key, const struct node *value);

/* The last ones that kept to all rules: of ten thousand views most are of a few shapes. Zeroed: none. */
struct shapes {
    struct shape items[MOST_SHAPES];
    size_t next;
};

bool shapes_have(const struct shapes *shapes, const struct shape *shape);
void shapes_add(struct shapes *shapes, const struct shape *shape);

#endif
