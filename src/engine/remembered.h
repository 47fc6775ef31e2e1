#ifndef DUCKALOG_ENGINE_REMEMBERED_H
#define DUCKALOG_ENGINE_REMEMBERED_H

/*
 * What duckalog remembers of the views that it made: fingerprints, kept in the catalog itself, so that a look at a catalog
 * that is complete need not parse, let alone bind, any of its queries.
 *
 * They are the value of a macro, duckalog_fingerprints(): of all that a DuckDB file can hold it is what gets least in the
 * way, as it is in no list of tables, and belongs to no view. A comment on each view would be seen by everyone, and may be
 * the user's; a file beside the catalog would be left behind when the catalog is copied. It is written in the transaction
 * that creates views, so both are always of one piece.
 */

#include "duckalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct session;
struct text;

struct remembered_view {
    uint64_t fingerprint; /* of the config's view: see plan/fingerprint.h */
    uint64_t definition;  /* of the text that DuckDB shows for it; 0: not known */
    uint32_t version;     /* of the DuckDB that made the view: another one shows it in another way */
};

/*
 * Names of views are put down beside the fingerprints, as hashes, when there is a secret value in their queries: such a
 * view may outlive the config that knows the value, and is not to be shown then. What was written before there was such a
 * list, or by something else, says nothing of secrets.
 */
struct remembered {
    struct remembered_view *items; /* by fingerprint */
    size_t count;
    bool knows_secrets; /* there is a list of names: who is not in it had no secret when it was made */
    uint64_t *secret_names;
    size_t secret_count;
};

/*
 * Nothing is remembered where the macro is missing or was tampered with. NOMEM is the only failure. Asks the catalog alone,
 * but when the macro is missing, DuckDB may look for its name in all databases: to be called before they are attached.
 */
duckalog_status remembered_read(const struct session *session, struct arena *arena, struct remembered *ret_remembered);

/* NULL: a view of this fingerprint was not made here. */
const struct remembered_view *remembered_find(const struct remembered *remembered, uint64_t fingerprint);

/* May there be a secret value in the view of the catalog that has this name? When nothing is known of it, yes. */
bool remembered_may_hold_secret(const struct remembered *remembered, const char *schema, const char *name);

/* Adds a name to the list, or all names of another one. A want of memory is the arena's to remember. */
void remembered_add_secret(struct remembered *remembered, struct arena *arena, const char *schema, const char *name);
void remembered_add_secrets_of(struct remembered *remembered, struct arena *arena, const struct remembered *other);

/* Replaces all that was remembered, in the running transaction; sorts items and names. */
duckalog_status remembered_write(const struct session *session, struct remembered *remembered, struct text *problem);

/* Of the DuckDB in use. */
uint32_t remembered_version(void);

/* Of a text that DuckDB shows for a view. Never 0. */
uint64_t remembered_definition(const char *text);

#endif
