#ifndef DUCKALOG_CONFIG_DOTENV_H
#define DUCKALOG_CONFIG_DOTENV_H

/*
 * The text of a .env file: from bytes to names and values, as python-dotenv 1.2 reads them (config-language.md section
 * 5). Where the file comes from, and what a variable is worth among others, is not known here.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct text;

struct dotenv_reader {
    struct arena *arena;
    const char *next;
    const char *end;
};

struct dotenv_line {
    const char *name;
    const char *value; /* unescaped, not expanded; NULL: the name stands alone, so that it has no value */
};

enum dotenv_result { DOTENV_LINE, DOTENV_END, DOTENV_NO_MEMORY };

/* Is it text at all? */
bool dotenv_is_utf8(const char *chars, size_t length);

/* Makes ready to read a text, of which a copy is kept in the arena. False only when there is no memory. */
bool dotenv_open(struct arena *arena, const char *chars, size_t length, struct dotenv_reader *ret_reader);

/*
 * The next line that says something; a value in quotes may make it several lines. What can't be read is left out, as
 * are names and values with a NUL in them, which no variable can hold.
 */
enum dotenv_result dotenv_next(struct dotenv_reader *reader, struct dotenv_line *ret_line);

/* What a name stands for; NULL: it is unknown. */
typedef const char *(*dotenv_lookup)(const char *name, void *user);

/*
 * Appends the value with ${NAME} and ${NAME:-default} replaced: by the default, or nothing, where the name is unknown.
 * What is put in is not looked at again. Stops when the text has grown beyond `longest`; what then is there is not
 * complete. False only when there is no memory.
 */
bool dotenv_expand(struct arena *arena, const char *value, dotenv_lookup lookup, void *user, size_t longest,
                   struct text *text);

#endif
