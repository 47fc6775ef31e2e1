#ifndef DUCKALOG_ENGINE_PUBLISHED_VERIFY_H
#define DUCKALOG_ENGINE_PUBLISHED_VERIFY_H

#include "duckalog.h"

struct duckalog_config;
struct session;
struct text;

/*
 * Is the file of the session, as it is on the disk, a catalog with all views of the config? When it is not, `problem` may
 * say why. The session's locks on the file go with that: it is for a folder that nobody else has a way to.
 */
duckalog_status published_verify(const struct duckalog_config *config, const struct session *session,
                                 struct text *problem);

#endif
