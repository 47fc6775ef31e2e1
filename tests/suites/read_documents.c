/*
 * Reads each file named on standard input as a document, and prints a line of JSON for it: its tree, or the problems for
 * which it was refused. tests/functional/test_suites.py compares that with the public test suites; one process for
 * thousands of files.
 *
 * In a tree: null; ["plain", text]; ["text", text]; ["list", value, …]; ["map", [key, value], …].
 */
#include "base/arena.h"
#include "config/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == '"' || *text == '\\' || *text == 0x7F)
            printf("\\u%04x", (unsigned)(unsigned char)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void print_node(const struct node *node)
{
    static const char *const kinds[] = { [NODE_LIST] = "list", [NODE_MAP] = "map" };

    if (node->kind == NODE_NULL) {
        fputs("null", stdout);
        return;
    }
    if (node->kind == NODE_SCALAR) {
        printf("[\"%s\", ", node->style == SCALAR_PLAIN ? "plain" : "text");
        print_text(node->text);
        putchar(']');
        return;
    }
    printf("[\"%s\"", kinds[node->kind]);
    for (size_t i = 0; i < node->count; i++) {
        fputs(", ", stdout);
        if (node->kind == NODE_LIST) {
            print_node(node->items[i]);
            continue;
        }
        putchar('[');
        print_text(node->entries[i].key);
        fputs(", ", stdout);
        print_node(node->entries[i].value);
        putchar(']');
    }
    putchar(']');
}

static void print_problems(const struct duckalog_report *report)
{
    const duckalog_diagnostic *d;

    for (size_t i = 0; (d = duckalog_report_get(report, i)) != NULL; i++) {
        printf("%s{\"code\": \"%s\", \"line\": %u, \"column\": %u, \"message\": ", i > 0 ? ", " : "", d->code, d->line,
               d->column);
        print_text(d->message);
        putchar('}');
    }
}

static char *read_whole(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "rb");
    char *chars = NULL;
    long length = -1;

    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        length = ftell(file);
    if (length >= 0)
        chars = malloc((size_t)length + 1);
    if (chars != NULL && (fseek(file, 0, SEEK_SET) != 0 || fread(chars, 1, (size_t)length, file) != (size_t)length)) {
        free(chars);
        chars = NULL;
    }
    if (file != NULL)
        fclose(file);
    *ret_length = (size_t)length;
    return chars;
}

/* The file's bytes stand at the end of their own allocation, so that a sanitizer sees a step beyond them. */
static int show(const char *path)
{
    struct source source = { path, "/" };
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct duckalog_report *report = report_create();
    size_t length;
    char *chars = read_whole(path, &length);
    struct node *root;

    if (arena == NULL || report == NULL || chars == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    root = document_read(arena, &source, chars, length, report);
    fputs("{\"tree\": ", stdout);
    if (root != NULL)
        print_node(root);
    else
        fputs("false", stdout);
    fputs(", \"problems\": [", stdout);
    print_problems(report);
    puts("]}");
    fflush(stdout); /* a crash is of the file after the last line */
    free(chars);
    arena_destroy(arena);
    duckalog_report_free(report);
    return EXIT_SUCCESS;
}

int main(void)
{
    char path[4096];

    while (fgets(path, sizeof(path), stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        if (show(path) != EXIT_SUCCESS)
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
