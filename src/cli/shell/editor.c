/*
 * Editing by libedit. Keys that libedit has no function for are here: a tab, Ctrl-C and Ctrl-Z (which are characters as
 * long as a line is edited), up and down within text of several lines, and what a terminal sends around pasted text.
 */

#define _XOPEN_SOURCE 700 /* wcwidth */

#include "cli/shell/editor.h"

#include "base/text.h"
#include "cli/output/terminal.h"
#include "cli/shell/completer.h"
#include "cli/shell/signals.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* A terminal that has this sends text that is pasted between two marks of its own. */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

struct editor {
    EditLine *line;
    History *history;
    const char *prompt;
    editor_offer offer;
    void *user;
    bool is_cleared;
    bool is_byte_kept; /* that broke off a character, and is read once more */
    char kept_byte;
    int place_in_history; /* 0: what is typed; 1: the youngest entry */
    struct text typed;    /* while an entry of the history is shown */
    struct text text;     /* the last line */
};

static struct editor *editor_of(EditLine *line)
{
    struct editor *editor = NULL;

    el_get(line, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt_of(EditLine *line)
{
    return (char *)editor_of(line)->prompt; /* libedit does not write to it */
}

/* ---- characters ---- */

/* In how many rows below the first one the cursor is, now that the terminal is so wide. */
static size_t row_of_cursor(EditLine *line, size_t columns)
{
    const LineInfoW *now = el_wline(line);
    size_t column = strlen(editor_of(line)->prompt);
    size_t row = 0;

    for (const wchar_t *c = now->buffer; c < now->cursor; c++) {
        int width = wcwidth(*c);

        column += width > 0 ? (size_t)width : 0;
        if (*c == L'\n' || column > columns) {
            row++;
            column = *c == L'\n' ? 0 : (size_t)width;
        }
    }
    return row;
}

/* libedit forgets what it has drawn: it is wiped away, and drawn again. */
static void draw_again(EditLine *line)
{
    printf("\r");
    for (size_t row = row_of_cursor(line, terminal_of_output().width); row > 0; row--)
        printf("\033[A");
    printf("\033[J");
    el_resize(line);
    el_set(line, EL_REFRESH);
}

/* False: no more will come. */
static bool wait_for_byte(EditLine *line)
{
    struct pollfd polled[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                               { .fd = signals_descriptor(), .events = POLLIN } };

    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return false;
        if (polled[1].revents != 0) {
            enum signal_note note = signals_take();

            if (note == NOTE_END)
                return false;
            if (note == NOTE_RESIZE)
                draw_again(line);
        } else if (polled[0].revents != 0)
            return true;
    }
}

/* As libedit's own one, but for waiting. What is no UTF-8 is a character that says so. */
static int read_char(EditLine *line, wchar_t *ret_char)
{
    struct editor *editor = editor_of(line);
    mbstate_t state = { 0 };
    size_t bytes = 0;
    size_t length;
    char byte;

    do {
        ssize_t count = -1;

        if (editor->is_byte_kept) {
            byte = editor->kept_byte;
            editor->is_byte_kept = false;
            count = 1;
        }
        while (count < 0) {
            if (!wait_for_byte(line))
                return 0;
            count = read(STDIN_FILENO, &byte, 1);
            if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN))
                return 0;
        }
        length = mbrtowc(ret_char, &byte, 1, &state);
        bytes++;
    } while (length == (size_t)-2);
    if (length == (size_t)-1) {
        *ret_char = L'\uFFFD';
        editor->is_byte_kept = bytes > 1; /* it may be a key */
        editor->kept_byte = byte;
    }
    return 1;
}

/* ---- keys ---- */

/* The line ends as by Enter, so that libedit goes below it. */
static unsigned char clear_line(EditLine *line, int key)
{
    const LineInfoW *now = el_wline(line);

    (void)key;
    editor_of(line)->is_cleared = true;
    el_cursor(line, (int)(now->lastchar - now->cursor));
    el_winsertstr(line, L"^C");
    el_wpush(line, L"\r");
    return CC_REFRESH;
}

/* To whoever started the program, as a shell does with it; then on with the line. */
static unsigned char suspend(EditLine *line, int key)
{
    (void)key;
    fputs(PASTE_OFF "\n", stdout);
    fflush(stdout);
    el_set(line, EL_PREP_TERM, 0);
    raise(SIGTSTP);
    el_set(line, EL_PREP_TERM, 1);
    fputs(PASTE_ON, stdout);
    el_resize(line);
    return CC_REDISPLAY;
}

static unsigned char end_on_empty_line(EditLine *line, int key)
{
    const LineInfoW *now = el_wline(line);

    (void)key;
    if (now->buffer == now->lastchar)
        return CC_EOF;
    if (now->cursor == now->lastchar)
        return CC_ERROR;
    el_cursor(line, 1);
    el_deletestr(line, 1);
    return CC_REFRESH;
}

static const wchar_t *start_of_line(const LineInfoW *now, const wchar_t *at)
{
    while (at > now->buffer && at[-1] != L'\n')
        at--;
    return at;
}

static const wchar_t *end_of_line(const LineInfoW *now, const wchar_t *at)
{
    while (at < now->lastchar && *at != L'\n')
        at++;
    return at;
}

static unsigned char move_to(EditLine *line, const LineInfoW *now, const wchar_t *start, ptrdiff_t column)
{
    const wchar_t *end = end_of_line(now, start);

    el_cursor(line, (int)((end - start < column ? end : start + column) - now->cursor));
    return CC_CURSOR;
}

/* The n-th youngest entry of the history, from 1; NULL when there are not so many. */
static const char *entry_of_history(struct editor *editor, int n)
{
    HistEvent event;
    int found = history(editor->history, &event, H_FIRST);

    while (found >= 0 && --n > 0)
        found = history(editor->history, &event, H_NEXT);
    return found < 0 ? NULL : event.str;
}

static void replace_line(EditLine *line, const char *text)
{
    const LineInfoW *now = el_wline(line);

    el_cursor(line, (int)(now->lastchar - now->cursor));
    now = el_wline(line);
    el_deletestr(line, (int)(now->lastchar - now->buffer));
    el_insertstr(line, text);
}

/* libedit's own way there forgets what is typed when there is nothing younger. */
static unsigned char go_through_history(EditLine *line, int step)
{
    struct editor *editor = editor_of(line);
    int wanted = editor->place_in_history + step;
    const char *text = wanted == 0 ? text_string(&editor->typed) : wanted > 0 ? entry_of_history(editor, wanted) : NULL;

    if (text == NULL)
        return CC_ERROR;
    if (editor->place_in_history == 0) {
        const LineInfo *now = el_line(line);

        text_free(&editor->typed);
        text_add_length(&editor->typed, now->buffer, (size_t)(now->lastchar - now->buffer));
    }
    editor->place_in_history = wanted;
    replace_line(line, text);
    return CC_REFRESH;
}

/* Within the text when that has a line there; else through the history. */
static unsigned char go_up(EditLine *line, int key)
{
    const LineInfoW *now = el_wline(line);
    const wchar_t *start = start_of_line(now, now->cursor);

    (void)key;
    return start > now->buffer ? move_to(line, now, start_of_line(now, start - 1), now->cursor - start)
                               : go_through_history(line, 1);
}

static unsigned char go_down(EditLine *line, int key)
{
    const LineInfoW *now = el_wline(line);
    const wchar_t *end = end_of_line(now, now->cursor);

    (void)key;
    return end < now->lastchar ? move_to(line, now, end + 1, now->cursor - start_of_line(now, now->cursor))
                               : go_through_history(line, -1);
}

/* ---- pasted text ---- */

static bool ends_with(const wchar_t *text, size_t length, const wchar_t *end)
{
    size_t end_length = wcslen(end);

    return length >= end_length && wmemcmp(text + length - end_length, end, end_length) == 0;
}

/* As it is, with its lines and tabs, which are no keys then. It is run by the key that ends a line, not by its own lines. */
static unsigned char paste(EditLine *line, int key)
{
    static const wchar_t mark[] = L"\033[201~";
    size_t capacity = 256;
    size_t length = 0;
    wchar_t *text = calloc(capacity, sizeof(*text));
    wchar_t next;

    (void)key;
    while (text != NULL && !ends_with(text, length, mark) && el_wgetc(line, &next) == 1) {
        if (length + 1 == capacity) {
            wchar_t *more = realloc(text, 2 * capacity * sizeof(*text));

            if (more == NULL)
                break;
            text = more;
            capacity *= 2;
        }
        if (next == L'\n' && length > 0 && text[length - 1] == L'\r')
            continue;
        text[length++] = next;
    }
    if (text != NULL) {
        size_t kept = 0;

        if (ends_with(text, length, mark))
            length -= wcslen(mark);
        for (size_t i = 0; i < length; i++) {
            wchar_t c = text[i] == L'\r' ? L'\n' : text[i];

            if (c >= L' ' || c == L'\n' || c == L'\t')
                text[kept++] = c;
        }
        while (kept > 0 && text[kept - 1] == L'\n')
            kept--;
        text[kept] = L'\0';
        if (kept > 0)
            el_winsertstr(line, text);
    }
    free(text);
    return CC_REFRESH;
}

static unsigned char complete(EditLine *line, int key)
{
    struct editor *editor = editor_of(line);
    bool stopped = false;
    unsigned char end = completer_run(line, editor->offer, editor->user, &stopped);

    return stopped ? clear_line(line, key) : end;
}

/* ---- the whole ---- */

/* Not for the whole program: numbers keep their point. */
static void speak_utf8(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

/* Before the user's own settings are read. */
static void bind_usual_keys(EditLine *line)
{
    static const char *const keys[][2] = { { "^P", "ed-prev-history" },        { "^N", "ed-next-history" },
                                           { "^R", "em-inc-search-prev" },     { "^W", "ed-delete-prev-word" },
                                           { "\\e[1;5C", "em-next-word" },     { "\\e[1;5D", "ed-prev-word" },
                                           { "\\e[3~", "ed-delete-next-char" } };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        el_set(line, EL_BIND, keys[i][0], keys[i][1], NULL);
}

/* After them: without these keys there is no way out. */
static void bind_own_keys(EditLine *line)
{
    static const struct {
        const char *name;
        const char *help;
        unsigned char (*function)(EditLine *, int);
        const char *keys[3]; /* as `bind` of editrc(5) has them */
    } rows[] = {
        { "duckalog-clear", "Forget the line", clear_line, { "^C" } },
        { "duckalog-suspend", "Suspend the program", suspend, { "^Z" } },
        { "duckalog-end", "Delete a character, or end on an empty line", end_on_empty_line, { "^D" } },
        { "duckalog-complete", "Complete a name", complete, { "^I" } },
        { "duckalog-up", "To the line above", go_up, { "\\e[A", "\\eOA", "^P" } },
        { "duckalog-down", "To the line below", go_down, { "\\e[B", "\\eOB", "^N" } },
        { "duckalog-paste", "Insert what is pasted", paste, { "\\e[200~" } },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        el_set(line, EL_ADDFN, rows[i].name, rows[i].help, rows[i].function);
        for (size_t k = 0; k < 3 && rows[i].keys[k] != NULL; k++)
            el_set(line, EL_BIND, rows[i].keys[k], rows[i].name, NULL);
    }
    el_set(line, EL_BIND, "-a", "^C", "duckalog-clear", NULL); /* of vi's command mode */
}

struct editor *editor_open(editor_offer offer, void *user)
{
    struct editor *editor = calloc(1, sizeof(*editor));
    HistEvent event;

    if (editor == NULL)
        return NULL;
    speak_utf8();
    *editor =
        (struct editor){ .offer = offer, .user = user, .prompt = "", .typed = text_on_heap(), .text = text_on_heap() };
    editor->line = el_init("duckalog", stdin, stdout, stderr);
    editor->history = history_init();
    if (editor->line == NULL || editor->history == NULL) {
        editor_close(editor);
        return NULL;
    }
    history(editor->history, &event, H_SETSIZE, 2000);
    history(editor->history, &event, H_SETUNIQUE, 1);
    el_set(editor->line, EL_CLIENTDATA, editor);
    el_set(editor->line, EL_GETCFN, read_char);
    el_set(editor->line, EL_PROMPT, prompt_of);
    el_set(editor->line, EL_HIST, history, editor->history);
    el_set(editor->line, EL_EDITOR, "emacs");
    bind_usual_keys(editor->line);
    el_source(editor->line, NULL);
    bind_own_keys(editor->line);
    /* Its signals would be lost while keys are read; as characters they have functions. */
    el_set(editor->line, EL_SETTY, "-d", "-isig", NULL);
    return editor;
}

void editor_close(struct editor *editor)
{
    if (editor == NULL)
        return;
    if (editor->line != NULL)
        el_end(editor->line);
    if (editor->history != NULL)
        history_end(editor->history);
    text_free(&editor->typed);
    text_free(&editor->text);
    free(editor);
}

enum editor_end editor_read(struct editor *editor, const char *prompt, const char **ret_line)
{
    const char *line;
    int length = 0;

    editor->prompt = prompt;
    editor->is_cleared = false;
    editor->place_in_history = 0;
    /* Before the prompt is there: who types at once would see it twice. */
    el_set(editor->line, EL_PREP_TERM, 1);
    fputs(PASTE_ON, stdout);
    fflush(stdout);
    line = el_gets(editor->line, &length);
    fputs(PASTE_OFF, stdout);
    fflush(stdout);
    text_free(&editor->text);
    if (editor->is_cleared)
        return EDITOR_CLEARED;
    if (line == NULL || length <= 0)
        return EDITOR_END;
    text_add_length(&editor->text, line, (size_t)length - (line[length - 1] == '\n'));
    *ret_line = text_string(&editor->text);
    return *ret_line == NULL ? EDITOR_END : EDITOR_LINE;
}

void editor_remember(struct editor *editor, const char *entry)
{
    HistEvent event;

    history(editor->history, &event, H_ENTER, entry);
}
