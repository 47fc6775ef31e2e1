#ifndef DUCKALOG_CLI_SHELL_LINES_H
#define DUCKALOG_CLI_SHELL_LINES_H

/*
 * Lines that nobody edits here: from a pipe, a file, or a terminal that is too simple.
 */

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct lines {
    int file;
    struct text buffer;
    size_t begin; /* of what was not handed out yet */
    size_t looked_at;
    bool has_ended;
};

enum lines_end {
    LINES_LINE,
    LINES_CLEARED, /* by Ctrl-C */
    LINES_FAILED,  /* errno says why; 0: no memory */
    LINES_END,
};

/* The descriptor stays the caller's. */
void lines_begin(struct lines *lines, int file);
void lines_free(struct lines *lines);

/* The line has no end of line, and `ret_length` bytes; it is there until the next one is read. */
enum lines_end lines_read(struct lines *lines, const char **ret_line, size_t *ret_length);

#endif
