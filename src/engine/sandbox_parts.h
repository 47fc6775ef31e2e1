#ifndef DUCKALOG_ENGINE_SANDBOX_PARTS_H
#define DUCKALOG_ENGINE_SANDBOX_PARTS_H

/*
 * Between the files of the sandbox: sandbox.c, sandbox_files.c, sandbox_query.c.
 */

#include "engine/parser.h"
#include "engine/sandbox.h"

struct arena;
struct json_t;
struct map;
struct session;

struct sandbox {
    struct arena *arena;
    struct session *plain; /* a DuckDB of its own, with nothing in it: its parser, and its functions to compare with */
    struct parser parser;
    struct map *built_in; /* functions of DuckDB without extensions */
    struct map *added;    /* functions of the extensions that are loaded */
    struct map *macros;   /* table macros of the catalog */
};

struct file_list {
    const char **items;
    size_t count;
};

/* What the views of a session read. */
struct view_files {
    struct file_list files;
    struct file_list folders; /* of tables that are one */
    bool needs_httpfs;
    bool needs_azure;
    bool needs_delta;
    bool needs_iceberg;
};

/*
 * sandbox_files.c: the files of all views of DuckDB databases that are attached, with those that patterns stand for as of
 * now; patterns as such are among them.
 */
duckalog_status sandbox_find_files(struct sandbox *sandbox, duckdb_connection connection, struct view_files *ret_files,
                                   struct text *problem);

/* The name of a table as DuckDB takes it for a file when there is no such table; NULL: it does not. */
const char *sandbox_file_name(struct arena *arena, const struct json_t *table);

#endif
