/*
 * Options: a caller built with an older header has a shorter struct, so only as much as it knows is read.
 */

#include "engine/options.h"

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
    return !(ret_options->read_only && ret_options->force_rebuild);
}
