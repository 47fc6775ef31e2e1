/*
 * Conditions on a semantic model: its default filters, and what a user writes with the names of its dimensions.
 */

#include "base/arena.h"
#include "base/report.h"
#include "base/sql.h"
#include "base/text.h"
#include "plan/model.h"

#include <ctype.h>

/* ---- expressions ---- */

static struct sql_token token_after(const struct sql_token *token)
{
    return sql_next(token->start + token->length);
}

static bool is_symbol(const struct sql_token *token, char symbol)
{
    return token->kind == SQL_SYMBOL && *token->start == symbol;
}

/* Names with dots between them, and nothing else. */
static bool is_column(const char *expression)
{
    struct sql_token token = sql_next(expression);

    if (sql_is_keyword(&token))
        return false;
    for (;; token = token_after(&token)) {
        if (token.kind != SQL_NAME && token.kind != SQL_WORD)
            return false;
        token = token_after(&token);
        if (!is_symbol(&token, '.'))
            return token.kind == SQL_END;
    }
}

void model_add_expression(struct text *text, const char *expression)
{
    text_add(text, expression);
    if (sql_ends_in_line_comment(expression))
        text_add_char(text, '\n');
}

void model_add_operand(struct text *text, const char *expression)
{
    if (is_column(expression)) {
        model_add_expression(text, expression);
        return;
    }
    text_add_char(text, '(');
    model_add_expression(text, expression);
    text_add_char(text, ')');
}

/* ---- default filters ---- */

static void add_value(struct text *text, const struct value *value)
{
    if (value->kind == VALUE_BOOL)
        text_add(text, value->boolean ? "TRUE" : "FALSE");
    else
        sql_format(text, value->kind == VALUE_NUMBER ? "%s" : "%L", value->text);
}

void model_add_filter(struct text *text, const struct model_filter *filter)
{
    const struct value *value = filter->value;

    model_add_operand(text, filter->dimension->expression);
    text_format(text, " %s", filter->operator->sql);
    switch (filter->operator->form) {
    case FILTER_ALONE:
        return;
    case FILTER_VALUE:
        text_add_char(text, ' ');
        add_value(text, value);
        return;
    case FILTER_RANGE:
        text_add_char(text, ' ');
        add_value(text, &value->items[0]);
        text_add(text, " AND ");
        add_value(text, &value->items[1]);
        return;
    case FILTER_LIST:
        break;
    }
    text_add(text, " (");
    for (size_t i = 0; i < (value->kind == VALUE_LIST ? value->count : 1); i++) {
        text_add(text, i > 0 ? ", " : "");
        add_value(text, value->kind == VALUE_LIST ? &value->items[i] : value);
    }
    text_add_char(text, ')');
}

/* ---- a user's condition ---- */

/* Does the token end an operand, so that no column can follow it? As `7` in INTERVAL 7 day. */
static bool ends_operand(const struct sql_token *token)
{
    return token->kind == SQL_NAME || token->kind == SQL_STRING || is_symbol(token, ')') || is_symbol(token, ']') ||
           (token->kind == SQL_SYMBOL && isdigit((unsigned char)*token->start));
}

/*
 * Can the token, after the one before it, be a bare column? Not when it is a part of a longer name, a function, a type
 * (x::date, CAST(x AS date), DATE '2024-01-01'), the unit of an interval or of EXTRACT, or the name of a field.
 */
static bool may_be_column(const char *sql, const struct sql_token *before, const struct sql_token *token)
{
    struct sql_token next = token_after(token);
    bool cast = is_symbol(before, ':') && before->start > sql && before->start[-1] == ':';
    bool field = is_symbol(&next, ':') && next.start[1] != ':';

    if (token->kind != SQL_NAME && (token->kind != SQL_WORD || sql_is_keyword(token)))
        return false;
    if (is_symbol(before, '.') || is_symbol(&next, '.') || is_symbol(&next, '(') || cast || field ||
        sql_token_is(before, "as"))
        return false;
    return token->kind == SQL_NAME || !(ends_operand(before) || next.kind == SQL_STRING || sql_token_is(&next, "from"));
}

/* A query in parentheses has columns of its own. */
static bool begins_query(const struct sql_token *token)
{
    static const char *const words[] = { "select", "from", "with", "values", "table", "pivot", "unpivot" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (sql_token_is(token, words[i]))
            return true;
    return false;
}

/* From `(` to after its `)`, or to the end. */
static struct sql_token skip_brackets(struct sql_token token)
{
    size_t depth = 0;

    for (; token.kind != SQL_END; token = token_after(&token)) {
        if (is_symbol(&token, '('))
            depth++;
        else if (is_symbol(&token, ')') && --depth == 0)
            return token;
    }
    return token;
}

static void complain_of_measure(struct arena *arena, const struct semantic_model *model, const char *name,
                                struct duckalog_report *report)
{
    const char *hint =
        arena_format(arena,
                     "write %s.%s for a column of the view; to choose by a measure, make the query a subquery: "
                     "SELECT * FROM (…) WHERE %s …",
                     model->base->name, name, name);

    report_event(report, DUCKALOG_ERROR, "measure-in-condition", hint,
                 "\"%s\" is a measure: a condition chooses rows before they are added up", name);
}

static const char *expand(struct arena *arena, const struct semantic_model *model, const char *where,
                          struct duckalog_report *report)
{
    struct text expanded = text_in(arena);
    struct sql_token before = { .kind = SQL_END };
    const char *rest = where;
    bool good = true;

    for (struct sql_token token = sql_next(where); token.kind != SQL_END; token = token_after(&token)) {
        struct sql_token next = token_after(&token);
        const char *name = may_be_column(where, &before, &token) ? sql_token_name(arena, &token) : NULL;
        const struct dimension *dimension = name == NULL ? NULL : model_dimension(model, name);

        if (is_symbol(&token, '(') && begins_query(&next))
            token = skip_brackets(token);
        else if (dimension != NULL) {
            text_add_length(&expanded, rest, (size_t)(token.start - rest));
            model_add_operand(&expanded, dimension->expression);
            rest = token.start + token.length;
        } else if (name != NULL && model_measure(model, name) != NULL) {
            complain_of_measure(arena, model, name, report);
            good = false;
        }
        before = token;
    }
    text_add(&expanded, rest);
    return good ? text_string(&expanded) : NULL;
}

const char *model_condition(struct arena *arena, const struct semantic_model *model, const char *where,
                            struct duckalog_report *report)
{
    const char *problem = sql_expression_problem(where);

    if (problem == NULL)
        return expand(arena, model, where, report);
    report_event(report, DUCKALOG_ERROR, "sql", "write one SQL condition, as in region = 'north' AND amount > 10",
                 "the condition can't be used: %s", problem);
    return NULL;
}
