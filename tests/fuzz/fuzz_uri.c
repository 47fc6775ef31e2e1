/*
 * Any address and any reference in a document behind it (a line each): an address that is taken has one spelling, without
 * a password in it, and what is relative never leads to another server.
 */
#include "base/arena.h"
#include "base/text.h"
#include "config/paths.h"
#include "remote/uri.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

static bool is_same(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static void check_spelling(struct arena *arena, const struct uri *uri)
{
    const char *problem;
    const char *hint;
    struct uri again;

    require(uri_parse(arena, uri->text, &again, &problem, &hint), "its spelling is taken");
    require(is_same(uri->text, again.text), "there is one spelling");
    require(uri->scheme == again.scheme && uri->port == again.port && is_same(uri->user, again.user) &&
                is_same(uri->host, again.host) && is_same(uri->path, again.path) && is_same(uri->query, again.query),
            "it has the same parts");
    require(uri_is_same_server(uri, &again), "it is the same server");
    require(uri->user == NULL || strchr(uri->user, ':') == NULL, "no password is taken");
    require(uri->host != NULL && strpbrk(uri->host, "/?#@ \t\r\n") == NULL, "a host is a host");
}

static void check_reference(struct arena *arena, const struct uri *uri, const char *reference)
{
    const char *trimmed = text_trimmed(arena, reference);
    const char *directory = path_directory(arena, uri->text);
    const char *resolved = directory == NULL ? NULL : path_resolve_file(arena, directory, reference);
    const char *problem;
    const char *hint;
    struct uri found;

    require(resolved != NULL, "a reference leads somewhere");
    /* Blanks at the end of an address are no part of it in a config, so nothing is relative to one that has them. */
    if (!path_is_relative(trimmed) || strcmp(text_trimmed(arena, uri->text), uri->text) != 0)
        return;
    require(path_kind(resolved) == PATH_URI, "what is relative to an address is one");
    if (uri_parse(arena, resolved, &found, &problem, &hint))
        require(uri_is_same_server(uri, &found) && is_same(uri->user, found.user), "it is on the same server");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    char *address = arena == NULL ? NULL : arena_copy(arena, (const char *)bytes, size);
    char *reference = address == NULL ? NULL : strchr(address, '\n');
    const char *problem = NULL;
    const char *hint = NULL;
    struct uri uri;

    require(address != NULL, "there is memory");
    if (reference != NULL)
        *reference++ = '\0';
    if (uri_parse(arena, address, &uri, &problem, &hint)) {
        check_spelling(arena, &uri);
        if (reference != NULL)
            check_reference(arena, &uri, reference);
    } else
        require(problem != NULL, "what is refused has a reason");
    arena_destroy(arena);
    return 0;
}
