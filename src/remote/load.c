/*
 * The documents of one load of a config: which way each is got, how often it is tried, what of it is in the cache, and that
 * all of them together keep to the limits.
 */

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/text.h"
#include "config/glob.h"
#include "remote/cache.h"
#include "remote/credentials.h"
#include "remote/http.h"
#include "remote/remote.h"
#include "remote/retry.h"
#include "remote/transfer.h"
#include "remote/ways.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    USUAL_TOTAL_MS = 60000,
    PATIENCE_WITH_COPY_MS = 5000, /* with a copy at hand, nobody waits for long */
};

struct document {
    struct arena *arena; /* wiped: configs may hold passwords */
    struct uri uri;
    bool is_done;
    struct file_content content;
    struct remote_problem problem;
    const char *note; /* NULL: nothing to tell */
};

struct remote_load {
    struct remote_context context;
    struct cache *cache;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t done;
    struct arena *arena;
    struct map *by_name;
    struct document *documents[REMOTE_MOST_DOCUMENTS];
    size_t count;
};

static const duckalog_remote_options usual_options;

static void end(struct remote_load *load)
{
    if (load == NULL)
        return;
    for (size_t i = 0; i < load->count; i++)
        arena_destroy(load->documents[i]->arena);
    stores_destroy(load->context.stores);
    connections_destroy(load->context.connections);
    arena_destroy(load->arena);
    pthread_cond_destroy(&load->done);
    pthread_mutex_destroy(&load->lock);
    free(load);
}

static struct remote_load *begin(const struct remote_settings *settings)
{
    struct remote_load *load = calloc(1, sizeof(*load));
    const duckalog_remote_options *options = settings->options != NULL ? settings->options : &usual_options;
    int total_ms = options->total_timeout_ms > 0 ? options->total_timeout_ms : USUAL_TOTAL_MS;

    if (load == NULL)
        return NULL;
    pthread_mutex_init(&load->lock, NULL);
    pthread_cond_init(&load->done, NULL);
    load->arena = arena_create(ARENA_PLAIN);
    load->by_name = load->arena == NULL ? NULL : map_create(load->arena, MAP_EXACT);
    load->context = (struct remote_context){ .options = options,
                                             .interrupted = settings->interrupted,
                                             .stores = stores_create(settings),
                                             .connections = connections_create(),
                                             .deadline = clock_ms() + total_ms };
    if (load->by_name == NULL || load->context.stores == NULL || load->context.connections == NULL) {
        end(load);
        return NULL;
    }
    load->cache = options->no_cache ? NULL : cache_create(load->arena, options->cache_directory);
    return load;
}

/* ---- one document ---- */

static void ask_once(void *user, struct remote_answer *ret_answer)
{
    const struct remote_request *request = user;

    way_to(request->uri->scheme)->get(request, ret_answer);
}

static void ask_for(const struct remote_context *context, struct document *document, size_t largest,
                    const struct cached_document *copy, struct remote_answer *ret_answer)
{
    struct remote_request request = { .context = context,
                                      .arena = document->arena,
                                      .uri = &document->uri,
                                      .largest = largest,
                                      .patience_ms = retry_patience_ms(context),
                                      .etag = copy->etag,
                                      .modified = copy->modified };
    bool has_copy = copy->content.chars != NULL;

    if (has_copy && request.patience_ms > PATIENCE_WITH_COPY_MS)
        request.patience_ms = PATIENCE_WITH_COPY_MS;
    retry(context, has_copy ? 1 : RETRY_MOST_TRIES, ask_once, &request, ret_answer);
}

static void take_copy(struct document *document, const struct cached_document *copy, const char *why)
{
    document->content = copy->content;
    document->problem = (struct remote_problem){ NULL };
    if (why != NULL)
        document->note = arena_format(document->arena, "%s: what was fetched before is used", why);
}

static void fetch(struct remote_load *load, struct document *document, size_t largest)
{
    struct cached_document copy = { .etag = NULL };
    bool has_copy = cache_find(load->cache, document->arena, document->uri.text, &copy);
    struct remote_answer answer;

    if (load->context.options->offline) {
        if (has_copy)
            take_copy(document, &copy, NULL);
        else
            document->problem =
                (struct remote_problem){ .message = "was not fetched before, and offline nobody is asked",
                                         .hint = "run it once without --offline" };
        return;
    }
    ask_for(&load->context, document, largest, &copy, &answer);
    switch (answer.outcome) {
    case REMOTE_DONE:
        document->content = answer.content;
        copy = (struct cached_document){ answer.content, answer.etag, answer.modified };
        cache_keep(load->cache, document->uri.text, &copy);
        return;
    case REMOTE_UNCHANGED:
        take_copy(document, &copy, NULL);
        return;
    case REMOTE_FAILED:
        if (has_copy) {
            take_copy(document, &copy, answer.message);
            return;
        }
        break;
    case REMOTE_REFUSED:
        break;
    }
    document->problem = (struct remote_problem){ .message = answer.message != NULL ? answer.message : FILE_NO_MEMORY,
                                                 .hint = answer.hint,
                                                 .is_refused = answer.is_wrong,
                                                 .is_transient = answer.outcome == REMOTE_FAILED };
}

/* ---- all of them ---- */

/* The document of this name, which may be on its way; NULL after setting the problem. The lock is held. */
static struct document *add_document(struct remote_load *load, const struct uri *uri,
                                     struct remote_problem *ret_problem)
{
    struct document *document = arena_alloc(load->arena, sizeof(*document));
    struct arena *arena = arena_create(ARENA_WIPED);
    const char *unused; /* it was taken apart before: what can fail is memory */

    *ret_problem = (struct remote_problem){ .message = FILE_NO_MEMORY };
    if (document == NULL || arena == NULL) {
        arena_destroy(arena);
        return NULL;
    }
    document->arena = arena;
    if (load->count == REMOTE_MOST_DOCUMENTS) {
        *ret_problem =
            (struct remote_problem){ .message = "is one too many: a config has at most 64 documents from elsewhere",
                                     .is_refused = true };
        arena_destroy(arena);
        return NULL;
    }
    if (!uri_parse(arena, uri->text, &document->uri, &unused, &unused) ||
        !map_add(load->by_name, document->uri.text, document)) {
        arena_destroy(arena);
        return NULL;
    }
    load->documents[load->count++] = document;
    *ret_problem = (struct remote_problem){ NULL };
    return document;
}

static struct document *find_document(struct remote_load *load, const struct uri *uri, size_t largest,
                                      struct remote_problem *ret_problem)
{
    struct document *document;

    pthread_mutex_lock(&load->lock);
    document = map_find(load->by_name, uri->text);
    if (document != NULL)
        while (!document->is_done)
            pthread_cond_wait(&load->done, &load->lock);
    else {
        document = add_document(load, uri, ret_problem);
        if (document != NULL) {
            pthread_mutex_unlock(&load->lock);
            fetch(load, document, largest);
            pthread_mutex_lock(&load->lock);
            document->is_done = true;
            pthread_cond_broadcast(&load->done);
        }
    }
    pthread_mutex_unlock(&load->lock);
    return document;
}

static bool parse(struct arena *arena, const char *text, struct uri *ret_uri, struct remote_problem *ret_problem)
{
    *ret_problem = (struct remote_problem){ .is_refused = true };
    if (uri_parse(arena, text, ret_uri, &ret_problem->message, &ret_problem->hint)) {
        *ret_problem = (struct remote_problem){ NULL };
        return true;
    }
    if (ret_problem->message == NULL)
        ret_problem->message = FILE_NO_MEMORY;
    return false;
}

static void expect(struct remote_load *load, const char *text)
{
    const char *problem;
    const char *hint;
    struct uri *uri;

    pthread_mutex_lock(&load->lock);
    uri = arena_alloc(load->arena, sizeof(*uri));
    if (uri != NULL && uri_parse(load->arena, text, uri, &problem, &hint))
        credentials_set_home(&load->context, uri);
    pthread_mutex_unlock(&load->lock);
}

static bool is_safe(const char *text)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    const char *problem;
    const char *hint;
    struct uri uri;
    bool safe = arena != NULL && uri_parse(arena, text, &uri, &problem, &hint) &&
                (uri.scheme != URI_HTTP || uri_is_loopback(&uri));

    arena_destroy(arena);
    return safe;
}

static const char *name(struct arena *arena, const char *text, struct remote_problem *ret_problem)
{
    struct uri uri;

    return parse(arena, text, &uri, ret_problem) ? uri.text : NULL;
}

static bool read_document(struct remote_load *load, struct arena *arena, const char *text, size_t largest,
                          struct file_content *ret_content, struct remote_problem *ret_problem)
{
    struct uri uri;
    struct document *document;

    *ret_content = (struct file_content){ NULL, 0 };
    if (!parse(arena, text, &uri, ret_problem))
        return false;
    if (!uri_names_file(&uri, &ret_problem->message, &ret_problem->hint)) {
        ret_problem->is_refused = true;
        return false;
    }
    if (!http_is_allowed(&load->context, &uri, &ret_problem->hint)) {
        ret_problem->message = "is not read over plain http";
        ret_problem->is_refused = true;
        return false;
    }
    ret_problem->hint = NULL;
    document = find_document(load, &uri, largest, ret_problem);
    if (document == NULL)
        return false;
    *ret_problem = document->problem;
    if (ret_problem->message == NULL && document->content.length > largest)
        ret_problem->message = arena_format(arena, "is larger than %zu MiB", largest >> 20);
    if (ret_problem->message == NULL)
        ret_problem->message = file_content_keep(arena, document->content.chars, document->content.length, ret_content);
    return ret_problem->message == NULL;
}

static bool list_files(struct remote_load *load, struct arena *arena, const char *pattern, size_t most,
                       struct glob *ret_found, struct remote_problem *ret_problem)
{
    struct uri uri;
    struct remote_request request = {
        .context = &load->context, .arena = arena, .uri = &uri, .patience_ms = retry_patience_ms(&load->context)
    };
    struct remote_answer answer = { .outcome = REMOTE_DONE };
    remote_list *list;

    if (!parse(arena, pattern, &uri, ret_problem))
        return false;
    list = way_to(uri.scheme)->list;
    if (list == NULL) {
        *ret_problem = (struct remote_problem){ .message = "is a pattern, and only object stores can list their files",
                                                .hint = "name each file",
                                                .is_refused = true };
        return false;
    }
    if (load->context.options->offline) {
        *ret_problem = (struct remote_problem){ .message = "is a pattern: which files match it is not known offline",
                                                .hint = "name each file" };
        return false;
    }
    list(&request, most, ret_found, &answer);
    if (answer.outcome == REMOTE_DONE)
        return true;
    *ret_problem = (struct remote_problem){ .message = answer.message != NULL ? answer.message : FILE_NO_MEMORY,
                                            .hint = answer.hint,
                                            .is_refused = answer.is_wrong,
                                            .is_transient = answer.outcome == REMOTE_FAILED };
    return false;
}

static const char *note(const struct remote_load *load, size_t index, const char **ret_uri)
{
    for (size_t i = 0; i < load->count; i++)
        if (load->documents[i]->note != NULL && index-- == 0) {
            *ret_uri = load->documents[i]->uri.text;
            return load->documents[i]->note;
        }
    return NULL;
}

const struct remote_access remote_access = {
    .begin = begin,
    .end = end,
    .expect = expect,
    .is_safe = is_safe,
    .name = name,
    .read = read_document,
    .list = list_files,
    .note = note,
};
