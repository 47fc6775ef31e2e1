#include "base/json_out.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Between two values or keys, not behind an opening bracket or a key. */
static void separate(struct text *json)
{
    const char *chars = text_string(json);

    if (chars != NULL && *chars != '\0' && strchr("{[:", chars[json->length - 1]) == NULL)
        text_add_char(json, ',');
}

void json_begin_object(struct text *json)
{
    separate(json);
    text_add_char(json, '{');
}

void json_end_object(struct text *json)
{
    text_add_char(json, '}');
}

void json_begin_array(struct text *json)
{
    separate(json);
    text_add_char(json, '[');
}

void json_end_array(struct text *json)
{
    text_add_char(json, ']');
}

/* The bytes of the character at `s`, as Unicode has UTF-8: no long forms, no surrogates; 0: it is none. */
static size_t character_length(const unsigned char *s)
{
    unsigned char low = *s == 0xE0 ? 0xA0 : *s == 0xF0 ? 0x90 : 0x80;
    unsigned char high = *s == 0xED ? 0x9F : *s == 0xF4 ? 0x8F : 0xBF;
    size_t length = *s < 0x80 ? 1 : *s < 0xC2 ? 0 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : *s < 0xF5 ? 4 : 0;

    for (size_t i = 1; i < length; i++)
        if (i == 1 ? s[i] < low || s[i] > high : (s[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static void add_escaped(struct text *json, const char *string)
{
    while (*string != '\0') {
        size_t length = character_length((const unsigned char *)string);

        if (length == 0)
            text_add(json, REPLACEMENT);
        else if (*string == '"' || *string == '\\') {
            text_add_char(json, '\\');
            text_add_char(json, *string);
        } else if (*string == '\n')
            text_add(json, "\\n");
        else if (*string == '\t')
            text_add(json, "\\t");
        else if ((unsigned char)*string < 0x20 || *string == 0x7F)
            text_format(json, "\\u%04x", (unsigned)*string);
        else
            text_add_length(json, string, length);
        string += length == 0 ? 1 : length;
    }
}

void json_add_key(struct text *json, const char *key)
{
    json_add_string(json, key);
    text_add_char(json, ':');
}

void json_add_string(struct text *json, const char *string)
{
    separate(json);
    if (string == NULL) {
        text_add(json, "null");
        return;
    }
    text_add_char(json, '"');
    add_escaped(json, string);
    text_add_char(json, '"');
}

void json_add_count(struct text *json, unsigned long long count)
{
    separate(json);
    text_format(json, "%llu", count);
}

void json_add_ms(struct text *json, double ms)
{
    separate(json);
    text_add_ms(json, ms, 3);
}

void json_add_truth(struct text *json, bool truth)
{
    separate(json);
    text_add(json, truth ? "true" : "false");
}

void json_put_string(struct text *json, const char *key, const char *string)
{
    json_add_key(json, key);
    json_add_string(json, string);
}

void json_put_count(struct text *json, const char *key, unsigned long long count)
{
    json_add_key(json, key);
    json_add_count(json, count);
}

void json_put_ms(struct text *json, const char *key, double ms)
{
    json_add_key(json, key);
    json_add_ms(json, ms);
}

void json_put_truth(struct text *json, const char *key, bool truth)
{
    json_add_key(json, key);
    json_add_truth(json, truth);
}

void text_add_ms(struct text *text, double ms, unsigned decimals)
{
    unsigned long long unit = 1;
    unsigned long long parts;

    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    parts = ms > 0 ? (unsigned long long)(ms * (double)unit + 0.5) : 0;
    text_format(text, "%llu.%0*llu", parts / unit, (int)decimals, parts % unit);
}
