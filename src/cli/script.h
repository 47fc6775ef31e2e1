#ifndef DUCKALOG_CLI_SCRIPT_H
#define DUCKALOG_CLI_SCRIPT_H

/*
 * The SQL that a command line asks for: its operand, --query and --file in the order in which they are there, and the
 * values of --param.
 */

#include "cli/output/results.h"

struct script {
    struct arena *arena;
    const char **texts; /* ended by NULL */
    size_t count;
    struct result_parameter *parameters;
    size_t parameter_count;
};

/* Does the command line have any SQL beside an operand? */
bool has_script(const struct invocation *invocation);

/*
 * Reads files, and standard input for `-`. `operand` may be NULL. Returns the exit code, after saying what is wrong; the
 * script is to be freed in each case.
 */
int script_read(const struct invocation *invocation, const char *operand, struct script *ret_script);
void script_free(struct script *script);

/* A session with the parameters and the limits of the command line; where its SQL is run is for the caller to say. */
struct result_session script_session(const struct invocation *invocation, const struct script *script);

/* Runs it on such a session. Returns the exit code. */
int script_run(const struct result_session *session, const struct script *script, const struct result_form *form);

#endif
