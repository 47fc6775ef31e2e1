#include "engine/batch.h"

#include "base/text.h"
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
    struct text told = text_on_heap();
    duckalog_status status;

    if (batch->statements == NULL)
        return session_run(batch->connection, sql, NULL, 0, problem);
    status = session_run_extracted(batch->connection, batch->statements, index, &told);
    /* Its lines are counted from the batch's beginning; alone it tells the right ones, and this failure changed nothing. */
    if (status != DUCKALOG_OK && text_string(&told) != NULL && strstr(text_string(&told), "\nLINE ") != NULL)
        status = session_run(batch->connection, sql, NULL, 0, problem);
    else if (status != DUCKALOG_OK)
        text_add(problem, text_string(&told) != NULL ? text_string(&told) : "no memory");
    text_free(&told);
    return status;
}
