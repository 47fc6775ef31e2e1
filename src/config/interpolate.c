/*
 * ${env:…}: one pass over the values of a document. What a variable holds is never looked at again, so it may hold any
 * text; only a default may have placeholders of its own.
 */

#include "config/interpolate.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/environment.h"
#include "config/place.h"

#include <ctype.h>
#include <string.h>

#define PREFIX "${env:"
#define PREFIX_LENGTH (sizeof(PREFIX) - 1)

struct interpolation {
    struct arena *arena;
    const struct environment *environment;
    struct environment_guard *guard;
    struct redactor *redactor;
    struct duckalog_report *report;
    struct node *node; /* that is being replaced, and where it is */
    const struct place *place;
    bool good;
};

static void report_placeholder(struct interpolation *run, const char *code, const char *hint, const char *problem)
{
    struct text path = text_on_heap();

    place_add(&path, run->place);
    report_add(run->report, DUCKALOG_ERROR, code, run->node->position, text_string(&path), hint, "%s", problem);
    text_free(&path);
    run->node->unresolved = true;
    run->good = false;
}

/*
 * The closing brace of the placeholder whose name or default begins at `s`; those inside of it are skipped. Nobody means
 * more than a few of them, and a text of thousands would take minutes.
 */
static const char *find_end(const char *s)
{
    enum { DEEPEST = 16 };

    for (size_t depth = 0; *s != '\0' && depth <= DEEPEST; s++) {
        if (starts_with(s, PREFIX))
            depth++;
        else if (*s == '}' && depth-- == 0)
            return s;
    }
    return NULL;
}

/* ---- what may be used ---- */

static bool is_allowed(const struct environment_guard *guard, const char *name)
{
    for (size_t i = 0; guard != NULL && !guard->refuses_all && guard->allowed != NULL && guard->allowed[i] != NULL; i++)
        if (strcmp(guard->allowed[i], name) == 0)
            return true;
    return guard == NULL || (!guard->refuses_all && guard->allowed == NULL);
}

/* False only when there is no memory. */
static bool note_use(struct interpolation *run, const char *name)
{
    struct environment_guard *guard = run->guard;
    const char **used;

    for (size_t i = 0; guard != NULL && i < guard->used_count; i++)
        if (strcmp(guard->used[i], name) == 0)
            return true;
    if (guard == NULL)
        return true;
    used = arena_extend(run->arena, guard->used, guard->used_count, sizeof(*used));
    if (used == NULL)
        return false;
    guard->used = used;
    guard->used[guard->used_count++] = name;
    return true;
}

/* ---- placeholders ---- */

static void report_unset(struct interpolation *run, const char *name)
{
    bool may_be_set = is_allowed(run->guard, name);
    const char *problem =
        arena_format(run->arena,
                     may_be_set ? "the environment variable \"%s\" is not set"
                                : "a document from elsewhere may not use the environment variable \"%s\"",
                     name);

    report_placeholder(run, may_be_set ? "unset-variable" : "refused-variable",
                       may_be_set ? "set it, or give a default: ${env:NAME:default}"
                                  : "--allow-env NAME allows it; or give a default: ${env:NAME:default}",
                       problem != NULL ? problem : "an environment variable is not set");
}

static void expand(struct interpolation *run, const char *s, const char *end, struct text *out);

static size_t name_length(const char *s)
{
    size_t length = 0;

    if (!isalpha((unsigned char)*s) && *s != '_')
        return 0;
    while (isalnum((unsigned char)s[length]) || s[length] == '_')
        length++;
    return length;
}

/* The placeholder at `s`; returns what comes after it. */
static const char *expand_placeholder(struct interpolation *run, const char *s, const char *limit, struct text *out)
{
    const char *name_start = s + PREFIX_LENGTH;
    size_t length = name_length(name_start);
    const char *end = find_end(name_start);
    const char *name = arena_copy(run->arena, name_start, length);
    const char *value;

    if (name == NULL)
        return limit;
    if (end == NULL || end >= limit || length == 0 || (name_start[length] != ':' && name_start + length != end)) {
        report_placeholder(run, "placeholder", "write ${env:NAME} or ${env:NAME:default}; $${env: is the text itself",
                           "this placeholder can't be read");
        return limit;
    }
    value = is_allowed(run->guard, name) ? environment_get(run->environment, name) : NULL;
    if (value != NULL) {
        text_add(out, value);
        if (!note_use(run, name) || (name_looks_secret(name) && !redactor_learn(run->redactor, value)))
            out->failed = true;
    } else if (name_start[length] == ':')
        expand(run, name_start + length + 1, end, out);
    else
        report_unset(run, name);
    return end + 1;
}

static void expand(struct interpolation *run, const char *s, const char *end, struct text *out)
{
    while (s < end) {
        if (s[0] == '$' && starts_with(s + 1, PREFIX)) {
            text_add(out, PREFIX);
            s += 1 + PREFIX_LENGTH;
        } else if (starts_with(s, PREFIX))
            s = expand_placeholder(run, s, end, out);
        else
            text_add_char(out, *s++);
    }
}

/* What gives itself away as a credential by its form is learned here, as every value passes by. */
static void visit_scalar(struct interpolation *run, struct node *node, const struct place *place)
{
    struct text text = text_in(run->arena);
    struct text_origin *written;

    if (strstr(node->text, PREFIX) == NULL) {
        run->good = redactor_learn_from(run->redactor, node->text) && run->good;
        return;
    }
    run->node = node;
    run->place = place;
    expand(run, node->text, node->text + strlen(node->text), &text);
    if (text_string(&text) == NULL)
        run->good = false;
    if (text_string(&text) == NULL || node->unresolved)
        return;
    /* Only what was there: places in it are those of the whole. */
    written = arena_alloc(run->arena, sizeof(*written));
    if (written == NULL) {
        run->good = false;
        return;
    }
    written->text = node->text;
    node->origin = written;
    node->text = text_string(&text);
    node->text_line = 0;
    run->good = redactor_learn_from(run->redactor, node->text) && run->good;
    /* Always text: a variable that holds `yes` or `5` is read as the schema says, and stays text in a free map. */
    node->style = SCALAR_QUOTED;
}

static void visit(struct interpolation *run, struct node *node, const struct place *place)
{
    if (node->visited)
        return;
    node->visited = true;
    if (node->kind == NODE_SCALAR)
        visit_scalar(run, node, place);
    for (size_t i = 0; i < node->count; i++) {
        bool in_list = node->kind == NODE_LIST;
        struct place inner = { place, in_list ? NULL : node->entries[i].key, in_list ? i : NOT_IN_LIST };

        visit(run, in_list ? node->items[i] : node->entries[i].value, &inner);
        run->place = NULL;
    }
}

bool interpolate_part(struct arena *arena, struct node *part, const struct place *place,
                      const struct environment *environment, struct environment_guard *guard, struct redactor *redactor,
                      struct duckalog_report *report)
{
    struct interpolation run = {
        .arena = arena, .environment = environment, .guard = guard, .redactor = redactor, .report = report, .good = true
    };

    visit(&run, part, place);
    return run.good;
}

bool interpolate(struct arena *arena, struct node *root, const struct environment *environment,
                 struct environment_guard *guard, struct redactor *redactor, struct duckalog_report *report)
{
    return interpolate_part(arena, root, NULL, environment, guard, redactor, report);
}
