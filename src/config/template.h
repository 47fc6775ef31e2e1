#ifndef DUCKALOG_CONFIG_TEMPLATE_H
#define DUCKALOG_CONFIG_TEMPLATE_H

/*
 * SQL templates (config-language.md section 8, with D-31): `{{name}}` stands for the value of a variable, as it is;
 * `{{name|literal}}` for the value as an SQL literal, `{{name|identifier}}` for it as a quoted name. In one pass: what
 * is put in is never looked at again. A name is made of letters, digits, `_` and whatever is beyond ASCII, or is what a
 * variable is called.
 *
 * Braces that only look like a placeholder are an error, but a warning inside of quotes and comments. Those of DuckDB's
 * structs and maps are left alone.
 */

#include "config/document.h"
#include "config/value.h"

/* Of the finished SQL, in bytes. */
enum { TEMPLATE_LARGEST_RESULT = DOCUMENT_LARGEST_FILE };

/*
 * The text of an SQL file with its placeholders replaced, as a node whose places are those of the file. `variables` is
 * a map, or NULL for none.
 *
 * Returns NULL after reporting each placeholder that can't be replaced.
 */
struct node *template_fill(struct arena *arena, const struct node *text, const struct value *variables,
                           struct duckalog_report *report);

#endif
