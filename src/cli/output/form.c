/*
 * How results look and where they go, by the options of a command line.
 */

#include "cli/output/results.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/output/pager.h"
#include "cli/output/terminal.h"
#include "cli/print.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROWS_ON_TERMINAL = 40 };

struct format {
    const char *endings[4]; /* of files; ended by NULL */
    bool holds_one_result;
    bool is_for_files; /* not for standard output */
    bool is_binary;    /* not for a terminal */
    bool has_null;     /* --null says what it looks like */
    bool has_header;   /* --no-header leaves it out */
};

static const struct format formats[] = {
    [FORMAT_TABLE] = { { ".txt" }, .has_null = true, .has_header = true },
    [FORMAT_CSV] = { { ".csv" }, .holds_one_result = true, .has_null = true, .has_header = true },
    [FORMAT_TSV] = { { ".tsv", ".tab" }, .holds_one_result = true, .has_null = true, .has_header = true },
    [FORMAT_JSON] = { { ".json" }, .holds_one_result = true },
    [FORMAT_JSONL] = { { ".jsonl", ".ndjson" }, .holds_one_result = true },
    [FORMAT_MARKDOWN] = { { ".md" }, .has_null = true, .has_header = true },
    [FORMAT_HTML] = { { ".html", ".htm" }, .has_null = true, .has_header = true },
    [FORMAT_PARQUET] = { { ".parquet" }, .holds_one_result = true, .is_for_files = true },
    [FORMAT_ARROW] = { { ".arrow", ".feather", ".arrows" }, .holds_one_result = true, .is_binary = true },
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

bool form_holds_one_result(enum result_format format)
{
    return formats[format].holds_one_result;
}

static bool format_of_file(const char *path, enum result_format *ret_format)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const char *ending = strrchr(name, '.');

    for (size_t i = 0; i < FORMATS; i++)
        for (size_t e = 0; ending != NULL && formats[i].endings[e] != NULL; e++)
            if (strcasecmp(ending, formats[i].endings[e]) == 0) {
                *ret_format = (enum result_format)i;
                return true;
            }
    print_error(NULL, "name it with --format", "the ending of %s does not say in which form it is to be written", path);
    return false;
}

const char *result_format_name(enum result_format format)
{
    return option_rows[OPTION_FORMAT].words[format];
}

bool result_format_find(const char *name, enum result_format *ret_format)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (!formats[i].is_for_files && !formats[i].is_binary &&
            equal_ignoring_case(result_format_name((enum result_format)i), name)) {
            *ret_format = (enum result_format)i;
            return true;
        }
    return false;
}

uint64_t result_usual_rows(enum result_format format)
{
    return format == FORMAT_TABLE && terminal_of_output().is_there ? ROWS_ON_TERMINAL : 0;
}

static bool goes_with(const struct invocation *invocation, enum option_id option, bool is_known,
                      enum result_format format)
{
    if (!has_option(invocation, option) || is_known)
        return true;
    print_error(NULL, NULL, "--%s says nothing about %s", option_rows[option].name, result_format_name(format));
    return false;
}

/* Bars or a line stand in place of a table, and only of that. */
static bool plot_from(const struct invocation *invocation, struct result_form *form)
{
    if (!has_option(invocation, OPTION_PLOT))
        return true;
    form->plot = (struct plot){ .kind = (enum plot_kind)(PLOT_BAR + option_word(invocation, OPTION_PLOT)),
                                .x = invocation->further[OPTION_PLOT][0],
                                .y = invocation->further[OPTION_PLOT][1] };
    if (form->format != FORMAT_TABLE) {
        print_error(NULL, NULL, "--plot draws in place of a table, not of %s", result_format_name(form->format));
        return false;
    }
    if (form->plot.kind == PLOT_LINE && has_option(invocation, OPTION_MAX_ROWS)) {
        print_error(NULL, "LIMIT in the SQL cuts the result",
                    "--max-rows says nothing about a line: all rows are in it");
        return false;
    }
    if (has_option(invocation, OPTION_MAX_ROWS))
        form->plot.most_bars = form->most_rows > 0 ? form->most_rows : UINT64_MAX;
    if (has_option(invocation, OPTION_NO_HEADER)) {
        print_error(NULL, NULL, "--no-header says nothing about a plot");
        return false;
    }
    return true;
}

bool result_form_from(const struct invocation *invocation, struct result_form *ret_form)
{
    const struct format *format;

    *ret_form = (struct result_form){ .format = (enum result_format)option_word(invocation, OPTION_FORMAT),
                                      .null_text = invocation->values[OPTION_NULL],
                                      .no_header = has_option(invocation, OPTION_NO_HEADER),
                                      .file = invocation->values[OPTION_OUTPUT] };
    if (!has_option(invocation, OPTION_FORMAT) && ret_form->file != NULL &&
        !format_of_file(ret_form->file, &ret_form->format))
        return false;
    format = &formats[ret_form->format];
    if (format->is_for_files && ret_form->file == NULL) {
        print_error(NULL, "name one with --output", "%s is written to a file", result_format_name(ret_form->format));
        return false;
    }
    if (format->is_binary && ret_form->file == NULL && terminal_of_output().is_there) {
        print_error(NULL, "name a file with --output, or pass it on to a program", "%s is not for a terminal",
                    result_format_name(ret_form->format));
        return false;
    }
    if (ret_form->file == NULL && !has_option(invocation, OPTION_NO_PAGER))
        ret_form->pager = pager_command();
    if (has_option(invocation, OPTION_MAX_ROWS))
        ret_form->most_rows = strtoull(invocation->values[OPTION_MAX_ROWS], NULL, 10);
    else if (ret_form->file == NULL && ret_form->pager == NULL)
        ret_form->most_rows = result_usual_rows(ret_form->format);
    return plot_from(invocation, ret_form) && goes_with(invocation, OPTION_NULL, format->has_null, ret_form->format) &&
           goes_with(invocation, OPTION_NO_HEADER, format->has_header, ret_form->format);
}

/* ---- names of types ---- */

/* Also inside of others, as in INTEGER[] and STRUCT(a BIGINT); the rest is in small letters. */
const char *result_type_name(struct arena *arena, const char *type)
{
    static const struct {
        const char *name;
        const char *shown;
    } numbers[] = {
        { "TINYINT", "int8" },   { "SMALLINT", "int16" },   { "INTEGER", "int32" },    { "BIGINT", "int64" },
        { "HUGEINT", "int128" }, { "UTINYINT", "uint8" },   { "USMALLINT", "uint16" }, { "UINTEGER", "uint32" },
        { "UBIGINT", "uint64" }, { "UHUGEINT", "uint128" },
    };
    struct text shown = text_in(arena);

    while (*type != '\0') {
        size_t length = strspn(type, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        size_t known = 0;

        if (*type == '"' || *type == '\'') {
            size_t quoted = strcspn(type + 1, (char[]){ *type, '\0' }) + 1;

            quoted += type[quoted] != '\0';
            text_add_length(&shown, type, quoted);
            type += quoted;
            continue;
        }
        while (known < sizeof(numbers) / sizeof(numbers[0]) &&
               (strlen(numbers[known].name) != length || strncmp(type, numbers[known].name, length) != 0))
            known++;
        if (length > 0 && known < sizeof(numbers) / sizeof(numbers[0]))
            text_add(&shown, numbers[known].shown);
        else
            for (size_t i = 0; i < length; i++)
                text_add_char(&shown, (char)(type[i] - 'A' + 'a'));
        type += length;
        if (length == 0)
            text_add_char(&shown, *type++);
    }
    return text_string(&shown);
}
