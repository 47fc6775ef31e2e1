#include "engine/setting.h"

#include "base/sql.h"
#include "base/text.h"
#include "engine/session.h"

#include <stdio.h>
#include <string.h>

static bool keep_value(const char *const *columns, size_t count, void *user)
{
    struct setting *setting = user;

    if (count == 1 && columns[0] != NULL && strlen(columns[0]) < sizeof(setting->value))
        snprintf(setting->value, sizeof(setting->value), "%s", columns[0]);
    return true;
}

static bool set(duckdb_connection connection, const char *name, const char *value)
{
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();
    bool done;

    sql_format(&sql, "SET %I = %L", name, value);
    done = text_string(&sql) != NULL && session_run(connection, text_string(&sql), NULL, 0, &ignored) == DUCKALOG_OK;
    text_free(&sql);
    text_free(&ignored);
    return done;
}

void setting_change(struct setting *setting, duckdb_connection connection, const char *name, const char *value)
{
    struct text sql = text_on_heap();
    struct text ignored = text_on_heap();

    *setting = (struct setting){ 0 };
    sql_format(&sql, "SELECT current_setting(%L)::VARCHAR", name);
    if (text_string(&sql) != NULL &&
        session_query(connection, text_string(&sql), keep_value, setting, &ignored) == DUCKALOG_OK &&
        *setting->value != '\0' && strcmp(setting->value, value) != 0 && set(connection, name, value))
        setting->name = name;
    text_free(&sql);
    text_free(&ignored);
}

bool setting_restore(struct setting *setting, duckdb_connection connection)
{
    if (setting->name != NULL && !set(connection, setting->name, setting->value))
        return false;
    setting->name = NULL;
    return true;
}
