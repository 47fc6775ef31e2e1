#ifndef DUCKALOG_ENGINE_WRITTEN_H
#define DUCKALOG_ENGINE_WRITTEN_H

/*
 * Has a database been written to, from one look at it to the next? It may be open: only what the file system tells counts.
 */

#include <stdbool.h>
#include <sys/stat.h>

/* Where DuckDB writes; zeros for what is not there. */
struct written {
    struct stat file;
    struct stat log;
};

void written_look(const char *path, struct written *ret_written);
bool was_written(const char *path, const struct written *before);

#endif
