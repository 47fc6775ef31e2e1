#ifndef DUCKALOG_ENGINE_SCRATCH_H
#define DUCKALOG_ENGINE_SCRATCH_H

/*
 * A folder for a database on its way to or from elsewhere: below $TMPDIR, for nobody else to look into. It is locked as
 * long as it is used, so that one that a killed process left behind can be told from one at work, and taken away.
 */

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct text;

struct scratch {
    const char *folder; /* ours; NULL: there is none */
    const char *path;   /* of the database in it, which is not made yet */
    int lock;
};

/*
 * Makes one, in which the database has that name, and takes away what killed processes of this user left. False with a
 * problem for a message.
 */
bool scratch_make(struct arena *arena, const char *name, struct scratch *ret_scratch, struct text *problem);

/* Is there room for so many bytes? With what there is, in bytes; where nobody knows: true. */
bool scratch_has_room(const struct scratch *scratch, uint64_t size, uint64_t *ret_free);

/* Takes it away with all that is in it. False with a reason: something is left, and stays. */
bool scratch_remove(struct scratch *scratch, struct text *problem);

/* Leaves it where it is, for good: the next process won't take it away either. */
void scratch_keep(struct scratch *scratch);

#endif
