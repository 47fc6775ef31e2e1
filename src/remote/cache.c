#include "remote/cache.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/file.h"
#include "config/remote.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The first line of each file; another one is of another version, and is written anew. */
#define FIRST_LINE "duckalog document 1\n"

enum {
    LARGEST_FILE = REMOTE_LARGEST_DOCUMENT + 1024 * 1024, /* with what is known of it */
    MOST_FILES = 1000,                                    /* the ones that were not needed for longest go */
    UNFINISHED_AFTER_S = 3600                             /* what a killed process was at is removed after that time */
};

struct cache {
    const char *folder;
};

static const char *usual_directory(struct arena *arena)
{
    const char *caches = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");

    if (caches != NULL && *caches == '/')
        return arena_format(arena, "%s/duckalog", caches);
    return home != NULL && *home == '/' ? arena_format(arena, "%s/.cache/duckalog", home) : NULL;
}

/* With the folders above it. */
static bool make_folder(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* the last one tells */
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

struct cache *cache_create(struct arena *arena, const char *directory)
{
    struct cache *cache = arena_alloc(arena, sizeof(*cache));

    if (directory == NULL)
        directory = usual_directory(arena);
    if (cache == NULL || directory == NULL)
        return NULL;
    cache->folder = arena_format(arena, "%s/documents", directory);
    return cache->folder == NULL ? NULL : cache;
}

/* Two hashes: that one document is taken for another is then out of the question, and the URI is compared besides. */
static const char *path_of(const struct cache *cache, struct arena *arena, const char *uri)
{
    return arena_format(arena, "%s/%016" PRIx64 "%016" PRIx64, cache->folder, hash_string(HASH_START, uri),
                        hash_string(~HASH_START, uri));
}

/* A signature in an address is a password, and its document is one of another address tomorrow. */
static bool is_kept(const struct cache *cache, const char *uri)
{
    return cache != NULL && !redact_finds_credentials(uri);
}

/* ---- reading ---- */

/* The rest of the line at `*at` when it begins with the word and a space; NULL and no step when not. */
static const char *take_line(struct arena *arena, const char **at, const char *word)
{
    size_t length = strlen(word);
    const char *end;
    const char *value;

    if (!starts_with(*at, word) || (*at)[length] != ' ')
        return NULL;
    end = strchr(*at, '\n');
    if (end == NULL)
        return NULL;
    value = arena_copy(arena, *at + length + 1, (size_t)(end - *at) - length - 1);
    *at = end + 1;
    return value;
}

static bool read_document(struct arena *arena, const struct file_content *file, const char *uri,
                          struct cached_document *ret_document)
{
    const char *at = file->chars;
    const char *kept_uri;
    const char *hash;
    uint64_t expected;
    size_t length;

    if (!starts_with(at, FIRST_LINE))
        return false;
    at += strlen(FIRST_LINE);
    kept_uri = take_line(arena, &at, "uri");
    ret_document->etag = take_line(arena, &at, "etag");
    ret_document->modified = take_line(arena, &at, "modified");
    hash = take_line(arena, &at, "hash");
    if (kept_uri == NULL || strcmp(kept_uri, uri) != 0 || hash == NULL || *at != '\n')
        return false;
    at++;
    length = file->length - (size_t)(at - file->chars);
    expected = strtoull(hash, NULL, 16);
    ret_document->content = (struct file_content){ at, length };
    return hash_bytes(HASH_START, at, length) == expected;
}

/*
 * In a folder that others may write to, theirs could be found: a copy decides what SQL is run. It is ours and nobody else
 * can change it, or it is none.
 */
static bool read_own_file(struct arena *arena, const char *path, struct file_content *ret_content)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    char *chars = NULL;
    size_t length = 0;
    ssize_t count = -1;

    if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
        (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 && status.st_size <= LARGEST_FILE)
        chars = arena_alloc(arena, (size_t)status.st_size + 1);
    while (chars != NULL && length < (size_t)status.st_size &&
           ((count = read(file, chars + length, (size_t)status.st_size - length)) > 0 || (count < 0 && errno == EINTR)))
        length += count > 0 ? (size_t)count : 0;
    if (file >= 0)
        close(file);
    *ret_content = (struct file_content){ chars, length };
    return chars != NULL;
}

bool cache_find(const struct cache *cache, struct arena *arena, const char *uri, struct cached_document *ret_document)
{
    const char *path = is_kept(cache, uri) ? path_of(cache, arena, uri) : NULL;
    struct file_content file;

    *ret_document = (struct cached_document){ .etag = NULL };
    if (path == NULL || !read_own_file(arena, path, &file))
        return false;
    if (!read_document(arena, &file, uri, ret_document)) {
        /* What of a damaged one could be read is not to be asked with, either. */
        *ret_document = (struct cached_document){ .etag = NULL };
        return false;
    }
    /* It is in use: the ones that are not make room. */
    (void)utimensat(AT_FDCWD, path, NULL, 0);
    return true;
}

/* ---- writing ---- */

/* A value that would end its line is not kept: it is the server's, and none that is right has one. */
static void add_line(struct text *text, const char *word, const char *value)
{
    if (value != NULL && strpbrk(value, "\r\n") == NULL)
        text_format(text, "%s %s\n", word, value);
}

static bool write_all(int file, const char *chars, size_t length)
{
    while (length > 0) {
        ssize_t count = write(file, chars, length);

        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            chars += count;
            length -= (size_t)count;
        }
    }
    return true;
}

/* The least recently used file beyond the number, and what killed processes left behind. */
static void make_room(const char *folder)
{
    DIR *directory = opendir(folder);
    char oldest[NAME_MAX + 1] = "";
    time_t oldest_time = 0;
    size_t count = 0;
    struct dirent *entry;

    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL) {
        struct stat status;

        if (*entry->d_name == '.' || fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (strchr(entry->d_name, '.') != NULL && status.st_mtime + UNFINISHED_AFTER_S < time(NULL))
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
        count++;
        if (*oldest == '\0' || status.st_mtime < oldest_time) {
            oldest_time = status.st_mtime;
            snprintf(oldest, sizeof(oldest), "%s", entry->d_name);
        }
    }
    if (count > MOST_FILES)
        (void)unlinkat(dirfd(directory), oldest, 0);
    closedir(directory);
}

static void write_file(const struct cache *cache, const char *path, const struct text *text)
{
    struct text part = text_on_heap();
    char *folder = strdup(cache->folder);
    int file = -1;
    bool good;

    text_format(&part, "%s.XXXXXX", path);
    if (folder != NULL && text_string(&part) != NULL && make_folder(folder)) {
        make_room(folder);
        file = mkstemp(part.chars); /* 0600 */
    }
    if (file >= 0) {
        good = write_all(file, text->chars, text->length);
        good = close(file) == 0 && good;
        if (!good || rename(part.chars, path) != 0)
            (void)unlink(part.chars);
    }
    free(folder);
    text_free(&part);
}

void cache_keep(const struct cache *cache, const char *uri, const struct cached_document *document)
{
    struct text text = text_on_heap();
    struct arena *arena = is_kept(cache, uri) ? arena_create(ARENA_PLAIN) : NULL;
    const char *path = arena == NULL ? NULL : path_of(cache, arena, uri);

    text_add(&text, FIRST_LINE);
    add_line(&text, "uri", uri);
    add_line(&text, "etag", document->etag);
    add_line(&text, "modified", document->modified);
    text_format(&text, "hash %016" PRIx64 "\n\n",
                hash_bytes(HASH_START, document->content.chars, document->content.length));
    text_add_length(&text, document->content.chars, document->content.length);
    if (path != NULL && !text_failed(&text))
        write_file(cache, path, &text);
    text_free(&text);
    arena_destroy(arena);
}
