/*
 * Which extensions of DuckDB a catalog needs, and whether they are there and can be loaded. None is downloaded.
 */

#include "engine/doctor_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/check.h"
#include "config/secret_types.h"

#include <string.h>

/* By the kind of an attachment, secret or source, or the beginning of a path; the first one that fits. */
static const struct {
    const char *kind;
    const char *extension;
} needs[] = {
    { "sqlite", "sqlite_scanner" },
    { "postgres", "postgres_scanner" },
    { "mysql", "mysql_scanner" },
    { "iceberg", "iceberg" },
    { "delta", "delta" },
    { "aws", "aws" },
    { "s3", "httpfs" },
    { "s3a", "httpfs" },
    { "s3n", "httpfs" },
    { "gcs", "httpfs" },
    { "gs", "httpfs" },
    { "r2", "httpfs" },
    { "https", "httpfs" },
    { "hf", "httpfs" },
    { "azure", "azure" },
    { "az", "azure" },
    { "abfss", "azure" },
    { "ducklake", "ducklake" },
    { "md", "motherduck" },
    { "motherduck", "motherduck" },
};

static const char *extension_of(const char *kind, size_t length)
{
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
        if (strlen(needs[i].kind) == length && starts_with_ignoring_case(kind, needs[i].kind))
            return needs[i].extension;
    return NULL;
}

/* Of a path with a scheme or prefix. */
static const char *extension_of_path(const char *path)
{
    const char *colon = path == NULL ? NULL : strchr(path, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - path);

    if (colon != NULL && length == 4 && starts_with_ignoring_case(path, "http://"))
        return "httpfs";
    return colon == NULL ? NULL : extension_of(path, length);
}

const char *doctor_lacks(const struct doctor *doctor, const char *kind)
{
    const char *extension = extension_of(kind, strlen(kind));

    return extension != NULL && map_find(doctor->missing, extension) != NULL ? extension : NULL;
}

/* Of the format of a view's data. */
static const char *extension_of_source(const struct view *view)
{
    return view->source == SOURCE_DELTA ? "delta" : view->source == SOURCE_ICEBERG ? "iceberg" : NULL;
}

const char *doctor_lacks_for_view(const struct doctor *doctor, const struct view *view)
{
    const char *const extensions[] = { extension_of_path(view->uri), extension_of_source(view) };

    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        if (extensions[i] != NULL && map_find(doctor->missing, extensions[i]) != NULL)
            return extensions[i];
    return NULL;
}

const char *doctor_lacks_for_attachment(const struct doctor *doctor, const struct step *step)
{
    const struct attachments *attachments = doctor->config->root.attachments;
    const char *lack = doctor_lacks(doctor, step->kind_name);

    for (size_t i = 0; lack == NULL && attachments != NULL && i < attachments->duckdb.count; i++) {
        const struct duckdb_attachment *a = &attachments->duckdb.items[i];
        const char *extension = strcmp(a->alias, step->name) == 0 ? extension_of_path(a->path) : NULL;

        if (extension != NULL && map_find(doctor->missing, extension) != NULL)
            lack = extension;
    }
    return lack;
}

/* ---- what is needed ---- */

struct need {
    const char *extension;
    bool is_installed; /* by a run, as the config says so */
    bool is_loaded;    /* by a run, with LOAD, which downloads nothing */
    struct need *next;
};

struct needed {
    struct doctor *doctor;
    struct map *seen;
    struct need *first;
    struct need **end;
};

/* Once each. NULL: none, or no memory. */
static struct need *add(struct needed *needed, const char *extension)
{
    struct need *need = extension == NULL ? NULL : map_find(needed->seen, extension);

    if (extension == NULL || need != NULL)
        return need;
    need = arena_alloc(needed->doctor->findings->arena, sizeof(*need));
    if (need == NULL || !map_add(needed->seen, extension, need))
        return NULL;
    *need = (struct need){ .extension = extension };
    *needed->end = need;
    needed->end = &need->next;
    return need;
}

/* postgres and postgres_scanner are one. */
static const char *full_name(const char *name)
{
    const char *known = extension_of(name, strlen(name));

    return known != NULL && starts_with(known, name) ? known : name;
}

static void add_of_plan(struct needed *needed)
{
    const struct plan *plan = needed->doctor->plan;

    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];

        if (step->phase == PHASE_INSTALL || step->phase == PHASE_LOAD) {
            struct need *need = add(needed, full_name(step->name));

            if (need != NULL)
                *(step->phase == PHASE_LOAD ? &need->is_loaded : &need->is_installed) = true;
        } else if (step->kind == STEP_ATTACH)
            add(needed, extension_of(step->kind_name, strlen(step->kind_name)));
    }
}

static void add_of_secrets(struct needed *needed)
{
    const struct duckdb_section *duckdb = needed->doctor->config->root.duckdb;

    for (size_t i = 0; i < duckdb->secrets.count; i++) {
        const struct secret *secret = &duckdb->secrets.items[i];
        const struct secret_form *form = secret_form(secret);

        if (form != NULL && secret->type != SECRET_HTTP)
            add(needed, extension_of(form->type_word, strlen(form->type_word)));
        if (secret->provider == PROVIDER_CREDENTIAL_CHAIN && secret->type == SECRET_S3)
            add(needed, "aws");
    }
}

static void add_of_paths(struct needed *needed)
{
    const struct catalog_section *root = &needed->doctor->config->root;

    for (size_t i = 0; i < root->views.count; i++) {
        const struct view *view = &root->views.items[i];

        add(needed, extension_of_path(view->uri));
        add(needed, extension_of_source(view));
    }
    for (size_t i = 0; root->attachments != NULL && i < root->attachments->duckdb.count; i++)
        add(needed, extension_of_path(root->attachments->duckdb.items[i].path));
}

/* ---- is it there? ---- */

struct state {
    bool known; /* to DuckDB, which fetches no others by itself */
    bool loaded;
    bool installed;
};

static bool is_true(const char *text)
{
    return text != NULL && strcmp(text, "true") == 0;
}

static bool note_state(const char *const *columns, size_t count, void *user)
{
    struct state *state = user;

    *state = (struct state){ .known = true,
                             .loaded = count > 0 && is_true(columns[0]),
                             .installed = count > 1 && is_true(columns[1]) };
    return false;
}

static struct state look_up(const struct doctor *doctor, const char *extension)
{
    struct state state = { 0 };
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();

    sql_format(&sql,
               "SELECT loaded::VARCHAR, installed::VARCHAR FROM duckdb_extensions() WHERE extension_name = lower(%L) "
               "OR list_contains(aliases, lower(%L))",
               extension, extension);
    if (text_string(&sql) != NULL)
        session_query(doctor->session->connection, text_string(&sql), note_state, &state, &ignored);
    text_free(&sql);
    text_free(&ignored);
    return state;
}

static void load(const struct doctor *doctor, const char *extension)
{
    struct text sql = text_on_heap();
    struct text problem = text_on_heap();
    double started = clock_ms();
    duckalog_status status = DUCKALOG_NOMEM;

    sql_format(&sql, is_extension_file(extension) ? "LOAD %L" : "LOAD %I", extension);
    if (text_string(&sql) != NULL)
        status = session_run(doctor->session->connection, text_string(&sql), NULL, 0, &problem);
    if (status != DUCKALOG_OK)
        map_add(doctor->missing, extension, doctor->missing);
    findings_add(doctor->findings,
                 &(struct doctor_finding){ "extension", extension, status == DUCKALOG_OK ? FINDING_OK : FINDING_FAILED,
                                           clock_ms() - started, status == DUCKALOG_OK ? NULL : text_string(&problem),
                                           NULL });
    text_free(&sql);
    text_free(&problem);
}

/*
 * Will a run fetch it, if the network is there? LOAD does not; but a setting that is the extension's own does before that,
 * and was complained of when it was tried.
 */
static bool is_fetched(const struct doctor *doctor, const struct need *need, const struct state *state)
{
    const char *complaints = text_string(&doctor->complaints);

    if (need->is_installed)
        return true;
    if (!state->known || !doctor->fetches)
        return false;
    return !need->is_loaded || (complaints != NULL && strstr(complaints, need->extension) != NULL);
}

static void tell_of_missing(const struct doctor *doctor, const struct need *need, const struct state *state)
{
    bool fetched = is_fetched(doctor, need, state);

    map_add(doctor->missing, need->extension, doctor->missing);
    findings_add(
        doctor->findings,
        &(struct doctor_finding){ "extension", need->extension, fetched ? FINDING_WARNING : FINDING_FAILED, NOT_TIMED,
                                  fetched ? "not there yet: DuckDB fetches it when it is first needed"
                                          : "not there, and DuckDB does not fetch it by itself",
                                  fetched || !state->known
                                      ? "without a network, put it into the extension directory (--extension-directory)"
                                      : "name it in install_extensions; without a network, put it into the extension "
                                        "directory (--extension-directory)" });
}

void doctor_extensions(struct doctor *doctor)
{
    struct needed needed = { .doctor = doctor, .seen = map_create(doctor->findings->arena, MAP_EXACT) };

    needed.end = &needed.first;
    if (needed.seen == NULL)
        return;
    add_of_plan(&needed);
    add_of_secrets(&needed);
    add_of_paths(&needed);
    for (const struct need *need = needed.first; need != NULL; need = need->next) {
        struct state state = look_up(doctor, need->extension);

        if (state.loaded || state.installed || is_extension_file(need->extension))
            load(doctor, need->extension);
        else
            tell_of_missing(doctor, need, &state);
    }
}
