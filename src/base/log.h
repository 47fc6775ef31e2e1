#ifndef DUCKALOG_BASE_LOG_H
#define DUCKALOG_BASE_LOG_H

/*
 * The log: events for whoever listens (the program writes them to stderr, a host does what it likes), as a line of text
 * or as a JSON object. Secrets that the redactor knows, and credentials in addresses, are masked on the way.
 *
 * Who listens may only be called on the thread of the caller of the library: what works on other threads collects what
 * there is to tell.
 */

#include "duckalog.h"

#include <stdbool.h>

struct redactor;

struct log {
    duckalog_log_function write; /* NULL: nobody listens */
    void *user;
    duckalog_log_level level;
    bool json;
    const char *catalog; /* that the events are about: the config as the caller wrote it, or the names of attachments */
    bool is_nested;      /* text has the catalog only then: of the caller's own one the reader knows */
    const struct redactor *redactor;
    duckalog_progress_function progress; /* NULL: nobody asks how far it is */
    void *progress_user;
};

enum log_kind {
    LOG_END,
    LOG_WORD,  /* a word of ours, never masked */
    LOG_AGAIN, /* a word of ours that the message has already: only in JSON */
    LOG_TEXT,  /* a name or path of the user's; NULL: the field is left out */
    LOG_COUNT,
    LOG_MS
};

struct log_field {
    const char *name;
    enum log_kind kind;
    const char *text;
    size_t count;
    double ms;
};

#define LOG_FIELDS(...) ((const struct log_field[]){ __VA_ARGS__, { .kind = LOG_END } })

/*
 * One event: of a phase, or of none (NULL); what happened, in words of ours; and the fields, made with LOG_FIELDS() or
 * NULL. Field names are those of connection.md 11: alias, kind, name, attempt, elapsed_ms, count, error_class.
 */
void log_event(const struct log *log, duckalog_log_level level, const char *phase, const char *message,
               const struct log_field *fields);

/* Of how many names that are waited for log_progress() tells. */
enum { LOG_MOST_PENDING = 16 };

/*
 * How far a phase has come. `pending` are names of the user's, of which the first ones are told; NULL when there are none.
 */
void log_progress(const struct log *log, const char *phase, size_t done, size_t total, const char *const *pending,
                  size_t pending_count);

static inline struct log_field log_word(const char *name, const char *word)
{
    return (struct log_field){ .name = name, .kind = LOG_WORD, .text = word };
}

static inline struct log_field log_again(const char *name, const char *word)
{
    return (struct log_field){ .name = name, .kind = LOG_AGAIN, .text = word };
}

static inline struct log_field log_text(const char *name, const char *text)
{
    return (struct log_field){ .name = name, .kind = LOG_TEXT, .text = text };
}

static inline struct log_field log_count(const char *name, size_t count)
{
    return (struct log_field){ .name = name, .kind = LOG_COUNT, .count = count };
}

static inline struct log_field log_ms(const char *name, double ms)
{
    return (struct log_field){ .name = name, .kind = LOG_MS, .ms = ms };
}

#endif
