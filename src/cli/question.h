#ifndef DUCKALOG_CLI_QUESTION_H
#define DUCKALOG_CLI_QUESTION_H

/*
 * duckalog query --model: a question to a semantic model in place of SQL.
 */

#include "cli/command.h"
#include "cli/output/results.h"

struct arena;

/* Is there any option that asks a model? */
bool asks_model(const struct invocation *invocation);

/* Reads the question from the options. Returns the exit code, after saying what is wrong with them. */
int question_read(const struct invocation *invocation, struct arena *arena, duckalog_model_query *ret_question);

/* Prints the statement; DuckDB is not needed. */
int question_print(const struct invocation *invocation, const duckalog_model_query *question);

/* Runs the statement in the session of an open catalog, and prints the result. */
int question_answer(const struct invocation *invocation, const duckalog_catalog *catalog,
                    const struct result_session *session, const duckalog_model_query *question,
                    const struct result_form *form);

#endif
