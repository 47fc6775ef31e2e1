#ifndef DUCKALOG_CONFIG_IMPORT_PARTS_H
#define DUCKALOG_CONFIG_IMPORT_PARTS_H

/*
 * What reading the files of a config is made of; only for imports.c and import_*.c.
 */

#include "config/imports.h"

#include <stdatomic.h>

struct place;

struct loader {
    struct duckalog_config *config;
    const struct import_options *options;
    struct duckalog_report *report;
    struct arena *arena;
    size_t bytes;         /* of all files */
    atomic_size_t values; /* of those that are read */
    bool is_full;         /* there are too many files, or they are too large, which is told once */
    bool good;
};

/* Reports a mistake in the imports of a file: what is missing in the config may be in a file that was meant. */
void import_complain(struct loader *loader, const struct node *node, const struct place *place, const char *code,
                     const char *hint, const char *problem);

/* A file more. NULL only when there is no memory; the config frees it. */
struct config_file *import_add_file(struct duckalog_config *config, const char *path, const char *shown,
                                    const char *directory);

/* The content of a file that the caller answers for, by the name that it is asked for. */
void import_take_given(struct duckalog_config *config, struct config_file *file, const char *path,
                       const struct roots *roots);

/* A file that comes from elsewhere; the importer is NULL for the main one. */
void import_set_remote(struct duckalog_config *config, struct config_file *file, const struct config_file *importer);

/* import_entries.c: fills the edges of a file that is read; false only when there is no memory. */
bool import_find_edges(struct loader *loader, struct config_file *file);

/* import_rings.c: reports files that import each other in a ring. False only when there is no memory. */
bool import_look_for_rings(struct loader *loader);

#endif
