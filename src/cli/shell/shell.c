/*
 * The loop of the shell: where lines come from, and when a statement is complete.
 */

#include "cli/shell/shell.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/sql.h"
#include "cli/output/terminal.h"
#include "cli/print.h"
#include "cli/shell/editor.h"
#include "cli/shell/history.h"
#include "cli/shell/lines.h"
#include "cli/shell/signals.h"
#include "engine/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROMPT "duckalog> "
#define PROMPT_OF_MORE "     ...> "

/* ---- statements ---- */

void shell_end_work(struct shell *shell)
{
    signals_end_work();
    shell->was_stopped = signals_stopped_work();
    if (shell->was_stopped && (!shell->is_on_terminal || signals_want_end()))
        shell->has_to_end = true;
}

int shell_run_sql(struct shell *shell, const char *sql)
{
    const char *const texts[] = { sql, NULL };
    double began_ms = clock_ms();
    int code;

    signals_begin_work(NULL);
    shell->session.redactor = catalog_redactor(shell->catalog);
    code = results_print(&shell->session, texts, &shell->form);
    shell_end_work(shell);
    if (shell->has_to_end)
        code = exit_code_of(DUCKALOG_INTERRUPTED);
    if (fflush(stdout) != 0 && errno != EINTR)
        shell->has_to_end = true;
    else if (shell->was_stopped)
        clearerr(stdout); /* what was broken off is not wanted */
    if (shell->shows_time)
        fprintf(stderr, "time: %.0f ms\n", clock_ms() - began_ms);
    return code;
}

/* Before it is run, as that may end the program. What gives a secret away is not even kept for this shell. */
static void keep(struct shell *shell, const char *typed)
{
    struct text entry = text_on_heap();

    if (shell->editor == NULL)
        return;
    text_add(&entry, typed);
    text_trim_end(&entry);
    if (text_string(&entry) != NULL && !history_is_secret(text_string(&entry), catalog_redactor(shell->catalog))) {
        editor_remember(shell->editor, text_string(&entry));
        if (shell->history_path != NULL && !history_append(shell->history_path, text_string(&entry))) {
            fprintf(stderr, "warning: what is typed is not kept: %s can't be written\n", shell->history_path);
            shell->history_path = NULL;
        }
    }
    text_free(&entry);
}

static void remember_failure(struct shell *shell, int code)
{
    if (shell->code == 0)
        shell->code = code;
}

static void forget_pending(struct shell *shell)
{
    text_free(&shell->pending);
    shell->looked_at = 0;
    shell->last_token = SQL_END;
}

/*
 * Does it end with a semicolon, outside of quotes and comments? Nothing but comments is complete as well. A token is looked
 * at once: a statement may have a semicolon in each of its many lines.
 */
static bool is_complete(struct shell *shell, bool *ret_is_empty)
{
    const char *sql = text_string(&shell->pending);
    struct sql_token token = sql_next(sql + shell->looked_at);

    for (; token.kind != SQL_END && token.kind != SQL_UNCLOSED; token = sql_next(token.start + token.length)) {
        shell->looked_at = (size_t)(token.start + token.length - sql);
        shell->last_token = token.kind;
    }
    *ret_is_empty = token.kind == SQL_END && shell->last_token == SQL_END;
    return token.kind == SQL_END && (*ret_is_empty || shell->last_token == SQL_SEMICOLON);
}

static void run_pending(struct shell *shell)
{
    keep(shell, text_string(&shell->pending));
    text_free(&shell->last);
    text_add(&shell->last, text_string(&shell->pending));
    remember_failure(shell, shell_run_sql(shell, text_string(&shell->pending)));
    forget_pending(shell);
}

static bool is_word_to_leave(const char *line)
{
    struct sql_token word = sql_next(line);
    struct sql_token next = sql_next(word.start + word.length);

    if (next.kind == SQL_SEMICOLON)
        next = sql_next(next.start + next.length);
    return (sql_token_is(&word, "quit") || sql_token_is(&word, "exit")) && next.kind == SQL_END;
}

void shell_take_line(struct shell *shell, const char *line, size_t length)
{
    const char *start = line + strspn(line, " \t\r\f\v");
    bool is_empty;

    if (strlen(line) != length) {
        print_error(NULL, NULL, "this line has a NUL in it, so it is no SQL");
        remember_failure(shell, exit_code_of(DUCKALOG_USAGE));
        return;
    }
    if (shell->pending.length == 0 && *start == '.') {
        keep(shell, start);
        remember_failure(shell, dot_run(shell, start));
        return;
    }
    if (shell->pending.length == 0 && is_word_to_leave(line)) {
        shell->has_to_end = true;
        return;
    }
    text_add_length(&shell->pending, line, length);
    text_add_char(&shell->pending, '\n');
    if (text_string(&shell->pending) == NULL) {
        print_error(NULL, NULL, "there is no memory for this statement");
        remember_failure(shell, exit_code_of(DUCKALOG_NOMEM));
        forget_pending(shell);
        return;
    }
    /* A long statement is looked at only where it may end. */
    if (shell->pending.length > length + 1 && memchr(line, ';', length) == NULL)
        return;
    if (!is_complete(shell, &is_empty))
        return;
    if (is_empty)
        forget_pending(shell);
    else
        run_pending(shell);
}

/* ---- without an editor ---- */

static void prompt(const struct shell *shell)
{
    fputs(shell->pending.length == 0 ? PROMPT : PROMPT_OF_MORE, stdout);
    fflush(stdout);
}

static void take_all_lines(struct shell *shell, int file, bool has_prompt)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* of UTF-8, at the beginning of some files */
    bool is_first = true;
    struct lines lines;
    enum lines_end end = LINES_LINE;

    lines_begin(&lines, file);
    while (!shell->has_to_end && !(shell->depth > 0 && shell->was_stopped) && end != LINES_END && end != LINES_FAILED) {
        const char *line;
        size_t length;

        if (has_prompt)
            prompt(shell);
        end = lines_read(&lines, &line, &length);
        if (end == LINES_LINE) {
            size_t skipped = is_first && length >= 3 && memcmp(line, mark, 3) == 0 ? 3 : 0;

            is_first = false;
            shell_take_line(shell, line + skipped, length - skipped);
        } else if (end == LINES_CLEARED && has_prompt) {
            forget_pending(shell);
            putchar('\n');
        } else if (end == LINES_CLEARED) {
            remember_failure(shell, exit_code_of(DUCKALOG_INTERRUPTED));
            break;
        }
    }
    if (end == LINES_FAILED) {
        print_error(NULL, NULL, "the input can't be read: %s", errno != 0 ? strerror(errno) : "there is no memory");
        remember_failure(shell, exit_code_of(DUCKALOG_INTERNAL));
    } else if (end == LINES_END && has_prompt)
        putchar('\n');
    else if (end == LINES_END && shell->pending.length > 0) /* the last one needs no semicolon */
        run_pending(shell);
    forget_pending(shell);
    lines_free(&lines);
}

int shell_read(struct shell *shell, int file)
{
    struct shell inner = *shell;

    inner.pending = text_on_heap();
    inner.was_stopped = false;
    inner.last = text_on_heap();
    inner.editor = NULL;
    inner.code = 0;
    inner.depth++;
    take_all_lines(&inner, file, false);
    text_free(&inner.last);
    shell->form = inner.form;
    shell->shows_time = inner.shows_time;
    shell->was_stopped = inner.was_stopped;
    shell->has_to_end = inner.has_to_end;
    return inner.code;
}

/* ---- with one ---- */

static void remember_entry(void *user, const char *entry)
{
    editor_remember(user, entry);
}

static void take_edited_lines(struct shell *shell)
{
    enum editor_end end = EDITOR_LINE;

    while (!shell->has_to_end && end != EDITOR_END) {
        const char *line;

        end = editor_read(shell->editor, shell->pending.length == 0 ? PROMPT : PROMPT_OF_MORE, &line);
        if (end == EDITOR_LINE)
            shell_take_line(shell, line, strlen(line));
        else if (end == EDITOR_CLEARED)
            forget_pending(shell);
        else
            putchar('\n');
    }
    forget_pending(shell);
}

static void greet(const struct shell *shell)
{
    const duckalog_summary *summary = duckalog_get_summary(shell->catalog);

    const char *slash = strrchr(summary->database, '/');

    printf("duckalog %s with DuckDB %s on %s: %zu view%s\n", duckalog_version(), duckdb_library_version(),
           slash != NULL ? slash + 1 : summary->database, summary->views, summary->views == 1 ? "" : "s");
    puts("Statements end with a semicolon; .help shows what else there is, Ctrl-D leaves.");
}

static void run_on_terminal(struct shell *shell, bool is_quiet)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    const char *kind = getenv("TERM");
    bool is_dumb = kind == NULL || *kind == '\0' || strcmp(kind, "dumb") == 0;

    if (arena != NULL && !is_dumb)
        shell->editor = editor_open(offers_find, shell);
    if (!is_quiet)
        greet(shell);
    if (shell->editor == NULL)
        take_all_lines(shell, STDIN_FILENO, true);
    else {
        shell->history_path = history_path(arena);
        if (shell->history_path != NULL)
            history_load(shell->history_path, remember_entry, shell->editor);
        take_edited_lines(shell);
    }
    editor_close(shell->editor);
    if (shell->offering != NULL)
        duckdb_disconnect(&shell->offering);
    arena_destroy(arena);
}

int shell_run(duckalog_catalog *catalog, const struct result_session *session, const struct result_form *form,
              bool is_quiet)
{
    struct shell shell = {
        .catalog = catalog, .session = *session, .form = *form, .pending = text_on_heap(), .last = text_on_heap()
    };

    shell.is_on_terminal = isatty(STDIN_FILENO) && terminal_of_output().is_there;
    shell.form.file = NULL;
    shell.form.plot = (struct plot){ 0 };
    shell.session.is_stopped = signals_stopped_work;
    if (!signals_begin(catalog)) {
        print_error(NULL, NULL, "signals can't be listened for: %s", strerror(errno));
        signals_end();
        return exit_code_of(DUCKALOG_INTERNAL);
    }
    if (shell.is_on_terminal)
        run_on_terminal(&shell, is_quiet);
    else
        take_all_lines(&shell, STDIN_FILENO, false);
    signals_end();
    text_free(&shell.last);
    return shell.is_on_terminal ? 0 : shell.code;
}
