#ifndef DUCKALOG_CONFIG_CHECK_PARTS_H
#define DUCKALOG_CONFIG_CHECK_PARTS_H

/*
 * What the checks of secrets, attachments and views share; only for check*.c.
 */

#include "base/map.h"
#include "base/report.h"
#include "config/config.h"

struct check {
    struct duckalog_config *config;
    struct arena *arena;
    struct duckalog_report *report;
    struct map *aliases; /* attachments and Iceberg catalogs: name → struct alias */
    bool good;
};

/* A name that views may refer to. */
struct alias {
    const char *name;
    const char *kind; /* "duckdb", …, "iceberg" */
    struct position position;
};

/* An object of the config: its node, and its path for messages, as in views[3] with the index in its own file. */
struct subject {
    const struct node *node;
    const char *list;
    bool alone; /* not in a list, as settings that are one text */
};

/*
 * Reports a problem of a key of the subject, at its place; of the subject as a whole for a NULL key. An error makes the
 * config a bad one.
 */
__attribute__((format(printf, 7, 8))) void check_complain(struct check *check, duckalog_severity severity,
                                                          const char *code, const struct subject *subject,
                                                          const char *key, const char *hint, const char *format, ...);

/* The place of a key's value; of the whole object when the key is not written. */
struct position check_place(const struct node *node, const char *key);

/*
 * The absolute path of a key's value: a relative one starts at the folder of the file that it is written in (D-18). Where
 * paths are strict, it has to lie below the config's folders.
 */
const char *check_path(struct check *check, const struct subject *subject, const char *key, const char *path);

/*
 * The same for the key "database". A relative one of a document from elsewhere starts at the working directory, as in Duckalog
 * for Python: everybody builds a catalog of their own. It may not lead upwards.
 */
const char *check_database_path(struct check *check, const struct subject *subject, const char *path);

/* The same for what can't be the address of a database. */
const char *check_file_path(struct check *check, const struct subject *subject, const char *key, const char *path);

/* Has also an absolute path of this key to lie below one of the folders? One of a document from elsewhere has to. */
bool check_is_strict(const struct check *check, const struct subject *subject, const char *key);

/* The folders: the config's, or for a document from elsewhere only those that the caller named. */
const struct roots *check_roots_of(const struct check *check, const struct subject *subject, const char *key);

/* Reports a path that does not lie below one of the folders, links followed; false then. */
bool check_roots(struct check *check, const struct subject *subject, const char *key, const char *path);

/* Another place, for a message about the node: without the file where both are in one. */
const char *check_other_place(struct check *check, struct position other, const struct node *node);

/* Remembers where a name stands, or reports that it is taken. `what` is the kind of thing that has names. */
bool check_claim(struct check *check, struct map *names, const char *name, const char *shown_name,
                 const struct subject *subject, const char *key, const char *what);

/* The words of a key of the schema: ("views", NULL, "source"), ("duckdb", "secrets", "type"). */
const char *const *check_words(const char *section, const char *list, const char *key);

enum option_values { OPTIONS_SCALAR, OPTIONS_WITH_LISTS, OPTIONS_WITH_MAPS };

/* Names go into SQL as they are, so they must be plain; two that differ only in case are one for DuckDB. */
void check_options(struct check *check, const struct subject *subject, const struct value *options,
                   enum option_values allowed);

/* Is this scalar one statement, with all quotes closed? What is wrong is told at its place in the text. */
void check_one_statement(struct check *check, const struct subject *subject, const char *key, const struct node *text,
                         const char *what);

/* ---- the parts ---- */

void check_secrets(struct check *check);
void check_attachments(struct check *check);
void check_iceberg_catalogs(struct check *check);
void check_views(struct check *check);
void check_models(struct check *check);

#endif
