#ifndef DUCKALOG_CLI_WATCH_FOLDERS_H
#define DUCKALOG_CLI_WATCH_FOLDERS_H

/*
 * Folders that are watched for what happens to the files in them. Which files count is for others to say: watch_files.h.
 *
 * A file that is created counts once it is written: whoever writes it closes it then. What appears whole, as a link or a
 * file that is renamed, counts at once.
 */

#include <stdbool.h>

struct watched_folders;

/* NULL, with errno set, when the system has no watch to give. */
struct watched_folders *watch_folders_begin(void);
void watch_folders_end(struct watched_folders *folders);

/* One more folder, by its absolute path; it need not be there. False when there is no memory. */
bool watch_folders_add(struct watched_folders *folders, const char *path);

/* Another folder may have the path of one by now: from here on that one is watched. */
void watch_folders_renew(struct watched_folders *folders);

/* Does it count when something happens to the file, or folder, at an absolute path? */
typedef bool (*watch_folders_question)(const char *path, bool is_folder, void *user);

/* Takes in what has happened since the last time; true when any of it counts. */
bool watch_folders_have_changed(struct watched_folders *folders, watch_folders_question counts, void *user);

/* Is a file being written that will count? Its end is a change; when it takes seconds, it is not waited for any more. */
bool watch_folders_are_written(const struct watched_folders *folders);

/* Looks for folders that were not there; true when one of them is there now. */
bool watch_folders_find(struct watched_folders *folders);

/* Is there a folder that can't be watched now, as it is not there? */
bool watch_folders_lack_any(const struct watched_folders *folders);

/* To be polled for input. */
int watch_folders_descriptor(const struct watched_folders *folders);

#endif
