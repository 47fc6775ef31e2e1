/*
 * Two printers of an event: a line for people, a JSON object for programs; and who is told how far a phase is. Values are masked before they are escaped, as
 * a secret with a quote in it would not be found afterwards.
 */

#include "base/log.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/redact.h"
#include "base/text.h"

#include <string.h>

struct event {
    duckalog_log_level level;
    const char *phase;
    const char *message;
    const struct log_field *fields;
};

/* Appends the user's text without secrets. */
static void add_masked(const struct log *log, struct text *text, const char *string)
{
    struct text clean = text_on_heap();

    redact_add(log->redactor, &clean, string);
    if (text_string(&clean) != NULL)
        redact_add_without_credentials(text, text_string(&clean));
    else
        text->failed = true;
    text_free(&clean);
}

static bool has_value(const struct log_field *field)
{
    return field->kind == LOG_COUNT || field->kind == LOG_MS || field->text != NULL;
}

/* ---- for people ---- */

/* In quotes when it would not be seen where it ends: a blank, a bracket, a line break. */
static void add_shown(struct text *line, const char *value)
{
    bool plain = *value != '\0';

    for (const char *c = value; *c != '\0' && plain; c++)
        plain = (unsigned char)*c > ' ' && *c != 0x7F && strchr("\"\\{}=", *c) == NULL;
    if (plain)
        text_add(line, value);
    else {
        struct text quoted = text_on_heap();

        json_add_string(&quoted, value);
        text_add(line, text_string(&quoted) != NULL ? text_string(&quoted) : "");
        text_free(&quoted);
    }
}

static void add_value(const struct log *log, struct text *line, const struct log_field *field)
{
    struct text masked = text_on_heap();

    if (field->kind == LOG_COUNT)
        text_format(line, "%zu", field->count);
    else if (field->kind == LOG_MS)
        text_add_ms(line, field->ms, 1);
    else if (field->kind == LOG_WORD)
        add_shown(line, field->text);
    else {
        add_masked(log, &masked, field->text);
        if (text_string(&masked) == NULL)
            line->failed = true;
        else
            add_shown(line, text_string(&masked));
    }
    text_free(&masked);
}

static void add_field(const struct log *log, struct text *line, const struct log_field *field, bool *first)
{
    if (!has_value(field) || field->kind == LOG_AGAIN)
        return;
    text_format(line, "%s%s=", *first ? " {" : " ", field->name);
    add_value(log, line, field);
    *first = false;
}

static void add_line(const struct log *log, const struct event *event, struct text *line)
{
    const struct log_field catalog = log_text("catalog", log->is_nested ? log->catalog : NULL);
    bool first = true;

    text_format(line, "%s%s%s", event->phase != NULL ? event->phase : "", event->phase != NULL ? " " : "",
                event->message);
    add_field(log, line, &catalog, &first);
    for (const struct log_field *field = event->fields; field != NULL && field->kind != LOG_END; field++)
        add_field(log, line, field, &first);
    if (!first)
        text_add_char(line, '}');
}

/* ---- for programs ---- */

static void put_field(const struct log *log, struct text *json, const struct log_field *field)
{
    struct text masked = text_on_heap();

    if (!has_value(field))
        return;
    if (field->kind == LOG_COUNT)
        json_put_count(json, field->name, field->count);
    else if (field->kind == LOG_MS)
        json_put_ms(json, field->name, field->ms);
    else if (field->kind == LOG_TEXT) {
        add_masked(log, &masked, field->text);
        if (text_string(&masked) == NULL)
            json->failed = true;
        else
            json_put_string(json, field->name, text_string(&masked));
    } else
        json_put_string(json, field->name, field->text);
    text_free(&masked);
}

static void add_object(const struct log *log, const struct event *event, struct text *json)
{
    static const char *const levels[] = { "error", "warning", "info", "debug" };
    const struct log_field catalog = log_text("catalog", log->catalog);
    struct text message = text_on_heap();
    char now[CLOCK_STAMP_SIZE];

    clock_stamp(now);
    text_format(&message, "%s%s%s", event->phase != NULL ? event->phase : "", event->phase != NULL ? " " : "",
                event->message);
    json_begin_object(json);
    json_put_string(json, "time", now);
    json_put_string(json, "level", levels[event->level]);
    json_put_string(json, "message", text_string(&message));
    if (event->phase != NULL)
        json_put_string(json, "phase", event->phase);
    put_field(log, json, &catalog);
    for (const struct log_field *field = event->fields; field != NULL && field->kind != LOG_END; field++)
        put_field(log, json, field);
    json_end_object(json);
    text_free(&message);
}

void log_event(const struct log *log, duckalog_log_level level, const char *phase, const char *message,
               const struct log_field *fields)
{
    const struct event event = { level, phase, message, fields };
    struct text line = text_on_heap();

    if (log->write == NULL || level > log->level)
        return;
    if (log->json)
        add_object(log, &event, &line);
    else
        add_line(log, &event, &line);
    if (text_string(&line) != NULL)
        log->write(level, text_string(&line), log->user);
    text_free(&line);
}

void log_progress(const struct log *log, const char *phase, size_t done, size_t total, const char *const *pending,
                  size_t pending_count)
{
    const char *names[LOG_MOST_PENDING + 1] = { NULL };
    struct text masked[LOG_MOST_PENDING] = { 0 };
    size_t count = pending_count < LOG_MOST_PENDING ? pending_count : LOG_MOST_PENDING;
    size_t told = 0;

    if (log->progress == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        add_masked(log, &masked[i], pending[i]);
        if (text_string(&masked[i]) != NULL)
            names[told++] = text_string(&masked[i]);
    }
    log->progress(&(duckalog_progress){ .phase = phase,
                                        .catalog = log->is_nested ? log->catalog : NULL,
                                        .done = done,
                                        .total = total,
                                        .pending = names },
                  log->progress_user);
    for (size_t i = 0; i < count; i++)
        text_free(&masked[i]);
}
