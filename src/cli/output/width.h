#ifndef DUCKALOG_CLI_OUTPUT_WIDTH_H
#define DUCKALOG_CLI_OUTPUT_WIDTH_H

/*
 * How wide text is on a terminal, letters with their marks and emoji of several characters included.
 */

#include <stddef.h>

/* In columns. */
size_t width_of(const char *text);

/* How many bytes of the text fit into so many columns; how wide they are goes to `ret_width`. */
size_t width_cut(const char *text, size_t room, size_t *ret_width);

#endif
