#ifndef DUCKALOG_CONFIG_NESTED_H
#define DUCKALOG_CONFIG_NESTED_H

/*
 * Catalogs that build on catalogs: the configs that `attachments.duckalog` names, at any level (config-language.md
 * section 9, connection.md section 10, D-41).
 */

#include "config/config.h"

/* All configs that belong together: each child is loaded once, however many attach it. */
struct family {
    struct arena *arena;
    struct map *by_path; /* real path → struct kin */
    struct reader *reader;
    struct duckalog_config **configs;
    size_t count;
    bool told; /* a config can't be loaded as one below it can't, whose problems are told already */
};

/* From the config at hand up to the one that the user named. */
struct ancestry {
    const struct ancestry *child_of;
    const char *path;          /* with links followed */
    const char *shown;         /* for the chain in messages */
    unsigned depth;            /* of the user's config: 0 */
    const struct roots *roots; /* that its file has to lie below; NULL: it may lie anywhere */
    bool is_named_elsewhere;   /* by a document that is not of this machine */
};

struct family *family_create(void);
void family_free(struct family *family);

/*
 * Loads what a config attaches, and lists all catalogs that its session needs. False after reporting. `load` is the
 * loader's own function, for the children; it hands out what has errors too.
 */
typedef struct duckalog_config *nested_loader(const char *path, const char *shown, const struct config_options *options,
                                              struct duckalog_report *report, struct family *family,
                                              const struct ancestry *ancestry, bool *ret_good);

bool nested_load(struct duckalog_config *config, const struct config_options *options, struct duckalog_report *report,
                 struct family *family, const struct ancestry *ancestry, nested_loader *load);

#endif
