#include "cli/shell/signals.h"

#include "base/clock.h"
#include "base/duckdb.h"
#include "cli/interrupt.h"
#include "cli/output/status_line.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A key that is held down comes thirty times a second. */
enum { PATIENCE = 3, PATIENCE_MS = 1000 };

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };

enum { NUMBER_COUNT = sizeof(numbers) / sizeof(numbers[0]) };

static struct sigaction before[NUMBER_COUNT];
static int notes[2] = { -1, -1 };
static duckalog_catalog *catalog;
static atomic_bool is_at_work;
static _Atomic(duckdb_connection) connection_at_work; /* NULL: the catalog's */
static atomic_int times_stopped;                      /* of the work that runs */
static _Atomic(double) first_stopped_ms;              /* when that was the first time */
static atomic_bool has_to_end;
static bool is_on_terminal;
static struct termios modes; /* of the terminal, when the shell began */

static void tell(char note)
{
    /* A full pipe has notes enough. */
    if (write(notes[1], &note, 1) < 0)
        return;
}

static void stop_work(void)
{
    duckdb_connection connection = atomic_load(&connection_at_work);

    /* Below what the terminal shows for the key, which goes with the line of the progress; a pager has a screen of its own. */
    if (is_on_terminal && !interrupt_is_spared() && !status_line_leave() && write(STDERR_FILENO, "\n", 1) < 0)
        atomic_store(&has_to_end, true);
    if (connection != NULL)
        duckdb_interrupt(connection);
    else
        duckalog_interrupt(catalog);
}

/* A completion runs within the line that is edited: then the terminal is the editor's. */
static void leave_editor(void)
{
    static const char no_marks_of_paste[] = "\033[?2004l\r\n";

    if (!is_on_terminal || atomic_load(&connection_at_work) == NULL)
        return;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    if (write(STDOUT_FILENO, no_marks_of_paste, sizeof(no_marks_of_paste) - 1) < 0)
        return;
}

static bool is_patience_over(void)
{
    int times = atomic_fetch_add(&times_stopped, 1) + 1;

    if (times == 1)
        atomic_store(&first_stopped_ms, clock_ms());
    return times >= PATIENCE && clock_ms() - atomic_load(&first_stopped_ms) >= PATIENCE_MS;
}

/* A thread of DuckDB's may be the one that gets the signal: the one that waits is woken by the pipe. */
static void on_signal(int number)
{
    bool stops = number != SIGWINCH && atomic_load(&is_at_work);
    int kept = errno;

    if (number == SIGTERM || number == SIGHUP)
        atomic_store(&has_to_end, true);
    if (number != SIGINT || !stops)
        tell(number == SIGWINCH ? NOTE_RESIZE : number == SIGINT ? NOTE_INTERRUPT : NOTE_END);
    if (stops) {
        if (is_patience_over() && !(number == SIGINT && interrupt_is_spared())) {
            status_line_leave();
            leave_editor();
            _exit(130);
        }
        stop_work();
    }
    errno = kept;
}

static bool make_pipe(void)
{
    if (pipe(notes) != 0)
        return false;
    for (int i = 0; i < 2; i++)
        if (fcntl(notes[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(notes[i], F_SETFL, O_NONBLOCK) != 0)
            return false;
    return true;
}

bool signals_begin(duckalog_catalog *of_shell)
{
    struct sigaction action;

    catalog = of_shell;
    is_on_terminal = isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && tcgetattr(STDIN_FILENO, &modes) == 0;
    if (!make_pipe())
        return false;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < NUMBER_COUNT; i++) {
        /* Another size of the window breaks off nothing; what is to stop should not wait for a pipe or a slow terminal. */
        action.sa_flags = numbers[i] == SIGWINCH ? SA_RESTART : 0;
        if (sigaction(numbers[i], &action, &before[i]) != 0)
            return false;
    }
    return true;
}

void signals_end(void)
{
    for (int i = 0; i < NUMBER_COUNT; i++)
        sigaction(numbers[i], &before[i], NULL);
    for (int i = 0; i < 2; i++) {
        if (notes[i] >= 0)
            close(notes[i]);
        notes[i] = -1;
    }
}

void signals_begin_work(duckdb_connection connection)
{
    atomic_store(&times_stopped, 0);
    atomic_store(&connection_at_work, connection);
    atomic_store(&is_at_work, true);
}

void signals_end_work(void)
{
    atomic_store(&is_at_work, false);
}

bool signals_stopped_work(void)
{
    return atomic_load(&times_stopped) > 0;
}

bool signals_want_end(void)
{
    return atomic_load(&has_to_end);
}

int signals_descriptor(void)
{
    return notes[0];
}

enum signal_note signals_take(void)
{
    char note = NOTE_NONE;

    while (read(notes[0], &note, 1) < 0 && errno == EINTR)
        continue;
    return atomic_load(&has_to_end) ? NOTE_END : (enum signal_note)note;
}
