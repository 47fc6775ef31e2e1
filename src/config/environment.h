#ifndef DUCKALOG_CONFIG_ENVIRONMENT_H
#define DUCKALOG_CONFIG_ENVIRONMENT_H

/*
 * The variables that a config may use: those of the process, and beside them those of .env files (config-language.md
 * section 5). Each load of a config has its own, and nothing is ever written to the process (D-10).
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct duckalog_report;
struct environment;
struct roots;
struct texts;

/* The file that is looked for when a config names none. */
#define ENVIRONMENT_USUAL_FILE ".env"

/* What is refused: a .env file is written by people. */
enum {
    ENVIRONMENT_LARGEST_FILE = 1024 * 1024,       /* bytes */
    ENVIRONMENT_LARGEST_VALUES = 8 * 1024 * 1024, /* bytes of one file's values, once expanded */
    ENVIRONMENT_FOLDERS = 10,                     /* that are searched: where the config is, and those above it */
};

/* With no values of files yet. The arena holds the values, so it should be a wiped one. NULL: no memory. */
struct environment *environment_create(struct arena *arena);

/*
 * The value of a variable: the one that the process has, even when it is empty, else the one of the files. NULL: there
 * is none. Without an environment (NULL), only the process is asked.
 */
const char *environment_get(const struct environment *environment, const char *name);

enum environment_problem {
    ENVIRONMENT_FINE,
    ENVIRONMENT_NO_MEMORY,
    ENVIRONMENT_NOT_UTF8,
    ENVIRONMENT_TOO_LARGE, /* expanded, the values are */
};

/*
 * Adds the values of a .env file's text. A name that an earlier file has keeps its value; in one file the last one
 * wins. False when nothing was added, and environment_problem() says why.
 */
bool environment_read(struct environment *environment, const char *chars, size_t length);

/* Of the last environment_read() or environment_load(). */
enum environment_problem environment_problem(const struct environment *environment);

/* From now on only files below one of these folders are read; NULL: wherever they are. */
void environment_keep_below(struct environment *environment, const struct roots *roots);

struct reader;

/* From now on the reader is asked for files first. */
void environment_read_with(struct environment *environment, struct reader *reader);

/*
 * Looks for the files of these names (NULL: just `.env`) in the absolute `directory` and the folders above it, and
 * reads all that there are; nearer folders come first. What is missing or a folder is passed over in silence; what
 * can't be read is reported as a warning, with its path, and the others are read. False only when there is no memory.
 */
bool environment_load(struct environment *environment, const char *directory, const struct texts *names,
                      struct duckalog_report *report);

/* The absolute paths of the files that were read, in the order of reading; NULL behind the last one. */
const char *environment_file(const struct environment *environment, size_t index);

/*
 * Calls the function with each variable of the files, in the order of reading, also when the process has one of that
 * name. A name may be one that setenv() refuses: it may hold a `=`.
 */
typedef void (*environment_function)(const char *name, const char *value, void *user);
void environment_each(const struct environment *environment, environment_function function, void *user);

#endif
