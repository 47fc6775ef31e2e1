/*
 * A statement in two forms at once: to execute, and to show.
 */

#include "plan/statement.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/sql.h"

#include <stdarg.h>
#include <string.h>

void statement_begin(struct statement *statement, struct arena *arena, bool show_secrets)
{
    statement->arena = arena;
    statement->executed = text_in(arena);
    statement->shown = text_in(arena);
    statement->show_secrets = show_secrets;
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

void statement_add_text(struct statement *statement, const char *value, bool secret)
{
    if (!secret) {
        statement_add(statement, "%L", value);
        return;
    }
    if (statement->binding_count == STATEMENT_MOST_BINDINGS) {
        statement->executed.failed = true;
        return;
    }
    statement->bindings[statement->binding_count++].value = value;
    text_format(&statement->executed, "$%zu", statement->binding_count);
    sql_add_literal(&statement->shown, statement->show_secrets ? value : REDACTED);
}

void statement_add_value(struct statement *statement, const struct value *value, enum map_form form, bool secret)
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
        if (secret)
            statement_add_text(statement, value->text, true);
        else
            statement_add(statement, "%s", value->text);
        return;
    case VALUE_TEXT:
        statement_add_text(statement, value->text, secret);
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
            statement_add(statement, "%L: ", value->items[i].name);
        statement_add_value(statement, &value->items[i], form, secret);
    }
    statement_add(statement, value->kind == VALUE_LIST ? "]" : "}");
}

bool statement_end(struct statement *statement, struct step *step)
{
    step->sql = text_string(&statement->executed);
    step->shown = text_string(&statement->shown);
    step->binding_count = statement->binding_count;
    step->bindings = arena_array(statement->arena, statement->binding_count, sizeof(*step->bindings));
    if (step->sql == NULL || step->shown == NULL || step->bindings == NULL)
        return false;
    memcpy(step->bindings, statement->bindings, statement->binding_count * sizeof(*step->bindings));
    return true;
}
