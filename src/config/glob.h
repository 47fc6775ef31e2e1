#ifndef DUCKALOG_CONFIG_GLOB_H
#define DUCKALOG_CONFIG_GLOB_H

/*
 * Patterns of imports: the files that a path with `*`, `?`, `[…]` and `**` stands for (config-language.md 6.1).
 *
 * `*`, `?` and `[…]` stand for characters within one part of the path (`[!…]` for all others), `**` as a whole part for
 * any number of folders, none included; at the end of a pattern, for every file below. None of them stands for a dot at
 * the beginning of a name. A backslash is a character like others, and there are no braces. A pattern that ends in a
 * slash stands for nothing. Names are UTF-8, whatever the locale of the process.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct roots;

enum {
    GLOB_DEEPEST = 64,           /* folders that one `**` goes down */
    GLOB_MOST_NAMES = 250 * 1000 /* names of files and folders that are looked at */
};

enum glob_problem {
    GLOB_FINE,
    GLOB_NO_MEMORY,
    GLOB_TOO_MANY, /* more matches than the caller wants */
    GLOB_TOO_WIDE, /* more than GLOB_MOST_NAMES had to be looked at: the pattern begins too high up */
};

struct glob {
    const char **paths; /* absolute, by their bytes, each once */
    size_t count;
    const char *unread; /* the first folder that could not be read and was passed over, or NULL */
    enum glob_problem problem;
};

bool glob_is_pattern(const char *path);

/*
 * Finds what matches an absolute pattern: files, and folders too unless it ends in `**`, at most `most` of them. `**`
 * follows links to folders, but not into a folder that it is in already. No match is no failure.
 *
 * False when `ret_glob` has a problem; it then has no paths.
 */
bool glob_find(struct arena *arena, const char *pattern, size_t most, struct glob *ret_glob);

/*
 * The same for the data that DuckDB finds: files only, those whose name begins with a dot included.
 */
bool glob_find_data(struct arena *arena, const char *pattern, size_t most, struct glob *ret_glob);

/* Would the absolute pattern find the absolute path, if that is a file? */
bool glob_matches(const char *pattern, const char *path);

/* Does a part of a pattern stand for a name? With `dots`, wildcards stand for a dot at its beginning too. */
bool glob_part_matches(const char *part, const char *name, bool dots);

/*
 * The first link that the absolute pattern, as DuckDB expands it, goes over from below one of the roots to elsewhere, or
 * NULL. What stands before the first wildcard is not looked at.
 */
enum glob_problem glob_leads_out(struct arena *arena, const char *pattern, const struct roots *roots,
                                 const char **ret_outside);

#endif
