/*
 * Any text as SQL: tokens that move on, counts that trimming keeps, quotes that nothing leaves, and an order that has
 * every view once. The views are the parts of the text between NUL bytes, named a, b, c, …
 */
#include "base/arena.h"
#include "base/sql.h"
#include "base/text.h"
#include "plan/order.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MOST_VIEWS = 26 };

static void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

static void check_tokens(const char *sql)
{
    const char *end = sql;

    for (struct sql_token token = sql_next(sql); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        require(token.start >= end && token.length > 0, "tokens follow each other");
        end = token.start + token.length;
        require(end <= sql + strlen(sql), "a token lies in its text");
    }
}

static void check_statements(struct arena *arena, const char *sql)
{
    const char *unclosed;
    const char *still_unclosed;
    size_t count = sql_count_statements(sql, &unclosed);
    const char *trimmed = sql_trim(arena, sql);
    struct text ended = text_in(arena);

    require(sql_count_statements(trimmed, &still_unclosed) == count, "trimming takes no statement");
    require((unclosed == NULL) == (still_unclosed == NULL), "trimming closes nothing");
    require(strcmp(sql_trim(arena, trimmed), trimmed) == 0, "what is trimmed stays");
    if (unclosed != NULL || count != 1)
        return;
    /* As in a script: what follows is another statement, whatever the first one ends in. */
    text_format(&ended, "%s%s;SELECT 1", trimmed, sql_ends_in_line_comment(trimmed) ? "\n" : "");
    require(sql_count_statements(text_string(&ended), &unclosed) == 2, "a semicolon ends the statement");
}

static void check_quotes(struct arena *arena, const char *string)
{
    struct text text = text_in(arena);
    struct sql_token token;

    sql_add_identifier(&text, string);
    token = sql_next(text_string(&text));
    require(token.kind == SQL_NAME && token.length == text.length, "a quoted name is one token");
    require(strcmp(sql_token_name(arena, &token), string) == 0, "a quoted name means what it was made of");
    text = text_in(arena);
    sql_add_literal(&text, string);
    token = sql_next(text_string(&text));
    require(token.kind == SQL_STRING && token.length == text.length, "a quoted text is one token");
    text = text_in(arena);
    sql_add_qualified_name(&text, string);
    for (token = sql_next(text_string(&text)); token.kind != SQL_END; token = sql_next(token.start + token.length))
        require(token.kind == SQL_NAME || (token.kind == SQL_SYMBOL && *token.start == '.'),
                "a qualified name is names and dots");
}

static void check_order(struct arena *arena, const char *text, size_t size)
{
    static const char *const names[MOST_VIEWS] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
                                                   "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z" };
    static const struct duckalog_config bare = { 0 }; /* without attachments */
    struct view views[MOST_VIEWS] = { 0 };
    bool seen[MOST_VIEWS] = { false };
    const size_t *order;
    size_t count = 0;

    for (const char *sql = text; sql <= text + size && count < MOST_VIEWS; sql += strlen(sql) + 1) {
        views[count].name = names[count];
        views[count++].sql = sql;
    }
    order = order_views(arena, &bare, views, count, NULL, NULL);
    require(order != NULL, "there is an order");
    for (size_t i = 0; i < count; i++) {
        require(order[i] < count && !seen[order[i]], "every view is there once");
        seen[order[i]] = true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    char *text = malloc(size + 1);

    require(arena != NULL && text != NULL, "there is memory");
    memcpy(text, bytes, size);
    text[size] = '\0';
    check_tokens(text);
    check_statements(arena, text);
    check_quotes(arena, text);
    check_order(arena, text, size);
    free(text);
    arena_destroy(arena);
    return 0;
}
