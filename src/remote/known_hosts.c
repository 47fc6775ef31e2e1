#include "remote/known_hosts.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/file.h"
#include "remote/base64.h"
#include "remote/hmac.h"
#include "remote/ssh_config.h"

#include <string.h>

enum { MOST_KEYS = 32, USUAL_PORT = 22 };

/* A key that a server may have, or must not have any more. */
struct known_key {
    const char *kind;
    const char *key;
    bool is_revoked;
};

struct search {
    struct arena *arena;
    const char *name; /* as these files have it: with another port than the usual, "[host]:port" */
    struct known_key keys[MOST_KEYS];
    size_t count;
};

/* ---- names ---- */

/* "|1|salt|hash" */
static bool is_hidden_name(const struct search *search, const char *pattern)
{
    const char *salt_text = pattern + strlen("|1|");
    const char *middle = strchr(salt_text, '|');
    const char *copy = middle == NULL ? NULL : arena_copy(search->arena, salt_text, (size_t)(middle - salt_text));
    unsigned char hash[HMAC_SHA1_LENGTH];
    const unsigned char *salt;
    const unsigned char *wanted;
    size_t salt_length;
    size_t wanted_length;

    if (copy == NULL)
        return false;
    salt = base64_decode(search->arena, copy, &salt_length);
    wanted = base64_decode(search->arena, middle + 1, &wanted_length);
    if (salt == NULL || salt_length == 0 || wanted == NULL || wanted_length != sizeof(hash))
        return false;
    hmac_sha1(salt, salt_length, search->name, strlen(search->name), hash);
    return memcmp(hash, wanted, sizeof(hash)) == 0;
}

/* The first word of a line: names and patterns with commas between them, or one that is hidden. */
static bool is_named(const struct search *search, const char *names)
{
    if (starts_with(names, "|1|"))
        return is_hidden_name(search, names);
    return ssh_patterns_match(search->arena, names, ",", search->name);
}

/* ---- lines ---- */

static bool read_line(struct search *search, const char *line)
{
    const char *words[4]; /* a mark, or not; names, kind, key */
    size_t count = 0;
    size_t first;

    for (line += strspn(line, " \t"); *line != '\0' && *line != '#' && count < 4; line += strspn(line, " \t")) {
        size_t length = strcspn(line, " \t\r");

        words[count] = arena_copy(search->arena, line, length);
        if (words[count++] == NULL)
            return false;
        line += length;
        if (*line == '\r')
            break;
    }
    first = count > 0 && words[0][0] == '@' ? 1 : 0;
    /* What an authority has signed is more than libcurl can check. */
    if (count < first + 3 || (first == 1 && strcmp(words[0], "@revoked") != 0) || !is_named(search, words[first]))
        return true;
    if (search->count < MOST_KEYS)
        search->keys[search->count++] =
            (struct known_key){ .kind = words[first + 1], .key = words[first + 2], .is_revoked = first == 1 };
    return true;
}

static bool read_file(struct search *search, const char *path)
{
    struct file_content content;
    const char *line;

    if (file_read(search->arena, path, NULL, &content) != NULL)
        return true;
    line = content.chars;
    while (line != NULL && *line != '\0') {
        size_t length = strcspn(line, "\n");
        const char *copy = arena_copy(search->arena, line, length);

        if (copy == NULL || !read_line(search, copy))
            return false;
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    return true;
}

/* ---- all of them ---- */

static bool is_revoked(const struct search *search, const char *key)
{
    for (size_t i = 0; i < search->count; i++)
        if (search->keys[i].is_revoked && strcmp(search->keys[i].key, key) == 0)
            return true;
    return false;
}

/* libcurl wants a key of the kind that the first line has: those that servers refuse to use any more come last. */
static void write_lines(const struct search *search, struct text *text)
{
    static const char *const kinds[] = { "ssh-ed25519", "ecdsa-", "ssh-rsa" };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (size_t j = 0; j < search->count; j++)
            if (starts_with(search->keys[j].kind, kinds[i]) && !is_revoked(search, search->keys[j].key))
                text_format(text, "%s %s %s\n", search->name, search->keys[j].kind, search->keys[j].key);
}

static bool search_for(struct search *search, const char *name, const char *const *paths)
{
    search->name = name;
    for (size_t i = 0; name != NULL && paths[i] != NULL; i++)
        if (!read_file(search, paths[i]))
            return false;
    return name != NULL;
}

bool known_hosts_find(struct arena *arena, const char *host, int port, struct known_hosts *ret_known)
{
    const char *home = ssh_home(arena);
    const char *paths[] = {
        arena_format(arena, "%s/.ssh/known_hosts", home != NULL ? home : ""),
        arena_format(arena, "%s/.ssh/known_hosts2", home != NULL ? home : ""),
        "/etc/ssh/ssh_known_hosts",
        "/etc/ssh/ssh_known_hosts2",
        NULL,
    };
    struct search search = { .arena = arena };
    struct text lines = text_in(arena);
    bool has_port = port != 0 && port != USUAL_PORT;

    if (!search_for(&search, has_port ? arena_format(arena, "[%s]:%d", host, port) : host, paths))
        return false;
    /* As ssh has it: a server is known at all its ports, unless it is known at this one. */
    if (search.count == 0 && has_port) {
        const char *name = search.name;

        if (!search_for(&search, host, paths))
            return false;
        search.name = name;
    }
    write_lines(&search, &lines);
    ret_known->lines = text_string(&lines);
    ret_known->files = arena_format(arena, "%s and %s", paths[0], paths[2]);
    return ret_known->lines != NULL && ret_known->files != NULL;
}
