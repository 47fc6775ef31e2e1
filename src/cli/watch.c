/*
 * The loop of run --watch: wait until a file changes, wait until no more does, reload.
 */

#include "cli/watch.h"

#include "base/arena.h"
#include "base/clock.h"
#include "cli/interrupt.h"
#include "cli/output/status_line.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "cli/watch_files.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    SETTLED_MS = 100,    /* without a change: whoever saves is done */
    IMPATIENT_MS = 1000, /* after the first change, however many more there are */
    WRITTEN_MS = 5000,   /* the same while a file is being written */
    FOLDER_MS = 500,     /* between two looks for a folder that is gone, or for what takes long to be written */
};

struct watching {
    const struct invocation *invocation;
    duckalog_catalog *catalog;
    struct progress *progress; /* that the catalog tells how far it is */
    struct watched_files *files;
    int code;
};

/* ---- being told to end ---- */

static _Atomic(duckalog_catalog *) reloading;
static volatile sig_atomic_t stopped;
static int stop_pipe[2] = { -1, -1 };

/* A thread of DuckDB's may be the one that gets the signal, so the loop is woken by a pipe. */
static void on_signal(int number)
{
    duckalog_catalog *catalog = atomic_load(&reloading);
    int kept = errno;

    (void)number;
    if (stopped) {
        status_line_leave();
        _exit(130);
    }
    stopped = 1;
    if (catalog != NULL)
        duckalog_interrupt(catalog);
    if (write(stop_pipe[1], "", 1) < 0)
        _exit(130);
    errno = kept;
}

static bool listen_for_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    if (pipe(stop_pipe) != 0 || fcntl(stop_pipe[0], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(stop_pipe[1], F_SETFD, FD_CLOEXEC) != 0)
        return false;
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0 &&
           sigaction(SIGHUP, &action, NULL) == 0;
}

/* ---- what is watched ---- */

/* The path as it was written: it may be a link. */
static bool add_main_file(struct watching *watching)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    const char *path = arena == NULL ? NULL : path_from_user(arena, watching->invocation->operands[0]);
    bool good = path != NULL && watch_files_add(watching->files, path);

    arena_destroy(arena);
    return good;
}

/* A config that can't be taken has files too, and the mistake may be in one that the last good one did not have. */
static bool add_files_of_bad_config(struct watching *watching)
{
    struct duckalog_config *config = NULL;
    duckalog_report *report = NULL;
    bool good;

    show_load(watching->invocation, true, &config, &report);
    good = config == NULL || watch_files_add_config(watching->files, config);
    duckalog_config_free(config);
    duckalog_report_free(report);
    return good;
}

static int fail(const char *what)
{
    print_error(NULL, NULL, "%s: %s", what, strerror(errno));
    return exit_code_of(DUCKALOG_INTERNAL);
}

/* ---- reloading ---- */

/* It was closed to begin anew, and could not be opened again. */
static bool end_without_catalog(struct watching *watching, duckalog_status status, duckalog_report *report)
{
    duckalog_report_free(report);
    print_error(NULL, "run it again when that is mended", "the catalog is closed");
    watching->code = exit_code_of(status);
    return false;
}

/* False when it is time to end. */
static bool reload_catalog(struct watching *watching)
{
    duckalog_report *report = NULL;
    duckalog_status status;
    bool is_done;
    bool good;

    if (!watch_files_look_again(watching->files)) {
        watching->code = fail("watching files");
        return false;
    }
    atomic_store(&reloading, watching->catalog);
    progress_begin(watching->progress, NULL, progress_is_wanted(watching->invocation));
    status = stopped ? DUCKALOG_INTERRUPTED : duckalog_reload(watching->catalog, &report);
    progress_end(watching->progress);
    atomic_store(&reloading, NULL);
    if (stopped) {
        duckalog_report_free(report);
        return false;
    }
    print_report(report, DUCKALOG_WARNING);
    /* Also with a secret that can't be stored, which is an error: the catalog has the new config then. */
    is_done = status == DUCKALOG_OK || catalog_is_reloaded(watching->catalog);
    if (catalog_config(watching->catalog) == NULL)
        return end_without_catalog(watching, status, report);
    if (!is_done)
        fputs("notice: the catalog stays as it was until that is mended\n", stderr);
    good = print_reloaded(report);
    duckalog_report_free(report);
    if (!good) {
        watching->code = finish_output();
        return false;
    }
    good = watch_files_add_config(watching->files, catalog_config(watching->catalog)) &&
           (is_done || add_files_of_bad_config(watching));
    if (!good)
        watching->code = fail("watching files");
    return good;
}

/* Waits for a change, at most so long; false when it is time to end. A negative time is for ever. */
static bool wait_for_change(struct watching *watching, int timeout_ms, bool *ret_changed)
{
    struct pollfd polled[] = { { .fd = watch_files_descriptor(watching->files), .events = POLLIN },
                               { .fd = stop_pipe[0], .events = POLLIN } };

    *ret_changed = false;
    if (poll(polled, 2, timeout_ms) < 0 && errno != EINTR) {
        watching->code = fail("watching files");
        return false;
    }
    *ret_changed = watch_files_have_changed(watching->files);
    if (watch_files_lack_folders(watching->files) && watch_files_find_folders(watching->files))
        *ret_changed = true;
    return !stopped;
}

/* An editor writes a file in several steps, and a checkout many files: all of that is one change. */
static bool settle(struct watching *watching)
{
    double begun = clock_ms();
    double quiet_since = begun;
    double now = begun;

    while ((now < quiet_since + SETTLED_MS && now < begun + IMPATIENT_MS) ||
           (watch_files_are_written(watching->files) && now < begun + WRITTEN_MS)) {
        bool changed;

        if (!wait_for_change(watching, SETTLED_MS, &changed))
            return false;
        now = clock_ms();
        if (changed)
            quiet_since = now;
    }
    return true;
}

static int time_to_wait(const struct watching *watching)
{
    bool has_to_look = watch_files_lack_folders(watching->files) || watch_files_are_written(watching->files);

    return has_to_look ? FOLDER_MS : -1;
}

static void follow(struct watching *watching)
{
    bool goes_on = true;

    while (goes_on) {
        bool changed;

        goes_on = wait_for_change(watching, time_to_wait(watching), &changed);
        if (goes_on && changed)
            goes_on = settle(watching) && reload_catalog(watching);
    }
}

int watch_catalog(const struct invocation *invocation, duckalog_catalog *catalog, struct progress *progress)
{
    struct watching watching = {
        .invocation = invocation, .catalog = catalog, .progress = progress, .files = watch_files_begin()
    };

    if (watching.files == NULL)
        return fail("files can't be watched");
    interrupt_nothing();
    catalog_let_begin_anew(catalog);
    if (!listen_for_signals() || !add_main_file(&watching) ||
        !watch_files_add_config(watching.files, catalog_config(catalog)))
        watching.code = fail("files can't be watched");
    else {
        if (!has_option(invocation, OPTION_QUIET))
            printf("watching %zu file%s; Ctrl-C ends\n", watch_files_count(watching.files),
                   watch_files_count(watching.files) == 1 ? "" : "s");
        /* What changed since the config was read is not to be missed. */
        if (fflush(stdout) != 0)
            watching.code = finish_output();
        else if (reload_catalog(&watching))
            follow(&watching);
    }
    watch_files_end(watching.files);
    return watching.code;
}
