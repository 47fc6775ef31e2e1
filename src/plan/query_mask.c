/*
 * What can hold a secret is a value: a string, a number, or a quoted name that is a path, as DuckDB shows FROM 'a.csv' as
 * FROM "a.csv". Names of tables and columns are shown: a short password may well be one of them.
 */

#include "plan/query_mask.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/config.h"
#include "plan/plan.h"
#include "plan/statement.h"

#include <ctype.h>
#include <string.h>

/* Of a token that is a value: what it stands for. NULL: it is none, or there is no memory. */
static const char *value_of(struct arena *arena, const struct sql_token *token)
{
    const char *name;

    switch (token->kind) {
    case SQL_STRING:
        return sql_token_string(arena, token);
    case SQL_NAME:
        name = sql_token_name(arena, token);
        return name == NULL || sql_is_plain_name(name) ? NULL : name;
    case SQL_SYMBOL:
        if (!isdigit((unsigned char)*token->start) || token->length < REDACTED_FROM)
            return NULL;
        return arena_copy(arena, token->start, token->length);
    default:
        return NULL;
    }
}

static void add_masked(struct text *text, const struct sql_token *token, const char *value)
{
    if (token->kind == SQL_STRING)
        sql_add_literal(text, value);
    else if (token->kind == SQL_NAME)
        sql_add_identifier(text, value);
    else
        text_add(text, REDACTED);
}

/* ---- secrets that the config knows ---- */

/* A value may have been written with its quotes doubled, and be known like that. */
static bool token_holds_secret(struct arena *arena, const struct sql_token *token, const char *value,
                               const struct redactor *redactor)
{
    const char *written;

    if (token->kind == SQL_SYMBOL)
        return redactor_knows(redactor, value);
    if (redactor_finds(redactor, value))
        return true;
    written = arena_copy(arena, token->start, token->length);
    return written == NULL || redactor_finds(redactor, written);
}

static const char *without_secrets(struct arena *arena, const char *value, const struct redactor *redactor)
{
    struct text known = text_in(arena);
    struct text clean = text_in(arena);

    if (!redactor_finds(redactor, value) && !redact_finds_credentials(value))
        return REDACTED;
    redact_add(redactor, &known, value);
    if (text_string(&known) != NULL)
        redact_add_without_credentials(&clean, text_string(&known));
    return text_string(&clean) != NULL ? text_string(&clean) : REDACTED;
}

const char *query_mask(struct arena *arena, const char *query, const struct redactor *redactor)
{
    const char *rest = statement_mask(arena, query, redactor, true);
    struct text masked = text_in(arena);
    struct sql_token token;

    if (rest == NULL)
        return NULL;
    for (token = sql_next(rest); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        const char *value = value_of(arena, &token);

        if (value == NULL || !(token_holds_secret(arena, &token, value, redactor) ||
                               (token.kind == SQL_NAME && redact_finds_credentials(value))))
            continue;
        text_add_length(&masked, rest, (size_t)(token.start - rest));
        add_masked(&masked, &token, without_secrets(arena, value, redactor));
        rest = token.start + token.length;
    }
    text_add(&masked, rest);
    return arena_failed(arena) ? NULL : text_string(&masked);
}

/* ---- secrets that it may have known once ---- */

static bool has_token(const char *query, const struct sql_token *wanted)
{
    struct sql_token token = sql_next(query);

    for (; token.kind != SQL_END; token = sql_next(token.start + token.length))
        if (token.kind == wanted->kind && token.length == wanted->length &&
            memcmp(token.start, wanted->start, token.length) == 0)
            return true;
    return false;
}

const char *query_mask_doubtful(struct arena *arena, const char *query, const char *other,
                                const struct redactor *redactor)
{
    struct text masked = text_in(arena);
    const char *rest = query;
    struct sql_token token;

    for (token = sql_next(query); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        bool is_value = token.kind == SQL_UNCLOSED || value_of(arena, &token) != NULL;

        if (!is_value || (other != NULL && has_token(other, &token)))
            continue;
        text_add_length(&masked, rest, (size_t)(token.start - rest));
        add_masked(&masked, &token, REDACTED);
        rest = token.start + token.length;
    }
    text_add(&masked, rest);
    if (arena_failed(arena) || text_string(&masked) == NULL)
        return NULL;
    return query_mask(arena, text_string(&masked), redactor);
}

/* ---- views ---- */

static bool value_has_secret(const struct value *value, const struct redactor *redactor)
{
    if ((value->name != NULL && redactor_finds(redactor, value->name)) ||
        (value->text != NULL && redactor_finds(redactor, value->text)))
        return true;
    for (size_t i = 0; i < value->count; i++)
        if (value_has_secret(&value->items[i], redactor))
            return true;
    return false;
}

/* Anywhere in its entries, be it a name: nearly all views have none, and need no closer look. */
static bool entries_have_secret(const struct view *view, const struct redactor *redactor)
{
    const char *const texts[] = { view->sql, view->uri, view->database, view->table, view->catalog };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i] != NULL && redactor_finds(redactor, texts[i]))
            return true;
    return view->options != NULL && value_has_secret(view->options, redactor);
}

bool view_holds_secret(const struct view *view, const struct redactor *redactor)
{
    struct arena *arena;
    const char *query;
    const char *masked;
    bool holds;

    if (!entries_have_secret(view, redactor))
        return false;
    arena = arena_create(ARENA_WIPED);
    if (arena == NULL)
        return true;
    query = plan_view_query(arena, view);
    masked = query == NULL ? NULL : query_mask(arena, query, redactor);
    holds = masked == NULL || strcmp(query, masked) != 0;
    arena_destroy(arena);
    return holds;
}
