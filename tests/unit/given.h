/*
 * What the tests begin with: a config from its text, the plan of it, and questions about what was found.
 *
 * There is one config, one report and one plan at a time; whatever is given next replaces them.
 */
#ifndef DUCKALOG_TESTS_GIVEN_H
#define DUCKALOG_TESTS_GIVEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/document.h"
#include "plan/plan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The folder that the configs stand in: absolute, empty at first, gone at the end. */
const char *given_folder(void);

/* A file in that folder, with the folders on its way; the absolute path of it. */
const char *given_file(const char *name, const char *text);

/* A symbolic link in that folder. */
void given_link(const char *name, const char *target);

/* The report that problems go to, emptied. */
struct duckalog_report *given_report(void);

/* The report as it is. */
struct duckalog_report *given_report_now(void);

/* The config of this text, read and checked from config.yaml (or config.json). It must be free of errors. */
const struct duckalog_config *given_config(const char *yaml);
const struct duckalog_config *given_json_config(const char *json);

/* A config that must not be accepted. */
void given_bad_config(const char *yaml);
void given_bad_json_config(const char *json);

/* Either; was it accepted? */
bool config_is_accepted(const char *yaml);

/* A config with one object in it, written on one line: what is not said is as short as it can be. */
const char *with_view(const char *view);
const char *with_views(const char *views);
const char *with_secret(const char *secret);
const char *with_attachment(const char *kind, const char *attachment);
const char *with_iceberg(const char *catalog);
const char *with_duckdb(const char *keys);

/* The plan of this config. */
const struct plan *given_plan(const char *yaml);
const struct plan *given_plan_with(const char *yaml, const struct plan_options *options);

/* The nth step (from 0) of a phase, which must be there. */
const struct step *step_of(const struct plan *of, enum phase phase, size_t index);
size_t count_steps(const struct plan *of, enum phase phase);

/* The report holds a problem of this code at this place (line 0: anywhere; path NULL: any). */
void expect_problem(const char *code, unsigned line, unsigned column, const char *path);
void expect_warning(const char *code, const char *path);
void expect_no_problem(void);
void expect_errors(size_t count);
bool has_problem(duckalog_severity severity, const char *code, unsigned line, unsigned column, const char *path);

/* The hint of the first problem of this code, or NULL. */
const char *hint_of(const char *code);

/* No string of the report holds this text. */
void expect_nowhere(const char *text);

/* Would the redactor of the current config mask this? */
bool is_masked(const char *value);

/* A document as one line: bare, "text", null, [a, b], {k: v}. In the report's arena of this test. */
const char *shown(const struct node *node);

/*
 * Tables: each row is checked, and all that failed are named before table_ends() fails the test.
 */
void check_text(const char *row, const char *actual, const char *expected);
void check_number(const char *row, long long actual, long long expected);
void check_true(const char *row, bool truth);
void table_ends(void);

/* The processor time of this process, in milliseconds: what else the machine does is not in it. */
double processor_ms(void);

/* A string that lives until the test program ends. */
__attribute__((format(printf, 1, 2))) const char *made_of(const char *format, ...);

/* Frees everything; the tests' group teardown. */
int forget_all(void **state);

#endif
