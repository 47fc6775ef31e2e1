/*
 * Places: the secret directory, the database of the catalog and of those nested in it, room on the disk.
 */

#include "engine/doctor_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/report.h"
#include "base/text.h"
#include "config/document.h"
#include "config/paths.h"
#include "engine/published_look.h"
#include "engine/secret_folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The deepest folder above the path, or the path itself, that exists. NULL: no memory. */
static char *nearest_folder(struct arena *arena, const char *path)
{
    char *folder = arena_string(arena, path);
    struct stat status;

    while (folder != NULL && !(stat(folder, &status) == 0 && S_ISDIR(status.st_mode))) {
        char *slash = strrchr(folder, '/');

        if (slash == NULL)
            return arena_string(arena, ".");
        slash[slash == folder ? 1 : 0] = '\0';
        if (slash == folder)
            break;
    }
    return folder;
}

/* ---- secrets ---- */

struct store {
    const struct doctor *doctor;
    const char *folder;
    size_t count;
    size_t open_to_others;
};

static bool look_at_secret(const char *file, const char *name, void *user)
{
    struct store *store = user;
    struct stat status;

    store->count++;
    if (lstat(file, &status) != 0 || (status.st_mode & 077) == 0)
        return true;
    store->open_to_others++;
    findings_add(
        store->doctor->findings,
        &(struct doctor_finding){ "secret directory", name, FINDING_WARNING, NOT_TIMED,
                                  "others than its owner may use this file: DuckDB refuses to read it",
                                  "chmod 600 it, and give what is in it another value if others have seen it" });
    return true;
}

/* Is there a persistent secret of the config that a run would have to store? */
static bool has_to_store(const struct store *store)
{
    const struct duckdb_section *duckdb = store->doctor->config->root.duckdb;

    for (size_t i = 0; i < duckdb->secrets.count; i++) {
        const char *file =
            secret_folder_file(store->doctor->findings->arena, store->folder, duckdb->secrets.items[i].name);

        if (duckdb->secrets.items[i].persistent && file != NULL && access(file, F_OK) != 0)
            return true;
    }
    return false;
}

bool doctor_stores_secrets(const struct doctor *doctor)
{
    const struct duckdb_section *duckdb = doctor->config->root.duckdb;

    for (size_t i = 0; i < duckdb->secrets.count; i++)
        if (duckdb->secrets.items[i].persistent)
            return true;
    return false;
}

/* A file that DuckDB can't read keeps it from listing the others. */
static void try_reading(const struct store *store)
{
    struct text problem = text_on_heap();

    if (store->open_to_others == 0 &&
        session_run(store->doctor->session->connection, "FROM duckdb_secrets()", NULL, 0, &problem) != DUCKALOG_OK)
        findings_add(store->doctor->findings,
                     &(struct doctor_finding){ "secret directory", store->folder, FINDING_WARNING, NOT_TIMED,
                                               text_string(&problem), "repair or remove that file" });
    text_free(&problem);
}

static const char *problem_of_folder(const struct store *store, const struct stat *status, bool exists)
{
    const char *above = exists ? store->folder : nearest_folder(store->doctor->findings->arena, store->folder);

    if (exists && !S_ISDIR(status->st_mode))
        return "this is not a folder";
    return above == NULL || access(above, W_OK | X_OK) == 0 ? NULL : "it can't be written to";
}

void doctor_secret_directory(const struct doctor *doctor)
{
    struct store store = { doctor, secret_folder_of(doctor->findings->arena, doctor->session->connection), 0, 0 };
    struct stat status = { 0 };
    bool exists;
    const char *problem;

    if (store.folder == NULL)
        return;
    exists = stat(store.folder, &status) == 0;
    problem = problem_of_folder(&store, &status, exists);
    if (problem != NULL) {
        bool matters = has_to_store(&store);

        findings_add(doctor->findings, &(struct doctor_finding){ "secret directory", store.folder,
                                                                 matters ? FINDING_FAILED : FINDING_WARNING, NOT_TIMED,
                                                                 problem, "persistent secrets can't be stored there" });
        return;
    }
    secret_folder_each(store.folder, look_at_secret, &store);
    if (!exists)
        findings_note(doctor->findings, "secret directory", store.folder, FINDING_OK, "not there yet: DuckDB makes it");
    else if ((status.st_mode & 022) != 0)
        findings_note(doctor->findings, "secret directory", store.folder, FINDING_WARNING,
                      "mode %04o: others can put secrets there", (unsigned)status.st_mode & 07777);
    else
        findings_note(doctor->findings, "secret directory", store.folder, FINDING_OK, "mode %04o, %zu stored",
                      (unsigned)status.st_mode & 07777, store.count);
    try_reading(&store);
}

/* ---- the file of a catalog ---- */

struct place {
    const struct doctor *doctor;
    const struct duckalog_config *config;
    const char *check;
    const char *object; /* NULL: the catalog itself */
    const char *path;
    bool is_missing;
    bool is_to_be_written; /* by a run, as there is something missing in it */
};

static void note(const struct place *place, enum finding_status status, double started, const char *message,
                 const char *hint)
{
    findings_add(place->doctor->findings,
                 &(struct doctor_finding){ place->check, place->object != NULL ? place->object : place->path, status,
                                           clock_ms() - started, message, hint });
}

static bool keep_text(const char *const *columns, size_t count, void *user)
{
    if (count > 0 && columns[0] != NULL)
        text_add(user, columns[0]);
    return false;
}

static void add_storage_version(struct session *session, struct text *message)
{
    struct text version = text_on_heap();
    struct text ignored = text_on_heap();

    session_query(session->connection,
                  "SELECT tags['storage_version']::VARCHAR FROM duckdb_databases() "
                  "WHERE database_name = current_database()",
                  keep_text, &version, &ignored);
    if (version.length > 0 && text_string(&version) != NULL)
        text_format(message, ", storage %s", text_string(&version));
    text_free(&version);
    text_free(&ignored);
}

/* Which views are there; conflicts are the report's. */
static void compare_views(struct place *place, struct session *session, double started)
{
    struct duckalog_report *report = report_create();
    struct text message = text_on_heap();
    duckalog_summary summary = { 0 };
    struct restoration look = { .session = session, .config = place->config, .report = report, .summary = &summary };
    const bool *wanted;
    duckalog_status status = report == NULL ? DUCKALOG_NOMEM : inventory_take(&look, &look.inventory);

    if (status == DUCKALOG_OK)
        status = inventory_compare(&look, &wanted);
    place->is_to_be_written = status == DUCKALOG_OK && summary.views_kept < summary.views;
    if (summary.views_kept == summary.views)
        text_format(&message, "%zu view%s, all there", summary.views, summary.views == 1 ? "" : "s");
    else
        text_format(&message, "%zu of %zu views are missing", summary.views - summary.views_kept, summary.views);
    add_storage_version(session, &message);
    if (status != DUCKALOG_OK)
        findings_add_report(place->doctor->findings, place->check, place->object != NULL ? place->object : place->path,
                            clock_ms() - started, report, "view-missing");
    else
        note(place, summary.views_kept == summary.views ? FINDING_OK : FINDING_WARNING, started, text_string(&message),
             summary.views_kept == summary.views ? NULL : "a run creates them");
    inventory_free(look.inventory);
    duckalog_report_free(report);
    text_free(&message);
}

static void look_into_file(struct place *place)
{
    struct session_options options = { .read_only = true,
                                       .extension_directory = place->doctor->options->extension_directory };
    struct text problem = text_on_heap();
    struct session *session = NULL;
    const char *hint = NULL;
    double started = clock_ms();
    duckalog_status status;

    if (utf8_valid_length(place->path, strlen(place->path)) != strlen(place->path)) {
        note(place, FINDING_FAILED, started, "its path is not UTF-8 text, and DuckDB opens no such file",
             "rename the file or folder, or name another file with --db-path");
        return;
    }
    status = session_open(place->path, &options, &session, &problem, &hint);

    if (status == DUCKALOG_OK)
        compare_views(place, session, started);
    else if (status == DUCKALOG_DATABASE_NOT_FOUND) {
        place->is_missing = true;
        place->is_to_be_written = true;
        note(place, FINDING_OK, started, "not there yet: a run builds it", NULL);
    } else
        note(place, FINDING_FAILED, started, text_string(&problem), hint);
    session_close(session);
    text_free(&problem);
}

/* As it is published, or may be. */
static void look_behind_uri(struct place *place)
{
    const struct doctor *doctor = place->doctor;
    struct duckalog_report *report = report_create();
    struct published_look look;
    double started = clock_ms();
    duckalog_status status;

    if (report == NULL)
        return;
    report_redact_with(report, place->config->redactor);
    status = published_look_begin(doctor->findings->arena, place->path, place->config, doctor->options,
                                  doctor->interrupted, report, &look);
    findings_add_report(doctor->findings, place->check, place->path, clock_ms() - started, report, NULL);
    if (look.session != NULL)
        compare_views(place, look.session, started);
    else if (status == DUCKALOG_OK) {
        place->is_missing = true;
        note(place, FINDING_OK, started, "not there yet: a run builds and publishes it", NULL);
    }
    published_look_end(&look);
    duckalog_report_free(report);
}

/* ---- room for it ---- */

enum { MEGABYTE = 1024 * 1024, LITTLE_ROOM = 64 };

/* DuckDB writes into a log beside the file first. */
static bool can_be_written(const struct place *place, const char *folder)
{
    struct findings *findings = place->doctor->findings;
    bool exists = access(place->path, F_OK) == 0;

    if (exists && access(place->path, W_OK) != 0) {
        findings_add(findings, &(struct doctor_finding){ "disk", place->path, FINDING_FAILED, NOT_TIMED,
                                                         strerror(errno), "it can still be read, with --read-only" });
        return false;
    }
    if (access(folder, W_OK | X_OK) == 0)
        return true;
    findings_add(findings,
                 &(struct doctor_finding){ "disk", folder, place->is_to_be_written ? FINDING_FAILED : FINDING_WARNING,
                                           NOT_TIMED, strerror(errno),
                                           exists ? "a run that creates views has to be able to make files there"
                                                  : "a run has to be able to make the catalog there" });
    return false;
}

static void look_at_disk(const struct place *place)
{
    struct findings *findings = place->doctor->findings;
    const char *folder = nearest_folder(findings->arena, place->path);
    struct statvfs disk;
    unsigned long long free_mb;

    if (folder == NULL || !can_be_written(place, folder))
        return;
    if (statvfs(folder, &disk) != 0)
        return;
    free_mb = (unsigned long long)disk.f_bavail * disk.f_frsize / MEGABYTE;
    findings_note(findings, "disk", folder, free_mb < LITTLE_ROOM ? FINDING_WARNING : FINDING_OK, "%llu MB free",
                  free_mb);
}

/* ---- all of them ---- */

static void look_at_catalog(struct place *place)
{
    switch (path_kind(place->path)) {
    case PATH_LOCAL:
        look_into_file(place);
        /* One that is nested, and complete, is only read. */
        if (place->object == NULL || place->is_to_be_written)
            look_at_disk(place);
        return;
    case PATH_MEMORY:
        place->is_to_be_written = true;
        findings_note(place->doctor->findings, place->check, place->object, FINDING_OK,
                      "in memory: every run builds it");
        return;
    case PATH_URI:
        look_behind_uri(place);
        return;
    case PATH_SERVICE:
        findings_note(place->doctor->findings, place->check, place->path, FINDING_OK,
                      "not tried: only DuckDB finds it");
        return;
    }
}

/* By file and config, as a run prepares them: the same one may come twice. True: this one was not looked at yet. */
static bool is_first(struct map *seen, const struct findings *findings, const struct nested_catalog *nested)
{
    const char *key = arena_format(findings->arena, "%s\n%p", nested->database, (const void *)nested->config);

    return key != NULL && map_find(seen, key) == NULL && map_add(seen, key, seen);
}

/* What it builds on comes first, as in a run. */
static void look_at_nested(const struct doctor *doctor, const struct nested_catalog *nested, const char *above,
                           struct map *seen)
{
    const char *alias = nested->attachment->alias;
    const char *names = above == NULL ? alias : arena_format(doctor->findings->arena, "%s > %s", above, alias);
    struct place place = {
        .doctor = doctor, .config = nested->config, .check = "nested catalog", .object = names, .path = nested->database
    };

    if (names == NULL || !is_first(seen, doctor->findings, nested))
        return;
    for (size_t i = 0; i < nested->config->nested_count; i++)
        look_at_nested(doctor, &nested->config->nested[i], names, seen);
    look_at_catalog(&place);
    if (place.is_to_be_written)
        doctor_nested(doctor, nested, names);
}

bool doctor_catalog(const struct doctor *doctor)
{
    const char *named = doctor->options->database_path;
    struct place catalog = { .doctor = doctor,
                             .config = doctor->config,
                             .check = "catalog",
                             .path = named != NULL ? named : doctor->config->root.duckdb->database };

    look_at_catalog(&catalog);
    return !catalog.is_missing;
}

void doctor_nested_catalogs(const struct doctor *doctor)
{
    struct restoration policies = { .attaching = doctor->attaching };
    struct map *seen = map_create(doctor->findings->arena, MAP_EXACT);

    for (size_t i = 0; seen != NULL && i < doctor->config->nested_count; i++) {
        const struct nested_catalog *nested = &doctor->config->nested[i];

        doctor->findings->is_done_without = attach_severity(&policies, &nested->attachment->policy) != DUCKALOG_ERROR;
        look_at_nested(doctor, nested, NULL, seen);
        doctor->findings->is_done_without = false;
    }
}
