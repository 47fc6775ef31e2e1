#ifndef DUCKALOG_BASE_JSON_OUT_H
#define DUCKALOG_BASE_JSON_OUT_H

/*
 * JSON as text on one line, written from left to right: for lines of the log and what hosts are told. A comma is put
 * where one is due. It goes by no locale, and takes any bytes: what is no UTF-8 becomes U+FFFD.
 */

#include <stdbool.h>

struct text;

void json_begin_object(struct text *json);
void json_end_object(struct text *json);
void json_begin_array(struct text *json);
void json_end_array(struct text *json);

/* A key of an object; its value comes next. */
void json_add_key(struct text *json, const char *key);

/* Values; a string of NULL is null. Milliseconds have three decimals. */
void json_add_string(struct text *json, const char *string);
void json_add_count(struct text *json, unsigned long long count);
void json_add_ms(struct text *json, double ms);
void json_add_truth(struct text *json, bool truth);

/* The same with a key in front. */
void json_put_string(struct text *json, const char *key, const char *string);
void json_put_count(struct text *json, const char *key, unsigned long long count);
void json_put_ms(struct text *json, const char *key, double ms);
void json_put_truth(struct text *json, const char *key, bool truth);

/* A duration as in 12.3 or 12.345: printf() would write the decimal point of the process's locale. */
void text_add_ms(struct text *text, double ms, unsigned decimals);

#endif
