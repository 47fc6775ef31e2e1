#ifndef DUCKALOG_ENGINE_RELOAD_PARTS_H
#define DUCKALOG_ENGINE_RELOAD_PARTS_H

/*
 * Between the files that reload: two plans, and which of their steps are in both.
 */

#include "engine/reload.h"

struct map;

struct reload {
    struct restoration *restoration;
    struct arena *arena;
    struct map *attached;  /* the names of what was attached before */
    struct map *stored;    /* the names of the secrets that were stored before */
    struct plan *old_plan; /* of the session, without its views */
    struct plan *new_plan; /* with the views that are to be made */
    bool *old_stays;       /* of each step: is it in the other plan, just as it is? */
    bool *new_stays;
    bool *wanted;            /* of each view of the new config */
    bool *is_there;          /* of each of them: the catalog has a view of the name, which is replaced */
    const char **old_values; /* of each step of the old plan: what the setting of its name was; NULL: not known */
};

/* Adds a notice of what was done to the object of a step. */
void reload_tell(struct reload *reload, const struct step *step, const char *object, const char *done);

/* Runs a statement of ours; a failure is reported with the step's place. */
duckalog_status reload_run(struct reload *reload, const struct step *step, const char *sql);

/* The names that a query finds; NULL: it failed. */
struct map *reload_names(struct reload *reload, const char *sql);

/* reload_settings.c: statements of pragmas and settings. What a statement sets is known by its form only. */
bool settings_compare(struct reload *reload);
duckalog_status settings_take_down(struct reload *reload);
void settings_take_back(struct reload *reload);

/* reload_session.c: secrets and attachments. */
bool session_compare(struct reload *reload);
duckalog_status session_take_down(struct reload *reload);
void session_take_back(struct reload *reload);

/* reload_views.c: which views are to be made, and the inventory that says so. */
duckalog_status views_choose(struct reload *reload);

/* The notices, once all is done. */
void settings_tell(struct reload *reload);
void session_tell(struct reload *reload);
void views_tell(struct reload *reload);

bool reload_is_same_step(const struct step *a, const struct step *b);

#endif
