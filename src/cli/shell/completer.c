/*
 * What a tab does: as much as all offers have in common is inserted; when that is nothing, they are listed.
 */

#include "cli/shell/completer.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/terminal.h"
#include "cli/shell/signals.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

enum { MOST_SHOWN = 200, LONGEST_OFFER = 60 };

/* While it is looked for, which may take long: Ctrl-C is a signal then, and nothing else is. */
static void let_signals_through(bool on)
{
    struct termios modes;

    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    modes.c_lflag = on ? modes.c_lflag | ISIG : modes.c_lflag & ~(tcflag_t)ISIG;
    modes.c_cc[VSUSP] = modes.c_cc[VQUIT] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

static size_t common_length(const struct offers *offers)
{
    size_t length = offers->count > 0 ? strlen(offers->items[0]) : 0;

    for (size_t i = 1; i < offers->count; i++) {
        size_t same = 0;

        while (same < length && ascii_lower(offers->items[0][same]) == ascii_lower(offers->items[i][same]))
            same++;
        length = same;
    }
    /* Not within a character. */
    while (length > 0 && offers->count > 1 && ((unsigned char)offers->items[0][length] & 0xC0) == 0x80)
        length--;
    return length;
}

/* Below the line, in columns from top to bottom. */
static void show(const struct offers *offers)
{
    size_t shown = offers->count < MOST_SHOWN ? offers->count : MOST_SHOWN;
    size_t width = 0;
    size_t columns;
    size_t lines;

    for (size_t i = 0; i < shown; i++) {
        size_t length = strlen(offers->items[i]);

        width = length > width ? length : width;
    }
    width = (width < LONGEST_OFFER ? width : LONGEST_OFFER) + 2;
    columns = terminal_of_output().width / width;
    columns = columns == 0 ? 1 : columns;
    lines = (shown + columns - 1) / columns;
    putchar('\n');
    for (size_t row = 0; row < lines; row++) {
        for (size_t i = row; i < shown; i += lines)
            printf("%-*s", i + lines < shown ? (int)width : 0, offers->items[i]);
        putchar('\n');
    }
    if (shown < offers->count)
        printf("… and %zu more\n", offers->count - shown);
}

/* In place of what is typed of it. */
static bool insert(EditLine *line, const char *typed, const char *item, size_t length, bool is_whole)
{
    const char *from = typed;
    mbstate_t state = { 0 };
    size_t characters = mbsrtowcs(NULL, &from, 0, &state);
    struct text inserted = text_on_heap();

    text_add_length(&inserted, item, length);
    if (is_whole && length > 0 && strchr("./(", item[length - 1]) == NULL)
        text_add_char(&inserted, ' ');
    if (characters == (size_t)-1 || text_string(&inserted) == NULL)
        return false;
    el_deletestr(line, (int)characters);
    el_insertstr(line, text_string(&inserted));
    text_free(&inserted);
    return true;
}

static unsigned char complete(EditLine *line, editor_offer offer, void *user, struct arena *arena, bool *ret_stopped)
{
    const LineInfo *now = el_line(line);
    struct offers offers = { 0 };
    char *before = arena_copy(arena, now->buffer, (size_t)(now->cursor - now->buffer));
    char *after = arena_copy(arena, now->cursor, (size_t)(now->lastchar - now->cursor));
    size_t length;

    if (before == NULL || after == NULL)
        return CC_ERROR;
    let_signals_through(true);
    offer(user, before, after, arena, &offers);
    let_signals_through(false);
    *ret_stopped = signals_stopped_work();
    if (*ret_stopped)
        return CC_ERROR;
    length = common_length(&offers);
    if (offers.count == 1 || length > offers.replaced)
        return insert(line, before + strlen(before) - offers.replaced, offers.items[0], length, offers.count == 1)
                   ? CC_REFRESH
                   : CC_ERROR;
    if (offers.count == 0)
        return CC_ERROR;
    show(&offers);
    return CC_REDISPLAY;
}

unsigned char completer_run(EditLine *line, editor_offer offer, void *user, bool *ret_stopped)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    unsigned char end = arena == NULL ? CC_ERROR : complete(line, offer, user, arena, ret_stopped);

    arena_destroy(arena);
    return end;
}
