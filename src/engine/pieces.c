/*
 * Small things that hosts need: a view's statement, quoting, what kind of path something is.
 */

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/config.h"
#include "config/paths.h"
#include "engine/options.h"
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- a view ---- */

static bool is_called(const struct view *view, const char *name)
{
    const char *schema = view_schema(view);
    size_t length = strlen(schema);

    if (view->db_schema == NULL && equal_ignoring_case(view->name, name))
        return true;
    return starts_with_ignoring_case(name, schema) && name[length] == '.' &&
           equal_ignoring_case(view->name, name + length + 1);
}

/* The plan of one view by itself; NULL: no memory. `ret_found`: is there such a view? */
static struct plan *plan_of_view(const struct duckalog_config *config, const char *name, bool show_secrets,
                                 bool *ret_found)
{
    size_t count = config->root.views.count;
    bool *wanted = calloc(count + 1, sizeof(*wanted));
    struct plan_options options = { .show_secrets = show_secrets, .wanted_views = wanted };
    struct plan *plan = NULL;

    *ret_found = false;
    for (size_t i = 0; wanted != NULL && i < count && !*ret_found; i++) {
        wanted[i] = is_called(&config->root.views.items[i], name);
        *ret_found = wanted[i];
    }
    if (wanted != NULL)
        plan = plan_build(config, &options);
    free(wanted);
    return plan;
}

duckalog_status duckalog_view_sql(const duckalog_config *config, const char *view, const duckalog_options *options,
                                  char **ret_sql)
{
    const char *sql = NULL;
    char *copy = NULL;
    duckalog_options known;
    struct plan *plan;
    bool found;

    if (config == NULL || view == NULL || ret_sql == NULL || !options_read(options, &known))
        return DUCKALOG_USAGE;
    plan = plan_of_view(config, view, known.include_secrets, &found);
    for (size_t i = 0; plan != NULL && i < plan->count; i++)
        if (plan->steps[i].kind == STEP_VIEW)
            sql = plan->steps[i].shown;
    copy = sql == NULL ? NULL : strdup(sql);
    plan_free(plan);
    if (copy == NULL)
        return plan != NULL && !found ? DUCKALOG_CONFIG : DUCKALOG_NOMEM;
    *ret_sql = copy;
    return DUCKALOG_OK;
}

/* ---- quoting ---- */

static duckalog_status quote(const char *string, void (*add)(struct text *text, const char *string), char **ret_quoted)
{
    struct text quoted = text_on_heap();
    char *copy;

    if (string == NULL || ret_quoted == NULL)
        return DUCKALOG_USAGE;
    add(&quoted, string);
    copy = text_string(&quoted) == NULL ? NULL : strdup(text_string(&quoted));
    text_free(&quoted);
    if (copy == NULL)
        return DUCKALOG_NOMEM;
    *ret_quoted = copy;
    return DUCKALOG_OK;
}

duckalog_status duckalog_quote_identifier(const char *name, char **ret_quoted)
{
    return quote(name, sql_add_identifier, ret_quoted);
}

duckalog_status duckalog_quote_literal(const char *text, char **ret_quoted)
{
    return quote(text, sql_add_literal, ret_quoted);
}

/* ---- paths ---- */

int duckalog_uri_is_remote(const char *uri)
{
    return uri != NULL && path_kind(uri) == PATH_URI;
}
