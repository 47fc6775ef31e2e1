#ifndef DUCKALOG_CONFIG_MERGE_H
#define DUCKALOG_CONFIG_MERGE_H

/*
 * Several files to one mapping (config-language.md 6.3, D-13 to D-15, D-22).
 *
 * Imports come before their importer, in the order in which they are written, at every level; of each file each section
 * counts once, where it is met first. Mappings are joined key by key, lists one behind the other; of other values the
 * later one wins, so that an importer wins over what it imports. With `override: false` an import wins only where nothing
 * before it in the same file says anything. A null says nothing. What can't be a value of its key wins over what can, so
 * that it is reported by whoever reads the result.
 */

struct duckalog_config;
struct node;

/* The main file's own mapping when nothing is imported. NULL when there is no memory. */
struct node *merge_files(struct duckalog_config *config);

#endif
