/*
 * The objects that a pattern stands for. DuckDB is asked for all below the pattern's first part that is certain, which is
 * what it asks the store for in any case; which of them match is decided by the rules that files have (config/glob.h).
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- matching ---- */

/* The part at `s`, cut out; what comes behind it, or NULL after the last one. False: it is longer than any name. */
static const char *cut(const char *s, char ret_part[NAME_MAX * 4 + 1])
{
    size_t length = strcspn(s, "/");
    size_t taken = length < NAME_MAX * 4 ? length : NAME_MAX * 4;

    memcpy(ret_part, s, taken);
    ret_part[taken] = '\0';
    return s[length] == '/' ? s + length + 1 : NULL;
}

static bool has_hidden_part(const char *path)
{
    return *path == '.' || strstr(path, "/.") != NULL;
}

/* Without a dot at the beginning of a name that a wildcard stands for. */
static bool matches(const char *pattern, const char *path)
{
    char part[NAME_MAX * 4 + 1];
    char name[NAME_MAX * 4 + 1];
    const char *after_any = NULL; /* the pattern behind the last `**` */
    const char *any_path = NULL;  /* and what it was tried on */

    /* When something does not fit, only the last `**` has to take one more folder. */
    while (path != NULL || pattern != NULL) {
        const char *next_pattern = pattern == NULL ? NULL : cut(pattern, part);
        const char *next_path = path == NULL ? NULL : cut(path, name);

        if (pattern != NULL && strcmp(part, "**") == 0) {
            if (next_pattern == NULL)
                return path != NULL && *path != '\0' && !has_hidden_part(path);
            after_any = pattern = next_pattern;
            any_path = path;
        } else if (pattern != NULL && path != NULL && glob_part_matches(part, name, false)) {
            pattern = next_pattern;
            path = next_path;
        } else {
            if (any_path == NULL || *any_path == '.')
                return false;
            any_path = strchr(any_path, '/');
            if (any_path == NULL)
                return false;
            path = ++any_path;
            pattern = after_any;
        }
    }
    return true;
}

/* ---- the call ---- */

/* Of the address, up to the slash before its first wildcard; 0: there is none behind the bucket. */
static size_t certain_length(const char *address)
{
    const char *bucket = strstr(address, "://") + strlen("://");
    size_t length = strcspn(address, "*?[");

    while (length > 0 && address[length - 1] != '/')
        length--;
    return address + length > bucket ? length : 0;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* False: there is no memory, or there are too many. */
static bool take(struct store_call *call, const char *prefix, const char *pattern, const char *name)
{
    struct glob *found = &call->found;
    const char *rest = name + strlen(prefix);
    const char **paths;

    if (!starts_with(name, prefix) || !matches(pattern, rest))
        return true;
    if (found->count == call->most) {
        found->problem = GLOB_TOO_MANY;
        return false;
    }
    paths = arena_extend(call->arena, found->paths, found->count, sizeof(*paths));
    if (paths == NULL)
        return false;
    found->paths = paths;
    /* In the spelling of whoever asked. */
    found->paths[found->count] = arena_format(call->arena, "%.*s%s", (int)certain_length(call->uri), call->uri, rest);
    return found->paths[found->count++] != NULL;
}

static bool take_all(struct store_call *call, duckdb_result *result, const char *prefix, const char *pattern)
{
    size_t seen = 0;
    bool good = true;
    duckdb_data_chunk chunk;

    while (good && (chunk = duckdb_fetch_chunk(*result)) != NULL) {
        for (idx_t row = 0; good && row < duckdb_data_chunk_get_size(chunk); row++) {
            size_t length;
            const char *chars = store_chars(chunk, 0, row, &length);
            const char *name = chars == NULL ? NULL : arena_copy(call->arena, chars, length);

            if (seen++ == GLOB_MOST_NAMES) {
                call->found.problem = GLOB_TOO_WIDE;
                good = false;
            } else
                good = name != NULL && take(call, prefix, pattern, name);
        }
        duckdb_destroy_data_chunk(&chunk);
    }
    return good;
}

static void work(struct store_call *call)
{
    size_t length = certain_length(call->address);
    const char *prefix = arena_copy(call->arena, call->address, length);
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    struct text pattern = text_on_heap();
    duckdb_result result;

    call->answer = (struct remote_answer){ .outcome = REMOTE_REFUSED };
    call->found = (struct glob){ .problem = GLOB_NO_MEMORY };
    text_format(&pattern, "%s**", prefix == NULL ? "" : prefix);
    if (text_string(&pattern) != NULL)
        sql_format(&sql, "SELECT file FROM glob(%L) LIMIT %d", text_string(&pattern), (long long)GLOB_MOST_NAMES + 1);
    if (prefix != NULL && text_string(&sql) != NULL) {
        if (!store_query(call->connection, text_string(&sql), NULL, 0, &result, &problem))
            store_call_fail(call, text_string(&problem));
        else {
            call->found.problem = GLOB_FINE;
            if (take_all(call, &result, prefix, call->address + length))
                call->answer.outcome = REMOTE_DONE;
            else if (call->found.problem == GLOB_FINE)
                call->found.problem = GLOB_NO_MEMORY;
            duckdb_destroy_result(&result);
        }
    }
    text_free(&pattern);
    text_free(&problem);
    text_free(&sql);
}

/* In the arena of whoever asked, in order. */
static bool keep(struct arena *arena, const struct glob *found, struct glob *ret_found)
{
    *ret_found = (struct glob){ .count = found->count };
    if (found->count == 0)
        return true;
    ret_found->paths = arena_array(arena, found->count, sizeof(*ret_found->paths));
    if (ret_found->paths == NULL)
        return false;
    for (size_t i = 0; i < found->count; i++) {
        ret_found->paths[i] = arena_string(arena, found->paths[i]);
        if (ret_found->paths[i] == NULL)
            return false;
    }
    qsort(ret_found->paths, found->count, sizeof(*ret_found->paths), compare);
    return true;
}

static void explain(struct arena *arena, const struct glob *found, size_t most, struct remote_answer *answer)
{
    if (found->problem == GLOB_TOO_MANY)
        answer->message = store_message(arena, STORE_LIST, arena_format(arena, "more than %zu objects match it", most));
    if (found->problem == GLOB_TOO_WIDE)
        answer->message = store_message(
            arena, STORE_LIST,
            arena_format(arena, "there are more than %d objects below its first folder", (int)GLOB_MOST_NAMES));
    if (found->problem == GLOB_TOO_MANY || found->problem == GLOB_TOO_WIDE)
        answer->hint = "write the pattern so that it begins deeper";
}

void stores_list(const struct remote_request *request, size_t most, struct glob *ret_found,
                 struct remote_answer *ret_answer)
{
    struct store_call *call;

    *ret_found = (struct glob){ .problem = GLOB_NO_MEMORY };
    call =
        store_call_create(request->context, request->arena, request->uri, STORE_LIST, request->patience_ms, ret_answer);
    if (call == NULL)
        return;
    call->work = work;
    call->most = most;
    if (!store_call_run(call, &(struct store_watch){ request->context, request->arena, NULL, NULL }, ret_answer))
        return;
    store_answer_keep(request->arena, &call->answer, ret_answer);
    if (call->answer.outcome != REMOTE_DONE) {
        ret_found->problem = call->found.problem;
        explain(request->arena, &call->found, most, ret_answer);
    } else if (!keep(request->arena, &call->found, ret_found))
        *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED };
    store_call_destroy(call);
}
