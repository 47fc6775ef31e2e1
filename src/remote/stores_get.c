/*
 * Reading an object. With the file systems of DuckDB 1.5 that is one HEAD, which tells whether it is worth a GET, and a GET;
 * without them it is one HEAD more.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 8 * 1024 * 1024,   /* of an object, that is asked for in one request */
    AZURE_PIECE = 1024 * 1024, /* the azure extension asks for no more, and each is a sign of life */
    RETRIES = 3                /* of a request for a piece: what is there already is not to be fetched again */
};

/* Of a value of type BLOB, in bytes. */
#define LARGEST_BLOB (39 * (uint64_t)(1 << 30) / 10)

/* ---- what is known of an object ---- */

/*
 * A header of the last answer about the object, by DuckDB's log of requests (none before DuckDB 1.4). The log of 1.5.5 names
 * no connection for what its file systems do, so that the address has to tell: a bucket is a part of the host or of the path.
 */
static const char *logged_header(struct store_call *call, const char *name)
{
    const char *bucket = strstr(call->address, "://") + strlen("://");
    const char *slash = strchr(bucket, '/');
    const char *path = slash == NULL ? "" : slash;
    const char *base = strrchr(path, '/');
    struct text sql = text_on_heap();
    const char *value = NULL;

    sql_format(&sql,
               "SELECT header.value FROM (SELECT request.start_time AS asked, unnest(map_entries(response.headers)) AS "
               "header FROM duckdb_logs_parsed('HTTP') WHERE ");
    if (call->entry.scheme == URI_HUGGING_FACE)
        sql_format(&sql, "ends_with(url_decode(split_part(request.url, '?', 1)), %L)", base == NULL ? "" : base);
    else
        sql_format(&sql,
                   "(ends_with(url_decode(split_part(request.url, '?', 1)), '/' || %L) OR "
                   "(ends_with(url_decode(split_part(request.url, '?', 1)), %L) AND "
                   "contains(request.url, '://' || %L || '.')))",
                   bucket, path, arena_copy(call->arena, bucket, (size_t)(path - bucket)));
    sql_format(&sql, ") WHERE lower(header.key) = %L ORDER BY asked DESC LIMIT 1", name);
    if (text_string(&sql) != NULL)
        value = store_query_text(call->arena, call->connection, text_string(&sql), NULL);
    text_free(&sql);
    return value;
}

static bool is_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The ETag is what counts; a date, which has whole seconds, only where there is none. False: nothing is left to do. */
static bool is_wanted(struct store_call *call, uint64_t size)
{
    struct remote_answer *answer = &call->answer;

    answer->size = size;
    answer->etag = logged_header(call, "etag");
    if (answer->modified == NULL)
        answer->modified = logged_header(call, "last-modified");
    if (answer->etag != NULL && call->etag != NULL ? is_same(answer->etag, call->etag)
                                                   : is_same(answer->modified, call->modified)) {
        answer->outcome = REMOTE_UNCHANGED;
        return false;
    }
    if (call->is_head) {
        answer->outcome = REMOTE_DONE;
        return false;
    }
    atomic_store(&call->total, size);
    if (call->to != NULL || size <= call->largest)
        return true;
    answer->message = arena_format(call->arena, "is larger than %zu MiB", call->largest >> 20);
    return false;
}

/* ---- where the content goes ---- */

/* False after failing the call. A call that is given up has nothing to write to any more. */
static bool write_piece(struct store_call *call, const char *chars, size_t length)
{
    bool good;

    pthread_mutex_lock(&call->lock);
    good = !atomic_load(&call->is_given_up) && fwrite(chars, 1, length, call->to) == length;
    pthread_mutex_unlock(&call->lock);
    if (!good)
        call->answer = (struct remote_answer){
            .outcome = REMOTE_REFUSED,
            .message = arena_format(call->arena, "can't be kept: %s", strerror(errno)),
        };
    return good;
}

static void finish(struct store_call *call, const char *chars, size_t length)
{
    if (call->to == NULL)
        call->answer.content = (struct file_content){ chars, length };
    call->answer.outcome = REMOTE_DONE;
}

/* ---- by DuckDB's file systems ---- */

/* Piece by piece into a file, or all of it into the arena. */
static void read_content(struct store_call *call, const struct store_file *file, char *buffer, size_t size)
{
    size_t most = call->entry.scheme == URI_AZURE ? AZURE_PIECE : PIECE;
    size_t length = 0;

    while (length < size) {
        size_t left = size - length;
        char *piece = call->to != NULL ? buffer : buffer + length;
        int64_t count = duckdb_files.read(file->handle, piece, (int64_t)(left < most ? left : most));

        if (count < 0) {
            store_file_fail(call, file);
            return;
        }
        if (count == 0 || atomic_load(&call->is_given_up)) {
            store_call_fail(call, "IO Error: it has become shorter while it was read");
            return;
        }
        if (call->to != NULL && !write_piece(call, piece, (size_t)count))
            return;
        length += (size_t)count;
        atomic_store(&call->moved, length);
        store_call_goes_on(call);
    }
    finish(call, buffer, length);
}

static void read_file(struct store_call *call, const struct store_file *file)
{
    int64_t size = duckdb_files.size(file->handle);
    char *buffer;

    if (size < 0) {
        store_file_fail(call, file);
        return;
    }
    if (!is_wanted(call, (uint64_t)size))
        return;
    buffer = arena_alloc(call->arena, call->to != NULL ? PIECE : (size_t)size + 1);
    if (buffer != NULL)
        read_content(call, file, buffer, (size_t)size);
}

static void get_by_files(struct store_call *call)
{
    struct store_file file;

    if (!store_file_open(call, STORE_FILE_READ, &file))
        return;
    store_call_goes_on(call);
    read_file(call, &file);
    store_file_close(call, &file);
}

/* ---- by queries ---- */

/* The first row, of which there has to be one. */
static bool query_row(struct store_call *call, const char *select, duckdb_result *ret_result,
                      duckdb_data_chunk *ret_chunk)
{
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    bool good;

    *ret_chunk = NULL;
    text_format(&sql, "SELECT %s FROM read_blob($1)", select);
    good = text_string(&sql) != NULL &&
           store_query(call->connection, text_string(&sql), &call->address, 1, ret_result, &problem);
    if (!good)
        store_call_fail(call, text_string(&problem));
    else {
        *ret_chunk = duckdb_fetch_chunk(*ret_result);
        if (*ret_chunk == NULL || duckdb_data_chunk_get_size(*ret_chunk) != 1) {
            store_call_fail(call, "(HTTP 404");
            duckdb_destroy_data_chunk(ret_chunk);
            duckdb_destroy_result(ret_result);
            good = false;
        }
    }
    text_free(&problem);
    text_free(&sql);
    return good;
}

static bool find_by_query(struct store_call *call, uint64_t *ret_size)
{
    duckdb_result result;
    duckdb_data_chunk chunk;
    size_t length;
    const char *chars;

    /* As HTTP writes dates. */
    if (!query_row(call,
                   "size::VARCHAR, strftime(make_timestamp(epoch_us(last_modified)), '%a, %d %b %Y %H:%M:%S GMT')",
                   &result, &chunk))
        return false;
    chars = store_chars(chunk, 0, 0, &length);
    *ret_size = chars == NULL ? 0 : strtoull(arena_copy(call->arena, chars, length), NULL, 10);
    chars = store_chars(chunk, 1, 0, &length);
    call->answer.modified = chars == NULL ? NULL : arena_copy(call->arena, chars, length);
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    return true;
}

static void get_by_query(struct store_call *call)
{
    duckdb_result result;
    duckdb_data_chunk chunk;
    uint64_t size;
    size_t length;
    const char *chars;

    if (!find_by_query(call, &size))
        return;
    store_call_goes_on(call);
    if (!is_wanted(call, size))
        return;
    if (size > LARGEST_BLOB) {
        call->answer.message = store_message(call->arena, STORE_READ,
                                             "DuckDB before 1.5 takes an object in one piece, of less than 3.9 GiB");
        call->answer.hint = "use it with DuckDB 1.5 or newer";
        return;
    }
    atomic_store(&call->is_unwatched, call->to != NULL);
    if (!query_row(call, "content", &result, &chunk))
        return;
    chars = store_chars(chunk, 0, 0, &length);
    chars = chars != NULL ? chars : "";
    if (call->to == NULL) {
        chars = arena_copy(call->arena, chars, length);
        if (chars != NULL)
            finish(call, chars, length);
    } else if (write_piece(call, chars, length))
        finish(call, NULL, 0);
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
}

/* ---- the call ---- */

void store_read(struct store_call *call)
{
    call->answer = (struct remote_answer){ .outcome = REMOTE_REFUSED };
    if (duckdb_has_files())
        get_by_files(call);
    else
        get_by_query(call);
}

static const char *kept(struct arena *arena, const char *string)
{
    return string == NULL ? NULL : arena_string(arena, string);
}

void store_answer_keep(struct arena *arena, const struct remote_answer *answer, struct remote_answer *ret_answer)
{
    *ret_answer = *answer;
    ret_answer->etag = kept(arena, answer->etag);
    ret_answer->modified = kept(arena, answer->modified);
    ret_answer->message = kept(arena, answer->message);
    ret_answer->hint = kept(arena, answer->hint);
    if (answer->content.chars == NULL)
        return;
    ret_answer->content.chars = arena_copy(arena, answer->content.chars, answer->content.length);
    if (ret_answer->content.chars == NULL)
        *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED };
}

void stores_get(const struct remote_request *request, struct remote_answer *ret_answer)
{
    struct store_call *call =
        store_call_create(request->context, request->arena, request->uri, STORE_READ, request->patience_ms, ret_answer);
    const struct store_watch watch = { request->context, request->arena, request->progress, request->progress_user };

    if (call == NULL)
        return;
    call->work = store_read;
    call->largest = request->largest;
    call->is_head = request->is_head;
    call->to = request->to;
    call->retries = request->to != NULL ? RETRIES : 0;
    call->etag = kept(call->arena, request->etag);
    call->modified = kept(call->arena, request->modified);
    if (!store_call_run(call, &watch, ret_answer))
        return;
    store_answer_keep(request->arena, &call->answer, ret_answer);
    store_call_destroy(call);
}
