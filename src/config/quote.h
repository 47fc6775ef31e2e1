#ifndef DUCKALOG_CONFIG_QUOTE_H
#define DUCKALOG_CONFIG_QUOTE_H

/*
 * The lines that problems are in, for people to see: cut where a secret may begin.
 */

#include "config/config.h"

/*
 * Remembers what a file holds, which must live as long as the config. Of one that was not read to its end (`was_read`)
 * nothing but keys is shown. False when there is no memory.
 */
bool quote_keep(struct duckalog_config *config, const char *shown, const char *chars, size_t length, bool was_read);

/* Sorts the report, and gives each of its first problems the line of the config's files that it is in. */
void quote_lines(const struct duckalog_config *config, struct duckalog_report *report);

#endif
