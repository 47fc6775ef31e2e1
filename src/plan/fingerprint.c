/*
 * The entries of a view are hashed as the config has them, and not the statement: a catalog of ten thousand views is
 * looked through on each start, and making the statements takes longer than all the rest.
 */

#include "plan/fingerprint.h"

#include "base/hash.h"

static uint64_t add_value(uint64_t hash, const struct value *value)
{
    const char kind[] = { (char)value->kind, (char)value->boolean };

    hash = hash_bytes(hash, kind, sizeof(kind));
    hash = hash_string(hash, value->name);
    hash = hash_string(hash, value->text);
    for (size_t i = 0; i < value->count; i++)
        hash = add_value(hash, &value->items[i]);
    return hash_bytes(hash, kind, 1);
}

/* The order in which options are written makes no difference to the statement. */
static uint64_t add_options(uint64_t hash, const struct value *options)
{
    const struct value *option = value_next_by_name(options, "");

    for (; option != NULL; option = value_next_by_name(options, option->name))
        hash = add_value(hash, option);
    return hash;
}

static uint64_t add_source(uint64_t hash, const struct view *view)
{
    const char *const texts[] = { view->uri, view->database, view->table, view->catalog };
    const char source[] = { (char)view->source };

    hash = hash_bytes(hash, source, sizeof(source));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash = hash_string(hash, texts[i]);
    return view->options == NULL ? hash : add_options(hash, view->options);
}

uint64_t view_fingerprint(const struct view *view)
{
    uint64_t hash = hash_name(hash_name(HASH_START, view_schema(view)), view->name);

    hash = view_has_sql(view) ? hash_string(hash, view->sql) : add_source(hash, view);
    return hash != 0 ? hash : 1;
}
