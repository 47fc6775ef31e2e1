/*
 * Patterns of imports. A pattern is taken part by part: what stands before is a folder that is known, what comes after
 * is matched below each of its names that the part stands for.
 */

#include "config/glob.h"

#include "base/arena.h"
#include "base/map.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- one part ---- */

static locale_t utf8_locale;

static void make_utf8_locale(void)
{
    utf8_locale = newlocale(LC_CTYPE_MASK | LC_COLLATE_MASK, "C.UTF-8", (locale_t)0);
}

/* fnmatch() asks the locale what a character is, and a config must not mean another thing in another locale. */
bool glob_part_matches(const char *part, const char *name, bool dots)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    locale_t before;
    bool matches;

    if (!glob_is_pattern(part))
        return strcmp(part, name) == 0;
    pthread_once(&once, make_utf8_locale);
    before = uselocale(utf8_locale); /* (locale_t)0 where there is none of this name: changes nothing */
    matches = fnmatch(part, name, dots ? FNM_NOESCAPE : FNM_NOESCAPE | FNM_PERIOD) == 0;
    uselocale(before);
    return matches;
}

bool glob_is_pattern(const char *path)
{
    return strpbrk(path, "*?[") != NULL;
}

/*
 * Can anything match? No file has a path that ends in a slash, nor a longer one; a pattern could be longer, for its
 * brackets, but each of its parts takes room on the stack.
 */
static bool is_of_use(const char *pattern)
{
    size_t length = strlen(pattern);

    return length > 0 && length < PATH_MAX && pattern[length - 1] != '/';
}

static const char *skip_slashes(const char *s)
{
    return s + strspn(s, "/");
}

static bool is_any_folders(const char *part, size_t length)
{
    return length == 2 && strncmp(part, "**", 2) == 0;
}

/* ---- finding ---- */

struct search {
    struct arena *arena;   /* of the result */
    struct arena *scratch; /* of everything else */
    size_t most;
    bool data; /* files only, with names that begin with a dot */
    size_t looked_at;
    struct map *seen;
    struct glob glob;
};

struct name {
    const char *name;
    unsigned char type; /* as readdir() has it */
};

struct folder {
    struct name *names; /* but `.` and `..` */
    size_t count;
    dev_t device;
    ino_t inode;
};

/* The folders that a `**` went through to where it is. */
struct level {
    const struct level *outer;
    const struct folder *folder;
    unsigned depth;
};

static bool fail(struct search *search, enum glob_problem problem)
{
    search->glob.problem = problem;
    return false;
}

static bool note_unread(struct search *search, const char *path)
{
    if (search->glob.unread == NULL)
        search->glob.unread = arena_string(search->arena, path);
    return search->glob.unread != NULL || fail(search, GLOB_NO_MEMORY);
}

static bool read_names(struct search *search, DIR *directory, struct folder *folder)
{
    const struct dirent *entry;

    while ((entry = readdir(directory)) != NULL) {
        struct name *name;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (++search->looked_at > GLOB_MOST_NAMES)
            return fail(search, GLOB_TOO_WIDE);
        folder->names = arena_extend(search->scratch, folder->names, folder->count, sizeof(*folder->names));
        if (folder->names == NULL)
            return fail(search, GLOB_NO_MEMORY);
        name = &folder->names[folder->count];
        name->name = arena_string(search->scratch, entry->d_name);
        name->type = entry->d_type;
        if (name->name == NULL)
            return fail(search, GLOB_NO_MEMORY);
        folder->count++;
    }
    return true;
}

/* The names in a folder: none when it is no folder, or can't be read. */
static bool read_folder(struct search *search, const char *path, struct folder *ret_folder)
{
    struct stat status;
    DIR *directory = opendir(*path == '\0' ? "/" : path);
    bool good;

    *ret_folder = (struct folder){ 0 };
    if (directory == NULL)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || note_unread(search, path);
    if (fstat(dirfd(directory), &status) == 0) {
        ret_folder->device = status.st_dev;
        ret_folder->inode = status.st_ino;
    }
    good = read_names(search, directory, ret_folder);
    closedir(directory);
    return good;
}

static const char *join(struct search *search, const char *folder, const char *name)
{
    const char *path = arena_format(search->scratch, "%s/%s", folder, name);

    if (path == NULL)
        fail(search, GLOB_NO_MEMORY);
    return path;
}

static bool is_folder(const char *path, unsigned char type)
{
    struct stat status;

    if (type != DT_LNK && type != DT_UNKNOWN)
        return type == DT_DIR;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool exists(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

static bool add(struct search *search, const char *path)
{
    struct glob *glob = &search->glob;

    if (map_find(search->seen, path) != NULL || (search->data && !is_file(path)))
        return true;
    if (glob->count == search->most)
        return fail(search, GLOB_TOO_MANY);
    glob->paths = arena_extend(search->arena, glob->paths, glob->count, sizeof(*glob->paths));
    if (glob->paths == NULL)
        return fail(search, GLOB_NO_MEMORY);
    glob->paths[glob->count] = arena_string(search->arena, path);
    if (glob->paths[glob->count] == NULL || !map_add(search->seen, path, search))
        return fail(search, GLOB_NO_MEMORY);
    glob->count++;
    return true;
}

static bool match_below(struct search *search, const char *folder, const char *rest);

/* A path that all parts up to `rest` stand for. */
static bool match_path(struct search *search, const char *path, const char *rest)
{
    return *rest == '\0' ? add(search, path) : match_below(search, path, rest);
}

static bool is_in_ring(const struct level *level)
{
    for (const struct level *outer = level->outer; outer != NULL; outer = outer->outer)
        if (outer->folder->inode == level->folder->inode && outer->folder->device == level->folder->device)
            return true;
    return false;
}

/* A `**` that has come to the folder at `path`, and the `rest` after it; without one it stands for the files. */
static bool match_any_folders(struct search *search, const char *path, const char *rest, const struct level *outer)
{
    struct folder folder;
    struct level level = { outer, &folder, outer == NULL ? 0 : outer->depth + 1 };

    if (!read_folder(search, path, &folder))
        return false;
    if (is_in_ring(&level))
        return true;
    if (*rest != '\0' && !match_below(search, path, rest))
        return false;
    for (const struct name *name = folder.names; name < folder.names + folder.count; name++) {
        const char *inner;

        if (*name->name == '.' && !search->data)
            continue;
        inner = join(search, path, name->name);
        if (inner == NULL)
            return false;
        if (!is_folder(inner, name->type)) {
            if (*rest == '\0' && !add(search, inner))
                return false;
        } else if (level.depth < GLOB_DEEPEST && !match_any_folders(search, inner, rest, &level))
            return false;
    }
    return true;
}

/* The names in a folder that a part with wildcards stands for. */
static bool match_names(struct search *search, const char *path, const char *part, const char *rest)
{
    struct folder folder;

    if (!read_folder(search, path, &folder))
        return false;
    for (size_t i = 0; i < folder.count; i++) {
        const char *inner;

        if (!glob_part_matches(part, folder.names[i].name, search->data))
            continue;
        inner = join(search, path, folder.names[i].name);
        if (inner == NULL || !match_path(search, inner, rest))
            return false;
    }
    return true;
}

/* What the rest of the pattern stands for in a folder, whose path has no slash at its end. */
static bool match_below(struct search *search, const char *folder, const char *rest)
{
    size_t length = strcspn(rest, "/");
    const char *part = arena_copy(search->scratch, rest, length);
    const char *path;

    if (part == NULL)
        return fail(search, GLOB_NO_MEMORY);
    rest = skip_slashes(rest + length);
    if (is_any_folders(part, length)) {
        while (is_any_folders(rest, strcspn(rest, "/"))) /* two are as good as one */
            rest = skip_slashes(rest + 2);
        return match_any_folders(search, folder, rest, NULL);
    }
    if (glob_is_pattern(part))
        return match_names(search, folder, part, rest);
    path = join(search, folder, part);
    return path != NULL && ((*rest == '\0' && !exists(path)) || match_path(search, path, rest));
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool find(struct arena *arena, const char *pattern, size_t most, bool data, struct glob *ret_glob)
{
    struct search search = { .arena = arena, .scratch = arena_create(ARENA_PLAIN), .most = most, .data = data };

    search.seen = search.scratch == NULL ? NULL : map_create(search.scratch, MAP_EXACT);
    if (search.seen == NULL)
        search.glob.problem = GLOB_NO_MEMORY;
    else if (is_of_use(pattern))
        match_below(&search, "", skip_slashes(pattern));
    arena_destroy(search.scratch);
    if (search.glob.problem != GLOB_FINE) {
        search.glob.paths = NULL;
        search.glob.count = 0;
    } else if (search.glob.count > 1)
        qsort(search.glob.paths, search.glob.count, sizeof(*search.glob.paths), compare_paths);
    *ret_glob = search.glob;
    return search.glob.problem == GLOB_FINE;
}

bool glob_find(struct arena *arena, const char *pattern, size_t most, struct glob *ret_glob)
{
    return find(arena, pattern, most, false, ret_glob);
}

bool glob_find_data(struct arena *arena, const char *pattern, size_t most, struct glob *ret_glob)
{
    return find(arena, pattern, most, true, ret_glob);
}

/* ---- matching ---- */

/* The part of a path at `s`, cut out; returns what comes after it. */
static const char *cut_part(const char *s, char ret_part[PATH_MAX])
{
    size_t length = strcspn(s, "/");

    memcpy(ret_part, s, length);
    ret_part[length] = '\0';
    return skip_slashes(s + length);
}

bool glob_matches(const char *pattern, const char *path)
{
    char part[PATH_MAX];
    char name[PATH_MAX];
    const char *after_any = NULL; /* the pattern behind the last `**` */
    const char *any_path = NULL;  /* and what it was tried on */

    if (!is_of_use(pattern) || !is_of_use(path))
        return false;
    pattern = skip_slashes(pattern);
    path = skip_slashes(path);
    /*
     * When something does not fit, only the last `**` has to take one more folder: what stands before it is found where
     * it first fits, and to fit later is of no help, not even with a dot in the way, which no `**` goes past.
     */
    while (*path != '\0') {
        const char *pattern_after = cut_part(pattern, part);
        const char *path_after = cut_part(path, name);

        if (strcmp(part, "**") == 0) {
            after_any = pattern = pattern_after;
            any_path = path;
        } else if (glob_part_matches(part, name, false)) {
            pattern = pattern_after;
            path = path_after;
        } else {
            if (after_any == NULL || *any_path == '.')
                return false;
            any_path = path = cut_part(any_path, name);
            pattern = after_any;
        }
    }
    return *pattern == '\0';
}
