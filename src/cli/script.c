#include "cli/script.h"

#include "base/arena.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool has_script(const struct invocation *invocation)
{
    return has_option(invocation, OPTION_QUERY) || has_option(invocation, OPTION_FILE);
}

/* ---- texts ---- */

static int add(struct script *script, const char *sql, const char *from)
{
    if (sql != NULL && sql[strspn(sql, " \t\r\n;")] == '\0') {
        print_error(NULL, NULL, "there is no SQL to run in %s", from);
        return exit_code_of(DUCKALOG_USAGE);
    }
    script->texts = arena_extend(script->arena, script->texts, script->count, sizeof(*script->texts));
    if (sql == NULL || script->texts == NULL)
        return exit_code_of(DUCKALOG_NOMEM);
    script->texts[script->count++] = sql;
    return 0;
}

static int cant_read(const char *from, const char *why)
{
    print_error(NULL, NULL, "%s can't be read: %s", from, why);
    return exit_code_of(DUCKALOG_USAGE);
}

static int add_stream(struct script *script, FILE *file, const char *from)
{
    struct text text = text_on_heap();
    char buffer[16 * 1024];
    size_t count;
    int code;

    while ((count = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add_length(&text, buffer, count);
    if (ferror(file))
        code = cant_read(from, strerror(errno));
    else if (text_string(&text) != NULL && strlen(text_string(&text)) != text.length)
        code = cant_read(from, "it has a NUL in it, so it is no SQL");
    else
        code =
            add(script, text_string(&text) == NULL ? NULL : arena_copy(script->arena, text.chars, text.length), from);
    text_free(&text);
    return code;
}

static int add_file(struct script *script, const char *path)
{
    FILE *file;
    int code;

    if (strcmp(path, "-") == 0)
        return add_stream(script, stdin, "standard input");
    file = fopen(path, "re");
    if (file == NULL)
        return cant_read(path, strerror(errno));
    code = add_stream(script, file, path);
    fclose(file);
    return code;
}

/* Both options may be there several times; which text comes next is told by its place. */
static int add_options(struct script *script, const struct invocation *invocation)
{
    int query = 0;
    int file = 0;
    int code = 0;

    while (code == 0 && (query < invocation->counts[OPTION_QUERY] || file < invocation->counts[OPTION_FILE])) {
        bool is_query = file == invocation->counts[OPTION_FILE] ||
                        (query < invocation->counts[OPTION_QUERY] &&
                         invocation->list_places[OPTION_QUERY][query] < invocation->list_places[OPTION_FILE][file]);

        code = is_query ? add(script, invocation->lists[OPTION_QUERY][query++], "--query")
                        : add_file(script, invocation->lists[OPTION_FILE][file++]);
    }
    return code;
}

/* ---- parameters ---- */

static int add_parameters(struct script *script, const struct invocation *invocation)
{
    size_t count = (size_t)invocation->counts[OPTION_PARAM];

    script->parameters = arena_array(script->arena, count, sizeof(*script->parameters));
    for (size_t i = 0; script->parameters != NULL && i < count; i++) {
        const char *given = invocation->lists[OPTION_PARAM][i];
        size_t length = strspn(given, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

        if (length == 0 || given[length] != '=') {
            print_error(NULL, "the SQL has it as $NAME", "--param takes NAME=VALUE, not \"%s\"", given);
            return exit_code_of(DUCKALOG_USAGE);
        }
        script->parameters[script->parameter_count++] =
            (struct result_parameter){ .name = arena_copy(script->arena, given, length), .value = given + length + 1 };
    }
    return arena_failed(script->arena) ? exit_code_of(DUCKALOG_NOMEM) : 0;
}

/* ---- the whole ---- */

int script_read(const struct invocation *invocation, const char *operand, struct script *ret_script)
{
    int code = 0;

    *ret_script = (struct script){ .arena = arena_create(ARENA_PLAIN) };
    if (ret_script->arena == NULL)
        return exit_code_of(DUCKALOG_NOMEM);
    code = add_parameters(ret_script, invocation);
    if (code == 0 && operand != NULL)
        code = strcmp(operand, "-") == 0 ? add_file(ret_script, operand) : add(ret_script, operand, "the command line");
    if (code == 0)
        code = add_options(ret_script, invocation);
    /* There is always room for the end: arena_extend() gives one more than there are. */
    ret_script->texts =
        arena_extend(ret_script->arena, ret_script->texts, ret_script->count, sizeof(*ret_script->texts));
    if (ret_script->texts != NULL)
        ret_script->texts[ret_script->count] = NULL;
    return code == 0 && ret_script->texts == NULL ? exit_code_of(DUCKALOG_NOMEM) : code;
}

void script_free(struct script *script)
{
    arena_destroy(script->arena);
}

struct result_session script_session(const struct invocation *invocation, const struct script *script)
{
    const char *limit = invocation->values[OPTION_TIMEOUT];

    return (struct result_session){ .parameters = script->parameters,
                                    .parameter_count = script->parameter_count,
                                    .shows_progress = progress_is_wanted(invocation),
                                    .keeps_going = has_option(invocation, OPTION_KEEP_GOING),
                                    .limit_s = limit != NULL ? (int)strtol(limit, NULL, 10) : 0 };
}

int script_run(const struct result_session *session, const struct script *script, const struct result_form *form)
{
    int code = results_print(session, script->texts, form);

    for (size_t i = 0; code == 0 && i < script->parameter_count; i++)
        if (!script->parameters[i].is_used)
            fprintf(stderr, "warning: no statement has the parameter $%s of --param\n", script->parameters[i].name);
    return code;
}
