#ifndef DUCKALOG_BASE_LOG_H
#define DUCKALOG_BASE_LOG_H

/*
 * The log: lines for whoever listens (the program writes them to stderr, a host does what it likes). Secrets that the
 * redactor knows are masked on the way.
 */

#include "duckalog.h"

struct redactor;

struct log {
    duckalog_log_function write; /* NULL: nobody listens */
    void *user;
    duckalog_log_level level;
    const struct redactor *redactor;
};

__attribute__((format(printf, 3, 4))) void log_line(const struct log *log, duckalog_log_level level, const char *format,
                                                    ...);

#endif
