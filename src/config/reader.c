#include "config/reader.h"

#include "base/arena.h"
#include "base/map.h"
#include "config/paths.h"

#include <stdlib.h>

struct answer {
    bool is_mine; /* the caller's */
    const char *problem;
    struct file_content content;
};

struct reader {
    duckalog_read_function read;
    void *user;
    struct arena *arena; /* wiped: files may hold passwords */
    struct map *answers; /* by path */
};

struct reader *reader_create(duckalog_read_function read, void *user)
{
    struct reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    *reader = (struct reader){ .read = read, .user = user };
    if (read == NULL)
        return reader;
    reader->arena = arena_create(ARENA_WIPED);
    reader->answers = reader->arena == NULL ? NULL : map_create(reader->arena, MAP_EXACT);
    if (reader->answers != NULL)
        return reader;
    reader_free(reader);
    return NULL;
}

void reader_free(struct reader *reader)
{
    if (reader == NULL)
        return;
    arena_destroy(reader->arena);
    free(reader);
}

static void ask(struct reader *reader, const char *path, struct answer *answer)
{
    duckalog_content content = { 0 };
    duckalog_read_result result = reader->read(path, &content, reader->user);
    const char *reason;

    answer->is_mine = result != DUCKALOG_READ_NOT_MINE;
    if (result == DUCKALOG_READ_DONE)
        answer->problem = content.bytes == NULL && content.length > 0
                              ? "can't be read: the program says how long it is, and not what is in it"
                              : file_content_keep(reader->arena, content.bytes, content.length, &answer->content);
    else if (result != DUCKALOG_READ_NOT_MINE) {
        reason = content.bytes == NULL || content.length == 0
                     ? NULL
                     : arena_format(reader->arena, "can't be read: %.*s",
                                    content.length < 1000 ? (int)content.length : 1000, content.bytes);
        answer->problem = reason != NULL ? reason : "can't be read";
    }
    if (content.release != NULL)
        content.release(content.owner);
}

/* The answer to this path, asked for now or before; NULL: no memory. */
static const struct answer *find_answer(struct reader *reader, const char *path)
{
    struct answer *answer = map_find(reader->answers, path);
    const char *kept;

    if (answer != NULL)
        return answer;
    answer = arena_alloc(reader->arena, sizeof(*answer));
    kept = arena_string(reader->arena, path);
    if (answer == NULL || kept == NULL || !map_add(reader->answers, kept, answer))
        return NULL;
    ask(reader, path, answer);
    return answer;
}

bool reader_has(struct reader *reader, const char *path)
{
    const struct answer *answer;

    if (reader == NULL || reader->read == NULL)
        return false;
    answer = find_answer(reader, path);
    return answer == NULL || answer->is_mine; /* without memory reading it tells */
}

const char *reader_read(struct reader *reader, struct arena *arena, const char *path, const struct roots *roots,
                        struct file_content *ret_content)
{
    const struct answer *answer = find_answer(reader, path);

    *ret_content = (struct file_content){ NULL, 0 };
    if (answer == NULL)
        return FILE_NO_MEMORY;
    if (answer->problem != NULL)
        return answer->problem;
    if (roots != NULL && path_kind(path) != PATH_URI && !roots_hold(roots, path))
        return FILE_OUTSIDE;
    return file_content_keep(arena, answer->content.chars, answer->content.length, ret_content);
}

const char *reader_or_file_read(struct reader *reader, struct arena *arena, const char *path, const struct roots *roots,
                                struct file_content *ret_content)
{
    return reader_has(reader, path) ? reader_read(reader, arena, path, roots, ret_content)
                                    : file_read(arena, path, roots, ret_content);
}
