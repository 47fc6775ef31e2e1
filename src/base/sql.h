#ifndef DUCKALOG_BASE_SQL_H
#define DUCKALOG_BASE_SQL_H

/*
 * SQL as text: quoting, and DuckDB's lexical rules (strings, quoted names, dollar quotes, comments), enough to count
 * statements and to find names. What a statement means is DuckDB's business.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct text;

/* "name" and 'text', with the quotes inside doubled. */
void sql_add_identifier(struct text *text, const char *name);
void sql_add_literal(struct text *text, const char *string);

/*
 * A small printf for SQL: %I a quoted identifier, %L a quoted literal, %s text as it is, %d a long long, %% a percent
 * sign. It is the only way in which names and values get into a statement.
 */
void sql_format(struct text *text, const char *format, ...);
void sql_vformat(struct text *text, const char *format, va_list arguments);

/* An option or parameter name that needs no quotes and can't be anything but a name: [A-Za-z_][A-Za-z0-9_]*. */
bool sql_is_plain_name(const char *name);

enum sql_token_kind {
    SQL_END,
    SQL_WORD,   /* a bare name or keyword */
    SQL_NAME,   /* a quoted name */
    SQL_STRING, /* a string in any form of quotes */
    SQL_SEMICOLON,
    SQL_SYMBOL,   /* one byte of anything else */
    SQL_UNCLOSED, /* a quote or comment that does not end; `start` is where it begins */
};

struct sql_token {
    enum sql_token_kind kind;
    const char *start;
    size_t length;
};

/* The token at or after `from`, blanks and comments skipped. The next one is at start + length. */
struct sql_token sql_next(const char *from);

/* The text of a WORD or NAME, without quotes. */
const char *sql_token_name(struct arena *arena, const struct sql_token *token);

/* What a STRING stands for, whatever form of quotes it has. */
const char *sql_token_string(struct arena *arena, const struct sql_token *token);

enum sql_name_state { SQL_NO_NAME, SQL_SECRET_NAME };

/*
 * Is the token a string that is given to a name that looks like a secret's, as in SET s3_secret_access_key = 'x' and
 * CREATE SECRET (… SECRET 'x')? For each token of a statement in turn, with SQL_NO_NAME at first.
 */
bool sql_is_secret_string(struct arena *arena, const struct sql_token *token, enum sql_name_state *state);

/* Is the name one of the words and quoted names of the text? */
bool sql_mentions(const char *sql, const char *name);

bool sql_token_is(const struct sql_token *token, const char *word);

/* How many statements the text holds; `ret_unclosed` is where a quote or comment begins that does not end, or NULL. */
size_t sql_count_statements(const char *sql, const char **ret_unclosed);

/*
 * NULL when this is one expression as far as its tokens tell: quotes, comments and brackets closed, no semicolon, no
 * comma but in brackets. Otherwise what is wrong with it.
 */
const char *sql_expression_problem(const char *sql);

/* A bare word that SQL keeps for itself inside of expressions, so that it is no column unless it is quoted. */
bool sql_is_keyword(const struct sql_token *token);

/*
 * One statement without blanks around it and without semicolons around it. Comments stay, so the result may end in a
 * `--` comment: put a new line after it. NULL when there is no memory.
 */
const char *sql_trim(struct arena *arena, const char *sql);

/* Does the text end inside a `--` comment? */
bool sql_ends_in_line_comment(const char *sql);

/*
 * A table's name split at the dots outside of quotes, quoted part by part: public.users is "public"."users"
 * (sql-generation.md S-17).
 */
void sql_add_qualified_name(struct text *text, const char *name);

#endif
