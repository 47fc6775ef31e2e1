#ifndef DUCKALOG_CONFIG_READER_H
#define DUCKALOG_CONFIG_READER_H

/*
 * Where the files of a config are read: from the caller of the library, who may hand them over by absolute path or URI; from
 * elsewhere, by src/remote; or from the file system. Each is asked for once a load, so that all see the same bytes.
 *
 * The caller is asked only on its own thread, as nothing is known of what its function can stand.
 */

#include "config/config.h"
#include "config/file.h"

struct duckalog_report;
struct glob;
struct reader;

/* NULL when there is no memory. The options outlive it. */
struct reader *reader_create(const struct config_options *options);
void reader_free(struct reader *reader);

/* Does the caller answer for this file, be it that it can't be read? False for a reader of NULL. */
bool reader_has(struct reader *reader, const char *path);

/*
 * The bytes of a file that reader_has(), copied into the arena. A local path has to lie below one of the roots, if there
 * are any. Returns NULL or what is wrong, as file_read() does.
 */
const char *reader_read(struct reader *reader, struct arena *arena, const char *path, const struct roots *roots,
                        struct file_content *ret_content);

/* ---- documents that live elsewhere ---- */

/* Is it a URI that the caller does not answer for? */
bool reader_is_remote(struct reader *reader, const char *path);

/* Is nobody on the way who could change what comes? Not so with plain http. */
bool reader_is_safe(struct reader *reader, const char *uri);

/* The one spelling of such a URI; NULL after setting the problem. */
const char *reader_name(struct reader *reader, struct arena *arena, const char *uri,
                        struct remote_problem *ret_problem);

/*
 * Tells that the URI is named by the user, or in a config of this machine, before it is read: what only documents from
 * elsewhere name gets no credentials that are not for their own server.
 */
void reader_expect(struct reader *reader, const char *uri);

/* Fetches what will be read next, side by side, in whatever order that is quickest. What fails is told by the reading. */
void reader_fetch_ahead(struct reader *reader, const char *const *uris, size_t count, size_t largest);

/* From any thread once reader_fetch_ahead() was called with it. False after setting the problem. */
bool reader_fetch(struct reader *reader, struct arena *arena, const char *uri, size_t largest,
                  struct file_content *ret_content, struct remote_problem *ret_problem);

/* The URIs that a pattern matches. False after setting the problem. */
bool reader_list(struct reader *reader, struct arena *arena, const char *pattern, size_t most, struct glob *ret_found,
                 struct remote_problem *ret_problem);

/* The code of a diagnostic for a problem: the URI itself is wrong, or what is behind it can't be had. */
const char *reader_problem_code(const struct remote_problem *problem);

/* Tells what the user is to know of how documents were got. */
void reader_report_notes(const struct reader *reader, struct duckalog_report *report);

#endif
