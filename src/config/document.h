#ifndef DUCKALOG_CONFIG_DOCUMENT_H
#define DUCKALOG_CONFIG_DOCUMENT_H

/*
 * A Document: YAML or JSON as written, each value with its place. What a scalar means is not decided here: the schema
 * knows whether `on` is a name or a boolean.
 */

#include "base/report.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct duckalog_report;

enum node_kind { NODE_NULL, NODE_SCALAR, NODE_LIST, NODE_MAP };

enum scalar_style {
    SCALAR_PLAIN,  /* bare in YAML; number, true or false in JSON: its type is open */
    SCALAR_QUOTED, /* quoted or a block in YAML, a string in JSON: text, whatever it looks like */
};

/* A file that a document, or a query, was read from. */
struct source {
    const char *shown;     /* as messages call it */
    const char *directory; /* absolute: where the relative paths in it start */
    bool is_remote;        /* it comes from elsewhere, and not by the hand of the caller */
};

/*
 * What a text was made of, when parts of another were replaced: piece by piece, from its start on. The places of the
 * node are then those of the other text.
 */
struct text_origin {
    const char *text;
    const struct text_piece *pieces; /* by their starts; the first one starts at 0 */
    size_t count;
};

struct text_piece {
    size_t start;  /* in the text that was made */
    size_t origin; /* in the other one */
    bool replaced; /* all of it stands for what is at `origin` */
};

struct entry;

struct node {
    enum node_kind kind;
    enum scalar_style style;
    bool visited;    /* by interpolation: an aliased node is reached several times */
    bool joined;     /* made by merging files, so that it may grow; its places are those of the last one */
    bool unresolved; /* a placeholder in it can't be replaced, which is reported */
    unsigned index;  /* in the list that it is written in, from 0: lists of several files are joined later */
    struct position position;
    const struct source *source;
    /* The nodes below and this one, aliases counted each time they are used: what a walk over the tree costs. */
    unsigned weight;
    /* Where the text begins, and the column of its further lines; zero when it is not written as it reads. */
    unsigned text_line;
    unsigned text_column;
    unsigned text_indent;
    const char *text; /* of a scalar */
    union {
        const struct text_origin *origin; /* of a scalar; NULL: the text is as it was read. No pieces: not known */
        struct node **items;              /* of a list */
        struct entry *entries;            /* of a map, in written order */
    };
    size_t count; /* of items or entries */
};

struct entry {
    const char *key;
    struct position position; /* of the key */
    struct node *value;
};

/* Refuses to read more than this: a config is written by people (config-language.md D-5). */
enum {
    DOCUMENT_LARGEST_FILE = 64 * 1024 * 1024, /* bytes */
    DOCUMENT_MOST_NODES = 2 * 1000 * 1000, /* aliases counted each time: 100,000 views of ten keys are a half of it */
    DOCUMENT_DEEPEST = 64,
};

/*
 * Read a document. The ending of its source's name decides: .json is read as JSON, all else as YAML. All of the document
 * lives in the arena; the source must outlive it.
 *
 * Returns NULL after reporting why. An empty document is a NODE_NULL.
 */
struct node *document_read(struct arena *arena, const struct source *source, const char *chars, size_t length,
                           struct duckalog_report *report);

struct node *yaml_read(struct arena *arena, const struct source *source, const char *chars, size_t length,
                       struct duckalog_report *report);
struct node *json_read(struct arena *arena, const struct source *source, const char *chars, size_t length,
                       struct duckalog_report *report);

/* The value of a key, or NULL. */
struct node *node_get(const struct node *map, const char *key);

/* The entry of a key, or NULL. */
const struct entry *node_entry(const struct node *map, const char *key);

/*
 * The place of a byte of a scalar's text; of the scalar, when its text is folded or holds escapes; of the placeholder,
 * when the byte belongs to what that was replaced by.
 */
struct position node_place_in_text(const struct node *node, size_t offset);

/* The text of a scalar as it is in the file, with placeholders and all. */
const char *node_written(const struct node *scalar);

/* The length of the UTF-8 sequence at `s`, or 0: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t utf8_length(const unsigned char *s, size_t left);

/* How many bytes from the beginning are valid UTF-8: all, or up to the first that is not. */
size_t utf8_valid_length(const char *chars, size_t length);

/* The characters of a UTF-8 text of so many bytes. */
size_t utf8_count(const char *chars, size_t length);

/* Is this a scalar that stands for nothing: absent, null or empty text? */
bool node_is_empty(const struct node *node);

/*
 * Builds lists and maps one element at a time; shared by both readers, as are the checks. Each returns false when there
 * is no memory.
 */
struct node *node_create(struct arena *arena, const struct source *source, enum node_kind kind,
                         struct position position);
bool node_append_item(struct arena *arena, struct node *list, struct node *item);

bool node_append_entry(struct arena *arena, struct node *map, const char *key, struct position position,
                       struct node *value);

/* A key that is there twice is reported (D-2), and false returned. */
bool node_check_keys(const struct node *map, struct duckalog_report *report);

/* Leaves the first entry of each key. */
bool node_keep_first_of_keys(struct node *map);

/*
 * Adds to the values read so far. To be asked before they are made, so that a document that is too large costs no more
 * than the largest that is not. False after reporting that there are too many.
 */
bool document_count_values(size_t *values, size_t more, struct position position, struct duckalog_report *report);

#endif
