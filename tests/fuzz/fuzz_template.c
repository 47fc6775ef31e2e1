/*
 * Any text as a template. What comes out is the text when it has no braces, every place in it lies in the file and no
 * place comes before an earlier one; what is refused is reported.
 */
#include "base/arena.h"
#include "base/report.h"
#include "config/template.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

static struct value variables(void)
{
    static struct value items[] = {
        { .kind = VALUE_TEXT, .name = "a", .text = "it's\n{{b}}" },
        { .kind = VALUE_NUMBER, .name = "b", .text = "1" },
        { .kind = VALUE_NULL, .name = "a-b" },
        { .kind = VALUE_TEXT, .name = " ", .text = "" },
        { .kind = VALUE_LIST, .name = "'", .items = items, .count = 2 },
        { .kind = VALUE_MAP, .name = "m", .items = items, .count = 3 },
    };

    return (struct value){ .kind = VALUE_MAP, .items = items, .count = sizeof(items) / sizeof(items[0]) };
}

static void check_places(const struct node *text, const struct node *result)
{
    struct position end = node_place_in_text(text, strlen(text->text));
    struct position last = { 0 };

    for (size_t i = 0; result->text[i] != '\0'; i++) {
        struct position place = node_place_in_text(result, i);

        require(place.line > last.line || (place.line == last.line && place.column >= last.column),
                "places do not go back");
        require(place.line < end.line || (place.line == end.line && place.column <= end.column),
                "a place is in the file");
        last = place;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct source source = { "fuzz.sql", "/nowhere" };
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct duckalog_report *report = report_create();
    const struct value given = variables();
    struct node *result;
    struct node *text;

    require(arena != NULL && report != NULL, "there is memory");
    text = node_create(arena, &source, NODE_SCALAR, (struct position){ "fuzz.sql", 1, 1 });
    require(text != NULL, "there is memory");
    text->text = arena_copy(arena, (const char *)bytes, size);
    require(text->text != NULL, "there is memory");
    text->text_line = text->text_column = text->text_indent = 1;
    result = template_fill(arena, text, &given, report);
    require((result == NULL) == report_has_errors(report), "a template is refused when there is an error");
    if (result != NULL && strstr(text->text, "{{") == NULL)
        require(strcmp(result->text, text->text) == 0, "without placeholders nothing changes");
    if (result != NULL && strlen(result->text) < 2000)
        check_places(text, result);
    duckalog_report_free(report);
    arena_destroy(arena);
    return 0;
}
