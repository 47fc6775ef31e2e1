/*
 * JSON for other programs: problems of a report, and whatever a command has to tell.
 */

#include "cli/json.h"

#include "base/text.h"
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

json_t *json_text(const char *text)
{
    struct text clean = text_on_heap();
    json_t *string = NULL;

    if (text == NULL)
        return json_null();
    while (*text != '\0') {
        utf8proc_int32_t unused;
        utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &unused);

        if (length > 0)
            text_add_length(&clean, text, (size_t)length);
        else
            text_add(&clean, "\xEF\xBF\xBD");
        text += length > 0 ? length : 1;
    }
    if (text_string(&clean) != NULL)
        string = json_string(text_string(&clean));
    text_free(&clean);
    return string;
}

json_t *json_number_from(const char *text)
{
    char *end = NULL;
    long long integer;

    errno = 0;
    integer = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0 ? json_integer(integer) : json_real(strtod(text, NULL));
}

json_t *json_with_key(json_t *object, const char *key, json_t *value)
{
    if (object != NULL && json_object_set_new(object, key, value) == 0)
        return object;
    if (object == NULL)
        json_decref(value);
    json_decref(object);
    return NULL;
}

json_t *json_with_item(json_t *array, json_t *value)
{
    if (array != NULL && json_array_append_new(array, value) == 0)
        return array;
    if (array == NULL)
        json_decref(value);
    json_decref(array);
    return NULL;
}

static json_t *number_or_null(unsigned number)
{
    return number == 0 ? json_null() : json_integer(number);
}

json_t *json_problem(const duckalog_diagnostic *diagnostic)
{
    static const char *const severities[] = {
        [DUCKALOG_NOTICE] = "notice", [DUCKALOG_WARNING] = "warning", [DUCKALOG_ERROR] = "error"
    };

    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "severity",
                     severities[diagnostic->severity], "code", diagnostic->code, "file", json_text(diagnostic->file),
                     "line", number_or_null(diagnostic->line), "column", number_or_null(diagnostic->column), "path",
                     json_text(diagnostic->path), "phase", json_text(diagnostic->phase), "object",
                     json_text(diagnostic->object), "message", json_text(diagnostic->message), "hint",
                     json_text(diagnostic->hint), "transient", diagnostic->transient);
}

json_t *json_problems(const duckalog_report *report)
{
    json_t *list = json_array();
    const duckalog_diagnostic *diagnostic;

    for (size_t i = 0; (diagnostic = duckalog_report_get(report, i)) != NULL; i++)
        if (json_array_append_new(list, json_problem(diagnostic)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

bool json_or_form(const struct invocation *invocation, enum option_id format, int *ret_form)
{
    const char *const *words = option_rows[format].words;

    *ret_form = option_word(invocation, format);
    if (!has_option(invocation, OPTION_JSON) || strcmp(words[*ret_form], "json") == 0)
        return true;
    if (has_option(invocation, format)) {
        print_error(NULL, NULL, "--json and --%s %s exclude each other", option_rows[format].name, words[*ret_form]);
        return false;
    }
    for (*ret_form = 0; strcmp(words[*ret_form], "json") != 0;)
        ++*ret_form;
    return true;
}

int json_print(json_t *value)
{
    int code = exit_code_of(DUCKALOG_NOMEM);

    /* Standard output that can't be written is told of at its end. */
    if (value != NULL && (json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0 || ferror(stdout))) {
        putchar('\n');
        code = finish_output();
    } else
        print_error(NULL, NULL, "not enough memory to print the result");
    json_decref(value);
    return code;
}
