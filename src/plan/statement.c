/*
 * A statement in two forms at once: to execute, and to show.
 */

#include "plan/statement.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/sql.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

void statement_begin(struct statement *statement, struct arena *arena, bool show_secrets)
{
    statement->arena = arena;
    statement->executed = text_in(arena);
    statement->shown = text_in(arena);
    statement->show_secrets = show_secrets;
    statement->bindings = NULL;
    statement->binding_count = 0;
}

void statement_add(struct statement *statement, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    sql_vformat(&statement->executed, format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    sql_vformat(&statement->shown, format, arguments);
    va_end(arguments);
}

/* A literal of the text without the credentials in it. */
static void add_clean_literal(struct text *text, const char *string)
{
    struct text clean = text_on_heap();

    redact_add_without_credentials(&clean, string);
    if (text_string(&clean) == NULL)
        text->failed = true;
    else
        sql_add_literal(text, text_string(&clean));
    text_free(&clean);
}

void statement_add_place(struct statement *statement, const char *place)
{
    sql_add_literal(&statement->executed, place);
    if (statement->show_secrets)
        sql_add_literal(&statement->shown, place);
    else
        add_clean_literal(&statement->shown, place);
}

void statement_add_upper(struct statement *statement, const char *name)
{
    for (; *name != '\0'; name++) {
        char upper[] = { (char)toupper((unsigned char)*name), '\0' };

        statement_add(statement, "%s", upper);
    }
}

static bool bind(struct statement *statement, const char *value)
{
    statement->bindings =
        arena_extend(statement->arena, statement->bindings, statement->binding_count, sizeof(*statement->bindings));
    if (statement->bindings == NULL)
        return false;
    statement->bindings[statement->binding_count++].value = value;
    return true;
}

void statement_add_text(struct statement *statement, const char *value, enum exposure exposure)
{
    if (statement->show_secrets)
        sql_add_literal(&statement->shown, value);
    else if (exposure >= EXPOSURE_HIDDEN)
        sql_add_literal(&statement->shown, REDACTED);
    else
        add_clean_literal(&statement->shown, value);
    if (exposure == EXPOSURE_PLAIN || exposure == EXPOSURE_HIDDEN) {
        sql_add_literal(&statement->executed, value);
        return;
    }
    if (!bind(statement, value)) {
        statement->executed.failed = true;
        return;
    }
    text_format(&statement->executed, "$%zu", statement->binding_count);
}

const char *statement_mask(struct arena *arena, const char *sql, const struct redactor *redactor, bool by_name)
{
    struct text masked = text_in(arena);
    const char *rest = sql;
    enum sql_name_state state = SQL_NO_NAME;

    for (struct sql_token token = sql_next(sql); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        bool secret = by_name && sql_is_secret_string(arena, &token, &state);
        const char *string = token.kind == SQL_STRING ? sql_token_string(arena, &token) : NULL;

        if (string == NULL || redactor == NULL)
            continue;
        secret = secret || redactor_knows(redactor, string);
        if (!secret && !redact_finds_credentials(string))
            continue;
        text_add_length(&masked, rest, (size_t)(token.start - rest));
        rest = token.start + token.length;
        if (secret)
            sql_add_literal(&masked, REDACTED);
        else
            add_clean_literal(&masked, string);
    }
    text_add(&masked, rest);
    return text_string(&masked);
}

/*
 * The name of an item of a map. One that has no value may be a secret in the wrong place: `password: {hunter2}` is a
 * mapping to YAML.
 */
static void add_item_name(struct statement *statement, const struct value *item, enum exposure exposure)
{
    bool masked = exposure >= EXPOSURE_HIDDEN && item->kind == VALUE_NULL && !statement->show_secrets;

    sql_add_literal(&statement->executed, item->name);
    sql_add_literal(&statement->shown, masked ? REDACTED : item->name);
    statement_add(statement, ": ");
}

/* An item whose name says so is a secret, whatever the map is: {'footer_key': …} of an `encryption_config`. */
static enum exposure exposure_of_item(const struct value *item, enum exposure exposure)
{
    if (exposure >= EXPOSURE_HIDDEN || item->name == NULL || !name_looks_secret(item->name))
        return exposure;
    return exposure == EXPOSURE_BOUND ? EXPOSURE_SECRET : EXPOSURE_HIDDEN;
}

void statement_add_value(struct statement *statement, const struct value *value, enum map_form form,
                         enum exposure exposure)
{
    switch (value->kind) {
    case VALUE_NULL:
        statement_add(statement, "NULL");
        return;
    case VALUE_BOOL:
        statement_add(statement, "%s", value->boolean ? "TRUE" : "FALSE");
        return;
    case VALUE_NUMBER:
        /* A password of digits alone is still one. */
        if (exposure >= EXPOSURE_HIDDEN)
            statement_add_text(statement, value->text, exposure);
        else
            statement_add(statement, "%s", value->text);
        return;
    case VALUE_TEXT:
        statement_add_text(statement, value->text, exposure);
        return;
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    }
    if (value->kind == VALUE_LIST)
        statement_add(statement, "[");
    else
        statement_add(statement, form == MAP_AS_MAP ? "MAP {" : "{");
    for (size_t i = 0; i < value->count; i++) {
        statement_add(statement, "%s", i > 0 ? ", " : "");
        if (value->kind == VALUE_MAP)
            add_item_name(statement, &value->items[i], exposure);
        statement_add_value(statement, &value->items[i], form, exposure_of_item(&value->items[i], exposure));
    }
    statement_add(statement, value->kind == VALUE_LIST ? "]" : "}");
}

bool statement_end(struct statement *statement, struct step *step)
{
    step->sql = text_string(&statement->executed);
    step->shown = text_string(&statement->shown);
    step->bindings = statement->bindings;
    step->binding_count = statement->binding_count;
    /* Also where a part is missing only because there was no memory for it. */
    return step->sql != NULL && step->shown != NULL && !arena_failed(statement->arena);
}
