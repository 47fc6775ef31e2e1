#include "cli/progress.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include "cli/output/status_line.h"
#include "cli/output/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    FIRST_MS = 1000, /* what is done by then needs no bar */
    AGAIN_MS = 100,
    BAR_WIDTH = 20,
    LEAST_FOR_BAR = 50, /* columns of the terminal */
    MEGABYTE = 1000000,
};

/* ---- the line ---- */

static void add_bar(struct text *line, const struct terminal *terminal, double part)
{
    static const char *const eighths[] = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
    int filled = (int)(part * BAR_WIDTH * 8);

    text_add(line, terminal->has_boxes ? "▕" : "[");
    for (int i = 0; i < BAR_WIDTH; i++) {
        int rest = filled - i * 8;

        if (terminal->has_boxes)
            text_add(line, rest >= 8 ? "█" : rest > 0 ? eighths[rest - 1] : " ");
        else
            text_add_char(line, rest >= 8 ? '#' : '-');
    }
    text_add(line, terminal->has_boxes ? "▏ " : "] ");
}

static void add_time(struct text *line, double ms)
{
    unsigned long seconds = (unsigned long)(ms / 1000);

    if (seconds < 60)
        text_format(line, "%lu s", seconds);
    else if (seconds < 3600)
        text_format(line, "%lu min %02lu s", seconds / 60, seconds % 60);
    else
        text_format(line, "%lu h %02lu min", seconds / 3600, seconds / 60 % 60);
}

static double part_of(double done, double total)
{
    double part = total > 0 ? done / total : 0;

    return part < 0 ? 0 : part > 1 ? 1 : part;
}

/* Less than nothing: DuckDB does not know. It says 0 as well where it finds out nothing, so that says nothing either. */
static void add_query(struct text *line, const struct terminal *terminal, duckdb_connection connection)
{
    double percentage = duckdb_query_progress(connection).percentage;

    text_add(line, "query ");
    if (percentage < 1)
        return;
    if (terminal->width >= LEAST_FOR_BAR)
        add_bar(line, terminal, part_of(percentage, 100));
    text_format(line, "%.0f %%, ", percentage > 100 ? 100 : percentage);
}

static void add_phase(const struct progress *progress, struct text *line, const struct terminal *terminal)
{
    bool is_in_bytes = strcmp(progress->phase, "download") == 0 || strcmp(progress->phase, "upload") == 0;

    text_format(line, "%s ", progress->phase);
    if (progress->total == 0)
        return;
    if (terminal->width >= LEAST_FOR_BAR)
        add_bar(line, terminal, part_of((double)progress->done, (double)progress->total));
    if (is_in_bytes)
        text_format(line, "%.1f of %.1f MB, ", (double)progress->done / MEGABYTE, (double)progress->total / MEGABYTE);
    else
        text_format(line, "%zu of %zu, ", progress->done, progress->total);
}

/* With the lock held. */
static void draw(const struct progress *progress)
{
    struct terminal terminal = terminal_of(STDERR_FILENO);
    struct text line = text_on_heap();

    if (progress->connection != NULL)
        add_query(&line, &terminal, progress->connection);
    else
        add_phase(progress, &line, &terminal);
    add_time(&line, clock_ms() - progress->began);
    if (*progress->pending != '\0')
        text_format(&line, ", waiting for %s", progress->pending);
    if (text_string(&line) != NULL)
        status_line_show(text_string(&line));
    text_free(&line);
}

/* ---- the thread ---- */

static void *watch(void *user)
{
    struct progress *progress = user;
    double next = progress->began + FIRST_MS;

    pthread_mutex_lock(&progress->lock);
    while (!progress->is_over) {
        double left = next - clock_ms();

        if (left > 0) {
            condition_wait(&progress->changed, &progress->lock, left);
            continue;
        }
        draw(progress);
        next = clock_ms() + AGAIN_MS;
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

bool progress_is_wanted(const struct invocation *invocation)
{
    struct terminal terminal;

    if (has_option(invocation, OPTION_QUIET) || has_option(invocation, OPTION_NO_PROGRESS))
        return false;
    terminal = terminal_of(STDERR_FILENO);
    return terminal.is_there && !terminal.is_dumb;
}

void progress_begin(struct progress *progress, duckdb_connection connection, bool is_wanted)
{
    memset(progress, 0, sizeof(*progress));
    progress->connection = connection;
    progress->phase = "config";
    progress->began = clock_ms();
    if (!is_wanted || !condition_init(&progress->changed))
        return;
    pthread_mutex_init(&progress->lock, NULL);
    progress->is_drawn_by_thread = thread_start(&progress->thread, watch, progress);
    if (!progress->is_drawn_by_thread) {
        pthread_cond_destroy(&progress->changed);
        pthread_mutex_destroy(&progress->lock);
    }
}

/* Names are the user's: what would move the cursor is left out. */
static void add_name(char *names, const char *name)
{
    size_t length = strlen(names);

    if (length > 0 && length + 2 < PROGRESS_MOST_NAMES) {
        memcpy(names + length, ", ", 3);
        length += 2;
    }
    for (; *name != '\0' && length + 1 < PROGRESS_MOST_NAMES; name++)
        if ((unsigned char)*name >= ' ' && *name != 0x7F)
            names[length++] = *name;
    names[length] = '\0';
}

void progress_take(const duckalog_progress *told, void *user)
{
    struct progress *progress = user;

    if (!progress->is_drawn_by_thread)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->phase = told->phase;
    progress->done = told->done;
    progress->total = told->total;
    *progress->pending = '\0';
    for (const char *const *name = told->pending; *name != NULL; name++)
        add_name(progress->pending, *name);
    pthread_mutex_unlock(&progress->lock);
}

void progress_hide(struct progress *progress)
{
    if (!progress->is_drawn_by_thread)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->is_over = true;
    pthread_cond_signal(&progress->changed);
    status_line_erase();
    pthread_mutex_unlock(&progress->lock);
}

void progress_end(struct progress *progress)
{
    if (!progress->is_drawn_by_thread)
        return;
    progress_hide(progress);
    pthread_join(progress->thread, NULL);
    pthread_cond_destroy(&progress->changed);
    pthread_mutex_destroy(&progress->lock);
    progress->is_drawn_by_thread = false;
}
