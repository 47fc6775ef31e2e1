#ifndef DUCKALOG_CLI_IMPORT_WALK_H
#define DUCKALOG_CLI_IMPORT_WALK_H

/*
 * A walk over the files of a config and what they import: each entry once, also of a config with errors.
 */

#include "config/imports.h"

enum import_mark {
    IMPORT_FINE,
    IMPORT_SHOWN,   /* the walk has been to the file before */
    IMPORT_CYCLE,   /* it is on the way to the file at hand */
    IMPORT_MISSING, /* there is no such file, or none that matches */
    IMPORT_REMOTE,  /* a URI */
    IMPORT_UNREAD,  /* there is a file, but not one that can be read */
};

/* An entry of `imports`, and those that lead to it. */
struct import_step {
    const struct import_step *outer; /* NULL: the main file has it */
    const struct config_file *importer;
    const struct import_edge *edge;
    enum import_mark mark;
    bool last; /* of its file */
};

typedef void import_visitor(const struct import_step *step, void *user);

/* Files before those that come after them, what a file imports right after it. False when there is no memory. */
bool import_walk(const struct duckalog_config *config, import_visitor *visit, void *user);

#endif
