/*
 * Whole files behind URIs, which may be large: what is there, getting it, and putting one there. However long it takes, as
 * long as something moves.
 */

#include "base/arena.h"
#include "base/clock.h"
#include "remote/credentials.h"
#include "remote/http.h"
#include "remote/remote.h"
#include "remote/retry.h"
#include "remote/transfer.h"
#include "remote/ways.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const double FOREVER_MS = 1e12; /* thirty years */

/* Everything that one call needs. */
struct errand {
    struct remote_context context;
    struct arena *arena;
    struct uri uri;
    const struct way *way;
};

/* ---- begin and end ---- */

static bool refuse(struct remote_problem *ret_problem, const char *message, const char *hint)
{
    *ret_problem = (struct remote_problem){ .message = message != NULL ? message : FILE_NO_MEMORY,
                                            .hint = hint,
                                            .is_refused = message != NULL };
    return false;
}

/* What an answer other than REMOTE_DONE means. */
static bool fail(const struct remote_answer *answer, struct remote_problem *ret_problem)
{
    *ret_problem = (struct remote_problem){ .message = answer->message != NULL ? answer->message : FILE_NO_MEMORY,
                                            .hint = answer->hint,
                                            .is_refused = answer->is_wrong,
                                            .is_transient = answer->outcome == REMOTE_FAILED,
                                            .is_changed = answer->is_changed };
    return false;
}

static bool may_go(const struct errand *errand, struct remote_problem *ret_problem)
{
    const char *hint;

    if (errand->context.options->offline)
        return refuse(ret_problem, "is elsewhere, and offline nobody is asked", "run it without --offline");
    if (!http_is_allowed(&errand->context, &errand->uri, &hint))
        return refuse(ret_problem, "is not read over plain http", hint);
    return true;
}

static void end(struct errand *errand)
{
    stores_destroy(errand->context.stores);
    connections_destroy(errand->context.connections);
}

/* The errand stays where it is: the context leads to its URI. */
static bool begin(struct errand *errand, const struct remote_settings *settings, struct arena *arena, const char *uri,
                  struct remote_problem *ret_problem)
{
    static const duckalog_remote_options usual_options;
    const char *problem;
    const char *hint;

    *errand = (struct errand){ .arena = arena };
    *ret_problem = (struct remote_problem){ NULL };
    if (!uri_parse(arena, uri, &errand->uri, &problem, &hint) || !uri_names_file(&errand->uri, &problem, &hint))
        return refuse(ret_problem, problem, hint);
    errand->way = way_to(errand->uri.scheme);
    errand->context =
        (struct remote_context){ .options = settings->options != NULL ? settings->options : &usual_options,
                                 .interrupted = settings->interrupted,
                                 .deadline = clock_ms() + FOREVER_MS };
    credentials_set_home(&errand->context, &errand->uri);
    if (!may_go(errand, ret_problem))
        return false;
    errand->context.connections = connections_create();
    errand->context.stores = stores_create(settings);
    if (errand->context.connections != NULL && errand->context.stores != NULL)
        return true;
    end(errand);
    return refuse(ret_problem, NULL, NULL);
}

/* ---- what is there ---- */

static struct remote_request request_of(const struct errand *errand)
{
    return (struct remote_request){ .context = &errand->context,
                                    .arena = errand->arena,
                                    .uri = &errand->uri,
                                    .largest = SIZE_MAX,
                                    .patience_ms = retry_patience_ms(&errand->context) };
}

static void find_once(void *user, struct remote_answer *ret_answer)
{
    const struct errand *errand = user;
    struct remote_request request = request_of(errand);

    request.is_head = true;
    errand->way->get(&request, ret_answer);
}

static struct remote_file file_of(const struct remote_answer *answer)
{
    return (struct remote_file){
        .is_there = true, .has_no_size = answer->has_no_size, .size = answer->size, .etag = answer->etag
    };
}

bool remote_find(const struct remote_settings *settings, struct arena *arena, const char *uri,
                 struct remote_file *ret_file, struct remote_problem *ret_problem)
{
    struct errand errand;
    struct remote_answer answer;

    *ret_file = (struct remote_file){ .is_there = false };
    if (!begin(&errand, settings, arena, uri, ret_problem))
        return false;
    retry(&errand.context, RETRY_MOST_TRIES, find_once, &errand, &answer);
    end(&errand);
    if (answer.outcome == REMOTE_DONE)
        *ret_file = file_of(&answer);
    else if (!answer.is_missing)
        return fail(&answer, ret_problem);
    return true;
}

/* ---- getting it ---- */

struct download {
    const struct errand *errand;
    FILE *to;
    remote_progress *progress;
    void *progress_user;
};

static void cant_keep(struct arena *arena, struct remote_answer *ret_answer)
{
    *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED,
                                          .message = arena_format(arena, "can't be kept: %s", strerror(errno)) };
}

/* From the start: what an earlier try has left is not to be trusted. */
static void download_once(void *user, struct remote_answer *ret_answer)
{
    const struct download *download = user;
    struct remote_request request = request_of(download->errand);

    request.to = download->to;
    request.progress = download->progress;
    request.progress_user = download->progress_user;
    rewind(download->to);
    if (ftruncate(fileno(download->to), 0) != 0) {
        cant_keep(download->errand->arena, ret_answer);
        return;
    }
    download->errand->way->get(&request, ret_answer);
    /* On the disk before it is in place. */
    if (ret_answer->outcome == REMOTE_DONE && (fflush(download->to) != 0 || fsync(fileno(download->to)) != 0))
        cant_keep(download->errand->arena, ret_answer);
}

/* A new file beside the one that it becomes; NULL with errno set. */
static FILE *make_part(struct arena *arena, const char *to, const char **ret_path)
{
    for (int tries = 0; tries < 10; tries++) {
        uint32_t number = 0;
        int file;

        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
            return NULL;
        *ret_path = arena_format(arena, "%s.part-%08x", to, number);
        if (*ret_path == NULL) {
            errno = ENOMEM;
            return NULL;
        }
        file = open(*ret_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0)
            return fdopen(file, "w+b");
        if (errno != EEXIST)
            return NULL;
    }
    return NULL;
}

static void download_to(struct download *download, const char *to, struct remote_answer *ret_answer)
{
    const char *part;

    download->to = make_part(download->errand->arena, to, &part);
    if (download->to == NULL) {
        cant_keep(download->errand->arena, ret_answer);
        return;
    }
    retry(&download->errand->context, RETRY_MOST_TRIES, download_once, download, ret_answer);
    if (fclose(download->to) != 0 && ret_answer->outcome == REMOTE_DONE)
        cant_keep(download->errand->arena, ret_answer);
    if (ret_answer->outcome == REMOTE_DONE && rename(part, to) != 0)
        cant_keep(download->errand->arena, ret_answer);
    if (ret_answer->outcome != REMOTE_DONE)
        unlink(part);
}

// NOLINTNEXTLINE(readability-function-size): all of it is the caller's to say, remote.h
bool remote_download(const struct remote_settings *settings, struct arena *arena, const char *uri, const char *to,
                     remote_progress *progress, void *progress_user, struct remote_file *ret_file,
                     struct remote_problem *ret_problem)
{
    struct errand errand;
    struct download download = { .errand = &errand, .progress = progress, .progress_user = progress_user };
    struct remote_answer answer;

    *ret_file = (struct remote_file){ .is_there = false };
    if (!begin(&errand, settings, arena, uri, ret_problem))
        return false;
    download_to(&download, to, &answer);
    end(&errand);
    if (answer.outcome != REMOTE_DONE)
        return fail(&answer, ret_problem);
    *ret_file = file_of(&answer);
    return true;
}

/* ---- putting one there ---- */

struct sending {
    const struct errand *errand;
    struct remote_upload upload;
};

static void upload_once(void *user, struct remote_answer *ret_answer)
{
    const struct sending *sending = user;

    sending->errand->way->put(&sending->upload, ret_answer);
}

/* The size of the file that is sent. */
static bool look_at_file(const struct errand *errand, const char *from, uint64_t *ret_size,
                         struct remote_problem *ret_problem)
{
    struct stat status;
    const char *message;

    if (stat(from, &status) != 0)
        message = arena_format(errand->arena, "can't be written: %s: %s", from, strerror(errno));
    else if (!S_ISREG(status.st_mode))
        message = arena_format(errand->arena, "can't be written: %s is no file", from);
    else {
        *ret_size = (uint64_t)status.st_size;
        return true;
    }
    return refuse(ret_problem, message, NULL);
}

/*
 * Is the whole of it there? An address may take files and not let anyone look, as one that is signed for PUT does: then the
 * server's word has to do.
 */
static bool check(struct errand *errand, const struct remote_upload *upload, struct remote_answer *answer,
                  struct remote_problem *ret_problem)
{
    struct remote_answer found;

    retry(&errand->context, RETRY_MOST_TRIES, find_once, errand, &found);
    if (found.outcome == REMOTE_REFUSED && !found.is_missing)
        return true;
    if (found.outcome != REMOTE_DONE) {
        *ret_problem = (struct remote_problem){
            .message = arena_format(errand->arena, "was written, but looking at it fails: it %s", found.message),
            .hint = found.hint,
            .is_transient = found.outcome == REMOTE_FAILED
        };
    } else if (!found.has_no_size && found.size != upload->size)
        ret_problem->message =
            arena_format(errand->arena, "has %llu bytes after it was written, and not the %llu of the file",
                         (unsigned long long)found.size, (unsigned long long)upload->size);
    else {
        /* What the server called it when it took it: what is there now may be somebody else's already. */
        if (answer->etag == NULL)
            answer->etag = found.etag;
        return true;
    }
    if (ret_problem->message == NULL)
        ret_problem->message = FILE_NO_MEMORY;
    return false;
}

static bool send_file(struct errand *errand, struct sending *sending, struct remote_file *ret_file,
                      struct remote_problem *ret_problem)
{
    struct remote_answer answer;

    if (errand->way->put == NULL)
        return refuse(ret_problem, "can't be written: it is only read from there",
                      "files go to https (with --export-put), s3, gs, r2, az, abfss and sftp");
    if (!look_at_file(errand, sending->upload.file, &sending->upload.size, ret_problem))
        return false;
    retry(&errand->context, RETRY_MOST_TRIES, upload_once, sending, &answer);
    /* The server may have done what it was asked before the connection broke. */
    if (answer.is_changed && answer.tries > 1 && answer.hint == NULL)
        answer.hint = "or it was the try before, whose answer was lost: look at what is there";
    if (answer.outcome != REMOTE_DONE)
        return fail(&answer, ret_problem);
    answer.size = sending->upload.size;
    answer.has_no_size = false;
    *ret_file = file_of(&answer);
    if (!check(errand, &sending->upload, &answer, ret_problem))
        return false;
    ret_file->etag = answer.etag;
    return true;
}

// NOLINTNEXTLINE(readability-function-size): all of it is the caller's to say, remote.h
bool remote_upload(const struct remote_settings *settings, struct arena *arena, const char *from, const char *uri,
                   const char *replaces, remote_progress *progress, void *progress_user, struct remote_file *ret_file,
                   struct remote_problem *ret_problem)
{
    struct errand errand;
    struct sending sending = { .errand = &errand };
    bool good;

    *ret_file = (struct remote_file){ .is_there = false };
    if (!begin(&errand, settings, arena, uri, ret_problem))
        return false;
    sending.upload = (struct remote_upload){ .context = &errand.context,
                                             .arena = arena,
                                             .uri = &errand.uri,
                                             .file = from,
                                             .patience_ms = retry_patience_ms(&errand.context),
                                             .replaces = replaces,
                                             .progress = progress,
                                             .progress_user = progress_user };
    good = send_file(&errand, &sending, ret_file, ret_problem);
    end(&errand);
    return good;
}
