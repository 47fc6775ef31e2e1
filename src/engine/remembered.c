#include "engine/remembered.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/sql.h"
#include "base/text.h"
#include "engine/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * The form of the text: this word, then for each view the three numbers in hexadecimal digits, then the list of names. It
 * is another word when the same config gets other fingerprints, or other statements are made of it: then nothing is
 * remembered. Versions that know no list read up to its word, which is no digit.
 */
#define FORM "duckalog-1:"
#define SECRETS "secrets:"
#define ENTRY "%016" PRIx64 "%016" PRIx64 "%08" PRIx32
#define NAME "%016" PRIx64

enum { LONG_DIGITS = 16, SHORT_DIGITS = 8, ENTRY_DIGITS = 2 * LONG_DIGITS + SHORT_DIGITS };

uint32_t remembered_version(void)
{
    return (uint32_t)hash_string(HASH_START, duckdb_library_version());
}

uint64_t remembered_definition(const char *text)
{
    uint64_t hash = hash_string(HASH_START, text);

    return hash != 0 ? hash : 1;
}

/* ---- reading ---- */

static bool read_number(const char *digits, size_t count, uint64_t *ret_number)
{
    *ret_number = 0;
    for (size_t i = 0; i < count; i++) {
        char c = digits[i];

        if (c >= '0' && c <= '9')
            *ret_number = *ret_number << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *ret_number = *ret_number << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    return true;
}

static int compare_views(const void *left, const void *right)
{
    const struct remembered_view *a = left;
    const struct remembered_view *b = right;

    return (a->fingerprint > b->fingerprint) - (a->fingerprint < b->fingerprint);
}

static int compare_names(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return (*a > *b) - (*a < *b);
}

/* A list that is damaged is none. */
static void read_secrets(const char *text, struct arena *arena, struct remembered *remembered)
{
    size_t length = strlen(text);
    size_t count = length / LONG_DIGITS;

    remembered->secret_names = arena_array(arena, count, sizeof(*remembered->secret_names));
    if (remembered->secret_names == NULL || length % LONG_DIGITS != 0)
        return;
    for (size_t i = 0; i < count; i++, text += LONG_DIGITS)
        if (!read_number(text, LONG_DIGITS, &remembered->secret_names[i]))
            return;
    remembered->secret_count = count;
    remembered->knows_secrets = true;
    qsort(remembered->secret_names, count, sizeof(*remembered->secret_names), compare_names);
}

static void read_text(const char *text, struct arena *arena, struct remembered *remembered)
{
    const char *secrets;
    size_t count;

    if (!starts_with(text, FORM))
        return;
    text += strlen(FORM);
    secrets = strstr(text, SECRETS);
    if (secrets != NULL)
        read_secrets(secrets + strlen(SECRETS), arena, remembered);
    count = (secrets != NULL ? (size_t)(secrets - text) : strlen(text)) / ENTRY_DIGITS;
    remembered->items = arena_array(arena, count, sizeof(*remembered->items));
    for (size_t i = 0; remembered->items != NULL && i < count; i++, text += ENTRY_DIGITS) {
        struct remembered_view *view = &remembered->items[i];
        uint64_t version;

        if (!read_number(text, LONG_DIGITS, &view->fingerprint) ||
            !read_number(text + LONG_DIGITS, LONG_DIGITS, &view->definition) ||
            !read_number(text + ENTRY_DIGITS - SHORT_DIGITS, SHORT_DIGITS, &version))
            return;
        view->version = (uint32_t)version;
        remembered->count++;
    }
    if (remembered->items != NULL)
        qsort(remembered->items, remembered->count, sizeof(*remembered->items), compare_views);
}

struct reading {
    struct arena *arena;
    struct remembered *remembered;
};

static bool note_text(const char *const *columns, size_t count, void *user)
{
    struct reading *reading = user;

    if (count == 1 && columns[0] != NULL)
        read_text(columns[0], reading->arena, reading->remembered);
    return false;
}

duckalog_status remembered_read(const struct session *session, struct arena *arena, struct remembered *ret_remembered)
{
    struct reading reading = { arena, ret_remembered };
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    *ret_remembered = (struct remembered){ 0 };
    sql_format(&sql, "SELECT %I.main.duckalog_fingerprints()::VARCHAR", session->catalog);
    if (text_string(&sql) != NULL)
        status = session_query(session->connection, text_string(&sql), note_text, &reading, &ignored);
    text_free(&sql);
    text_free(&ignored);
    if (status == DUCKALOG_NOMEM || arena_failed(arena))
        return DUCKALOG_NOMEM;
    return status == DUCKALOG_INTERRUPTED ? DUCKALOG_INTERRUPTED : DUCKALOG_OK;
}

const struct remembered_view *remembered_find(const struct remembered *remembered, uint64_t fingerprint)
{
    struct remembered_view wanted = { .fingerprint = fingerprint };

    return remembered->count == 0
               ? NULL
               : bsearch(&wanted, remembered->items, remembered->count, sizeof(wanted), compare_views);
}

/* ---- secrets ---- */

static uint64_t hash_of_name(const char *schema, const char *name)
{
    return hash_name(hash_name(HASH_START, schema), name);
}

bool remembered_may_hold_secret(const struct remembered *remembered, const char *schema, const char *name)
{
    uint64_t wanted = hash_of_name(schema, name);

    return !remembered->knows_secrets ||
           (remembered->secret_count > 0 && bsearch(&wanted, remembered->secret_names, remembered->secret_count,
                                                    sizeof(wanted), compare_names) != NULL);
}

static void add_hash(struct remembered *remembered, struct arena *arena, uint64_t hash)
{
    remembered->secret_names =
        arena_extend(arena, remembered->secret_names, remembered->secret_count, sizeof(*remembered->secret_names));
    if (remembered->secret_names != NULL)
        remembered->secret_names[remembered->secret_count++] = hash;
}

void remembered_add_secret(struct remembered *remembered, struct arena *arena, const char *schema, const char *name)
{
    add_hash(remembered, arena, hash_of_name(schema, name));
}

void remembered_add_secrets_of(struct remembered *remembered, struct arena *arena, const struct remembered *other)
{
    for (size_t i = 0; i < other->secret_count; i++)
        add_hash(remembered, arena, other->secret_names[i]);
}

/* ---- writing ---- */

static void add_secrets(struct text *sql, struct remembered *remembered)
{
    const uint64_t *names = remembered->secret_names;

    if (!remembered->knows_secrets)
        return;
    if (remembered->secret_count > 1)
        qsort(remembered->secret_names, remembered->secret_count, sizeof(*names), compare_names);
    text_add(sql, SECRETS);
    for (size_t i = 0; i < remembered->secret_count; i++)
        if (i == 0 || names[i] != names[i - 1])
            text_format(sql, NAME, names[i]);
}

duckalog_status remembered_write(const struct session *session, struct remembered *remembered, struct text *problem)
{
    struct text sql = text_on_heap();
    duckalog_status status = DUCKALOG_NOMEM;

    if (remembered->count > 1)
        qsort(remembered->items, remembered->count, sizeof(*remembered->items), compare_views);
    sql_format(&sql, "CREATE OR REPLACE MACRO %I.main.duckalog_fingerprints() AS '" FORM, session->catalog);
    for (size_t i = 0; i < remembered->count; i++) {
        const struct remembered_view *view = &remembered->items[i];

        text_format(&sql, ENTRY, view->fingerprint, view->definition, view->version);
    }
    add_secrets(&sql, remembered);
    text_add(&sql, "'");
    if (text_string(&sql) != NULL)
        status = session_run(session->connection, text_string(&sql), NULL, 0, problem);
    text_free(&sql);
    return status;
}
