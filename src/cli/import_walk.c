/*
 * The walk over imports.
 */

#include "cli/import_walk.h"

#include "base/arena.h"
#include "base/map.h"
#include "config/paths.h"

struct walk {
    struct arena *arena;
    struct map *shown; /* files, by their paths */
    import_visitor *visit;
    void *user;
};

static bool is_on_the_way(const struct import_step *step, const struct config_file *file)
{
    for (; step != NULL; step = step->outer)
        if (step->importer == file)
            return true;
    return false;
}

static enum import_mark mark_of(const struct walk *walk, const struct import_step *step)
{
    const struct config_file *file = step->edge->file;

    if (file == NULL && step->edge->missing)
        return IMPORT_MISSING;
    if (file == NULL)
        return path_kind(step->edge->written) == PATH_URI ? IMPORT_REMOTE : IMPORT_UNREAD;
    if (is_on_the_way(step, file))
        return IMPORT_CYCLE;
    if (map_find(walk->shown, file->path) != NULL)
        return IMPORT_SHOWN;
    return file->root == NULL ? IMPORT_UNREAD : IMPORT_FINE;
}

static bool walk_file(struct walk *walk, const struct config_file *file, const struct import_step *outer)
{
    if (!map_add(walk->shown, file->path, walk))
        return false;
    for (size_t i = 0; i < file->import_count; i++) {
        struct import_step step = { outer, file, &file->imports[i], IMPORT_FINE, i + 1 == file->import_count };

        step.mark = mark_of(walk, &step);
        walk->visit(&step, walk->user);
        if (step.edge->file != NULL && step.mark != IMPORT_CYCLE && step.mark != IMPORT_SHOWN &&
            !walk_file(walk, step.edge->file, &step))
            return false;
    }
    return true;
}

bool import_walk(const struct duckalog_config *config, import_visitor *visit, void *user)
{
    struct walk walk = { .arena = arena_create(ARENA_PLAIN), .visit = visit, .user = user };
    bool good;

    walk.shown = walk.arena == NULL ? NULL : map_create(walk.arena, MAP_EXACT);
    good = walk.shown != NULL && (config->files.count == 0 || walk_file(&walk, config->files.items[0], NULL));
    arena_destroy(walk.arena);
    return good;
}
