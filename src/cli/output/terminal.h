#ifndef DUCKALOG_CLI_OUTPUT_TERMINAL_H
#define DUCKALOG_CLI_OUTPUT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Where output goes, when that is a person's terminal. */
struct terminal {
    bool is_there;
    bool is_dumb;     /* it takes text and nothing else: TERM=dumb, or no TERM */
    bool has_colours; /* neither NO_COLOR nor TERM=dumb says otherwise */
    bool has_boxes;   /* it draws what is not ASCII */
    size_t width;     /* in columns */
    size_t height;    /* in lines */
};

/* Of standard output, or of another descriptor. What is no terminal has nothing. */
struct terminal terminal_of_output(void);
struct terminal terminal_of(int descriptor);

#endif
