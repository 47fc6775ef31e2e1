/*
 * The variables that a config may use: those of the process first, then those of .env files, nearer files first.
 */

#include "config/environment.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/text.h"
#include "config/config.h"
#include "config/dotenv.h"
#include "config/file.h"
#include "config/paths.h"
#include "config/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order in which the names were first written. */
struct variables {
    struct variable *first;
    struct variable **end; /* where the next one is put */
    struct map *by_name;
};

struct variable {
    const char *name;
    const char *value; /* NULL: the last line of the name has no value */
    struct variable *next;
};

struct environment {
    struct arena *arena;
    struct variables variables; /* of all files */
    const char **files;
    size_t file_count;
    struct map *seen;          /* the paths that were looked for */
    const struct roots *roots; /* that files have to lie below; NULL: they may lie anywhere */
    struct reader *reader;     /* is asked first; or NULL */
    enum environment_problem problem;
};

static bool variables_init(struct variables *variables, struct arena *arena)
{
    variables->first = NULL;
    variables->end = &variables->first;
    variables->by_name = map_create(arena, MAP_EXACT);
    return variables->by_name != NULL;
}

/* Sets a variable of one file, where a later line replaces an earlier one. */
static bool variables_set(struct variables *variables, struct arena *arena, const char *name, const char *value)
{
    struct variable *variable = map_find(variables->by_name, name);

    if (variable != NULL) {
        variable->value = value;
        return true;
    }
    variable = arena_alloc(arena, sizeof(*variable));
    if (variable == NULL || !map_add(variables->by_name, name, variable))
        return false;
    variable->name = name;
    variable->value = value;
    *variables->end = variable;
    variables->end = &variable->next;
    return true;
}

struct environment *environment_create(struct arena *arena)
{
    struct environment *environment = arena_alloc(arena, sizeof(*environment));

    if (environment == NULL)
        return NULL;
    environment->arena = arena;
    environment->seen = map_create(arena, MAP_EXACT);
    return environment->seen != NULL && variables_init(&environment->variables, arena) ? environment : NULL;
}

const char *environment_get(const struct environment *environment, const char *name)
{
    /* A name with `=` would find the variable of a shorter name whose value begins like the rest. */
    const char *value = strchr(name, '=') == NULL ? getenv(name) : NULL;
    const struct variable *variable;

    if (value != NULL || environment == NULL)
        return value;
    variable = map_find(environment->variables.by_name, name);
    return variable == NULL ? NULL : variable->value;
}

/* ---- the text of a file ---- */

struct lookup {
    const struct environment *environment;
    const struct variables *file; /* that is being read */
};

/* In a value, the lines above come before all else; a name that stands alone there hides the others. */
static const char *look_up(const char *name, void *user)
{
    const struct lookup *lookup = user;
    const struct variable *variable = map_find(lookup->file->by_name, name);

    if (variable != NULL)
        return variable->value != NULL ? variable->value : "";
    return environment_get(lookup->environment, name);
}

static enum environment_problem read_lines(struct environment *environment, struct dotenv_reader *reader,
                                           struct variables *file)
{
    struct lookup lookup = { environment, file };
    size_t left = ENVIRONMENT_LARGEST_VALUES;
    struct dotenv_line line;

    for (;;) {
        enum dotenv_result result = dotenv_next(reader, &line);
        struct text value = text_in(environment->arena);

        if (result != DOTENV_LINE)
            return result == DOTENV_END ? ENVIRONMENT_FINE : ENVIRONMENT_NO_MEMORY;
        if (line.value != NULL && !dotenv_expand(environment->arena, line.value, look_up, &lookup, left, &value))
            return ENVIRONMENT_NO_MEMORY;
        /* Values that double from line to line fill any memory within a page. */
        if (value.length > left)
            return ENVIRONMENT_TOO_LARGE;
        left -= value.length;
        if (!variables_set(file, environment->arena, line.name, line.value == NULL ? NULL : text_string(&value)))
            return ENVIRONMENT_NO_MEMORY;
    }
}

static enum environment_problem read_text(struct environment *environment, const char *chars, size_t length)
{
    enum environment_problem problem;
    struct dotenv_reader reader;
    struct variables file;

    if (!dotenv_is_utf8(chars, length))
        return ENVIRONMENT_NOT_UTF8;
    if (!dotenv_open(environment->arena, chars, length, &reader) || !variables_init(&file, environment->arena))
        return ENVIRONMENT_NO_MEMORY;
    problem = read_lines(environment, &reader, &file);
    if (problem != ENVIRONMENT_FINE)
        return problem;
    for (const struct variable *variable = file.first; variable != NULL; variable = variable->next)
        if (variable->value != NULL && map_find(environment->variables.by_name, variable->name) == NULL &&
            !variables_set(&environment->variables, environment->arena, variable->name, variable->value))
            return ENVIRONMENT_NO_MEMORY;
    return ENVIRONMENT_FINE;
}

bool environment_read(struct environment *environment, const char *chars, size_t length)
{
    environment->problem = read_text(environment, chars, length);
    return environment->problem == ENVIRONMENT_FINE;
}

enum environment_problem environment_problem(const struct environment *environment)
{
    return environment->problem;
}

/* ---- finding the files ---- */

static void warn(struct duckalog_report *report, const char *path, const char *hint, const char *problem)
{
    report_add(report, DUCKALOG_WARNING, "env-file", (struct position){ .file = path }, NULL, hint,
               "%s; its variables are not used", problem);
}

static bool add_file(struct environment *environment, const char *path)
{
    environment->files =
        arena_extend(environment->arena, environment->files, environment->file_count, sizeof(*environment->files));
    if (environment->files == NULL)
        return false;
    environment->files[environment->file_count++] = path;
    return true;
}

/* Up to `size` bytes; -1, and errno, when that fails. */
static ssize_t read_up_to(int file, char *chars, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t count = read(file, chars + length, size - length);

        if (count == 0)
            break;
        if (count < 0 && errno != EINTR)
            return -1;
        if (count > 0)
            length += (size_t)count;
    }
    return (ssize_t)length;
}

/* The bytes of a file count, or what is wrong with them is told. False only when there is no memory. */
static bool take(struct environment *environment, const char *path, const struct file_content *content,
                 struct duckalog_report *report)
{
    if (environment_read(environment, content->chars, content->length))
        return add_file(environment, path);
    if (environment->problem == ENVIRONMENT_NOT_UTF8)
        warn(report, path, "save the file as UTF-8 text", "the file is not valid UTF-8");
    else if (environment->problem == ENVIRONMENT_TOO_LARGE)
        warn(report, path, "look for values that repeat others with ${…}",
             "expanded, the values of the file are larger than 8 MiB");
    return environment->problem != ENVIRONMENT_NO_MEMORY;
}

/* False only when there is no memory. */
static bool read_open_file(struct environment *environment, const char *path, int file, struct duckalog_report *report)
{
    struct stat status = { 0 };
    ssize_t length;
    char *chars;

    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        if (!S_ISDIR(status.st_mode))
            warn(report, path, NULL, "only regular files are read");
        return true;
    }
    if (environment->roots != NULL && !file_is_below(file, path, environment->roots)) {
        warn(report, path, "allow its folder with --allow-root", "the file " FILE_OUTSIDE);
        return true;
    }
    if (status.st_size > ENVIRONMENT_LARGEST_FILE) {
        warn(report, path, NULL, "the file is larger than 1 MiB");
        return true;
    }
    chars = arena_alloc(environment->arena, (size_t)status.st_size + 1);
    if (chars == NULL)
        return false;
    length = read_up_to(file, chars, (size_t)status.st_size);
    if (length < 0) {
        warn(report, path, NULL, "the file could not be read to its end");
        return true;
    }
    return take(environment, path, &(struct file_content){ chars, (size_t)length }, report);
}

/* Of a file that the caller hands over. False only when there is no memory. */
static bool read_given(struct environment *environment, const char *path, struct duckalog_report *report)
{
    struct file_content content;
    const char *problem = reader_read(environment->reader, environment->arena, path, environment->roots, &content);

    if (problem == NULL && content.length > ENVIRONMENT_LARGEST_FILE)
        problem = "is larger than 1 MiB";
    if (problem == NULL)
        return take(environment, path, &content, report);
    if (strcmp(problem, FILE_NO_MEMORY) == 0)
        return false;
    problem = arena_format(environment->arena, "the file %s", problem);
    if (problem != NULL)
        warn(report, path, NULL, problem);
    return problem != NULL;
}

/* False only when there is no memory. */
static bool read_file(struct environment *environment, const char *path, struct duckalog_report *report)
{
    int file;
    bool good;

    if (reader_has(environment->reader, path))
        return read_given(environment, path, report);
    /* Opening a pipe or a device must not wait for anybody. */
    file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0) {
        const char *problem;

        if (errno == ENOENT || errno == ENOTDIR)
            return true;
        problem = arena_format(environment->arena, "the file can't be read: %s", strerror(errno));
        if (problem != NULL)
            warn(report, path, NULL, problem);
        return problem != NULL;
    }
    good = read_open_file(environment, path, file, report);
    close(file);
    return good;
}

void environment_keep_below(struct environment *environment, const struct roots *roots)
{
    environment->roots = roots;
}

void environment_read_with(struct environment *environment, struct reader *reader)
{
    environment->reader = reader;
}

/* One name in one folder. Absolute names, and ../ in names, lead to the same file from several folders. */
static bool read_name(struct environment *environment, const char *directory, const char *name,
                      struct duckalog_report *report)
{
    const char *path = path_resolve(environment->arena, directory, name);

    if (path == NULL)
        return false;
    if (*path != '/' || map_find(environment->seen, path) != NULL)
        return true;
    return map_add(environment->seen, path, environment) && read_file(environment, path, report);
}

static bool read_folder(struct environment *environment, const char *directory, const struct texts *names,
                        struct duckalog_report *report)
{
    if (names == NULL)
        return read_name(environment, directory, ENVIRONMENT_USUAL_FILE, report);
    for (size_t i = 0; i < names->count; i++)
        if (!read_name(environment, directory, names->items[i], report))
            return false;
    return true;
}

bool environment_load(struct environment *environment, const char *directory, const struct texts *names,
                      struct duckalog_report *report)
{
    const char *start = path_resolve(environment->arena, directory, "."); /* without a slash at its end */
    char *folder = start == NULL ? NULL : arena_string(environment->arena, start);
    bool good = folder != NULL;

    for (size_t i = 0; good && i < ENVIRONMENT_FOLDERS; i++) {
        char *slash;

        good = read_folder(environment, *folder == '\0' ? "/" : folder, names, report);
        slash = strrchr(folder, '/');
        if (slash == NULL || slash[1] == '\0')
            break;
        *slash = '\0';
    }
    environment->problem = good ? ENVIRONMENT_FINE : ENVIRONMENT_NO_MEMORY;
    return good;
}

const char *environment_file(const struct environment *environment, size_t index)
{
    return index < environment->file_count ? environment->files[index] : NULL;
}

void environment_each(const struct environment *environment, environment_function function, void *user)
{
    for (const struct variable *variable = environment->variables.first; variable != NULL; variable = variable->next)
        function(variable->name, variable->value, user);
}
