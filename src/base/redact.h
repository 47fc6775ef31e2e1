#ifndef DUCKALOG_BASE_REDACT_H
#define DUCKALOG_BASE_REDACT_H

/*
 * Redaction: the secret values of a config are registered here once, and every text on its way out (a log line, an
 * error, SQL to be shown) is passed through redact_add().
 */

#include <stdbool.h>

struct text;
struct redactor;

#define REDACTED "***"

/* Bytes: shorter values stand in too many innocent places to be looked for. */
enum { REDACTED_FROM = 4 };

struct redactor *redactor_create(void);
void redactor_destroy(struct redactor *redactor);

/*
 * Remembers a secret value (copied; wiped at the end). Values shorter than REDACTED_FROM are not looked for. False only when there is no memory.
 */
bool redactor_learn(struct redactor *redactor, const char *value);

/* Remembers all values of another one. False only when there is no memory. */
bool redactor_learn_all(struct redactor *redactor, const struct redactor *other);

/*
 * Remembers what a text gives away by its form: the password and the signed query of a URI, `password=…` and the like of
 * a connection string. False only when there is no memory.
 */
bool redactor_learn_from(struct redactor *redactor, const char *text);

/* Does the text hold any such part? */
bool redact_finds_credentials(const char *text);

/* Appends the text with each such part replaced by REDACTED. */
void redact_add_without_credentials(struct text *text, const char *string);

/* Is the whole text one of the values? */
bool redactor_knows(const struct redactor *redactor, const char *text);

/* Is one of the values a part of the text? The redactor may be NULL. */
bool redactor_finds(const struct redactor *redactor, const char *text);

/* Appends `string` to `text` with every secret value replaced by REDACTED. The redactor may be NULL. */
void redact_add(const struct redactor *redactor, struct text *text, const char *string);

#endif
