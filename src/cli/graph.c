/*
 * duckalog graph CONFIG: what reads what in a catalog, as text, for Mermaid, for Graphviz, or as JSON. Nodes are called by
 * letter and number, so that no name can be taken for a word of those languages; names are only ever labels.
 */

#include "plan/graph.h"
#include "base/arena.h"
#include "base/text.h"
#include "cli/file.h"
#include "cli/graph_text.h"
#include "cli/json.h"
#include "cli/output/frame.h"
#include "cli/output/terminal.h"
#include "cli/print.h"
#include "cli/show.h"
#include "engine/parser.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How each kind of node is drawn. */
static const struct {
    char letter;
    const char *word; /* for programs */
    const char *open; /* Mermaid's shape */
    const char *close;
    const char *shape; /* Graphviz' */
} kinds[GRAPH_KINDS] = {
    [GRAPH_FILE] = { 'f', "file", "[/\"", "\"/]", "note" },
    [GRAPH_ATTACHMENT] = { 'a', "attachment", "[(\"", "\")]", "cylinder" },
    [GRAPH_ICEBERG] = { 'i', "iceberg_catalog", "[(\"", "\")]", "cylinder" },
    [GRAPH_NESTED] = { 'c', "catalog", "[[\"", "\"]]", "folder" },
    [GRAPH_VIEW] = { 'v', "view", "[\"", "\"]", "box" },
    [GRAPH_MODEL] = { 'm', "semantic_model", "{{\"", "\"}}", "hexagon" },
};

struct drawing {
    struct arena *arena;
    const struct graph *graph;
    struct graph_look look;
    struct text text;
};

static void add_id(struct drawing *drawing, size_t node)
{
    const struct graph_node *found = &drawing->graph->nodes[node];

    text_format(&drawing->text, "%c%zu", kinds[found->kind].letter, found->number);
}

/* "reports.sales", "crm (duckdb)": on one line. */
static const char *label_of(struct drawing *drawing, const struct graph_node *node)
{
    const char *label = node->name;

    if (node->schema != NULL)
        label = arena_format(drawing->arena, "%s.%s", node->schema, node->name);
    else if (node->type != NULL && node->kind != GRAPH_FILE)
        label = arena_format(drawing->arena, "%s (%s)", node->name, node->type);
    else if (node->kind == GRAPH_NESTED)
        label = arena_format(drawing->arena, "%s (catalog)", node->name);
    return label == NULL ? "" : frame_escaped(drawing->arena, label, strlen(label));
}

/* ---- Mermaid ---- */

static bool is_letter(char c)
{
    return (unsigned char)c >= 0x80 || isalnum((unsigned char)c);
}

/*
 * Does a character mean nothing to Mermaid where it stands? Some of its versions take labels for Markdown, which knows
 * `_x_`, `- x`, `1. x` and http://x.
 */
static bool is_plain(const char *label, size_t at)
{
    char next = label[at + 1];

    if (is_letter(label[at]) || strchr(" /,()=", label[at]) != NULL)
        return true;
    if (at == 0)
        return false;
    if (label[at] == '_' || label[at] == ':')
        return is_letter(label[at - 1]) && is_letter(next);
    return (label[at] == '-' || label[at] == '.') && next != ' ' && next != '\0';
}

/* All other characters are written as their numbers. */
static void add_mermaid_text(struct drawing *drawing, const char *label)
{
    for (size_t i = 0; label != NULL && label[i] != '\0'; i++)
        if (is_plain(label, i))
            text_add_char(&drawing->text, label[i]);
        else
            text_format(&drawing->text, "#%d;", label[i]);
}

static void draw_mermaid(struct drawing *drawing)
{
    const struct graph *graph = drawing->graph;

    text_add(&drawing->text, "flowchart LR\n");
    for (size_t i = 0; i < graph->node_count; i++) {
        text_add(&drawing->text, "    ");
        add_id(drawing, i);
        text_add(&drawing->text, kinds[graph->nodes[i].kind].open);
        add_mermaid_text(drawing, label_of(drawing, &graph->nodes[i]));
        text_format(&drawing->text, "%s\n", kinds[graph->nodes[i].kind].close);
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        text_add(&drawing->text, "    ");
        add_id(drawing, graph->edges[i].from);
        text_add(&drawing->text, " -->");
        if (graph->edges[i].label != NULL) {
            text_add(&drawing->text, "|\"");
            add_mermaid_text(drawing,
                             frame_escaped(drawing->arena, graph->edges[i].label, strlen(graph->edges[i].label)));
            text_add(&drawing->text, "\"|");
        }
        text_add(&drawing->text, " ");
        add_id(drawing, graph->edges[i].to);
        text_add(&drawing->text, "\n");
    }
}

/* ---- Graphviz ---- */

/* A quoted string, in which a backslash begins an escape, and & one of HTML's names for characters. */
static void add_dot_text(struct drawing *drawing, const char *label)
{
    text_add_char(&drawing->text, '"');
    for (; label != NULL && *label != '\0'; label++) {
        if (*label == '"' || *label == '\\')
            text_add_char(&drawing->text, '\\');
        if (*label == '&')
            text_add(&drawing->text, "&amp;");
        else
            text_add_char(&drawing->text, *label);
    }
    text_add_char(&drawing->text, '"');
}

static void draw_dot(struct drawing *drawing)
{
    const struct graph *graph = drawing->graph;

    text_add(&drawing->text, "digraph catalog {\n    rankdir=LR;\n");
    for (size_t i = 0; i < graph->node_count; i++) {
        text_add(&drawing->text, "    ");
        add_id(drawing, i);
        text_format(&drawing->text, " [shape=%s, label=", kinds[graph->nodes[i].kind].shape);
        add_dot_text(drawing, label_of(drawing, &graph->nodes[i]));
        text_add(&drawing->text, "];\n");
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        text_add(&drawing->text, "    ");
        add_id(drawing, graph->edges[i].from);
        text_add(&drawing->text, " -> ");
        add_id(drawing, graph->edges[i].to);
        if (graph->edges[i].label != NULL) {
            text_add(&drawing->text, " [label=");
            add_dot_text(drawing, frame_escaped(drawing->arena, graph->edges[i].label, strlen(graph->edges[i].label)));
            text_add(&drawing->text, "]");
        }
        text_add(&drawing->text, ";\n");
    }
    text_add(&drawing->text, "}\n");
}

/* ---- JSON ---- */

static json_t *id_in_json(const struct drawing *drawing, size_t node)
{
    const struct graph_node *found = &drawing->graph->nodes[node];
    const char *id = arena_format(drawing->arena, "%c%zu", kinds[found->kind].letter, found->number);

    return id == NULL ? NULL : json_string(id);
}

static json_t *node_in_json(const struct drawing *drawing, size_t index)
{
    const struct graph_node *node = &drawing->graph->nodes[index];
    json_t *object = json_with_key(json_object(), "id", id_in_json(drawing, index));

    object = json_with_key(object, "kind", json_string(kinds[node->kind].word));
    object = json_with_key(object, "name", json_text(node->name));
    object =
        json_with_key(object, "schema",
                      node->kind == GRAPH_VIEW && node->schema == NULL ? json_string("main") : json_text(node->schema));
    return json_with_key(object, "type", json_text(node->type));
}

static void draw_json(struct drawing *drawing)
{
    const struct graph *graph = drawing->graph;
    json_t *nodes = json_array();
    json_t *edges = json_array();
    json_t *whole;
    char *printed;

    for (size_t i = 0; i < graph->node_count; i++)
        nodes = json_with_item(nodes, node_in_json(drawing, i));
    for (size_t i = 0; i < graph->edge_count; i++) {
        json_t *edge = json_with_key(json_object(), "from", id_in_json(drawing, graph->edges[i].from));

        edge = json_with_key(edge, "to", id_in_json(drawing, graph->edges[i].to));
        edges = json_with_item(edges, json_with_key(edge, "label", json_text(graph->edges[i].label)));
    }
    whole = json_with_key(json_with_key(json_object(), "nodes", nodes), "edges", edges);
    printed = whole == NULL ? NULL : json_dumps(whole, JSON_INDENT(2));
    json_decref(whole);
    if (printed == NULL)
        drawing->text.failed = true;
    else
        text_format(&drawing->text, "%s\n", printed);
    free(printed);
}

/* ---- text ---- */

static void draw_text(struct drawing *drawing)
{
    drawing->text.failed =
        !graph_add_text(drawing->arena, drawing->graph, &drawing->look, &drawing->text) || drawing->text.failed;
}

/* ---- the command ---- */

/* In the order of the words of --format. */
enum format { MERMAID, DOT, JSON, TEXT };

/* A person sees a drawing, and a program gets a language, when neither asked for a form. */
static bool is_for_a_person(const struct invocation *invocation)
{
    return !has_option(invocation, OPTION_GRAPH_FORMAT) && !has_option(invocation, OPTION_JSON) &&
           !has_option(invocation, OPTION_OUTPUT) && terminal_of_output().is_there;
}

static int draw(struct arena *arena, const struct duckalog_config *config, enum format format, const char *file)
{
    static void (*const draw_as[])(
        struct drawing *) = { [MERMAID] = draw_mermaid, [DOT] = draw_dot, [JSON] = draw_json, [TEXT] = draw_text };
    struct terminal terminal = file == NULL ? terminal_of_output() : (struct terminal){ 0 };
    struct drawing drawing = { .arena = arena,
                               .text = text_in(arena),
                               .look = { .title = config->source.shown,
                                         .folder = config->source.directory,
                                         .has_boxes = terminal.has_boxes,
                                         .width = terminal.width } };
    struct graph graph;
    struct parser parser;
    struct query_reader reader = parser_reader(&parser);
    bool good;

    parser_begin(&parser, NULL);
    good = graph_build(arena, config, &reader, &graph);
    parser_end(&parser);
    if (good) {
        drawing.graph = &graph;
        draw_as[format](&drawing);
    }
    if (!good || text_string(&drawing.text) == NULL) {
        print_error(NULL, NULL, "not enough memory to draw the catalog");
        return exit_code_of(DUCKALOG_NOMEM);
    }
    if (file != NULL)
        return file_write(file, text_string(&drawing.text), false);
    fputs(text_string(&drawing.text), stdout);
    return finish_output();
}

int command_graph(const struct invocation *invocation)
{
    struct duckalog_config *config;
    struct arena *arena;
    int format;
    int code;

    if (!json_or_form(invocation, OPTION_GRAPH_FORMAT, &format))
        return exit_code_of(DUCKALOG_USAGE);
    if (is_for_a_person(invocation))
        format = TEXT;
    config = show_load_good(invocation, &code);
    if (config == NULL)
        return code;
    arena = arena_create(ARENA_WIPED);
    code = arena == NULL ? exit_code_of(DUCKALOG_NOMEM)
                         : draw(arena, config, (enum format)format, invocation->values[OPTION_OUTPUT]);
    arena_destroy(arena);
    duckalog_config_free(config);
    return code;
}
