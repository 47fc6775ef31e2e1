#ifndef DUCKALOG_REMOTE_CACHE_H
#define DUCKALOG_REMOTE_CACHE_H

/*
 * Documents as they were when they were fetched last, with what the server calls that version: so that asking whether one
 * has changed is enough, and that a catalog opens when its server is gone.
 *
 * A file for each, which only the user may read, below `documents` in the cache directory. Configs may hold secrets, and so
 * does this folder then.
 */

#include "config/file.h"

struct arena;
struct cache;

/* `directory` NULL: the usual one. NULL: there is nowhere to keep anything, or no memory; it is only a cache. */
struct cache *cache_create(struct arena *arena, const char *directory);

struct cached_document {
    struct file_content content;
    const char *etag;     /* NULL: the server had none */
    const char *modified; /* the same */
};

/* The document that is kept of a URI, in the arena; false when there is none. From any thread. */
bool cache_find(const struct cache *cache, struct arena *arena, const char *uri, struct cached_document *ret_document);

/* Keeps a document, or tries to. From any thread. */
void cache_keep(const struct cache *cache, const char *uri, const struct cached_document *document);

#endif
