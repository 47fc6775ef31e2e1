/*
 * Options: a caller built with an older header has a shorter struct, so only as much as it knows is read.
 */

#include "engine/options.h"

#include "base/arena.h"
#include "config/config.h"
#include "config/environment.h"
#include "config/paths.h"

#include <stdlib.h>
#include <string.h>

void duckalog_options_init(duckalog_options *options)
{
    if (options == NULL)
        return;
    memset(options, 0, sizeof(*options));
    options->size = sizeof(*options);
    options->log_level = DUCKALOG_LOG_INFO;
}

bool options_read(const duckalog_options *options, duckalog_options *ret_options)
{
    duckalog_options_init(ret_options);
    if (options == NULL)
        return true;
    if (options->size != sizeof(*options)) /* the only size so far; a longer struct keeps this one known */
        return false;
    memcpy(ret_options, options, options->size);
    ret_options->size = sizeof(*ret_options);
    if (ret_options->attach_timeout_ms < 0 || ret_options->attach_total_ms < 0 || ret_options->attach_parallel < 0 ||
        ret_options->lock_timeout_ms < 0)
        return false;
    return ret_options->nesting_limit >= 0 && !(ret_options->read_only && ret_options->prune) &&
           !(ret_options->read_only && ret_options->refresh_secrets) &&
           !(ret_options->read_only && ret_options->force_rebuild);
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
                                            .deepest = (unsigned)options->nesting_limit };
    return true;
}

static void export_one(const char *name, const char *value, void *unused)
{
    (void)unused;
    setenv(name, value, 0);
}

void options_export(const duckalog_options *options, const struct duckalog_config *config)
{
    if (options->export_env_files)
        environment_each(config->environment, export_one, NULL);
}
