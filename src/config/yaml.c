/*
 * YAML into a Document: libyaml's events, with the place of each value.
 *
 * An alias shares the node of its anchor, so a document of aliases to aliases stays as small as it is written; what it
 * would cost to walk over is counted as it is read, and in `weight`.
 */

#include "config/document.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"

#include <string.h>
#include <yaml.h>

/* libyaml compares each %TAG with all before it: a file of nothing else would take hours. */
enum { MOST_TAG_DIRECTIVES = 100 };

/* Keys that `<<` copies: each costs memory, though the document is no longer for it. */
enum { MOST_MERGED = 1000 * 1000 };

struct reader {
    struct arena *arena;
    const struct source *source;
    struct duckalog_report *report;
    const char *chars;
    size_t length;
    const char *line; /* where the line numbered `line_number`, from 0, begins: moves on with the events */
    size_t line_number;
    yaml_parser_t parser;
    struct map *anchors;
    struct node *open[DOCUMENT_DEEPEST]; /* lists and maps being read; an alias to one of them would never end */
    size_t depth;
    size_t values; /* read so far, aliases counted each time */
    size_t merged; /* keys copied by `<<` so far */
};

static struct position position_of(const struct reader *reader, yaml_mark_t mark)
{
    return (struct position){ reader->source->shown, (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

/* libyaml tells the byte of an encoding error, not the line. */
static struct position position_of_byte(const struct reader *reader, size_t offset)
{
    struct position position = { reader->source->shown, 1, 1 };

    for (size_t i = 0; i < offset && i < reader->length; i++) {
        position.column += (reader->chars[i] & 0xC0) != 0x80;
        if (reader->chars[i] == '\n') {
            position.line++;
            position.column = 1;
        }
    }
    return position;
}

static void report_no_memory(struct reader *reader)
{
    report_add(reader->report, DUCKALOG_ERROR, "no-memory", (struct position){ .file = reader->source->shown }, NULL,
               NULL, "not enough memory to read this file");
}

static void report_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct position position = position_of(reader, parser->problem_mark);
    const char *problem = parser->problem != NULL ? parser->problem : "not valid YAML";
    const char *hint = NULL;

    if (parser->error == YAML_MEMORY_ERROR) {
        report_no_memory(reader);
        return;
    }
    if (parser->error == YAML_READER_ERROR) {
        report_add(reader->report, DUCKALOG_ERROR, "encoding", position_of_byte(reader, parser->problem_offset), NULL,
                   "save the file as UTF-8 text", "%s", problem);
        return;
    }
    if (strstr(problem, "tab") != NULL || strstr(problem, "cannot start any token") != NULL)
        hint = "indent with spaces, and put values that begin with @, ` or % in quotes";
    else if (strstr(problem, "expected ',' or") != NULL)
        hint = "inside [ ] and { } a ${env:NAME} needs quotes around it";
    else if (strstr(problem, "mapping values are not allowed") != NULL)
        hint = "a value that holds \": \" needs quotes around it";
    report_add(reader->report, DUCKALOG_ERROR, "syntax", position, NULL, hint, "%s%s%s", problem,
               parser->context != NULL ? " " : "", parser->context != NULL ? parser->context : "");
}

/* A value that an event begins. */
static struct node *begin(struct reader *reader, enum node_kind kind, const yaml_event_t *event)
{
    struct position position = position_of(reader, event->start_mark);

    if (!document_count_values(&reader->values, 1, position, reader->report))
        return NULL;
    return node_create(reader->arena, reader->source, kind, position);
}

static bool next_event(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    report_syntax(reader);
    return false;
}

/* What a scalar says may be a secret: libyaml would free it as it is. */
static void forget_event(yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        explicit_bzero(event->data.scalar.value, event->data.scalar.length);
    yaml_event_delete(event);
}

/*
 * The same for what libyaml holds of the file. Copies that it left behind while a long scalar grew are out of reach: they
 * are parts of it, from its beginning.
 */
static void forget_parser(yaml_parser_t *parser)
{
    explicit_bzero(parser->raw_buffer.start, (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
    explicit_bzero(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
    for (yaml_token_t *token = parser->tokens.head; token != parser->tokens.tail; token++)
        if (token->type == YAML_SCALAR_TOKEN)
            explicit_bzero(token->data.scalar.value, token->data.scalar.length);
    yaml_parser_delete(parser);
}

static struct node *read_value(struct reader *reader, yaml_event_t *event);

static bool remember_anchor(struct reader *reader, const yaml_char_t *anchor, struct node *node)
{
    char *name;

    if (anchor == NULL)
        return true;
    name = arena_string(reader->arena, (const char *)anchor);
    return name != NULL && map_set(reader->anchors, name, node);
}

/*
 * The tags that say what a plain value would be taken for anyway are fine; one that names a type of a language is not.
 */
static bool check_tag(struct reader *reader, const yaml_char_t *tag, struct position position)
{
    static const char core[] = "tag:yaml.org,2002:";
    static const char *const known[] = { "str", "int", "float", "bool", "null", "seq", "map" };

    if (tag == NULL || strcmp((const char *)tag, "!") == 0)
        return true;
    if (starts_with((const char *)tag, core))
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (strcmp((const char *)tag + sizeof(core) - 1, known[i]) == 0)
                return true;
    /* Not the tag itself: an unquoted password may begin with a ! too. */
    report_add(reader->report, DUCKALOG_ERROR, "tag", position, NULL,
               "a value that begins with ! needs quotes around it", "this YAML tag has no meaning in a config");
    return false;
}

static bool is_plain_null(const char *text)
{
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
           strcmp(text, "NULL") == 0;
}

/* The bytes of a line of the file, asked for in rising order; NULL after the last one. */
static const char *find_line(struct reader *reader, size_t number)
{
    const char *end = reader->chars + reader->length;

    if (reader->line == NULL || number < reader->line_number) {
        reader->line = reader->chars;
        reader->line_number = 0;
    }
    while (reader->line_number < number) {
        const char *next = memchr(reader->line, '\n', (size_t)(end - reader->line));

        if (next == NULL)
            return NULL;
        reader->line = next + 1;
        reader->line_number++;
    }
    return reader->line;
}

/* The blanks that a literal block is indented by: those of its first line that is not empty. */
static unsigned block_indent(struct reader *reader, const yaml_event_t *event)
{
    const char *end = reader->chars + reader->length;

    for (size_t number = event->start_mark.line + 1; number <= event->end_mark.line; number++) {
        const char *line = find_line(reader, number);
        unsigned blanks = 0;

        while (line != NULL && line + blanks < end && line[blanks] == ' ')
            blanks++;
        if (line != NULL && line + blanks < end && line[blanks] != '\n' && line[blanks] != '\r')
            return blanks;
    }
    return 0;
}

/* Where the text of a scalar is written as it reads, a place in it is a place in the file. */
static void place_text(struct reader *reader, const yaml_event_t *event, struct node *node)
{
    size_t written = event->end_mark.column - event->start_mark.column;
    size_t length = utf8_count(node->text, strlen(node->text));

    if (event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE) {
        unsigned indent = block_indent(reader, event);

        node->text_line = indent > 0 ? node->position.line + 1 : 0;
        node->text_column = indent + 1;
        node->text_indent = indent + 1;
    } else if (event->start_mark.line == event->end_mark.line && (written == length || written == length + 2)) {
        node->text_line = node->position.line;
        node->text_column = node->position.column + (written > length);
    }
}

/* The text of a scalar or key. */
static const char *read_text(struct reader *reader, const yaml_event_t *event)
{
    struct position position = position_of(reader, event->start_mark);
    const char *chars = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;

    if (!check_tag(reader, event->data.scalar.tag, position))
        return NULL;
    if (memchr(chars, '\0', length) != NULL) {
        report_add(reader->report, DUCKALOG_ERROR, "nul", position, NULL, NULL, "a value can't hold a NUL character");
        return NULL;
    }
    return arena_copy(reader->arena, chars, length);
}

static struct node *read_scalar(struct reader *reader, const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct node *node = begin(reader, NODE_SCALAR, event);

    if (node == NULL)
        return NULL;
    node->text = read_text(reader, event);
    if (node->text == NULL || !remember_anchor(reader, event->data.scalar.anchor, node))
        return NULL;
    if (tag != NULL)
        plain = plain && strcmp(tag, "!") != 0 && strstr(tag, ":str") == NULL;
    if (plain && is_plain_null(node->text))
        node->kind = NODE_NULL;
    node->style = plain ? SCALAR_PLAIN : SCALAR_QUOTED;
    place_text(reader, event, node);
    return node;
}

static struct node *read_alias(struct reader *reader, const yaml_event_t *event)
{
    struct position position = position_of(reader, event->start_mark);
    const char *name = (const char *)event->data.alias.anchor;
    struct node *node = map_find(reader->anchors, name);

    if (node == NULL) {
        report_add(reader->report, DUCKALOG_ERROR, "alias", position, NULL,
                   "a value that begins with * needs quotes around it", "this alias has no anchor before it");
        return NULL;
    }
    for (size_t i = 0; i < reader->depth; i++)
        if (reader->open[i] == node) {
            report_add(reader->report, DUCKALOG_ERROR, "alias", position, NULL, NULL,
                       "this alias stands inside of what it names");
            return NULL;
        }
    return document_count_values(&reader->values, node->weight, position, reader->report) ? node : NULL;
}

static bool enter(struct reader *reader, struct node *node)
{
    if (reader->depth == DOCUMENT_DEEPEST) {
        report_add(reader->report, DUCKALOG_ERROR, "too-deep", node->position, NULL, NULL,
                   "lists and mappings are nested more than %d deep", DOCUMENT_DEEPEST);
        return false;
    }
    reader->open[reader->depth++] = node;
    return true;
}

static struct node *read_list(struct reader *reader, const yaml_event_t *start)
{
    struct node *list = begin(reader, NODE_LIST, start);

    if (list == NULL || !check_tag(reader, start->data.sequence_start.tag, list->position) ||
        !remember_anchor(reader, start->data.sequence_start.anchor, list) || !enter(reader, list))
        return NULL;
    for (;;) {
        yaml_event_t event;
        bool ended;
        struct node *item = NULL;

        if (!next_event(reader, &event))
            return NULL;
        ended = event.type == YAML_SEQUENCE_END_EVENT;
        if (!ended)
            item = read_value(reader, &event);
        forget_event(&event);
        if (ended)
            break;
        if (item == NULL || !node_append_item(reader->arena, list, item))
            return NULL;
    }
    reader->depth--;
    return list;
}

/* What one of the values of `<<` may be. */
static bool check_merged(struct reader *reader, const struct node *source, struct position position)
{
    if (source->kind != NODE_MAP) {
        report_add(reader->report, DUCKALOG_ERROR, "merge", position, NULL, NULL,
                   "\"<<\" takes a mapping, or a list of mappings");
        return false;
    }
    reader->merged += source->count;
    if (reader->merged <= MOST_MERGED)
        return true;
    report_add(reader->report, DUCKALOG_ERROR, "too-large", position, NULL, "write less, or split the config",
               "\"<<\" copies more than %d keys in this document", MOST_MERGED);
    return false;
}

static void append_all(struct node *map, const struct node *source, const struct entry *except)
{
    for (size_t i = 0; i < source->count; i++)
        if (&source->entries[i] != except) {
            map->entries[map->count++] = source->entries[i];
            map->weight += source->entries[i].value->weight;
        }
}

/*
 * `<<: *base` and `<<: [*a, *b]`: keys that the mapping does not have itself come from there, the first one wins. Their
 * values were counted with the alias; the copied keys are counted here.
 */
static bool merge_keys(struct reader *reader, struct node *map)
{
    const struct entry *merge = node_entry(map, "<<");
    struct node own = *map;
    struct node *const *sources;
    size_t count;
    size_t total = map->count;

    if (merge == NULL)
        return true;
    sources = merge->value->kind == NODE_LIST ? merge->value->items : (struct node *const *)&merge->value;
    count = merge->value->kind == NODE_LIST ? merge->value->count : 1;
    for (size_t i = 0; i < count; i++) {
        if (!check_merged(reader, sources[i], merge->position))
            return false;
        total += sources[i]->count;
    }
    map->entries = arena_array(reader->arena, arena_room(total), sizeof(*map->entries));
    map->count = 0;
    map->weight = 1;
    if (map->entries == NULL)
        return false;
    append_all(map, &own, merge);
    for (size_t i = 0; i < count; i++)
        append_all(map, sources[i], NULL);
    return node_keep_first_of_keys(map);
}

/* Null for the end of the mapping as well: `ended` tells. */
static const char *read_key(struct reader *reader, struct position *position, bool *ended)
{
    yaml_event_t event;
    const char *key = NULL;

    *ended = false;
    if (!next_event(reader, &event))
        return NULL;
    *position = position_of(reader, event.start_mark);
    *ended = event.type == YAML_MAPPING_END_EVENT;
    if (event.type == YAML_SCALAR_EVENT && event.data.scalar.anchor != NULL) {
        struct node *node = read_scalar(reader, &event); /* an alias may want it as a value */

        key = node == NULL ? NULL : node->text;
    } else if (event.type == YAML_SCALAR_EVENT)
        key = read_text(reader, &event);
    else if (!*ended)
        report_add(reader->report, DUCKALOG_ERROR, "key", *position, NULL, NULL, "a key must be a plain word or text");
    forget_event(&event);
    return key;
}

static struct node *read_map(struct reader *reader, const yaml_event_t *start)
{
    struct node *map = begin(reader, NODE_MAP, start);

    if (map == NULL || !check_tag(reader, start->data.mapping_start.tag, map->position) ||
        !remember_anchor(reader, start->data.mapping_start.anchor, map) || !enter(reader, map))
        return NULL;
    for (;;) {
        struct position position;
        yaml_event_t event;
        struct node *value;
        bool ended;
        const char *key = read_key(reader, &position, &ended);

        if (ended)
            break;
        if (key == NULL || !next_event(reader, &event))
            return NULL;
        value = read_value(reader, &event);
        forget_event(&event);
        if (value == NULL || !node_append_entry(reader->arena, map, key, position, value))
            return NULL;
    }
    reader->depth--;
    if (!node_check_keys(map, reader->report) || !merge_keys(reader, map))
        return NULL;
    return map;
}

static struct node *read_value(struct reader *reader, yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(reader, event);
    case YAML_ALIAS_EVENT:
        return read_alias(reader, event);
    case YAML_SEQUENCE_START_EVENT:
        return read_list(reader, event);
    case YAML_MAPPING_START_EVENT:
        return read_map(reader, event);
    default:
        return NULL;
    }
}

static struct node *read_document(struct reader *reader)
{
    struct node *root = NULL;
    bool ended = false;

    while (!ended) {
        yaml_event_t event;
        bool good = true;

        if (!next_event(reader, &event))
            return NULL;
        switch (event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_STREAM_END_EVENT:
            ended = true;
            break;
        case YAML_DOCUMENT_START_EVENT:
            good = root == NULL;
            if (!good)
                report_add(reader->report, DUCKALOG_ERROR, "several-documents", position_of(reader, event.start_mark),
                           NULL, "put each config into a file of its own",
                           "a config is one YAML document; a second one starts here");
            break;
        default:
            root = read_value(reader, &event);
            good = root != NULL;
        }
        forget_event(&event);
        if (!good)
            return NULL;
    }
    if (root == NULL)
        root = node_create(reader->arena, reader->source, NODE_NULL, (struct position){ reader->source->shown, 1, 1 });
    return root;
}

/* A line may begin after any of YAML's line breaks, and in UTF-16: what is before it is a control or no ASCII. */
static bool is_tag_directive(const char *chars, size_t i, size_t length)
{
    unsigned char before = i == 0 ? '\n' : (unsigned char)chars[i - 1];

    if (chars[i] != '%' || length - i < 4 || (before >= ' ' && before < 0x7F))
        return false;
    return memcmp(chars + i, "%TAG", 4) == 0 || chars[i + 1] == '\0';
}

static bool check_tag_directives(struct reader *reader)
{
    const char *end = reader->chars + reader->length;
    const char *c = memchr(reader->chars, '%', reader->length);
    size_t count = 0;

    for (; c != NULL && count <= MOST_TAG_DIRECTIVES; c = memchr(c + 1, '%', (size_t)(end - c - 1))) {
        count += is_tag_directive(reader->chars, (size_t)(c - reader->chars), reader->length);
        if (count > MOST_TAG_DIRECTIVES)
            report_add(reader->report, DUCKALOG_ERROR, "tag", position_of_byte(reader, (size_t)(c - reader->chars)),
                       NULL, "remove the lines that begin with %TAG",
                       "a config has no use for YAML tags, and none for more than %d directives", MOST_TAG_DIRECTIVES);
    }
    return count <= MOST_TAG_DIRECTIVES;
}

struct node *yaml_read(struct arena *arena, const struct source *source, const char *chars, size_t length,
                       struct duckalog_report *report)
{
    struct reader reader = { .arena = arena, .source = source, .report = report, .chars = chars, .length = length };
    size_t errors = duckalog_report_errors(report);
    struct node *root = NULL;

    reader.anchors = map_create(arena, MAP_EXACT);
    if (reader.anchors == NULL || !yaml_parser_initialize(&reader.parser)) {
        report_no_memory(&reader);
        return NULL;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)chars, length);
    if (check_tag_directives(&reader))
        root = read_document(&reader);
    forget_parser(&reader.parser);
    if (root == NULL && duckalog_report_errors(report) == errors)
        report_no_memory(&reader);
    return root;
}
