#define _GNU_SOURCE /* environ, fopencookie(), posix_spawn_file_actions_addclosefrom_np() */
#include "cli/output/pager.h"

#include "cli/file.h"
#include "cli/interrupt.h"
#include "cli/output/terminal.h"
#include "cli/output/width.h"
#include "cli/print.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- which one ---- */

/* Colours are shown, long lines cut and moved sideways, and the text stays when less is left. Unless LESS says otherwise. */
#define USUAL_LESS "LESS=-RSX"

const char *pager_command(void)
{
    struct terminal terminal = terminal_of_output();
    const char *command = getenv("DUCKALOG_PAGER");

    if (!terminal.is_there || terminal.is_dumb || !isatty(STDIN_FILENO))
        return NULL;
    if (command == NULL)
        command = getenv("PAGER");
    return command == NULL || is_blank(command) || strcmp(command, "cat") == 0 ? NULL : command;
}

/* ---- does it fit? ---- */

/* How wide a line is, up to one more than there is room for. Colours take no room, and tabs at most eight columns. */
static bool is_line_wider(const char *line, size_t length, size_t width)
{
    struct text shown = text_on_heap();
    size_t taken = 0;
    bool wider;

    for (size_t i = 0; i < length; i++)
        if (line[i] == '\033') {
            while (i < length && line[i] != 'm')
                i++;
        } else
            text_add(&shown, line[i] == '\t' ? "        " : (char[]){ line[i], '\0' });
    wider = text_string(&shown) == NULL || width_cut(text_string(&shown), width, &taken) < shown.length;
    text_free(&shown);
    return wider;
}

enum { LONGEST_CHARACTER = 32 /* bytes that are one column wide: a letter with many marks */ };

/* The last line is left to the prompt that follows. */
static bool fits(const struct pager *pager)
{
    const char *line = pager->held.chars;
    const char *end = line + pager->held.length;
    size_t lines = 0;

    for (; line < end; lines++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));

        /* Of a line that has not ended yet the last character may be half of one. */
        if (newline == NULL)
            return lines + 1 < pager->height && (size_t)(end - line) <= pager->width * LONGEST_CHARACTER;
        if (is_line_wider(line, (size_t)(newline - line), pager->width))
            return false;
        line = newline + 1;
    }
    return lines < pager->height;
}

/* ---- the process ---- */

/* The environment with LESS in it; NULL: no memory. The strings are those of the process. */
static char **environment_with_less(void)
{
    static char less[] = USUAL_LESS;
    size_t count = 0;
    char **environment;

    while (environ[count] != NULL)
        count++;
    environment = calloc(count + 2, sizeof(char *));
    if (environment == NULL)
        return NULL;
    memcpy(environment, environ, count * sizeof(char *));
    if (getenv("LESS") == NULL)
        environment[count] = less;
    return environment;
}

/*
 * Signals as in a shell: the program ignores SIGPIPE, which a pager needs, and threads may block others. And none of the files that DuckDB has open: the
 * end of a pipe among them would keep the pump (copy.c) waiting. Returns an errno.
 */
static int spawn(struct pager *pager, int input, char **environment)
{
    char *const words[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)pager->command, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t usual;
    sigset_t blocked;
    int problem;

    sigemptyset(&blocked);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    problem = posix_spawn_file_actions_init(&actions);
    if (problem != 0)
        return problem;
    problem = posix_spawnattr_init(&attributes);
    if (problem == 0) {
        posix_spawnattr_setsigdefault(&attributes, &usual);
        posix_spawnattr_setsigmask(&attributes, &blocked);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        problem = posix_spawn(&pager->child, "/bin/sh", &actions, &attributes, words, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

/* False when there is no process to be had. */
static bool start(struct pager *pager)
{
    char **environment = environment_with_less();
    int ends[2];
    int problem;

    if (environment == NULL || pipe(ends) != 0) {
        free(environment);
        return false;
    }
    problem = spawn(pager, ends[0], environment);
    free(environment);
    close(ends[0]);
    if (problem != 0) {
        close(ends[1]);
        return false;
    }
    pager->pipe = ends[1];
    interrupt_spares_program(true);
    return true;
}

/* Until the person leaves it. */
static bool wait_for_end(struct pager *pager)
{
    int status = 0;

    close(pager->pipe);
    while (waitpid(pager->child, &status, 0) < 0 && errno == EINTR)
        ;
    interrupt_spares_program(false);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127))
        return true;
    print_error(NULL, "name another one in DUCKALOG_PAGER or PAGER, or go without with --no-pager",
                "the pager \"%s\" can't be run", pager->command);
    return false;
}

/* ---- writing ---- */

static bool pass_on(struct pager *pager, const char *chars, size_t length)
{
    bool good = file_write_all(pager->state == PAGER_RUNS ? pager->pipe : STDOUT_FILENO, chars, length);

    if (!good && pager->state == PAGER_RUNS && errno == EPIPE)
        pager->was_left = true;
    return good;
}

static bool show_held(struct pager *pager)
{
    bool good = pass_on(pager, pager->held.chars, pager->held.length);

    text_free(&pager->held);
    return good;
}

/* Without a process for the pager the screen has to do. */
static bool hold(struct pager *pager, const char *chars, size_t length)
{
    text_add_length(&pager->held, chars, length);
    if (text_string(&pager->held) == NULL) {
        errno = ENOMEM;
        return false;
    }
    if (fits(pager))
        return true;
    fflush(stdout);
    pager->state = start(pager) ? PAGER_RUNS : PAGER_IS_MISSING;
    return show_held(pager);
}

bool pager_write(struct pager *pager, const char *chars, size_t length)
{
    if (pager->was_left) {
        errno = EPIPE;
        return false;
    }
    return pager->state == PAGER_HOLDS ? hold(pager, chars, length) : pass_on(pager, chars, length);
}

static ssize_t write_cookie(void *cookie, const char *chars, size_t length)
{
    /* 0 is how a cookie says that it failed. */
    return pager_write(cookie, chars, length) ? (ssize_t)length : 0;
}

bool pager_begin(struct pager *pager, const char *command)
{
    struct terminal terminal = terminal_of_output();

    *pager = (struct pager){ .command = command,
                             .held = text_on_heap(),
                             .width = terminal.width,
                             .height = terminal.height,
                             .state = PAGER_HOLDS };
    pager->out = fopencookie(pager, "w", (cookie_io_functions_t){ .write = write_cookie });
    return pager->out != NULL;
}

void pager_settle(struct pager *pager)
{
    fflush(pager->out);
    if (pager->state == PAGER_HOLDS && pager->held.length > 0) {
        fflush(stdout);
        show_held(pager);
    }
}

bool pager_is_running(const struct pager *pager)
{
    return pager->state == PAGER_RUNS;
}

bool pager_make_way(struct pager *pager)
{
    bool good;

    pager_settle(pager);
    if (pager->state != PAGER_RUNS)
        return true;
    good = wait_for_end(pager);
    pager->state = PAGER_HOLDS;
    return good;
}

bool pager_end(struct pager *pager)
{
    bool good = pager_make_way(pager);

    fclose(pager->out);
    text_free(&pager->held);
    return good;
}
