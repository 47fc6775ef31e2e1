/*
 * Ctrl-C, and being asked to end: both interrupt functions only set flags, so a signal handler may call them. What was
 * half-made is then removed as after any other failure.
 */

#include "cli/interrupt.h"

#include "base/duckdb.h"
#include "cli/output/status_line.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static _Atomic(duckalog_catalog *) running_catalog;
static _Atomic(duckdb_connection) running_connection;
static _Atomic(atomic_bool *) running_flag;
static atomic_bool is_pager_there;
static atomic_bool was_asked;

static void on_interrupt(int number)
{
    static volatile sig_atomic_t times;
    duckalog_catalog *catalog = atomic_load(&running_catalog);
    duckdb_connection connection = atomic_load(&running_connection);
    atomic_bool *flag = atomic_load(&running_flag);

    atomic_store(&was_asked, true);
    if (!(number == SIGINT && atomic_load(&is_pager_there)) &&
        (times++ > 0 || (catalog == NULL && connection == NULL && flag == NULL))) {
        status_line_leave();
        _exit(130);
    }
    if (catalog != NULL)
        duckalog_interrupt(catalog);
    if (connection != NULL)
        duckdb_interrupt(connection);
    if (flag != NULL)
        atomic_store(flag, true);
}

static void listen(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

void interrupt_catalog(duckalog_catalog *catalog)
{
    atomic_store(&running_catalog, catalog);
    listen();
}

void interrupt_connection(duckdb_connection connection)
{
    atomic_store(&running_connection, connection);
    listen();
}

void interrupt_flag(atomic_bool *flag)
{
    atomic_store(&running_flag, flag);
    listen();
}

void interrupt_waits(void)
{
    static atomic_bool ignored;

    interrupt_flag(&ignored);
    atomic_store(&running_catalog, NULL);
    atomic_store(&running_connection, NULL);
}

bool interrupt_was_asked(void)
{
    return atomic_load(&was_asked);
}

void interrupt_spares_program(bool spares)
{
    atomic_store(&is_pager_there, spares);
}

bool interrupt_is_spared(void)
{
    return atomic_load(&is_pager_there);
}

void interrupt_nothing(void)
{
    atomic_store(&running_catalog, NULL);
    atomic_store(&running_connection, NULL);
    atomic_store(&running_flag, NULL);
}
