#ifndef DUCKALOG_CLI_WATCH_FILES_H
#define DUCKALOG_CLI_WATCH_FILES_H

/*
 * The files that a config is made of, watched for changes: the config, its imports, SQL files, templates, .env files, and
 * those of nested catalogs; and what would be one of them if it came.
 *
 * The folders are what is watched, as an editor that saves a file puts a new one in its place, and as a file may go and
 * come back; with them those of the links that lead there, as a link may be put elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>

struct duckalog_config;
struct watched_files;

/* NULL, with errno set, when the system has no watch to give. */
struct watched_files *watch_files_begin(void);
void watch_files_end(struct watched_files *files);

/* One more file, by its absolute path; it need not be there. False when there is no memory. */
bool watch_files_add(struct watched_files *files, const char *path);

/* All files of a config, also one with errors, and of those that it attaches. False when there is no memory. */
bool watch_files_add_config(struct watched_files *files, const struct duckalog_config *config);

/* Follows links and patterns again, to where they lead now. To be called before a config is read. False: no memory. */
bool watch_files_look_again(struct watched_files *files);

/* To be polled for input. */
int watch_files_descriptor(const struct watched_files *files);

/* Takes in what has happened since the last time; true when one of the files may have changed. */
bool watch_files_have_changed(struct watched_files *files);

/* Is one of them being written anew? Then there will be a change soon. */
bool watch_files_are_written(const struct watched_files *files);

/* Looks for folders that were not there; true when one of them is there now. */
bool watch_files_find_folders(struct watched_files *files);

/* Is there a folder that can't be watched now, as it is not there? */
bool watch_files_lack_folders(const struct watched_files *files);

size_t watch_files_count(const struct watched_files *files);

#endif
