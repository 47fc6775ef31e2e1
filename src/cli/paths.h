#ifndef DUCKALOG_CLI_PATHS_H
#define DUCKALOG_CLI_PATHS_H

/*
 * The files and addresses that a config names, as rows: between the files of the command `show-paths`.
 */

#include "base/report.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct duckalog_config;
struct reach;
struct view;

enum path_section {
    SECTION_DATABASE,
    SECTION_VIEWS,
    SECTION_ATTACHMENTS,
    SECTION_NESTED,
    SECTION_SQL_FILES,
    SECTION_IMPORTS,
    SECTION_ENV_FILES,
    SECTION_COUNT
};

enum path_finding {
    FOUND_UNCHECKED,
    FOUND_FILE,
    FOUND_FOLDER,
    FOUND_MATCHES,
    FOUND_READ,   /* elsewhere, when the config was loaded */
    FOUND_REMOTE, /* not looked at */
    FOUND_THERE,  /* elsewhere */
    FOUND_IN_MEMORY,
    FOUND_UNUSED,
    FOUND_TO_COME, /* is made when it is first needed */
    FOUND_NOTHING, /* from here on it is a failure */
    FOUND_NO_FILE,
    FOUND_UNREADABLE,
    FOUND_TOO_MANY, /* matches of a pattern */
    FOUND_UNREACHABLE,
};

struct shown_path {
    enum path_section section;
    const char *name;
    const char *kind;     /* "parquet", "duckdb", "config", …; NULL where the section says it all */
    const char *original; /* as it is written; NULL: the config does not name it */
    const char *resolved;
    struct position position; /* where it is written */
    bool is_data;             /* a pattern, or a folder, will do */
    bool is_folder;           /* a folder is what it has to be, or may be */
    bool is_server;
    bool may_be_made;
    bool is_unused;
    const struct view *view; /* whose data it is, or NULL */
    enum path_finding finding;
    size_t matches;
    const char *message; /* why it is no better, of what was tried elsewhere; or NULL */
};

struct shown_paths {
    struct shown_path *items; /* section by section */
    size_t count;
};

/* Looks at no file. False when there is no memory. */
bool paths_collect(struct arena *arena, const struct duckalog_config *config, struct shown_paths *ret_paths);

/* Finds out what is there. False when there is no memory. */
bool paths_check(struct shown_paths *paths);

/* The same for what is elsewhere, and was not looked at. */
bool paths_reach(struct arena *arena, struct shown_paths *paths, struct reach *reach);

/* "ok", "3 files", "missing", … NULL: not checked, or no memory. */
const char *path_status(struct arena *arena, const struct shown_path *path);

static inline bool path_failed(const struct shown_path *path)
{
    return path->finding >= FOUND_NOTHING;
}

#endif
