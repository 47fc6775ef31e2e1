#include "cli/output/kept.h"

#include "base/arena.h"
#include "base/map.h"

struct source {
    struct kept_rows rows;
    size_t next;
    duckdb_selection_vector all; /* 0, 1, 2, … */
};

/* A table function can't have two columns of one name; later ones get a number, as DuckDB does elsewhere. */
static void bind_kept_rows(duckdb_bind_info info)
{
    struct source *source = duckdb_bind_get_extra_info(info);
    duckdb_result *result = source->rows.result;
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct map *names = arena == NULL ? NULL : map_create(arena, MAP_IGNORING_CASE);

    for (idx_t i = 0; names != NULL && i < duckdb_column_count(result); i++) {
        duckdb_logical_type type = duckdb_column_logical_type(result, i);
        const char *name = arena_string(arena, duckdb_column_name(result, i));

        for (int n = 1; name != NULL && map_find(names, name) != NULL; n++)
            name = arena_format(arena, "%s_%d", duckdb_column_name(result, i), n);
        if (name != NULL && map_add(names, name, (void *)name))
            duckdb_bind_add_result_column(info, name, type);
        duckdb_destroy_logical_type(&type);
    }
    arena_destroy(arena);
}

static void start_kept_rows(duckdb_init_info info)
{
    duckdb_init_set_max_threads(info, 1);
}

static void copy_chunk(const struct source *source, duckdb_data_chunk chunk, duckdb_data_chunk output)
{
    idx_t count = chunk == NULL ? 0 : duckdb_data_chunk_get_size(chunk);

    for (idx_t i = 0; chunk != NULL && i < duckdb_data_chunk_get_column_count(chunk); i++)
        duckdb_vector_copy_sel(duckdb_data_chunk_get_vector(chunk, i), duckdb_data_chunk_get_vector(output, i),
                               source->all, count, 0, 0);
    duckdb_data_chunk_set_size(output, count);
}

static void read_kept_rows(duckdb_function_info info, duckdb_data_chunk output)
{
    struct source *source = duckdb_function_get_extra_info(info);

    if (source->rows.chunks != NULL)
        copy_chunk(source, source->next < source->rows.chunk_count ? source->rows.chunks[source->next++] : NULL,
                   output);
    else {
        duckdb_data_chunk chunk = duckdb_fetch_chunk(*source->rows.result);

        copy_chunk(source, chunk, output);
        duckdb_destroy_data_chunk(&chunk);
    }
}

static void select_all(duckdb_selection_vector all)
{
    sel_t *rows = duckdb_selection_vector_get_data_ptr(all);

    for (idx_t i = 0; i < duckdb_vector_size(); i++)
        rows[i] = (sel_t)i;
}

/* One function for the whole session: it reads whatever is in its source. */
static struct source source;

bool kept_rows_set(const struct result_writer *writer, const struct kept_rows *rows)
{
    static bool is_registered;
    duckdb_table_function function;

    kept_rows_clear();
    source = (struct source){ .rows = *rows, .all = duckdb_create_selection_vector(duckdb_vector_size()) };
    select_all(source.all);
    if (is_registered)
        return true;
    function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, KEPT_ROWS);
    duckdb_table_function_set_extra_info(function, &source, NULL);
    duckdb_table_function_set_bind(function, bind_kept_rows);
    duckdb_table_function_set_init(function, start_kept_rows);
    duckdb_table_function_set_function(function, read_kept_rows);
    is_registered = duckdb_register_table_function(writer->session.connection, function) == DuckDBSuccess;
    duckdb_destroy_table_function(&function);
    return is_registered;
}

void kept_rows_clear(void)
{
    if (source.all != NULL)
        duckdb_destroy_selection_vector(source.all);
    source = (struct source){ 0 };
}
