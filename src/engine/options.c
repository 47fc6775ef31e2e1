/*
 * Options: a caller built with an older header has a shorter struct, so only as much as it knows is read and written.
 */

#include "engine/options.h"

#include "base/arena.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/versioned.h"

#include <stdlib.h>
#include <string.h>

static const struct form forms[] = {
    FORM_TO(duckalog_options, nesting_limit),
    FORM_TO(duckalog_options, refresh_secrets),
    FORM_TO(duckalog_options, read_user),
    FORM_TO(duckalog_options, progress_user),
};

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
    duckalog_options_init(ret_options);
    if (options == NULL)
        return true;
    if (!versioned_read(options, forms, sizeof(forms) / sizeof(forms[0]), ret_options))
        return false;
    ret_options->size = sizeof(*ret_options);
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

bool options_for_config(struct arena *arena, const duckalog_options *options, struct config_options *ret_options)
{
    const char **roots;
    size_t count = 0;

    while (options->allowed_roots != NULL && options->allowed_roots[count] != NULL)
        count++;
    roots = arena_array(arena, count + 1, sizeof(*roots));
    if (roots == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        roots[i] = path_from_user(arena, options->allowed_roots[i]);
        if (roots[i] == NULL)
            return false;
    }
    *ret_options = (struct config_options){ .skip_env_files = options->skip_env_files,
                                            .strict_paths = options->strict_paths,
                                            .allowed_roots = roots,
                                            .deepest = (unsigned)options->nesting_limit,
                                            .read = options->read,
                                            .read_user = options->read_user };
    return true;
}
