/*
 * Calls: work in a thread of its own, watched by whoever waits for it.
 *
 * Measured with DuckDB 1.5: duckdb_interrupt() does not end a request that waits for its server; that ends by
 * http_timeout, and in the azure extension by no limit of ours. So a call that takes too long is left to itself.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/thread.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 50,  /* between two looks at the clock and the flag */
    GRACE_MS = 200 /* for a call that is interrupted while it can be */
};

#define INTERRUPTED "interrupted"

struct store_call *store_call_create(const struct remote_context *context, struct arena *arena, const struct uri *uri,
                                     enum store_action action, int patience_ms, struct remote_answer *ret_answer)
{
    struct store_call *call = calloc(1, sizeof(*call));

    *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED };
    if (call == NULL)
        return NULL;
    call->arena = arena_create(ARENA_WIPED);
    if (call->arena == NULL || !condition_init(&call->change)) {
        arena_destroy(call->arena);
        free(call);
        return NULL;
    }
    pthread_mutex_init(&call->lock, NULL);
    call->stores = context->stores;
    call->action = action;
    call->patience_ms = patience_ms;
    call->answer.outcome = REMOTE_REFUSED;
    call->address = store_address(call->arena, uri);
    call->uri = arena_string(call->arena, uri->text);
    if (call->address != NULL && call->uri != NULL &&
        store_entry_find(call->arena, context, uri, patience_ms, &call->entry)) {
        if (call->entry.problem == NULL)
            return call;
        ret_answer->outcome = call->entry.is_transient ? REMOTE_FAILED : REMOTE_REFUSED;
        ret_answer->message = store_message(arena, action, call->entry.problem);
        ret_answer->hint = call->entry.problem_hint == NULL ? NULL : arena_string(arena, call->entry.problem_hint);
        ret_answer->tries = call->entry.tries;
    }
    store_call_destroy(call);
    return NULL;
}

void store_call_destroy(struct store_call *call)
{
    pthread_cond_destroy(&call->change);
    pthread_mutex_destroy(&call->lock);
    arena_destroy(call->arena);
    free(call);
}

void store_call_goes_on(struct store_call *call)
{
    atomic_store(&call->last_sign, clock_ms());
}

void store_call_fail(struct store_call *call, const char *duckdb_message)
{
    store_explain(call->arena, call->action, &call->entry, duckdb_message == NULL ? "" : duckdb_message, &call->answer);
}

static void *run(void *user)
{
    struct store_call *call = user;
    bool is_abandoned;

    if (stores_connect(call))
        call->work(call);
    stores_disconnect(call);
    stores_release(call->stores);
    pthread_mutex_lock(&call->lock);
    call->is_done = true;
    is_abandoned = call->is_abandoned;
    pthread_cond_signal(&call->change);
    pthread_mutex_unlock(&call->lock);
    if (is_abandoned)
        store_call_destroy(call);
    return NULL;
}

/*
 * How long the store may be silent before the call is given up; 0: the httpfs extension ends a request itself in which no
 * byte comes or goes for http_timeout, however long it takes as a whole. The azure extension has no limit but its tries.
 */
static double silence_ms(const struct store_call *call)
{
    if (call->entry.scheme != URI_AZURE || atomic_load(&call->is_unwatched))
        return 0;
    return call->retries == 0 ? call->patience_ms : (1.0 + call->retries) * call->patience_ms;
}

/* Why the call is not to be waited for any more, or NULL. */
static const char *reason_to_stop(const struct store_call *call, const struct remote_context *context,
                                  struct arena *arena)
{
    double now = clock_ms();
    double silence = silence_ms(call);

    if (context->interrupted != NULL && atomic_load(context->interrupted))
        return INTERRUPTED;
    if (context->deadline > 0 && now >= context->deadline)
        return "the time for all documents is over";
    if (silence > 0 && now - atomic_load(&call->last_sign) >= silence) {
        const char *reason = arena_format(arena, "no answer within %g s", call->patience_ms / 1e3);

        return reason != NULL ? reason : "no answer";
    }
    return NULL;
}

/* With the lock held. */
static void give_up(struct store_call *call)
{
    double until = clock_ms() + GRACE_MS;

    atomic_store(&call->is_given_up, true);
    if (call->connection != NULL)
        duckdb_interrupt(call->connection);
    while (!call->is_done && clock_ms() < until)
        condition_wait(&call->change, &call->lock, GRACE_MS);
    call->is_abandoned = !call->is_done;
}

static void tell_progress(const struct store_call *call, const struct store_watch *watch)
{
    uint64_t total = atomic_load(&call->total);

    if (watch->progress != NULL && total > 0)
        watch->progress(atomic_load(&call->moved), total, watch->progress_user);
}

bool store_call_run(struct store_call *call, const struct store_watch *watch, struct remote_answer *ret_answer)
{
    pthread_t thread;
    enum store_action action = call->action;
    const char *reason = NULL;
    bool is_interrupted;
    bool is_abandoned;

    store_call_goes_on(call);
    stores_hold(call->stores);
    if (!thread_start(&thread, run, call)) {
        run(call);
        return true;
    }
    pthread_mutex_lock(&call->lock);
    while (!call->is_done && reason == NULL) {
        condition_wait(&call->change, &call->lock, LOOK_MS);
        reason = call->is_done ? NULL : reason_to_stop(call, watch->context, watch->arena);
        tell_progress(call, watch);
    }
    if (reason != NULL)
        give_up(call);
    is_abandoned = call->is_abandoned;
    pthread_mutex_unlock(&call->lock);
    if (is_abandoned)
        pthread_detach(thread);
    else
        pthread_join(thread, NULL);
    if (reason == NULL)
        return true;
    is_interrupted = strcmp(reason, INTERRUPTED) == 0;
    *ret_answer = (struct remote_answer){
        .outcome = is_interrupted ? REMOTE_REFUSED : REMOTE_FAILED,
        .message = store_message(watch->arena, action, reason),
        .hint = is_interrupted ? NULL : "--fs-timeout gives it more time",
    };
    if (!is_abandoned)
        store_call_destroy(call);
    return false;
}
