#ifndef DUCKALOG_CONFIG_PATHS_H
#define DUCKALOG_CONFIG_PATHS_H

/*
 * Paths of a config (config-language.md section 7): relative ones start at the folder of the config that holds them.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum path_kind {
    PATH_LOCAL,  /* a file or folder of this machine */
    PATH_URI,    /* scheme://… but file:// */
    PATH_MEMORY, /* :memory: or nothing */
    PATH_SERVICE /* a database that DuckDB finds by a prefix, as in md:sales */
};

enum path_kind path_kind(const char *path);

/*
 * How long a URI, or a local path, is without the query and fragment of a URI. Stores and SFTP servers have none: there `?` and `#` are letters of a name
 * like others.
 */
size_t path_uri_length(const char *uri);
bool path_uri_has_query(const char *uri); /* could it have one? */

/*
 * The absolute path of a local path: `~/` expanded, file:// and file: removed, `.`, `..` and double slashes resolved
 * as text, so that links keep their names (D-27). Every other kind is returned as it is. NULL: no memory.
 */
const char *path_resolve(struct arena *arena, const char *directory, const char *path);

/*
 * The same for what can only be a file: only a URI is returned as it is. `md:a.yaml` and `:memory:` are names of files
 * like others.
 */
const char *path_resolve_file(struct arena *arena, const char *directory, const char *path);

/* Would path_resolve_file() put the directory in front? */
bool path_is_relative(const char *path);

/*
 * Does the absolute `path`, with links followed, lie in the folder `root`? Of a path that does not exist, or is a glob,
 * what exists decides; of a folder that does not exist, its name.
 */
bool path_is_below(const char *path, const char *root);

/* Folders that the files of a config may lie in (D-21). */
struct roots {
    const char **items; /* absolute */
    size_t count;
};

/* Does one of them hold the path, as path_is_below() has it? */
bool roots_hold(const struct roots *roots, const char *path);

/* The same of a path whose links are followed already. */
bool roots_hold_real(const struct roots *roots, const char *real);

/*
 * The absolute directory part of a file's path, from the working directory. NULL: no memory, or no working directory.
 */
const char *path_directory(struct arena *arena, const char *file);

/*
 * How messages call a file that another one names, so that it can be opened from where the user is: beside the other
 * one's name when it lies below its directory, from the working directory, or else absolute.
 */
const char *path_shown(struct arena *arena, const char *shown, const char *directory, const char *path);

/* The absolute form of a path that a user gave: relative to the working directory. */
const char *path_from_user(struct arena *arena, const char *path);

#endif
