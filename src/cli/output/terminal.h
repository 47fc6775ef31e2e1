#ifndef DUCKALOG_CLI_OUTPUT_TERMINAL_H
#define DUCKALOG_CLI_OUTPUT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Where output goes, when that is a person's terminal. */
struct terminal {
    bool is_there;
    bool has_colours; /* neither NO_COLOR nor TERM=dumb says otherwise */
    bool has_boxes;   /* it draws what is not ASCII */
    size_t width;     /* in columns */
    size_t height;    /* in lines */
};

/* Of standard output. What is no terminal has nothing. */
struct terminal terminal_of_output(void);

#endif
