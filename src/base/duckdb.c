/*
 * Filling the function table from libduckdb.
 *
 * One that the process has already wins: two copies of DuckDB in one process do not know of each other's databases.
 */

#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "base/duckdb.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

DUCKDB_EXTENSION_GLOBAL

/* Every function that the library and the program call. A missing one is found here, not in the middle of a session. */
/* clang-format off */
#define FUNCTIONS(F) \
    F(duckdb_open_ext) F(duckdb_close) F(duckdb_connect) F(duckdb_disconnect) F(duckdb_interrupt) F(duckdb_query_progress) \
    F(duckdb_library_version) F(duckdb_free) \
    F(duckdb_create_config) F(duckdb_set_config) F(duckdb_destroy_config) \
    F(duckdb_extract_statements) F(duckdb_extract_statements_error) F(duckdb_destroy_extracted) \
    F(duckdb_prepare_extracted_statement) F(duckdb_prepare_error) F(duckdb_destroy_prepare) \
    F(duckdb_bind_varchar) F(duckdb_bind_parameter_index) F(duckdb_prepared_statement_type) \
    F(duckdb_execute_prepared) F(duckdb_pending_prepared_streaming) F(duckdb_pending_prepared) F(duckdb_execute_pending) \
    F(duckdb_pending_error) F(duckdb_destroy_pending) \
    F(duckdb_result_error) F(duckdb_result_error_type) F(duckdb_result_return_type) F(duckdb_destroy_result) \
    F(duckdb_fetch_chunk) F(duckdb_rows_changed) \
    F(duckdb_column_count) F(duckdb_column_name) F(duckdb_column_logical_type) \
    F(duckdb_destroy_logical_type) \
    F(duckdb_data_chunk_get_size) F(duckdb_data_chunk_set_size) F(duckdb_data_chunk_get_vector) \
    F(duckdb_data_chunk_get_column_count) F(duckdb_destroy_data_chunk) \
    F(duckdb_vector_get_data) F(duckdb_vector_get_validity) F(duckdb_vector_copy_sel) F(duckdb_vector_size) \
    F(duckdb_create_selection_vector) F(duckdb_destroy_selection_vector) F(duckdb_selection_vector_get_data_ptr) \
    F(duckdb_create_table_function) F(duckdb_destroy_table_function) F(duckdb_table_function_set_name) \
    F(duckdb_table_function_set_extra_info) F(duckdb_table_function_set_bind) F(duckdb_table_function_set_init) \
    F(duckdb_table_function_set_function) F(duckdb_register_table_function) \
    F(duckdb_bind_get_extra_info) F(duckdb_bind_add_result_column) F(duckdb_init_set_max_threads) \
    F(duckdb_function_get_extra_info)

/* Not in every DuckDB that we run with: whoever calls one looks first whether it is there. */
#define OPTIONAL_FUNCTIONS(F) \
    F(duckdb_row_count) F(duckdb_result_chunk_count) F(duckdb_result_get_chunk) \
    F(duckdb_result_get_arrow_options) F(duckdb_destroy_arrow_options) \
    F(duckdb_to_arrow_schema) F(duckdb_data_chunk_to_arrow) \
    F(duckdb_error_data_has_error) F(duckdb_error_data_message) F(duckdb_destroy_error_data) \
    F(duckdb_connection_get_client_context) F(duckdb_destroy_client_context)
/* clang-format on */

struct duckdb_files duckdb_files;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool loaded;
static char problem[512];

/* RTLD_LAZY: most of DuckDB's 52,000 relocations are for what is never called. */
static void *open_file(const char *name)
{
    return dlopen(name, RTLD_LAZY | RTLD_LOCAL);
}

/* RTLD_DEFAULT may be a null pointer, so success is told apart from the handle. */
static bool open_library(void **ret_library)
{
    const char *named = getenv("DUCKALOG_LIBDUCKDB");
    /* The run path of this program or library leads to the one it was built with; then the system's. */
    const char *const names[] = { "libduckdb.so", DUCKALOG_LIBDUCKDB_PATH };

    *ret_library = RTLD_DEFAULT;
    if (dlsym(RTLD_DEFAULT, "duckdb_open") != NULL)
        return true;
    if (named != NULL && *named != '\0') {
        *ret_library = open_file(named);
        if (*ret_library == NULL)
            snprintf(problem, sizeof(problem), "DUCKALOG_LIBDUCKDB names a file that can't be loaded: %s", dlerror());
        return *ret_library != NULL;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        *ret_library = open_file(names[i]);
        if (*ret_library != NULL)
            return true;
    }
    snprintf(problem, sizeof(problem),
             "libduckdb.so was not found; name it in DUCKALOG_LIBDUCKDB, or put its folder into "
             "LD_LIBRARY_PATH");
    return false;
}

static void look_up_files(void *library)
{
    *(void **)&duckdb_files.of_context = dlsym(library, "duckdb_client_context_get_file_system");
    *(void **)&duckdb_files.destroy = dlsym(library, "duckdb_destroy_file_system");
    *(void **)&duckdb_files.error = dlsym(library, "duckdb_file_system_error_data");
    *(void **)&duckdb_files.create_options = dlsym(library, "duckdb_create_file_open_options");
    *(void **)&duckdb_files.destroy_options = dlsym(library, "duckdb_destroy_file_open_options");
    *(void **)&duckdb_files.set_flag = dlsym(library, "duckdb_file_open_options_set_flag");
    *(void **)&duckdb_files.open = dlsym(library, "duckdb_file_system_open");
    *(void **)&duckdb_files.destroy_handle = dlsym(library, "duckdb_destroy_file_handle");
    *(void **)&duckdb_files.handle_error = dlsym(library, "duckdb_file_handle_error_data");
    *(void **)&duckdb_files.read = dlsym(library, "duckdb_file_handle_read");
    *(void **)&duckdb_files.write = dlsym(library, "duckdb_file_handle_write");
    *(void **)&duckdb_files.size = dlsym(library, "duckdb_file_handle_size");
    *(void **)&duckdb_files.close = dlsym(library, "duckdb_file_handle_close");
}

bool duckdb_has_files(void)
{
    return duckdb_connection_get_client_context != NULL && duckdb_destroy_client_context != NULL &&
           duckdb_error_data_message != NULL && duckdb_destroy_error_data != NULL && duckdb_files.of_context != NULL &&
           duckdb_files.destroy != NULL && duckdb_files.error != NULL && duckdb_files.create_options != NULL &&
           duckdb_files.destroy_options != NULL && duckdb_files.set_flag != NULL && duckdb_files.open != NULL &&
           duckdb_files.destroy_handle != NULL && duckdb_files.handle_error != NULL && duckdb_files.read != NULL &&
           duckdb_files.write != NULL && duckdb_files.size != NULL && duckdb_files.close != NULL;
}

static bool fill_table(void *library)
{
    const char *missing = NULL;

/* The name of a function is also a macro for its place in the table: here it serves as both. */
#define LOOK_UP(function)                                                                                              \
    *(void **)&(function) = dlsym(library, #function);                                                                 \
    if ((function) == NULL && missing == NULL)                                                                         \
        missing = #function;
    FUNCTIONS(LOOK_UP)
#undef LOOK_UP
#define LOOK_UP(function) *(void **)&(function) = dlsym(library, #function);
    OPTIONAL_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
    look_up_files(library);
    if (missing == NULL)
        return true;
    snprintf(problem, sizeof(problem), "libduckdb.so lacks %s(): DuckDB 1.4 or newer is needed", missing);
    return false;
}

bool duckdb_load(const char **ret_problem)
{
    bool good;

    pthread_mutex_lock(&lock);
    if (!loaded) {
        void *library;

        loaded = open_library(&library) && fill_table(library);
    }
    good = loaded;
    if (!good)
        *ret_problem = problem;
    pthread_mutex_unlock(&lock);
    return good;
}

const char *duckdb_library_file(void)
{
    /* A function as an address: that a pointer can be either is POSIX's word for dlsym(), too. */
    void *function = *(void **)&duckdb_open_ext;
    Dl_info found;

    return dladdr(function, &found) != 0 ? found.dli_fname : NULL;
}

const char *duckalog_duckdb_version(void)
{
    const char *ignored;

    return duckdb_load(&ignored) ? duckdb_library_version() : NULL;
}
