#include "engine/batch.h"

#include "base/text.h"
#include "engine/hold.h"
#include "engine/session.h"
#include "plan/plan.h"

#include <string.h>

/* DuckDB keeps the text of the whole batch with each statement of it: a long one would cost more than it saves. */
enum { MOST_STATEMENTS = 50, MOST_BYTES = 16384 };

/*
 * A user's text that holds a second statement must not slip through as one more of the batch. Without a semicolon of
 * theirs there are only ours; and when there are as many statements as texts, each of ours ended one.
 */
static bool is_plain(const struct step *step)
{
    return step->sql != NULL && strchr(step->sql, ';') == NULL;
}

/* On a line of its own: the one before may end in a comment. */
static void add_statement(struct text *text, const struct step *step)
{
    text_add(text, step->sql);
    text_add(text, "\n;\n");
}

void batch_begin(struct batch *batch, duckdb_connection connection, const struct step *const *steps, size_t count)
{
    struct text text = text_on_heap();

    *batch = (struct batch){ .connection = connection, .steps = steps, .count = 0 };
    while (batch->count < count && batch->count < MOST_STATEMENTS && text.length < MOST_BYTES &&
           is_plain(steps[batch->count]))
        add_statement(&text, steps[batch->count++]);
    if (batch->count > 1 && text_string(&text) != NULL &&
        duckdb_extract_statements(connection, text_string(&text), &batch->statements) != batch->count)
        duckdb_destroy_extracted(&batch->statements);
    if (batch->count == 0)
        batch->count = 1;
    text_free(&text);
}

void batch_end(struct batch *batch)
{
    if (batch->statements != NULL)
        duckdb_destroy_extracted(&batch->statements);
}

duckalog_status batch_run(struct batch *batch, size_t index, struct text *problem)
{
    const char *sql = batch->steps[index]->sql;
    struct text first = text_on_heap();
    struct text alone = text_on_heap();
    duckalog_status status;
    const char *told;

    if (batch->statements == NULL)
        return session_run(batch->connection, sql, NULL, 0, problem);
    status = session_run_extracted(batch->connection, batch->statements, index, &first);
    /* The places that it tells are those of the batch. Alone it tells its own, unless the failure was the last straw. */
    if (status != DUCKALOG_OK && status != DUCKALOG_INTERRUPTED) {
        status = session_run(batch->connection, sql, NULL, 0, &alone);
        told = text_string(session_is_aftermath(text_string(&alone)) ? &first : &alone);
        text_add(problem, told != NULL ? told : "no memory");
    }
    text_free(&first);
    text_free(&alone);
    return status;
}

/* Binding these reads many files side by side. */
static bool wants_threads(const struct step *step)
{
    return contains_ignoring_case(step->sql, "union_by_name") || contains_ignoring_case(step->sql, "json");
}

void batch_hold_threads(struct session *session, const struct step *const *steps, size_t count,
                        struct setting *ret_threads)
{
    enum { MANY = 100 };

    *ret_threads = (struct setting){ 0 };
    /* DuckDB waits for its threads to end, and one may be at what a worker was given up for. */
    if (count < MANY || hold_is_shared(session->hold))
        return;
    for (size_t i = 0; i < count; i++)
        if (wants_threads(steps[i]))
            return;
    setting_change(ret_threads, session->connection, "threads", "1");
}
