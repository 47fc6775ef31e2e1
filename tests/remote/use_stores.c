/*
 * Asks object stores for something, and prints the answer as a line of JSON; tests/functional/test_stores.py says for what.
 *
 *     use-stores [name=value …] get URI
 *     use-stores [name=value …] list URI
 *     use-stores [name=value …] head URI
 *     use-stores [name=value …] download URI FILE
 *     use-stores [name=value …] put FILE URI            # not to Azure: move-file does that
 *     use-stores [name=value …] many URI URI …      # side by side
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/duckdb.h"
#include "base/parallel.h"
#include "base/thread.h"
#include "config/glob.h"
#include "remote/credentials.h"
#include "remote/stores.h"
#include "remote/transfer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct ask {
    duckalog_remote_options options;
    struct remote_settings settings;
    struct remote_context context;
    atomic_bool interrupted;
    size_t largest;
    int patience_ms;
    int total_ms;
    int interrupt_ms;
    size_t most;
    const char *etag;
    const char *modified;
    const char *replaces;
    uint64_t told_done; /* by progress */
    uint64_t told_total;
    bool without_files;
};

static json_t *text(const char *string)
{
    return string == NULL ? json_null() : json_string(string);
}

static json_t *answer_json(const struct remote_answer *answer, double started_ms)
{
    static const char *const outcomes[] = { "done", "unchanged", "refused", "failed" };
    json_t *object = json_object();

    json_object_set_new(object, "outcome", json_string(outcomes[answer->outcome]));
    json_object_set_new(object, "content",
                        answer->content.chars == NULL ? json_null()
                                                      : json_stringn(answer->content.chars, answer->content.length));
    json_object_set_new(object, "size", json_integer((json_int_t)answer->size));
    json_object_set_new(object, "etag", text(answer->etag));
    json_object_set_new(object, "modified", text(answer->modified));
    json_object_set_new(object, "message", text(answer->message));
    json_object_set_new(object, "hint", text(answer->hint));
    json_object_set_new(object, "seconds", json_real((clock_ms() - started_ms) / 1e3));
    return object;
}

static struct remote_request request_for(struct ask *ask, struct arena *arena, const struct uri *uri)
{
    return (struct remote_request){
        .context = &ask->context,
        .arena = arena,
        .uri = uri,
        .largest = ask->largest,
        .patience_ms = ask->patience_ms,
        .etag = ask->etag,
        .modified = ask->modified,
    };
}

static bool parse(struct arena *arena, const char *text_of_uri, struct uri *ret_uri)
{
    const char *problem;
    const char *hint;

    if (uri_parse(arena, text_of_uri, ret_uri, &problem, &hint))
        return true;
    fprintf(stderr, "%s %s\n", text_of_uri, problem);
    exit(EXIT_FAILURE);
}

static void tell(uint64_t done, uint64_t total, void *user)
{
    struct ask *ask = user;

    if (done < ask->told_done || done > total)
        abort();
    ask->told_done = done;
    ask->told_total = total;
}

/* Not getrusage(): that begins with what the process had that started this one. */
static void add_use_of_memory(json_t *object)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    long most_kb = 0;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmHWM:", strlen("VmHWM:")) == 0)
            most_kb = strtol(line + strlen("VmHWM:"), NULL, 10);
    if (status != NULL)
        fclose(status);
    json_object_set_new(object, "most_memory_kb", json_integer(most_kb));
}

static json_t *transfer(struct ask *ask, const char *text_of_uri, FILE *to, bool is_head)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct remote_answer answer;
    struct remote_request request;
    struct uri uri;
    double started = clock_ms();
    json_t *object;

    parse(arena, text_of_uri, &uri);
    request = request_for(ask, arena, &uri);
    request.is_head = is_head;
    request.to = to;
    request.progress = tell;
    request.progress_user = ask;
    stores_get(&request, &answer);
    object = answer_json(&answer, started);
    add_use_of_memory(object);
    json_object_set_new(object, "told", json_integer((json_int_t)ask->told_total));
    arena_destroy(arena);
    return object;
}

static json_t *download(struct ask *ask, const char *text_of_uri, const char *path)
{
    FILE *to = fopen(path, "wb");
    json_t *object = transfer(ask, text_of_uri, to, false);

    fclose(to);
    return object;
}

static json_t *put(struct ask *ask, const char *path, const char *text_of_uri)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct remote_answer answer;
    struct stat status;
    struct uri uri;
    double started = clock_ms();
    json_t *object;

    parse(arena, text_of_uri, &uri);
    if (stat(path, &status) != 0)
        exit(EXIT_FAILURE);
    stores_put(
        &(struct remote_upload){
            .context = &ask->context,
            .arena = arena,
            .uri = &uri,
            .file = path,
            .size = (uint64_t)status.st_size,
            .patience_ms = ask->patience_ms,
            .replaces = ask->replaces,
            .progress = tell,
            .progress_user = ask,
        },
        &answer);
    object = answer_json(&answer, started);
    add_use_of_memory(object);
    json_object_set_new(object, "told", json_integer((json_int_t)ask->told_total));
    arena_destroy(arena);
    return object;
}

static json_t *get(struct ask *ask, const char *text_of_uri)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct remote_answer answer;
    struct remote_request request;
    struct uri uri;
    double started = clock_ms();
    json_t *object;

    parse(arena, text_of_uri, &uri);
    request = request_for(ask, arena, &uri);
    stores_get(&request, &answer);
    object = answer_json(&answer, started);
    arena_destroy(arena);
    return object;
}

static json_t *list(struct ask *ask, const char *text_of_uri)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct remote_answer answer;
    struct remote_request request;
    struct glob found;
    struct uri uri;
    double started = clock_ms();
    json_t *object;
    json_t *names = json_array();

    parse(arena, text_of_uri, &uri);
    request = request_for(ask, arena, &uri);
    stores_list(&request, ask->most, &found, &answer);
    object = answer_json(&answer, started);
    for (size_t i = 0; answer.outcome == REMOTE_DONE && i < found.count; i++)
        json_array_append_new(names, json_string(found.paths[i]));
    json_object_set_new(object, "names", names);
    arena_destroy(arena);
    return object;
}

struct many {
    struct ask *ask;
    char **uris;
    json_t **answers;
};

static void get_one(size_t index, void *user)
{
    struct many *many = user;

    many->answers[index] = get(many->ask, many->uris[index]);
}

static json_t *get_many(struct ask *ask, char **uris, size_t count)
{
    struct many many = { ask, uris, calloc(count + 1, sizeof(json_t *)) };
    json_t *all = json_array();

    parallel_run(count, 8, get_one, &many);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, many.answers[i]);
    free(many.answers);
    return all;
}

static void *interrupt(void *user)
{
    struct ask *ask = user;

    clock_sleep_ms(ask->interrupt_ms);
    atomic_store(&ask->interrupted, true);
    return NULL;
}

static bool set(struct ask *ask, const char *pair)
{
    const char *value = strchr(pair, '=');
    const struct {
        const char *name;
        const char **text;
        int *number;
        size_t *size;
    } fields[] = {
        { "protocol", &ask->options.protocol, NULL, NULL },
        { "key", &ask->options.key, NULL, NULL },
        { "secret", &ask->options.secret, NULL, NULL },
        { "token", &ask->options.token, NULL, NULL },
        { "profile", &ask->options.aws_profile, NULL, NULL },
        { "gcs-file", &ask->options.gcs_credentials_file, NULL, NULL },
        { "azure", &ask->options.azure_connection_string, NULL, NULL },
        { "etag", &ask->etag, NULL, NULL },
        { "modified", &ask->modified, NULL, NULL },
        { "replaces", &ask->replaces, NULL, NULL },
        { "anonymous", NULL, &ask->options.anonymous, NULL },
        { "patience", NULL, &ask->patience_ms, NULL },
        { "total", NULL, &ask->total_ms, NULL },
        { "interrupt", NULL, &ask->interrupt_ms, NULL },
        { "largest", NULL, NULL, &ask->largest },
        { "most", NULL, NULL, &ask->most },
    };

    if (strcmp(pair, "without-files") == 0) {
        ask->without_files = true;
        return true;
    }
    for (size_t i = 0; value != NULL && i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strlen(fields[i].name) != (size_t)(value - pair) ||
            strncmp(pair, fields[i].name, (size_t)(value - pair)) != 0)
            continue;
        if (fields[i].text != NULL)
            *fields[i].text = value + 1;
        else if (fields[i].number != NULL)
            *fields[i].number = (int)strtol(value + 1, NULL, 10);
        else
            *fields[i].size = strtoull(value + 1, NULL, 10);
        return true;
    }
    return false;
}

/* As if the user had named them. */
static void set_homes(struct ask *ask, struct arena *arena, char **arguments, int count)
{
    for (int i = 1; i < count; i++) {
        struct uri *uri = arena_alloc(arena, sizeof(*uri));

        if (uri != NULL && strstr(arguments[i], "://") != NULL && parse(arena, arguments[i], uri))
            credentials_set_home(&ask->context, uri);
    }
}

int main(int count, char **arguments)
{
    static struct ask ask = { .largest = 16 << 20, .patience_ms = 10000, .total_ms = 60000, .most = 100 };
    struct arena *arena = arena_create(ARENA_PLAIN); /* as long as the program */
    const char *problem;
    pthread_t thread;
    json_t *object;
    int next = 1;

    while (next < count && set(&ask, arguments[next]))
        next++;
    if (count - next < 2 || !duckdb_load(&problem))
        return EXIT_FAILURE;
    if (ask.without_files)
        duckdb_files.open = NULL;
    ask.context = (struct remote_context){
        .options = &ask.options,
        .interrupted = &ask.interrupted,
        .stores = stores_create(&ask.settings),
        .connections = connections_create(),
        .deadline = clock_ms() + ask.total_ms,
    };
    set_homes(&ask, arena, arguments + next, count - next);
    if (ask.interrupt_ms > 0 && thread_start(&thread, interrupt, &ask))
        pthread_detach(thread);
    if (strcmp(arguments[next], "get") == 0)
        object = get(&ask, arguments[next + 1]);
    else if (strcmp(arguments[next], "list") == 0)
        object = list(&ask, arguments[next + 1]);
    else if (strcmp(arguments[next], "head") == 0)
        object = transfer(&ask, arguments[next + 1], NULL, true);
    else if (strcmp(arguments[next], "download") == 0 && count - next == 3)
        object = download(&ask, arguments[next + 1], arguments[next + 2]);
    else if (strcmp(arguments[next], "put") == 0 && count - next == 3)
        object = put(&ask, arguments[next + 1], arguments[next + 2]);
    else
        object = get_many(&ask, arguments + next + 1, (size_t)(count - next - 1));
    json_dumpf(object, stdout, 0);
    putchar('\n');
    json_decref(object);
    stores_destroy(ask.context.stores);
    connections_destroy(ask.context.connections);
    arena_destroy(arena);
    return EXIT_SUCCESS;
}
