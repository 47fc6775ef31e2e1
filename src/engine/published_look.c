#include "engine/published_look.h"

#include "config/config.h"
#include "engine/options.h"
#include "engine/published.h"
#include "engine/session.h"

duckalog_status published_look_begin(struct arena *arena, const char *uri, const struct duckalog_config *config,
                                     const duckalog_options *options, const atomic_bool *interrupted,
                                     struct duckalog_report *report, struct published_look *ret_look)
{
    const struct session_options session = { .read_only = true,
                                             .extension_directory = options->extension_directory,
                                             .interrupted = interrupted };
    struct config_options reading;
    struct timings timings = { 0 };
    struct publication asked = { .uri = uri,
                                 .options = options,
                                 .config = config,
                                 .report = report,
                                 .log = &ret_look->log,
                                 .timings = &timings,
                                 .is_only_looked_at = true };
    duckalog_status status;

    *ret_look = (struct published_look){ .log = { options->log, options->log_user, options->log_level,
                                                  .redactor = config->redactor } };
    if (!options_for_config(arena, options, &reading))
        return DUCKALOG_NOMEM;
    asked.remote = reading.remote_settings;
    asked.remote.interrupted = interrupted;
    status = published_check(&asked);
    if (status == DUCKALOG_OK)
        status = published_open(&asked, &ret_look->published);
    if (status == DUCKALOG_OK && published_is_there(ret_look->published))
        status = published_session(ret_look->published, &asked, &session, &ret_look->session);
    return status;
}

void published_look_end(struct published_look *look)
{
    session_close(look->session);
    published_close(look->published, &look->log);
}
