/*
 * SQL as text: quoting and DuckDB's lexical rules.
 */

#include "base/sql.h"

#include "base/arena.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

static void add_quoted(struct text *text, const char *string, char quote)
{
    const char *rest = string;

    text_add_char(text, quote);
    for (const char *inner = strchr(rest, quote); inner != NULL; inner = strchr(rest, quote)) {
        text_add_length(text, rest, (size_t)(inner + 1 - rest));
        text_add_char(text, quote);
        rest = inner + 1;
    }
    text_add(text, rest);
    text_add_char(text, quote);
}

void sql_add_identifier(struct text *text, const char *name)
{
    add_quoted(text, name, '"');
}

void sql_add_literal(struct text *text, const char *string)
{
    add_quoted(text, string, '\'');
}

void sql_vformat(struct text *text, const char *format, va_list arguments)
{
    for (; *format != '\0'; format++) {
        size_t plain = strcspn(format, "%");

        text_add_length(text, format, plain);
        format += plain;
        if (*format == '\0')
            return;
        switch (*++format) {
        case 'I':
            sql_add_identifier(text, va_arg(arguments, const char *));
            break;
        case 'L':
            sql_add_literal(text, va_arg(arguments, const char *));
            break;
        case 's':
            text_add(text, va_arg(arguments, const char *));
            break;
        case 'd':
            text_format(text, "%lld", va_arg(arguments, long long));
            break;
        default:
            text_add_char(text, *format);
        }
    }
}

void sql_format(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    sql_vformat(text, format, arguments);
    va_end(arguments);
}

bool sql_is_plain_name(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    while (isalnum((unsigned char)*name) || *name == '_')
        name++;
    return *name == '\0';
}

static bool starts_word(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool continues_word(char c)
{
    return starts_word(c) || isdigit((unsigned char)c) || c == '$';
}

/* After a block comment, which may hold others; NULL when it does not end. */
static const char *skip_block_comment(const char *s)
{
    size_t depth = 0;

    for (; *s != '\0'; s++) {
        if (s[0] == '/' && s[1] == '*') {
            depth++;
            s++;
        } else if (s[0] == '*' && s[1] == '/') {
            s++;
            if (--depth == 0)
                return s + 1;
        }
    }
    return NULL;
}

/* After the quote that ends what begins at `s`; NULL when there is none. */
static const char *skip_quoted(const char *s, bool backslash_escapes)
{
    char quote = *s;

    for (s++; *s != '\0'; s++) {
        if ((backslash_escapes && s[0] == '\\' && s[1] != '\0') || (s[0] == quote && s[1] == quote))
            s++;
        else if (s[0] == quote)
            return s + 1;
    }
    return NULL;
}

/* The length of the $tag$ at `s`, or 0. */
static size_t dollar_tag_length(const char *s)
{
    size_t length = 1;

    if (*s != '$' || isdigit((unsigned char)s[1]))
        return 0;
    while (isalnum((unsigned char)s[length]) || s[length] == '_' || (unsigned char)s[length] >= 0x80)
        length++;
    return s[length] == '$' ? length + 1 : 0;
}

static const char *skip_dollar_quoted(const char *s, size_t tag_length)
{
    for (const char *end = s + tag_length; *end != '\0'; end++)
        if (strncmp(end, s, tag_length) == 0)
            return end + tag_length;
    return NULL;
}

/* Past blanks and comments; `ret_unclosed` is set to a block comment that does not end. */
static const char *skip_to_token(const char *s, const char **ret_unclosed)
{
    *ret_unclosed = NULL;
    for (;;) {
        if (isspace((unsigned char)*s))
            s++;
        else if (s[0] == '-' && s[1] == '-')
            s += strcspn(s, "\r\n");
        else if (s[0] == '/' && s[1] == '*') {
            const char *end = skip_block_comment(s);

            if (end == NULL) {
                *ret_unclosed = s;
                return s;
            }
            s = end;
        } else
            return s;
    }
}

static struct sql_token token_of(enum sql_token_kind kind, const char *start, const char *end)
{
    if (end == NULL)
        return (struct sql_token){ SQL_UNCLOSED, start, strlen(start) };
    return (struct sql_token){ kind, start, (size_t)(end - start) };
}

struct sql_token sql_next(const char *from)
{
    const char *unclosed;
    const char *start = skip_to_token(from, &unclosed);
    const char *end = start;
    size_t tag_length = *start == '$' ? dollar_tag_length(start) : 0;

    if (unclosed != NULL)
        return token_of(SQL_UNCLOSED, unclosed, NULL);
    if (*start == '\0')
        return token_of(SQL_END, start, start);
    if ((*start == 'e' || *start == 'E') && start[1] == '\'')
        return token_of(SQL_STRING, start, skip_quoted(start + 1, true));
    if (*start == '\'')
        return token_of(SQL_STRING, start, skip_quoted(start, false));
    if (*start == '"')
        return token_of(SQL_NAME, start, skip_quoted(start, false));
    if (tag_length > 0)
        return token_of(SQL_STRING, start, skip_dollar_quoted(start, tag_length));
    if (*start == ';')
        return token_of(SQL_SEMICOLON, start, start + 1);
    if (!starts_word(*start) && !isdigit((unsigned char)*start))
        return token_of(SQL_SYMBOL, start, start + 1);
    while (continues_word(*end))
        end++;
    return token_of(starts_word(*start) ? SQL_WORD : SQL_SYMBOL, start, end);
}

const char *sql_token_name(struct arena *arena, const struct sql_token *token)
{
    struct text name = text_in(arena);

    if (token->kind == SQL_WORD)
        return arena_copy(arena, token->start, token->length);
    for (size_t i = 1; i + 1 < token->length; i++) {
        text_add_char(&name, token->start[i]);
        if (token->start[i] == '"')
            i++;
    }
    return text_string(&name);
}

/* What stands for a character after a backslash in E'…'. */
static char unescaped(char c)
{
    static const char from[] = "bfnrt";
    static const char to[] = "\b\f\n\r\t";
    const char *found = strchr(from, c);

    return found == NULL ? c : to[found - from];
}

const char *sql_token_string(struct arena *arena, const struct sql_token *token)
{
    size_t tag_length = dollar_tag_length(token->start);
    bool escapes = *token->start != '\'' && tag_length == 0;
    struct text string = text_in(arena);

    if (tag_length > 0)
        return arena_copy(arena, token->start + tag_length, token->length - 2 * tag_length);
    for (size_t i = escapes ? 2 : 1; i + 1 < token->length; i++) {
        char c = token->start[i];

        if (escapes && c == '\\')
            c = unescaped(token->start[++i]);
        else
            i += c == '\'';
        text_add_char(&string, c);
    }
    return text_string(&string);
}

bool sql_is_secret_string(struct arena *arena, const struct sql_token *token, enum sql_name_state *state)
{
    enum sql_name_state before = *state;
    const char *name;

    if (token->kind == SQL_STRING) {
        *state = SQL_NO_NAME;
        return before == SQL_SECRET_NAME;
    }
    /* Between the two stands `=`, `:`, TO, or nothing. */
    if (sql_token_is(token, "to") || (token->kind == SQL_SYMBOL && strchr("=:", *token->start) != NULL))
        return false;
    name = token->kind == SQL_WORD || token->kind == SQL_NAME ? sql_token_name(arena, token) : NULL;
    *state = name != NULL && name_looks_secret(name) ? SQL_SECRET_NAME : SQL_NO_NAME;
    return false;
}

bool sql_token_is(const struct sql_token *token, const char *word)
{
    size_t i = 0;

    if (token->kind != SQL_WORD)
        return false;
    /* Most words differ in their first character. */
    while (i < token->length && ascii_lower(token->start[i]) == ascii_lower(word[i]))
        i++;
    return i == token->length && word[i] == '\0';
}

/* Names with quotes in them are compared without looking at how they are doubled. */
bool sql_mentions(const char *sql, const char *name)
{
    size_t length = strlen(name);

    for (struct sql_token token = sql_next(sql); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        size_t quotes = token.kind == SQL_NAME;

        if ((token.kind == SQL_WORD || token.kind == SQL_NAME) && token.length == length + 2 * quotes &&
            starts_with_ignoring_case(token.start + quotes, name))
            return true;
    }
    return false;
}

size_t sql_count_statements(const char *sql, const char **ret_unclosed)
{
    size_t count = 0;
    bool inside = false;

    *ret_unclosed = NULL;
    for (struct sql_token token = sql_next(sql); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        if (token.kind == SQL_UNCLOSED)
            *ret_unclosed = token.start;
        if (token.kind == SQL_SEMICOLON)
            inside = false;
        else if (!inside) {
            inside = true;
            count++;
        }
    }
    return count;
}

const char *sql_expression_problem(const char *sql)
{
    static const char opening[] = "([{";
    static const char closing[] = ")]}";
    size_t open[3] = { 0 };
    struct sql_token token = sql_next(sql);

    if (token.kind == SQL_END)
        return "there is no SQL here";
    for (; token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        bool symbol = token.kind == SQL_SYMBOL;
        const char *opened = symbol ? strchr(opening, *token.start) : NULL;
        const char *closed = symbol ? strchr(closing, *token.start) : NULL;

        if (token.kind == SQL_UNCLOSED)
            return "a quote or comment does not end";
        if (token.kind == SQL_SEMICOLON)
            return "a semicolon has no place in an expression";
        if (opened != NULL)
            open[opened - opening]++;
        else if (closed != NULL && open[closed - closing]-- == 0)
            return "a bracket is closed that was not opened";
        else if (symbol && *token.start == ',' && open[0] + open[1] + open[2] == 0)
            return "these are several expressions, not one";
    }
    return open[0] + open[1] + open[2] == 0 ? NULL : "a bracket is not closed";
}

bool sql_is_keyword(const struct sql_token *token)
{
    /* DuckDB's reserved words (duckdb_keywords()), and those of its others that stand between or before operands. */
    static const char *const words[] = {
        "all",        "analyse",   "analyze",    "and",      "any",     "array",   "as",        "asc",
        "asymmetric", "at",        "between",    "both",     "by",      "case",    "cast",      "check",
        "collate",    "column",    "constraint", "create",   "default", "desc",    "describe",  "distinct",
        "do",         "else",      "end",        "escape",   "except",  "exists",  "false",     "fetch",
        "for",        "foreign",   "from",       "glob",     "group",   "having",  "ilike",     "in",
        "initially",  "intersect", "interval",   "into",     "is",      "isnull",  "lambda",    "lateral",
        "leading",    "like",      "limit",      "not",      "notnull", "null",    "offset",    "on",
        "only",       "or",        "order",      "overlaps", "pivot",   "placing", "primary",   "qualify",
        "references", "returning", "select",     "show",     "similar", "some",    "summarize", "symmetric",
        "table",      "then",      "to",         "trailing", "true",    "union",   "unique",    "unpivot",
        "using",      "variadic",  "when",       "where",    "window",  "with",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (sql_token_is(token, words[i]))
            return true;
    return false;
}

const char *sql_trim(struct arena *arena, const char *sql)
{
    const char *start = sql + strspn(sql, "; \t\r\n\v\f");
    const char *end = start + strlen(start);
    const char *last_semicolon = NULL;
    struct sql_token token;

    /* Semicolons with nothing but blanks after them; in front of a comment at the end they go, the comment stays. */
    for (token = sql_next(start); token.kind != SQL_END; token = sql_next(token.start + token.length)) {
        if (token.kind != SQL_SEMICOLON)
            last_semicolon = NULL;
        else if (last_semicolon == NULL)
            last_semicolon = token.start;
    }
    if (last_semicolon != NULL)
        end = last_semicolon;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return arena_copy(arena, start, (size_t)(end - start));
}

bool sql_ends_in_line_comment(const char *sql)
{
    const char *last_end = sql;
    const char *rest;

    for (struct sql_token token = sql_next(sql); token.kind != SQL_END; token = sql_next(token.start + token.length))
        last_end = token.start + token.length;
    /* What follows the last token is blanks and comments: the last of them counts. */
    for (rest = last_end; *rest != '\0';) {
        if (rest[0] == '-' && rest[1] == '-') {
            rest += strcspn(rest, "\r\n");
            if (*rest == '\0')
                return true;
        } else if (rest[0] == '/' && rest[1] == '*') {
            rest = skip_block_comment(rest);
            if (rest == NULL)
                return false;
        } else
            rest++;
    }
    return false;
}

void sql_add_qualified_name(struct text *text, const char *name)
{
    struct text part = text_on_heap();
    bool quoted = false;

    for (;; name++) {
        if (*name == '"' && quoted && name[1] == '"')
            text_add_char(&part, *name++);
        else if (*name == '"')
            quoted = !quoted;
        else if (*name == '\0' || (*name == '.' && !quoted)) {
            if (text_string(&part) == NULL)
                text->failed = true;
            else
                sql_add_identifier(text, text_string(&part));
            text_free(&part);
            if (*name == '\0')
                return;
            text_add_char(text, '.');
        } else
            text_add_char(&part, *name);
    }
}
