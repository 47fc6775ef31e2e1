#ifndef DUCKALOG_REMOTE_REMOTE_H
#define DUCKALOG_REMOTE_REMOTE_H

/*
 * What lives elsewhere, for the rest of the program: documents for the loading of configs, and whole files that are
 * published or fetched.
 */

#include "config/remote.h"

#include <stdint.h>

extern const struct remote_access remote_access;

/* What is known of a file behind a URI. */
struct remote_file {
    bool is_there;
    bool has_no_size; /* the server does not say it */
    uint64_t size;    /* bytes */
    const char *etag; /* or NULL; lives as long as the arena */
};

typedef void remote_progress(uint64_t done, uint64_t total, void *user);

/*
 * Each takes as long as it needs, as long as bytes come or go; false after setting the problem, whose texts live as long as
 * the arena. A local file that was begun is gone after a failure.
 */
bool remote_find(const struct remote_settings *settings, struct arena *arena, const char *uri,
                 struct remote_file *ret_file, struct remote_problem *ret_problem);
bool remote_download(const struct remote_settings *settings, struct arena *arena, const char *uri, const char *to,
                     remote_progress *progress, void *progress_user, struct remote_file *ret_file,
                     struct remote_problem *ret_problem);

/*
 * Puts a file at a URI: the whole of it, checked afterwards by its size, or what was there before stays. `replaces` is the
 * ETag of what may be replaced; "": nothing, as nothing may be there; NULL: whatever is there.
 */
bool remote_upload(const struct remote_settings *settings, struct arena *arena, const char *from, const char *uri,
                   const char *replaces, remote_progress *progress, void *progress_user, struct remote_file *ret_file,
                   struct remote_problem *ret_problem);

#endif
