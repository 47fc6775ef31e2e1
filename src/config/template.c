/*
 * SQL templates: one pass from placeholder to placeholder. Each is painted over in a copy of the text; what is then
 * left of braces is looked at as SQL (template_braces.c).
 */

#include "config/template.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/read.h"
#include "config/template_parts.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

struct filling {
    struct arena *arena;
    struct map *variables;
    const char **names; /* of the variables, ended by NULL */
    const char *sql;    /* the template */
    char *painted;      /* and the same with its placeholders painted over */
    struct text result;
    struct text_piece *pieces;
    size_t piece_count;
    struct template_problems problems;
};

/* What is between the braces. */
struct placeholder {
    const char *start; /* of the braces */
    const char *end;
    const char *name;
    const char *filter; /* NULL: none */
};

void template_complain(struct template_problems *problems, duckalog_severity severity, const char *code, size_t offset,
                       const char *hint, const char *format, ...)
{
    struct text message = text_on_heap();
    va_list arguments;

    if (severity == DUCKALOG_ERROR)
        problems->error = true;
    if (problems->count++ >= TEMPLATE_MOST_PROBLEMS)
        return;
    va_start(arguments, format);
    text_vformat(&message, format, arguments);
    va_end(arguments);
    report_add(problems->report, severity, code, node_place_in_text(problems->text, offset), NULL, hint, "%s",
               text_string(&message) != NULL ? text_string(&message) : "not enough memory to describe a problem");
    text_free(&message);
}

const char *template_find_braces(const char *from)
{
    for (; *from != '\0'; from++)
        if (from[0] == '{' && from[1] == '{' && from[2] != '{')
            return from;
    return NULL;
}

/* ---- values ---- */

/* A value as DuckDB writes it. */
static void add_literal(struct text *text, const struct value *value)
{
    bool list = value->kind == VALUE_LIST;

    if (value->kind == VALUE_TEXT)
        sql_add_literal(text, value->text);
    else if (value->kind == VALUE_NUMBER)
        text_add(text, value->text);
    else if (value->kind == VALUE_BOOL)
        text_add(text, value->boolean ? "true" : "false");
    else if (value->kind == VALUE_NULL)
        text_add(text, "NULL");
    else if (value->kind == VALUE_MAP && value->count == 0)
        text_add(text, "MAP {}"); /* there is no struct without fields */
    else {
        text_add_char(text, list ? '[' : '{');
        for (size_t i = 0; i < value->count; i++) {
            text_add(text, i > 0 ? ", " : "");
            if (!list)
                sql_format(text, "%L: ", value->items[i].name);
            add_literal(text, &value->items[i]);
        }
        text_add_char(text, list ? ']' : '}');
    }
}

static bool add_as_it_is(struct text *text, const struct value *value)
{
    if (value->kind == VALUE_TEXT)
        text_add(text, value->text);
    else
        add_literal(text, value);
    return true;
}

static bool add_as_literal(struct text *text, const struct value *value)
{
    add_literal(text, value);
    return true;
}

/* A number is a name too: of a column of a year. */
static bool add_as_identifier(struct text *text, const struct value *value)
{
    if ((value->kind != VALUE_TEXT && value->kind != VALUE_NUMBER) || *value->text == '\0')
        return false;
    sql_add_identifier(text, value->text);
    return true;
}

static const struct filter {
    const char *name;
    bool (*add)(struct text *text, const struct value *value); /* false: it has no such form */
} filters[] = { { "literal", add_as_literal }, { "identifier", add_as_identifier } };

enum { FILTER_COUNT = sizeof(filters) / sizeof(filters[0]) };

static const struct filter *find_filter(const char *name)
{
    for (size_t i = 0; i < FILTER_COUNT; i++)
        if (strcmp(filters[i].name, name) == 0)
            return &filters[i];
    return NULL;
}

/* ---- placeholders ---- */

static bool is_word(const char *s)
{
    if (*s == '\0')
        return false;
    while (isalnum((unsigned char)*s) || *s == '_' || (unsigned char)*s >= 0x80)
        s++;
    return *s == '\0';
}

static bool is_name(const struct filling *filling, const char *s)
{
    return is_word(s) || map_find(filling->variables, s) != NULL;
}

static const char *without_blanks(struct arena *arena, const char *start, const char *end)
{
    while (start < end && isspace((unsigned char)*start))
        start++;
    while (start < end && isspace((unsigned char)end[-1]))
        end--;
    return arena_copy(arena, start, (size_t)(end - start));
}

/* The end of the placeholder that the braces at `start` begin, if it is one: no other braces come before. */
static const char *find_end(const char *start)
{
    for (const char *s = start + 2; *s != '\0' && !(s[0] == '{' && s[1] == '{'); s++)
        if (s[0] == '}' && s[1] == '}')
            return s + 2;
    return NULL;
}

/* Is it a placeholder? A failed allocation is seen at the end, in the arena. */
static bool read_placeholder(struct filling *filling, const char *start, const char *end,
                             struct placeholder *ret_placeholder)
{
    const char *content = arena_copy(filling->arena, start + 2, (size_t)(end - start) - 4);
    const char *content_end = end - 2;
    const char *bar = NULL;
    const char *name;
    const char *filter;

    for (const char *s = start + 2; s < content_end; s++)
        if (*s == '|')
            bar = s;
    name = without_blanks(filling->arena, start + 2, content_end);
    *ret_placeholder = (struct placeholder){ .start = start, .end = end, .name = name };
    if (content == NULL || name == NULL)
        return false;
    /* What a variable is called may have blanks or bars, and comes first. */
    if (map_find(filling->variables, content) != NULL) {
        ret_placeholder->name = content;
        return true;
    }
    if (is_name(filling, name) || bar == NULL)
        return is_name(filling, name);
    name = without_blanks(filling->arena, start + 2, bar);
    filter = without_blanks(filling->arena, bar + 1, content_end);
    ret_placeholder->name = name;
    ret_placeholder->filter = filter;
    return name != NULL && filter != NULL && is_name(filling, name) && is_word(filter);
}

/* A name for a message: not a page of it. */
static const char *shortened(struct arena *arena, const char *name)
{
    enum { LONGEST = 64 };
    size_t length = strlen(name);

    if (length <= LONGEST)
        return name;
    for (length = LONGEST; (name[length] & 0xC0) == 0x80 && length > 0;)
        length--;
    name = arena_format(arena, "%.*s…", (int)length, name);
    return name != NULL ? name : "…";
}

static void report_missing(struct filling *filling, const struct placeholder *placeholder)
{
    enum { MOST_NAMES = 20 };
    struct text hint = text_in(filling->arena);
    const char *closest = closest_word(placeholder->name, filling->names);
    size_t shown;

    if (closest != NULL)
        text_format(&hint, "did you mean %s? ", closest);
    text_add(&hint, filling->names[0] == NULL ? "give it one under `variables`" : "the variables are: ");
    for (shown = 0; shown < MOST_NAMES && filling->names[shown] != NULL; shown++)
        text_format(&hint, "%s%s", shown > 0 ? ", " : "", shortened(filling->arena, filling->names[shown]));
    text_add(&hint, filling->names[shown] != NULL ? ", …" : "");
    template_complain(&filling->problems, DUCKALOG_ERROR, "template-variable",
                      (size_t)(placeholder->start - filling->sql), text_string(&hint),
                      "the placeholder {{%s}} has no variable", shortened(filling->arena, placeholder->name));
}

static void report_filter(struct filling *filling, const struct placeholder *placeholder)
{
    const char *names[FILTER_COUNT + 1] = { NULL };
    const char *closest;
    const char *hint = "the filters are literal and identifier";

    for (size_t i = 0; i < FILTER_COUNT; i++)
        names[i] = filters[i].name;
    closest = closest_word(placeholder->filter, names);
    if (closest != NULL)
        hint = arena_format(filling->arena, "did you mean %s?", closest);
    template_complain(&filling->problems, DUCKALOG_ERROR, "template-filter",
                      (size_t)(placeholder->start - filling->sql), hint, "there is no filter with the name \"%s\"",
                      shortened(filling->arena, placeholder->filter));
}

static void add_value(struct filling *filling, const struct placeholder *placeholder)
{
    const struct value *value = map_find(filling->variables, placeholder->name);
    const struct filter *filter = placeholder->filter == NULL ? NULL : find_filter(placeholder->filter);

    if (placeholder->filter != NULL && filter == NULL)
        report_filter(filling, placeholder);
    if (value == NULL)
        report_missing(filling, placeholder);
    if (value == NULL || (placeholder->filter != NULL && filter == NULL))
        return;
    if (!(filter == NULL ? add_as_it_is : filter->add)(&filling->result, value))
        template_complain(&filling->problems, DUCKALOG_ERROR, "template-filter",
                          (size_t)(placeholder->start - filling->sql),
                          "only a text that is not empty, or a number, can", "the value of \"%s\" can't be a name",
                          shortened(filling->arena, placeholder->name));
}

static void begin_piece(struct filling *filling, const char *origin, bool replaced)
{
    struct text_piece *piece;

    filling->pieces = arena_extend(filling->arena, filling->pieces, filling->piece_count, sizeof(*filling->pieces));
    if (filling->pieces == NULL) {
        filling->result.failed = true;
        filling->piece_count = 0;
        return;
    }
    piece = &filling->pieces[filling->piece_count++];
    *piece = (struct text_piece){ filling->result.length, (size_t)(origin - filling->sql), replaced };
}

static void replace(struct filling *filling, const struct placeholder *placeholder, const char *plain)
{
    text_add_length(&filling->result, plain, (size_t)(placeholder->start - plain));
    begin_piece(filling, placeholder->start, true);
    add_value(filling, placeholder);
    begin_piece(filling, placeholder->end, false);
    /* New lines stay: a comment ends there. */
    for (const char *s = placeholder->start; s < placeholder->end; s++)
        if (*s != '\n')
            filling->painted[s - filling->sql] = '_';
}

static void replace_all(struct filling *filling)
{
    const char *plain = filling->sql; /* what is not in the result yet */

    begin_piece(filling, plain, false);
    for (const char *start = template_find_braces(plain); start != NULL;) {
        struct placeholder placeholder;
        const char *end = find_end(start);

        if (end != NULL && read_placeholder(filling, start, end, &placeholder)) {
            replace(filling, &placeholder, plain);
            plain = end;
        }
        start = template_find_braces(plain > start ? plain : start + 2);
        if (filling->result.failed || filling->result.length > TEMPLATE_LARGEST_RESULT)
            return;
    }
    text_add(&filling->result, plain);
}

/* ---- all of it ---- */

static bool learn_variables(struct filling *filling, const struct value *variables)
{
    size_t count = variables == NULL ? 0 : variables->count;

    filling->variables = map_create(filling->arena, MAP_EXACT);
    filling->names = arena_array(filling->arena, count + 1, sizeof(*filling->names));
    if (filling->variables == NULL || filling->names == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        filling->names[i] = variables->items[i].name;
        if (!map_add(filling->variables, variables->items[i].name, &variables->items[i]))
            return false;
    }
    return true;
}

static struct node *make_node(struct filling *filling, const struct node *text)
{
    struct node *node = arena_alloc(filling->arena, sizeof(*node));
    struct text_origin *origin = arena_alloc(filling->arena, sizeof(*origin));

    if (node == NULL || origin == NULL || text_string(&filling->result) == NULL)
        return NULL;
    *origin = (struct text_origin){ filling->sql, filling->pieces, filling->piece_count };
    *node = *text;
    node->text = text_string(&filling->result);
    node->origin = origin;
    return node;
}

struct node *template_fill(struct arena *arena, const struct node *text, const struct value *variables,
                           struct duckalog_report *report)
{
    struct filling filling = { .arena = arena,
                               .sql = text->text,
                               .painted = arena_string(arena, text->text),
                               .result = text_in(arena),
                               .problems = { .text = text, .report = report } };
    bool good = filling.painted != NULL && learn_variables(&filling, variables);
    struct node *node = NULL;

    if (good) {
        replace_all(&filling);
        good = !text_failed(&filling.result) && !arena_failed(arena);
    }
    if (good && filling.result.length > TEMPLATE_LARGEST_RESULT)
        template_complain(&filling.problems, DUCKALOG_ERROR, "too-large", 0, "put fewer or shorter values in",
                          "with its variables put in, this template is larger than 64 MiB");
    else if (good && template_check_braces(arena, filling.painted, &filling.problems) && !filling.problems.error)
        node = make_node(&filling, text);
    if (node == NULL && !filling.problems.error)
        report_add(report, DUCKALOG_ERROR, "no-memory", text->position, NULL, NULL,
                   "not enough memory to fill in this template");
    return node;
}
