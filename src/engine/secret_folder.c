/*
 * DuckDB's secret directory, as a folder of files.
 */

#include "engine/secret_folder.h"

#include "base/arena.h"
#include "base/text.h"
#include "engine/session.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

struct found_folder {
    struct arena *arena;
    const char *folder;
    const char *home;
};

static bool note_folder(const char *const *columns, size_t count, void *user)
{
    struct found_folder *found = user;

    found->folder = count > 0 && columns[0] != NULL ? arena_string(found->arena, columns[0]) : NULL;
    found->home = count > 1 && columns[1] != NULL ? arena_string(found->arena, columns[1]) : NULL;
    return false;
}

const char *secret_folder_of(struct arena *arena, duckdb_connection connection)
{
    struct found_folder found = { .arena = arena };
    struct text ignored = text_on_heap();

    session_query(connection,
                  "SELECT current_setting('secret_directory')::VARCHAR, current_setting('home_directory')::VARCHAR",
                  note_folder, &found, &ignored);
    text_free(&ignored);
    if (found.folder == NULL || *found.folder != '~')
        return found.folder != NULL && *found.folder == '\0' ? "." : found.folder;
    if (found.home == NULL || *found.home == '\0')
        found.home = getenv("HOME");
    return arena_format(arena, "%s%s", found.home != NULL ? found.home : "", found.folder + 1);
}

const char *secret_folder_file(struct arena *arena, const char *folder, const char *name)
{
    return arena_format(arena, "%s/%s" SECRET_FILE_ENDING, folder, name);
}

bool secret_folder_each(const char *folder, secret_folder_visit visit, void *user)
{
    const size_t ending = strlen(SECRET_FILE_ENDING);
    DIR *directory = opendir(folder);
    struct arena *arena = directory == NULL ? NULL : arena_create(ARENA_PLAIN);
    const struct dirent *entry;
    bool good = directory == NULL || arena != NULL;

    while (arena != NULL && good && (entry = readdir(directory)) != NULL) {
        size_t length = strlen(entry->d_name);
        const char *file;
        const char *name;

        if (length <= ending || strcmp(entry->d_name + length - ending, SECRET_FILE_ENDING) != 0)
            continue;
        file = arena_format(arena, "%s/%s", folder, entry->d_name);
        name = arena_copy(arena, entry->d_name, length - ending);
        good = file != NULL && name != NULL && visit(file, name, user);
    }
    arena_destroy(arena);
    if (directory != NULL)
        closedir(directory);
    return good;
}
