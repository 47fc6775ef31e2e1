/*
 * Options: a caller built with an older header has a shorter struct, so only as much as it knows is read and written.
 */

#include "engine/options.h"

#include "base/arena.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/versioned.h"
#ifdef DUCKALOG_WITH_REMOTE
#include "remote/remote.h"
#endif

#include <stdlib.h>
#include <string.h>

#ifdef DUCKALOG_WITH_REMOTE
#define OPTIONS_REMOTE_ACCESS (&remote_access)
#else
#define OPTIONS_REMOTE_ACCESS NULL
#endif

static const struct form forms[] = {
    FORM_TO(duckalog_options, nesting_limit),  FORM_TO(duckalog_options, refresh_secrets),
    FORM_TO(duckalog_options, read_user),      FORM_TO(duckalog_options, progress_user),
    FORM_TO(duckalog_options, keep_temporary),
};

static const struct form remote_forms[] = { FORM_TO(duckalog_remote_options, export_put) };

void duckalog_remote_options_init_sized(duckalog_remote_options *options, size_t size)
{
    if (options == NULL || size < remote_forms[0].size)
        return;
    memset(options, 0, size);
    options->size = size;
}

/* The caller's as this library knows them; NULL stays all zero. False for a struct of an unknown size. */
static bool read_remote(const duckalog_remote_options *options, duckalog_remote_options *ret_options)
{
    duckalog_remote_options_init(ret_options);
    return options == NULL ||
           (versioned_read(options, remote_forms, sizeof(remote_forms) / sizeof(remote_forms[0]), ret_options) &&
            ret_options->timeout_ms >= 0 && ret_options->total_timeout_ms >= 0 && ret_options->sftp_port >= 0 &&
            ret_options->sftp_port <= 65535);
}

void duckalog_options_init_sized(duckalog_options *options, size_t size)
{
    if (options == NULL || size < forms[0].size)
        return;
    memset(options, 0, size);
    options->size = size;
    options->log_level = DUCKALOG_LOG_INFO;
}

/* The function behind the macro's name: of programs built before there was the macro, which know the first form. */
void(duckalog_options_init)(duckalog_options *options)
{
    duckalog_options_init_sized(options, forms[0].size);
}

bool options_read(const duckalog_options *options, duckalog_options *ret_options)
{
    duckalog_remote_options remote;

    duckalog_options_init(ret_options);
    if (options == NULL)
        return true;
    if (!versioned_read(options, forms, sizeof(forms) / sizeof(forms[0]), ret_options))
        return false;
    ret_options->size = sizeof(*ret_options);
    if (!read_remote(ret_options->remote, &remote))
        return false;
    if (ret_options->attach_timeout_ms < 0 || ret_options->attach_total_ms < 0 || ret_options->attach_parallel < 0 ||
        ret_options->lock_timeout_ms < 0)
        return false;
    return ret_options->nesting_limit >= 0 && !(ret_options->read_only && ret_options->prune) &&
           !(ret_options->read_only && ret_options->refresh_secrets) &&
           !(ret_options->read_only && ret_options->force_rebuild);
}

/* "2", "0.25": seconds as milliseconds, whatever the locale's decimal point is. False for anything else. */
static bool read_seconds(const char *text, int most_seconds, int *ret_ms)
{
    long long ms = 0;
    int place = 1000; /* of the next digit behind the point, times ten */

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        ms = ms * 10 + (*text - '0') * 1000LL;
        if (ms > most_seconds * 1000LL)
            return false;
    }
    if (*text == '.' && text[1] != '\0')
        for (text++; *text >= '0' && *text <= '9'; text++) {
            place /= 10;
            ms += (long long)(*text - '0') * place;
        }
    if (*text != '\0' || ms == 0 || ms > most_seconds * 1000LL)
        return false;
    *ret_ms = (int)ms;
    return true;
}

bool options_attach_timeout(const duckalog_options *options, int *ret_ms)
{
    const char *text = getenv(OPTIONS_ATTACH_TIMEOUT);

    *ret_ms = options->attach_timeout_ms > 0 ? options->attach_timeout_ms : OPTIONS_USUAL_ATTACH_TIMEOUT_MS;
    if (options->attach_timeout_ms > 0 || text == NULL || *text == '\0')
        return true;
    return read_seconds(text, OPTIONS_LONGEST_ATTACH_TIMEOUT, ret_ms);
}

/* A list that is ended by NULL, with each text kept, or as a path from here. NULL: no memory. */
static const char **keep_list(struct arena *arena, const char *const *list, bool are_paths)
{
    const char **kept;
    size_t count = 0;

    while (list != NULL && list[count] != NULL)
        count++;
    kept = arena_array(arena, count + 1, sizeof(*kept));
    for (size_t i = 0; kept != NULL && i < count; i++) {
        kept[i] = are_paths ? path_from_user(arena, list[i]) : arena_string(arena, list[i]);
        if (kept[i] == NULL)
            return NULL;
    }
    return kept;
}

/* The texts, and paths from here, in the arena. */
static bool keep_texts(struct arena *arena, duckalog_remote_options *remote)
{
    const char **texts[] = { &remote->protocol, &remote->key,         &remote->secret,
                             &remote->token,    &remote->aws_profile, &remote->azure_connection_string,
                             &remote->sftp_host };
    const char **paths[] = { &remote->sftp_key_file, &remote->gcs_credentials_file, &remote->cache_directory };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (*texts[i] != NULL && (*texts[i] = arena_string(arena, *texts[i])) == NULL)
            return false;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (*paths[i] != NULL && (*paths[i] = path_from_user(arena, *paths[i])) == NULL)
            return false;
    return true;
}

static bool keep_remote(struct arena *arena, const duckalog_remote_options *given,
                        duckalog_remote_options **ret_options)
{
    duckalog_remote_options *remote = arena_alloc(arena, sizeof(*remote));

    *ret_options = remote;
    if (remote == NULL || !read_remote(given, remote) || !keep_texts(arena, remote))
        return false;
    if (remote->allowed_environment == NULL)
        return true;
    remote->allowed_environment = keep_list(arena, remote->allowed_environment, false);
    return remote->allowed_environment != NULL;
}

bool options_for_config(struct arena *arena, const duckalog_options *options, struct config_options *ret_options)
{
    const char **roots = keep_list(arena, options->allowed_roots, true);
    const char *extensions = NULL;
    duckalog_remote_options *remote;

    if (options->extension_directory != NULL)
        extensions = path_from_user(arena, options->extension_directory);
    if (roots == NULL || !keep_remote(arena, options->remote, &remote) ||
        (options->extension_directory != NULL && extensions == NULL))
        return false;
    *ret_options =
        (struct config_options){ .skip_env_files = options->skip_env_files,
                                 .strict_paths = options->strict_paths,
                                 .allowed_roots = roots,
                                 .deepest = (unsigned)options->nesting_limit,
                                 .read = options->read,
                                 .read_user = options->read_user,
                                 .remote = OPTIONS_REMOTE_ACCESS,
                                 .remote_settings = { .options = remote, .extension_directory = extensions } };
    return true;
}
