/*
 * The line is drawn with the cursor back at its beginning. So all of it can be erased by what every terminal knows, also
 * when it takes two lines by now, as the window has become narrower.
 */

#include "cli/output/status_line.h"

#include "base/text.h"
#include "cli/output/terminal.h"
#include "cli/output/width.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define TO_BEGINNING "\r"
#define ERASE_BELOW "\033[J"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what is written to the terminal */
static atomic_bool is_drawn;

/* What can't be written to a terminal can't be told either. */
static void write_out(const char *chars, size_t length)
{
    ssize_t ignored = write(STDERR_FILENO, chars, length);

    (void)ignored;
}

/* With the lock held, but for a signal handler. */
static bool erase(void)
{
    bool was_drawn = atomic_exchange(&is_drawn, false);

    if (was_drawn)
        write_out(TO_BEGINNING ERASE_BELOW, strlen(TO_BEGINNING ERASE_BELOW));
    return was_drawn;
}

/* The terminal is someone else's while the program is in the background. */
static bool is_in_foreground(void)
{
    pid_t group = tcgetpgrp(STDERR_FILENO);

    return group < 0 || group == getpgrp();
}

void status_line_show(const char *text)
{
    struct terminal terminal = terminal_of(STDERR_FILENO);
    struct text line = text_on_heap();
    size_t width;

    if (!terminal.is_there || !is_in_foreground())
        return;
    text_add(&line, TO_BEGINNING);
    text_add_length(&line, text, width_cut(text, terminal.width - 1, &width)); /* a full line would go on */
    text_add(&line, ERASE_BELOW TO_BEGINNING);
    pthread_mutex_lock(&lock);
    if (text_string(&line) != NULL) {
        atomic_store(&is_drawn, true);
        write_out(line.chars, line.length);
    }
    pthread_mutex_unlock(&lock);
    text_free(&line);
}

void status_line_hold(void)
{
    pthread_mutex_lock(&lock);
    erase();
}

void status_line_release(void)
{
    pthread_mutex_unlock(&lock);
}

void status_line_erase(void)
{
    status_line_hold();
    status_line_release();
}

bool status_line_leave(void)
{
    return erase();
}
