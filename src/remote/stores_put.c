/*
 * Writing an object: the whole of it, or what was there before stays. S3 and those that speak it put an object together from
 * its parts at the very end, so that nobody sees a part of it. (DuckDB begins a blob of Azure by emptying what is there:
 * azure_put.c.)
 *
 * What may be replaced is compared right before, as DuckDB can't make the store compare (If-Match): someone who writes
 * within these moments is not noticed. Parts of an upload that failed stay with the store until it drops them, by a rule of
 * the bucket; DuckDB has no way to ask for it.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE = 4 * 1024 * 1024, /* of the file, between two looks at whether to go on */
    RETRIES = 3,             /* of the request for a part */
    AT_A_TIME = 4            /* parts that are on their way: each is in memory */
};

#define LARGEST_BLOB (39 * (uint64_t)(1 << 30) / 10)

static void fail(struct store_call *call, enum remote_outcome outcome, const char *reason, const char *hint)
{
    call->answer = (struct remote_answer){
        .outcome = outcome,
        .message = store_message(call->arena, STORE_WRITE, reason),
        .hint = hint,
    };
}

/* ---- before and after ---- */

/* The answer tells what is there now. */
static void look(struct store_call *call)
{
    call->is_head = true;
    store_read(call);
    store_call_goes_on(call);
}

static bool may_be_replaced(struct store_call *call)
{
    if (call->replaces == NULL)
        return true;
    look(call);
    if (call->answer.outcome == REMOTE_FAILED)
        return false;
    if (*call->replaces == '\0' && call->answer.is_missing)
        return true;
    if (call->answer.outcome == REMOTE_DONE && call->answer.etag != NULL &&
        strcmp(call->answer.etag, call->replaces) == 0)
        return true;
    fail(call, REMOTE_REFUSED, "it has been changed by someone else since it was fetched", NULL);
    call->answer.is_changed = true;
    return false;
}

static void check(struct store_call *call)
{
    look(call);
    if (call->answer.outcome != REMOTE_DONE) {
        fail(call, REMOTE_FAILED, "it is not there after it was written", NULL);
        return;
    }
    if (call->answer.size != call->size)
        fail(call, REMOTE_FAILED,
             arena_format(call->arena, "it has %llu bytes afterwards, and not %llu",
                          (unsigned long long)call->answer.size, (unsigned long long)call->size),
             "someone else may have written it at the same time");
}

/* ---- by DuckDB's file systems ---- */

/*
 * DuckDB makes parts of a ten-thousandth of the largest file that it is told to expect, of 5 MiB at least. The smaller they
 * are, the less memory, and the less a slow network has to send within the time for a request.
 */
static bool set_parts(struct store_call *call)
{
    const uint64_t expected_gb = call->size / 1000000000 + call->size / 10000000000 + 1;
    const char *statements[] = {
        arena_format(call->arena, "SET SESSION s3_uploader_max_filesize = '%lluGB'",
                     (unsigned long long)(expected_gb < 50 ? 50 : expected_gb)),
        arena_format(call->arena, "SET SESSION s3_uploader_thread_limit = %d", AT_A_TIME),
    };
    struct text problem = text_on_heap();
    bool good = true;

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]) && good; i++)
        good = statements[i] != NULL && store_query(call->connection, statements[i], NULL, 0, NULL, &problem);
    if (!good)
        store_call_fail(call, text_string(&problem));
    text_free(&problem);
    return good;
}

/* False after failing the call. */
static bool send_all(struct store_call *call, FILE *from, const struct store_file *file)
{
    char *buffer = arena_alloc(call->arena, PIECE);
    uint64_t sent = 0;

    while (buffer != NULL && sent < call->size) {
        size_t count = fread(buffer, 1, PIECE, from);

        if (count == 0 || atomic_load(&call->is_given_up)) {
            fail(call, REMOTE_REFUSED,
                 ferror(from) ? strerror(errno) : "the file has become shorter while it was written", NULL);
            return false;
        }
        if (duckdb_files.write(file->handle, buffer, (int64_t)count) != (int64_t)count) {
            store_file_fail(call, file);
            return false;
        }
        sent += count;
        atomic_store(&call->moved, sent);
        store_call_goes_on(call);
    }
    return buffer != NULL;
}

static bool put_by_files(struct store_call *call, FILE *from)
{
    struct store_file file;

    if (!store_file_open(call, STORE_FILE_WRITE, &file))
        return false;
    if (!send_all(call, from, &file)) {
        store_file_leave(call, &file);
        return false;
    }
    return store_file_close(call, &file);
}

/* ---- by COPY ---- */

static bool put_by_copy(struct store_call *call)
{
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    bool good = false;

    if (call->size > LARGEST_BLOB)
        fail(call, REMOTE_REFUSED, "DuckDB before 1.5 takes a file in one piece, of less than 3.9 GiB",
             "use it with DuckDB 1.5 or newer");
    else {
        sql_format(&sql, "COPY (SELECT content FROM read_blob(%L)) TO %L (FORMAT BLOB)", call->file, call->address);
        good = text_string(&sql) != NULL && store_query(call->connection, text_string(&sql), NULL, 0, NULL, &problem);
        if (!good)
            store_call_fail(call, text_string(&problem));
        store_call_goes_on(call);
        atomic_store(&call->is_unwatched, false);
    }
    text_free(&problem);
    text_free(&sql);
    return good;
}

/* ---- the call ---- */

static void work(struct store_call *call)
{
    FILE *from;
    bool good;

    if (!may_be_replaced(call))
        return;
    fail(call, REMOTE_REFUSED, "not enough memory", NULL);
    from = fopen(call->file, "rb");
    if (from == NULL) {
        fail(call, REMOTE_REFUSED, strerror(errno), NULL);
        return;
    }
    atomic_store(&call->total, call->size);
    good = set_parts(call) && (duckdb_has_files() ? put_by_files(call, from) : put_by_copy(call));
    fclose(from);
    if (good)
        check(call);
}

void stores_put(const struct remote_upload *upload, struct remote_answer *ret_answer)
{
    const struct store_watch watch = { upload->context, upload->arena, upload->progress, upload->progress_user };
    struct store_call *call;

    *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED };
    if (upload->uri->scheme == URI_HUGGING_FACE) {
        ret_answer->message = store_message(upload->arena, STORE_WRITE, "DuckDB only reads from Hugging Face");
        return;
    }
    /* DuckDB would make nothing of it. */
    if (upload->size == 0) {
        ret_answer->message = store_message(upload->arena, STORE_WRITE, "the file is empty");
        return;
    }
    call = store_call_create(upload->context, upload->arena, upload->uri, STORE_WRITE, upload->patience_ms, ret_answer);
    if (call == NULL)
        return;
    call->work = work;
    call->retries = RETRIES;
    call->file = arena_string(call->arena, upload->file);
    call->size = upload->size;
    call->replaces = upload->replaces == NULL ? NULL : arena_string(call->arena, upload->replaces);
    if (call->file == NULL || (upload->replaces != NULL && call->replaces == NULL)) {
        store_call_destroy(call);
        return;
    }
    if (!store_call_run(call, &watch, ret_answer))
        return;
    store_answer_keep(upload->arena, &call->answer, ret_answer);
    store_call_destroy(call);
}
