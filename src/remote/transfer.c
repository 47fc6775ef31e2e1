#include "remote/transfer.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "remote/library.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- libcurl ---- */

static struct curl_functions functions;
static const char *missing; /* why there are none */

static void load_library(void)
{
    /* Debian has two, which differ in what they do TLS with. */
    static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so", NULL };
    static const struct library_function wanted[] = {
        { "curl_easy_init", &functions.easy_init },           { "curl_easy_setopt", &functions.easy_setopt },
        { "curl_easy_perform", &functions.easy_perform },     { "curl_easy_getinfo", &functions.easy_getinfo },
        { "curl_easy_strerror", &functions.easy_strerror },   { "curl_easy_reset", &functions.easy_reset },
        { "curl_easy_cleanup", &functions.easy_cleanup },     { "curl_slist_append", &functions.slist_append },
        { "curl_slist_free_all", &functions.slist_free_all }, { "curl_version_info", &functions.version_info },
        { "curl_global_init", &functions.global_init },
    };

    switch (library_load(names, wanted, sizeof(wanted) / sizeof(wanted[0]))) {
    case LIBRARY_MISSING:
        missing = "libcurl.so.4 is not there: install libcurl (Debian: libcurl4)";
        return;
    case LIBRARY_LACKS_FUNCTIONS:
        missing = "the libcurl of this machine lacks functions that every version has";
        return;
    case LIBRARY_LOADED:
        break;
    }
    if (functions.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        missing = "libcurl can't be initialised";
}

const struct curl_functions *curl_functions(const char **ret_problem)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load_library);
    *ret_problem = missing;
    return missing == NULL ? &functions : NULL;
}

/* ---- connections ---- */

struct connections {
    pthread_mutex_t lock;
    CURL *idle[REMOTE_AT_A_TIME];
    size_t count;
    atomic_size_t login;
};

struct connections *connections_create(void)
{
    struct connections *connections = calloc(1, sizeof(*connections));

    if (connections != NULL && pthread_mutex_init(&connections->lock, NULL) == 0)
        return connections;
    free(connections);
    return NULL;
}

void connections_destroy(struct connections *connections)
{
    if (connections == NULL)
        return;
    for (size_t i = 0; i < connections->count; i++)
        functions.easy_cleanup(connections->idle[i]);
    pthread_mutex_destroy(&connections->lock);
    free(connections);
}

atomic_size_t *connections_login(struct connections *connections)
{
    return &connections->login;
}

static CURL *take_handle(struct connections *connections)
{
    CURL *handle = NULL;

    pthread_mutex_lock(&connections->lock);
    if (connections->count > 0)
        handle = connections->idle[--connections->count];
    pthread_mutex_unlock(&connections->lock);
    return handle != NULL ? handle : functions.easy_init();
}

static void give_back(struct connections *connections, CURL *handle)
{
    functions.easy_reset(handle); /* keeps the connections */
    pthread_mutex_lock(&connections->lock);
    if (connections->count < REMOTE_AT_A_TIME) {
        connections->idle[connections->count++] = handle;
        handle = NULL;
    }
    pthread_mutex_unlock(&connections->lock);
    if (handle != NULL)
        functions.easy_cleanup(handle);
}

/* ---- an exchange ---- */

struct exchange {
    const struct transfer *transfer;
    struct transfer_result *result;
    CURL *handle;
    struct text body; /* on the heap: it grows, and is wiped */
    uint64_t moved;   /* bytes of both directions, when it was last looked */
    double moved_at;  /* by clock_ms(): when there were more of them */
    uint64_t sent;    /* bytes of the file */
    bool no_memory;
};

static bool has_control_characters(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7F)
            return true;
    return false;
}

/* The value of a header of this name, without blanks; NULL: it is another one. */
static const char *header_value(struct arena *arena, const char *line, size_t length, const char *name)
{
    size_t name_length = strlen(name);

    if (length <= name_length || line[name_length] != ':' || !starts_with_ignoring_case(line, name))
        return NULL;
    line = arena_copy(arena, line + name_length + 1, length - name_length - 1);
    return line == NULL ? NULL : text_trimmed(arena, line);
}

static size_t take_header(char *line, size_t size, size_t count, void *user)
{
    struct exchange *exchange = user;
    struct transfer_result *result = exchange->result;
    struct arena *arena = exchange->transfer->arena;
    char *copy = arena_copy(arena, line, size * count);
    const struct {
        const char *name;
        const char **place;
    } wanted[] = {
        { "etag", &result->etag },
        { "last-modified", &result->modified },
        { "x-ratelimit-remaining", &result->limit_left },
    };
    const char *wait;

    if (copy == NULL)
        return 0;
    /* Of an answer before the last one, as from a proxy. */
    if (starts_with(copy, "HTTP/"))
        result->etag = result->modified = result->limit_left = NULL;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const char *value = header_value(arena, copy, size * count, wanted[i].name);

        /* One with control characters can't be sent back. */
        if (value != NULL && *value != '\0' && !has_control_characters(value))
            *wanted[i].place = value;
    }
    wait = header_value(arena, copy, size * count, "retry-after");
    if (wait != NULL) {
        long seconds = strtol(wait, NULL, 10);

        result->wait_ms = seconds > 0 && seconds < 3600 ? (int)seconds * 1000 : 0;
    }
    return size * count;
}

/* What a server says instead of the file: of a redirect, or that it is not there. */
static bool is_other_than_asked(const struct exchange *exchange)
{
    long status = 0;

    functions.easy_getinfo(exchange->handle, CURLINFO_RESPONSE_CODE, &status);
    return status >= 300;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user)
{
    struct exchange *exchange = user;
    struct transfer_result *result = exchange->result;
    FILE *to = exchange->transfer->to;
    size_t length = size * count;

    if (to != NULL && is_other_than_asked(exchange))
        return length;
    result->size += length;
    if (result->size > exchange->transfer->largest) {
        result->is_too_large = true;
        return 0;
    }
    if (to != NULL) {
        size_t written = fwrite(bytes, 1, length, to);

        result->file_error = written == length ? 0 : errno;
        return written;
    }
    text_add_length(&exchange->body, bytes, length);
    exchange->no_memory = text_failed(&exchange->body);
    return exchange->no_memory ? 0 : length;
}

/* No more than was told, even if the file has grown; less would leave the server waiting. */
static size_t give_body(char *bytes, size_t size, size_t count, void *user)
{
    struct exchange *exchange = user;
    const struct transfer *transfer = exchange->transfer;
    uint64_t left = transfer->from_size - exchange->sent;
    size_t wanted = size * count < left ? size * count : (size_t)left;
    size_t length = fread(bytes, 1, wanted, transfer->from);

    exchange->sent += length;
    if (length == wanted || !feof(transfer->from)) {
        if (!ferror(transfer->from))
            return length;
        exchange->result->file_error = errno;
    } else
        exchange->result->file_error = ESTALE;
    return CURL_READFUNC_ABORT;
}

/* libcurl begins again when a connection that was kept turns out to be gone. */
static int rewind_body(void *user, curl_off_t offset, int origin)
{
    struct exchange *exchange = user;
    const struct transfer *transfer = exchange->transfer;

    if (origin != SEEK_SET || fseeko(transfer->from, (off_t)transfer->from_start + (off_t)offset, SEEK_SET) != 0)
        return CURL_SEEKFUNC_FAIL;
    exchange->sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* Also called when nothing moves, about once a second: libcurl's own measure of speed looks back over five of them. */
static int watch(void *user, curl_off_t to_get, curl_off_t got, curl_off_t to_send, curl_off_t sent)
{
    struct exchange *exchange = user;
    const struct transfer *transfer = exchange->transfer;
    const atomic_bool *interrupted = transfer->context->interrupted;
    uint64_t moved = (uint64_t)got + (uint64_t)sent;

    if (moved != exchange->moved) {
        exchange->moved = moved;
        exchange->moved_at = clock_ms();
    }
    exchange->result->is_silent = clock_ms() - exchange->moved_at > transfer->patience_ms;
    if (transfer->progress != NULL)
        transfer->progress((uint64_t)(transfer->from != NULL ? sent : got),
                           (uint64_t)(transfer->from != NULL ? to_send : to_get), transfer->progress_user);
    exchange->result->is_interrupted = interrupted != NULL && atomic_load(interrupted);
    return exchange->result->is_interrupted || exchange->result->is_silent;
}

/* As the curl command has it; libcurl by itself looks only where its maker's system keeps them. */
static void set_certificates(CURL *handle)
{
    const char *file = getenv("CURL_CA_BUNDLE");
    const char *folder = getenv("SSL_CERT_DIR");

    if (file == NULL || *file == '\0')
        file = getenv("SSL_CERT_FILE");
    if (file != NULL && *file != '\0')
        functions.easy_setopt(handle, CURLOPT_CAINFO, file);
    if (folder != NULL && *folder != '\0')
        functions.easy_setopt(handle, CURLOPT_CAPATH, folder);
}

static long remaining_ms(const struct transfer *transfer)
{
    double left = transfer->context->deadline - clock_ms();

    return left < 1 ? 1 : left > 1e9 ? 1000000000L : (long)left;
}

static void set_limits(CURL *handle, const struct transfer *transfer)
{
    long remaining = remaining_ms(transfer);

    functions.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    functions.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                          transfer->patience_ms < remaining ? (long)transfer->patience_ms : remaining);
    functions.easy_setopt(handle, CURLOPT_TIMEOUT_MS, remaining);
    if (transfer->to == NULL)
        functions.easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->largest);
}

static void set_callbacks(CURL *handle, struct exchange *exchange, char *problem)
{
    functions.easy_setopt(handle, CURLOPT_ERRORBUFFER, problem);
    functions.easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    functions.easy_setopt(handle, CURLOPT_HEADERDATA, exchange);
    functions.easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    functions.easy_setopt(handle, CURLOPT_WRITEDATA, exchange);
    functions.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watch);
    functions.easy_setopt(handle, CURLOPT_XFERINFODATA, exchange);
    functions.easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

static void set_method(CURL *handle, struct exchange *exchange)
{
    const struct transfer *transfer = exchange->transfer;

    if (transfer->from != NULL) {
        functions.easy_setopt(handle, CURLOPT_UPLOAD, 1L);
        functions.easy_setopt(handle, CURLOPT_READFUNCTION, give_body);
        functions.easy_setopt(handle, CURLOPT_READDATA, exchange);
        functions.easy_setopt(handle, CURLOPT_SEEKFUNCTION, rewind_body);
        functions.easy_setopt(handle, CURLOPT_SEEKDATA, exchange);
        functions.easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->from_size);
    } else if (transfer->form != NULL)
        functions.easy_setopt(handle, CURLOPT_POSTFIELDS, transfer->form); /* which stays where it is */
    else if (transfer->is_head)
        functions.easy_setopt(handle, CURLOPT_NOBODY, 1L);
    else if (transfer->to == NULL)
        /* What it can decode; the limit is of what comes out. */
        functions.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
}

/* Redirects are not followed here: where they may lead, and what is sent there, is for those who know the protocol. */
static bool set_up(CURL *handle, struct exchange *exchange, char *problem, struct curl_slist **ret_headers)
{
    const struct transfer *transfer = exchange->transfer;
    struct curl_slist *headers = NULL;
    const char *netrc = getenv("NETRC");

    for (size_t i = 0; transfer->headers != NULL && transfer->headers[i] != NULL; i++) {
        struct curl_slist *longer = functions.slist_append(headers, transfer->headers[i]);

        if (longer == NULL) {
            functions.slist_free_all(headers);
            return false;
        }
        headers = longer;
    }
    *ret_headers = headers;
    functions.easy_setopt(handle, CURLOPT_URL, transfer->url);
    functions.easy_setopt(handle, CURLOPT_USERAGENT, "duckalog");
    if (headers != NULL)
        functions.easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    if (transfer->is_direct)
        functions.easy_setopt(handle, CURLOPT_PROXY, "");
    if (transfer->use_netrc) {
        functions.easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
        if (netrc != NULL && *netrc != '\0')
            functions.easy_setopt(handle, CURLOPT_NETRC_FILE, netrc);
    }
    set_limits(handle, transfer);
    set_callbacks(handle, exchange, problem);
    set_method(handle, exchange);
    set_certificates(handle);
    return transfer->prepare == NULL || transfer->prepare(&functions, handle, transfer->prepare_user);
}

static bool keep_result(CURL *handle, struct exchange *exchange, const char *problem)
{
    struct transfer_result *result = exchange->result;
    struct arena *arena = exchange->transfer->arena;
    curl_off_t size = -1;
    curl_off_t time = -1;
    const char *redirect = NULL;

    functions.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &result->status);
    functions.easy_getinfo(handle, CURLINFO_REDIRECT_URL, &redirect);
    result->file_time = functions.easy_getinfo(handle, CURLINFO_FILETIME_T, &time) == CURLE_OK ? time : -1;
    if (redirect != NULL)
        result->redirect = arena_string(arena, redirect);
    if (exchange->transfer->is_head) {
        result->has_no_size =
            functions.easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size) != CURLE_OK || size < 0;
        result->size = result->has_no_size ? 0 : (uint64_t)size;
    }
    result->is_too_large = result->is_too_large || result->code == CURLE_FILESIZE_EXCEEDED;
    result->problem = arena_string(arena, *problem != '\0' ? problem : functions.easy_strerror(result->code));
    if (result->code != CURLE_OK || exchange->transfer->to != NULL)
        return result->problem != NULL && !exchange->no_memory;
    return !exchange->no_memory &&
           file_content_keep(arena, text_string(&exchange->body), exchange->body.length, &result->content) == NULL;
}

bool transfer_run(const struct transfer *transfer, struct transfer_result *ret_result)
{
    struct exchange exchange = {
        .transfer = transfer, .result = ret_result, .body = text_on_heap(), .moved_at = clock_ms()
    };
    const char *no_library;
    char problem[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    CURL *handle;
    bool good = false;

    *ret_result = (struct transfer_result){ .problem = FILE_NO_MEMORY };
    if (curl_functions(&no_library) == NULL) {
        ret_result->problem = no_library;
        return false;
    }
    for (size_t i = 0; transfer->headers != NULL && transfer->headers[i] != NULL; i++)
        if (has_control_characters(transfer->headers[i])) {
            ret_result->problem = "the token has a line break or another control character in it";
            return false;
        }
    handle = take_handle(transfer->context->connections);
    if (handle == NULL)
        return false;
    exchange.handle = handle;
    if (set_up(handle, &exchange, problem, &headers)) {
        ret_result->code = functions.easy_perform(handle);
        good = keep_result(handle, &exchange, problem);
    }
    functions.slist_free_all(headers);
    give_back(transfer->context->connections, handle);
    text_free(&exchange.body);
    return good;
}
