/*
 * The floor: the least that a C program does for one query on a restored catalog. It opens the file, sends the
 * statements that duckalog sends, each in one call, and prints the rows of the query as text.
 *
 *     bench-floor DATABASE EXTENSION_FOLDER STATEMENTS QUERY
 *
 * STATEMENTS is a file with one statement in each line; their rows are fetched, as duckalog looks at them too.
 */

#include <duckdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *message)
{
    fprintf(stderr, "bench-floor: %s: %s\n", what, message != NULL ? message : "failed");
    exit(1);
}

static void print_cell(duckdb_vector vector, idx_t row)
{
    uint64_t *validity = duckdb_vector_get_validity(vector);
    duckdb_string_t *strings = duckdb_vector_get_data(vector);

    if (validity != NULL && !duckdb_validity_row_is_valid(validity, row))
        fputs("NULL", stdout);
    else
        fwrite(duckdb_string_t_data(&strings[row]), 1, duckdb_string_t_length(strings[row]), stdout);
}

static void print_chunk(duckdb_data_chunk chunk)
{
    idx_t columns = duckdb_data_chunk_get_column_count(chunk);

    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++)
        for (idx_t column = 0; column < columns; column++) {
            print_cell(duckdb_data_chunk_get_vector(chunk, column), row);
            putchar(column + 1 < columns ? '\t' : '\n');
        }
}

static void run(duckdb_connection connection, const char *sql, int print)
{
    duckdb_result result;
    duckdb_data_chunk chunk;

    if (duckdb_query(connection, sql, &result) != DuckDBSuccess)
        fail(sql, duckdb_result_error(&result));
    while ((chunk = duckdb_fetch_chunk(result)) != NULL) {
        if (print)
            print_chunk(chunk);
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
}

static void run_file(duckdb_connection connection, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (file == NULL)
        fail(path, "can't be read");
    while ((length = getline(&line, &size, file)) > 0) {
        line[length - (line[length - 1] == '\n')] = '\0';
        run(connection, line, 0);
    }
    free(line);
    fclose(file);
}

static void run_query(duckdb_connection connection, const char *query)
{
    static const char form[] = "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (%s)";
    size_t size = sizeof(form) + strlen(query);
    char *sql = malloc(size);

    if (sql == NULL)
        fail(query, "not enough memory");
    snprintf(sql, size, form, query);
    run(connection, sql, 1);
    free(sql);
}

int main(int argc, char **argv)
{
    duckdb_config config;
    duckdb_database database;
    duckdb_connection connection;
    char *message = NULL;

    if (argc != 5) {
        fputs("usage: bench-floor DATABASE EXTENSION_FOLDER STATEMENTS QUERY\n", stderr);
        return 2;
    }
    if (duckdb_create_config(&config) != DuckDBSuccess ||
        duckdb_set_config(config, "extension_directory", argv[2]) != DuckDBSuccess)
        fail("options", NULL);
    if (duckdb_open_ext(argv[1], &database, config, &message) != DuckDBSuccess)
        fail(argv[1], message);
    duckdb_destroy_config(&config);
    if (duckdb_connect(database, &connection) != DuckDBSuccess)
        fail("connect", NULL);
    run_file(connection, argv[3]);
    run_query(connection, argv[4]);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    return 0;
}
