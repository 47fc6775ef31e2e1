/*
 * Rings of imports: a walk along the edges, which remembers its way to be able to tell it.
 */

#include "config/import_parts.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/place.h"

enum { NOT_WALKED, ON_THE_WAY, WALKED };

/* "a.yaml:3:5 imports b.yaml, b.yaml:2:5 imports a.yaml" */
static void report_ring(struct loader *loader, const struct import_edge *const *way, size_t length,
                        const struct config_file *from, const struct import_edge *last)
{
    struct text chain = text_on_heap();
    size_t first = length;

    while (first > 0 && way[first - 1]->file != last->file)
        first--;
    /* From the edge after the one that led to where the ring begins; from the main file when no edge did. */
    for (size_t i = first; i < length; i++)
        text_format(&chain, "%s:%u:%u imports %s, ", way[i]->position.file, way[i]->position.line,
                    way[i]->position.column, way[i]->file->source.shown);
    text_format(&chain, "%s:%u:%u imports %s", last->position.file, last->position.line, last->position.column,
                last->file->source.shown);
    import_complain(loader, &(struct node){ .position = last->position },
                    &(struct place){ NULL, "imports", NOT_IN_LIST }, "import-ring",
                    "move what both need into a file that imports neither",
                    last->file == from ? "this file imports itself"
                                       : arena_format(loader->arena, "files import each other in a ring: %s",
                                                      text_string(&chain) != NULL ? text_string(&chain) : ""));
    text_free(&chain);
}

static void look_for_rings(struct loader *loader, struct config_file *file, const struct import_edge **way,
                           size_t length)
{
    file->walked = ON_THE_WAY;
    for (size_t i = 0; i < file->import_count; i++) {
        const struct import_edge *edge = &file->imports[i];

        if (edge->file == NULL || edge->file->walked == WALKED)
            continue;
        if (edge->file->walked == ON_THE_WAY) {
            report_ring(loader, way, length, file, edge);
            continue;
        }
        way[length] = edge;
        look_for_rings(loader, edge->file, way, length + 1);
    }
    file->walked = WALKED;
}

bool import_look_for_rings(struct loader *loader)
{
    const struct import_edge **way =
        arena_array(loader->arena, loader->config->files.count, sizeof(const struct import_edge *));

    if (way == NULL)
        return false;
    look_for_rings(loader, loader->config->files.items[0], way, 0);
    return true;
}
