#ifndef DUCKALOG_CLI_SHELL_EDITOR_H
#define DUCKALOG_CLI_SHELL_EDITOR_H

/*
 * A line that a person edits on a terminal: history, completion, pasted text of several lines. By libedit.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct editor;

/* How to go on from what is typed: each in place of the last `replaced` bytes before the cursor. */
struct offers {
    size_t replaced;
    const char **items; /* `count` of them, each once, in the order in which they are shown */
    size_t count;
};

typedef void (*editor_offer)(void *user, const char *before_cursor, const char *after_cursor, struct arena *arena,
                             struct offers *ret_offers);

enum editor_end {
    EDITOR_LINE,
    EDITOR_CLEARED, /* by Ctrl-C: what was typed is not wanted */
    EDITOR_END,     /* by Ctrl-D, or there is no terminal any more */
};

/* NULL: no memory, or a terminal that can't be written to but at its end; `offer` is called with `user`. */
struct editor *editor_open(editor_offer offer, void *user);
void editor_close(struct editor *editor);

/* The line has no end of line; it is the editor's, until the next one is read. */
enum editor_end editor_read(struct editor *editor, const char *prompt, const char **ret_line);

/* The youngest entry of the history, which may have several lines. */
void editor_remember(struct editor *editor, const char *entry);

#endif
