#ifndef DUCKALOG_BASE_DUCKDB_H
#define DUCKALOG_BASE_DUCKDB_H

/*
 * DuckDB's C API through the function table of its extension header: each duckdb_…() call goes through the variable
 * duckdb_ext_api. Here the table is filled from libduckdb when it is first needed; inside of DuckDB, DuckDB fills it.
 */

/* Streaming results are in the part that is not stable yet; a program that looks functions up by name may use it. */
#define DUCKDB_EXTENSION_API_VERSION_UNSTABLE 1
#include <duckdb_extension.h>

#include "duckalog.h"

#include <stdbool.h>

DUCKDB_EXTENSION_EXTERN

/*
 * Loads libduckdb, once in a process. False, with a reason and what to do about it, when there is none that can be used.
 */
bool duckdb_load(const char **ret_problem);

/*
 * The file systems that DuckDB knows, those of its extensions included: since DuckDB 1.5, so that the header we build with
 * does not have them. All NULL where there are none. Measured with 1.5.5: they work inside of a transaction only, and
 * destroy_handle() ends the process when the handle could not be closed.
 */
struct duckdb_files {
    void *(*of_context)(duckdb_client_context context); /* destroyed by destroy() */
    void (*destroy)(void **file_system);
    duckdb_error_data (*error)(void *file_system);
    void *(*create_options)(void);
    void (*destroy_options)(void **options);
    duckdb_state (*set_flag)(void *options, int flag, bool value);
    duckdb_state (*open)(void *file_system, const char *path, void *options, void **ret_handle);
    void (*destroy_handle)(void **handle);
    duckdb_error_data (*handle_error)(void *handle);
    int64_t (*read)(void *handle, void *ret_buffer, int64_t size);
    int64_t (*write)(void *handle, const void *buffer, int64_t size);
    int64_t (*size)(void *handle);
    duckdb_state (*close)(void *handle);
};

enum duckdb_file_flags { DUCKDB_FILES_READ = 1, DUCKDB_FILES_WRITE = 2, DUCKDB_FILES_CREATE = 3 };

extern struct duckdb_files duckdb_files;

/* Can they be used, all of them? Once it is loaded. */
bool duckdb_has_files(void);

/* The file that it comes from, once it is loaded; NULL when the system does not tell. */
const char *duckdb_library_file(void);

#endif
