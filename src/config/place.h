#ifndef DUCKALOG_CONFIG_PLACE_H
#define DUCKALOG_CONFIG_PLACE_H

/*
 * Where in the config a walk is: views[0].source is three of these, on the stack of the functions that walk.
 */

#include <stddef.h>

struct text;

struct place {
    const struct place *outer;
    const char *key;
    size_t index; /* of an item of the list `key`; NOT_IN_LIST otherwise */
};

#define NOT_IN_LIST ((size_t)-1)

void place_add(struct text *text, const struct place *place);

#endif
