/*
 * Paths of a config: what kind each is, and where a relative one starts.
 */

#include "config/paths.h"

#include "base/arena.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The length of `scheme` in scheme://, or 0. */
static size_t scheme_length(const char *path)
{
    size_t length = 0;

    if (!isalpha((unsigned char)*path))
        return 0;
    while (isalnum((unsigned char)path[length]) || (path[length] != '\0' && strchr("+.-", path[length]) != NULL))
        length++;
    return starts_with(path + length, "://") ? length : 0;
}

enum path_kind path_kind(const char *path)
{
    static const char *const services[] = { "md:", "motherduck:", "ducklake:", "postgres:", "mysql:", "sqlite:" };

    if (*path == '\0' || strcmp(path, ":memory:") == 0)
        return PATH_MEMORY;
    if (scheme_length(path) > 0)
        return starts_with_ignoring_case(path, "file://") ? PATH_LOCAL : PATH_URI;
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        if (starts_with(path, services[i]))
            return PATH_SERVICE;
    return PATH_LOCAL;
}

bool path_uri_has_query(const char *uri)
{
    static const char *const schemes[] = { "http://", "https://", "github://" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (starts_with_ignoring_case(uri, schemes[i]))
            return true;
    return false;
}

size_t path_uri_length(const char *uri)
{
    return path_uri_has_query(uri) ? strcspn(uri, "?#") : strlen(uri);
}

/* A local path without file: in front. */
static const char *without_scheme(const char *path)
{
    if (starts_with_ignoring_case(path, "file://localhost/"))
        return path + strlen("file://localhost");
    if (starts_with_ignoring_case(path, "file://"))
        return path + strlen("file://");
    if (starts_with(path, "file:"))
        return path + strlen("file:");
    return path;
}

bool path_is_relative(const char *path)
{
    const char *local = without_scheme(path);

    return path_kind(path) != PATH_URI && *local != '/' && !starts_with(local, "~/");
}

/* Drops `.` and empty parts but for a slash at the end, and lets `..` take away the part before it. */
static const char *normalise(struct arena *arena, const char *path)
{
    bool ends_in_slash = *path != '\0' && path[strlen(path) - 1] == '/';
    char *clean = arena_alloc(arena, strlen(path) + 3);
    size_t length = 0;

    if (clean == NULL)
        return NULL;
    while (*path != '\0') {
        size_t part = strcspn(path, "/");

        if (part == 2 && strncmp(path, "..", 2) == 0) {
            while (length > 0 && clean[length - 1] != '/')
                length--;
            length -= length > 0;
        } else if (part > 0 && !(part == 1 && *path == '.')) {
            clean[length++] = '/';
            memcpy(clean + length, path, part);
            length += part;
        }
        path += part;
        path += *path == '/';
    }
    if (length == 0 || ends_in_slash)
        clean[length++] = '/';
    clean[length] = '\0';
    return clean;
}

/* Beside a file behind a URI; what is a query there is no part of a folder. */
static const char *resolve_in_uri(struct arena *arena, const char *directory, const char *path)
{
    const char *server = strstr(directory, "://") + strlen("://");
    size_t folder = path_uri_length(directory);
    size_t length = (size_t)(server - directory) + strcspn(server, "/");
    const char *joined;
    const char *clean;

    if (length > folder)
        length = folder;
    joined = arena_format(arena, "%.*s/%s", (int)(folder - length), directory + length, path);
    clean = joined == NULL ? NULL : normalise(arena, joined);
    return clean == NULL ? NULL : arena_format(arena, "%.*s%s", (int)length, directory, clean);
}

static const char *resolve(struct arena *arena, const char *directory, const char *path)
{
    const char *home = getenv("HOME");
    const char *local = without_scheme(path);

    if (starts_with(local, "~/") && home != NULL && *home == '/')
        local = arena_format(arena, "%s/%s", home, local + 2);
    else if (*local != '/' && path_kind(directory) == PATH_URI)
        return resolve_in_uri(arena, directory, local);
    else if (*local != '/')
        local = arena_format(arena, "%s/%s", directory, local);
    return local == NULL ? NULL : normalise(arena, local);
}

const char *path_resolve(struct arena *arena, const char *directory, const char *path)
{
    path = text_trimmed(arena, path);
    return path == NULL || path_kind(path) != PATH_LOCAL ? path : resolve(arena, directory, path);
}

const char *path_resolve_file(struct arena *arena, const char *directory, const char *path)
{
    path = text_trimmed(arena, path);
    return path == NULL || path_kind(path) == PATH_URI ? path : resolve(arena, directory, path);
}

/* The longest leading part of an absolute path that exists, with links followed. */
static bool real_ancestor(const char *path, char ret_real[PATH_MAX])
{
    char ancestor[PATH_MAX];
    size_t length = strlen(path);

    if (length >= sizeof(ancestor))
        return false;
    memcpy(ancestor, path, length + 1);
    while (realpath(ancestor, ret_real) == NULL) {
        char *slash = strrchr(ancestor, '/');

        if (slash == NULL)
            return false;
        if (slash == ancestor)
            slash[1] = '\0';
        else
            *slash = '\0';
    }
    return true;
}

/* Of a path whose links are followed already. */
static bool is_real_path_below(const char *real, const char *root)
{
    char real_root[PATH_MAX];
    size_t length;

    if (realpath(root, real_root) == NULL)
        return false;
    length = strlen(real_root);
    if (strcmp(real_root, "/") == 0)
        return true;
    return strncmp(real, real_root, length) == 0 && (real[length] == '/' || real[length] == '\0');
}

/*
 * Of a folder that is not there, as that of a config which the host hands over: nothing in it is there either, so there is
 * no link that could lead out.
 */
static bool is_below_missing(const char *path, const char *root)
{
    size_t length = strlen(root);

    return strncmp(path, root, length) == 0 && path[length] == '/' && access(root, F_OK) != 0 && errno == ENOENT;
}

bool path_is_below(const char *path, const char *root)
{
    char real[PATH_MAX];

    return is_below_missing(path, root) || (real_ancestor(path, real) && is_real_path_below(real, root));
}

bool roots_hold_real(const struct roots *roots, const char *real)
{
    for (size_t i = 0; i < roots->count; i++)
        if (is_real_path_below(real, roots->items[i]))
            return true;
    return false;
}

bool roots_hold(const struct roots *roots, const char *path)
{
    char real[PATH_MAX];

    for (size_t i = 0; i < roots->count; i++)
        if (is_below_missing(path, roots->items[i]))
            return true;
    return real_ancestor(path, real) && roots_hold_real(roots, real);
}

const char *path_from_user(struct arena *arena, const char *path)
{
    char working_directory[PATH_MAX];

    if (*path == '/' || path_kind(path) != PATH_LOCAL)
        return path_resolve(arena, "/", path);
    if (getcwd(working_directory, sizeof(working_directory)) == NULL)
        return NULL;
    return path_resolve(arena, working_directory, path);
}

/* Without a slash at its end; a server by itself is its own folder. */
static const char *uri_directory(struct arena *arena, const char *uri)
{
    size_t server = (size_t)(strstr(uri, "://") - uri) + strlen("://");
    size_t whole = path_uri_length(uri);
    size_t length = whole;

    while (length > server && uri[length - 1] != '/')
        length--;
    return arena_copy(arena, uri, length > server ? length - 1 : whole);
}

const char *path_directory(struct arena *arena, const char *file)
{
    const char *path = path_from_user(arena, file);
    const char *slash = path == NULL ? NULL : strrchr(path, '/');

    if (path != NULL && path_kind(path) == PATH_URI)
        return uri_directory(arena, path);
    if (slash == NULL)
        return NULL;
    return slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

/* What comes behind the directory and a slash, or NULL. */
static const char *below(const char *directory, const char *path)
{
    size_t length = strlen(directory);

    if (strcmp(directory, "/") == 0)
        return path + 1;
    return strncmp(path, directory, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

const char *path_shown(struct arena *arena, const char *shown, const char *directory, const char *path)
{
    const char *slash = strrchr(shown, '/');
    const char *rest;
    char here[PATH_MAX];

    if (path == NULL) /* there was no memory for it */
        return NULL;
    rest = below(directory, path);
    if (rest != NULL)
        return slash == NULL ? rest : arena_format(arena, "%.*s/%s", (int)(slash - shown), shown, rest);
    if (*shown == '/' || getcwd(here, sizeof(here)) == NULL)
        return path;
    rest = below(here, path);
    return rest != NULL ? rest : path;
}
