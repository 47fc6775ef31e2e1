#ifndef DUCKALOG_ENGINE_EXPORTED_H
#define DUCKALOG_ENGINE_EXPORTED_H

/*
 * Variables of .env files in the environment of the process, for credential chains that look there. They are taken back
 * before the files are read again: a variable that the process has counts more than one of a file, also one that was put
 * there for an older version of that file.
 */

struct environment;
struct exported_name;

struct exported {
    struct exported_name *names; /* of those that were not set before */
};

/* What can't be remembered for want of memory is not exported. */
void exported_set(struct exported *exported, const struct environment *environment);

/* What someone else has set since stays. */
void exported_take_back(struct exported *exported);

/* Forgets them; they stay. */
void exported_free(struct exported *exported);

#endif
