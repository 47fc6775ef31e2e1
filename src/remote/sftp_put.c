/*
 * Files that are written by SFTP: to a new file beside the one that it replaces when all of it is there.
 *
 * The protocol as libcurl and most servers speak it has no way to rename a file over another. Where a server refuses that,
 * the old file steps aside first and is removed last: for the time of one request there is none of its name, but it is whole,
 * and whoever comes next puts it back (restore()) should nobody be left to go on.
 */

#include "remote/sftp.h"

#include "base/arena.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    MARK_LENGTH = 16,           /* what tells our files from others' */
    MOST_LEFTOVERS = 16,        /* that are looked after at a time */
    LEFT_BEHIND_S = 3600,       /* untouched for so long, by the server's clock, a part is nobody's any more */
    LARGEST_FOLDER = 8 << 20,   /* bytes of its listing */
    PATIENCE_TO_TIDY_MS = 5000, /* with a server that has just failed */
};

#define PART_WORD ".tmp-"
#define ASIDE_WORD ".old-"

struct sending {
    const struct remote_upload *upload;
    struct sftp_server server;
    struct remote_context calm; /* what is begun is ended, interrupted or not */
    const char *path;
    const char *folder; /* with its slash */
    const char *part;   /* the new file */
    const char *aside;  /* where the old one steps */
    int patience_ms;

    /* What the folder has, as far as it could be read. */
    bool is_read;
    bool is_there;
    long mode; /* 0: not known */
    const char *parts[MOST_LEFTOVERS];
    size_t part_count;
    const char *asides[MOST_LEFTOVERS];
    size_t aside_count;
};

/* ---- commands ---- */

/* As libcurl reads it: in quotes; what is in the user's home has no folder in front. NULL: no memory. */
static const char *quoted(struct arena *arena, const char *path)
{
    struct text text = text_in(arena);

    text_add_char(&text, '"');
    for (path += starts_with(path, "/~/") ? strlen("/~/") : 0; *path != '\0'; path++) {
        if (*path == '"' || *path == '\\')
            text_add_char(&text, '\\');
        text_add_char(&text, *path);
    }
    text_add_char(&text, '"');
    return text_string(&text);
}

static const char *rename_command(struct arena *arena, const char *from, const char *to)
{
    from = quoted(arena, from);
    to = quoted(arena, to);
    return from == NULL || to == NULL ? NULL : arena_format(arena, "rename %s %s", from, to);
}

/* That it fails is no failure. */
static const char *remove_command(struct arena *arena, const char *path)
{
    path = quoted(arena, path);
    return path == NULL ? NULL : arena_format(arena, "*rm %s", path);
}

/* False after answering. A command that is NULL, but not the last, is no memory. */
static bool run(const struct sending *sending, const char *const *commands, size_t count,
                struct remote_answer *ret_answer)
{
    struct arena *arena = sending->upload->arena;
    struct transfer transfer = { .context = &sending->calm,
                                 .arena = arena,
                                 .url = sftp_address(arena, &sending->server, "/"),
                                 .largest = SIZE_MAX,
                                 .patience_ms = sending->patience_ms,
                                 .is_head = true };
    struct sftp_exchange exchange = { .server = &sending->server, .commands = commands };
    struct transfer_result result;

    for (size_t i = 0; i < count; i++)
        if (commands[i] == NULL)
            return sftp_refuse(ret_answer, NULL, NULL);
    return transfer.url == NULL ? sftp_refuse(ret_answer, NULL, NULL)
                                : sftp_ask(&transfer, &exchange, &result, ret_answer);
}

static void remove_part(const struct sending *sending)
{
    const char *const commands[] = { remove_command(sending->upload->arena, sending->part), NULL };
    struct remote_answer ignored;

    run(sending, commands, 1, &ignored);
}

/* ---- the folder ---- */

/* Is it "NAME.tmp-" and sixteen digits at the end of a line of the listing? Its path; NULL: no, or no memory. */
static const char *left_behind(const struct sending *sending, const char *line, const char *word)
{
    const char *name = sending->path + strlen(sending->folder);
    size_t length = strlen(name) + strlen(word) + MARK_LENGTH;
    size_t line_length = strlen(line);
    const char *found;

    if (line_length <= length)
        return NULL;
    found = line + line_length - length;
    if (found[-1] != ' ' || !starts_with(found, name) || !starts_with(found + strlen(name), word) ||
        strspn(found + strlen(name) + strlen(word), "0123456789abcdef") != MARK_LENGTH)
        return NULL;
    return arena_format(sending->upload->arena, "%s%s", sending->folder, found);
}

/* "-rw-r--r--"; 0: it is something else. */
static long mode_of(const char *line)
{
    static const char letters[] = "rwxrwxrwx";
    long mode = 0;

    if (line[0] != '-')
        return 0;
    for (size_t i = 0; i < strlen(letters); i++) {
        if (line[1 + i] != letters[i] && line[1 + i] != '-')
            return 0;
        mode = mode << 1 | (line[1 + i] != '-');
    }
    return mode;
}

static void read_line(struct sending *sending, const char *line)
{
    const char *name = sending->path + strlen(sending->folder);
    size_t length = strlen(line);
    const char *found;

    if (length > strlen(name) && strcmp(line + length - strlen(name), name) == 0 &&
        line[length - strlen(name) - 1] == ' ') {
        sending->is_there = true;
        sending->mode = mode_of(line);
        return;
    }
    found = left_behind(sending, line, PART_WORD);
    if (found != NULL && sending->part_count < MOST_LEFTOVERS)
        sending->parts[sending->part_count++] = found;
    found = left_behind(sending, line, ASIDE_WORD);
    if (found != NULL && sending->aside_count < MOST_LEFTOVERS)
        sending->asides[sending->aside_count++] = found;
}

/* A folder that can't be read may still be written to. False after answering: we do not get that far. */
static bool read_folder(struct sending *sending, struct remote_answer *ret_answer)
{
    struct arena *arena = sending->upload->arena;
    struct transfer transfer = { .context = sending->upload->context,
                                 .arena = arena,
                                 .url = sftp_address(arena, &sending->server, sending->folder),
                                 .largest = LARGEST_FOLDER,
                                 .patience_ms = sending->patience_ms };
    struct sftp_exchange exchange = { .server = &sending->server };
    struct transfer_result result;
    const char *line;

    if (transfer.url == NULL)
        return sftp_refuse(ret_answer, NULL, NULL);
    if (!sftp_ask(&transfer, &exchange, &result, ret_answer)) {
        if (ret_answer->is_missing)
            return sftp_refuse(ret_answer, "can't be written: its folder is not there", NULL);
        return result.code == CURLE_REMOTE_ACCESS_DENIED || result.is_too_large;
    }
    sending->is_read = true;
    for (line = result.content.chars; line != NULL && *line != '\0'; line += strspn(line, "\r\n")) {
        size_t length = strcspn(line, "\r\n");
        const char *copy = arena_copy(arena, line, length);

        if (copy == NULL)
            return sftp_refuse(ret_answer, NULL, NULL);
        read_line(sending, copy);
        line += length;
    }
    return true;
}

/* What stepped aside for someone who did not live to the end. Where there is a file already, the server says no. */
static void restore(struct sending *sending)
{
    const char *commands[] = { NULL, NULL };
    struct remote_answer answer;

    if (!sending->is_read || sending->is_there || sending->aside_count == 0)
        return;
    commands[0] = rename_command(sending->upload->arena, sending->asides[0], sending->path);
    sending->is_there = run(sending, commands, 1, &answer);
}

/* What nobody will come back for. `now` is by the server's clock. */
static void tidy(const struct sending *sending, int64_t now)
{
    struct arena *arena = sending->upload->arena;
    const char *commands[2 * MOST_LEFTOVERS + 1] = { NULL };
    size_t count = 0;
    struct remote_answer answer;

    for (size_t i = 0; i < sending->part_count; i++) {
        struct transfer_result found;

        if (sftp_look(&sending->calm, arena, &sending->server, sending->parts[i], sending->patience_ms, &found,
                      &answer) &&
            found.file_time > 0 && found.file_time < now - LEFT_BEHIND_S)
            commands[count++] = remove_command(arena, sending->parts[i]);
    }
    for (size_t i = 0; i < sending->aside_count; i++)
        commands[count++] = remove_command(arena, sending->asides[i]);
    if (count > 0)
        run(sending, commands, count, &answer);
}

/* ---- the new file ---- */

static bool send_part(const struct sending *sending, FILE *file, struct remote_answer *ret_answer)
{
    const struct remote_upload *upload = sending->upload;
    struct transfer transfer = { .context = upload->context,
                                 .arena = upload->arena,
                                 .url = sftp_address(upload->arena, &sending->server, sending->part),
                                 .largest = SIZE_MAX,
                                 .patience_ms = sending->patience_ms,
                                 .from = file,
                                 .from_size = upload->size,
                                 .progress = upload->progress,
                                 .progress_user = upload->progress_user };
    struct sftp_exchange exchange = { .server = &sending->server, .mode = sending->mode };
    struct transfer_result result;

    return transfer.url == NULL ? sftp_refuse(ret_answer, NULL, NULL)
                                : sftp_ask(&transfer, &exchange, &result, ret_answer);
}

/* Is the whole of it there? `ret_now` is when it was written, by the server's clock. */
static bool check_part(const struct sending *sending, int64_t *ret_now, struct remote_answer *ret_answer)
{
    const struct remote_upload *upload = sending->upload;
    struct transfer_result found;

    if (!sftp_look(&sending->calm, upload->arena, &sending->server, sending->part, sending->patience_ms, &found,
                   ret_answer))
        return false;
    *ret_now = found.file_time;
    if (found.has_no_size || found.size == upload->size)
        return true;
    sftp_refuse(ret_answer,
                arena_format(upload->arena, "can't be written: %llu of %llu bytes have arrived",
                             (unsigned long long)found.size, (unsigned long long)upload->size),
                NULL);
    ret_answer->outcome = REMOTE_FAILED;
    return false;
}

/* Is it still the one that may be replaced? */
static bool check_old(const struct sending *sending, struct remote_answer *ret_answer)
{
    const struct remote_upload *upload = sending->upload;
    struct transfer_result found;
    const char *version = "";

    if (upload->replaces == NULL)
        return true;
    if (sftp_look(upload->context, upload->arena, &sending->server, sending->path, sending->patience_ms, &found,
                  ret_answer))
        version = sftp_version(upload->arena, &found);
    else if (!ret_answer->is_missing)
        return false;
    if (version != NULL && strcmp(version, upload->replaces) == 0)
        return true;
    sftp_refuse(ret_answer, version == NULL ? NULL : "was changed by someone else meanwhile", NULL);
    ret_answer->is_changed = version != NULL;
    return false;
}

/* ---- into its place ---- */

/* Folders can be listed, and files can't. */
static bool is_folder(const struct sending *sending)
{
    struct arena *arena = sending->upload->arena;
    const char *path = arena_format(arena, "%s/", sending->path);
    struct transfer transfer = {
        .context = &sending->calm, .arena = arena, .largest = 1, .patience_ms = sending->patience_ms
    };
    struct sftp_exchange exchange = { .server = &sending->server };
    struct transfer_result result;
    struct remote_answer answer;

    transfer.url = path == NULL ? NULL : sftp_address(arena, &sending->server, path);
    return transfer.url == NULL || sftp_ask(&transfer, &exchange, &result, &answer) || result.is_too_large;
}

static bool is_there(const struct sending *sending, const char *path)
{
    struct transfer_result result;
    struct remote_answer answer;

    return sftp_look(&sending->calm, sending->upload->arena, &sending->server, path, sending->patience_ms, &result,
                     &answer);
}

/* The server does not rename over a file that is there. */
static bool swap(const struct sending *sending, struct remote_answer *ret_answer)
{
    struct arena *arena = sending->upload->arena;
    const char *const commands[] = { rename_command(arena, sending->path, sending->aside),
                                     rename_command(arena, sending->part, sending->path),
                                     remove_command(arena, sending->aside), NULL };
    const char *const back[] = { rename_command(arena, sending->aside, sending->path), NULL };
    struct remote_answer ignored;

    if (run(sending, commands, 3, ret_answer))
        return true;
    /* Either both steps were done, or none, or the first; only then there is something to put back. */
    if (!run(sending, back, 1, &ignored) && !is_there(sending, sending->path))
        ret_answer->hint = arena_format(arena, "what was there is %s now; the next try puts it back", sending->aside);
    return false;
}

static bool put_in_place(const struct sending *sending, struct remote_answer *ret_answer)
{
    struct arena *arena = sending->upload->arena;
    const char *const commands[] = { rename_command(arena, sending->part, sending->path), NULL };

    if (run(sending, commands, 1, ret_answer))
        return true;
    if (ret_answer->outcome != REMOTE_REFUSED || !is_there(sending, sending->path))
        return false;
    if (is_folder(sending))
        return sftp_refuse(ret_answer, "can't be written: it is a folder", "name the file");
    return swap(sending, ret_answer);
}

/* ---- all of it ---- */

/* The names of the files that there are for a while; false: no memory, or no random numbers. */
static bool name_files(struct sending *sending)
{
    struct arena *arena = sending->upload->arena;
    uint64_t number;

    sending->folder = arena_copy(arena, sending->path, (size_t)(strrchr(sending->path, '/') - sending->path) + 1);
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return false;
    sending->part = arena_format(arena, "%s" PART_WORD "%016llx", sending->path, (unsigned long long)number);
    sending->aside = arena_format(arena, "%s" ASIDE_WORD "%016llx", sending->path, (unsigned long long)number);
    return sending->folder != NULL && sending->part != NULL && sending->aside != NULL;
}

static void put(struct sending *sending, FILE *file, struct remote_answer *ret_answer)
{
    int64_t now = 0;

    if (!read_folder(sending, ret_answer))
        return;
    restore(sending);
    if (!check_old(sending, ret_answer))
        return;
    if (!send_part(sending, file, ret_answer) || !check_part(sending, &now, ret_answer) ||
        !check_old(sending, ret_answer) || !put_in_place(sending, ret_answer)) {
        if (sending->patience_ms > PATIENCE_TO_TIDY_MS)
            sending->patience_ms = PATIENCE_TO_TIDY_MS;
        remove_part(sending);
        return;
    }
    tidy(sending, now);
    *ret_answer = (struct remote_answer){ .outcome = REMOTE_DONE, .size = sending->upload->size };
}

void sftp_put(const struct remote_upload *upload, struct remote_answer *ret_answer)
{
    struct sending sending = { .upload = upload, .calm = *upload->context, .patience_ms = upload->patience_ms };
    FILE *file;

    sending.calm.interrupted = NULL;
    sending.path = sftp_path(upload->arena, upload->uri, ret_answer);
    if (sending.path == NULL ||
        !sftp_server_find(upload->context, upload->arena, upload->uri, true, &sending.server, ret_answer))
        return;
    if (!name_files(&sending)) {
        sftp_refuse(ret_answer, NULL, NULL);
        return;
    }
    file = fopen(upload->file, "rbe");
    if (file == NULL) {
        sftp_refuse(ret_answer, arena_format(upload->arena, "can't be written: %s: %s", upload->file, strerror(errno)),
                    NULL);
        return;
    }
    put(&sending, file, ret_answer);
    fclose(file);
}
