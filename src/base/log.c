#include "base/log.h"

#include "base/redact.h"
#include "base/text.h"

#include <stdarg.h>

void log_line(const struct log *log, duckalog_log_level level, const char *format, ...)
{
    struct text line = text_on_heap();
    struct text clean = text_on_heap();
    va_list arguments;

    if (log->write == NULL || level > log->level)
        return;
    va_start(arguments, format);
    text_vformat(&line, format, arguments);
    va_end(arguments);
    if (text_string(&line) != NULL)
        redact_add(log->redactor, &clean, text_string(&line));
    if (text_string(&clean) != NULL)
        log->write(level, text_string(&clean), log->user);
    text_free(&line);
    text_free(&clean);
}
