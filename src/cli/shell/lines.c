#include "cli/shell/lines.h"

#include "cli/shell/signals.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void lines_begin(struct lines *lines, int file)
{
    *lines = (struct lines){ .file = file, .buffer = text_on_heap() };
}

void lines_free(struct lines *lines)
{
    text_free(&lines->buffer);
}

/* What was handed out makes room for what comes. */
static void move_down(struct lines *lines)
{
    if (lines->begin == 0)
        return;
    memmove(lines->buffer.chars, lines->buffer.chars + lines->begin, lines->buffer.length - lines->begin);
    lines->buffer.length -= lines->begin;
    lines->looked_at -= lines->begin;
    lines->begin = 0;
}

/* LINES_LINE: there is more. */
static enum lines_end read_more(struct lines *lines)
{
    struct pollfd polled[] = { { .fd = lines->file, .events = POLLIN },
                               { .fd = signals_descriptor(), .events = POLLIN } };
    char bytes[16 * 1024];
    ssize_t count;

    if (poll(polled, 2, -1) < 0)
        return errno == EINTR ? LINES_LINE : LINES_FAILED;
    if (polled[1].revents != 0)
        switch (signals_take()) {
        case NOTE_END:
            return LINES_END;
        case NOTE_INTERRUPT:
            return LINES_CLEARED;
        default:
            return LINES_LINE;
        }
    count = read(lines->file, bytes, sizeof(bytes));
    if (count < 0)
        return errno == EINTR || errno == EAGAIN ? LINES_LINE : LINES_FAILED;
    lines->has_ended = count == 0;
    move_down(lines);
    text_add_length(&lines->buffer, bytes, (size_t)count);
    errno = 0;
    return text_failed(&lines->buffer) ? LINES_FAILED : LINES_LINE;
}

enum lines_end lines_read(struct lines *lines, const char **ret_line, size_t *ret_length)
{
    char *end = NULL;

    while (!lines->has_ended) {
        enum lines_end state;

        if (lines->buffer.length > lines->looked_at)
            end = memchr(lines->buffer.chars + lines->looked_at, '\n', lines->buffer.length - lines->looked_at);
        if (end != NULL)
            break;
        lines->looked_at = lines->buffer.length;
        state = read_more(lines);
        if (state == LINES_CLEARED)
            lines->begin = lines->looked_at = lines->buffer.length;
        if (state != LINES_LINE)
            return state;
    }
    if (end == NULL && lines->buffer.length > lines->looked_at)
        end = memchr(lines->buffer.chars + lines->looked_at, '\n', lines->buffer.length - lines->looked_at);
    if (end == NULL && lines->begin == lines->buffer.length)
        return LINES_END;
    if (end == NULL) /* the last one, which has no end of line */
        end = lines->buffer.chars + lines->buffer.length;
    *ret_line = lines->buffer.chars + lines->begin;
    *ret_length = (size_t)(end - *ret_line);
    lines->begin += *ret_length + (end < lines->buffer.chars + lines->buffer.length);
    lines->looked_at = lines->begin;
    *end = '\0';
    return LINES_LINE;
}
