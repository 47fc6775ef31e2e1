/*
 * The file of the history: an entry on each line, its own line breaks as \n and backslashes as \\. Each entry is appended
 * at once, in one piece, so that several shells can share the file.
 */

#include "cli/shell/history.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/sql.h"
#include "base/text.h"
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_ENTRIES = 2000, CUT_FROM = 2 * MOST_ENTRIES };

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

const char *history_path(struct arena *arena)
{
    const char *named = getenv("DUCKALOG_HISTORY");
    const char *state = variable("XDG_STATE_HOME");

    if (named != NULL)
        return *named != '\0' ? named : NULL;
    if (state != NULL && *state == '/')
        return arena_format(arena, "%s/duckalog/history", state);
    return variable("HOME") == NULL ? NULL : arena_format(arena, "%s/.local/state/duckalog/history", variable("HOME"));
}

/* ---- reading ---- */

/* In place; `\` before anything else stands for itself. */
static void unescape(char *line)
{
    char *to = line;

    for (const char *from = line; *from != '\0'; from++) {
        if (from[0] == '\\' && (from[1] == 'n' || from[1] == '\\'))
            *to++ = *++from == 'n' ? '\n' : '\\';
        else
            *to++ = *from;
    }
    *to = '\0';
}

static void cut(const char *path, const char *content, size_t count)
{
    for (; count > MOST_ENTRIES; count--)
        content = strchr(content, '\n') + 1;
    /* Another shell may append at this moment: its entry is lost, and nothing else. */
    file_write(path, content, true);
}

static char *read_all(const char *path, size_t *ret_length)
{
    int opened = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *file = opened < 0 ? NULL : fdopen(opened, "r");
    struct text text = text_on_heap();
    struct stat status;
    char buffer[16 * 1024];
    size_t count;

    /* A device may have no end. */
    while (file != NULL && fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) &&
           (count = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add_length(&text, buffer, count);
    if (file != NULL)
        fclose(file);
    else if (opened >= 0)
        close(opened);
    *ret_length = text.length;
    if (text_failed(&text) || text.length == 0) {
        text_free(&text);
        return NULL;
    }
    return text.chars;
}

void history_load(const char *path, void (*take)(void *user, const char *entry), void *user)
{
    size_t length;
    char *content = read_all(path, &length);
    size_t count = 0;
    char *end;

    if (content == NULL)
        return;
    for (const char *at = content; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    if (count > CUT_FROM && strlen(content) == length)
        cut(path, content, count);
    for (char *line = content; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        unescape(line);
        if (*line != '\0' && count <= MOST_ENTRIES)
            take(user, line);
        else
            count--;
    }
    free(content);
}

/* ---- writing ---- */

bool history_is_secret(const char *entry, const struct redactor *redactor)
{
    struct arena *arena = arena_create(ARENA_WIPED);
    enum sql_name_state state = SQL_NO_NAME;
    bool found = arena == NULL || contains_ignoring_case(entry, "secret") ||
                 contains_ignoring_case(entry, "password") || contains_ignoring_case(entry, "parquet_key") ||
                 redact_finds_credentials(entry) || redactor_finds(redactor, entry);

    for (struct sql_token token = sql_next(entry); !found && token.kind != SQL_END;
         token = sql_next(token.start + token.length)) {
        found = sql_is_secret_string(arena, &token, &state);
        if (token.kind == SQL_UNCLOSED)
            break;
    }
    arena_destroy(arena);
    return found;
}

/* Only the folder of our own is private: what is above may be shared with others. */
static int open_file(const char *path)
{
    const int flags =
        O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC; /* nobody may be at the other end of a pipe */
    int file = open(path, flags, 0600);
    struct stat status;

    if (file < 0 && errno == ENOENT && file_make_folders(path) == 0)
        file = open(path, flags, 0600);
    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) != 0)
        fchmod(file, 0600);
    return file;
}

bool history_append(const char *path, const char *entry)
{
    struct text line = text_on_heap();
    int file = open_file(path);
    bool good = file >= 0;

    for (const char *from = entry; good && *from != '\0'; from++) {
        if (*from == '\n')
            text_add(&line, "\\n");
        else if (*from == '\\')
            text_add(&line, "\\\\");
        else
            text_add_char(&line, *from);
    }
    text_add_char(&line, '\n');
    good = good && text_string(&line) != NULL && file_write_all(file, line.chars, line.length);
    if (file >= 0 && close(file) != 0)
        good = false;
    text_free(&line);
    return good;
}
