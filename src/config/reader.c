#include "config/reader.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/parallel.h"
#include "base/report.h"
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
    struct arena *arena;                /* wiped: files may hold passwords */
    struct map *answers;                /* by path */
    const struct remote_access *remote; /* NULL: there is no way to URIs */
    const struct remote_settings *remote_settings;
    struct remote_load *load; /* begun when the first URI comes up */
};

struct reader *reader_create(const struct config_options *options)
{
    struct reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    *reader = (struct reader){ .read = options->read,
                               .user = options->read_user,
                               .remote = options->remote,
                               .remote_settings = &options->remote_settings };
    if (reader->read == NULL)
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
    if (reader->load != NULL)
        reader->remote->end(reader->load);
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

/* ---- documents that live elsewhere ---- */

bool reader_is_remote(struct reader *reader, const char *path)
{
    return path_kind(path) == PATH_URI && !reader_has(reader, path);
}

static bool has_remote(const struct reader *reader, struct remote_problem *ret_problem)
{
    if (reader != NULL && reader->remote != NULL)
        return true;
    *ret_problem = (struct remote_problem){ .message = "can't be read: this duckalog was built without remote support",
                                            .hint = "download it first" };
    return false;
}

/* Only on the thread of the caller. */
static bool begin(struct reader *reader, struct remote_problem *ret_problem)
{
    if (!has_remote(reader, ret_problem))
        return false;
    if (reader->load == NULL)
        reader->load = reader->remote->begin(reader->remote_settings);
    if (reader->load == NULL)
        *ret_problem = (struct remote_problem){ .message = FILE_NO_MEMORY };
    return reader->load != NULL;
}

bool reader_is_safe(struct reader *reader, const char *uri)
{
    return reader != NULL && reader->remote != NULL && reader->remote->is_safe(uri);
}

const char *reader_name(struct reader *reader, struct arena *arena, const char *uri, struct remote_problem *ret_problem)
{
    return has_remote(reader, ret_problem) ? reader->remote->name(arena, uri, ret_problem) : NULL;
}

void reader_expect(struct reader *reader, const char *uri)
{
    struct remote_problem problem;

    if (begin(reader, &problem))
        reader->remote->expect(reader->load, uri);
}

struct ahead {
    struct reader *reader;
    const char *const *uris;
    size_t largest;
};

static void fetch_one(size_t index, void *user)
{
    const struct ahead *ahead = user;
    struct arena *arena = arena_create(ARENA_WIPED);
    struct file_content content;
    struct remote_problem problem;

    if (arena != NULL)
        (void)reader_fetch(ahead->reader, arena, ahead->uris[index], ahead->largest, &content, &problem);
    arena_destroy(arena);
}

void reader_fetch_ahead(struct reader *reader, const char *const *uris, size_t count, size_t largest)
{
    struct ahead ahead = { reader, uris, largest };
    struct remote_problem problem;

    if (count == 0 || !begin(reader, &problem))
        return;
    parallel_run(count, REMOTE_AT_A_TIME, fetch_one, &ahead);
}

bool reader_fetch(struct reader *reader, struct arena *arena, const char *uri, size_t largest,
                  struct file_content *ret_content, struct remote_problem *ret_problem)
{
    *ret_content = (struct file_content){ NULL, 0 };
    if (!has_remote(reader, ret_problem))
        return false;
    if (reader->load != NULL)
        return reader->remote->read(reader->load, arena, uri, largest, ret_content, ret_problem);
    /* It was to be begun by reader_fetch_ahead(); here there may be several threads. */
    *ret_problem = (struct remote_problem){ .message = FILE_NO_MEMORY };
    return false;
}

bool reader_list(struct reader *reader, struct arena *arena, const char *pattern, size_t most, struct glob *ret_found,
                 struct remote_problem *ret_problem)
{
    if (!begin(reader, ret_problem))
        return false;
    return reader->remote->list(reader->load, arena, pattern, most, ret_found, ret_problem);
}

const char *reader_problem_code(const struct remote_problem *problem)
{
    return problem->is_refused ? "uri" : CONFIG_REMOTE_CODE;
}

void reader_report_notes(const struct reader *reader, struct duckalog_report *report)
{
    const char *uri;
    const char *note;

    for (size_t i = 0; reader->load != NULL && (note = reader->remote->note(reader->load, i, &uri)) != NULL; i++)
        report_add(report, DUCKALOG_WARNING, "remote-copy", (struct position){ .file = uri }, NULL, NULL, "%s", note);
}
