#ifndef DUCKALOG_CONFIG_IMPORTS_H
#define DUCKALOG_CONFIG_IMPORTS_H

/*
 * The files of a config: the main one and what it imports, at any depth (config-language.md section 6, D-13 to D-24).
 */

#include "config/config.h"
#include "config/file.h"
#include "config/interpolate.h"

struct environment;
struct roots;

/* One file that an entry of `imports` names; an entry with a pattern makes one for each file, or one without a file. */
struct import_edge {
    struct config_file *file; /* NULL: there is none to be read, which is reported */
    bool missing;             /* no file is there, or none matches */
    const char *written;      /* path or pattern, as it is in the file */
    const char *searched;     /* the same, absolute and with its placeholders replaced; or a URI */
    const char *found;        /* where that leads to a file, links not followed; NULL: a pattern that matches none */
    const char *section;      /* NULL: the whole file */
    bool override;
    struct position position;
};

struct config_file {
    struct source source;
    const char *path; /* absolute, with links followed: what tells files apart; or a URI */
    bool is_read;     /* the caller handed its content over, or it can't: `problem` */
    const char *problem;
    unsigned depth;                 /* how many documents from elsewhere lead to this one; 0: it is a local file */
    struct position wanted;         /* of the import that first named a document from elsewhere */
    struct environment_guard guard; /* of such a document */
    const char *import_directory;   /* of that path: where relative imports start */
    struct arena *arena;
    struct redactor *redactor; /* while it is read */
    struct duckalog_report *report;
    struct file_content content;
    struct node *root; /* a map; NULL: it can't be read, which is reported */
    bool unresolved;   /* not all of its placeholders could be replaced */
    struct import_edge *imports;
    size_t import_count;
    unsigned taken; /* the sections that are merged already, a bit for each key of the schema's root */
    int walked;     /* by the search for rings */
};

struct import_options {
    const struct environment *environment;
    const struct roots *roots; /* that imported files must lie below; NULL: they may lie anywhere */
    unsigned threads;          /* that read files side by side */
};

/*
 * Reads the main file, or takes the text for what is in it, if there is one; its placeholders stay as they are, as what
 * they stand for may be in a file that it names. With `roots`, it has to lie below one of them. Its root is NULL after a
 * problem, which is in its own report; the result itself only when there is no memory. `is_named_elsewhere`: it is not the
 * user who wants it, nor a config of this machine.
 */
struct config_file *imports_read_main(struct duckalog_config *config, const char *path, const char *text,
                                      const struct roots *roots, bool is_named_elsewhere);

/* What the file may use of the environment; NULL: all of it. */
struct environment_guard *import_guard(struct config_file *file);

/*
 * Reads all files that the main one imports, directly or not. What they and the main file reported goes to `report`;
 * false when anything is wrong.
 */
bool imports_read_all(struct duckalog_config *config, const struct import_options *options,
                      struct duckalog_report *report);

void imports_free(struct config_files *files);

#endif
