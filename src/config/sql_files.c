#include "config/sql_files.h"

#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "config/config.h"
#include "config/file.h"
#include "config/paths.h"
#include "config/quote.h"
#include "config/reader.h"
#include "config/template.h"

#include <string.h>

struct reading {
    struct duckalog_config *config;
    struct duckalog_report *report;
    size_t *bytes; /* of all files so far */
    const struct view *view;
    const char *key; /* "sql_file" or "sql_template" */
    const struct sql_reference *reference;
    const char *path; /* absolute */
};

/* At the path in the config: a file that can't be read has no places of its own. */
static bool complain(const struct reading *reading, const char *code, const char *hint, const char *problem)
{
    struct text path = text_on_heap();

    text_format(&path, "views[%u].%s.path", reading->view->node->index, reading->key);
    report_add(reading->report, DUCKALOG_ERROR, code, node_get(reading->reference->node, "path")->position,
               text_string(&path), hint, "%s %s", reading->path, problem);
    text_free(&path);
    return false;
}

/* With line ends as YAML has them, and without a byte order mark. */
static char *normalised(struct arena *arena, const struct file_content *content)
{
    const char *from = content->chars;
    const char *end = from + content->length;
    char *text = arena_alloc(arena, content->length + 1);
    char *to = text;

    if (text == NULL)
        return NULL;
    if (content->length >= 3 && memcmp(from, "\xEF\xBB\xBF", 3) == 0)
        from += 3;
    for (; from < end; from++)
        if (*from != '\r')
            *to++ = *from;
        else if (from + 1 == end || from[1] != '\n')
            *to++ = '\n';
    *to = '\0';
    return text;
}

/* The file as a scalar: what knows places in a block of YAML knows them in it too. */
static struct node *text_node(const struct reading *reading, const struct file_content *content)
{
    struct arena *arena = reading->config->arena;
    const struct source *declaring = reading->reference->node->source;
    struct source *source = arena_alloc(arena, sizeof(*source));
    struct node *node;

    if (source == NULL)
        return NULL;
    source->shown = path_shown(arena, declaring->shown, declaring->directory, reading->path);
    source->directory = path_directory(arena, reading->path);
    node = node_create(arena, source, NODE_SCALAR, (struct position){ source->shown, 1, 1 });
    if (node == NULL || source->shown == NULL)
        return NULL;
    node->style = SCALAR_QUOTED;
    node->text = normalised(arena, content);
    node->text_line = 1;
    node->text_column = 1;
    node->text_indent = 1;
    return node->text == NULL ? NULL : node;
}

/* Is it written in a document from elsewhere, and leads to a file of this machine? */
static bool is_foreign(const struct reading *reading)
{
    const duckalog_remote_options *options = reading->config->remote_options;

    return reading->reference->node->source->is_remote && path_kind(reading->path) != PATH_URI &&
           !(options != NULL && options->allow_local_refs) && !reader_has(reading->config->reader, reading->path);
}

static bool fetch_text(const struct reading *reading, struct file_content *ret_content)
{
    struct remote_problem problem;

    return reader_fetch(reading->config->reader, reading->config->arena, reading->path, REMOTE_LARGEST_SQL_FILE,
                        ret_content, &problem) ||
           complain(reading, reader_problem_code(&problem), problem.hint, problem.message);
}

static bool read_content(const struct reading *reading, struct file_content *ret_content)
{
    struct duckalog_config *config = reading->config;
    /* Where they may be is decided by who is allowed to name them. */
    const struct roots *roots = reading->reference->node->source->is_remote ? NULL : &config->roots;
    const char *problem;

    if (reader_is_remote(config->reader, reading->path))
        return fetch_text(reading, ret_content);
    problem = reader_has(config->reader, reading->path)
                  ? reader_read(config->reader, config->arena, reading->path, roots, ret_content)
                  : file_read(config->arena, reading->path, roots, ret_content);
    if (problem != NULL)
        complain(reading, "sql-file",
                 strcmp(problem, FILE_OUTSIDE) == 0
                     ? "SQL files have to lie below the folder of the config; allow others with --allow-root"
                     : "the path starts at the folder of the file that it is written in",
                 problem);
    return problem == NULL;
}

static struct node *read_text(const struct reading *reading)
{
    struct file_content content;
    struct node *text;
    size_t valid;

    if (!read_content(reading, &content))
        return NULL;
    *reading->bytes += content.length;
    if (*reading->bytes > DOCUMENT_LARGEST_FILE) {
        complain(reading, "too-large", NULL, "is too much: the SQL files of the views are larger than 64 MiB together");
        return NULL;
    }
    valid = utf8_valid_length(content.chars, content.length);
    if (valid < content.length) {
        complain(reading, "encoding", "save the file as UTF-8 text", "is not valid UTF-8");
        return NULL;
    }
    if (memchr(content.chars, '\0', content.length) != NULL) {
        complain(reading, "nul", NULL, "holds a NUL character");
        return NULL;
    }
    text = text_node(reading, &content);
    if (text != NULL && !quote_keep(reading->config, text->position.file, content.chars, content.length, true))
        return NULL;
    return text;
}

static void mention_unused(const struct reading *reading)
{
    struct text path = text_on_heap();

    text_format(&path, "views[%u].sql_file.variables", reading->view->node->index);
    report_add(reading->report, DUCKALOG_WARNING, "variables-ignored",
               node_get(reading->reference->node, "variables")->position, text_string(&path),
               "write `as_template: true` too, or use `sql_template`", "not used: this file is no template");
    text_free(&path);
}

static bool read_reference(struct reading *reading, struct view *view)
{
    bool is_template = strcmp(reading->key, "sql_template") == 0 || reading->reference->as_template;
    struct node *text;
    const char *unclosed;

    if (reading->reference->path == NULL)
        return false;
    reading->path = path_resolve_file(reading->config->arena, reading->reference->node->source->directory,
                                      reading->reference->path);
    if (reading->path == NULL)
        return false;
    if (is_foreign(reading))
        return complain(reading, "local-reference", "--allow-local-refs allows it",
                        "is a file of this machine, which a document from elsewhere may not name");
    text = read_text(reading);
    if (text != NULL && is_template)
        text = template_fill(reading->config->arena, text, reading->reference->variables, reading->report);
    else if (text != NULL && reading->reference->variables != NULL)
        mention_unused(reading);
    if (text == NULL)
        return false;
    if (sql_count_statements(text->text, &unclosed) == 0)
        return complain(reading, "sql", "remove the view, or write its query", "holds no SQL");
    view->sql = text->text;
    view->sql_text = text;
    return true;
}

/* The reference of a view that has no SQL of its own, with its path made whole; NULL: there is none, or no memory. */
static struct sql_reference *find_reference(const struct duckalog_config *config, const struct view *view,
                                            const char **ret_path)
{
    struct sql_reference *reference = view->sql_file != NULL ? view->sql_file : view->sql_template;

    if (reference == NULL || view_has_sql(view) || reference->path == NULL)
        return NULL;
    *ret_path = path_resolve_file(config->arena, reference->node->source->directory, reference->path);
    return *ret_path == NULL ? NULL : reference;
}

/* Those from elsewhere, all at a time. */
static bool fetch_ahead(const struct duckalog_config *config)
{
    const char **uris = arena_array(config->arena, config->root.views.count, sizeof(*uris));
    size_t count = 0;

    for (size_t i = 0; uris != NULL && i < config->root.views.count; i++) {
        const struct sql_reference *reference = find_reference(config, &config->root.views.items[i], &uris[count]);

        if (reference == NULL || !reader_is_remote(config->reader, uris[count]))
            continue;
        if (!reference->node->source->is_remote)
            reader_expect(config->reader, uris[count]);
        count++;
    }
    reader_fetch_ahead(config->reader, uris, count, REMOTE_LARGEST_SQL_FILE);
    return uris != NULL || config->root.views.count == 0;
}

bool sql_files_read(struct duckalog_config *config, struct duckalog_report *report)
{
    size_t bytes = 0;
    bool good = fetch_ahead(config);

    for (size_t i = 0; i < config->root.views.count && bytes <= DOCUMENT_LARGEST_FILE; i++) {
        struct view *view = &config->root.views.items[i];
        struct reading reading = { .config = config, .report = report, .bytes = &bytes, .view = view };

        view->sql_text = node_get(view->node, "sql");
        reading.key = view->sql_file != NULL ? "sql_file" : "sql_template";
        reading.reference = view->sql_file != NULL ? view->sql_file : view->sql_template;
        if (reading.reference != NULL && !view_has_sql(view))
            good = read_reference(&reading, view) && good;
    }
    return good;
}
