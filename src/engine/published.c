#include "engine/published.h"

#include "base/redact.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#ifdef DUCKALOG_WITH_REMOTE

#include "base/arena.h"
#include "base/sql.h"
#include "config/document.h"
#include "config/imports.h"
#include "config/paths.h"
#include "engine/catalog.h"
#include "engine/files.h"
#include "engine/published_attach.h"
#include "engine/published_verify.h"
#include "engine/scratch.h"
#include "engine/written.h"
#include "remote/remote.h"
#include "remote/uri.h"

#include <sys/stat.h>

#define BUILT "built but not uploaded: "
#define OTHER_NAME "catalog.duckdb" /* of the copy, when the URI has none that a file may have */

enum { LONGEST_NAME = 200, MEGABYTE = 1024 * 1024, LARGE = 16 * MEGABYTE };

struct published {
    struct arena *arena;
    const char *shown; /* the URI, without credentials */
    struct uri uri;
    struct remote_settings remote;
    duckalog_remote_options without; /* credentials */
    struct scratch scratch;
    struct remote_file there;
    struct stat copied;     /* the copy, as it came */
    struct written written; /* the copy, as it was left or found */
    bool has_other_things;  /* that statements have written */
    bool was_put;           /* by us: what is there is what was made */
    bool is_overtaken;      /* somebody else has published one meanwhile: ours can't go there any more */
    bool is_put_off;        /* its fetching: it may be done without */
    bool keep;
};

static duckalog_status fail(const struct published *published, const struct publication *asked, duckalog_status status,
                            const char *before, const struct remote_problem *problem)
{
    if (asked->remote.interrupted != NULL && atomic_load(asked->remote.interrupted))
        status = DUCKALOG_INTERRUPTED;
    else if (problem->is_refused)
        status = DUCKALOG_CONFIG;
    report_add_diagnostic(
        asked->report,
        &(duckalog_diagnostic){ .severity = DUCKALOG_ERROR,
                                .code = status == DUCKALOG_INTERRUPTED ? "interrupted"
                                        : status == DUCKALOG_CONFIG    ? "uri"
                                        : status == DUCKALOG_REMOTE    ? CONFIG_REMOTE_CODE
                                                                       : "engine",
                                .message = arena_format(published->arena, "%s: %s%s", published->shown, before,
                                                        problem->message != NULL ? problem->message : "failed"),
                                .hint = problem->hint,
                                .transient = problem->is_transient });
    return status;
}

/* Without anything of the remote room in it. */
static duckalog_status fail_here(const struct published *published, const struct publication *asked,
                                 duckalog_status status, const char *before, const char *message, const char *hint)
{
    const struct remote_problem problem = { .message = message, .hint = hint };

    return fail(published, asked, status, before, &problem);
}

/* ---- the place ---- */

/* Before anything is built for it. */
static duckalog_status check_target(const struct published *published, const struct publication *asked)
{
    enum uri_scheme scheme = published->uri.scheme;

    if (asked->options->read_only)
        return DUCKALOG_OK;
    if (scheme == URI_GITHUB || scheme == URI_HUGGING_FACE || (scheme == URI_HTTP && !uri_is_loopback(&published->uri)))
        return fail_here(
            published, asked, DUCKALOG_CONFIG, "",
            scheme == URI_HTTP ? "a catalog is not published over plain http"
                               : "a catalog can be read from there, and not published",
            asked->is_only_looked_at
                ? "publish it to s3://, gs://, r2://, az://, sftp:// or https://"
                : "publish it to s3://, gs://, r2://, az://, sftp:// or https://, or open it with --read-only");
    if ((scheme == URI_HTTP || scheme == URI_HTTPS) && !asked->remote.options->export_put)
        return fail_here(
            published, asked, DUCKALOG_CONFIG, "", "a web server is written to only when that is asked for",
            asked->is_only_looked_at ? "--export-put sends the catalog with PUT"
                                     : "--export-put sends the catalog with PUT; --read-only opens it without changes");
    return DUCKALOG_OK;
}

static enum uri_scheme protocol_of(const struct uri *uri)
{
    return uri->scheme == URI_HTTP ? URI_HTTPS : uri->scheme;
}

/*
 * Credentials for a protocol that leads to any server are for the first one that is asked. Where a document comes from
 * elsewhere that is its own, and a database that it names on another server gets none; one that the user names does, unless
 * the document was got with them.
 */
static void choose_credentials(struct published *published, const struct publication *asked)
{
    enum uri_scheme protocol = protocol_of(&published->uri);
    const struct config_files *files = asked->config == NULL ? NULL : &asked->config->files;
    bool is_named_by_user = asked->options->database_path != NULL;
    struct uri of_config;
    const char *unused;

    published->remote = asked->remote;
    if (protocol != URI_HTTPS && protocol != URI_SFTP)
        return;
    for (size_t i = 0; files != NULL && i < files->count; i++)
        if (path_kind(files->items[i]->path) == PATH_URI &&
            uri_parse(published->arena, files->items[i]->path, &of_config, &unused, &unused) &&
            !uri_is_same_server(&of_config, &published->uri) &&
            (!is_named_by_user || protocol_of(&of_config) == protocol)) {
            published->without = *asked->remote.options;
            published->without.anonymous = 1;
            published->without.sftp_key_file = NULL;
            published->remote.options = &published->without;
        }
}

/* The copy has the name that the URI ends with: DuckDB names the database after it, and views may use that name. */
static const char *name_of_copy(const struct published *published)
{
    const char *slash = strrchr(published->uri.path, '/');
    const char *name = slash == NULL ? published->uri.path : slash + 1;
    size_t length = strlen(name);

    if (length > LONGEST_NAME || utf8_valid_length(name, length) != length || *name == '.')
        return OTHER_NAME;
    return name;
}

static duckalog_status find_place(struct published *published, const struct publication *asked)
{
    struct text shown = text_in(published->arena);
    struct text problem = text_in(published->arena);
    struct remote_problem refusal = { .is_refused = true };
    duckalog_status status;

    redact_add_without_credentials(&shown, asked->uri);
    published->shown = text_string(&shown);
    if (published->shown == NULL)
        return DUCKALOG_NOMEM;
    if (!uri_parse(published->arena, asked->uri, &published->uri, &refusal.message, &refusal.hint))
        return fail(published, asked, DUCKALOG_CONFIG, "", &refusal);
    if (*name_of_copy(published) == '\0')
        return fail_here(published, asked, DUCKALOG_CONFIG, "", "this is a folder", "name a database in it");
    choose_credentials(published, asked);
    status = check_target(published, asked);
    if (status == DUCKALOG_OK &&
        !scratch_make(published->arena, name_of_copy(published), &published->scratch, &problem))
        status = fail_here(published, asked, DUCKALOG_ENGINE, "", text_string(&problem),
                           "TMPDIR in the environment names another place");
    return status;
}

/* ---- fetching ---- */

struct teller {
    const struct log *log;
    const char *phase;
};

static void tell(uint64_t done, uint64_t total, void *user)
{
    const struct teller *teller = user;

    log_progress(teller->log, teller->phase, (size_t)done, (size_t)total, NULL, 0);
}

static duckalog_status check_room(const struct published *published, const struct publication *asked)
{
    uint64_t available;

    if (scratch_has_room(&published->scratch, published->there.size, &available))
        return DUCKALOG_OK;
    return fail_here(published, asked, DUCKALOG_ENGINE, "",
                     arena_format(published->arena, "there is no room for its copy: %llu MB, and %llu MB are free",
                                  (unsigned long long)(published->there.size / MEGABYTE),
                                  (unsigned long long)(available / MEGABYTE)),
                     "TMPDIR in the environment names another place");
}

static duckalog_status download(struct published *published, const struct publication *asked)
{
    struct teller teller = { asked->log, "download" };
    struct remote_problem problem = { 0 };
    duckalog_status status = check_room(published, asked);

    if (status != DUCKALOG_OK)
        return status;
    if (!remote_download(&published->remote, published->arena, asked->uri, published->scratch.path, tell, &teller,
                         &published->there, &problem))
        return fail(published, asked, DUCKALOG_REMOTE, "", &problem);
    published->there.is_there = true;
    if (stat(published->scratch.path, &published->copied) == 0)
        return DUCKALOG_OK;
    return fail_here(published, asked, DUCKALOG_REMOTE, "", "its copy is gone", NULL);
}

/* Of what is only read a server may show the content and not tell of it, as with addresses that are signed for GET. */
static duckalog_status fetch(struct published *published, const struct publication *asked)
{
    bool is_only_read = asked->options->read_only || asked->is_only_looked_at;
    struct remote_problem problem = { 0 };

    if (!remote_find(&published->remote, published->arena, asked->uri, &published->there, &problem)) {
        if (!is_only_read || problem.is_refused)
            return fail(published, asked, DUCKALOG_REMOTE, "", &problem);
        return download(published, asked);
    }
    if (!published->there.is_there && asked->options->read_only && !asked->is_only_looked_at)
        return fail_here(published, asked, DUCKALOG_REMOTE, "", "there is nothing",
                         "run without --read-only to build and publish the catalog");
    published->is_put_off = is_only_read && published->there.size >= LARGE && !asked->has_to_be_here;
    return published->there.is_there && !published->is_put_off ? download(published, asked) : DUCKALOG_OK;
}

static duckalog_status fetch_in_phase(struct published *published, const struct publication *asked)
{
    struct phase_timer timer;

    /* What is made anew takes the place of whatever is there. */
    if (asked->options->force_rebuild)
        return DUCKALOG_OK;
    timings_begin(asked->timings, asked->log, "download", log_text("name", published->shown), &timer);
    return timings_end(&timer, fetch(published, asked), 1);
}

duckalog_status published_open(const struct publication *asked, struct published **ret_published)
{
    struct published *published = calloc(1, sizeof(*published));
    duckalog_status status = DUCKALOG_NOMEM;

    if (published == NULL)
        return DUCKALOG_NOMEM;
    published->arena = arena_create(ARENA_WIPED);
    published->keep = asked->options->keep_temporary != 0;
    published->scratch.lock = -1;
    if (published->arena != NULL)
        status = find_place(published, asked);
    if (status == DUCKALOG_OK)
        status = fetch_in_phase(published, asked);
    if (status != DUCKALOG_OK) {
        published->keep = false; /* there is no copy yet */
        published_close(published, asked->log);
        return status;
    }
    if (published->keep)
        report_event(asked->report, DUCKALOG_NOTICE, "export-folder", NULL, "%s: its copy here is %s, and stays",
                     published->shown, published->scratch.path);
    *ret_published = published;
    return DUCKALOG_OK;
}

bool published_is_there(const struct published *published)
{
    return published->there.is_there;
}

const char *published_uri(const struct published *published)
{
    return published->shown;
}

void published_close(struct published *published, const struct log *log)
{
    struct text problem = text_on_heap();
    const char *folder;

    if (published == NULL)
        return;
    folder = published->scratch.folder;
    if (published->keep)
        scratch_keep(&published->scratch);
    else if (!scratch_remove(&published->scratch, &problem))
        log_event(log, DUCKALOG_LOG_WARNING, NULL, "a temporary folder is left",
                  LOG_FIELDS(log_text("name", folder), log_text("reason", text_string(&problem))));
    text_free(&problem);
    arena_destroy(published->arena);
    free(published);
}

/* ---- the session ---- */

static duckalog_status open_copy(const struct published *published, const struct publication *asked,
                                 const struct session_options *options, struct session **ret_session)
{
    struct text problem = text_on_heap();
    const char *hint = NULL;
    duckalog_status status = session_open(published->scratch.path, options, ret_session, &problem, &hint);

    if (status == DUCKALOG_DATABASE_INVALID)
        hint = "what is there was left alone; name another address with --db-path";
    if (status != DUCKALOG_OK)
        session_report(asked->report, published->shown, status, text_string(&problem), hint);
    text_free(&problem);
    return status;
}

duckalog_status published_session(struct published *published, const struct publication *asked,
                                  const struct session_options *options, struct session **ret_session)
{
    struct phase_timer timer;
    duckalog_status status = DUCKALOG_OK;

    if (published->is_put_off) {
        if (published_attach(published->arena, asked->uri, &published->remote, published->shown, options, ret_session))
            return DUCKALOG_OK;
        published->is_put_off = false;
        timings_begin(asked->timings, asked->log, "download", log_text("name", published->shown), &timer);
        status = timings_end(&timer, download(published, asked), 1);
    }
    return status == DUCKALOG_OK ? open_copy(published, asked, options, ret_session) : status;
}

/* ---- publishing ---- */

static bool is_changed(const struct published *published)
{
    struct stat now;

    return !published->there.is_there || files_have_log(published->scratch.path) ||
           stat(published->scratch.path, &now) != 0 || !files_are_unchanged(&now, &published->copied);
}

/* Afterwards all is in the file. */
static duckalog_status flush(const struct published *published, const struct publication *asked,
                             const struct session *session)
{
    struct text problem = text_in(published->arena);
    struct text sql = text_in(published->arena);
    duckalog_status status;

    text_add(&sql, "CHECKPOINT ");
    sql_add_identifier(&sql, session->catalog);
    if (text_string(&sql) == NULL)
        return DUCKALOG_NOMEM;
    status = session_run(session->connection, text_string(&sql), NULL, 0, &problem);
    if (status != DUCKALOG_OK)
        return fail_here(published, asked, status, BUILT, text_string(&problem), NULL);
    if (files_have_log(published->scratch.path))
        return fail_here(published, asked, DUCKALOG_ENGINE, BUILT, "DuckDB keeps a part of it in its log", NULL);
    return DUCKALOG_OK;
}

static duckalog_status verify(const struct published *published, const struct publication *asked,
                              const struct session *session)
{
    struct text problem = text_in(published->arena);
    duckalog_status status = published_verify(asked->config, session, &problem);

    if (status == DUCKALOG_OK)
        return status;
    return fail_here(published, asked, status, BUILT,
                     problem.length > 0 ? text_string(&problem) : "it can't be read again",
                     "a catalog is published with all its views");
}

/* What is there may be replaced by what was made of it; whatever is there, by what is made anew. */
static const char *may_be_replaced(const struct published *published, const struct publication *asked)
{
    bool was_looked_at = published->was_put || !asked->options->force_rebuild;

    return published->there.is_there || !was_looked_at ? published->there.etag : "";
}

static duckalog_status upload(struct published *published, const struct publication *asked, uint64_t *ret_bytes)
{
    struct teller teller = { asked->log, "upload" };
    struct remote_problem problem = { 0 };
    struct remote_file put = { 0 };
    struct stat made;

    if (asked->remote.interrupted != NULL && atomic_load(asked->remote.interrupted))
        return fail_here(published, asked, DUCKALOG_INTERRUPTED, BUILT, "interrupted", NULL);
    if (stat(published->scratch.path, &made) != 0)
        return fail_here(published, asked, DUCKALOG_ENGINE, BUILT, "its copy is gone", NULL);
    if (!remote_upload(&published->remote, published->arena, published->scratch.path, asked->uri,
                       may_be_replaced(published, asked), tell, &teller, &put, &problem)) {
        published->is_overtaken = problem.is_changed;
        if (problem.is_changed && problem.hint == NULL)
            problem.hint = asked->overtaken_hint;
        return fail(published, asked, DUCKALOG_REMOTE, put.is_there ? "" : BUILT, &problem);
    }
    *ret_bytes = (uint64_t)made.st_size;
    published->there = put;
    published->there.is_there = true;
    published->was_put = true;
    published->copied = made;
    return DUCKALOG_OK;
}

bool published_is_overtaken(const struct published *published)
{
    return published != NULL && published->is_overtaken;
}

void published_begin(struct published *published)
{
    if (published == NULL)
        return;
    published->has_other_things =
        published->has_other_things || was_written(published->scratch.path, &published->written);
    written_look(published->scratch.path, &published->written);
}

void published_end(struct published *published)
{
    if (published != NULL)
        written_look(published->scratch.path, &published->written);
}

static void tell_of_other_things(const struct published *published, const struct publication *asked)
{
    if (was_written(published->scratch.path, &published->written))
        report_event(asked->report, DUCKALOG_WARNING, "export-withheld", "run it again to publish what the config says",
                     "%s: not published: statements have written to the copy", published->shown);
}

static duckalog_status check_strictly(const struct published *published, const struct publication *asked)
{
    size_t count = asked->options->export_strict ? catalog_departures(asked->report) : 0;

    return count == 0
               ? DUCKALOG_OK
               : fail_here(published, asked, DUCKALOG_ENGINE, BUILT,
                           arena_format(published->arena, "the catalog is not what the config says, in %zu case%s",
                                        count, count == 1 ? "" : "s"),
                           NULL);
}

duckalog_status published_put(struct published *published, const struct publication *asked,
                              const struct session *session, uint64_t *ret_bytes)
{
    struct phase_timer timer;
    duckalog_status status;

    *ret_bytes = 0;
    if (asked->options->read_only || !is_changed(published))
        return DUCKALOG_OK;
    if (published->has_other_things) {
        tell_of_other_things(published, asked);
        return DUCKALOG_OK;
    }
    timings_begin(asked->timings, asked->log, "upload", log_text("name", published->shown), &timer);
    status = check_strictly(published, asked);
    if (status == DUCKALOG_OK)
        status = flush(published, asked, session);
    if (status == DUCKALOG_OK)
        status = verify(published, asked, session);
    if (status == DUCKALOG_OK)
        status = upload(published, asked, ret_bytes);
    return timings_end(&timer, status, 1);
}

#endif
